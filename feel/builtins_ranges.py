"""How points and ranges lie to each other: the range functions of the standard's library."""

from __future__ import annotations

from collections.abc import Callable

from feel import nodes
from feel.errors import FeelError, FeelFaultError
from feel.expression import constant_of, expression_of
from feel.functions import builtin
from feel.values import Range, at_least, equal, kind_of, lift


def _span(value: object) -> Range:
    value = lift(value)
    if value is None:
        raise FeelFaultError("a range function does not take null")
    return value if isinstance(value, Range) else Range(value, True, value, True)


def _less(left: object, right: object) -> bool:
    answer = at_least(right, left, included=False)
    if answer is None:
        raise FeelFaultError(f"{kind_of(left)} and {kind_of(right)} cannot be compared")
    return answer


def _same(left: object, right: object) -> bool:
    return not _less(left, right) and not _less(right, left)


def _before(first: Range, second: Range) -> bool:
    if first.high is None or second.low is None:
        return False
    touching = _same(first.high, second.low) and not (first.high_included and second.low_included)
    return _less(first.high, second.low) or touching


def _meets(first: Range, second: Range) -> bool:
    included = first.high_included and second.low_included
    return first.high is not None and second.low is not None and included and _same(first.high, second.low)


def _starts_at_or_after(inner: Range, outer: Range) -> bool:
    if outer.low is None:
        return True
    if inner.low is None:
        return False
    same = _same(inner.low, outer.low) and (outer.low_included or not inner.low_included)
    return _less(outer.low, inner.low) or same


def _ends_at_or_before(inner: Range, outer: Range) -> bool:
    if outer.high is None:
        return True
    if inner.high is None:
        return False
    same = _same(inner.high, outer.high) and (outer.high_included or not inner.high_included)
    return _less(inner.high, outer.high) or same


def _during(inner: Range, outer: Range) -> bool:
    return _starts_at_or_after(inner, outer) and _ends_at_or_before(inner, outer)


def _overlaps(first: Range, second: Range) -> bool:
    return not _before(first, second) and not _before(second, first)


def _same_start(first: Range, second: Range) -> bool:
    if first.low is None or second.low is None:
        return False
    return _same(first.low, second.low) and first.low_included == second.low_included


def _same_end(first: Range, second: Range) -> bool:
    if first.high is None or second.high is None:
        return False
    return _same(first.high, second.high) and first.high_included == second.high_included


def _overlaps_before(first: Range, second: Range) -> bool:
    return _overlaps(first, second) and not _starts_at_or_after(first, second) and _ends_at_or_before(first, second)


def _overlaps_after(first: Range, second: Range) -> bool:
    return _overlaps_before(second, first)


def _starts(first: Range, second: Range) -> bool:
    return _same_start(first, second) and _ends_at_or_before(first, second)


def _finishes(first: Range, second: Range) -> bool:
    return _same_end(first, second) and _starts_at_or_after(first, second)


def _coincides(first: Range, second: Range) -> bool:
    return equal(first, second) is True


_Relation = Callable[[Range, Range], bool]


def _register(name: str, relation: _Relation, *signatures: tuple[bool, bool]) -> None:
    """Register a relation for the pairs of (point or range) that it takes; True stands for a range."""

    def target(first: object, second: object) -> bool:
        given = isinstance(lift(first), Range), isinstance(lift(second), Range)
        if given not in signatures:
            raise FeelFaultError("does not take these")
        return relation(_span(first), _span(second))

    parameters = (("point1", "point2"), ("point", "range"), ("range", "point"), ("range1", "range2"))
    kinds = ((False, False), (False, True), (True, False), (True, True))
    for names, kind in zip(parameters, kinds, strict=True):
        if kind in signatures:
            builtin(f"{name}({names[0]}: any, {names[1]}: any)")(target)


_PP, _PR, _RP, _RR = (False, False), (False, True), (True, False), (True, True)
_register("before", _before, _PP, _PR, _RP, _RR)
_register("after", lambda first, second: _before(second, first), _PP, _PR, _RP, _RR)
_register("meets", _meets, _RR)
_register("met by", lambda first, second: _meets(second, first), _RR)
_register("overlaps", _overlaps, _RR)
_register("overlaps before", _overlaps_before, _RR)
_register("overlaps after", _overlaps_after, _RR)
_register("finishes", _finishes, _PR, _RR)
_register("finished by", lambda first, second: _finishes(second, first), _RP, _RR)
_register("includes", lambda first, second: _during(second, first), _RP, _RR)
_register("during", _during, _PR, _RR)
_register("starts", _starts, _PR, _RR)
_register("started by", lambda first, second: _starts(second, first), _RP, _RR)
_register("coincides", _coincides, _PP, _RR)


@builtin("range(from: string)")
def range_from(text: str) -> Range:
    """Read a range between two literals, as in `range("[18..21)")`."""
    try:
        node = expression_of(text.strip()).node
    except FeelError as error:
        raise FeelFaultError(f"{text!r} is not a range") from error
    if not isinstance(node, nodes.RangeNode):
        raise FeelFaultError(f"{text!r} is not a range")
    low, high = constant_of(node.low), constant_of(node.high)
    if low is None or kind_of(low) != kind_of(high) or at_least(high, low, included=True) is not True:
        raise FeelFaultError(f"{text!r} does not lie between two literals in order")
    return Range(low, node.low_included, high, node.high_included)
