"""A process in code: its key, its case-number prefix, its service functions and the step they are handed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.model import Job, JobKind, ProcessInstance
from engine.notices import tell
from forms.storage import to_storage
from records.clock import Clock, today
from records.deadlines import deadline
from records.documents import Document, issue
from records.pauses import ClockPause, pauses_of
from records.people import Actor
from records.rules import RuleParam, find_rule, whole_number
from records.store import Store


class ProcessError(Exception):
    """A business error with a code, thrown by a service function, caught by an error boundary event of that code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Step:
    """What a service function works with: one element of one instance, inside the step's transaction."""

    session: Session
    clock: Clock
    store: Store
    actor: Actor
    instance: ProcessInstance
    data: Mapping[str, Any]  # everything visible at this element, by element id
    element_id: str
    item: Any = None  # of a multi-instance activity

    def rule(self, code: str) -> RuleParam:
        """A rule as it is in force today where the case lies. Raises RuleNotFoundError."""
        return find_rule(self.session, code, today(self.clock), self.instance.region_code)

    def number(self, code: str) -> int:
        """That rule's value as a number."""
        return whole_number(self.rule(code))

    def until(self, code: str, start: datetime) -> datetime:
        """When a rule's time is over that began at ``start``, where the case lies. Raises NotADurationError."""
        return deadline(self.session, code, start, self.instance.region_code).due_at

    def document(self, kind: str, title: str, facts: Mapping[str, Any]) -> Document:
        """Issue a document of this case; a job renders it after the transaction."""
        document = issue(
            self.store,
            kind,
            title,
            to_storage(facts),
            region_code=self.instance.region_code,
            region_path=self.instance.region_path,
            establishment_id=self.instance.establishment_id,
            no=self.instance.business_key,
        )
        self.job(JobKind.DOCUMENT, {"document_id": document.id}, f"document:{document.id}")
        return document

    def stop_clock(self, rule_code: str, reason: str, legal_basis: str = "") -> None:
        """From now on the deadlines of a rule do not count the time, until ``let_clock_go``. Twice is once."""
        if self._standing(rule_code) is not None:
            return
        self.instance.clock_pauses += 1
        self.store.add(
            ClockPause(
                process_instance_id=self.instance.id,
                rule_code=rule_code,
                begins_at=self.clock.now(),
                reason=reason,
                legal_basis=legal_basis,
            ),
            reason=reason,
        )

    def let_clock_go(self, rule_code: str, reason: str) -> None:
        """The clock of a rule goes on, if it stood."""
        pause = self._standing(rule_code)
        if pause is not None:
            self.store.correct(pause, {"ends_at": self.clock.now()}, reason=reason)

    def _standing(self, rule_code: str) -> ClockPause | None:
        rows = pauses_of(self.session, self.instance.id, rule_code=rule_code)
        return next((row for row in rows if row.rule_code == rule_code and row.ends_at is None), None)

    def notify(self, user_ids: Iterable[str], kind: str, text: str) -> None:
        """A line in each user's notifications. A drill tells only the businesses that take part in it."""
        tell(self.session, self.clock, user_ids, kind, text, self.instance)

    def job(self, kind: JobKind, payload: Mapping[str, Any], key: str, *, due_at: datetime | None = None) -> Job:
        """Work for after the transaction, once per ``key``."""
        existing = self.session.scalar(select(Job).where(Job.idempotency_key == key))
        if existing is not None:
            return existing
        now = self.clock.now()
        job = Job(
            id=self.clock.new_id(),
            kind=kind,
            due_at=due_at or now,
            process_instance_id=self.instance.id,
            element_id=self.element_id,
            payload=to_storage(payload),
            idempotency_key=key,
            created_at=now,
        )
        self.session.add(job)
        return job


Service = Callable[[Step], Mapping[str, object] | None]


@dataclass(frozen=True)
class Call:
    """What an external service function works with: no session, and a key that is the same at every attempt.

    Whoever is called must do the same thing once however often it is asked under the same key.
    """

    key: str
    attempt: int  # from 1
    clock: Clock
    process_instance_id: str
    business_key: str
    region_code: str
    establishment_id: str | None
    is_drill: bool
    data: Mapping[str, Any]  # everything visible at this element, by element id
    element_id: str
    item: Any = None  # of a multi-instance activity


ExternalService = Callable[[Call], Mapping[str, object] | None]


@dataclass(frozen=True)
class Process:
    """The code side of a process. ``prefix`` begins its case numbers: ``检-450203-20261118-021``.

    ``services`` run inside the step and touch only our database; ``external`` ones are called by a job after it.
    """

    key: str
    services: Mapping[str, Service] = field(default_factory=dict)
    prefix: str = "案"
    external: Mapping[str, ExternalService] = field(default_factory=dict)


def process(
    key: str, *functions: Service, prefix: str = "案", external: Iterable[ExternalService] = ()
) -> Process:  # fmt: skip
    """A process whose service tasks are the given functions, by their names."""
    return Process(
        key,
        {function.__name__: function for function in functions},
        prefix,
        {function.__name__: function for function in external},
    )
