"""Promise P5 kept by looking: a live case that waits for nothing needs a person."""

from __future__ import annotations

from sqlalchemy import Select, and_, exists, select
from sqlalchemy.orm import Session

from engine.incidents import open_incident_of
from engine.model import (
    OPEN_JOBS,
    EventSubscription,
    Incident,
    InstanceState,
    Job,
    JobKind,
    ProcessInstance,
    TaskKind,
    UserTask,
    UserTaskState,
)
from records.clock import Clock

LOOKED_AT = 100
STRANDED = "waits-for-nothing"


def stranded() -> Select[str]:
    """The ids of live cases without an open user task, timer, call, subscription or incident."""
    task = exists().where(
        UserTask.process_instance_id == ProcessInstance.id,
        UserTask.state == UserTaskState.OPEN,
        UserTask.kind == TaskKind.STEP,  # a side task moves nothing
    )
    job = exists().where(
        Job.process_instance_id == ProcessInstance.id,
        Job.kind.in_((JobKind.TIMER, JobKind.SERVICE)),
        Job.state.in_(OPEN_JOBS),
    )
    incident = exists().where(Incident.process_instance_id == ProcessInstance.id, Incident.resolved_at.is_(None))
    event = exists().where(EventSubscription.process_instance_id == ProcessInstance.id)
    nothing = and_(~task, ~job, ~event, ~incident)
    return select(ProcessInstance.id).where(ProcessInstance.state == InstanceState.ACTIVE, nothing)


def watch(session: Session, clock: Clock) -> int:
    """Open an incident for each stranded case, once while it is open; gives how many."""
    found = session.scalars(
        select(ProcessInstance)
        .where(ProcessInstance.id.in_(stranded().limit(LOOKED_AT)))
        .order_by(ProcessInstance.id)
        .with_for_update(skip_locked=True)
    ).all()
    for instance in found:
        open_incident_of(session, clock, instance, STRANDED, "该案件没有待办任务、定时器或其他等待")
    return len(found)
