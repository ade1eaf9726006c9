"""What keeps a user task in mind: the assignee's follow-up date with its reminder, and the priority a lead gives it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from engine.errors import FollowUpDateError, PriorityError
from engine.model import Job, JobKind, JobState, ProcessInstance, UserTask, UserTaskState
from engine.notices import notify
from engine.standing_in import substitutes_of
from records import rows
from records.base import Source
from records.clock import ZONE, Clock, today
from records.people import Actor
from records.store import Origin, Store

FOLLOW_UP = "follow-up"
REMINDED_AT = time(8, 30, tzinfo=ZONE)
FARTHEST = timedelta(days=366)
LEAST, MOST = 0, 100


def set_follow_up(
    session: Session, clock: Clock, instance: ProcessInstance, user_task: UserTask, day: date | None, actor: Actor
) -> None:
    """Remember the user task on a day (None: no more). Raises FollowUpDateError for a day past or too far away."""
    now = today(clock)
    if day is not None and not now <= day <= now + FARTHEST:
        raise FollowUpDateError
    if day == user_task.follow_up_on:
        return
    before = {"follow_up_on": user_task.follow_up_on}
    rows.change(session, user_task, follow_up_on=day, version=user_task.version + 1)
    _end_reminder(session, user_task)
    if day is not None and (due_at := datetime.combine(day, REMINDED_AT)) > clock.now():
        session.add(_reminder(clock, user_task, day, due_at))
    after = {"follow_up_on": day}
    _store(session, clock, instance, user_task, actor).enter(
        "user_task.follow_up_set", "user_task", user_task.id, before=before, after=after
    )


def set_priority(
    session: Session, clock: Clock, instance: ProcessInstance, user_task: UserTask, priority: int, reason: str,
    actor: Actor,
) -> None:  # fmt: skip
    """Give the user task another priority, 0 (can wait) to 100 (at once). Raises PriorityError."""
    if not LEAST <= priority <= MOST:
        raise PriorityError
    before = {"priority": user_task.priority}
    rows.change(session, user_task, priority=priority, version=user_task.version + 1)
    after = {"priority": priority}
    _store(session, clock, instance, user_task, actor).enter(
        "user_task.prioritised", "user_task", user_task.id, before=before, after=after, reason=reason
    )


def is_follow_up(job: Job) -> bool:
    """Whether a reminder job is one of a follow-up date."""
    return FOLLOW_UP in job.payload


def remind_follow_up(session: Session, clock: Clock, job: Job) -> None:
    """Tell whoever has the user task, and who stands in for them, that its day has come."""
    user_task = session.get(UserTask, job.user_task_id, with_for_update=True, populate_existing=True)
    if user_task is None or user_task.state is not UserTaskState.OPEN or user_task.assignee_id is None:
        return
    told = (user_task.assignee_id, *(user.id for user in substitutes_of(session, clock, user_task)))
    notify(session, clock, told, "follow_up", user_task)


def _reminder(clock: Clock, user_task: UserTask, day: date, due_at: datetime) -> Job:
    return Job(
        id=clock.new_id(),
        kind=JobKind.REMINDER,
        state=JobState.WAITING,
        due_at=due_at,
        process_instance_id=user_task.process_instance_id,
        user_task_id=user_task.id,
        element_id=user_task.element_id,
        payload={FOLLOW_UP: day.isoformat()},
        idempotency_key=f"{FOLLOW_UP}:{user_task.id}:{user_task.version}",
        created_at=clock.now(),
    )


def _end_reminder(session: Session, user_task: UserTask) -> None:
    session.execute(
        update(Job)
        .where(
            Job.user_task_id == user_task.id,
            Job.idempotency_key.startswith(f"{FOLLOW_UP}:"),
            Job.state.in_((JobState.WAITING, JobState.HELD)),
        )
        .values(state=JobState.CANCELLED)
    )


def _store(session: Session, clock: Clock, instance: ProcessInstance, user_task: UserTask, actor: Actor) -> Store:
    return Store(session, clock, actor, Origin(Source.TASK, instance.id, user_task.id, is_drill=instance.is_drill))
