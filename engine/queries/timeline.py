"""What happened in a case and what it left: journal entries and records, in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from engine.model import UserTask
from engine.queries.names import user_names
from records.journal import JournalEntry, chain_of_case
from records.people import Actor, RoleCode

#: parts of other records, shown with them
PARTS = ("inspection_item.%", "attachment_link.%", "attachment.%", "document.%", "rectification_measure.%")


@dataclass(frozen=True)
class TimelineEntry:
    """One line of the timeline. ``step`` names its user task, ``on_behalf_of`` and ``given_to`` people."""

    id: str
    at: datetime
    verb: str
    actor_id: str
    actor_name: str
    on_behalf_of: str | None
    given_to: str | None
    reason: str | None
    subject_type: str
    subject_id: str
    user_task_id: str | None
    element_id: str | None
    step: str | None
    form_version: str | None
    after: dict[str, Any] | None


@dataclass(frozen=True)
class RecordRow:
    """A record that the case produced."""

    kind: str
    id: str
    at: datetime
    actor_name: str


def timeline(session: Session, instance_id: str, actor: Actor) -> list[TimelineEntry]:
    """The case's journal without the parts of records, oldest first; a business sees what concerns its own steps."""
    query = (
        select(JournalEntry, UserTask)
        .outerjoin(UserTask, UserTask.id == JournalEntry.user_task_id)
        .where(JournalEntry.chain == chain_of_case(instance_id))
        .where(*(JournalEntry.verb.not_like(part) for part in PARTS))
        .order_by(JournalEntry.seq)
    )
    if actor.is_business:
        is_theirs = UserTask.establishment_id == (actor.establishment_id or "")
        own = and_(UserTask.candidate_group == RoleCode.BUSINESS, is_theirs)
        query = query.where(or_(own, JournalEntry.verb.startswith("process_instance.")))
    found = session.execute(query).all()
    known = {entry.actor_id: entry.actor_name for entry, _task in found}
    named = {one for entry, _task in found for one in (entry.on_behalf_of, _taker(entry)) if one not in known}
    names = user_names(session, named) | known
    return [_entry(entry, task, names) for entry, task in found]


def _entry(entry: JournalEntry, task: UserTask | None, names: Mapping[str, str]) -> TimelineEntry:
    return TimelineEntry(
        id=entry.reference,
        at=entry.at,
        verb=entry.verb,
        actor_id=entry.actor_id,
        actor_name=entry.actor_name,
        on_behalf_of=names.get(entry.on_behalf_of or ""),
        given_to=names.get(_taker(entry) or ""),
        reason=entry.reason,
        subject_type=entry.subject_type,
        subject_id=entry.subject_id,
        user_task_id=entry.user_task_id,
        element_id=None if task is None else task.element_id,
        step=None if task is None else task.name,
        form_version=entry.form_version,
        after=entry.after,
    )


def _taker(entry: JournalEntry) -> str | None:
    """To whom somebody else gave the user task, if that is what happened."""
    taker: str | None = (entry.after or {}).get("assignee_id") if entry.subject_type == "user_task" else None
    return None if taker == entry.actor_id else taker


def record_rows(session: Session, instance_id: str, actor: Actor) -> list[RecordRow]:
    """The records a case added, oldest first; not for businesses, who have the documents."""
    if actor.is_business:
        return []
    added = session.scalars(
        select(JournalEntry)
        .where(JournalEntry.chain == chain_of_case(instance_id), JournalEntry.verb.like("%.added"))
        .where(*(JournalEntry.verb.not_like(part) for part in PARTS))
        .order_by(JournalEntry.seq)
    )
    return [RecordRow(e.subject_type, e.subject_id, e.at, e.actor_name) for e in added]
