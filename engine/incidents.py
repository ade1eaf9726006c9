"""Incidents: what needs a person, and how a person ends it: retry, skip with a reason, or mend the data and retry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.guards import lock_instance
from engine.model import Incident, InstanceState, Job, JobKind, JobState, ProcessInstance
from engine.notices import notify_of_case
from engine.policy import allowed
from engine.process import Process
from engine.running import Running
from engine.service_jobs import RESULT
from records.base import Source
from records.clock import Clock
from records.errors import ConflictError, DomainError, NotFoundError
from records.people import SYSTEM, Actor, RoleCode, users_with_role
from records.store import Origin, Store

SHORTEST_REASON = 10


class IncidentResolvedError(ConflictError):
    """Somebody has dealt with the incident already."""

    slug = "incident-resolved"
    sentence = "该异常已经处理"


class TimerNotSkippableError(ConflictError):
    """A timer cannot be left out: the case would wait for ever."""

    slug = "timer-not-skippable"
    sentence = "定时器不能跳过，请重试"


class ReasonTooShortError(DomainError):
    """A reason must say something."""

    slug = "reason-too-short"
    sentence = "请填写原因（不少于 %(count)s 个字）"

    def __init__(self) -> None:
        super().__init__(count=SHORTEST_REASON)


class NoSuchValueError(DomainError):
    """The case has no value under that path."""

    slug = "no-such-value"
    sentence = "案件数据中没有“%(path)s”"


def open_incident(session: Session, clock: Clock, job: Job, slug: str, message: str) -> Incident:
    """A job that could not be done."""
    instance = session.get(ProcessInstance, job.process_instance_id) if job.process_instance_id else None
    return _opened(session, clock, instance, job, slug, message)


def open_incident_of(
    session: Session, clock: Clock, instance: ProcessInstance, slug: str, message: str, element_id: str | None = None
) -> Incident:
    """A case that cannot go on by itself."""
    return _opened(session, clock, instance, None, slug, message, element_id)


def _opened(
    session: Session, clock: Clock, instance: ProcessInstance | None, job: Job | None, slug: str, message: str,
    element_id: str | None = None,
) -> Incident:  # fmt: skip
    incident = Incident(
        id=clock.new_id(),
        process_instance_id=None if instance is None else instance.id,
        job_id=None if job is None else job.id,
        element_id=element_id if job is None else job.element_id,
        region_path="/" if instance is None else instance.region_path,
        slug=slug[:60],
        message=message,
        opened_at=clock.now(),
    )
    session.add(incident)
    after = {"job_id": incident.job_id, "slug": incident.slug, "element": incident.element_id}
    _store(session, clock, SYSTEM, incident).enter("incident.opened", "incident", incident.id, after=after)
    if instance is not None:
        _tell_managers(session, clock, instance)
    return incident


def retry(session: Session, clock: Clock, incident_id: str, actor: Actor, reason: str | None = None) -> None:
    """Do the job again, from the first attempt; a case without a job is looked at again."""
    incident, job = _open(session, clock, incident_id, actor)
    if job is not None:
        again(job, clock)
    _resolve(session, clock, incident, actor, "retried", reason)


def incident_of_job(session: Session, job_id: str) -> str | None:
    """The id of a job's open incident, the newest; None when there is none."""
    of_job = select(Incident.id).where(Incident.job_id == job_id, Incident.resolved_at.is_(None))
    return session.scalar(of_job.order_by(Incident.opened_at.desc(), Incident.id.desc()).limit(1))


def skip(session: Session, clock: Clock, incident_id: str, actor: Actor, reason: str) -> None:
    """Leave the job out, with a reason; a service task goes on without a result.

    A timer cannot be left out: the case would wait for ever.
    """
    incident, job = _open(session, clock, incident_id, actor)
    reason = _said(reason)
    if job is not None and job.kind is JobKind.TIMER:
        raise TimerNotSkippableError
    if job is not None and job.kind is JobKind.SERVICE:
        job.payload = {**job.payload, RESULT: {}}
        again(job, clock)
    elif job is not None:
        job.state = JobState.CANCELLED
    _resolve(session, clock, incident, actor, "skipped", reason)


def mend(
    session: Session, clock: Clock, processes: Mapping[str, Process], incident_id: str, actor: Actor, path: str,
    value: Any, reason: str,
) -> None:  # fmt: skip
    """Correct one value of the case's data (``inspect.result``), then do the job again.

    ``value`` is JSON. Raises NoSuchValueError for a path that leads to nothing, ReasonTooShortError.
    """
    incident, job = _open(session, clock, incident_id, actor)
    reason = _said(reason)
    instance = session.get(ProcessInstance, incident.process_instance_id)
    if instance is None or instance.state not in (InstanceState.ACTIVE, InstanceState.SUSPENDED):
        raise NotFoundError
    running = Running.load(session, clock, actor, processes, instance)
    try:
        before = running.execution.mend(path, value)
    except LookupError:
        raise NoSuchValueError(path=path) from None
    running.store.enter(
        "incident.data_mended", "incident", incident.id,
        before={"path": path, "value": before}, after={"path": path, "value": value}, reason=reason,
    )  # fmt: skip
    running.save()
    if job is not None:
        again(job, clock)
    _resolve(session, clock, incident, actor, "mended", reason)


def again(job: Job, clock: Clock) -> None:
    """From the first attempt, now."""
    job.state, job.attempts, job.lease_until = JobState.WAITING, 0, None
    job.due_at = min(job.due_at, clock.now())


def slug_of(error: Exception) -> str:
    """What kind of trouble an error is."""
    return error.slug if isinstance(error, DomainError) else "job-failed"


def message_of(error: Exception) -> str:
    """What it says: a sentence of ours as it is, anything else with its kind."""
    return str(error) if isinstance(error, DomainError) else f"{type(error).__name__}: {error}"[:2000]


def _said(reason: str) -> str:
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReasonTooShortError
    return reason.strip()


def _open(session: Session, clock: Clock, incident_id: str, actor: Actor) -> tuple[Incident, Job | None]:
    known = session.get(Incident, incident_id)
    if known is not None and known.process_instance_id is not None:
        lock_instance(session, known.process_instance_id)
    incident = session.get(Incident, incident_id, with_for_update=True, populate_existing=True)
    if incident is None or not (actor.is_system or allowed("incident.resolve", actor, incident, session, clock)):
        raise NotFoundError
    if incident.resolved_at is not None:
        raise IncidentResolvedError
    if incident.job_id is None:
        return incident, None
    return incident, session.get_one(Job, incident.job_id, with_for_update=True, populate_existing=True)


def _resolve(
    session: Session, clock: Clock, incident: Incident, actor: Actor, resolution: str, reason: str | None
) -> None:
    incident.resolved_at, incident.resolution = clock.now(), resolution
    _store(session, clock, actor, incident).enter(f"incident.{resolution}", "incident", incident.id, reason=reason)


def _tell_managers(session: Session, clock: Clock, instance: ProcessInstance) -> None:
    managers = [user.id for user in users_with_role(session, RoleCode.MANAGER, instance.region_path)]
    notify_of_case(session, clock, managers, "incident", instance)


def _store(session: Session, clock: Clock, actor: Actor, incident: Incident) -> Store:
    return Store(session, clock, actor, Origin(Source.SYSTEM, incident.process_instance_id))
