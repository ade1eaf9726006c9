"""The clock of a case is stopped and goes on: no deadline counts that time, no timer or reminder fires in it."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from engine.errors import ClockRunsError, ClockStandsError, ReasonMissingError
from engine.model import Job, JobKind, JobState, ProcessInstance
from engine.motion import Motion
from engine.open_tasks import open_rows
from engine.recalculation import recalculate
from records.base import Source
from records.errors import NotFoundError
from records.pauses import ClockPause, pauses_of
from records.people import Actor
from records.store import Origin, Store

CLOCKED = (JobKind.TIMER, JobKind.REMINDER)


def pause_clocks(
    motion: Motion, instance: ProcessInstance, reason: str, actor: Actor, *, legal_basis: str = "",
    user_task_id: str | None = None,
) -> ClockPause:  # fmt: skip
    """Stop the clock of a case, or of one of its open user tasks; the caller holds the case's lock.

    Raises ReasonMissingError, ClockStandsError when it stands already, NotFoundError for a user task of another case.
    """
    if not reason.strip():
        raise ReasonMissingError
    if _open_pause(motion, user_task_id) is not None:
        raise ClockStandsError
    if user_task_id is not None and user_task_id not in {row.id for row in open_rows(motion.session, instance.id)}:
        raise NotFoundError
    pause = ClockPause(
        process_instance_id=instance.id,
        user_task_id=user_task_id,
        begins_at=motion.clock.now(),
        reason=reason.strip(),
        legal_basis=legal_basis,
    )
    instance.clock_pauses += 1
    _turn_jobs(motion, user_task_id, JobState.WAITING, JobState.HELD)
    return _store(motion, actor).add(pause, reason=pause.reason)


def resume_clocks(
    motion: Motion, instance: ProcessInstance, reason: str, actor: Actor, *, user_task_id: str | None = None
) -> None:
    """Let the clock of a case, or of one of its user tasks, go on: what is still to come moves by the time it stood.

    Where no clock was stopped (the case was only suspended) the held jobs are let go. Raises ReasonMissingError,
    ClockRunsError when a user task's clock does not stand.
    """
    if not reason.strip():
        raise ReasonMissingError
    pause = _open_pause(motion, user_task_id)
    if pause is not None:
        _store(motion, actor).correct(pause, {"ends_at": motion.clock.now()}, reason=reason.strip())
    elif user_task_id is not None:
        raise ClockRunsError
    _turn_jobs(motion, user_task_id, JobState.HELD, JobState.WAITING)
    if pause is not None:
        recalculate(motion, reason.strip())


def clock_stands(session: Session, instance: ProcessInstance, user_task_id: str | None = None) -> bool:
    """True while the clock of the case, or of that user task of it, stands."""
    if not instance.clock_pauses:
        return False
    return any(row.ends_at is None for row in pauses_of(session, instance.id, user_task_id))


def _open_pause(motion: Motion, user_task_id: str | None) -> ClockPause | None:
    """The pause of exactly this scope that has not ended."""
    rows = pauses_of(motion.session, motion.instance.id, user_task_id)
    return next((row for row in rows if row.user_task_id == user_task_id and row.ends_at is None), None)


def _turn_jobs(motion: Motion, user_task_id: str | None, before: JobState, after: JobState) -> None:
    """Hold what waits for its time, or let it wait again. A job that is being done finds out by itself."""
    jobs = update(Job).where(Job.process_instance_id == motion.instance.id, Job.state == before)
    if user_task_id is None:
        jobs = jobs if before is JobState.HELD else jobs.where(Job.kind.in_(CLOCKED))
    else:
        jobs = jobs.where(Job.kind == JobKind.REMINDER, Job.user_task_id == user_task_id)
    motion.session.flush()
    motion.session.execute(jobs.values(state=after, lease_until=None))


def _store(motion: Motion, actor: Actor) -> Store:
    origin = Origin(Source.SYSTEM, motion.instance.id, is_drill=motion.instance.is_drill)
    return Store(motion.session, motion.clock, actor, origin)
