"""Deployed definitions, ready to run. Addressed by their content, they never change and are kept in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine.bpmn import Compiled, compile_process
from engine.decisions import decided
from engine.expressions import Functions
from engine.model import ProcessDefinition, ProcessInstance, TaskKind, UserTask
from engine.process_model import Element, ModelFile, ProcessModel, read_model
from feel.dmn import DecisionModel, parse_decisions
from forms.catalog import Form
from records import rows
from records.db import memory
from records.errors import NotFoundError


@dataclass(frozen=True)
class Part:
    """One process of a definition: its own or one that it calls."""

    bpmn: str
    model: ProcessModel
    file: ModelFile
    forms: Mapping[str, Form]
    decisions: Mapping[str, DecisionModel]
    tables: Mapping[str, str]  # decision id -> its DMN XML


@dataclass(frozen=True)
class Definition:
    """A deployed version with everything that it calls, compiled."""

    id: str
    key: str
    version: int
    compiled: Compiled
    parts: Mapping[str, Part]

    def form(self, process_key: str, element_id: str) -> Form | None:
        """The form of an element, or None."""
        return self.parts[process_key].forms.get(element_id)

    def element(self, process_key: str, element_id: str) -> Element:
        """An element of the model."""
        return self.parts[process_key].model.elements[element_id]

    def decide(self, process_key: str, decision_id: str, names: Mapping[str, Any], functions: Functions) -> Any:
        """The value of a decision. Raises ModelFaultError."""
        return decided(self.parts[process_key].decisions[decision_id], decision_id, names, functions)


class ReadyDefinitions:
    """The definitions used last, compiled; as many as there is room for. Safe among threads."""

    def __init__(self, room: int = 100) -> None:
        self._room = room
        self._ready: OrderedDict[str, Definition] = OrderedDict()
        self._lock = Lock()

    @classmethod
    def of(cls, session: Session) -> ReadyDefinitions:
        """Those of the session's database."""
        found: ReadyDefinitions = memory(session).setdefault("definitions", cls())
        return found

    def get(self, definition_id: str) -> Definition | None:
        """The definition, if it is there."""
        with self._lock:
            found = self._ready.get(definition_id)
            if found is not None:
                self._ready.move_to_end(definition_id)
            return found

    def keep(self, definition: Definition) -> Definition:
        """Keep a definition; gives the one to use, which is another thread's if that was faster."""
        with self._lock:
            kept = self._ready.setdefault(definition.id, definition)
            self._ready.move_to_end(definition.id)
            while len(self._ready) > self._room:
                self._ready.popitem(last=False)
            return kept


def current(session: Session, key: str) -> Definition:
    """The definition new instances of a process start from. Raises NotFoundError."""
    return by_id(session, current_id(session, key))


def current_row(session: Session, key: str) -> ProcessDefinition:
    """The row of the version deployed last. Raises NotFoundError."""
    return session.get_one(ProcessDefinition, current_id(session, key))


def current_id(session: Session, key: str) -> str:
    """The id of the version deployed last. Raises NotFoundError."""
    found = rows.find(session, _NEWEST, {"wanted": key})
    if not found:
        raise NotFoundError
    return str(found[0][0])


_NEWEST = (
    select(ProcessDefinition.id)
    .where(ProcessDefinition.key == bindparam("wanted"))
    .order_by(ProcessDefinition.deployed_at.desc(), ProcessDefinition.version.desc())
    .limit(1)
)


def all_current(session: Session) -> list[Definition]:
    """The current definition of every process, by key."""
    latest = current_ids(session)
    return [by_id(session, latest[key]) for key in sorted(latest)]


def current_ids(session: Session) -> dict[str, str]:
    """The id of the current version of every process by key."""
    heads = select(ProcessDefinition.key, ProcessDefinition.id).order_by(
        ProcessDefinition.deployed_at, ProcessDefinition.version
    )
    return dict(session.execute(heads).all())


def current_names(session: Session) -> dict[str, str]:
    """The name of every process by key."""
    heads = select(ProcessDefinition.key, ProcessDefinition.name).order_by(
        ProcessDefinition.deployed_at, ProcessDefinition.version
    )
    return dict(session.execute(heads).all())


def of_instance(session: Session, instance: ProcessInstance) -> Definition:
    """The definition an instance is pinned to."""
    return by_id(session, instance.definition_id)


def by_id(session: Session, definition_id: str) -> Definition:
    """The definition with this id; its row never changes, so it is read once by this process. Raises NotFoundError."""
    ready = ReadyDefinitions.of(session)
    found = ready.get(definition_id)
    if found is not None:
        return found
    row = session.get(ProcessDefinition, definition_id)
    if row is None:
        raise NotFoundError
    return ready.keep(_prepare(session, row))


def form_of(session: Session, user_task: UserTask) -> Form:
    """The form of a step, in the version its instance is pinned to. Raises NotFoundError; a side task has none."""
    if user_task.kind is not TaskKind.STEP:
        raise NotFoundError
    instance = session.get_one(ProcessInstance, user_task.process_instance_id)
    form = of_instance(session, instance).form(user_task.process_key, user_task.element_id)
    if form is None:
        raise NotFoundError
    return form


def separate_from(session: Session, user_task: UserTask) -> tuple[str, ...]:
    """The elements that whoever does this user task may not have done. A side task asks for no other eyes."""
    if user_task.kind is not TaskKind.STEP:
        return ()
    properties = form_of(session, user_task).properties
    return (*properties.separate_from, *properties.independent_of)


def independent_of(session: Session, user_task: UserTask) -> tuple[str, ...]:
    """The elements whose doers, with their substitutes and who passed them on, stay out of this user task."""
    return form_of(session, user_task).properties.independent_of if user_task.kind is TaskKind.STEP else ()


def starters(definition: Definition) -> frozenset[str]:
    """The roles that may begin the process by hand: that of the start event's lane, and those its form names."""
    event = definition.parts[definition.key].model.start_event()
    form = None if event is None else definition.form(definition.key, event.id)
    if event is None or form is None:
        return frozenset()
    return frozenset({event.lane or "", *form.properties.starters})


def _prepare(session: Session, row: ProcessDefinition) -> Definition:
    found = {row.key: row}
    for key, definition_id in row.called.items():
        found[key] = session.get_one(ProcessDefinition, definition_id)
    parts = {key: part_of(key, one.bpmn.encode(), one.forms, one.decisions) for key, one in found.items()}
    called = {key: (part.model, part.file) for key, part in parts.items() if key != row.key}
    own = parts[row.key]
    return Definition(row.id, row.key, row.version, compile_process(own.model, own.file, called), parts)


def part_of(key: str, bpmn: bytes, forms: Mapping[str, Any], decisions: Mapping[str, str]) -> Part:
    """A process read from its files (which were checked before)."""
    file = read_model(bpmn)
    model = next(m for m in file.processes if m.key == key)
    parsed = {element_id: Form.parse(document, key=f"{key}/{element_id}") for element_id, document in forms.items()}
    return Part(
        bpmn.decode(),
        model,
        file,
        parsed,
        {decision_id: parse_decisions(xml.encode()) for decision_id, xml in decisions.items()},
        dict(decisions),
    )
