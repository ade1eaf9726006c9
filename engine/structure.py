"""Static checks of a model by itself: what the engine can execute, whether every path begins, ends and is reachable."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.event_checks import check_events
from engine.findings import Finding, feel_finding, finding_at
from engine.process_model import GATEWAYS, Element, Loop, ProcessModel

CARDINALITY_LIMIT = 5000
ELEMENT_LIMIT = 2000
ID_LENGTH = 100
KEY_LENGTH = 60
CHOOSING = ("exclusiveGateway", "inclusiveGateway")
#: names that data, expressions or the executor use
RESERVED = frozenset({"case", "now", "today", "loopCounter", "timer_start", "Start", "End"})

UNSUPPORTED = {
    "scriptTask": ("script-task", "不允许脚本任务，请改用服务任务或决策表", "script tasks are not allowed"),
    "transaction": ("transaction", "暂不支持事务子流程", "transactions are not supported"),
    "adHocSubProcess": ("ad-hoc", "暂不支持临时子流程", "ad-hoc sub-processes are not supported"),
    "complexGateway": ("complex-gateway", "暂不支持复杂网关", "complex gateways are not supported"),
}


def check_structure(model: ProcessModel) -> list[Finding]:
    """Everything that keeps the engine from executing this process."""
    checks: tuple[Callable[[ProcessModel], Iterator[Finding]], ...] = (
        _identity, _elements, check_events, _loops, _starts, _flow_ends, _fan_out, _gateways, _dead_ends, _reachable,
        _expressions,
    )  # fmt: skip
    if len(model.elements) > ELEMENT_LIMIT:
        en = f"the process has more than {ELEMENT_LIMIT} elements"
        return [Finding(model.key, model.line, "too-many-elements", f"流程元素超过 {ELEMENT_LIMIT} 个", en)]
    return [finding for check in checks for finding in check(model)]


def _identity(model: ProcessModel) -> Iterator[Finding]:
    for kind, line in model.nameless:
        yield Finding(kind, line, "no-id", f"{kind} 没有 id", f"a {kind} has no id")
    for element in model.elements.values():
        if element.id in RESERVED:
            yield finding_at(element, "reserved-id", f"“{element.id}”是保留名称", f"{element.id!r} is a reserved name")
    lengths = [(e.id, e.line, ID_LENGTH) for e in model.elements.values()]
    lengths += [(f.id, f.line, ID_LENGTH) for f in model.flows.values()]
    for name, line, limit in [*lengths, (model.key, model.line, KEY_LENGTH)]:
        if len(name) > limit:
            yield Finding(name, line, "long-id", f"id 超过 {limit} 个字符", f"the id is longer than {limit} characters")


def _elements(model: ProcessModel) -> Iterator[Finding]:
    for element in model.elements.values():
        if element.kind in UNSUPPORTED:
            yield finding_at(element, *UNSUPPORTED[element.kind])


def _loops(model: ProcessModel) -> Iterator[Finding]:
    for element in model.elements.values():
        loop = element.loop
        if loop is None:
            continue
        if loop.kind == "standard":
            yield from _standard_loop(element, loop)
        elif not loop.collection and not loop.cardinality:
            yield finding_at(
                element, "multi-instance", "多实例缺少集合或次数", "a collection or a cardinality is needed"
            )
        elif loop.cardinality and loop.cardinality.isdigit() and int(loop.cardinality) > CARDINALITY_LIMIT:
            en = f"more than {CARDINALITY_LIMIT} instances"
            yield finding_at(element, "too-many-instances", f"多实例超过 {CARDINALITY_LIMIT} 次", en)


def _standard_loop(element: Element, loop: Loop) -> Iterator[Finding]:
    if not loop.condition and not loop.limit:
        yield finding_at(element, "standard-loop", "循环缺少条件或次数", "a loop needs a condition or a maximum")
    if loop.limit and not (loop.limit.isdigit() and 0 < int(loop.limit) <= CARDINALITY_LIMIT):
        zh, en = f"循环次数须为 1–{CARDINALITY_LIMIT}", f"the maximum must be 1 to {CARDINALITY_LIMIT}"
        yield finding_at(element, "standard-loop", zh, en)


def _starts(model: ProcessModel) -> Iterator[Finding]:
    """One plain start event; a process may begin by messages or signals as well, or instead."""
    scopes = {model.key: model.line} | {e.id: e.line for e in model.of_kind("subProcess")}
    starts: dict[str, list[Element]] = {}
    for event in model.of_kind("startEvent"):
        starts.setdefault(event.scope, []).append(event)
    for scope, line in scopes.items():
        found = starts.get(scope, [])
        plain = sum(not event.events for event in found)
        if len(found) == 1 or (scope == model.key and found and plain <= 1):
            continue
        zh = f"须有且只有一个开始事件，现有 {len(found)} 个"
        yield Finding(scope, line, "start-event", zh, f"one start event is needed, not {len(found)}")


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
            yield finding_at(element, "implicit-split", zh, en)
        conditional = [f for f in out if f.condition is not None and element.kind not in CHOOSING]
        if conditional:
            zh, en = "只有排他或包容网关的出口可以带条件", "only flows out of choosing gateways may be conditional"
            yield Finding(conditional[0].id, conditional[0].line, "conditional-flow", zh, en)


def _gateways(model: ProcessModel) -> Iterator[Finding]:
    for gateway in model.of_kind(*CHOOSING):
        out = model.outgoing(gateway.id)
        missing = [f for f in out if not f.condition and f.id != gateway.default]
        if len(out) > 1 and missing:
            zh, en = "网关的出口须有条件或为默认流", "the flow needs a condition or must be the default"
            yield Finding(missing[0].id, missing[0].line, "no-condition", zh, en)


def _dead_ends(model: ProcessModel) -> Iterator[Finding]:
    for element in model.elements.values():
        if element.kind != "endEvent" and not element.is_triggered and not model.outgoing(element.id):
            yield finding_at(element, "dead-end", "路径没有以结束事件结束", "the path does not end in an end event")


def _reachable(model: ProcessModel) -> Iterator[Finding]:
    reached: set[str] = set()
    todo = [e.id for e in model.elements.values() if e.kind == "startEvent" or e.is_triggered]
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
            yield finding_at(element, "unreachable", "元素永远不会到达", "the element can never be reached")


def _expressions(model: ProcessModel) -> Iterator[Finding]:
    for flow in model.flows.values():
        if flow.condition is not None:
            yield from feel_finding(flow, flow.condition)
    for element in model.elements.values():
        loop = element.loop
        texts = [] if loop is None else [loop.collection, loop.cardinality, loop.condition]
        for text in texts:
            if text is not None:
                yield from feel_finding(element, text)
