"""What an instance waits for, as rows; what it threw, as jobs. Both in the step's own transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from engine.bpmn import Thrown, Waiting
from engine.errors import ModelFaultError
from engine.event_model import EventKind, EventModel
from engine.model import EventSubscription, Job, JobKind, JobState, MessageState, ReceivedMessage
from engine.motion import Motion
from forms.storage import to_storage
from records import rows

PAYLOAD_LIMIT = 64 * 1024  # bytes of JSON
DEPTH_LIMIT = 30
NAME_LENGTH = 200
PIECE = 500


def sync_subscriptions(motion: Motion) -> None:
    """Make the instance's subscriptions those of its execution, looking only at what this step changed."""
    gone, new = motion.execution.unsubscribed(), motion.execution.subscribed()
    if motion.is_replaced:
        waiting, places = motion.execution.subscriptions(), _places(motion)
        gone = places - {each.execution_id for each in waiting}
        new = [each for each in waiting if each.execution_id not in places]
    _drop(motion, sorted(gone))
    subscribed = [_subscribe(motion, waiting) for waiting in new]
    _call_for_kept(motion, subscribed)


def _places(motion: Motion) -> set[str]:
    own = EventSubscription.process_instance_id == motion.instance.id
    return set(motion.session.scalars(select(EventSubscription.execution_id).where(own)))


def drop_subscriptions(session: Session, instance_id: str) -> None:
    """The instance has ended: it waits for nothing."""
    rows.run(session, _DROP_ALL, {"ended": instance_id})


_DROP_ALL = delete(rows.table_of(EventSubscription)).where(EventSubscription.process_instance_id == bindparam("ended"))


def let_held_go(session: Session, instance_id: str) -> None:
    """The case goes on: it takes the messages and signals that came while it was suspended."""
    held = update(Job).where(Job.process_instance_id == instance_id, Job.state == JobState.HELD)
    session.execute(held.where(Job.kind.in_((JobKind.MESSAGE, JobKind.SIGNAL))).values(state=JobState.WAITING))


def post_thrown(motion: Motion) -> None:
    """A job for every message and signal that was thrown; it is delivered when this step is durable."""
    for thrown in motion.execution.take_thrown():
        payload = _payload(motion, thrown)
        content = {"name": thrown.event.name, "content": payload}
        if thrown.event.kind is EventKind.MESSAGE:
            content["correlation"] = _addressed(motion, thrown, payload)
        kind = JobKind.MESSAGE if thrown.event.kind is EventKind.MESSAGE else JobKind.SIGNAL
        key = f"thrown:{motion.instance.id}:{thrown.execution_id}"
        _post(motion, kind, thrown.element_id, content, key)


def _post(motion: Motion, kind: JobKind, element_id: str, content: dict[str, Any], key: str) -> None:
    """A job for the post, due at once."""
    now = motion.clock.now()
    values = {
        "id": motion.clock.new_id(), "kind": kind, "due_at": now, "created_at": now, "idempotency_key": key,
        "process_instance_id": motion.instance.id, "element_id": element_id, "payload": content,
    }  # fmt: skip
    rows.add(motion.session, Job, values)


def is_too_large(payload: Any) -> bool:
    """True when a payload is more, or nested deeper, than the engine takes."""
    return _is_deep(payload) or len(msgspec.json.encode(payload)) > PAYLOAD_LIMIT


def _is_deep(payload: Any) -> bool:
    level = [payload]
    for _ in range(DEPTH_LIMIT):
        inside = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list)]
        level = [part for parts in inside for part in parts]
    return bool(level)


def _drop(motion: Motion, gone: list[str]) -> None:
    for piece in _pieces(gone):
        motion.session.execute(
            delete(EventSubscription)
            .where(EventSubscription.process_instance_id == motion.instance.id)
            .where(EventSubscription.execution_id.in_(piece))
        )


def _subscribe(motion: Motion, waiting: Waiting) -> EventSubscription:
    event = _event(waiting)
    name = event.condition if event.kind is EventKind.CONDITION else event.name
    values = {
        "id": motion.clock.new_id(), "process_instance_id": motion.instance.id, "execution_id": waiting.execution_id,
        "process_key": waiting.process_key, "element_id": waiting.element_id, "kind": event.kind,
        "name": (name or "")[:NAME_LENGTH],
        "correlation": _expected(motion, waiting, event) if event.kind is EventKind.MESSAGE else "",
        "is_drill": motion.instance.is_drill, "created_at": motion.clock.now(),
    }  # fmt: skip
    return rows.add(motion.session, EventSubscription, values)


def _event(waiting: Waiting) -> EventModel:
    if waiting.event is None:
        raise ModelFaultError(waiting.element_id, "没有事件定义")
    return waiting.event


def _expected(motion: Motion, waiting: Waiting, event: EventModel) -> str:
    if event.expected is None:
        return motion.instance.business_key
    return _correlation(motion.expressions.value(event.expected, waiting.data), waiting.element_id)


def _addressed(motion: Motion, thrown: Thrown, payload: dict[str, Any]) -> str:
    if thrown.event.addressed is None:
        return motion.instance.business_key
    value = motion.expressions.value(thrown.event.addressed, {**thrown.data, **payload})
    return _correlation(value, thrown.element_id)


def _correlation(value: Any, element_id: str) -> str:
    if value is None or isinstance(value, dict | list):
        raise ModelFaultError(element_id, "消息没有关联值")
    text = str(value)
    if len(text) > NAME_LENGTH:
        raise ModelFaultError(element_id, f"消息的关联值超过 {NAME_LENGTH} 个字符")
    return text


def _payload(motion: Motion, thrown: Thrown) -> dict[str, Any]:
    payload = {name: motion.expressions.value(text, thrown.data) for name, text in thrown.event.payload}
    kept: dict[str, Any] = to_storage(payload)
    if is_too_large(kept):
        raise ModelFaultError(thrown.element_id, f"消息内容超过 {PAYLOAD_LIMIT // 1024} KB")
    return kept


def _call_for_kept(motion: Motion, subscribed: list[EventSubscription]) -> None:
    """Messages that came before anybody waited for them are delivered now."""
    wanted = {(row.name, row.correlation): row for row in subscribed if row.kind is EventKind.MESSAGE}
    for message in _kept(motion, sorted({name for name, _ in wanted}), {correlation for _, correlation in wanted}):
        row = wanted.get((message.name, message.correlation))
        if row is not None:
            key = f"kept:{row.id}:{message.content_hash[:32]}"
            _post(motion, JobKind.MESSAGE, row.element_id, {"kept": message.id}, key)


def _kept(motion: Motion, names: list[str], correlations: set[str]) -> Iterator[ReceivedMessage]:
    for piece in _pieces(sorted(correlations)):
        yield from motion.session.scalars(
            select(ReceivedMessage)
            .where(ReceivedMessage.state == MessageState.KEPT, ReceivedMessage.name.in_(names))
            .where(ReceivedMessage.correlation.in_(piece))
        )


def _pieces(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    return (texts[at : at + PIECE] for at in range(0, len(texts), PIECE))
