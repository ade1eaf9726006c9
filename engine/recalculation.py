"""Deadlines counted anew: after a clock went on, or when a rule, a working day or a holiday was changed.

What was said when a user task was opened or a timer armed is said again as of that moment, with the rules, the working
days and the pauses known now. Nothing moves that comes out the same, so doing it twice does nothing twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from engine.bpmn import Waiting
from engine.expressions import Expressions
from engine.model import OPEN_JOBS, Job, JobKind, UserTask
from engine.motion import Motion
from engine.notices import notify, responsible_for
from engine.open_tasks import FAR, Due, due_of, open_rows
from engine.reminders import move_reminders
from engine.timers import due_of as timer_due
from records.base import json_safe
from records.calendar import WorkCalendar
from records.clock import FixedClock
from records.deadlines import moved


@dataclass(frozen=True)
class Moved:
    """A deadline that comes out differently now."""

    kind: str  # user_task | timer
    id: str
    before: datetime | None
    after: datetime | None


def recalculate(motion: Motion, reason: str) -> list[Moved]:
    """Move every open deadline of the case that comes out differently; journaled, and those concerned are told."""
    changes = [(row, due) for row, due in _user_tasks(motion) if due.at != row.due_at]
    timers = [(job, due_at) for job, due_at in _timers(motion) if due_at != job.due_at]
    result = [Moved("user_task", row.id, row.due_at, due.at) for row, due in changes]
    result += [Moved("timer", job.id, job.due_at, due_at) for job, due_at in timers]
    if not result:
        return []
    calendar = WorkCalendar.load(motion.session, motion.instance.region_code).version
    for row, due in changes:
        _move_user_task(motion, row, due, calendar, reason)
    for job, due_at in timers:
        before, after = {"due_at": json_safe(job.due_at)}, {"due_at": json_safe(due_at), "calendar_version": calendar}
        after["element"] = job.element_id
        job.due_at = due_at
        motion.store.enter("timer.moved", "job", job.id, before=before, after=after, reason=reason)
    return result


def _user_tasks(motion: Motion) -> list[tuple[UserTask, Due]]:
    rows = [row for row in open_rows(motion.session, motion.instance.id) if row.due_at is not None]
    if not rows:
        return []
    waiting = {each.execution_id: each for each in motion.execution.user_tasks()}
    return [(row, due_now(motion, row, waiting[row.execution_id])) for row in rows if row.execution_id in waiting]


def due_now(motion: Motion, row: UserTask, waiting: Waiting) -> Due:
    """When an open user task is due as its form, the rules, working days and pauses stand now."""
    form = motion.definition.form(row.process_key, row.element_id)
    wanted = None if form is None else form.properties.due
    if form is None or wanted is None:
        return Due(row.due_at, row.due_rule, row.due_basis)
    pauses, begun = motion.pauses(row.due_rule, row.id), row.created_at
    counted = pauses if wanted.at is None else pauses.until(begun)
    expressions = Expressions.of_region(
        motion.session, FixedClock(begun), motion.instance.region_code, lambda _rule=None: counted
    )  # fmt: skip
    due = due_of(expressions, form, waiting.data, begun, waiting.element_id)
    if wanted.at is None or due.at is None:
        return due
    return Due(moved(due.at, begun, pauses), due.rule, due.basis)


def _timers(motion: Motion) -> list[tuple[Job, datetime]]:
    armed = {each.execution_id: each for each in motion.execution.timers()}
    if not armed:
        return []
    jobs = motion.session.scalars(
        select(Job).where(
            Job.process_instance_id == motion.instance.id, Job.kind == JobKind.TIMER, Job.state.in_(OPEN_JOBS)
        )
    )
    return [
        (job, timer_due(motion, armed[job.execution_id], job.created_at)) for job in jobs if job.execution_id in armed
    ]


def _move_user_task(motion: Motion, row: UserTask, due: Due, calendar: str, reason: str) -> None:
    before = {"due_at": json_safe(row.due_at), "calendar_version": (row.due_basis or {}).get("calendar_version")}
    row.due_at, row.due_basis, row.sort_due = due.at, due.basis, due.at or FAR
    row.version += 1
    move_reminders(motion, row)
    after = {"due_at": json_safe(due.at), "calendar_version": calendar, "element": row.element_id}
    motion.store.enter("user_task.due_moved", "user_task", row.id, before=before, after=after, reason=reason)
    told = [user.id for user in responsible_for(motion.session, row)]
    notify(motion.session, motion.clock, told, "due_moved", row)
