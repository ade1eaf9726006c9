"""Going back: a case returned to an earlier step, a step taken back by whoever completed it.

Where one may go back to is the executor's to say (engine/bpmn_returning.py); a form may say that its step is done once
and for all (``"returnable": false``), and then nothing goes back past it. The step is a new user task that names the
one it is done instead of; that one keeps its submission, whose answers are what the new one begins with. Records that
were written stay: doing the step again corrects them.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, delete, exists, or_, select
from sqlalchemy.orm import Session

from engine import bpmn_returning
from engine.assignment import require_suitable
from engine.model import Job, JobKind, JobState, UserTask, UserTaskState
from engine.motion import Motion
from engine.notices import notify, responsible_for
from engine.open_tasks import end_reminders
from engine.reasons import ENOUGH, reason_of
from engine.reminders import set_reminders
from engine.running import Running
from engine.step_errors import (
    AlreadyEffectiveError,
    NotDoneBeforeError,
    StepNotReturnableError,
    UserTaskNotCompletedError,
    WithdrawTooLateError,
)
from records.base import Source
from records.errors import ConflictError, DomainError
from records.journal import JournalEntry
from records.people import SYSTEM
from records.store import Origin, Store
from records.submissions import Draft, Submission

#: jobs with effects outside of the database
OUTSIDE = (JobKind.DOCUMENT, JobKind.NOTIFICATION, JobKind.SERVICE)


@dataclass(frozen=True)
class WayBack:
    """The completed user tasks that one may return to, the nearest first, and why it goes no further."""

    targets: list[UserTask]
    end: ConflictError | None


def way_back(motion: Motion, user_task: UserTask) -> WayBack:
    """Where an open user task may be returned to; a step that was done several times stands there as it was last."""
    places, obstacle = bpmn_returning.way_back(motion.execution, user_task.execution_id)
    rows = _completed(motion, [place.execution_id for place in places])
    targets: dict[str, UserTask] = {}
    for place in places:
        form = motion.definition.form(place.process_key, place.element_id)
        if form is not None and not form.properties.is_returnable:
            name = motion.definition.element(place.process_key, place.element_id).name or place.element_id
            return WayBack(list(targets.values()), StepNotReturnableError(element=name))
        if place.execution_id in rows:
            targets.setdefault(place.element_id, rows[place.execution_id])
    return WayBack(list(targets.values()), obstacle)


def send_back(running: Running, user_task: UserTask, element_id: str, reason: str) -> UserTask:
    """Return the case to an earlier step; gives the user task that is open there now."""
    said = reason_of(reason, ENOUGH)
    way = way_back(running, user_task)
    former = next((row for row in way.targets if row.element_id == element_id), None)
    if former is None:
        raise way.end or NotDoneBeforeError()
    fresh_id = bpmn_returning.return_to(running.execution, former.execution_id)
    user_task.state, user_task.version = UserTaskState.RETURNED, user_task.version + 1
    end_reminders(running.session, user_task.id)
    fresh = _reopened(running, former, fresh_id)
    after = {"from": user_task.element_id, "to": former.element_id, "to_name": former.name, "user_task_id": fresh.id}
    _store(running, user_task).enter("user_task.returned", "user_task", user_task.id, after=after, reason=said)
    between = [row.completed_by for row in way.targets[: way.targets.index(former)]]
    concerned = [*between, former.completed_by, *(user.id for user in responsible_for(running.session, fresh))]
    notify(running.session, running.clock, set(concerned) - {running.actor.id}, "returned", fresh)
    return fresh


def take_back(running: Running, user_task: UserTask, reason: str) -> UserTask:
    """Withdraw a completed step while nobody has begun the next; gives the user task that is open now."""
    said = reason_of(reason)
    submission, undone = undoing(running, user_task)
    for job in running.session.scalars(_outside_jobs(running, user_task).with_for_update()):
        if job.state is not JobState.WAITING:
            raise AlreadyEffectiveError
        job.state = JobState.CANCELLED
    fresh_id = bpmn_returning.return_to(running.execution, user_task.execution_id)
    submission.withdrawn_at = running.clock.now()
    fresh = _reopened(running, user_task, fresh_id)
    _keep_due(running, fresh, user_task)
    after = {"element": user_task.element_id, "submission_id": submission.id, "user_task_id": fresh.id}
    _store(running, user_task).enter("user_task.withdrawn", "user_task", user_task.id, after=after, reason=said)
    notify(running.session, running.clock, [row.assignee_id for row in undone], "withdrawn", fresh)
    return fresh


def undoing(motion: Motion, user_task: UserTask) -> tuple[Submission, list[UserTask]]:
    """What taking back a completed step would undo: its submission, the open user tasks. Raises a ConflictError."""
    submission = _withdrawable(motion.session, user_task)
    places, _elements = bpmn_returning.undone_by(motion.execution, user_task.execution_id)
    undone = _untouched(motion, [place.execution_id for place in places])
    for job in motion.session.scalars(_outside_jobs(motion, user_task)):
        if job.kind is JobKind.DOCUMENT or job.state is not JobState.WAITING:
            raise AlreadyEffectiveError
    return submission, undone


def _completed(motion: Motion, execution_ids: list[str]) -> dict[str, UserTask]:
    rows = select(UserTask).where(
        UserTask.process_instance_id == motion.instance.id,
        UserTask.execution_id.in_(execution_ids),
        UserTask.state == UserTaskState.COMPLETED,
    )
    return {row.execution_id: row for row in motion.session.scalars(rows)} if execution_ids else {}


def _reopened(running: Running, former: UserTask, execution_id: str) -> UserTask:
    """Save the step; the new user task goes to whoever did it before, if they still may."""
    opened = running.save()
    fresh = running.session.scalars(
        select(UserTask).where(UserTask.id.in_(opened), UserTask.execution_id == execution_id)
    ).one()
    fresh.reopens_id = former.id
    fresh.assignee_id = fresh.claimed_at = None
    if former.completed_by is not None and _may_do(running, fresh, former.completed_by):
        fresh.assignee_id, fresh.claimed_at = former.completed_by, running.clock.now()
    return fresh


def _may_do(running: Running, user_task: UserTask, user_id: str) -> bool:
    try:
        require_suitable(running.session, running.clock, user_task, user_id)
    except DomainError:
        return False
    return True


def _withdrawable(session: Session, user_task: UserTask) -> Submission:
    submission = session.scalar(select(Submission).where(Submission.user_task_id == user_task.id))
    is_done_again = session.scalar(select(exists().where(UserTask.reopens_id == user_task.id)))
    if submission is None or submission.withdrawn_at is not None or is_done_again:
        raise UserTaskNotCompletedError
    return submission


def _untouched(motion: Motion, execution_ids: list[str]) -> list[UserTask]:
    """The open user tasks behind these places. Raises WithdrawTooLateError when somebody has begun one."""
    rows = select(UserTask).where(
        UserTask.process_instance_id == motion.instance.id,
        UserTask.execution_id.in_(execution_ids),
        UserTask.state == UserTaskState.OPEN,
    )
    found = list(motion.session.scalars(rows))
    for row in found:
        deed = exists().where(
            JournalEntry.subject_type == "user_task",
            JournalEntry.subject_id == row.id,
            JournalEntry.actor_id != SYSTEM.id,
        )
        if motion.session.scalar(select(or_(deed, exists().where(Draft.user_task_id == row.id)))):
            raise WithdrawTooLateError(element=row.name)
    return found


def _outside_jobs(motion: Motion, user_task: UserTask) -> Select[Job]:
    """What the step wanted done outside."""
    _places, elements = bpmn_returning.undone_by(motion.execution, user_task.execution_id)
    return select(Job).where(
        Job.process_instance_id == motion.instance.id,
        Job.kind.in_(OUTSIDE),
        Job.element_id.in_(elements),
        Job.created_at >= user_task.completed_at,
        Job.state != JobState.CANCELLED,
    )


def _keep_due(running: Running, fresh: UserTask, former: UserTask) -> None:
    """Taking back wins no time: the deadline runs on, and what is left of its reminders comes."""
    session, ladder = running.session, delete(Job).where(Job.user_task_id == fresh.id, Job.kind == JobKind.REMINDER)
    session.execute(ladder)
    fresh.created_at, fresh.due_at = former.created_at, former.due_at
    fresh.due_rule, fresh.due_basis = former.due_rule, former.due_basis
    fresh.sort_due, fresh.escalation_level = former.sort_due, former.escalation_level
    set_reminders(running, fresh)
    session.flush()
    session.execute(ladder.where(Job.due_at <= running.clock.now()))


def _store(running: Running, user_task: UserTask) -> Store:
    origin = Origin(Source.TASK, running.instance.id, user_task.id, is_drill=running.instance.is_drill)
    return Store(running.session, running.clock, running.actor, origin)
