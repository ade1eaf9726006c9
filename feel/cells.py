"""The cells of a decision table as sets of elementary pieces, so that they can be intersected and complemented.

A column is cut at every value its tests mention. Between and at these points nothing changes, so a cell is a set of
such pieces. A column is analysable when its tests are ranges, comparisons and literals of one type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cmp_to_key

from feel import nodes
from feel.compiler_operators import compare
from feel.expression import UnaryTests, constant_of
from feel.temporal import format_temporal
from feel.values import at_least, kind_of

Passes = Callable[[int], bool | None]
_DISCRETE = frozenset({"string", "boolean"})


@dataclass(frozen=True, slots=True)
class Column:
    """The points a column is cut at, in order; `closed` when no other values exist."""

    kind: str
    points: tuple[object, ...]
    closed: bool
    permitted: frozenset[int] | None = None

    @property
    def pieces(self) -> range:
        """Number the pieces: odd ones are points, even ones what lies between them."""
        return range(2 * len(self.points) + 1) if self.kind not in _DISCRETE else range(1, 2 * len(self.points) + 2, 2)

    def all(self) -> frozenset[int]:
        """Return every piece there is."""
        pieces = [n for n in self.pieces if not (self.closed and n == 2 * len(self.points) + 1)]
        return frozenset(pieces) if self.permitted is None else self.permitted

    def describe(self, piece: int) -> str:
        """Write a piece as an example of its values."""
        point = piece // 2
        if piece % 2 and point < len(self.points):
            return _text(self.points[point])
        if self.kind in _DISCRETE:
            return "…"
        if point == 0:
            return f"< {_text(self.points[0])}" if self.points else "…"
        low = _text(self.points[point - 1])
        return f"> {low}" if point == len(self.points) else f"({low}..{_text(self.points[point])})"


def _text(value: object) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    return format_temporal(value) or str(value)


@dataclass(frozen=True, slots=True)
class Cell:
    """A set of pieces of a column."""

    column: Column
    members: frozenset[int]

    def __bool__(self) -> bool:
        """Tell whether it has any."""
        return bool(self.members)

    def common(self, other: Cell) -> Cell:
        """Return what both have."""
        return Cell(self.column, self.members & other.members)

    def everything(self) -> Cell:
        """Return all of the column."""
        return Cell(self.column, self.column.all())

    def pieces(self, cells: Sequence[Cell]) -> Iterator[Cell]:
        """Split into cells whose members all of the given cells treat alike."""
        groups: dict[tuple[bool, ...], set[int]] = {}
        for member in sorted(self.members):
            groups.setdefault(tuple(member in cell.members for cell in cells), set()).add(member)
        return (Cell(self.column, frozenset(group)) for group in groups.values())

    def example(self) -> str:
        """Write one of its members."""
        return self.column.describe(min(self.members))


def _ends(test: nodes.Node) -> tuple[nodes.Node, ...]:
    if isinstance(test, nodes.TestNode):
        return (test.operand,)
    return (test.low, test.high) if isinstance(test, nodes.RangeNode) else (test,)


def _constants(tests: Iterable[UnaryTests | None]) -> list[object]:
    found = (end for cell in tests if cell is not None for test in cell.node.tests for end in _ends(test))
    return [constant_of(end) for end in found]


def _order(left: object, right: object) -> int:
    if isinstance(left, bool):
        return int(left) - int(bool(right))
    return -1 if at_least(right, left, included=False) else 1


def column_of(allowed: UnaryTests | None, tests: Sequence[UnaryTests | None]) -> Column | None:
    """Cut a column at the values its tests mention; None when they cannot be foreseen."""
    values = _constants([*tests, allowed])
    kinds = {kind_of(value) for value in values}
    if None in values or len(kinds) > 1:
        return None
    kind = kinds.pop() if kinds else "Any"
    if kind == "boolean":
        return Column(kind, (False, True), closed=True)
    if kind in ("list", "context", "range", "function"):
        return None
    distinct: list[object] = []
    for value in values:
        if value not in distinct:
            distinct.append(value)
    closed = allowed is not None and bool(allowed.node.tests)
    column = Column(kind, tuple(sorted(distinct, key=cmp_to_key(_order))), closed=closed and kind == "string")
    permitted = cell_of(allowed, column) if closed and allowed is not None else None
    return column if permitted is None else Column(kind, column.points, column.closed, permitted.members)


def _side(operator: str, value: object, column: Column) -> Passes:
    """Turn a comparison with a constant into a question about pieces."""
    if column.kind in _DISCRETE and operator not in ("=", "!="):
        return lambda piece: None
    position = 2 * column.points.index(value) + 1

    def passes(piece: int) -> bool | None:
        if piece % 2 and piece // 2 < len(column.points):
            return compare(operator, column.points[piece // 2], value)
        return {"=": False, "!=": True, "<": piece < position, "<=": piece < position}.get(operator, piece > position)

    return passes


def _passes(test: nodes.Node, column: Column) -> tuple[Passes, ...]:
    """Turn a test into questions that all must be answered with yes."""
    if isinstance(test, nodes.RangeNode):
        low, high = ">=" if test.low_included else ">", "<=" if test.high_included else "<"
        return _side(low, constant_of(test.low), column), _side(high, constant_of(test.high), column)
    if isinstance(test, nodes.TestNode):
        return (_side(test.operator, constant_of(test.operand), column),)
    return (_side("=", constant_of(test), column),)


def _all(answers: list[bool | None]) -> bool | None:
    return None if None in answers else all(answers)


def cell_of(tests: UnaryTests, column: Column) -> Cell | None:
    """Turn a cell of the table into the pieces it accepts; None when that cannot be foreseen."""
    if not tests.node.tests:
        return Cell(column, column.all())
    questions = [_passes(test, column) for test in tests.node.tests]
    members: set[int] = set()
    for piece in column.all():
        answers = [_all([ask(piece) for ask in test]) for test in questions]
        if None in answers:
            return None
        if any(answers) is not tests.node.negated:
            members.add(piece)
    return Cell(column, frozenset(members))
