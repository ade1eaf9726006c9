"""The reminder ladder: shares of the time before a user task is due, then lead, manager and superior after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.model import Job, JobKind, JobState, ProcessInstance, UserTask, UserTaskState
from engine.motion import Motion
from engine.notices import notify, responsible_for
from engine.standing_in import substitutes_of
from records.base import Source
from records.clock import Clock, today
from records.people import SYSTEM, RoleCode, User, superior_region_path, users_with_role
from records.rules import RuleNotFoundError, find_rule, numbers
from records.store import Origin, Store

LEAD_LEVEL, MANAGER_LEVEL, SUPERIOR_LEVEL = 1, 2, 3


@dataclass(frozen=True)
class Rung:
    """One rung of the ladder: when, which share of the time has passed, and how high it climbs (0 = nobody above)."""

    key: str
    due_at: datetime
    share: int
    level: int


def set_reminders(motion: Motion, user_task: UserTask) -> None:
    """Job rows for every rung of a user task that has a due date. Where the rules are not set there is no ladder."""
    if user_task.due_at is None:
        return
    for rung in _ladder(motion, user_task, user_task.due_at):
        motion.session.add(
            Job(
                id=motion.clock.new_id(),
                kind=JobKind.REMINDER,
                state=JobState.WAITING,
                due_at=rung.due_at,
                process_instance_id=user_task.process_instance_id,
                user_task_id=user_task.id,
                element_id=user_task.element_id,
                payload={"share": rung.share, "level": rung.level},
                idempotency_key=f"reminder:{user_task.id}:{rung.key}",
                created_at=motion.clock.now(),
            )
        )


def move_reminders(motion: Motion, user_task: UserTask) -> None:
    """The user task's due date has moved: so does what is left of its ladder; a rung that lies ahead again is set."""
    jobs = select(Job).where(Job.user_task_id == user_task.id, Job.kind == JobKind.REMINDER)
    by_key = {job.idempotency_key: job for job in motion.session.scalars(jobs)}
    for rung in () if user_task.due_at is None else _ladder(motion, user_task, user_task.due_at):
        job = by_key.get(f"reminder:{user_task.id}:{rung.key}")
        if job is None:
            continue
        job.due_at = rung.due_at
        if job.state is JobState.DONE and rung.due_at > motion.clock.now():
            job.state, job.done_at, job.attempts = JobState.WAITING, None, 0


def _ladder(motion: Motion, user_task: UserTask, due_at: datetime) -> list[Rung]:
    try:
        return list(_rungs(motion, user_task, due_at))
    except RuleNotFoundError:
        return []


def _rungs(motion: Motion, user_task: UserTask, due_at: datetime) -> Iterator[Rung]:
    day, region, start = today(motion.clock), motion.instance.region_code, user_task.created_at
    pauses = motion.pauses(user_task.due_rule, user_task.id)
    length = pauses.counted(start, due_at)
    for share in numbers(find_rule(motion.session, "R-REMIND", day, region)):
        level = LEAD_LEVEL if share >= 100 else 0
        moment = due_at if share == 100 else pauses.after(start, length * share / 100)
        yield Rung(str(share), moment, share, level)
    for key, code, level in (
        ("manager", "R-ESC-MANAGER", MANAGER_LEVEL),
        ("superior", "R-ESC-SUPERIOR", SUPERIOR_LEVEL),
    ):
        yield Rung(key, motion.expressions.deadline_of_rule(code, due_at).due_at, 100, level)


def remind(session: Session, clock: Clock, job: Job) -> None:
    """Climb one rung: notify those concerned, raise the level, enter it in the journal."""
    user_task = session.get(UserTask, job.user_task_id, with_for_update=True, populate_existing=True)
    if user_task is None or user_task.state != UserTaskState.OPEN:
        return
    share, level = int(job.payload["share"]), int(job.payload["level"])
    user_task.escalation_level = max(user_task.escalation_level, level)
    people = sorted({user.id for user in _people(session, clock, user_task, level)})
    kind, verb = ("escalation", "user_task.escalated") if level else ("reminder", "user_task.reminded")
    notify(session, clock, people, kind, user_task)
    instance = session.get_one(ProcessInstance, user_task.process_instance_id)
    store = Store(session, clock, SYSTEM, Origin(Source.SYSTEM, instance.id, user_task.id, is_drill=instance.is_drill))
    store.enter(verb, "user_task", user_task.id, after={"share": share, "level": level, "notified": people})


def _people(session: Session, clock: Clock, user_task: UserTask, level: int) -> list[User]:
    people = responsible_for(session, user_task) + substitutes_of(session, clock, user_task)
    if level >= LEAD_LEVEL:
        people += users_with_role(session, RoleCode.LEAD, user_task.region_path)
    if level >= MANAGER_LEVEL:
        people += users_with_role(session, RoleCode.MANAGER, user_task.region_path)
    above = superior_region_path(user_task.region_path)
    if level >= SUPERIOR_LEVEL and above is not None:
        people += users_with_role(session, RoleCode.MANAGER, above)
    return people
