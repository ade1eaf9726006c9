"""Background work as rows: taken under a lease with a fencing token, tried again with back-off, then an incident.

Celery only rings the bell; whatever takes the rows runs ``run_due``. Timers and reminders are done by the engine in one
transaction; other kinds by their handler, outside of any transaction, at least once with a stable idempotency key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from engine.engine import Engine
from engine.errors import LeaseLostError, ModelFaultError
from engine.firing import finish, hold
from engine.incidents import message_of, open_incident, slug_of
from engine.model import Job, JobKind, JobState
from engine.services import call_service
from records.clock import Clock
from records.db import Database

LEASE = timedelta(minutes=5)
BACK_OFF = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
STEP_KINDS = (JobKind.TIMER, JobKind.REMINDER, JobKind.MESSAGE, JobKind.SIGNAL, JobKind.RECALCULATION,
              JobKind.START)  # fmt: skip
OWN_KINDS = (*STEP_KINDS, JobKind.SERVICE)
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Ticket:
    """A job as its handler sees it: what to do, and the token that proves it may."""

    id: str
    token: int
    kind: JobKind
    payload: Mapping[str, Any]
    key: str
    process_instance_id: str | None
    attempts: int


Handler = Callable[[Database, Ticket], None]
Handlers = Mapping[JobKind, Handler]


def run_due(
    database: Database, engine: Engine, handlers: Handlers, clock: Clock, limit: int = 20, lease: timedelta = LEASE
) -> int:
    """Take up to ``limit`` due jobs for as long as ``lease`` and do them; gives how many were taken."""
    kinds = [kind for kind in JobKind if kind in OWN_KINDS or kind in handlers]
    with database.unit_of_work() as session:
        tickets = take(session, clock, limit, kinds, lease)
    for ticket in tickets:
        try:
            _do(database, engine, handlers, clock, ticket)
        except LeaseLostError:
            log.info("job taken over", job=ticket.id)
        except Exception as error:  # the job runner's outer edge: whatever it was, the row remembers it
            log.warning("job failed", job=ticket.id, kind=ticket.kind.value, error=str(error), exc_info=True)
            with database.unit_of_work() as session:
                fail(session, clock, ticket, error)
    return len(tickets)


def take(session: Session, clock: Clock, limit: int, kinds: list[JobKind], lease: timedelta = LEASE) -> list[Ticket]:
    """Due jobs, now leased to the caller; or, alone, a running one whose lease ran out.

    Alone, because it may be what its worker died over: if it kills the next one, too, it takes no other job with it.
    """
    now = clock.now()
    abandoned = select(Job).where(Job.state == JobState.RUNNING, Job.lease_until <= now, Job.kind.in_(kinds))
    rested = or_(Job.lease_until.is_(None), Job.lease_until <= now)
    waiting = select(Job).where(Job.state == JobState.WAITING, Job.due_at <= now, rested, Job.kind.in_(kinds))
    jobs = _locked(session, abandoned, 1) or _locked(session, waiting, limit)
    tickets = []
    for job in jobs:
        if job.attempts > len(BACK_OFF):  # its workers died over it
            job.state, job.lease_until = JobState.INCIDENT, None
            open_incident(session, clock, job, "job-abandoned", job.last_error or "no worker came back from it")
            continue
        job.state, job.lease_until = JobState.RUNNING, now + lease
        job.fencing_token += 1
        job.attempts += 1
        tickets.append(_ticket(job))
    return tickets


def _locked(session: Session, wanted: Select[Job], limit: int) -> list[Job]:
    """The first of them in the order of the index, those that another worker is taking left out."""
    jobs = wanted.order_by(Job.due_at, Job.id).limit(limit).with_for_update(skip_locked=True)
    return list(session.scalars(jobs))


def _ticket(job: Job) -> Ticket:
    return Ticket(
        id=job.id,
        token=job.fencing_token,
        kind=job.kind,
        payload=job.payload,
        key=job.idempotency_key,
        process_instance_id=job.process_instance_id,
        attempts=job.attempts,
    )


def _do(database: Database, engine: Engine, handlers: Handlers, clock: Clock, ticket: Ticket) -> None:
    if ticket.kind is JobKind.SERVICE:
        call_service(database, clock, engine.processes, ticket.id, ticket.token)
        return
    if ticket.kind in STEP_KINDS:
        with database.unit_of_work() as session:
            engine.fire(session, ticket.id, ticket.token)
        return
    handlers[ticket.kind](database, ticket)
    with database.unit_of_work() as session:
        job = session.get_one(Job, ticket.id, with_for_update=True)
        if job.state is not JobState.DONE:  # a handler may have ended it in its own transaction
            complete(session, clock, ticket)


def complete(session: Session, clock: Clock, ticket: Ticket) -> None:
    """The job is done; a handler calls this to end it together with what it wrote. Raises LeaseLostError."""
    finish(hold(session, ticket.id, ticket.token), clock)


def fail(session: Session, clock: Clock, ticket: Ticket, error: Exception) -> None:
    """Try again later, or call for a person when it was tried often enough."""
    try:
        job = hold(session, ticket.id, ticket.token)
    except LeaseLostError:
        return
    job.last_error = f"{type(error).__name__}: {error}"[:2000]
    if job.attempts > len(BACK_OFF) or isinstance(error, ModelFaultError):  # a model's fault does not pass
        job.state, job.lease_until = JobState.INCIDENT, None
        open_incident(session, clock, job, slug_of(error), message_of(error))
    else:
        job.state, job.lease_until = JobState.WAITING, clock.now() + BACK_OFF[job.attempts - 1]
