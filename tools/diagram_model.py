"""What a BPMN file says and draws: nodes, flows and lanes with their boxes, lines and labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from lxml import etree

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
DI = "{http://www.omg.org/spec/DD/20100524/DI}"

NODE_SUFFIXES = ("Event", "Gateway", "Task", "task", "Activity", "subProcess", "transaction")
TOUCH = 2.0  # how far from a border still counts as on it
SLACK = 1.0  # how much may overlap by rounding


@dataclass(frozen=True)
class Box:
    """A rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        """The middle's distance from the left."""
        return (self.left + self.right) / 2

    def overlaps(self, other: Box, slack: float = SLACK) -> bool:
        """Whether the two share more than a border."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > slack and down > slack

    def holds(self, other: Box) -> bool:
        """Whether the other lies within."""
        return (
            other.left >= self.left - SLACK
            and other.top >= self.top - SLACK
            and other.right <= self.right + SLACK
            and other.bottom <= self.bottom + SLACK
        )

    def shrunk(self, by: float) -> Box:
        """The rectangle without its rim."""
        return Box(self.left + by, self.top + by, self.right - by, self.bottom - by)

    def has_on_border(self, x: float, y: float) -> bool:
        """Whether a point lies on the border, or near enough."""
        inside = Box(self.left - TOUCH, self.top - TOUCH, self.right + TOUCH, self.bottom + TOUCH)
        deep = self.shrunk(TOUCH)
        within = inside.left <= x <= inside.right and inside.top <= y <= inside.bottom
        return within and not (deep.left < x < deep.right and deep.top < y < deep.bottom)

    def crosses(self, start: tuple[float, float], end: tuple[float, float]) -> bool:
        """Whether a straight line runs through the rectangle (Liang and Barsky)."""
        low, high = 0.0, 1.0
        for begin, finish, least, most in (
            (start[0], end[0], self.left, self.right),
            (start[1], end[1], self.top, self.bottom),
        ):
            step = finish - begin
            if step == 0:
                if not least < begin < most:
                    return False
                continue
            near, far = sorted(((least - begin) / step, (most - begin) / step))
            low, high = max(low, near), min(high, far)
        return high - low > 1e-9


@dataclass
class Node:
    """A flow node: what it is, where it is drawn, what holds it."""

    id: str
    kind: str
    name: str
    container: str
    host: str | None
    box: Box | None = None
    label: Box | None = None

    @property
    def outside_label(self) -> bool:
        """Whether its name stands beside it, not in it."""
        return self.kind.endswith(("Event", "Gateway"))


@dataclass
class Flow:
    """A sequence flow and its line."""

    id: str
    name: str
    source: str
    target: str
    container: str
    points: list[tuple[float, float]] = field(default_factory=list)
    label: Box | None = None

    def lines(self) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
        """Its straight pieces."""
        return pairwise(self.points)


@dataclass
class Diagram:
    """A model with its drawing."""

    nodes: dict[str, Node]
    flows: dict[str, Flow]
    lanes: dict[str, set[str]]
    boxes: dict[str, Box]
    drawn: list[str]

    def containers(self, node_id: str) -> set[str]:
        """The sub-processes around a node."""
        around: set[str] = set()
        parent = self.nodes[node_id].container
        while parent in self.nodes:
            around.add(parent)
            parent = self.nodes[parent].container
        return around


def _box(element: etree._Element | None) -> Box | None:
    bounds = None if element is None else element.find(f"{DC}Bounds")
    if bounds is None:
        return None
    x, y, width, height = (float(bounds.get(name, "0")) for name in ("x", "y", "width", "height"))
    return Box(x, y, x + width, y + height)


def _semantics(root: etree._Element) -> Diagram:
    diagram = Diagram({}, {}, {}, {}, [])
    for element in root.iter(f"{BPMN}*"):
        kind = etree.QName(element).localname
        key, name = element.get("id", ""), (element.get("name") or "").strip()
        parent = element.getparent()
        container = "" if parent is None else parent.get("id", "")
        if kind == "sequenceFlow":
            source, target = element.get("sourceRef", ""), element.get("targetRef", "")
            diagram.flows[key] = Flow(key, name, source, target, container)
        elif kind == "lane":
            diagram.lanes[key] = {(each.text or "").strip() for each in element.findall(f"{BPMN}flowNodeRef")}
        elif kind.endswith(NODE_SUFFIXES) and key:
            diagram.nodes[key] = Node(key, kind, name, container, element.get("attachedToRef"))
    return diagram


def read(path: Path) -> Diagram:
    """Read a BPMN file."""
    root = etree.parse(str(path), etree.XMLParser(resolve_entities=False)).getroot()
    diagram = _semantics(root)
    for shape in root.iter(f"{BPMNDI}BPMNShape"):
        key, box = shape.get("bpmnElement", ""), _box(shape)
        diagram.drawn.append(key)
        if box is not None:
            diagram.boxes[key] = box
        if key in diagram.nodes:
            diagram.nodes[key].box = box
            diagram.nodes[key].label = _box(shape.find(f"{BPMNDI}BPMNLabel"))
    for edge in root.iter(f"{BPMNDI}BPMNEdge"):
        key = edge.get("bpmnElement", "")
        diagram.drawn.append(key)
        if key in diagram.flows:
            points = [(float(each.get("x", "0")), float(each.get("y", "0"))) for each in edge.findall(f"{DI}waypoint")]
            diagram.flows[key].points = points
            diagram.flows[key].label = _box(edge.find(f"{BPMNDI}BPMNLabel"))
    return diagram
