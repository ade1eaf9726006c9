"""A rule, a holiday or a make-up day was changed: the open deadlines of its region are counted anew, case by case.

A first job names the cases, a batch at a time; each case then has a job of its own, done under its lock. So it can
stop anywhere and go on, and a case that cannot be counted becomes an incident while the others go on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from engine.model import (
    OPEN_JOBS,
    InstanceState,
    Job,
    JobKind,
    JobState,
    ProcessInstance,
    UserTask,
    UserTaskState,
)
from records.calendar import WorkCalendar
from records.clock import ZONE, Clock
from records.deadlines import deadline_of
from records.people import Region
from records.rules import RuleNotFoundError, RuleParam, find_rule, whole_number

BATCH = 200
COUNTED = 5_000
RUNNING = (InstanceState.ACTIVE, InstanceState.SUSPENDED)


@dataclass(frozen=True)
class DryCount:
    """What a change will touch: cases and their open deadlines, and how many of the first 5,000 dated tasks move."""

    cases: int
    user_tasks: int
    timers: int
    moving: int


def announce(session: Session, clock: Clock, region_codes: Iterable[str | None], reason: str, key: str) -> None:
    """Have the open deadlines of these regions counted anew, once per ``key``. No code at all is the whole country."""
    for path in _paths(session, set(region_codes)):
        name = f"recalculation:{key}:{path.strip('/').rpartition('/')[2]}"
        if session.scalar(select(Job.id).where(Job.idempotency_key == name)) is not None:
            continue
        session.add(
            Job(
                id=clock.new_id(),
                kind=JobKind.RECALCULATION,
                state=JobState.WAITING,
                payload={"region_path": path, "reason": reason, "after": ""},
                idempotency_key=name,
                created_at=clock.now(),
                due_at=clock.now(),
            )
        )


def fan_out(session: Session, clock: Clock, job: Job) -> None:
    """A job for each of the next cases; the last batch ends this one."""
    payload = dict(job.payload)
    cases = session.scalars(
        select(ProcessInstance.id)
        .where(*_touched(payload["region_path"]), ProcessInstance.id > payload["after"])
        .order_by(ProcessInstance.id)
        .limit(BATCH)
    ).all()
    for case_id in cases:
        session.add(
            Job(
                id=clock.new_id(),
                kind=JobKind.RECALCULATION,
                state=JobState.WAITING,
                process_instance_id=case_id,
                payload={"reason": payload["reason"]},
                idempotency_key=f"recalculation:{job.id}:{case_id}",
                created_at=clock.now(),
                due_at=clock.now(),
            )
        )
    if len(cases) == BATCH:
        job.payload = {**payload, "after": cases[-1]}
        job.state, job.lease_until, job.attempts = JobState.WAITING, None, 0
    else:
        job.state, job.done_at, job.lease_until = JobState.DONE, clock.now(), None


def dry_count(session: Session, region_codes: Iterable[str | None]) -> DryCount:
    """What counting anew will touch. Nothing is changed; timers and dates in words are counted, not worked out."""
    cases = user_tasks = timers = moving = 0
    for path in _paths(session, set(region_codes)):
        touched = select(ProcessInstance.id).where(*_touched(path))
        dated = (UserTask.state == UserTaskState.OPEN, UserTask.due_at.is_not(None), _below(UserTask.region_path, path))
        cases += session.scalar(select(func.count()).select_from(touched.subquery())) or 0
        user_tasks += session.scalar(select(func.count()).select_from(UserTask).where(*dated)) or 0
        timers += session.scalar(select(func.count()).select_from(Job).where(
            Job.kind == JobKind.TIMER, Job.state.in_(OPEN_JOBS), Job.process_instance_id.in_(touched)
        )) or 0  # fmt: skip
        moving += _moving(session, dated)
    return DryCount(cases, user_tasks, timers, moving)


def _moving(session: Session, dated: tuple[ColumnElement[bool], ...]) -> int:
    rows = session.execute(
        select(UserTask.due_rule, UserTask.due_at, UserTask.created_at, UserTask.region_code, UserTask.due_basis)
        .join(ProcessInstance, ProcessInstance.id == UserTask.process_instance_id)
        .where(*dated, UserTask.due_rule.is_not(None), ProcessInstance.clock_pauses == 0)
        .limit(COUNTED)
    )
    book = _Book(session)
    return sum(
        book.due_at(rule, begun, region) != due_at
        for rule, due_at, begun, region, basis in rows
        if rule is not None and "unit" in (basis or {})
    )


class _Book:
    """Rules and calendars, each read once."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.calendars: dict[str, WorkCalendar] = {}
        self.rules: dict[tuple[str, str, str], RuleParam | None] = {}

    def due_at(self, code: str, begun: datetime, region: str) -> datetime | None:
        """What the rule gives now."""
        if region not in self.calendars:
            self.calendars[region] = WorkCalendar.load(self.session, region)
        day = begun.astimezone(ZONE).date()
        place = (code, region, day.isoformat())
        if place not in self.rules:
            try:
                self.rules[place] = find_rule(self.session, code, day, region)
            except RuleNotFoundError:
                self.rules[place] = None
        rule = self.rules[place]
        return None if rule is None else deadline_of(whole_number(rule), rule.unit, begun, self.calendars[region])


def _touched(path: str) -> tuple[ColumnElement[bool], ...]:
    task = exists().where(
        UserTask.process_instance_id == ProcessInstance.id,
        UserTask.state == UserTaskState.OPEN,
        UserTask.due_at.is_not(None),
    )
    timer = exists().where(
        Job.process_instance_id == ProcessInstance.id, Job.kind == JobKind.TIMER, Job.state.in_(OPEN_JOBS)
    )
    return ProcessInstance.state.in_(RUNNING), _below(ProcessInstance.region_path, path), or_(task, timer)


def _below(column: InstrumentedAttribute[str], path: str) -> ColumnElement[bool]:
    return column.startswith(path, autoescape=True)


def _paths(session: Session, codes: set[str | None]) -> list[str]:
    if None in codes:
        return ["/"]
    return sorted(session.scalars(select(Region.path).where(Region.code.in_(codes))))
