"""Timers of models as job rows: armed, recalculated at every step, cancelled with what they guard."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.bpmn import Waiting
from engine.model import OPEN_JOBS, Job, JobKind, JobState
from engine.motion import Motion


def sync_timers(motion: Motion) -> None:
    """Make the instance's timer jobs those of its armed timers."""
    armed = {waiting.execution_id: waiting for waiting in motion.execution.timers()}
    known = {job.execution_id: job for job in _timer_jobs(motion)}
    for execution_id, job in known.items():
        if execution_id not in armed and job.state != JobState.RUNNING:
            job.state = JobState.CANCELLED
    for execution_id, waiting in armed.items():
        timer = known.get(execution_id)
        begun = motion.clock.now() if timer is None else timer.created_at
        due_at = due_of(motion, waiting, begun)
        if timer is None:
            motion.session.add(_job(motion, waiting, due_at))
        else:
            timer.due_at = due_at


def due_of(motion: Motion, waiting: Waiting, begun: datetime) -> datetime:
    """When a timer that was armed at ``begun`` is due, as the rules, working days and pauses stand now."""
    return motion.expressions.as_of(begun).due(waiting.timer or "", waiting.data, begun, waiting.element_id)


def cancel_jobs(session: Session, instance_id: str) -> None:
    """The instance has ended: its timers and reminders are not wanted any more."""
    kinds = (JobKind.TIMER, JobKind.REMINDER)
    session.flush()
    session.execute(
        update(Job)
        .where(Job.process_instance_id == instance_id, Job.kind.in_(kinds), Job.state.in_(OPEN_JOBS))
        .where(Job.state != JobState.RUNNING)
        .values(state=JobState.CANCELLED)
    )


def _timer_jobs(motion: Motion) -> list[Job]:
    jobs = select(Job).where(
        Job.process_instance_id == motion.instance.id, Job.kind == JobKind.TIMER, Job.state.in_(OPEN_JOBS)
    )
    return list(motion.session.scalars(jobs))


def _job(motion: Motion, waiting: Waiting, due_at: datetime) -> Job:
    return Job(
        id=motion.clock.new_id(),
        kind=JobKind.TIMER,
        state=JobState.WAITING,
        process_instance_id=motion.instance.id,
        element_id=waiting.element_id,
        execution_id=waiting.execution_id,
        payload={"process_key": waiting.process_key},
        idempotency_key=f"timer:{motion.instance.id}:{waiting.execution_id}",
        created_at=motion.clock.now(),
        due_at=due_at,
    )
