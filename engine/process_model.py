"""A BPMN file read as data: elements, flows, lanes, calls, each with its place in the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from engine.bpmn_schema import schema_findings
from engine.event_model import EventModel, read_event
from engine.findings import Finding
from engine.model_xml import UnreadableModelError, parse_xml
from engine.normal_form import normalise
from engine.vocabulary import ACTIVITIES, BPMN, EVENTS, GATEWAYS, NODES, local_name, text_of
from engine.vocabulary import tag as _tag

__all__ = [
    "ACTIVITIES", "BPMN", "EVENTS", "GATEWAYS", "NODES", "Element", "Flow", "Loop", "ModelFile", "ProcessModel",
    "UnreadableModelError", "local_name", "read_model", "role_of_lane", "text_of",
]  # fmt: skip


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
    refused: tuple[Finding, ...] = ()  # what has no normal form
    misshapen: tuple[Finding, ...] = ()  # what is not as BPMN's schema has it
    notes: tuple[Finding, ...] = ()  # what was changed for that, what is odd around it
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
    """A file: its tree in normal form (engine/normal_form.py) and its processes."""

    tree: Any
    processes: tuple[ProcessModel, ...]

    def executable(self) -> list[ProcessModel]:
        """The processes marked executable (or not marked at all) that have a flow."""
        return [p for p in self.processes if p.is_executable and p.elements]


@lru_cache(maxsize=64)
def read_model(content: bytes) -> ModelFile:
    """Read a BPMN file; what was read is shared, so nobody changes it. Raises UnreadableModelError."""
    root = parse_xml(content)
    if root.tag != _tag("definitions"):
        raise UnreadableModelError("not-bpmn", "不是 BPMN 2.0 文件", "the root element is not BPMN 2.0 definitions")
    misshapen = schema_findings(root)
    changes = normalise(root)
    processes = []
    for node in root.iter(_tag("process")):
        process = _read_process(node)
        refused, notes = changes[node]
        process.refused, process.misshapen = tuple(refused), tuple(misshapen.get(node, ()))
        process.notes = (*notes, *misshapen.get(None, ()))
        processes.append(process)
    return ModelFile(root, tuple(processes))


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
