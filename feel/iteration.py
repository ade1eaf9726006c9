"""`for`, `some` and `every`: walking over lists and ranges, one variable after the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from feel.errors import FeelFaultError
from feel.scope import Scope
from feel.values import NUMBERS, Range, at_least, kind_of, lift, number_of

Code = Callable[[Scope], object]


@dataclass(frozen=True, slots=True)
class Loop:
    """One `name in source`, or `name in source..end`, compiled."""

    name: str
    source: Code
    end: Code | None


def numbers(first: Decimal, last: Decimal) -> Iterator[object]:
    """Count from the first number to the last, up or down."""
    step = Decimal(1 if last >= first else -1)
    number = first
    while (last - number) * step >= 0:
        yield number
        number = NUMBERS.add(number, step)


def _days(first: dt.date, last: dt.date) -> Iterator[object]:
    step = 1 if last >= first else -1
    for ordinal in range(first.toordinal(), last.toordinal() + step, step):
        yield dt.date.fromordinal(ordinal)


def between(first: object, last: object) -> Iterator[object]:
    """Walk from one end to the other, both included."""
    first, last = lift(first), lift(last)
    if kind_of(first) == kind_of(last) == "date" and isinstance(first, dt.date) and isinstance(last, dt.date):
        return _days(first, last)
    return numbers(number_of(first), number_of(last))


def _within(span: Range) -> Iterator[object]:
    if at_least(span.high, span.low, included=True) is not True:
        raise FeelFaultError("the range is empty")
    for value in between(span.low, span.high):
        left_out = (value == span.low and not span.low_included) or (value == span.high and not span.high_included)
        if not left_out:
            yield value


def walk(loop: Loop, scope: Scope) -> Iterator[object]:
    """Give the values a variable takes; a fault when there is nothing to walk over."""
    source = loop.source(scope)
    if loop.end is not None:
        return between(source, loop.end(scope))
    if isinstance(source, Range):
        return _within(source)
    if isinstance(source, list | tuple):
        return map(lift, source)
    if source is None:
        raise FeelFaultError("there is nothing to iterate over")
    return iter([source])


def rounds(loops: tuple[Loop, ...], scope: Scope, variables: dict[str, object], cost: int) -> Iterator[Scope]:
    """Open a scope for each combination of the variables, the last one turning fastest."""
    first, rest = loops[0], loops[1:]
    for value in walk(first, scope.inner(variables)):
        scope.run.spend(cost)
        chosen = {**variables, first.name: value}
        if rest:
            yield from rounds(rest, scope, chosen, cost)
        else:
            yield scope.inner(chosen)
