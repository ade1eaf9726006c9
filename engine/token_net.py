"""A scope of a model as a net of tokens: places in an integer's bits, and what moves tokens from place to place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations

from engine.net_reduction import Graph
from engine.process_model import GATEWAYS, Element, Flow, ProcessModel

CLEARING = frozenset({"terminate", "error"})
_VARIANTS = 4  # boundary events that do not interrupt and lead back into the flow: at most so many per activity count
_SUBSETS = 6  # ways out of an inclusive gateway: up to so many in every combination, more only alone, in pairs and all


@dataclass(frozen=True)
class Join:
    """A gateway with several ways in: the places it takes tokens from, and what it may put."""

    taken: int
    puts: tuple[int, ...]
    is_inclusive: bool


@dataclass
class Net:
    """Places by number; every move takes tokens (bits) away and puts others."""

    owners: list[str] = field(default_factory=list)  # element id per place
    flows: list[str | None] = field(default_factory=list)  # the flow a join waits for, per place
    producers: list[int] = field(default_factory=list)  # in how many ways a token gets there
    moves: dict[int, list[int]] = field(default_factory=dict)  # place → what it may become; -1: everything ends
    joins: list[Join] = field(default_factory=list)
    siblings: dict[int, int] = field(default_factory=dict)  # place → the other places of its element
    start: int = 0

    def place(self, owner: str, flow: str | None = None) -> int:
        """A new place."""
        self.owners.append(owner)
        self.flows.append(flow)
        self.producers.append(0)
        return len(self.owners) - 1


def nets_of(model: ProcessModel) -> Iterator[Net]:
    """A net per scope, and one per boundary event that starts a path of its own beside the rest of its scope."""
    scopes: dict[str, list[Element]] = {}
    for element in model.elements.values():
        scopes.setdefault(element.scope, []).append(element)
    for inside in scopes.values():
        yield from _Scope(model, inside).nets()


class _Scope:
    """The elements of one scope while their nets are built."""

    def __init__(self, model: ProcessModel, inside: list[Element]) -> None:
        self.elements = {element.id: element for element in inside}
        self._read([flow for element in inside for flow in model.outgoing(element.id)])
        self.silent = self._silent()
        graph = Graph(self.elements, [flow for flows in self.out.values() for flow in flows], self.silent)
        graph.fold()
        self.elements = graph.elements
        self._read(list(graph.flows.values()))

    def _read(self, flows: list[Flow]) -> None:
        self.out: dict[str, list[Flow]] = {element_id: [] for element_id in self.elements}
        self.into: dict[str, list[Flow]] = {}
        self.attached: dict[str, list[Element]] = {}
        for flow in flows:
            self.out[flow.source].append(flow)
            self.into.setdefault(flow.target, []).append(flow)
        for element in self.elements.values():
            if element.kind == "boundaryEvent":
                self.attached.setdefault(element.attached_to or "", []).append(element)

    def _silent(self) -> set[str]:
        """Plain ends, and gateways that only lead there: where any number of tokens may arrive."""
        silent = {e.id for e in self.elements.values() if e.kind == "endEvent" and not CLEARING & set(e.events)}
        todo = list(silent)
        while todo:
            for flow in self.into.get(todo.pop(), []):
                source = self.elements[flow.source]
                merges = source.kind == "exclusiveGateway" and len(self.out[source.id]) == 1
                if merges and source.id not in silent:
                    silent.add(source.id)
                    todo.append(source.id)
        return silent

    def nets(self) -> Iterator[Net]:
        """The scope's own net first."""
        starts = [e.id for e in self.elements.values() if e.kind == "startEvent"]
        main = self._reached(starts)
        beside = [e for events in self.attached.values() for e in events if not e.interrupting]
        apart = [e for e in beside if not (self._reached([e.id]) & main) - self.silent]
        within = {e.id for e in beside} - {e.id for e in apart}
        for start in starts:
            yield self._net(start, within)
        for event in apart:
            yield self._net(event.id, within)

    def _reached(self, todo: Iterable[str]) -> set[str]:
        """What tokens from here may reach, not counting boundary events that do not interrupt."""
        reached: set[str] = set()
        waiting = list(todo)
        while waiting:
            current = waiting.pop()
            if current not in reached and current in self.elements:
                reached.add(current)
                waiting += [flow.target for flow in self.out[current]]
                waiting += [e.id for e in self.attached.get(current, ()) if e.interrupting]
        return reached

    def _net(self, start: str, within: set[str]) -> Net:
        return _Builder(self, within).build(start)


class _Builder:
    """Builds a net from one starting element."""

    def __init__(self, scope: _Scope, within: set[str]) -> None:
        self.scope, self.within, self.net = scope, within, Net()
        self.at: dict[str, int] = {}  # element (or, for joins, flow) → place
        self.todo: list[str] = []
        self.joined: set[str] = set()

    def build(self, start: str) -> Net:
        """Everything that a token at ``start`` may lead to."""
        self.net.start = self._put_at(start)
        while self.todo:
            self._moves(self.scope.elements[self.todo.pop()])
        return self.net

    def _is_join(self, element: Element) -> bool:
        several = len(self.scope.into.get(element.id, ())) > 1
        return several and element.kind in ("parallelGateway", "inclusiveGateway")

    def _put(self, flow: Flow) -> int:
        """The bits of a token that went along a flow."""
        target = self.scope.elements.get(flow.target)
        if target is None or target.id in self.scope.silent:
            return 0
        if self._is_join(target):
            self._join(target)
            place = self.at[flow.id]
            self.net.producers[place] += 1
            return 1 << place
        return self._put_at(target.id)

    def _put_at(self, element_id: str) -> int:
        if element_id not in self.at:
            self.at[element_id] = self.net.place(element_id)
            self.todo.append(element_id)
        self.net.producers[self.at[element_id]] += 1
        return 1 << self.at[element_id]

    def _put_all(self, flows: Iterable[Flow]) -> list[int]:
        return [self._put(flow) for flow in flows]

    def _join(self, gateway: Element) -> None:
        if gateway.id in self.joined:
            return
        self.joined.add(gateway.id)
        taken = 0
        for flow in self.scope.into[gateway.id]:
            self.at[flow.id] = self.net.place(gateway.id, flow.id)
            taken |= 1 << self.at[flow.id]
        self.net.joins.append(Join(taken, self._ways(gateway), gateway.kind == "inclusiveGateway"))

    def _moves(self, element: Element) -> None:
        place = self.at[element.id]
        if element.kind == "endEvent":
            self.net.moves[place] = [-1]
        elif element.kind in GATEWAYS:
            self.net.moves[place] = list(self._ways(element))
        else:
            self._activity(element, place, self.scope.out[element.id])

    def _ways(self, gateway: Element) -> tuple[int, ...]:
        """What a gateway may put: one of its ways out, all, or any of them."""
        bits = self._put_all(self.scope.out[gateway.id])
        if gateway.kind == "parallelGateway":
            return (sum(bits),)
        if gateway.kind != "inclusiveGateway":
            return tuple(bits)
        sizes = range(1, len(bits) + 1) if len(bits) <= _SUBSETS else (1, 2, len(bits))
        return tuple(sum(chosen) for size in sizes for chosen in combinations(bits, size))

    def _activity(self, element: Element, place: int, out: list[Flow]) -> None:
        """An activity ends, or one of its boundary events takes its token or adds one of its own."""
        events = self.scope.attached.get(element.id, [])
        ways = [sum(self._put_all(out))] + [sum(self._put_all(self.scope.out[e.id])) for e in events if e.interrupting]
        extra = [sum(self._put_all(self.scope.out[e.id])) for e in events if e.id in self.within][:_VARIANTS]
        places = [place] + [self.net.place(element.id) for _ in range(2 ** len(extra) - 1)]
        for fired, here in enumerate(places):
            self.net.producers[here] += fired  # whoever comes to the activity comes here, too
            self.net.moves[here] = list(ways)
            for number, bits in enumerate(extra):
                if not fired >> number & 1:
                    self.net.moves[here].append(bits | 1 << places[fired | 1 << number])
            self.net.siblings[here] = sum(1 << other for other in places if other != here)
