"""Blocks of a scope folded together before its tokens are played: what is left may go wrong just where the whole may.

Activities merge and go on, as exclusive gateways do; a fork whose ways all meet in a join is one way; a round that is
left by a choice is none. Only elements that do not end, start, or have events beside them take part.
"""

from __future__ import annotations

from dataclasses import replace

from engine.process_model import GATEWAYS, Element, Flow

_FOLDED = {"exclusiveGateway": "X", "eventBasedGateway": "X", "parallelGateway": "P", "inclusiveGateway": "I"}
_FIXED = ("startEvent", "endEvent", "boundaryEvent")


class Graph:
    """The elements of one scope and the flows between them."""

    def __init__(self, elements: dict[str, Element], flows: list[Flow], silent: set[str]) -> None:
        """``silent`` elements are ends, or lead to nothing else."""
        self.elements, self.silent, self.fixed = dict(elements), silent, set(silent)
        self.flows = {flow.id: flow for flow in flows}
        self.out: dict[str, list[str]] = {each: [] for each in elements}
        self.into: dict[str, list[str]] = {each: [] for each in elements}
        for flow in flows:
            self.out[flow.source].append(flow.id)
            self.into[flow.target].append(flow.id)

    def fold(self) -> None:
        """Fold whatever can be."""
        self._unguard()
        for element in list(self.elements.values()):
            if element.kind not in GATEWAYS and element.kind not in _FIXED and element.id not in self.fixed:
                self.elements[element.id] = replace(element, kind="exclusiveGateway")
        todo = list(self.elements)
        while todo:
            current = todo.pop()
            if current in self.elements and self._kind(current):
                todo += self._fold(current)

    def _unguard(self) -> None:
        """An activity that may be interrupted goes one of several ways: on, or on from one of its events."""
        beside: dict[str, list[Element]] = {}
        for element in self.elements.values():
            if element.kind == "boundaryEvent":
                beside.setdefault(element.attached_to or "", []).append(element)
        for host, events in beside.items():
            if not all(event.interrupting for event in events):
                self.fixed.add(host)
                continue
            for event in events:
                for flow_id in self.out.pop(event.id):
                    self._move(flow_id, source=host)
                del self.elements[event.id], self.into[event.id]

    def _kind(self, element_id: str) -> str | None:
        return None if element_id in self.fixed else _FOLDED.get(self.elements[element_id].kind)

    def _fold(self, current: str) -> list[str]:
        """What to look at again; nothing when nothing was folded."""
        kind, out, into = self._kind(current), self.out[current], self.into[current]
        for flow_id in list(out):
            if self._is_needless(flow_id, out):
                self._drop(flow_id)
                return [current, self.flows.pop(flow_id).target]
        if len(out) == 1 and len(into) == 1 and out != into:
            return self._pass_by(current)
        if len(out) == 1:
            after = self.flows[out[0]].target
            if after != current and kind in ("X", "P") and kind == self._kind(after) and len(self.into[after]) == 1:
                return self._join(current, after)
        return []

    def _is_needless(self, flow_id: str, out: list[str]) -> bool:
        """A choice that leads back to itself, or a second way to the same gateway that means the same as the first."""
        flow = self.flows[flow_id]
        kind, target = self._kind(flow.source), self._kind(flow.target)
        if flow.source == flow.target:
            return kind == "X" and len(out) > 1
        twin = any(self.flows[each].target == flow.target for each in out if each != flow_id)
        return twin and (kind == target or target == "I")

    def _pass_by(self, current: str) -> list[str]:
        before, after = self.flows[self.into[current][0]], self.flows[self.out[current][0]]
        if after.target in self.silent or self.elements[after.target].kind == "endEvent":
            return []  # what comes before an end takes its time, and must not be reached twice
        if any(self.flows[each].target == after.target for each in self.out[before.source]):
            kind, target = self._kind(before.source), self._kind(after.target)
            if kind != target and target != "I":
                return []  # two tokens would come at once and be taken for one
        self._drop(before.id)
        del self.flows[before.id]
        self.out.pop(current)
        self._move(after.id, source=before.source)
        del self.elements[current], self.into[current]
        return [before.source, after.target]

    def _join(self, current: str, after: str) -> list[str]:
        between = self.out[current][0]
        self._drop(between)
        del self.flows[between]
        for flow_id in self.out.pop(after):
            self._move(flow_id, source=current)
        del self.elements[after], self.into[after]
        return [current, *(self.flows[each].source for each in self.into[current])]

    def _move(self, flow_id: str, *, source: str) -> None:
        self.flows[flow_id] = replace(self.flows[flow_id], source=source)
        self.out[source].append(flow_id)

    def _drop(self, flow_id: str) -> None:
        flow = self.flows[flow_id]
        self.out[flow.source].remove(flow_id)
        self.into[flow.target].remove(flow_id)
