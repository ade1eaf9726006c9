"""Timers of models as job rows: armed, recalculated at every step, cancelled with what they guard."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from engine.bpmn import Waiting
from engine.model import OPEN_JOBS, Job, JobKind, JobState
from engine.motion import Motion
from engine.rounds import due_round
from records import rows


def sync_timers(motion: Motion) -> None:
    """Make the instance's timer jobs those of its armed timers."""
    timers = motion.execution.timers()
    if not timers and not motion.execution.disarmed() and not motion.is_replaced:
        return
    armed = {(waiting.execution_id, waiting.rounds): waiting for waiting in timers}
    known = {(job.execution_id, job.payload.get("rounds", 0)): job for job in _timer_jobs(motion)}
    for place, job in known.items():
        if place not in armed and job.state != JobState.RUNNING:
            job.state = JobState.CANCELLED
    for place, waiting in armed.items():
        timer = known.get(place)
        begun = motion.clock.now() if timer is None else timer.created_at
        due_at = due_of(motion, waiting, begun)
        if timer is None:
            motion.session.add(_job(motion, waiting, due_at))
        else:
            timer.due_at = due_at


def due_of(motion: Motion, waiting: Waiting, begun: datetime) -> datetime:
    """When a timer that was armed at ``begun`` is due, as the rules, working days and pauses stand now."""
    return due_round(motion.expressions, waiting, begun)


def cancel_jobs(session: Session, instance_id: str) -> None:
    """The instance has ended: its timers, reminders and calls are not wanted any more."""
    rows.run(session, _CANCEL_JOBS, {"ended": instance_id})


_CANCEL_JOBS = (
    update(rows.table_of(Job))
    .where(Job.process_instance_id == bindparam("ended"))
    .where(or_(*(Job.kind == kind for kind in (JobKind.TIMER, JobKind.REMINDER, JobKind.SERVICE))))
    .where(or_(*(Job.state == state for state in OPEN_JOBS if state is not JobState.RUNNING)))
    .values(state=JobState.CANCELLED)
)


def _timer_jobs(motion: Motion) -> list[Job]:
    jobs = select(Job).where(
        Job.process_instance_id == motion.instance.id, Job.kind == JobKind.TIMER, Job.state.in_(OPEN_JOBS)
    )
    return list(motion.session.scalars(jobs))


def _job(motion: Motion, waiting: Waiting, due_at: datetime) -> Job:
    occurrence, rounds = f"{motion.instance.id}:{waiting.execution_id}", waiting.rounds
    return Job(
        id=motion.clock.new_id(),
        kind=JobKind.TIMER,
        state=JobState.WAITING,
        process_instance_id=motion.instance.id,
        element_id=waiting.element_id,
        execution_id=waiting.execution_id,
        payload={"process_key": waiting.process_key, **({"rounds": rounds} if rounds else {})},
        idempotency_key=f"timer:{occurrence}:{rounds}" if rounds else f"timer:{occurrence}",
        created_at=motion.clock.now(),
        due_at=due_at,
    )
