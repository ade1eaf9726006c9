"""Messages and signals coming in: who may send them, how large they may be, and each id only once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.errors import IdempotencyKeyReusedError, MessageTooLargeError
from engine.event_model import EventKind
from engine.model import MessageState, ProcessInstance, ReceivedMessage
from engine.policy import allowed
from engine.subscriptions import PAYLOAD_LIMIT, is_too_large
from records.clock import Clock
from records.errors import ForbiddenError
from records.hashing import content_hash
from records.people import Actor


@dataclass(frozen=True)
class Message:
    """A message or signal. ``correlation``: a case number or the value that the receiver's model declares.

    ``keep_until``: how long a message may wait for a receiver. ``is_drill``: only for drills, only for real cases, or
    (None) for whoever waits. ``sent_from``: the instance that threw it.
    """

    name: str
    correlation: str = ""
    payload: Any = None
    id: str | None = None
    keep_until: datetime | None = None
    is_drill: bool | None = None
    sent_from: str | None = None


def take_in(
    session: Session, clock: Clock, kind: EventKind, message: Message, actor: Actor
) -> tuple[ReceivedMessage, bool]:
    """The row of a message or signal, and whether it is new. Raises IdempotencyKeyReusedError."""
    if not allowed("message.send", actor, message, session, clock):
        raise ForbiddenError
    if is_too_large(message.payload):
        raise MessageTooLargeError(limit=PAYLOAD_LIMIT // 1024)
    digest = content_hash({"name": message.name, "to": message.correlation, "content": message.payload})
    message_id = message.id or clock.new_id()
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    added = session.execute(
        insert(ReceivedMessage)
        .values(
            id=message_id,
            kind=kind,
            name=message.name,
            correlation=message.correlation,
            content_hash=digest,
            payload={"content": message.payload},
            is_drill=message.is_drill,
            sent_from=message.sent_from,
            region_path=_region_of(session, message, actor),
            state=MessageState.TAKEN,
            received_at=clock.now(),
            keep_until=message.keep_until,
            receivers=0,
        )
        .on_conflict_do_nothing(index_elements=[ReceivedMessage.id])
        .returning(ReceivedMessage.id)
    ).scalar()
    row = session.get_one(ReceivedMessage, message_id, populate_existing=True)
    if added is None and (row.kind is not kind or row.content_hash != digest):
        raise IdempotencyKeyReusedError
    return row, added is not None


def _region_of(session: Session, message: Message, actor: Actor) -> str:
    if message.sent_from is None:
        return actor.region_path
    return session.get_one(ProcessInstance, message.sent_from).region_path
