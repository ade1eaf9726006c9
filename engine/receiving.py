"""How an instance takes a message or signal: what it brought is checked, put under the event's name, and on it goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy.orm import Session

from engine.completion import motion_context, start_submission
from engine.definitions import Definition
from engine.model import EventSubscription, ProcessInstance, ReceivedMessage
from engine.opening import Subject, case_data, new_instance
from engine.process import Process
from engine.process_model import Element
from engine.running import Running
from forms.catalog import Form
from forms.storage import to_storage
from records.clock import Clock
from records.people import Actor


class Surroundings(Protocol):
    """What a step is made in."""

    session: Session
    clock: Clock
    processes: Mapping[str, Process]


def deliver(
    here: Surroundings, instance: ProcessInstance, place: EventSubscription, message: ReceivedMessage, actor: Actor
) -> None:
    """Let the event happen that an instance waits for. The caller holds the instance's lock."""
    running = Running.load(here.session, here.clock, actor, here.processes, instance)
    waiting = next(w for w in running.execution.subscriptions() if w.execution_id == place.execution_id)
    form = running.definition.form(waiting.process_key, waiting.element_id)
    content = _checked(running, form, message, waiting.data)
    after = {"element": waiting.element_id, "name": message.name, "message_id": message.id, "from": message.sent_from}
    running.store.enter(
        f"{message.kind.value}.received", "process_instance", instance.id, after=after | {"hash": message.content_hash}
    )
    running.execution.deliver(waiting.execution_id, content)
    running.save()


def begin(
    here: Surroundings, definition: Definition, event: Element, message: ReceivedMessage, subject: Subject, actor: Actor
) -> ProcessInstance:
    """A new instance that a message or signal begins."""
    key, model = definition.key, definition.parts[definition.key].model
    instance = new_instance(
        here.session, here.clock, actor, subject, definition_id=definition.id, key=key, name=model.name,
        prefix=here.processes[key].prefix, is_drill=bool(message.is_drill),
    )  # fmt: skip
    running = Running(here.session, here.clock, actor, here.processes, instance, definition)
    form = definition.form(key, event.id)
    if form is None:
        content = _checked(running, form, message, {})
        after = {"process": key, "business_key": instance.business_key, "name": message.name, "message_id": message.id}
        running.store.enter("process_instance.started", "process_instance", instance.id, after=after)
    else:
        answers = form.load(_answers(message), motion_context(running, {}))
        content = start_submission(running, event.id, form, answers)
    data = {"case": case_data(instance), event.id: content}
    running.start(data | _also(running, event, data), event.id)
    running.save()
    return instance


def _also(running: Running, event: Element, data: Mapping[str, Any]) -> dict[str, Any]:
    """Where else what came stands: under the names that the event declares, so that its case reads one name."""
    stands_as = () if event.event is None else event.event.stands_as
    return {name: running.evaluate(text, data) for name, text in stands_as}


def _checked(running: Running, form: Form | None, message: ReceivedMessage, data: Mapping[str, Any]) -> Any:
    """What the message brought: judged by the event's form if it has one, else plain JSON as it is."""
    content = message.payload["content"]
    if form is not None:
        content = form.load(_answers(message), motion_context(running, data))
    if content is not None and not isinstance(content, Mapping):
        return content
    return {**to_storage(content or {}), "_by": running.actor.id, "_at": running.clock.now().isoformat()}


def _answers(message: ReceivedMessage) -> Mapping[str, Any]:
    content = message.payload["content"]
    return content if isinstance(content, Mapping) else {}
