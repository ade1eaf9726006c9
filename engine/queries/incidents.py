"""Incidents: the list for those who end them, and the page of one with the data that may be mended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from engine.definitions import of_instance
from engine.model import Incident, InstanceState, Job, JobKind, ProcessInstance
from engine.running import Running
from records.clock import Clock
from records.errors import DomainError, NotFoundError
from records.paging import Order, Page, page_of
from records.people import SYSTEM, Actor, RoleCode
from records.scope import visible

NEWEST = Order((Incident.opened_at, Incident.id), (datetime, str), is_descending=True)
MOST_VALUES = 200
KNOWN_SLUGS = ("model-fault", "job-failed", "job-abandoned", "waits-for-nothing")


class IncidentView(StrEnum):
    """Which incidents."""

    OPEN = "open"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class IncidentFilter:
    """What to narrow the list to. ``slug`` is one of KNOWN_SLUGS or ``other``."""

    view: IncidentView = IncidentView.OPEN
    slug: str | None = None


@dataclass(frozen=True)
class IncidentRow:
    """An incident as a line of the list. Case fields are None for a job that belongs to no case."""

    id: str
    slug: str
    message: str
    element_id: str | None
    element_name: str | None
    opened_at: datetime
    resolved_at: datetime | None
    resolution: str | None
    process_instance_id: str | None
    business_key: str | None
    title: str | None
    job_kind: JobKind | None
    attempts: int


@dataclass(frozen=True)
class IncidentDetail(IncidentRow):
    """An incident as a page. ``values`` are the case's data as path and JSON value, where it may be mended."""

    may_skip: bool
    values: list[tuple[str, Any]]


def incidents(
    session: Session, actor: Actor, wanted: IncidentFilter, cursor: str | None = None, limit: int = 20
) -> Page[IncidentRow]:
    """One page of incidents, the newest first, with the honest total."""
    conditions = [seen_incidents(actor), *_narrowed(wanted)]
    total = session.scalar(select(func.count()).select_from(Incident).where(*conditions)) or 0
    page = page_of(session, select(Incident).where(*conditions), total, NEWEST, cursor, limit)
    return Page(_rows(session, page.rows), page.next_cursor, page.previous_cursor, page.total)


def open_incidents(session: Session, actor: Actor) -> int:
    """How many wait for the actor."""
    conditions = (seen_incidents(actor), Incident.resolved_at.is_(None))
    return session.scalar(select(func.count()).select_from(Incident).where(*conditions)) or 0


def incident(session: Session, incident_id: str, actor: Actor, clock: Clock) -> IncidentDetail:
    """One incident with what may be done about it. Raises NotFoundError."""
    found = session.scalar(select(Incident).where(Incident.id == incident_id, seen_incidents(actor)))
    if found is None:
        raise NotFoundError
    (row,) = _rows(session, [found])
    values = [] if found.resolved_at is not None else _values(session, clock, found)
    may_skip = found.resolved_at is None and row.job_kind is not JobKind.TIMER
    return IncidentDetail(**vars(row), may_skip=may_skip, values=values)


def seen_incidents(actor: Actor) -> ColumnElement[bool]:
    """An administrator sees them all, a manager those of the jurisdiction, nobody else any."""
    if RoleCode.ADMINISTRATOR in actor.roles or actor.is_system:
        return true()
    if RoleCode.MANAGER in actor.roles:
        return visible(Incident, actor)
    return ~true()


def _narrowed(wanted: IncidentFilter) -> Iterator[ColumnElement[bool]]:
    is_open = wanted.view is IncidentView.OPEN
    yield Incident.resolved_at.is_(None) if is_open else Incident.resolved_at.is_not(None)
    if wanted.slug == "other":
        yield Incident.slug.not_in(KNOWN_SLUGS)
    elif wanted.slug:
        yield Incident.slug == wanted.slug


def _rows(session: Session, found: Sequence[Incident]) -> list[IncidentRow]:
    case_ids = {each.process_instance_id for each in found}
    cases = {c.id: c for c in session.scalars(select(ProcessInstance).where(ProcessInstance.id.in_(case_ids)))}
    job_ids = {each.job_id for each in found}
    jobs = {job.id: job for job in session.scalars(select(Job).where(Job.id.in_(job_ids)))}
    return [
        _row(session, each, cases.get(each.process_instance_id or ""), jobs.get(each.job_id or "")) for each in found
    ]


def _row(session: Session, each: Incident, case: ProcessInstance | None, job: Job | None) -> IncidentRow:
    return IncidentRow(
        id=each.id,
        slug=each.slug,
        message=each.message,
        element_id=each.element_id,
        element_name=_name(session, each, case, job),
        opened_at=each.opened_at,
        resolved_at=each.resolved_at,
        resolution=each.resolution,
        process_instance_id=each.process_instance_id,
        business_key=None if case is None else case.business_key,
        title=None if case is None else case.title,
        job_kind=None if job is None else job.kind,
        attempts=0 if job is None else job.attempts,
    )


def _name(session: Session, each: Incident, case: ProcessInstance | None, job: Job | None) -> str | None:
    if case is None or each.element_id is None:
        return each.element_id
    key = case.process_key if job is None else job.payload.get("process_key", case.process_key)
    part = of_instance(session, case).parts.get(key)
    element = None if part is None else part.model.elements.get(each.element_id)
    return each.element_id if element is None else element.name or element.id


def _values(session: Session, clock: Clock, found: Incident) -> list[tuple[str, Any]]:
    case = session.get(ProcessInstance, found.process_instance_id) if found.process_instance_id else None
    if case is None or case.state not in (InstanceState.ACTIVE, InstanceState.SUSPENDED):
        return []
    try:
        data = Running.read(session, clock, SYSTEM, case).execution.data
    except DomainError:  # its state cannot be read: nothing to mend
        return []
    places = (place for name, value in data.items() if name != "case" for place in _leaves(name, value))
    return [place for place, _number in zip(places, range(MOST_VALUES), strict=False)]


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            if not str(name).startswith("_"):
                yield from _leaves(f"{path}.{name}", inner)
    elif isinstance(value, list) and value:
        for number, inner in enumerate(value):
            yield from _leaves(f"{path}.{number}", inner)
    else:
        yield path, value
