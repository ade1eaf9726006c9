"""The inbox: user tasks that are mine, my group's, my jurisdiction's, or done by me; most urgent first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, false, select
from sqlalchemy.orm import Session

from engine.definitions import all_current
from engine.model import UserTask
from engine.queries.finding import containing
from engine.queries.inbox_rows import InboxRow, claimable, inbox_rows
from engine.standing_in import covered
from engine.task_states import IS_DONE, IS_OPEN
from records.absences import Cover, covers_of
from records.clock import ZONE
from records.paging import Order, Page, counted, page_of
from records.people import Actor
from records.scope import visible, within


class InboxView(StrEnum):
    """Whose user tasks."""

    MINE = "mine"
    GROUP = "group"
    ALL = "all"
    DONE = "done"
    SUBSTITUTE = "substitute"


class DueWindow(StrEnum):
    """When they are due."""

    OVERDUE = "overdue"
    TODAY = "today"
    WEEK = "week"
    NONE = "none"


class FollowUp(StrEnum):
    """Which of those with a follow-up date: whose day has come, or all of them."""

    TODAY = "today"
    SET = "set"


@dataclass(frozen=True)
class InboxFilter:
    """What to narrow the inbox to. ``region`` is a region path; ``due`` counts from ``now``."""

    text: str = ""
    process: str | None = None
    element: str | None = None
    due: DueWindow | None = None
    region: str | None = None
    overdue: bool = False
    follow_up: FollowUp | None = None


@dataclass(frozen=True)
class InboxCounts:
    """How many user tasks each view holds, and how many of mine are overdue; each counted up to MOST_COUNTED + 1."""

    mine: int
    group: int
    all: int
    overdue: int


@dataclass(frozen=True)
class StepChoice:
    """A step that occurs in a view, for its filter; ``value`` is ``process:element``."""

    process_key: str
    element_id: str
    process_name: str
    name: str

    @property
    def value(self) -> str:
        """The step as one text."""
        return f"{self.process_key}:{self.element_id}"


URGENCY = Order((UserTask.sort_due, UserTask.id), (datetime, str))
BY_FOLLOW_UP = Order((UserTask.follow_up_on, UserTask.id), (date, str))
NEWEST_DONE = Order((UserTask.completed_at, UserTask.id), (datetime, str), is_descending=True)


def inbox(
    session: Session, actor: Actor, view: InboxView | str, wanted: InboxFilter, cursor: str | None = None,
    limit: int = 20, *, now: datetime,
) -> Page[InboxRow]:  # fmt: skip
    """One page of a view, with the total as far as it is counted (records.paging.MOST_COUNTED)."""
    seen = _of_view(actor, InboxView(view), _covers(session, actor, view, now))
    conditions = [seen, *containing(session, actor, wanted.text), *_narrowed(wanted, now)]
    total = session.scalar(select(counted(*conditions))) or 0
    query = select(UserTask).where(*conditions)
    order = NEWEST_DONE if view == InboxView.DONE else BY_FOLLOW_UP if wanted.follow_up else URGENCY
    page = page_of(session, query, total, order, cursor, limit)
    rows = inbox_rows(session, actor, page.rows, now)
    if view == InboxView.SUBSTITUTE:
        rows = claimable(session, actor, page.rows, rows, now)
    return Page(rows, page.next_cursor, page.previous_cursor, page.total)


def inbox_counts(session: Session, actor: Actor, *, now: datetime) -> InboxCounts:
    """The counts of the three great views in one statement, each from the index of its view."""
    views = [_of_view(actor, view) for view in (InboxView.MINE, InboxView.GROUP, InboxView.ALL)]
    late = and_(views[0], UserTask.sort_due < now)
    sums = [counted(condition) for condition in (*views, late)]
    mine, group, everything, overdue = tuple(session.execute(select(*sums)).one())
    return InboxCounts(mine, group, everything, overdue)


def own_counts(session: Session, actor: Actor, *, now: datetime) -> tuple[int, int]:
    """How many user tasks are the actor's own, and how many of these are overdue: for the frame of every page."""
    mine = _of_view(actor, InboxView.MINE)
    own, overdue = session.execute(select(counted(mine), counted(mine, UserTask.sort_due < now))).one()
    return own, overdue


def substitute_count(session: Session, actor: Actor, *, now: datetime) -> int | None:
    """How many user tasks the actor may do for absent people; None while they stand in for nobody."""
    covers = _covers(session, actor, InboxView.SUBSTITUTE, now)
    if not covers:
        return None
    return session.scalar(select(counted(_of_view(actor, InboxView.SUBSTITUTE, covers)))) or 0


def inbox_steps(session: Session, actor: Actor, view: InboxView | str, *, now: datetime) -> list[StepChoice]:
    """The steps of today's models that occur in a view."""
    seen = _of_view(actor, InboxView(view), _covers(session, actor, view, now))
    steps = [
        StepChoice(key, element.id, part.model.name, element.name or element.id)
        for definition in all_current(session)
        for key, part in ((definition.key, definition.parts[definition.key]),)
        for element in sorted(part.model.elements.values(), key=lambda each: each.id)
        if element.kind == "userTask"
    ]
    occurs = [
        exists().where(seen, UserTask.process_key == step.process_key, UserTask.element_id == step.element_id)
        for step in steps
    ]
    found = session.execute(select(*occurs)).one() if steps else ()
    return [step for step, there in zip(steps, found, strict=True) if there]


def _covers(session: Session, actor: Actor, view: InboxView | str, now: datetime) -> list[Cover]:
    """Whom the actor stands in for, for the view that asks."""
    return covers_of(session, actor.id, now.astimezone(ZONE).date()) if view == InboxView.SUBSTITUTE else []


def seen_tasks(actor: Actor) -> ColumnElement[bool]:
    """The user tasks an actor may know of: the jurisdiction's; of these a business sees what is offered to it."""
    condition = visible(UserTask, actor)
    return and_(condition, UserTask.candidate_group.in_(actor.roles)) if actor.is_business else condition


def _of_view(actor: Actor, view: InboxView, covers: Sequence[Cover] = ()) -> ColumnElement[bool]:
    seen = seen_tasks(actor)
    match view:
        case InboxView.MINE:
            return and_(seen, IS_OPEN, UserTask.assignee_id == actor.id)
        case InboxView.GROUP:
            free = UserTask.assignee_id.is_(None)
            return and_(seen, IS_OPEN, free, UserTask.candidate_group.in_(actor.roles) if actor.roles else false())
        case InboxView.ALL:
            return and_(seen, IS_OPEN)
        case InboxView.DONE:
            return and_(seen, IS_DONE, UserTask.completed_by == actor.id)
        case InboxView.SUBSTITUTE:
            return and_(seen, IS_OPEN, covered(covers, actor))


def _narrowed(wanted: InboxFilter, now: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.process is not None:
        conditions.append(UserTask.process_key == wanted.process)
    if wanted.element is not None:
        conditions.append(UserTask.element_id == wanted.element)
    if wanted.region is not None:
        conditions.append(within(UserTask.region_path, wanted.region))
    if wanted.overdue:
        conditions.append(UserTask.sort_due < now)
    if wanted.due is not None:
        conditions.append(_due_within(wanted.due, now))
    if wanted.follow_up is FollowUp.SET:
        conditions.append(UserTask.follow_up_on.is_not(None))
    elif wanted.follow_up is FollowUp.TODAY:
        conditions.append(UserTask.follow_up_on <= now.astimezone(ZONE).date())
    return conditions


def _due_within(window: DueWindow, now: datetime) -> ColumnElement[bool]:
    midnight = now.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    match window:
        case DueWindow.OVERDUE:
            return UserTask.sort_due < now
        case DueWindow.TODAY:
            return and_(UserTask.sort_due >= midnight, UserTask.sort_due <= midnight + timedelta(days=1))
        case DueWindow.WEEK:
            return and_(UserTask.sort_due >= midnight, UserTask.sort_due <= midnight + timedelta(days=7))
        case DueWindow.NONE:
            return UserTask.due_at.is_(None)
