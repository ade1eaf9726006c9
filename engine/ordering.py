"""Background work that belongs to no case: ordered in the transaction that makes it necessary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from engine.model import Job, JobKind, JobState
from records.clock import Clock


def order(session: Session, clock: Clock, kind: JobKind, payload: Mapping[str, Any], key: str) -> Job:
    """A job that is due now. ``key``: the same work is ordered once."""
    now = clock.now()
    job = Job(
        id=clock.new_id(),
        kind=kind,
        state=JobState.WAITING,
        due_at=now,
        payload=dict(payload),
        idempotency_key=key,
        created_at=now,
    )
    session.add(job)
    return job
