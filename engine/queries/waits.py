"""What a case waits for that is nobody's work: a message, a signal, a condition, a moment. For people, in its words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.definitions import Definition, of_instance
from engine.event_model import EventKind
from engine.model import OPEN_JOBS, EventSubscription, InstanceState, Job, JobKind, ProcessInstance

#: where a token stands while it waits; events at an edge and those that start a sub-process only watch
IN_THE_FLOW = ("intermediateCatchEvent", "receiveTask")


@dataclass(frozen=True)
class WaitRow:
    """A place where a case waits. ``until``: of a timer."""

    kind: EventKind
    process_key: str
    element_id: str
    name: str
    since: datetime
    until: datetime | None = None


def waits(session: Session, instance: ProcessInstance) -> list[WaitRow]:
    """The places in the flow where a live case waits for an event, the oldest first."""
    if instance.state is not InstanceState.ACTIVE:
        return []
    definition = of_instance(session, instance)
    awaited = session.scalars(select(EventSubscription).where(EventSubscription.process_instance_id == instance.id))
    places = [(s.kind, s.process_key, s.element_id, s.created_at, None) for s in awaited]
    timers = session.scalars(
        select(Job).where(Job.process_instance_id == instance.id, Job.kind == JobKind.TIMER, Job.state.in_(OPEN_JOBS))
    )
    places += [
        (EventKind.TIMER, j.payload["process_key"], j.element_id or "", j.created_at, j.due_at)  # type: ignore[misc]
        for j in timers
    ]
    found = [_row(definition, *place) for place in places]
    return sorted((row for row in found if row is not None), key=lambda row: (row.since, row.element_id))


def _row(
    definition: Definition, kind: EventKind, key: str, element_id: str, since: datetime, until: datetime | None
) -> WaitRow | None:
    element = definition.element(key, element_id)
    if element.kind not in IN_THE_FLOW:
        return None
    return WaitRow(kind, key, element_id, element.name or element_id, since, until)
