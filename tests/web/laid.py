"""Every user task of every process, open at once: a case per process, begun on a model that asks everything together.

What a form does with what it is told does not hang on how the case came to it; so nobody has to tell all the stories.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from xml.sax.saxutils import quoteattr

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import definitions
from engine.deployment import read_bundle
from engine.model import ProcessDefinition, UserTask
from engine.opening import Subject, case_data, new_instance
from engine.process_model import Element, ProcessModel, read_model
from engine.running import Running
from records.clock import Clock
from records.people import SYSTEM, Actor, User, actor_of
from records.registry import Establishment
from records.store import Store
from tests.conftest import ROOT
from tests.factories import DISTRICT, PEOPLE, Cast, region, user
from tests.forms.asking import all_forms
from workflows import load

#: what a form says of who does its task and when: not of what it takes
AROUND = ("assignee", "establishment", "qualification", "separate_from", "independent_of", "due", "priority")
BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"


@dataclass(frozen=True)
class Laid:
    """An open user task and somebody who may do it."""

    key: str  # ``process/step``
    task_id: str
    actor: Actor


def lay_all(session: Session, clock: Clock, cast: Cast) -> dict[str, Laid]:
    """Lay the user tasks of every process; by ``process/step``."""
    return {laid.key: laid for key in load() for laid in _lay(session, clock, cast, key)}


@cache
def _models() -> dict[str, ProcessModel]:
    return {key: read_model((ROOT / "bpmn" / f"{key}.bpmn").read_bytes()).executable()[0] for key in load()}


def asked_of_people() -> set[str]:
    """The forms of user tasks: ``process/step``."""
    return {f"{key}/{step.id}" for key, model in _models().items() for step in model.of_kind("userTask")}


def begun_by_people() -> list[str]:
    """The processes that somebody begins with a form."""
    found = {key: model.start_event() for key, model in _models().items()}
    return [key for key, event in found.items() if event and event.event is None and f"{key}/{event.id}" in all_forms()]


def somebody(cast: Cast, role: str) -> Actor | None:
    """The first of the cast with a role; None when nobody has it."""
    names = (name for name, (_full, own, _region, _certified) in PEOPLE.items() if own == role)
    return next((getattr(cast, name) for name in names), None)


def _performer(session: Session, clock: Clock, cast: Cast, role: str) -> Actor:
    """Somebody of the role; one who was not of the cast comes to the district."""
    known = somebody(cast, role)
    if known is not None:
        return known
    username = f"laid_{role.lower()}"
    found = session.scalar(select(User).where(User.username == username))
    return actor_of(found or user(Store(session, clock, SYSTEM), username=username, name="石法", role=role))


def _lay(session: Session, clock: Clock, cast: Cast, key: str) -> Iterator[Laid]:
    bundle = read_bundle(key, ROOT / "bpmn", ROOT / "forms")
    model = _models()[key]
    steps = model.of_kind("userTask")
    if not steps:
        return
    forms = {step.id: _plain(bundle.forms[step.id]) for step in steps}
    definition_id = _deployed(session, clock, key, model.name, _everything(key, model.name, steps), forms)
    plant = session.get_one(Establishment, cast.business.establishment_id)
    subject = Subject(DISTRICT, region(session).path, plant)
    instance = new_instance(
        session, clock, cast.lead, subject, definition_id=definition_id, key=key, name=model.name,
        prefix=load()[key].prefix, is_drill=False,
    )  # fmt: skip
    running = Running(session, clock, SYSTEM, load(), instance, definitions.by_id(session, definition_id))
    running.store.enter("process_instance.started", "process_instance", instance.id)
    running.start({"case": case_data(instance)})
    running.save()
    session.flush()
    for task in session.scalars(select(UserTask).where(UserTask.process_instance_id == instance.id)):
        yield Laid(f"{key}/{task.element_id}", task.id, _performer(session, clock, cast, task.candidate_group))


def _plain(form: Mapping[str, Any]) -> dict[str, Any]:
    """The form, for everybody of its lane at any time."""
    properties = {name: value for name, value in form.get("properties", {}).items() if name not in AROUND}
    return {**form, "properties": properties}


def _deployed(
    session: Session, clock: Clock, key: str, name: str, bpmn: str, forms: Mapping[str, Any]
) -> str:  # fmt: skip
    last = session.scalar(select(func.max(ProcessDefinition.version)).where(ProcessDefinition.key == key)) or 0
    row = ProcessDefinition(
        id=clock.new_id(), key=key, version=last + 1, name=name, content_hash=f"laid {key}", bpmn=bpmn,
        forms=dict(forms), decisions={}, called={}, deployed_by=SYSTEM.id,
        deployed_at=clock.now() - timedelta(days=900),  # never the current one
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def _everything(key: str, name: str, steps: list[Element]) -> str:
    """A model that opens all the steps at once."""
    lanes: dict[str, list[str]] = {"System": ["begin", "fork"]}
    for step in steps:
        lanes.setdefault(step.lane or "System", []).append(step.id)
    refs = {lane: "".join(f"<flowNodeRef>{node}</flowNodeRef>" for node in nodes) for lane, nodes in lanes.items()}
    text = "".join(f"<lane id={quoteattr(lane)} name={quoteattr(lane)}>{inner}</lane>" for lane, inner in refs.items())
    flows = '<sequenceFlow id="begin__fork" sourceRef="begin" targetRef="fork"/>'
    tasks = ""
    for step in steps:
        tasks += f'<userTask id="{step.id}" name={quoteattr(step.name)}><incoming>fork__{step.id}</incoming></userTask>'
        flows += f'<sequenceFlow id="fork__{step.id}" sourceRef="fork" targetRef="{step.id}"/>'
    leaving = "".join(f"<outgoing>fork__{step.id}</outgoing>" for step in steps)
    return (
        f'<definitions xmlns="{BPMN}" targetNamespace="https://sujian.example/bpmn">'
        f'<process id="{key}" name={quoteattr(name)} isExecutable="true"><laneSet id="lanes">{text}</laneSet>'
        '<startEvent id="begin"><outgoing>begin__fork</outgoing></startEvent>'
        f'<parallelGateway id="fork"><incoming>begin__fork</incoming>{leaving}</parallelGateway>'
        f"{tasks}{flows}</process></definitions>"
    )
