"""Messages and signals: how processes that do not know each other meet.

A message is for one receiver: the one place that waits for its name and correlation (a case number, or the value its
model declares), else the process that it begins. None: refused, or kept for a while when the sender says so; several:
refused, with their number. A signal is for everyone who waits for it. Either is taken once by its id: the same id again
gets the same answer and moves nothing. What a model throws is kept, so it does not matter who is ready first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from engine.definitions import Definition, all_current
from engine.errors import (
    AmbiguousMessageError,
    MessageNotCorrelatedError,
)
from engine.event_model import EventKind
from engine.firing import finish, hold
from engine.guards import lock_instance
from engine.intake import Message, take_in
from engine.model import EventSubscription, InstanceState, Job, JobKind, JobState, MessageState, ProcessInstance
from engine.model import ReceivedMessage as Received
from engine.opening import Subject
from engine.process import Process
from engine.process_model import Element
from engine.receiving import begin, deliver
from records.base import Source
from records.clock import Clock
from records.hashing import content_hash
from records.people import SYSTEM, Actor
from records.scope import visible
from records.store import Origin, Store

__all__ = ["KEEP", "Message", "Post", "Receipt"]

KEEP = timedelta(days=7)  # how long a thrown message waits for a receiver before it becomes an incident
POSTED = (JobKind.MESSAGE, JobKind.SIGNAL)


@dataclass(frozen=True)
class Receipt:
    """What became of a message: who took it, or that it is kept; of a signal: for how many it is on its way."""

    id: str
    state: MessageState
    process_instance_id: str | None
    receivers: int
    is_repeat: bool = False


class Post:
    """Takes messages and signals in and hands them out, inside the caller's unit of work."""

    def __init__(self, session: Session, clock: Clock, processes: Mapping[str, Process]) -> None:
        self.session, self.clock, self.processes = session, clock, processes

    def correlate(self, message: Message, actor: Actor) -> Receipt:
        """A message for its receiver. Raises MessageNotCorrelatedError, AmbiguousMessageError."""
        row, is_new = take_in(self.session, self.clock, EventKind.MESSAGE, message, actor)
        if is_new and not self._hand_out(row, actor):
            if message.keep_until is None or message.keep_until <= self.clock.now():
                raise MessageNotCorrelatedError(name=row.name, correlation=row.correlation)
            row.state = MessageState.KEPT
            self._enter("message.kept", row, actor)
            self._job(JobKind.MESSAGE, {"kept": row.id}, f"expiry:{row.id}"[:120], row.sent_from, message.keep_until)
        return _receipt(row, is_repeat=not is_new)

    def broadcast(self, signal: Message, actor: Actor) -> Receipt:
        """A signal for everyone who waits for it and for every process that it begins: a job each."""
        row, is_new = take_in(self.session, self.clock, EventKind.SIGNAL, signal, actor)
        if is_new:
            places = [(s.process_instance_id, {"execution_id": s.execution_id}) for s in self._waiting(row, actor)]
            begun = [(None, {"process_key": d.key, "start": e.id}) for d, e in self._starts(row)]
            for number, (instance_id, target) in enumerate([*places, *begun]):
                content = {"signal": row.id, **target}
                self._job(JobKind.SIGNAL, content, f"signal:{content_hash({'id': row.id})[:32]}:{number}", instance_id)
            row.receivers = len(places) + len(begun)
            self._enter("signal.sent", row, actor)
        return _receipt(row, is_repeat=not is_new)

    def deliver_job(self, job_id: str, token: int) -> None:
        """Do a due job of the post (one of the kinds POSTED). Raises LeaseLostError."""
        job = self.session.get_one(Job, job_id)
        if "execution_id" in job.payload:
            self._deliver_signal(job, token)
            return
        job = hold(self.session, job_id, token)
        if "kept" in job.payload:
            self._deliver_kept(job)
        elif "start" in job.payload:
            self._begin_by_signal(job)
        else:
            self._deliver_thrown(job)
        finish(job, self.clock)

    # -- what jobs do -------------------------------------------------------------------------------------------------

    def _deliver_thrown(self, job: Job) -> None:
        sender = self.session.get_one(ProcessInstance, job.process_instance_id)
        message = Message(
            job.payload["name"], job.payload.get("correlation", ""), job.payload["content"], job.idempotency_key,
            self.clock.now() + KEEP, sender.is_drill, sender.id,
        )  # fmt: skip
        if job.kind is JobKind.MESSAGE:
            self.correlate(message, SYSTEM)
        else:
            self.broadcast(message, SYSTEM)

    def _deliver_kept(self, job: Job) -> None:
        row = self.session.get_one(Received, job.payload["kept"], with_for_update=True, populate_existing=True)
        if row.state is not MessageState.KEPT or self._hand_out(row, SYSTEM):
            return
        if row.keep_until is not None and row.keep_until <= self.clock.now():
            raise MessageNotCorrelatedError(name=row.name, correlation=row.correlation)

    def _deliver_signal(self, job: Job, token: int) -> None:
        instance = lock_instance(self.session, job.process_instance_id or "")
        job = hold(self.session, job.id, token)
        if instance.state is InstanceState.SUSPENDED:
            job.state, job.lease_until, job.attempts = JobState.HELD, None, 0
            return
        row = self.session.get_one(Received, job.payload["signal"])
        place = self._place(instance.id, job.payload["execution_id"])
        if place is not None:
            deliver(self, instance, place, row, SYSTEM)
        finish(job, self.clock)

    def _begin_by_signal(self, job: Job) -> None:
        row = self.session.get_one(Received, job.payload["signal"])
        for definition, event in self._starts(row):
            if definition.key == job.payload["process_key"] and event.id == job.payload["start"]:
                begin(self, definition, event, row, self._subject(row), SYSTEM)

    # -- who takes it -------------------------------------------------------------------------------------------------

    def _hand_out(self, row: Received, actor: Actor) -> bool:
        """Give a message to its receiver. False: there is none."""
        found = self._waiting(row, actor)
        if len(found) > 1:
            raise AmbiguousMessageError(count=len(found), name=row.name, correlation=row.correlation)
        if found:
            instance = lock_instance(self.session, found[0].process_instance_id)
            place = self._place(instance.id, found[0].execution_id)
            if place is None:  # it went on while we came for its lock
                return self._hand_out(row, actor)
            if instance.state is InstanceState.SUSPENDED:
                self._hold_for(instance, row)
                return True
            deliver(self, instance, place, row, actor)
        else:
            starts = self._starts(row)
            if not starts:
                return False
            if len(starts) > 1:
                raise AmbiguousMessageError(count=len(starts), name=row.name, correlation=row.correlation)
            instance = begin(self, *starts[0], row, self._subject(row), actor)
        row.state, row.process_instance_id, row.receivers = MessageState.TAKEN, instance.id, 1
        return True

    def _hold_for(self, instance: ProcessInstance, row: Received) -> None:
        """A suspended case takes the message when it goes on."""
        row.state = MessageState.KEPT
        key = f"held:{instance.id}:{instance.version}:{row.content_hash[:32]}"
        if self.session.scalar(select(Job.id).where(Job.idempotency_key == key)) is None:
            self._job(JobKind.MESSAGE, {"kept": row.id}, key, instance.id, state=JobState.HELD)

    def _waiting(self, row: Received, actor: Actor) -> list[EventSubscription]:
        """Who waits for it, in the actor's jurisdiction; a drill's messages stay among drills."""
        wanted: list[ColumnElement[bool]] = [
            EventSubscription.kind == row.kind,
            EventSubscription.name == row.name,
            visible(ProcessInstance, actor),
        ]
        if row.kind is EventKind.MESSAGE:
            wanted.append(EventSubscription.correlation == row.correlation)
        if row.is_drill is not None:
            wanted.append(EventSubscription.is_drill == row.is_drill)
        of_instance = EventSubscription.process_instance_id == ProcessInstance.id
        found = select(EventSubscription).join(ProcessInstance, of_instance).where(*wanted)
        return list(self.session.scalars(found.order_by(EventSubscription.created_at, EventSubscription.id)))

    def _starts(self, row: Received) -> list[tuple[Definition, Element]]:
        return [
            (definition, event)
            for definition in all_current(self.session)
            for event in definition.parts[definition.key].model.start_events()
            if event.event is not None and event.event.kind is row.kind and event.event.name == row.name
        ]

    def _place(self, instance_id: str, execution_id: str) -> EventSubscription | None:
        found = select(EventSubscription).where(
            EventSubscription.process_instance_id == instance_id, EventSubscription.execution_id == execution_id
        )
        return self.session.scalar(found.execution_options(populate_existing=True))

    def _subject(self, row: Received) -> Subject:
        """What a case that it begins is about: the establishment or else the region it names, else its sender's."""
        sender = None if row.sent_from is None else self.session.get(ProcessInstance, row.sent_from)
        content = row.payload["content"]
        answers = content if isinstance(content, Mapping) else {}
        if sender is None or any(answers.get(name) for name in ("establishment", "establishment_id", "region_code")):
            return Subject.of_answers(self.session, answers, replace(SYSTEM, region_path=row.region_path))
        return Subject.of_instance(self.session, sender)

    def _enter(self, verb: str, row: Received, actor: Actor) -> None:
        store = Store(self.session, self.clock, actor, Origin(Source.SYSTEM, row.sent_from))
        after = {"name": row.name, "correlation": row.correlation, "hash": row.content_hash, "receivers": row.receivers}
        store.enter(verb, "message", row.id[:80], after=after)

    def _job(
        self, kind: JobKind, content: dict[str, Any], key: str, instance_id: str | None,
        due_at: datetime | None = None, state: JobState = JobState.WAITING,
    ) -> None:  # fmt: skip
        now = self.clock.now()
        self.session.add(
            Job(
                id=self.clock.new_id(),
                kind=kind,
                state=state,
                due_at=due_at or now,
                process_instance_id=instance_id,
                payload=content,
                idempotency_key=key,
                created_at=now,
            )
        )


def _receipt(row: Received, *, is_repeat: bool) -> Receipt:
    return Receipt(row.id, row.state, row.process_instance_id, row.receivers, is_repeat)
