"""What an event of a model waits for or throws, read from its definition and from what the definition refers to.

Correlation is declared as BPMN has it: a ``correlationProperty`` says where in a message its value lies, a
``correlationSubscription`` of the process what it must equal. ``correlationKey`` of a message's ``subscription``
extension is understood, too. Without any declaration messages are correlated by the case number.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"


class EventKind(StrEnum):
    """The kinds of events that an instance may wait for or throw."""

    MESSAGE = "message"
    SIGNAL = "signal"
    ESCALATION = "escalation"
    ERROR = "error"
    CONDITION = "conditional"
    TIMER = "timer"


#: kind -> the element it refers to, and which of its attributes identifies it between models
REFERENCES = {
    EventKind.MESSAGE: ("message", "name"),
    EventKind.SIGNAL: ("signal", "name"),
    EventKind.ESCALATION: ("escalation", "escalationCode"),
    EventKind.ERROR: ("error", "errorCode"),
}


@dataclass(frozen=True)
class EventModel:
    """One event definition. ``name`` is a message's or signal's name, an error's or escalation's code."""

    kind: EventKind
    name: str | None = None
    condition: str | None = None
    expected: str | None = None  # FEEL at the waiting side: the value a message must carry
    addressed: str | None = None  # FEEL at the throwing side: the value a message carries
    payload: tuple[tuple[str, str], ...] = ()  # what a thrown message or signal carries: name, FEEL
    stands_as: tuple[tuple[str, str], ...] = ()  # what one that begins a case also stands under: name, FEEL
    is_dangling: bool = False  # refers to nothing


def read_event(node: Any) -> EventModel | None:
    """The one event definition of an event, send task or receive task; None when there is none, or several."""
    if _local(node) in ("sendTask", "receiveTask"):
        definition = node if node.get("messageRef") else next(iter(node.findall(_tag("messageEventDefinition"))), node)
        return _read(node, definition, EventKind.MESSAGE)
    definitions = [child for child in node if _local(child).endswith("EventDefinition")]
    if len(definitions) != 1:
        return None
    kind = _local(definitions[0]).removesuffix("EventDefinition")
    return _read(node, definitions[0], EventKind(kind)) if kind in set(EventKind) else None


def _read(node: Any, definition: Any, kind: EventKind) -> EventModel:
    if kind not in REFERENCES:
        return EventModel(kind, condition=_text(definition.find(_tag("condition"))))
    tag, attribute = REFERENCES[kind]
    reference = (definition.get(f"{tag}Ref") or "").rpartition(":")[2]
    target = next((one for one in _root(node).findall(_tag(tag)) if one.get("id") == reference), None)
    if target is None:
        return EventModel(kind, payload=_assigned(node, "dataInputAssociation"), is_dangling=bool(reference))
    expected, addressed = _correlation(node, target) if kind is EventKind.MESSAGE else (None, None)
    name = (target.get(attribute) or "").strip() or None
    if kind in (EventKind.MESSAGE, EventKind.SIGNAL):
        name = name or reference
    payload, stands_as = (_assigned(node, f"data{way}Association") for way in ("Input", "Output"))
    return EventModel(kind, name, None, expected, addressed, payload, stands_as)


def _correlation(node: Any, message: Any) -> tuple[str | None, str | None]:
    for extension in message.iter("{*}subscription"):
        key = (extension.get("correlationKey") or "").strip().removeprefix("=").strip()
        if key:
            return key, key
    root = _root(node)
    for declared in root.findall(_tag("correlationProperty")):
        for retrieval in declared.findall(_tag("correlationPropertyRetrievalExpression")):
            if (retrieval.get("messageRef") or "").rpartition(":")[2] == message.get("id"):
                return _bound(node, declared.get("id")), _text(retrieval.find(_tag("messagePath")))
    return None, None


def _bound(node: Any, declared: str | None) -> str | None:
    process = next(node.iterancestors(_tag("process")), node)
    for subscription in process.findall(_tag("correlationSubscription")):
        for binding in subscription.findall(_tag("correlationPropertyBinding")):
            if (binding.get("correlationPropertyRef") or "").rpartition(":")[2] == declared:
                return _text(binding.find(_tag("dataPath")))
    return None


def _assigned(node: Any, association: str) -> tuple[tuple[str, str], ...]:
    """The assignments of an event's data associations: name, FEEL."""
    found = [part for each in node.findall(_tag(association)) for part in each.findall(_tag("assignment"))]
    pairs = ((_text(each.find(_tag("to"))), _text(each.find(_tag("from")))) for each in found)
    return tuple((name, value) for name, value in pairs if name and value)


def _root(node: Any) -> Any:
    return node.getroottree().getroot()


def _tag(name: str) -> str:
    return f"{{{BPMN}}}{name}"


def _local(node: Any) -> str:
    tag = node.tag
    return tag[len(BPMN) + 2 :] if isinstance(tag, str) and tag.startswith(f"{{{BPMN}}}") else ""


def _text(node: Any) -> str | None:
    text = "" if node is None else (node.text or "").strip().removeprefix("=").strip()
    return text or None
