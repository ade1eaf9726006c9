"""Service tasks with effects outside our database: a job calls the function, then one step records what it gave.

The token waits at the service task. The call is made outside any transaction, at least once, always with the same key;
its result is recorded exactly once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.firing import finish, hold
from engine.guards import lock_instance
from engine.model import InstanceState, Job, JobState, ProcessInstance
from engine.process import Call, Process, ProcessError
from engine.running import Running
from engine.service_jobs import CODE, RESULT
from forms.storage import to_storage
from records.clock import Clock
from records.db import Database
from records.people import SYSTEM


def call_service(
    database: Database, clock: Clock, processes: Mapping[str, Process], job_id: str, token: int
) -> None:  # fmt: skip
    """Make the call that a job stands for, outside of any transaction, and move the case on with its result.

    A case that is suspended waits: before the call, or with the result in hand. Raises LeaseLostError and whatever the
    function raises but ProcessError, which goes to the boundary event that catches it.
    """
    with database.unit_of_work() as session:
        job = hold(session, job_id, token)
        instance = session.get_one(ProcessInstance, job.process_instance_id)
        if instance.state is InstanceState.SUSPENDED:
            _wait(job)
            return
        call = _call(session, clock, instance, job)
    if call is None or job.payload.keys() & {RESULT, CODE}:
        outcome: dict[str, Any] = {}
    else:
        outcome = _outcome(processes, job, call)
    with database.unit_of_work() as session:
        _record(session, clock, processes, job_id, token, outcome)


def _outcome(processes: Mapping[str, Process], job: Job, call: Call) -> dict[str, Any]:
    function = processes[job.payload["process_key"]].external[call.element_id]
    try:
        return {RESULT: to_storage(function(call) or {})}
    except ProcessError as error:
        return {CODE: error.code}


def _record(
    session: Session, clock: Clock, processes: Mapping[str, Process], job_id: str, token: int, outcome: dict[str, Any]
) -> None:
    instance_id = session.scalar(select(Job.process_instance_id).where(Job.id == job_id))
    instance = lock_instance(session, instance_id or "")
    job = hold(session, job_id, token)
    job.payload = {**job.payload, **outcome}
    if instance.state is InstanceState.SUSPENDED:
        _wait(job)
        return
    if instance.state is InstanceState.ACTIVE:
        _move(Running.load(session, clock, SYSTEM, processes, instance), job)
    finish(job, clock)


def _move(running: Running, job: Job) -> None:
    execution_id = job.execution_id or ""
    if execution_id not in {each.execution_id for each in running.execution.services()}:
        return
    after = {"element": job.element_id, "attempts": job.attempts, "key": job.idempotency_key}
    if CODE in job.payload:
        running.store.enter("service.failed", "job", job.id, after={**after, CODE: job.payload[CODE]})
        running.execution.fail_service(execution_id, job.payload[CODE])
    else:
        running.store.enter("service.called", "job", job.id, after=after)
        running.execution.finish_service(execution_id, job.payload[RESULT])
    running.save()


def _call(session: Session, clock: Clock, instance: ProcessInstance, job: Job) -> Call | None:
    """What the function is handed; None when the case does not wait for it any more."""
    if instance.state is not InstanceState.ACTIVE:
        return None
    running = Running.read(session, clock, SYSTEM, instance)
    waiting = next((w for w in running.execution.services() if w.execution_id == job.execution_id), None)
    if waiting is None:
        return None
    loop = running.definition.element(waiting.process_key, waiting.element_id).loop
    return Call(
        key=job.idempotency_key,
        attempt=job.attempts,
        clock=clock,
        process_instance_id=instance.id,
        business_key=instance.business_key,
        region_code=instance.region_code,
        establishment_id=instance.establishment_id,
        is_drill=instance.is_drill,
        data=waiting.data,
        element_id=waiting.element_id,
        item=None if loop is None or loop.item is None else waiting.data.get(loop.item),
    )


def _wait(job: Job) -> None:
    job.state, job.lease_until, job.attempts = JobState.HELD, None, 0
