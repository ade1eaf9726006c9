"""A BPMN file read as data: elements, flows, lanes, calls, each with its place in the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from engine.event_model import EventModel, read_event

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
SIZE_LIMIT = 5 * 1024 * 1024

ACTIVITIES = frozenset(
    {"userTask", "manualTask", "serviceTask", "businessRuleTask", "callActivity", "subProcess", "task", "scriptTask",
     "sendTask", "receiveTask", "transaction", "adHocSubProcess"}
)  # fmt: skip
EVENTS = frozenset({"startEvent", "endEvent", "boundaryEvent", "intermediateCatchEvent", "intermediateThrowEvent"})
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "complexGateway", "eventBasedGateway"})
NODES = ACTIVITIES | EVENTS | GATEWAYS


class UnreadableModelError(Exception):
    """The file is not a BPMN model that can be looked at; ``slug`` and two sentences say why."""

    def __init__(self, slug: str, zh: str, en: str, line: int | None = None) -> None:
        super().__init__(en)
        self.slug, self.zh, self.en, self.line = slug, zh, en, line


@dataclass(frozen=True)
class Loop:
    """Multi-instance or standard loop characteristics of an activity."""

    kind: str  # parallel | sequential | standard
    collection: str | None
    cardinality: str | None
    item: str | None
    condition: str | None  # to end early; of a standard loop: to go on
    limit: str | None = None  # of a standard loop
    is_tested_before: bool = False


@dataclass(frozen=True)
class Element:
    """A flow node."""

    id: str
    kind: str  # local name of its tag
    name: str
    line: int
    scope: str  # id of the process or sub-process it stands in
    lane: str | None  # role code of its lane
    attached_to: str | None
    interrupting: bool
    called: str | None
    default: str | None
    events: tuple[str, ...]  # kinds of its event definitions
    timer: str | None
    loop: Loop | None
    event: EventModel | None = None
    is_triggered: bool = False  # an event sub-process


@dataclass(frozen=True)
class Flow:
    """A sequence flow."""

    id: str
    source: str
    target: str
    name: str
    condition: str | None
    line: int


@dataclass
class ProcessModel:
    """One process of a file."""

    key: str
    name: str
    is_executable: bool
    line: int
    node: Any
    elements: dict[str, Element] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)
    lanes: dict[str, str] = field(default_factory=dict)  # lane id -> name
    nameless: list[tuple[str, int]] = field(default_factory=list)  # nodes without an id: kind, line
    _between: dict[tuple[str, str], str] = field(default_factory=dict)
    _leaving: dict[str, list[str]] = field(default_factory=dict)

    def add_flow(self, flow: Flow) -> None:
        """A sequence flow, found again by its ends."""
        self.flows[flow.id] = flow
        self._between.setdefault((flow.source, flow.target), flow.id)
        self._leaving.setdefault(flow.source, []).append(flow.id)

    def outgoing(self, element_id: str) -> list[Flow]:
        """The flows that leave an element."""
        return [self.flows[flow_id] for flow_id in self._leaving.get(element_id, ())]

    def flow_between(self, source: str, target: str) -> str | None:
        """The id of the (first) flow from one element to another."""
        return self._between.get((source, target))

    def of_kind(self, *kinds: str) -> list[Element]:
        """The elements of the given kinds."""
        return [e for e in self.elements.values() if e.kind in kinds]

    def start_event(self) -> Element | None:
        """The start event of the process itself (not of a sub-process) that people and callers begin with."""
        own = self.start_events()
        return next((e for e in own if e.event is None), own[0] if own else None)

    def start_events(self) -> list[Element]:
        """All start events of the process itself."""
        return [e for e in self.of_kind("startEvent") if e.scope == self.key]

    def calls(self) -> dict[str, str]:
        """Called process key per call activity."""
        return {e.id: e.called or "" for e in self.of_kind("callActivity")}


@dataclass(frozen=True)
class ModelFile:
    """A file: its tree (with missing flow ids supplied) and its processes."""

    tree: Any
    processes: tuple[ProcessModel, ...]

    def executable(self) -> list[ProcessModel]:
        """The processes marked executable (or not marked at all) that have a flow."""
        return [p for p in self.processes if p.is_executable and p.elements]


def parse_xml(content: bytes) -> Any:
    """The element tree of an untrusted file: bounded, no DOCTYPE, no network, no entities."""
    if len(content) > SIZE_LIMIT:
        raise UnreadableModelError("file-too-large", "文件超过 5 MB", "the file is larger than 5 MB")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or None
        message = str(error.msg)[:200]
        raise UnreadableModelError("not-well-formed", f"不是格式正确的 XML：{message}", message, line) from None
    docinfo: Any = root.getroottree().docinfo
    if docinfo.doctype:
        raise UnreadableModelError("doctype", "文件不得含有 DOCTYPE", "a DOCTYPE is not allowed", 1)
    return root


def read_model(content: bytes) -> ModelFile:
    """Read a BPMN file. Raises UnreadableModelError."""
    root = parse_xml(content)
    if root.tag != _tag("definitions"):
        raise UnreadableModelError("not-bpmn", "不是 BPMN 2.0 文件", "the root element is not BPMN 2.0 definitions")
    for number, flow in enumerate(root.iter(_tag("sequenceFlow"))):
        if not flow.get("id"):
            flow.set("id", f"supplied_flow_{number}")
    return ModelFile(root, tuple(_read_process(node) for node in root.iter(_tag("process"))))


def _tag(name: str) -> str:
    return f"{{{BPMN}}}{name}"


def local_name(node: Any) -> str:
    """A tag without its namespace; empty for comments and foreign elements."""
    tag = node.tag
    return tag[len(BPMN) + 2 :] if isinstance(tag, str) and tag.startswith(f"{{{BPMN}}}") else ""


def _read_process(node: Any) -> ProcessModel:
    model = ProcessModel(
        key=node.get("id") or "",
        name=node.get("name") or node.get("id") or "",
        is_executable=node.get("isExecutable", "true") != "false",
        line=node.sourceline or 0,
        node=node,
    )
    lane_of = _read_lanes(node, model)
    _read_nodes(node, model, model.key, lane_of, None)
    for flow in _read_flows(node):
        model.add_flow(flow)
    return model


def _read_lanes(node: Any, model: ProcessModel) -> dict[str, str]:
    lane_of: dict[str, str] = {}
    for lane in node.iter(_tag("lane")):
        lane_id = lane.get("id") or ""
        model.lanes[lane_id] = lane.get("name") or lane_id
        for ref in lane.findall(_tag("flowNodeRef")):
            lane_of[(ref.text or "").strip()] = lane_id
    return lane_of


def _read_nodes(parent: Any, model: ProcessModel, scope: str, lane_of: dict[str, str], lane: str | None) -> None:
    for node in parent:
        kind = local_name(node)
        if kind not in NODES:
            continue
        if not node.get("id"):
            model.nameless.append((kind, node.sourceline or 0))
            continue
        own_lane = lane_of.get(node.get("id"), lane)
        model.elements[node.get("id")] = _element(node, kind, scope, own_lane)
        if kind in ("subProcess", "transaction", "adHocSubProcess"):
            _read_nodes(node, model, node.get("id"), lane_of, own_lane)


def _element(node: Any, kind: str, scope: str, lane: str | None) -> Element:
    return Element(
        id=node.get("id"),
        kind=kind,
        name=(node.get("name") or "").strip(),
        line=node.sourceline or 0,
        scope=scope,
        lane=role_of_lane(lane),
        attached_to=node.get("attachedToRef"),
        interrupting=node.get("isInterrupting" if kind == "startEvent" else "cancelActivity", "true") != "false",
        called=node.get("calledElement"),
        default=node.get("default"),
        events=tuple(_event_kinds(node)),
        timer=_timer(node),
        loop=_loop(node),
        event=read_event(node),
        is_triggered=node.get("triggeredByEvent") == "true",
    )


def role_of_lane(lane_id: str | None) -> str | None:
    """The candidate group a lane stands for: its id, or what follows ``lane_`` in it."""
    return None if lane_id is None else lane_id.removeprefix("lane_").removeprefix("Lane_")


def _event_kinds(node: Any) -> Iterator[str]:
    for child in node:
        name = local_name(child)
        if name.endswith("EventDefinition"):
            yield name.removesuffix("EventDefinition")


def _timer(node: Any) -> str | None:
    definition = node.find(_tag("timerEventDefinition"))
    if definition is None:
        return None
    return next((text_of(child) for child in definition if local_name(child).startswith("time")), "")


def text_of(node: Any) -> str:
    """The text of an expression element, without the ``=`` or ``${}`` some modelers put around it."""
    text = (node.text or "").strip()
    return text.removeprefix("=").strip()


def _loop(node: Any) -> Loop | None:
    standard = node.find(_tag("standardLoopCharacteristics"))
    if standard is not None:
        condition, limit = _child_text(standard, "loopCondition"), standard.get("loopMaximum")
        return Loop("standard", None, None, None, condition, limit, standard.get("testBefore") == "true")
    loop = node.find(_tag("multiInstanceLoopCharacteristics"))
    if loop is None:
        return None
    item = loop.find(_tag("inputDataItem"))
    return Loop(
        kind="sequential" if loop.get("isSequential") == "true" else "parallel",
        collection=_child_text(loop, "loopDataInputRef"),
        cardinality=_child_text(loop, "loopCardinality"),
        item=None if item is None else item.get("id"),
        condition=_child_text(loop, "completionCondition"),
    )


def _child_text(node: Any, name: str) -> str | None:
    child = node.find(_tag(name))
    return None if child is None else text_of(child)


def _read_flows(node: Any) -> Iterator[Flow]:
    for flow in node.iter(_tag("sequenceFlow")):
        condition = flow.find(_tag("conditionExpression"))
        yield Flow(
            id=flow.get("id"),
            source=flow.get("sourceRef") or "",
            target=flow.get("targetRef") or "",
            name=(flow.get("name") or "").strip(),
            condition=None if condition is None else text_of(condition),
            line=flow.sourceline or 0,
        )
