"""The trail of a trace as a tree of lines, for pages and papers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from records.trace_query import Way
from records.trace_scope import Scope, ScopeRow
from records.trace_words import Direction

#: steps that the tree goes from the lot
MOST_STEPS = 12


@dataclass(frozen=True)
class TreeLine:
    """A line of the tree: a row of the scope, how far from where the tree begins, and how much came over the link."""

    place: int
    row: ScopeRow
    depth: int
    quantity: Decimal | None = None
    is_repeated: bool = False


Neighbours = dict[int, list[tuple[int, Decimal]]]


def _neighbours(scope: Scope, way: Way) -> Neighbours:
    found: Neighbours = {}
    for link in scope.links:
        here, there = (link.child, link.parent) if way is Way.UP else (link.parent, link.child)
        found.setdefault(here, []).append((there, link.quantity))
    return found


def tree(scope: Scope, way: Way, most: int) -> list[TreeLine]:
    """The trail one way from the lots asked for, line by line, depth first, at most so many lines.

    A row met again is named but not followed again.
    """
    seeds = [place for place, row in enumerate(scope.rows) if row.direction is Direction.SEED]
    downwards, neighbours = _neighbours(scope, Way.DOWN), _neighbours(scope, way)
    reached = {there for here in seeds for there, _quantity in downwards.get(here, ())}
    begins = [place for place in seeds if place not in reached] or seeds[:1]  # where the lots began
    lines: list[TreeLine] = []
    told: set[int] = set()
    for place in begins:
        lines += islice(_follow(scope, place, neighbours, told), most - len(lines))
    return lines


def _follow(scope: Scope, begin: int, neighbours: Neighbours, told: set[int]) -> Iterator[TreeLine]:
    stack: list[tuple[int, int, Decimal | None]] = [(begin, 0, None)]
    while stack:
        place, depth, quantity = stack.pop()
        is_repeated = place in told
        yield TreeLine(place, scope.rows[place], depth, quantity, is_repeated)
        told.add(place)
        if not is_repeated and depth < MOST_STEPS:
            stack += [(there, depth + 1, much) for there, much in reversed(neighbours.get(place, []))]
