"""The engine's own jobs, done once: the job is locked, its fencing token compared, and it ends with the step."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.attention import is_follow_up, remind_follow_up
from engine.deadline_changes import fan_out
from engine.errors import LeaseLostError
from engine.guards import lock_instance
from engine.model import InstanceState, Job, JobKind, JobState, ProcessInstance
from engine.pauses import CLOCKED, clock_stands
from engine.process import Process
from engine.recalculation import recalculate
from engine.reminders import remind
from engine.rounds import due_round, next_round
from engine.running import Running
from engine.timer_starts import begin_by_timer, missed
from records.clock import Clock
from records.errors import NotFoundError
from records.people import SYSTEM


def heading(session: Session, job_id: str) -> tuple[JobKind, str | None]:
    """What kind of job it is and whose, which never changes; nothing is locked yet. Raises NotFoundError."""
    found = session.execute(select(Job.kind, Job.process_instance_id).where(Job.id == job_id)).one_or_none()
    if found is None:
        raise NotFoundError
    return found.kind, found.process_instance_id


def fire_job(
    session: Session, clock: Clock, processes: Mapping[str, Process], instance_id: str | None, job_id: str, token: int
) -> None:
    """Do one of the engine's own jobs of a case (None: of no case) and end it.

    Raises LeaseLostError when another worker has it.
    """
    if instance_id is None:
        _do_without_case(session, clock, processes, hold(session, job_id, token))
        return
    instance = lock_instance(session, instance_id)
    job = hold(session, job_id, token)
    if job.due_at > clock.now():  # a step moved it while this worker was on its way
        _put_back(job, JobState.WAITING)
        return
    if _must_wait(session, instance, job):
        _put_back(job, JobState.HELD)
        return
    if job.kind is JobKind.RECALCULATION:
        _count_anew(session, clock, instance, job)
    elif instance.state is InstanceState.ACTIVE and not _happens(session, clock, processes, instance, job):
        _put_back(job, JobState.WAITING)
        return
    finish(job, clock)


def _happens(
    session: Session, clock: Clock, processes: Mapping[str, Process], instance: ProcessInstance, job: Job
) -> bool:
    """Let a timer or a reminder happen. False: a clock that it goes by has stood, so that it is due later."""
    if job.kind is JobKind.TIMER:
        return _fire_timer(session, clock, processes, instance, job)
    if is_follow_up(job):
        remind_follow_up(session, clock, job)
    else:
        remind(session, clock, job)
    return True


def _do_without_case(session: Session, clock: Clock, processes: Mapping[str, Process], job: Job) -> None:
    if job.kind is JobKind.START:
        begin_by_timer(session, clock, processes, job)
        finish(job, clock)
    else:
        fan_out(session, clock, job)


def _must_wait(session: Session, instance: ProcessInstance, job: Job) -> bool:
    """The case is suspended, or the clock that the job goes by stands. What lets it go on lets the job go, too."""
    if job.kind not in CLOCKED:
        return False
    return instance.state is InstanceState.SUSPENDED or clock_stands(session, instance, job.user_task_id)


def _put_back(job: Job, state: JobState) -> None:
    job.state, job.lease_until, job.attempts = state, None, 0


def hold(session: Session, job_id: str, token: int) -> Job:
    """The job, locked, if it is still this worker's. Raises LeaseLostError."""
    job = session.get(Job, job_id, with_for_update=True, populate_existing=True)
    if job is None or job.state is not JobState.RUNNING or job.fencing_token != token:
        raise LeaseLostError
    return job


def finish(job: Job, clock: Clock) -> None:
    """The job is done."""
    job.state, job.done_at, job.lease_until, job.last_error = JobState.DONE, clock.now(), None, None


def _count_anew(session: Session, clock: Clock, instance: ProcessInstance, job: Job) -> None:
    if instance.state in (InstanceState.ACTIVE, InstanceState.SUSPENDED):
        recalculate(Running.read(session, clock, SYSTEM, instance), str(job.payload["reason"]))


def _fire_timer(
    session: Session, clock: Clock, processes: Mapping[str, Process], instance: ProcessInstance, job: Job
) -> bool:
    running = Running.load(session, clock, SYSTEM, processes, instance)
    timers = [t for t in running.execution.timers() if t.execution_id == job.execution_id]
    if job.execution_id is None or not timers:
        return True
    if instance.clock_pauses:
        job.due_at = due_round(running.expressions, timers[0], job.created_at)
        if job.due_at > clock.now():
            return False
    again = next_round(running.expressions, timers[0], job.created_at, clock.now())
    after = {"element": job.element_id, "due_at": job.due_at, "missed": missed(again, timers[0].rounds)}
    running.store.enter("timer.fired", "job", job.id, after=after)
    running.execution.fire(job.execution_id, again)
    running.save()
    return True
