"""The token game of a model, played through before the model may be deployed.

Every scope is a net (engine/token_net.py) whose choices, completions and interrupting events may go any way: what is
found safe here is safe whatever people answer. Found and refused are parallel gateways that wait for a token which
cannot come, elements that two tokens of a scope reach unsynchronised, and rounds of automatic elements with no way out.

All nets here are free-choice, so a token that nobody else can catch up with may move first without hiding a deadlock or
a second token; only where several tokens stand at places with several ways in is every order tried. That keeps parallel
branches from multiplying. If there are still too many markings, tokens move one at a time only: this still finds every
deadlock, though perhaps not every element reached twice; a model too large even for that is refused as too complex.
Inclusive joins look at what may still come, so nets that have them are played in every order first.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from engine.findings import Finding
from engine.graph import in_rounds
from engine.process_model import Element, ProcessModel
from engine.token_net import Join, Net, nets_of

MARKING_LIMIT = 20_000


class _TooManyMarkingsError(Exception):
    """The net has more markings than are looked at."""


class _BlockedError(Exception):
    """A marking from which nothing moves, or in which an element is reached twice."""

    def __init__(self, slug: str, place: int, marking: int) -> None:
        super().__init__(slug)
        self.slug, self.place, self.marking = slug, place, marking


def check_soundness(model: ProcessModel) -> list[Finding]:
    """What keeps an instance from always moving on: for models without structural findings."""
    found = list(_endless(model))
    for net in [] if found else nets_of(model):
        try:
            _play(net)
        except _BlockedError as blocked:
            found.append(_told(model, net, blocked))
        except _TooManyMarkingsError:
            owner = model.elements[net.owners[0]]
            zh, en = "并行路径过于复杂，无法证明流程不会停滞", "too complex to show that it never stands still"
            found.append(Finding(owner.scope, owner.line, "too-complex", zh, en))
    return list({(f.element, f.slug): f for f in found}.values())


class _Order(Enum):
    """Which moves are tried from a marking."""

    EVERY = "every move"
    MERGES = "all of the tokens that others may catch up with, else the first"
    ONE = "the first"


def _play(net: Net) -> None:
    has_inclusive = any(join.is_inclusive for join in net.joins)
    try:
        _Game(net, _Order.EVERY if has_inclusive else _Order.MERGES).play()
    except _TooManyMarkingsError:
        _Game(net, _Order.ONE).play()


class _Game:
    """The reachable markings of a net, as far as they differ in what may go wrong."""

    def __init__(self, net: Net, order: _Order) -> None:
        self.net, self.order = net, order
        self.joins = {place: join for join in net.joins for place in _places(join.taken)}
        self.ends = sum(1 << place for place, ways in net.moves.items() if -1 in ways)
        self.reach: dict[int, int] = {}
        self.into = self._into(net.joins)
        self.before: dict[tuple[int, int], int] = {}

    def play(self) -> None:
        """Raises _BlockedError at the first marking that is wrong, _TooManyMarkingsError."""
        todo, seen = [self.net.start], {self.net.start}
        while todo:
            for after in self._next(todo.pop()):
                if after not in seen:
                    if len(seen) >= MARKING_LIMIT:
                        raise _TooManyMarkingsError
                    seen.add(after)
                    todo.append(after)

    def _next(self, marking: int) -> list[int]:
        """The markings to look at after this one."""
        every: list[int] = []
        if marking & self.ends:
            return every  # the end of everything
        for place in _places(marking):
            ways = self._ways(marking, place)
            if ways and self._moves_first(marking, place):
                return ways
            every += ways
        if marking and not every:
            raise _BlockedError("deadlock", next(_places(marking)), marking)
        return every

    def _moves_first(self, marking: int, place: int) -> bool:
        """True when it suffices to look at this token's moves."""
        join = self.joins.get(place)
        if self.order is _Order.EVERY or (join is not None and join.is_inclusive):
            return False
        if self.order is _Order.ONE:
            return True
        if any(put & self.ends for put in (self.net.moves[place] if join is None else join.puts)):
            return False  # others may come far before it ends everything
        if join is not None or self.net.producers[place] < 2:
            return True
        return not self._reaching(place) & marking & ~(1 << place)

    def _ways(self, marking: int, place: int) -> list[int]:
        join = self.joins.get(place)
        if join is None:
            return [self._moved(marking, 1 << place, put) for put in self.net.moves[place]]
        here = marking & join.taken
        if here == join.taken or (join.is_inclusive and not self._is_awaited(marking, join)):
            return [self._moved(marking, here, put) for put in join.puts]
        return []

    def _is_awaited(self, marking: int, join: Join) -> bool:
        """True while a token may come over an unused way that cannot come over a used one (BPMN 2.0.2, 13.4.3)."""
        used = marking & join.taken
        unused = self._before(join, join.taken & ~used)
        return bool(marking & ~join.taken & unused & ~self._before(join, used))

    def _before(self, join: Join, ends: int) -> int:
        """The places from which a token may come to one of these without passing the join."""
        key = (join.taken, ends)
        if key not in self.before:
            others = [each for each in self.net.joins if each is not join]
            self.before[key] = _closure(ends, self._into(others))
        return self.before[key]

    def _moved(self, marking: int, taken: int, put: int) -> int:
        left = marking & ~taken
        twice = left & put
        for place in _places(put):
            twice |= (left | put) & self.net.siblings.get(place, 0)
        if twice:
            raise _BlockedError("unsynchronised", next(_places(twice)), left | put)
        return left | put

    def _into(self, joins: list[Join]) -> dict[int, int]:
        """The places from which each place is reached in one move."""
        into: dict[int, int] = {}
        moves = [(1 << place, put) for place, ways in self.net.moves.items() for put in ways if put >= 0]
        for taken, put in [*moves, *((join.taken, put) for join in joins for put in join.puts)]:
            for place in _places(put):
                into[place] = into.get(place, 0) | taken
        return into

    def _reaching(self, place: int) -> int:
        """All places from which a token may come to this one."""
        if place not in self.reach:
            self.reach[place] = _closure(1 << place, self.into)
        return self.reach[place]


def _closure(ends: int, into: dict[int, int]) -> int:
    found, todo = 0, ends
    while todo:
        new = 0
        for each in _places(todo):
            new |= into.get(each, 0)
        todo = new & ~found
        found |= new
    return found


def _places(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _told(model: ProcessModel, net: Net, blocked: _BlockedError) -> Finding:
    element = model.elements[net.owners[blocked.place]]
    if blocked.slug == "unsynchronised":
        zh = "并行的路径在此汇合却没有同步，元素会重复执行；请用并行网关汇合"
        en = "parallel paths meet here unsynchronised, so it may run more than once; join them with a parallel gateway"
        return _at(element, blocked.slug, zh, en)
    missing = [
        model.flows[flow].source
        for place, flow in enumerate(net.flows)
        if flow is not None and net.owners[place] == element.id and not blocked.marking >> place & 1
    ]
    names = "、".join(missing)
    zh = f"此网关会永远等待来自“{names}”的路径，流程将停滞；排他分支请用排他网关汇合"
    en = f"the gateway may wait for ever for the path from {', '.join(missing)}"
    return _at(element, blocked.slug, zh, en)


def _at(element: Element, slug: str, zh: str, en: str) -> Finding:
    return Finding(element.id, element.line, slug, zh, en)


def _endless(model: ProcessModel) -> Iterator[Finding]:
    """Elements from which no end is ever reached, and rounds that nothing ever decides to leave."""
    into: dict[str, list[str]] = {}
    for flow in model.flows.values():
        into.setdefault(flow.target, []).append(flow.source)
    left = {event.attached_to or "" for event in model.of_kind("boundaryEvent") if event.interrupting}
    for event in model.of_kind("boundaryEvent"):
        into.setdefault(event.id, []).append(event.attached_to or "")
    ending = _led_from([e.id for e in model.of_kind("endEvent")], into)
    gateways = model.of_kind("exclusiveGateway", "inclusiveGateway", "eventBasedGateway")
    decided = left | {e.id for e in gateways if len(model.outgoing(e.id)) > 1}
    round_about = in_rounds([e for e in model.elements if e not in decided], into)
    for element in model.elements.values():
        if element.id in round_about or (element.id not in ending and not element.is_triggered):
            zh, en = "此处的循环没有出口，流程永远不会结束", "the flow goes round here and never comes to an end"
            yield _at(element, "endless-loop", zh, en)


def _led_from(todo: list[str], into: dict[str, list[str]]) -> set[str]:
    """The elements that lead to one of these."""
    found: set[str] = set()
    while todo:
        current = todo.pop()
        if current not in found:
            found.add(current)
            todo += into.get(current, ())
    return found
