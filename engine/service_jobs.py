"""The job rows of service tasks that wait for their call."""

from __future__ import annotations

from sqlalchemy import select

from engine.model import OPEN_JOBS, Job, JobKind, JobState
from engine.motion import Motion

RESULT, CODE = "result", "error_code"  # in a job's payload: what the call gave, kept until the case has moved on


def sync_services(motion: Motion) -> None:
    """Make the instance's service jobs those of the service tasks where it waits for a call."""
    if not any(motion.processes[key].external for key in motion.definition.parts if key in motion.processes):
        return
    waiting = {
        each.execution_id: each
        for each in motion.execution.services()
        if each.element_id in motion.processes[each.process_key].external
    }
    jobs = motion.session.scalars(
        select(Job).where(
            Job.process_instance_id == motion.instance.id, Job.kind == JobKind.SERVICE, Job.state.in_(OPEN_JOBS)
        )
    )
    known = {job.execution_id: job for job in jobs}
    for execution_id, job in known.items():
        if execution_id not in waiting and job.state is not JobState.RUNNING:
            job.state = JobState.CANCELLED
    for execution_id, each in waiting.items():
        if execution_id not in known:
            motion.session.add(
                Job(
                    id=motion.clock.new_id(),
                    kind=JobKind.SERVICE,
                    state=JobState.WAITING,
                    process_instance_id=motion.instance.id,
                    element_id=each.element_id,
                    execution_id=execution_id,
                    payload={"process_key": each.process_key},
                    idempotency_key=f"service:{motion.instance.id}:{execution_id}",
                    created_at=motion.clock.now(),
                    due_at=motion.clock.now(),
                )
            )
