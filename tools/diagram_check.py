"""Check the diagrams in BPMN files: `python -m tools.diagram_check bpmn/*.bpmn`.

A diagram is in order when everything is drawn once, nothing lies on anything else, each node stands in its lane,
labels are clear, flows lead to the right (unless they close a loop), and what people read has a Chinese name.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

from tools.diagram_model import TOUCH, Box, Diagram, Flow, Node, read

CHINESE = re.compile(r"[一-鿿]")


def _placed(diagram: Diagram) -> list[tuple[Node, Box]]:
    return [(node, node.box) for node in diagram.nodes.values() if node.box is not None]


def everything_is_drawn(diagram: Diagram) -> Iterator[str]:
    """Every node, flow and lane is drawn, and drawn once."""
    for key in [*diagram.nodes, *diagram.flows, *diagram.lanes]:
        count = diagram.drawn.count(key)
        if count != 1:
            yield f"{key} is drawn {count} times"
    for flow in diagram.flows.values():
        if len(flow.points) == 1:
            yield f"{flow.id} has only one way point"


def shapes_do_not_overlap(diagram: Diagram) -> Iterator[str]:
    """No two shapes lie on each other; a boundary event sits on its host's border; children lie inside."""
    for (first, one), (second, two) in combinations(_placed(diagram), 2):
        inside = first.id in diagram.containers(second.id) or second.id in diagram.containers(first.id)
        attached = first.id == second.host or second.id == first.host
        if not inside and not attached and one.overlaps(two):
            yield f"{first.id} and {second.id} overlap"
    for node, box in _placed(diagram):
        parent = diagram.boxes.get(node.container) if node.container in diagram.nodes else None
        if parent is not None and node.host is None and not parent.holds(box):
            yield f"{node.id} is not inside {node.container}"
        host = diagram.boxes.get(node.host or "")
        if host is not None and not host.has_on_border(box.middle, (box.top + box.bottom) / 2):
            yield f"{node.id} is not on the border of {node.host}"


def flows_are_attached(diagram: Diagram) -> Iterator[str]:
    """A flow begins at its source's border and ends at its target's."""
    for flow in diagram.flows.values():
        for key, point in ((flow.source, 0), (flow.target, -1)):
            box = diagram.boxes.get(key)
            if box is not None and len(flow.points) > 1 and not box.has_on_border(*flow.points[point]):
                yield f"{flow.id} does not meet {key}"


def flows_keep_clear_of_shapes(diagram: Diagram) -> Iterator[str]:
    """No flow runs through a shape, its own ends included."""
    for flow in diagram.flows.values():
        if flow.source not in diagram.nodes:
            continue
        around = diagram.containers(flow.source)
        for node, box in _placed(diagram):
            if node.id in around:
                continue
            body = box.shrunk(TOUCH + 1)
            if any(body.crosses(start, end) for start, end in flow.lines()):
                yield f"{flow.id} runs through {node.id}"


def nodes_stand_in_their_lane(diagram: Diagram) -> Iterator[str]:
    """Each node of the process is in one lane and drawn inside it."""
    if not diagram.lanes:
        return
    for node, box in _placed(diagram):
        if node.container in diagram.nodes:
            continue
        homes = [lane for lane, members in diagram.lanes.items() if (node.host or node.id) in members]
        if len(homes) != 1:
            yield f"{node.id} is in {len(homes)} lanes"
        elif homes[0] in diagram.boxes and not diagram.boxes[homes[0]].holds(box):
            yield f"{node.id} is not inside lane {homes[0]}"


def _labels(diagram: Diagram) -> dict[str, Box]:
    things: list[Node | Flow] = [*diagram.nodes.values(), *diagram.flows.values()]
    return {thing.id: thing.label for thing in things if thing.label is not None}


def labels_have_a_place(diagram: Diagram) -> Iterator[str]:
    """A named event, gateway or flow says where its name stands."""
    for node in diagram.nodes.values():
        if node.name and node.outside_label and node.label is None:
            yield f"the name of {node.id} has no place"
    for flow in diagram.flows.values():
        if flow.name and flow.label is None:
            yield f"the name of {flow.id} has no place"


def labels_are_clear(diagram: Diagram) -> Iterator[str]:
    """A name lies on no line, no shape and no other name."""
    labels = _labels(diagram)
    for (first, one), (second, two) in combinations(labels.items(), 2):
        if one.overlaps(two):
            yield f"the names of {first} and {second} overlap"
    for key, label in labels.items():
        around = diagram.containers(key if key in diagram.nodes else diagram.flows[key].source)
        for node, box in _placed(diagram):
            if node.id not in around and label.overlaps(box):
                yield f"the name of {key} lies on {node.id}"
        for flow in diagram.flows.values():
            if any(label.crosses(start, end) for start, end in flow.lines()):
                yield f"the name of {key} lies on the line of {flow.id}"


def loops(diagram: Diagram) -> set[str]:
    """The flows that close a loop: they lead to a node from which one came (a walk from the starts)."""
    leaving: dict[str, list[Flow]] = {}
    for flow in diagram.flows.values():
        host = diagram.nodes[flow.source].host if flow.source in diagram.nodes else None
        leaving.setdefault(host or flow.source, []).append(flow)
    entered = {flow.target for flow in diagram.flows.values()}
    back: set[str] = set()
    done: set[str] = set()

    def walk(key: str, way: set[str]) -> None:
        for flow in leaving.get(key, []):
            if flow.target in way:
                back.add(flow.id)
            elif flow.target not in done:
                walk(flow.target, way | {flow.target})
        done.add(key)

    for key in [*(key for key in diagram.nodes if key not in entered), *diagram.nodes]:
        if key not in done:
            walk(key, {key})
    return back


def flows_lead_right(diagram: Diagram) -> Iterator[str]:
    """A flow's target stands right of its source, unless the flow closes a loop."""
    back = loops(diagram)
    for flow in diagram.flows.values():
        source, target = diagram.boxes.get(flow.source), diagram.boxes.get(flow.target)
        if flow.id not in back and source is not None and target is not None and target.middle <= source.middle:
            yield f"{flow.id} leads to the left"


def names_are_chinese(diagram: Diagram) -> Iterator[str]:
    """Everything a person reads has a Chinese name; gateways where they decide."""
    splits = [flow.source for flow in diagram.flows.values()]
    for node in diagram.nodes.values():
        decides = node.kind in {"exclusiveGateway", "inclusiveGateway"} and splits.count(node.id) > 1
        if (decides or not node.kind.endswith("Gateway")) and not CHINESE.search(node.name):
            yield f"{node.id} has no Chinese name"


RULES: tuple[Callable[[Diagram], Iterator[str]], ...] = (
    everything_is_drawn,
    shapes_do_not_overlap,
    flows_are_attached,
    flows_keep_clear_of_shapes,
    nodes_stand_in_their_lane,
    labels_have_a_place,
    labels_are_clear,
    flows_lead_right,
    names_are_chinese,
)


def check(path: Path) -> list[str]:
    """What is wrong with a file's diagram, in words; empty when it is in order."""
    diagram = read(path)
    return [words for rule in RULES for words in rule(diagram)]


def main(paths: list[str]) -> int:
    """Check files and print what is wrong; 1 when anything is."""
    found = [f"{path}: {words}" for path in paths for words in check(Path(path))]
    for line in found:
        print(line)
    print(f"{len(paths)} diagrams, {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
