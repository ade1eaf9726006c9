"""The token game of a model, played through before the model may be deployed.

Every scope is a net (engine/token_net.py) whose choices, completions and interrupting events may go any way: what is
found safe here is safe whatever people answer. Found and refused are parallel gateways that wait for a token which
cannot come, elements that two tokens of a scope reach unsynchronised, and rounds of automatic elements with no way out.

All nets here are free-choice, so a token that nobody else can catch up with may move first without hiding a deadlock or
a second token; only where several tokens stand at places with several ways in is every order tried. That keeps parallel
branches from multiplying. If there are still too many markings, tokens move one at a time only: this still finds every
deadlock, though perhaps not every element reached twice; a model too large even for that is refused as too complex.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.findings import Finding
from engine.process_model import Element, ProcessModel
from engine.graph import in_rounds
from engine.token_net import Net, nets_of

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


def _play(net: Net) -> None:
    try:
        _Game(net).play()
    except _TooManyMarkingsError:
        _Game(net, one_by_one=True).play()


class _Game:
    """The reachable markings of a net, as far as they differ in what may go wrong."""

    def __init__(self, net: Net, *, one_by_one: bool = False) -> None:
        self.net, self.one_by_one = net, one_by_one
        self.joins = {place: join for join in net.joins for place in _places(join[0])}
        self.reach: dict[int, int] = {}
        self.into = self._into()

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
        merging: list[int] = []
        for place in _places(marking):
            if place in self.joins:
                taken, put = self.joins[place]
                if marking & taken == taken:
                    return [self._moved(marking, taken, put)]
            elif -1 in self.net.moves[place]:
                return []  # the end of everything
            elif self._moves_first(marking, place):
                return self._ways(marking, place)
            else:
                merging.append(place)
        if not merging and marking:
            raise _BlockedError("deadlock", next(_places(marking)), marking)
        return [after for place in merging for after in self._ways(marking, place)]

    def _moves_first(self, marking: int, place: int) -> bool:
        """True unless another token may arrive here, too."""
        if self.one_by_one or self.net.producers[place] < 2:
            return True
        return not self._reaching(place) & marking & ~(1 << place)

    def _ways(self, marking: int, place: int) -> list[int]:
        return [self._moved(marking, 1 << place, put) for put in self.net.moves[place]]

    def _moved(self, marking: int, taken: int, put: int) -> int:
        left = marking & ~taken
        twice = left & put
        for place in _places(put):
            twice |= (left | put) & self.net.siblings.get(place, 0)
        if twice:
            raise _BlockedError("unsynchronised", next(_places(twice)), left | put)
        return left | put

    def _into(self) -> dict[int, int]:
        """The places from which each place is reached in one move."""
        into: dict[int, int] = {}
        moves = [(1 << place, put) for place, ways in self.net.moves.items() for put in ways if put >= 0]
        for taken, put in [*moves, *self.net.joins]:
            for place in _places(put):
                into[place] = into.get(place, 0) | taken
        return into

    def _reaching(self, place: int) -> int:
        """All places from which a token may come to this one."""
        if place not in self.reach:
            found, todo = 0, self.into.get(place, 0)
            while todo:
                found |= todo
                new = 0
                for each in _places(todo):
                    new |= self.into.get(each, 0)
                todo = new & ~found
            self.reach[place] = found
        return self.reach[place]


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
    zh = f"并行网关会永远等待来自“{names}”的路径，流程将停滞；排他分支请用排他网关汇合"
    en = f"the parallel gateway may wait for ever for the path from {', '.join(missing)}"
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
        if element.id in round_about or element.id not in ending:
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
