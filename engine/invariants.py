"""The engine's promises, checked on any database. Nothing is changed; each violation names what it concerns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from sqlalchemy import Select, and_, exists, func, select
from sqlalchemy.orm import Session

from engine.model import (
    EventSubscription,
    Incident,
    InstanceState,
    InstanceStep,
    Job,
    JobKind,
    JobState,
    ProcessInstance,
    UserTask,
    UserTaskState,
)
from engine.watchdog import stranded
from records.chains import verify
from records.store import RecordVersion
from records.submissions import Submission

LATE = timedelta(minutes=30)


@dataclass(frozen=True)
class Violation:
    """A promise that does not hold: which, for what, and how."""

    promise: str
    subject: str
    what: str


def check_invariants(session: Session, now: datetime | None = None) -> Iterator[Violation]:
    """Every violation of P1 to P6. Lateness of timers is judged when ``now`` is given."""
    return chain(
        _acknowledged(session), _once(session), _jobs_once(session), _timers(session, now), _alive(session),
        _journal(session),
    )  # fmt: skip


def _found(session: Session, query: Select[str], promise: str, what: str) -> Iterator[Violation]:
    for subject in session.scalars(query):
        yield Violation(promise, subject, what)


def _acknowledged(session: Session) -> Iterator[Violation]:
    """P1: what was submitted is there, with its journal entries, and the state is that of the instance's version."""
    last = (
        select(func.max(InstanceStep.version))
        .where(InstanceStep.process_instance_id == ProcessInstance.id, InstanceStep.state.is_not(None))
        .scalar_subquery()
    )
    living = ProcessInstance.state == InstanceState.ACTIVE
    stale = select(ProcessInstance.id).where(living, func.coalesce(last, 0) != ProcessInstance.version)
    yield from _found(session, stale, "P1", "the kept state is not that of the instance's version")
    for submission in session.scalars(select(Submission).order_by(Submission.id)):
        for kind, record_id in ((submission.result or {}).get("records") or {}).items():
            if session.get(RecordVersion, (kind, record_id, 1)) is None:
                yield Violation("P1", submission.id, f"{kind} {record_id} that was submitted is not in the store")


def _once(session: Session) -> Iterator[Violation]:
    """P2: a completed user task has exactly one submission, no other has any."""
    counted = (
        select(UserTask.id)
        .outerjoin(Submission, Submission.user_task_id == UserTask.id)
        .group_by(UserTask.id, UserTask.state)
    )
    missing = counted.having(and_(UserTask.state == UserTaskState.COMPLETED, func.count(Submission.id) != 1))
    yield from _found(session, missing, "P2", "completed without exactly one submission")
    early = counted.having(and_(UserTask.state != UserTaskState.COMPLETED, func.count(Submission.id) > 0))
    yield from _found(session, early, "P2", "has a submission but is not completed")


def _jobs_once(session: Session) -> Iterator[Violation]:
    """P3: a job that is done says when; one in trouble has an incident."""
    undated = select(Job.id).where(Job.state == JobState.DONE, Job.done_at.is_(None))
    yield from _found(session, undated, "P3", "done at no time")
    unseen = select(Job.id).where(
        Job.state == JobState.INCIDENT, ~exists().where(Incident.job_id == Job.id, Incident.resolved_at.is_(None))
    )
    yield from _found(session, unseen, "P3", "given up without an open incident")


def _timers(session: Session, now: datetime | None) -> Iterator[Violation]:
    """P4: never early, and not left lying."""
    timed = Job.kind.in_((JobKind.TIMER, JobKind.REMINDER))
    early = select(Job.id).where(timed, Job.state == JobState.DONE, Job.done_at < Job.due_at)
    yield from _found(session, early, "P4", "fired before it was due")
    if now is not None:
        lying = select(Job.id).where(timed, Job.state == JobState.WAITING, Job.due_at < now - LATE, Job.attempts == 0)
        yield from _found(session, lying, "P4", "due for long and never taken")


def _alive(session: Session) -> Iterator[Violation]:
    """P5: whatever lives waits for something; whatever ended waits for nothing."""
    task = exists().where(UserTask.process_instance_id == ProcessInstance.id, UserTask.state == UserTaskState.OPEN)
    awaited = exists().where(EventSubscription.process_instance_id == ProcessInstance.id)
    yield from _found(session, stranded(), "P5", "active, but waits for nothing")
    ended = ProcessInstance.state.in_((InstanceState.COMPLETED, InstanceState.CANCELLED))
    yield from _found(session, select(ProcessInstance.id).where(ended, task), "P5", "ended with an open user task")
    yield from _found(session, select(ProcessInstance.id).where(ended, awaited), "P5", "ended and waits for an event")


def _journal(session: Session) -> Iterator[Violation]:
    """P6: the journal verifies."""
    for bad in verify(session):
        yield Violation("P6", f"{bad.chain}#{bad.seq}", bad.what)
