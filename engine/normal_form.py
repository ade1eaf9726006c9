"""A model's normal form: what BPMN lets a modeler leave out is written out, before anything looks at the model.

Forks and choices out of activities become gateways, paths and scopes get the ends and starts they lack, every flow has
an id and stands beside its source. What was drawn keeps its id; the id of what is supplied begins with ``supplied_``.
The same file gives the same normal form, so running instances find their elements again. (BPMN 2.0.2, §13.2-13.4.)
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from lxml import etree

from engine.findings import Finding
from engine.graph import in_rounds
from engine.vendor_forms import read_vendor_forms
from engine.vocabulary import ACTIVITIES, GATEWAYS, NODES, SCOPES, SUPPLIED, local_name, tag

Changes = dict[Any, tuple[list[Finding], list[Finding]]]  # by process node: what is refused, what was changed

_ID = re.compile(r"[^\W\d][\w.\-·]*")
_TAKEN_ENDINGS = (".BoundaryEventSplit", ".BoundaryEventJoin", ".EndJoin")
_STARTLESS = ("boundaryEvent", "startEvent")


def normalise(root: Any) -> Changes:
    """Bring every process of a file into normal form, in place."""
    return {node: _Normaliser(root, node).changes() for node in root.iter(tag("process"))}


class _Normaliser:
    """One process on its way into normal form."""

    def __init__(self, root: Any, process: Any) -> None:
        self.process = process
        self.taken = {node.get("id") for node in root.iter() if node.get("id")}
        self.refused: list[Finding] = []
        self.notes: list[Finding] = []
        self.nodes: dict[str, Any] = {}
        self.leaving: dict[str, list[Any]] = {}
        self.entered: set[str] = set()
        self.numbers: Counter[str] = Counter()

    def changes(self) -> tuple[list[Finding], list[Finding]]:
        if self.process.get("id"):
            self._check_id(self.process)
        else:
            self._refuse(self.process, "no-id", "流程没有 id", "the process has no id")
        self._read_nodes(self.process)
        self._read_flows()
        read_vendor_forms(self.process, self._refuse, self._note)
        if not self.refused:
            for node in list(self.nodes.values()):
                self._branch(node)
            for scope in [self.process, *(n for n in self.nodes.values() if local_name(n) in SCOPES)]:
                self._begin(scope)
            for node in list(self.nodes.values()):
                self._end(node)
            self._part_twins()
            self._pace_rounds()
        return self.refused, self.notes

    # -- reading ------------------------------------------------------------------------------------------------------

    def _read_nodes(self, parent: Any) -> None:
        for node in parent:
            if local_name(node) not in NODES or not node.get("id"):
                continue
            node_id = node.get("id")
            if node_id in self.nodes or (local_name(node) in SCOPES and node_id == self.process.get("id")):
                self._refuse(node, "duplicate-id", f"id“{node_id}”重复", f"the id {node_id!r} occurs twice")
            self._check_id(node)
            self.nodes[node_id] = node
            if local_name(node) in SCOPES:
                self._read_nodes(node)

    def _check_id(self, node: Any) -> None:
        node_id = node.get("id")
        if not _ID.fullmatch(node_id) or node_id.endswith(_TAKEN_ENDINGS):
            zh, en = "id 只能由字母、数字、“_”“-”“.”组成", "ids are letters, digits, '_', '-' and '.'"
            self._refuse(node, "odd-id", zh, en)

    def _read_flows(self) -> None:
        seen: set[str] = set()
        for flow in list(self.process.iter(tag("sequenceFlow"))):
            if not flow.get("id"):
                flow.set("id", self._new_id("flow"))
            if flow.get("id") in seen or flow.get("id") in self.nodes:
                flow_id = flow.get("id")
                self._refuse(flow, "duplicate-id", f"id“{flow_id}”重复", f"the id {flow_id!r} occurs twice")
            seen.add(flow.get("id"))
            self._check_id(flow)
            self._read_flow(flow)
        for node in self.nodes.values():
            self._check_attachment(node)
            default = node.get("default")
            if default and default not in [flow.get("id") for flow in self._out(node)]:
                zh, en = f"默认流“{default}”不是它的出口", f"the default flow {default!r} does not leave it"
                self._refuse(node, "unknown-default", zh, en)

    def _check_attachment(self, node: Any) -> None:
        if local_name(node) != "boundaryEvent":
            return
        host = self.nodes.get(node.get("attachedToRef"))
        if host is None or local_name(host) not in ACTIVITIES or host.getparent() is not node.getparent():
            zh, en = "边界事件须附着于同一层的活动", "a boundary event is attached to an activity beside it"
            self._refuse(node, "not-attached", zh, en)

    def _read_flow(self, flow: Any) -> None:
        source, target = self.nodes.get(flow.get("sourceRef")), self.nodes.get(flow.get("targetRef"))
        self.leaving.setdefault(flow.get("sourceRef") or "", []).append(flow)
        self.entered.add(flow.get("targetRef") or "")
        if source is None or target is None:
            return
        if flow.getparent() is not source.getparent():
            source.getparent().append(flow)
        if local_name(source) == "endEvent":
            self._refuse(flow, "leaves-an-end", "结束事件不得有出口", "nothing may leave an end event")
        if local_name(target) in _STARTLESS:
            zh, en = "开始事件和边界事件不得有入口", "nothing may enter a start or boundary event"
            self._refuse(flow, "enters-a-start", zh, en)

    def _out(self, node: Any) -> list[Any]:
        return self.leaving.get(node.get("id"), [])

    # -- forks and choices --------------------------------------------------------------------------------------------

    def _branch(self, node: Any) -> None:
        """Several or conditional flows out of an activity or event."""
        out, default = list(self._out(node)), node.get("default")
        conditional = [f for f in out if f.get("id") != default and f.find(tag("conditionExpression")) is not None]
        always = [f for f in out if f not in conditional and not (conditional and f.get("id") == default)]
        if local_name(node) in GATEWAYS or (len(out) < 2 and not conditional):
            return
        otherwise = [f for f in out if f not in conditional and f not in always]
        node.attrib.pop("default", None)
        self.leaving[node.get("id")] = []
        source = node
        if always:
            source = self._supply(node, "parallelGateway", "fork")
            self._connect(node, source)
            for flow in always:
                self._lead(flow, source)
            self._note(node, "fork-supplied", "补充并行网关", "a parallel gateway was supplied")
        if conditional:
            self._choose(node, source, conditional, otherwise, must=not always)
            self._note(node, "choice-supplied", "补充带条件的网关", "a gateway was supplied for conditional flows")

    def _choose(self, node: Any, source: Any, flows: list[Any], otherwise: list[Any], *, must: bool) -> None:
        """Each flow is taken when its condition is true; when none is, the default flow is, or it is a fault."""
        gateway = self._supply(node, "exclusiveGateway" if len(flows) == 1 else "inclusiveGateway", "choice")
        self._connect(source, gateway)
        for flow in [*flows, *otherwise]:
            self._lead(flow, gateway)
        if otherwise:
            gateway.set("default", otherwise[0].get("id"))
        elif not must:
            gateway.set("default", self._connect(gateway, self._supply(node, "endEvent", "end")))

    # -- starts and ends ----------------------------------------------------------------------------------------------

    def _begin(self, scope: Any) -> None:
        """A scope without a start event begins at everything that nothing leads to."""
        inside = [n for n in scope if local_name(n) in NODES and n.get("id")]
        if any(local_name(n) == "startEvent" for n in inside):
            return
        first = [n for n in inside if n.get("id") not in self.entered and _stands_in_the_flow(n)]
        if not first and (inside or scope is self.process):
            return
        start = self._supply(scope, "startEvent", "start", parent=scope)
        self._note(scope, "start-supplied", "补充开始事件", "a start event was supplied")
        source = start
        if len(first) > 1:
            source = self._supply(scope, "parallelGateway", "fork", parent=scope)
            self._connect(start, source)
        for node in first:
            self._connect(source, node)

    def _end(self, node: Any) -> None:
        """A path that just stops ends there."""
        if local_name(node) == "endEvent" or self._out(node) or not _stands_in_the_flow(node, boundary=True):
            return
        self._connect(node, self._supply(node, "endEvent", "end"))
        if not node.get("id").startswith(SUPPLIED):
            self._note(node, "end-supplied", "补充结束事件", "an end event was supplied")

    def _part_twins(self) -> None:
        """Two flows between the same two elements, and one from an element to itself, are told apart."""
        for source_id in list(self.leaving):
            targets = {source_id}
            for flow in list(self.leaving[source_id]):
                if flow.get("targetRef") in targets:
                    self._step(flow)
                targets.add(flow.get("targetRef"))

    def _pace_rounds(self) -> None:
        """A round without a gateway gets one that decides nothing: the executor looks ahead as far as the next one."""
        into: dict[str, list[str]] = {}
        for flow in (f for flows in self.leaving.values() for f in flows):
            into.setdefault(flow.get("targetRef") or "", []).append(flow.get("sourceRef") or "")
        for node_id, node in self.nodes.items():
            if local_name(node) == "boundaryEvent":
                into.setdefault(node_id, []).append(node.get("attachedToRef"))
        pausing = ("exclusiveGateway", "inclusiveGateway")
        round_about = in_rounds([i for i, n in self.nodes.items() if local_name(n) not in pausing], into)
        for node_id in sorted(round_about):
            for flow in list(self._out(self.nodes[node_id])):
                if flow.get("targetRef") in round_about:
                    self._step(flow)

    def _step(self, flow: Any) -> None:
        """An exclusive gateway with one way on, in the middle of a flow."""
        source, target = self.nodes.get(flow.get("sourceRef") or ""), self.nodes.get(flow.get("targetRef") or "")
        if source is not None and target is not None:
            step = self._supply(source, "exclusiveGateway", "step")
            flow.set("targetRef", step.get("id"))
            self._connect(step, target)

    # -- writing ------------------------------------------------------------------------------------------------------

    def _supply(self, origin: Any, kind: str, word: str, *, parent: Any = None) -> Any:
        home = origin.getparent() if parent is None else parent
        new = self._new_id(word)
        node = etree.SubElement(home, tag(kind), id=new)
        node.sourceline = origin.sourceline
        self.nodes[new] = node
        return node

    def _connect(self, source: Any, target: Any) -> str:
        flow = etree.SubElement(source.getparent(), tag("sequenceFlow"), id=self._new_id("flow"))
        flow.sourceline = source.sourceline
        flow.set("targetRef", target.get("id"))
        self.entered.add(target.get("id"))
        self._lead(flow, source)
        return str(flow.get("id"))

    def _lead(self, flow: Any, source: Any) -> None:
        flow.set("sourceRef", source.get("id"))
        self.leaving.setdefault(source.get("id"), []).append(flow)

    def _new_id(self, word: str) -> str:
        while True:
            self.numbers[word] += 1
            new = f"{SUPPLIED}{word}_{self.numbers[word]}"
            if new not in self.taken:
                return new

    def _refuse(self, node: Any, slug: str, zh: str, en: str) -> None:
        self.refused.append(Finding(node.get("id") or local_name(node), node.sourceline, slug, zh, en))

    def _note(self, node: Any, slug: str, zh: str, en: str) -> None:
        self.notes.append(Finding(node.get("id") or "", node.sourceline, slug, zh, en))


def _stands_in_the_flow(node: Any, *, boundary: bool = False) -> bool:
    """False for what the flow never enters: boundary events, event sub-processes, compensation handlers."""
    if local_name(node) == "boundaryEvent":
        return bool(boundary and node.find(tag("compensateEventDefinition")) is None)
    return bool(node.get("triggeredByEvent") != "true" and node.get("isForCompensation") != "true")
