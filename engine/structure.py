"""Static checks of a model by itself: what the engine can execute, whether every path begins, ends and is reachable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from engine.findings import Finding
from engine.process_model import GATEWAYS, Element, ProcessModel
from feel import compile_expression
from feel.errors import FeelError

CARDINALITY_LIMIT = 1000
ELEMENT_LIMIT = 2000
ID_LENGTH = 100
KEY_LENGTH = 60
#: names that data, expressions or the executor use
RESERVED = frozenset({"case", "now", "today", "loopCounter", "timer_start", "Start", "End"})

UNSUPPORTED = {
    "scriptTask": ("script-task", "不允许脚本任务，请改用服务任务或决策表", "script tasks are not allowed"),
    "sendTask": ("message", "暂不支持发送任务", "send tasks are not supported"),
    "receiveTask": ("message", "暂不支持接收任务", "receive tasks are not supported"),
    "transaction": ("transaction", "暂不支持事务子流程", "transactions are not supported"),
    "adHocSubProcess": ("ad-hoc", "暂不支持临时子流程", "ad-hoc sub-processes are not supported"),
    "inclusiveGateway": ("inclusive-gateway", "暂不支持包容网关", "inclusive gateways are not supported"),
    "complexGateway": ("complex-gateway", "暂不支持复杂网关", "complex gateways are not supported"),
    "eventBasedGateway": ("event-based-gateway", "暂不支持基于事件的网关", "event-based gateways are not supported"),
}
ALLOWED_EVENTS = {
    "startEvent": frozenset[str](),
    "endEvent": frozenset({"terminate", "error"}),
    "intermediateCatchEvent": frozenset({"timer"}),
    "intermediateThrowEvent": frozenset[str](),
    "boundaryEvent": frozenset({"timer", "error"}),
}


def check_structure(model: ProcessModel) -> list[Finding]:
    """Everything that keeps the engine from executing this process."""
    checks: tuple[Callable[[ProcessModel], Iterator[Finding]], ...] = (
        _identity, _elements, _events, _loops, _starts, _flow_ends, _fan_out, _gateways, _dead_ends, _reachable,
        _expressions,
    )  # fmt: skip
    if len(model.elements) > ELEMENT_LIMIT:
        en = f"the process has more than {ELEMENT_LIMIT} elements"
        return [Finding(model.key, model.line, "too-many-elements", f"流程元素超过 {ELEMENT_LIMIT} 个", en)]
    return [finding for check in checks for finding in check(model)]


def _at(element: Element, slug: str, zh: str, en: str) -> Finding:
    return Finding(element.id, element.line, slug, zh, en)


def _identity(model: ProcessModel) -> Iterator[Finding]:
    for kind, line in model.nameless:
        yield Finding(kind, line, "no-id", f"{kind} 没有 id", f"a {kind} has no id")
    for element in model.elements.values():
        if element.id in RESERVED:
            yield _at(element, "reserved-id", f"“{element.id}”是保留名称", f"{element.id!r} is a reserved name")
    lengths = [(e.id, e.line, ID_LENGTH) for e in model.elements.values()]
    lengths += [(f.id, f.line, ID_LENGTH) for f in model.flows.values()]
    for name, line, limit in [*lengths, (model.key, model.line, KEY_LENGTH)]:
        if len(name) > limit:
            yield Finding(name, line, "long-id", f"id 超过 {limit} 个字符", f"the id is longer than {limit} characters")


def _elements(model: ProcessModel) -> Iterator[Finding]:
    for element in model.elements.values():
        if element.kind in UNSUPPORTED:
            yield _at(element, *UNSUPPORTED[element.kind])
    for node in model.node.iter("{*}subProcess"):
        if node.get("triggeredByEvent") == "true" and node.get("id") in model.elements:
            element = model.elements[node.get("id")]
            yield _at(element, "event-sub-process", "暂不支持事件子流程", "event sub-processes are not supported")


def _events(model: ProcessModel) -> Iterator[Finding]:
    for element in model.of_kind(*ALLOWED_EVENTS):
        for kind in element.events:
            if kind not in ALLOWED_EVENTS[element.kind]:
                en = f"{kind} events are not supported on a {element.kind}"
                yield _at(element, "event-kind", f"{element.kind} 暂不支持 {kind} 事件", en)
        if element.kind in ("boundaryEvent", "intermediateCatchEvent") and len(element.events) != 1:
            yield _at(element, "event-definition", "须有且只有一个事件定义", "exactly one event definition is needed")
        if element.kind == "boundaryEvent" and element.attached_to not in model.elements:
            yield _at(element, "not-attached", "边界事件没有附着的活动", "the boundary event is attached to nothing")


def _loops(model: ProcessModel) -> Iterator[Finding]:
    for element in model.elements.values():
        loop = element.loop
        if loop is None:
            continue
        if loop.kind == "standard":
            yield _at(element, "standard-loop", "暂不支持标准循环，请用多实例", "standard loops are not supported")
        elif not loop.collection and not loop.cardinality:
            yield _at(element, "multi-instance", "多实例缺少集合或次数", "a collection or a cardinality is needed")
        elif loop.cardinality and loop.cardinality.isdigit() and int(loop.cardinality) > CARDINALITY_LIMIT:
            en = f"more than {CARDINALITY_LIMIT} instances"
            yield _at(element, "too-many-instances", f"多实例超过 {CARDINALITY_LIMIT} 次", en)


def _starts(model: ProcessModel) -> Iterator[Finding]:
    scopes = {model.key: model.line} | {e.id: e.line for e in model.of_kind("subProcess")}
    counts = Counter(e.scope for e in model.of_kind("startEvent"))
    for scope, line in scopes.items():
        if counts[scope] != 1:
            zh = f"须有且只有一个开始事件，现有 {counts[scope]} 个"
            yield Finding(scope, line, "start-event", zh, f"one start event is needed, not {counts[scope]}")


def _flow_ends(model: ProcessModel) -> Iterator[Finding]:
    for flow in model.flows.values():
        ends = [model.elements.get(end) for end in (flow.source, flow.target)]
        if None in ends:
            yield Finding(flow.id, flow.line, "loose-flow", "顺序流的一端没有元素", "an end of the flow is loose")
        elif len({end.scope for end in ends if end is not None}) > 1:
            zh, en = "顺序流不得跨越子流程或泳池", "the flow crosses a sub-process or pool boundary"
            yield Finding(flow.id, flow.line, "crossing-flow", zh, en)


def _fan_out(model: ProcessModel) -> Iterator[Finding]:
    for element in model.elements.values():
        out = model.outgoing(element.id)
        if element.kind not in GATEWAYS and len(out) > 1:
            zh, en = "多个出口须经网关", "several outgoing flows need a gateway"
            yield _at(element, "implicit-split", zh, en)
        conditional = [f for f in out if f.condition is not None and element.kind != "exclusiveGateway"]
        if conditional:
            zh, en = "只有排他网关的出口可以带条件", "only flows out of exclusive gateways may be conditional"
            yield Finding(conditional[0].id, conditional[0].line, "conditional-flow", zh, en)


def _gateways(model: ProcessModel) -> Iterator[Finding]:
    for gateway in model.of_kind("exclusiveGateway"):
        out = model.outgoing(gateway.id)
        missing = [f for f in out if not f.condition and f.id != gateway.default]
        if len(out) > 1 and missing:
            zh, en = "排他网关的出口须有条件或为默认流", "the flow needs a condition or must be the default"
            yield Finding(missing[0].id, missing[0].line, "no-condition", zh, en)


def _dead_ends(model: ProcessModel) -> Iterator[Finding]:
    for element in model.elements.values():
        if element.kind != "endEvent" and not model.outgoing(element.id):
            yield _at(element, "dead-end", "路径没有以结束事件结束", "the path does not end in an end event")


def _reachable(model: ProcessModel) -> Iterator[Finding]:
    reached: set[str] = set()
    todo = [e.id for e in model.of_kind("startEvent")]
    targets: dict[str, list[str]] = {}
    for flow in model.flows.values():
        targets.setdefault(flow.source, []).append(flow.target)
    for event in model.of_kind("boundaryEvent"):
        targets.setdefault(event.attached_to or "", []).append(event.id)
    while todo:
        current = todo.pop()
        if current not in reached:
            reached.add(current)
            todo += targets.get(current, [])
    for element in model.elements.values():
        if element.id not in reached:
            yield _at(element, "unreachable", "元素永远不会到达", "the element can never be reached")


def _expressions(model: ProcessModel) -> Iterator[Finding]:
    for flow in model.flows.values():
        if flow.condition is not None:
            yield from _feel(flow.id, flow.line, flow.condition)
    for element in model.elements.values():
        loop = element.loop
        texts = [] if loop is None else [loop.collection, loop.cardinality, loop.condition]
        for text in texts:
            if text is not None:
                yield from _feel(element.id, element.line, text)
        if "timer" in element.events:
            yield from _timer(element)


def _timer(element: Element) -> Iterator[Finding]:
    text = element.timer or ""
    if text.startswith("R"):
        yield _at(element, "cycle-timer", "暂不支持循环定时器", "cycle timers are not supported")
    elif not text:
        yield _at(element, "empty-timer", "定时器没有时间", "the timer has no time")
    elif not text.startswith("P") and not text[0].isdigit():
        yield from _feel(element.id, element.line, text)


def _feel(element_id: str, line: int, text: str) -> Iterator[Finding]:
    try:
        compile_expression(text)
    except FeelError as error:
        yield Finding(element_id, line, "not-feel", f"不是有效的 FEEL：{text[:80]}（{error}）", f"not FEEL: {error}")
