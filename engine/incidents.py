"""Incidents: what needs a person, and how a person ends it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.errors import ReasonMissingError
from engine.model import Incident, Job, JobKind, JobState, ProcessInstance
from engine.policy import allowed
from records.base import Source
from records.clock import Clock
from records.errors import ConflictError, NotFoundError
from records.people import SYSTEM, Actor
from records.store import Origin, Store


class IncidentResolvedError(ConflictError):
    """Somebody has dealt with the incident already."""

    slug = "incident-resolved"
    sentence = "该异常已经处理"


class TimerNotSkippableError(ConflictError):
    """A timer cannot be left out: the case would wait for ever."""

    slug = "timer-not-skippable"
    sentence = "定时器不能跳过，请重试"


def open_incident(session: Session, clock: Clock, job: Job, slug: str, message: str) -> Incident:
    """A job that could not be done."""
    instance = session.get(ProcessInstance, job.process_instance_id) if job.process_instance_id else None
    incident = Incident(
        id=clock.new_id(),
        process_instance_id=job.process_instance_id,
        job_id=job.id,
        element_id=job.element_id,
        region_path="/" if instance is None else instance.region_path,
        slug=slug[:60],
        message=message,
        opened_at=clock.now(),
    )
    session.add(incident)
    store = _store(session, clock, SYSTEM, incident)
    store.enter("incident.opened", "incident", incident.id, after={"job_id": job.id, "slug": incident.slug})
    return incident


def retry(session: Session, clock: Clock, incident_id: str, actor: Actor) -> None:
    """Do the job again, from the first attempt."""
    incident, job = _open(session, clock, incident_id, actor)
    job.state, job.attempts, job.lease_until = JobState.WAITING, 0, None
    _resolve(session, clock, incident, actor, "retried", None)


def skip(session: Session, clock: Clock, incident_id: str, actor: Actor, reason: str) -> None:
    """Leave the job out, with a reason. A timer cannot be left out."""
    incident, job = _open(session, clock, incident_id, actor)
    if not reason.strip():
        raise ReasonMissingError
    if job.kind is JobKind.TIMER:
        raise TimerNotSkippableError
    job.state = JobState.CANCELLED
    _resolve(session, clock, incident, actor, "skipped", reason.strip())


def _open(session: Session, clock: Clock, incident_id: str, actor: Actor) -> tuple[Incident, Job]:
    incident = session.get(Incident, incident_id, with_for_update=True, populate_existing=True)
    if incident is None or not (actor.is_system or allowed("incident.resolve", actor, incident, session, clock)):
        raise NotFoundError
    if incident.resolved_at is not None:
        raise IncidentResolvedError
    return incident, session.get_one(Job, incident.job_id, with_for_update=True, populate_existing=True)


def _resolve(
    session: Session, clock: Clock, incident: Incident, actor: Actor, resolution: str, reason: str | None
) -> None:
    incident.resolved_at, incident.resolution = clock.now(), resolution
    _store(session, clock, actor, incident).enter(f"incident.{resolution}", "incident", incident.id, reason=reason)


def _store(session: Session, clock: Clock, actor: Actor, incident: Incident) -> Store:
    return Store(session, clock, actor, Origin(Source.SYSTEM, incident.process_instance_id))
