"""What can be started, and what processes are called."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from engine.definitions import all_current, current_names, starters
from engine.process_model import BPMN
from records.people import Actor


@dataclass(frozen=True)
class Startable:
    """A process that the actor may start."""

    key: str
    name: str
    description: str
    start_event_id: str


def startable(session: Session, actor: Actor) -> list[Startable]:
    """The processes whose start event stands in a lane of the actor's and has a form."""
    found = []
    for definition in all_current(session):
        model = definition.parts[definition.key].model
        event = model.start_event()
        if event is not None and starters(definition) & actor.roles:
            documentation = model.node.find(f"{{{BPMN}}}documentation")
            text = "" if documentation is None else (documentation.text or "").strip()
            found.append(Startable(definition.key, model.name, text, event.id))
    return found


def process_names(session: Session) -> dict[str, str]:
    """The name of every deployed process by key."""
    return current_names(session)
