"""Cases: the list and the page of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from engine.definitions import current_names, of_instance
from engine.model import Incident, InstanceState, ProcessInstance, TaskKind, UserTask, UserTaskState
from engine.policy import allowed
from engine.queries.inbox import seen_tasks
from engine.queries.inbox_rows import InboxRow, inbox_rows
from engine.queries.names import establishment_names, region_names, user_names
from engine.queries.outlook import LinkedCase, Outlook, linked_cases, outlooks
from engine.queries.timeline import RecordRow, TimelineEntry, record_rows, timeline
from engine.queries.waits import WaitRow, waits
from engine.suspension import Suspension
from records.clock import Clock
from records.documents import Document
from records.errors import NotFoundError
from records.paging import Order, Page, page_of
from records.people import Actor, RoleCode
from records.scope import visible
from records.submissions import Comment

OPEN_STEPS = (UserTask.state == UserTaskState.OPEN, UserTask.kind == TaskKind.STEP)
NEWEST = Order((ProcessInstance.started_at, ProcessInstance.id), (datetime, str), is_descending=True)


@dataclass(frozen=True)
class CaseFilter:
    """What to narrow the list of cases to. ``region`` is a region path."""

    text: str = ""
    process: str | None = None
    state: InstanceState | str | None = None
    region: str | None = None
    establishment: str | None = None


@dataclass(frozen=True)
class CaseRow:
    """One case as a line of the list. ``due_at`` is the earliest of its open steps."""

    id: str
    business_key: str
    title: str
    process_key: str
    process_name: str
    state: InstanceState
    is_drill: bool
    started_at: datetime
    ended_at: datetime | None
    establishment_id: str | None
    establishment_name: str | None
    region_code: str
    region_name: str
    open_steps: list[str]
    due_at: datetime | None


@dataclass(frozen=True)
class CaseDetail(CaseRow):
    """A case as a page."""

    version: int
    started_by: str
    started_by_name: str
    end_element: str | None
    end_name: str | None
    cancel_reason: str | None
    suspension: Suspension | None
    is_visible_to_business: bool
    open_tasks: list[InboxRow]  # who is responsible: each has its assignee or group
    waits: list[WaitRow]  # what it waits for beside people
    outlooks: dict[str, Outlook]  # by user task id and by waiting element
    linked: list[LinkedCase]  # by message
    timeline: list[TimelineEntry]
    records: list[RecordRow]
    documents: list[Document]
    comments: list[Comment]
    incidents: list[Incident]
    may_cancel: bool
    may_suspend: bool
    may_resume: bool


def cases(
    session: Session, actor: Actor, wanted: CaseFilter, cursor: str | None = None, limit: int = 20
) -> Page[CaseRow]:
    """One page of cases, the newest first, with the honest total."""
    conditions = [seen_cases(actor), *_narrowed(wanted)]
    total = session.scalar(select(func.count()).select_from(ProcessInstance).where(*conditions)) or 0
    page = page_of(session, select(ProcessInstance).where(*conditions), total, NEWEST, cursor, limit)
    return Page(_rows(session, actor, page.rows), page.next_cursor, page.previous_cursor, page.total)


def all_cases(session: Session, actor: Actor, wanted: CaseFilter, piece: int = 500) -> Iterator[CaseRow]:
    """Every case under the filter, for exports, read piece by piece."""
    cursor: str | None = None
    while True:
        page = cases(session, actor, wanted, cursor, piece)
        yield from page.rows
        if page.next_cursor is None:
            return
        cursor = page.next_cursor


def seen_cases(actor: Actor) -> ColumnElement[bool]:
    """The cases an actor may know of: the jurisdiction's; of these a business sees what was opened to it."""
    condition = visible(ProcessInstance, actor)
    if not actor.is_business:
        return condition
    has_task = exists().where(
        UserTask.process_instance_id == ProcessInstance.id,
        UserTask.candidate_group == RoleCode.BUSINESS,
        UserTask.establishment_id == (actor.establishment_id or ""),
    )
    return and_(condition, or_(ProcessInstance.is_visible_to_business, has_task))


def _narrowed(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    conditions = [ProcessInstance.search_text.icontains(word, autoescape=True) for word in wanted.text.split()[:5]]
    if wanted.process:
        conditions.append(ProcessInstance.process_key == wanted.process)
    if wanted.state:
        conditions.append(ProcessInstance.state == InstanceState(wanted.state))
    if wanted.region:
        conditions.append(ProcessInstance.region_path.startswith(wanted.region, autoescape=True))
    if wanted.establishment:
        conditions.append(ProcessInstance.establishment_id == wanted.establishment)
    return conditions


def _rows(session: Session, actor: Actor, found: Sequence[ProcessInstance]) -> list[CaseRow]:
    names = current_names(session)
    places = establishment_names(session, (c.establishment_id for c in found))
    regions = region_names(session, (c.region_code for c in found))
    steps = _open_steps(session, actor, [c.id for c in found])
    return [
        CaseRow(
            id=c.id,
            business_key=c.business_key,
            title=c.title,
            process_key=c.process_key,
            process_name=names.get(c.process_key, c.process_key),
            state=c.state,
            is_drill=c.is_drill,
            started_at=c.started_at,
            ended_at=c.ended_at,
            establishment_id=c.establishment_id,
            establishment_name=places.get(c.establishment_id or ""),
            region_code=c.region_code,
            region_name=regions.get(c.region_code, c.region_code),
            open_steps=[name for name, _due in steps.get(c.id, [])],
            due_at=min((due for _name, due in steps.get(c.id, []) if due is not None), default=None),
        )
        for c in found
    ]


def _open_steps(session: Session, actor: Actor, ids: list[str]) -> dict[str, list[tuple[str, datetime | None]]]:
    steps: dict[str, list[tuple[str, datetime | None]]] = {}
    found = session.execute(
        select(UserTask.process_instance_id, UserTask.name, UserTask.due_at)
        .where(UserTask.process_instance_id.in_(ids), *OPEN_STEPS, seen_tasks(actor))
        .order_by(UserTask.sort_due, UserTask.id)
    )
    for case_id, name, due_at in found:
        steps.setdefault(case_id, []).append((name, due_at))
    return steps


def find_case(session: Session, case_id: str, actor: Actor) -> ProcessInstance:
    """The row. Raises NotFoundError."""
    found = session.scalar(select(ProcessInstance).where(ProcessInstance.id == case_id, seen_cases(actor)))
    if found is None:
        raise NotFoundError
    return found


def case(session: Session, case_id: str, actor: Actor, *, clock: Clock) -> CaseDetail:
    """A case with what is open, what happened and what it left. Raises NotFoundError."""
    found = find_case(session, case_id, actor)
    open_rows = session.scalars(
        select(UserTask)
        .where(UserTask.process_instance_id == case_id, *OPEN_STEPS, seen_tasks(actor))
        .order_by(UserTask.sort_due, UserTask.id)
    ).all()
    is_active, is_suspended = found.state is InstanceState.ACTIVE, found.state is InstanceState.SUSPENDED
    may_cancel = (is_active or is_suspended) and allowed("case.cancel", actor, found, session, clock)
    may_suspend = allowed("case.suspend", actor, found, session, clock)
    entries = timeline(session, case_id, actor)
    waiting = [] if actor.is_business else waits(session, found)
    return CaseDetail(
        **vars(_rows(session, actor, [found])[0]),
        version=found.version,
        started_by=found.started_by,
        started_by_name=_starter(session, found, entries),
        end_element=found.end_element,
        end_name=_end_name(session, found),
        cancel_reason=found.cancel_reason,
        suspension=Suspension.of(found),
        is_visible_to_business=found.is_visible_to_business,
        open_tasks=inbox_rows(session, actor, open_rows, clock.now()),
        waits=waiting,
        outlooks=outlooks(session, found, open_rows, waiting),
        linked=linked_cases(session, found, seen_cases(actor)),
        timeline=entries,
        records=record_rows(session, case_id, actor),
        documents=_all(session, Document, Document.created_at, Document.process_instance_id == case_id),
        comments=_all(session, Comment, Comment.at, Comment.process_instance_id == case_id),
        incidents=_all(
            session,
            Incident,
            Incident.opened_at,
            Incident.process_instance_id == case_id,
            Incident.resolved_at.is_(None),
        ),
        may_cancel=may_cancel,
        may_suspend=is_active and may_suspend,
        may_resume=is_suspended and may_suspend,
    )


def _starter(session: Session, found: ProcessInstance, entries: Sequence[TimelineEntry]) -> str:
    """The name of whoever began the case: as the timeline tells it, else as it is now."""
    told = next((entry.actor_name for entry in entries if entry.actor_id == found.started_by), None)
    return told or user_names(session, [found.started_by]).get(found.started_by, found.started_by)


def _end_name(session: Session, found: ProcessInstance) -> str | None:
    if found.end_element is None:
        return None
    element = of_instance(session, found).element(found.process_key, found.end_element)
    return element.name or element.id


def _all(session: Session, table: Any, order: Any, *conditions: Any) -> list[Any]:
    return list(session.scalars(select(table).where(*conditions).order_by(order, table.id)))
