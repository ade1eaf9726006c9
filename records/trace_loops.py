"""Loops in a graph: where a trail leads back to where it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def loops_of(size: int, links: Iterable[tuple[int, int]]) -> list[tuple[int, ...]]:
    """The sets of places that can reach one another, each sorted; a place that links to itself is one. Tarjan, 1972.

    Places are 0 … size-1. Takes time in proportion to places and links; deep trails do not exhaust the stack.
    """
    children: list[list[int]] = [[] for _ in range(size)]
    itself = set()
    for parent, child in links:
        children[parent].append(child)
        if parent == child:
            itself.add(parent)
    found = _Components(children).all()
    return sorted(tuple(sorted(each)) for each in found if len(each) > 1 or each[0] in itself)


class _Components:
    def __init__(self, children: list[list[int]]) -> None:
        self.children = children
        self.number: dict[int, int] = {}
        self.lowest: dict[int, int] = {}
        self.stack: list[int] = []
        self.on_stack: set[int] = set()
        self.found: list[list[int]] = []

    def all(self) -> list[list[int]]:
        for start in range(len(self.children)):
            if start not in self.number:
                self._from(start)
        return self.found

    def _from(self, start: int) -> None:
        path: list[tuple[int, Iterator[int]]] = [self._enter(start)]
        while path:
            place, rest = path[-1]
            child = next(rest, None)
            if child is None:
                path.pop()
                self._leave(place, path[-1][0] if path else None)
            elif child not in self.number:
                path.append(self._enter(child))
            elif child in self.on_stack:
                self.lowest[place] = min(self.lowest[place], self.number[child])

    def _enter(self, place: int) -> tuple[int, Iterator[int]]:
        self.number[place] = self.lowest[place] = len(self.number)
        self.stack.append(place)
        self.on_stack.add(place)
        return place, iter(self.children[place])

    def _leave(self, place: int, before: int | None) -> None:
        if before is not None:
            self.lowest[before] = min(self.lowest[before], self.lowest[place])
        if self.lowest[place] != self.number[place]:
            return
        component: list[int] = []
        while not component or component[-1] != place:
            component.append(self.stack.pop())
            self.on_stack.discard(component[-1])
        self.found.append(component)
