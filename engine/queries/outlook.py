"""What the open steps of a case rest on, what may follow them, and which cases it came from and led to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from engine.definitions import Definition, current_names, of_instance
from engine.model import InstanceState, ProcessInstance, ReceivedMessage, UserTask
from engine.process_model import Element, ProcessModel
from engine.queries.waits import WaitRow
from records.clock import ZONE
from records.rules import RuleNotFoundError, find_rule

#: where the look ahead ends: with somebody's work, another process, a waiting or the end
STOPS = frozenset({"userTask", "callActivity", "endEvent", "intermediateCatchEvent", "receiveTask", "subProcess"})
MOST_WAYS = 8
MOST_LINKS = 50


@dataclass(frozen=True)
class Way:
    """One way on from a step: what the flows on it say, and the step, process, waiting or end it leads to."""

    said: tuple[str, ...]
    to: str
    kind: str  # local name of the element's tag
    role: str | None


@dataclass(frozen=True)
class Outlook:
    """What a step rests on (its form's basis, the rule of its date) and what may follow it."""

    basis: str | None
    rule: str | None = None
    legal_basis: str | None = None
    value: int | str | None = None
    unit: str | None = None
    counted_from: datetime | None = None
    ways: tuple[Way, ...] = ()


@dataclass(frozen=True)
class LinkedCase:
    """Another case that this one came from (``is_origin``) or led to, by the message of this name."""

    id: str
    business_key: str
    title: str
    process_name: str
    state: InstanceState
    is_origin: bool


def outlooks(
    session: Session, instance: ProcessInstance, tasks: Sequence[UserTask], waiting: Sequence[WaitRow]
) -> dict[str, Outlook]:
    """The outlook of each open user task by its id, and of each place where the case waits by its element."""
    if not tasks and not waiting:
        return {}
    definition = of_instance(session, instance)
    found = {task.id: _of_task(session, definition, task) for task in tasks}
    for row in waiting:
        ways = ways_from(definition.parts[row.process_key].model, row.element_id)
        found[row.element_id] = Outlook(None, ways=ways)
    return found


def linked_cases(session: Session, instance: ProcessInstance, seen: ColumnElement[bool]) -> list[LinkedCase]:
    """The cases that messages connect with this one, as far as the reader may know of them; origins first."""
    sent = select(ReceivedMessage.sent_from, ReceivedMessage.process_instance_id).where(
        ReceivedMessage.sent_from.is_not(None),
        ReceivedMessage.process_instance_id.is_not(None),
        or_(ReceivedMessage.sent_from == instance.id, ReceivedMessage.process_instance_id == instance.id),
    )
    origins: dict[str, bool] = {}
    for sender, receiver in session.execute(sent.order_by(ReceivedMessage.received_at).limit(MOST_LINKS)):
        other, is_origin = (sender, True) if receiver == instance.id else (receiver, False)
        if other is not None and other != instance.id:
            origins.setdefault(other, is_origin)
    if not origins:
        return []
    names = current_names(session)
    cases = session.scalars(select(ProcessInstance).where(ProcessInstance.id.in_(origins), seen))
    links = [
        LinkedCase(c.id, c.business_key, c.title, names.get(c.process_key, c.process_key), c.state, origins[c.id])
        for c in cases
    ]
    return sorted(links, key=lambda one: (not one.is_origin, one.business_key))


def ways_from(model: ProcessModel, element_id: str) -> tuple[Way, ...]:
    """The ways on from an element, through gateways and the platform's own steps, the first of each goal."""
    ways: dict[tuple[str, tuple[str, ...]], Way] = {}
    for way in _ways(model, element_id, (), frozenset({element_id})):
        ways.setdefault((way.to, way.said), way)
        if len(ways) >= MOST_WAYS:
            break
    return tuple(ways.values())


def _ways(model: ProcessModel, element_id: str, said: tuple[str, ...], passed: frozenset[str]) -> Iterator[Way]:
    for flow in model.outgoing(element_id):
        target = model.elements.get(flow.target)
        if target is None or target.id in passed:
            continue
        told = (*said, flow.name) if flow.name else said
        if target.kind in STOPS and not _is_inner_end(model, target):
            yield Way(told, target.name or target.id, target.kind, target.lane)
            continue
        after = target.scope if _is_inner_end(model, target) else target.id
        yield from _ways(model, after, told, passed | {target.id})


def _is_inner_end(model: ProcessModel, element: Element) -> bool:
    return element.kind == "endEvent" and element.scope != model.key and not model.elements[element.scope].is_triggered


def _of_task(session: Session, definition: Definition, task: UserTask) -> Outlook:
    form = definition.form(task.process_key, task.element_id)
    ways = ways_from(definition.parts[task.process_key].model, task.element_id)
    kept: Mapping[str, Any] = task.due_basis or {}
    counted = kept if kept.get("legal_basis") else _by_rule(session, task)
    begun = counted.get("started_at")
    return Outlook(
        basis=form.properties.basis if form else None,
        rule=task.due_rule,
        legal_basis=counted.get("legal_basis"),
        value=counted.get("value"),
        unit=counted.get("unit"),
        counted_from=datetime.fromisoformat(begun) if begun else None,
        ways=ways,
    )


def _by_rule(session: Session, task: UserTask) -> dict[str, Any]:
    """What the rule says of a date that a model or an answer names; nothing where no rule is behind it."""
    if task.due_rule is None:
        return {}
    on = task.created_at.astimezone(ZONE).date()
    try:
        rule = find_rule(session, task.due_rule, on, task.region_code)
    except RuleNotFoundError:
        return {}
    return {"legal_basis": rule.legal_basis, "value": rule.value, "unit": rule.unit}
