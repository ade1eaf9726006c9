"""List, boolean and statistical functions of the standard's library."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import cmp_to_key

from feel.errors import FeelFaultError
from feel.functions import Function, builtin, running_builtin
from feel.scope import WEIGHT_LIMIT, Run
from feel.values import NUMBERS, YearsMonthsDuration, at_least, equal, kind_of, lift, list_of, number_of, whole_of


@builtin("not(negand: any)")
def negation(value: object) -> bool | None:
    """Turn a boolean around; anything else becomes null."""
    return not value if isinstance(value, bool) else None


@builtin("is(value1: any, value2: any)")
def identical(first: object, second: object) -> bool:
    """Tell whether two values are the same, type included."""
    return kind_of(first) == kind_of(second) and equal(first, second) is True


def _truths(items: list[object]) -> list[bool | None]:
    if any(item is not None and not isinstance(item, bool) for item in items):
        raise FeelFaultError("expected booleans")
    return [item if isinstance(item, bool) else None for item in items]


@builtin("all(*list: list)")
def every(items: list[object]) -> bool | None:
    """Tell whether all are true."""
    truths = _truths(items)
    return False if False in truths else None if None in truths else True


@builtin("any(*list: list)")
def some(items: list[object]) -> bool | None:
    """Tell whether one is true."""
    truths = _truths(items)
    return True if True in truths else None if None in truths else False


@builtin("count(list: list)")
def count(items: list[object]) -> Decimal:
    """Count the items."""
    return Decimal(len(items))


def _extreme(items: list[object], better: Callable[[object, object], bool | None]) -> object:
    if not items:
        return None
    best = lift(items[0])
    if at_least(best, best, included=True) is None:
        raise FeelFaultError("the items have no order")
    for item in items[1:]:
        answer = better(item, best)
        if answer is None:
            raise FeelFaultError("the items cannot be compared")
        best = lift(item) if answer else best
    return best


@builtin("min(*list: list)")
def smallest(items: list[object]) -> object:
    """Return the smallest item."""
    return _extreme(items, lambda item, best: at_least(best, item, included=True))


@builtin("max(*list: list)")
def largest(items: list[object]) -> object:
    """Return the largest item."""
    return _extreme(items, lambda item, best: at_least(item, best, included=True))


def _numbers(items: list[object]) -> list[Decimal]:
    if not items:
        raise FeelFaultError("the list is empty")
    return [number_of(item) for item in items]


def _total(numbers: list[Decimal]) -> Decimal:
    total = Decimal(0)
    for number in numbers:
        total = NUMBERS.add(total, number)
    return total


@builtin("sum(*list: list)")
def total(items: list[object]) -> object:
    """Add numbers, or durations of one kind."""
    if items and all(isinstance(item, dt.timedelta) for item in items):
        return sum((item for item in items if isinstance(item, dt.timedelta)), dt.timedelta())
    if items and all(isinstance(item, YearsMonthsDuration) for item in items):
        return YearsMonthsDuration(sum(item.months_total for item in items if isinstance(item, YearsMonthsDuration)))
    return _total(_numbers(items))


@builtin("product(*list: list)")
def product(items: list[object]) -> Decimal:
    """Multiply numbers."""
    result = Decimal(1)
    for number in _numbers(items):
        result = NUMBERS.multiply(result, number)
    return result


@builtin("mean(*list: list)")
def mean(items: list[object]) -> Decimal:
    """Return the average."""
    numbers = _numbers(items)
    return NUMBERS.divide(_total(numbers), Decimal(len(numbers)))


@builtin("median(*list: list)")
def median(items: list[object]) -> Decimal | None:
    """Return the number in the middle, or the mean of the two."""
    if not items:
        return None
    numbers = sorted(_numbers(items))
    middle = len(numbers) // 2
    if len(numbers) % 2:
        return numbers[middle]
    return NUMBERS.divide(NUMBERS.add(numbers[middle - 1], numbers[middle]), Decimal(2))


@builtin("stddev(*list: list)")
def standard_deviation(items: list[object]) -> Decimal:
    """Return the standard deviation of a sample."""
    numbers = _numbers(items)
    if len(numbers) < 2:
        raise FeelFaultError("a standard deviation needs two numbers")
    average = NUMBERS.divide(_total(numbers), Decimal(len(numbers)))
    squares = [NUMBERS.power(NUMBERS.subtract(number, average), 2) for number in numbers]
    return NUMBERS.sqrt(NUMBERS.divide(_total(squares), Decimal(len(numbers) - 1)))


@builtin("mode(*list: list)")
def mode(items: list[object]) -> list[object]:
    """Return the most frequent numbers, in order."""
    if not items:
        return []
    counts: dict[Decimal, int] = {}
    for number in _numbers(items):
        counts[number] = counts.get(number, 0) + 1
    most = max(counts.values())
    return [number for number in sorted(counts) if counts[number] == most]


def _contains(items: list[object], value: object) -> bool:
    return any(equal(item, value) is True for item in items)


@builtin("list contains(list: list, element: any)")
def list_contains(items: list[object], value: object) -> bool:
    """Tell whether an item is equal to the value."""
    return _contains(items, value)


@builtin("sublist(list: list, start position: number, length?: number?)")
def sublist(items: list[object], start: Decimal, length: Decimal | None = None) -> list[object]:
    """Cut from a position counted from 1, or from -1 backwards."""
    position, size = whole_of(start), None if length is None else whole_of(length)
    first = position - 1 if position > 0 else len(items) + position
    beyond = position == 0 or abs(position) > len(items)
    if beyond or (size is not None and (size < 0 or first + size > len(items))):
        raise FeelFaultError("there is no such part of the list")
    return items[first:] if size is None else items[first : first + size]


@builtin("append(list: list, *item: list)")
def append(items: list[object], more: list[object]) -> list[object]:
    """Add items at the end."""
    return [*items, *more]


@builtin("concatenate(*list: list)")
def concatenate(lists: list[object]) -> list[object]:
    """Put lists one after the other."""
    return [item for part in lists for item in list_of(part)]


def _index(items: list[object], position: Decimal, *, beyond: int = 0) -> int:
    index = whole_of(position)
    if index == 0 or abs(index) > len(items) + beyond:
        raise FeelFaultError(f"there is no position {position}")
    return index - 1 if index > 0 else len(items) + index


@builtin("insert before(list: list, position: number, newItem: any)")
def insert_before(items: list[object], position: Decimal, item: object) -> list[object]:
    """Insert an item at a position."""
    index = _index(items, position)
    return [*items[:index], item, *items[index:]]


@builtin("remove(list: list, position: number)")
def remove(items: list[object], position: Decimal) -> list[object]:
    """Leave out the item at a position."""
    index = _index(items, position)
    return [*items[:index], *items[index + 1 :]]


@builtin("list replace(list: list, position: number, newItem: any)")
def replace_at(items: list[object], position: Decimal, item: object) -> list[object]:
    """Replace the item at a position."""
    index = _index(items, position)
    return [*items[:index], item, *items[index + 1 :]]


@running_builtin("list replace(list: list, match: function, newItem: any)")
def replace_where(run: Run, items: list[object], match: Function, new: object) -> list[object]:
    """Replace the items for which a function of item and new item answers true."""
    answers = [match.invoke([lift(item), new], None, run) for item in items]
    return [new if answer is True else item for item, answer in zip(items, answers, strict=True)]


@builtin("reverse(list: list)")
def reverse(items: list[object]) -> list[object]:
    """Turn the order around."""
    return items[::-1]


@builtin("index of(list: list, match: any)")
def index_of(items: list[object], value: object) -> list[object]:
    """Return every position of a value."""
    return [Decimal(number) for number, item in enumerate(items, 1) if equal(item, value) is True]


def _distinct(run: Run, items: list[object]) -> list[object]:
    distinct: list[object] = []
    for item in items:
        run.spend(1 + len(distinct) // 8)
        if not _contains(distinct, item):
            distinct.append(lift(item))
    return distinct


@running_builtin("distinct values(list: list)")
def distinct_values(run: Run, items: list[object]) -> list[object]:
    """Keep the first of equal items."""
    return _distinct(run, items)


@running_builtin("duplicate values(list: list)")
def duplicate_values(run: Run, items: list[object]) -> list[object]:
    """Return the items that occur more than once, each once."""
    run.spend(len(items) * len(items) // 8)
    return _distinct(run, [item for item in items if sum(equal(item, other) is True for other in items) > 1])


@running_builtin("union(*list: list)")
def union(run: Run, lists: list[object]) -> list[object]:
    """Put lists one after the other and keep the first of equal items."""
    return _distinct(run, concatenate(lists))


@builtin("flatten(list: list)")
def flatten(items: list[object]) -> list[object]:
    """Dissolve lists within lists."""
    flat: list[object] = []
    waiting = items[::-1]
    while waiting and len(flat) < WEIGHT_LIMIT:
        item = waiting.pop()
        if isinstance(item, list | tuple):
            waiting.extend(reversed(item))
        else:
            flat.append(lift(item))
    return flat


@running_builtin("sort(list: list, precedes?: function)")
def sort(run: Run, items: list[object], precedes: Function | None = None) -> list[object]:
    """Sort by a function that tells whether its first argument comes before its second; by value without one."""

    def before(left: object, right: object) -> object:
        run.spend(1)
        if precedes is None:
            return at_least(right, left, included=False)
        return precedes.invoke([left, right], None, run)

    def order(left: object, right: object) -> int:
        return -1 if before(left, right) is True else 1 if before(right, left) is True else 0

    return sorted(map(lift, items), key=cmp_to_key(order))


@builtin("partition(list: list, size: number)")
def partition(items: list[object], size: Decimal) -> list[object]:
    """Cut into lists of a size."""
    width = whole_of(size)
    if width < 1:
        raise FeelFaultError("a part needs at least one item")
    return [items[start : start + width] for start in range(0, len(items), width)]
