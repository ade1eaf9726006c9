"""Static checks of a model's events: which stand where, what they refer to, what the engine can wait for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from engine.cycles import CycleError, cycle_of
from engine.event_model import EventKind
from engine.findings import Finding, feel_finding, finding_at
from engine.process_model import ACTIVITIES, Element, ProcessModel

CATCHING = frozenset({"timer", "message", "signal", "conditional"})
ALLOWED_EVENTS = {
    "startEvent": frozenset({"message", "signal", "timer"}),
    "endEvent": frozenset({"terminate", "error", "message", "signal", "escalation"}),
    "intermediateCatchEvent": CATCHING,
    "intermediateThrowEvent": frozenset({"message", "signal", "escalation"}),
    "boundaryEvent": CATCHING | {"error", "escalation"},
}
TRIGGERING = CATCHING | {"error", "escalation"}  # start events of event sub-processes
PLACES = {
    "startEvent": ("开始事件", "a start event"),
    "endEvent": ("结束事件", "an end event"),
    "intermediateCatchEvent": ("中间捕获事件", "an intermediate catch event"),
    "intermediateThrowEvent": ("中间抛出事件", "an intermediate throw event"),
    "boundaryEvent": ("边界事件", "a boundary event"),
}
KINDS = {
    "message": "消息", "signal": "信号", "timer": "定时", "error": "错误", "escalation": "升级", "conditional": "条件",
    "compensate": "补偿", "link": "链接", "cancel": "取消", "terminate": "终止",
}  # fmt: skip
THROWING = frozenset({"endEvent", "intermediateThrowEvent"})


def check_events(model: ProcessModel) -> Iterator[Finding]:
    """What is wrong with the events of a model."""
    for element in model.elements.values():
        if element.kind in ALLOWED_EVENTS:
            yield from _definitions(model, element)
            yield from _interruption(element)
        if element.kind == "boundaryEvent":
            yield from _attachment(model, element)
        yield from _references(element)
        yield from _expressions(element)
        if "timer" in element.events:
            yield from _timer(element)
    yield from _event_sub_processes(model)
    yield from _event_gateways(model)
    yield from _message_starts(model)


def is_triggered(model: ProcessModel, scope: str) -> bool:
    """True when a scope is an event sub-process."""
    return scope in model.elements and model.elements[scope].is_triggered


def _definitions(model: ProcessModel, element: Element) -> Iterator[Finding]:
    allowed, (place_zh, place_en) = ALLOWED_EVENTS[element.kind], PLACES[element.kind]
    if element.kind == "startEvent" and element.scope != model.key:
        allowed = TRIGGERING if is_triggered(model, element.scope) else frozenset()
        place_zh, place_en = "子流程的开始事件", "the start event of a sub-process"
    for kind in element.events:
        if kind not in allowed:
            zh = f"{place_zh}不支持{KINDS.get(kind, kind)}事件"
            yield finding_at(element, "event-kind", zh, f"{kind} events are not supported on {place_en}")
    needed = element.kind in ("boundaryEvent", "intermediateCatchEvent")
    if len(element.events) > 1 or (needed and not element.events):
        yield finding_at(
            element, "event-definition", "须有且只有一个事件定义", "exactly one event definition is needed"
        )


def _interruption(element: Element) -> Iterator[Finding]:
    if element.kind in ("boundaryEvent", "startEvent") and "error" in element.events and not element.interrupting:
        yield finding_at(element, "error-event", "错误事件总是中断的", "an error event always interrupts")


def _attachment(model: ProcessModel, element: Element) -> Iterator[Finding]:
    activity = model.elements.get(element.attached_to or "")
    if activity is None or activity.kind not in ACTIVITIES or activity.scope != element.scope:
        yield finding_at(
            element, "not-attached", "边界事件没有附着的活动", "the boundary event is attached to no activity"
        )
    elif activity.is_triggered:
        zh, en = "事件子流程不得有边界事件", "an event sub-process may not have boundary events"
        yield finding_at(element, "event-sub-process", zh, en)


def _references(element: Element) -> Iterator[Finding]:
    event = element.event
    if event is None:
        return
    if event.is_dangling:
        yield finding_at(element, "dangling-reference", "引用的定义不存在", "what the event refers to does not exist")
    elif event.name is None and event.kind in (EventKind.MESSAGE, EventKind.SIGNAL):
        zh = f"没有指明{KINDS[event.kind]}"
        yield finding_at(element, "no-reference", zh, f"the event names no {event.kind.value}")
    elif event.name is None and element.kind in THROWING and event.kind in (EventKind.ERROR, EventKind.ESCALATION):
        zh = f"抛出的{KINDS[event.kind]}没有代码"
        yield finding_at(element, "no-reference", zh, f"the {event.kind.value} that is thrown has no code")


def _expressions(element: Element) -> Iterator[Finding]:
    event = element.event
    if event is None:
        return
    if event.kind is EventKind.CONDITION and event.condition is None:
        yield finding_at(element, "no-condition", "条件事件没有条件", "the conditional event has no condition")
    pairs = (*event.payload, *event.stands_as)
    texts = (event.condition, event.expected, event.addressed, *(text for _name, text in pairs))
    for text in texts:
        if text is not None:
            yield from feel_finding(element, text)


def _timer(element: Element) -> Iterator[Finding]:
    text = element.timer or ""
    if not text:
        yield finding_at(element, "empty-timer", "定时器没有时间", "the timer has no time")
        return
    try:
        cycle = cycle_of(text)
    except CycleError as error:
        yield finding_at(element, "cycle-timer", f"循环定时器有误：{error.zh}", f"cycle timer: {error}")
        return
    if cycle is None and not text.startswith("P") and not text[0].isdigit():
        yield from feel_finding(element, text)


def _event_sub_processes(model: ProcessModel) -> Iterator[Finding]:
    touched = {end for flow in model.flows.values() for end in (flow.source, flow.target)}
    for element in model.elements.values():
        if not element.is_triggered:
            continue
        if element.id in touched:
            zh, en = "事件子流程不得连接顺序流", "an event sub-process may not have sequence flows"
            yield finding_at(element, "event-sub-process", zh, en)
        if element.loop is not None:
            zh, en = "事件子流程不得循环或多实例", "an event sub-process may not loop"
            yield finding_at(element, "event-sub-process", zh, en)
        starts = [e for e in model.of_kind("startEvent") if e.scope == element.id]
        if len(starts) == 1 and starts[0].event is None and not starts[0].events:
            zh, en = "事件子流程的开始事件须有事件定义", "its start event needs an event definition"
            yield finding_at(element, "event-sub-process", zh, en)


def _event_gateways(model: ProcessModel) -> Iterator[Finding]:
    arriving = Counter(flow.target for flow in model.flows.values())
    guarded = {e.attached_to for e in model.of_kind("boundaryEvent")}
    for gateway in model.of_kind("eventBasedGateway"):
        behind = [model.elements[f.target] for f in model.outgoing(gateway.id) if f.target in model.elements]
        wrong = [e for e in behind if e.kind not in ("intermediateCatchEvent", "receiveTask")]
        wrong += [e for e in behind if arriving[e.id] > 1 or e.id in guarded or e.loop is not None]
        if wrong or len(behind) < 2:
            zh = "事件网关后须为两个以上只由它到达的捕获事件或接收任务"
            en = "an event-based gateway needs two or more catch events or receive tasks that only it leads to"
            yield finding_at(gateway, "event-based-gateway", zh, en)
        if sum("timer" in e.events for e in behind) > 1:
            zh, en = "事件网关后最多一个定时事件", "an event-based gateway may have one timer at most"
            yield finding_at(gateway, "event-based-gateway", zh, en)


def _message_starts(model: ProcessModel) -> Iterator[Finding]:
    begins = {element.id for element in model.start_events()}
    for element in model.elements.values():
        names = [] if element.event is None else [name for name, _text in element.event.stands_as]
        if names and (element.id not in begins or not set(names) <= set(model.elements)):
            zh = "只有流程的开始事件可以写明内容归于哪个步骤，且该步骤须存在"
            en = "only a start event of the process gives what it took to another element, and that must exist"
            yield finding_at(element, "data-output", zh, en)
    seen: set[tuple[str, str | None]] = set()
    for element in model.start_events():
        if element.event is None or element.event.kind is EventKind.TIMER:
            continue
        key = (element.event.kind.value, element.event.name)
        if key in seen:
            zh, en = "两个开始事件等待同一个消息或信号", "two start events wait for the same message or signal"
            yield finding_at(element, "start-event", zh, en)
        seen.add(key)
