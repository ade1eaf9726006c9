"""User tasks as lines of the inbox, with every name read together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.model import InstanceState, TaskKind, UserTask, UserTaskState
from engine.queries.names import cases_named, establishment_names, region_names, user_names
from records.clock import ZONE
from records.people import Actor, Qualification


@dataclass(frozen=True)
class InboxRow:
    """One user task as a line of the inbox."""

    id: str
    kind: TaskKind
    process_instance_id: str
    process_key: str
    element_id: str
    business_key: str
    case_state: InstanceState
    name: str
    title: str
    candidate_group: str
    assignee_id: str | None
    assignee_name: str | None
    on_behalf_of: str | None
    on_behalf_of_name: str | None
    delegated_by: str | None
    delegated_by_name: str | None
    follow_up_on: date | None
    state: UserTaskState
    priority: int
    is_drill: bool
    escalation_level: int
    created_at: datetime
    completed_at: datetime | None
    due_at: datetime | None
    is_overdue: bool
    establishment_id: str | None
    establishment_name: str | None
    region_code: str
    region_name: str
    may_claim: bool


def inbox_rows(session: Session, actor: Actor, tasks: Sequence[UserTask], now: datetime) -> list[InboxRow]:
    """Rows for user tasks, with every name read together."""
    people = user_names(session, (i for t in tasks for i in (t.assignee_id, t.on_behalf_of, t.delegated_by)))
    places = establishment_names(session, (t.establishment_id for t in tasks))
    regions = region_names(session, (t.region_code for t in tasks))
    cases = cases_named(session, (t.process_instance_id for t in tasks))
    held = held_qualifications(session, actor, now) if any(t.qualification for t in tasks) else frozenset()
    copied = (
        "id", "kind", "process_instance_id", "process_key", "element_id", "name", "title", "candidate_group",
        "assignee_id", "state", "priority", "is_drill", "escalation_level", "created_at", "completed_at", "due_at",
        "establishment_id", "region_code", "on_behalf_of", "delegated_by", "follow_up_on",
    )  # fmt: skip
    rows = []
    for task in tasks:
        values: dict[str, Any] = {name: getattr(task, name) for name in copied}
        number, case_state = cases[task.process_instance_id]
        row = InboxRow(
            **values,
            business_key=number,
            case_state=case_state,
            assignee_name=people.get(task.assignee_id or ""),
            on_behalf_of_name=people.get(task.on_behalf_of or ""),
            delegated_by_name=people.get(task.delegated_by or ""),
            is_overdue=task.state is UserTaskState.OPEN and task.sort_due < now,
            establishment_name=places.get(task.establishment_id or ""),
            region_name=regions.get(task.region_code, task.region_code),
            may_claim=case_state is InstanceState.ACTIVE and _may_claim(actor, task, held),
        )
        rows.append(row)
    return rows


def claimable(
    session: Session, actor: Actor, tasks: Sequence[UserTask], rows: list[InboxRow], now: datetime
) -> list[InboxRow]:
    """A substitute may claim what is an absent person's, with a qualification of their own."""
    held = held_qualifications(session, actor, now)
    return [replace(row, may_claim=t.qualification in (None, *held)) for row, t in zip(rows, tasks, strict=True)]


def _may_claim(actor: Actor, task: UserTask, held: frozenset[str]) -> bool:
    free = task.state is UserTaskState.OPEN and task.assignee_id is None
    qualified = task.qualification is None or task.qualification in held
    return free and task.candidate_group in actor.roles and qualified


def held_qualifications(session: Session, actor: Actor, now: datetime) -> frozenset[str]:
    """The kinds of qualification the actor holds today."""
    day = now.astimezone(ZONE).date()
    kinds = session.scalars(
        select(Qualification.kind).where(
            Qualification.user_id == actor.id,
            Qualification.deleted_at.is_(None),
            Qualification.suspended_at.is_(None),
            Qualification.issued_on <= day,
            Qualification.expires_on >= day,
        )
    )
    return frozenset(kind.value for kind in kinds)
