"""FEEL values as Python values: what they are, when they are equal, how they order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from functools import total_ordering

from feel.errors import FeelFaultError

#: Numbers are decimals of 34 digits (IEEE 754-2008 decimal128).
NUMBERS = Context(prec=34, Emin=-6143, Emax=6144, traps=[InvalidOperation, DivisionByZero, Overflow])
DaysTimeDuration = dt.timedelta


@total_ordering
@dataclass(frozen=True, slots=True)
class YearsMonthsDuration:
    """A span counted in months."""

    months_total: int

    @property
    def years(self) -> int:
        """Whole years, with the sign of the span."""
        years = abs(self.months_total) // 12
        return -years if self.months_total < 0 else years

    @property
    def months(self) -> int:
        """Months beyond the whole years, with the sign of the span."""
        return self.months_total - 12 * self.years

    def __lt__(self, other: YearsMonthsDuration) -> bool:
        """Order by length."""
        return self.months_total < other.months_total

    def __str__(self) -> str:
        """Write as ISO 8601."""
        if not self.months_total:
            return "P0M"
        years, months = abs(self.years), abs(self.months)
        text = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
        return ("-P" if self.months_total < 0 else "P") + text


@dataclass(frozen=True, slots=True)
class Range:
    """Everything between two ends; an end that is None is open to infinity."""

    low: object
    low_included: bool
    high: object
    high_included: bool

    def contains(self, value: object) -> bool | None:
        """Tell whether the value lies inside; None when it cannot be compared."""
        above = True if self.low is None else at_least(value, self.low, included=self.low_included)
        if above is not True:
            return above
        return True if self.high is None else at_least(self.high, value, included=self.high_included)


@dataclass(frozen=True, slots=True)
class TestRange(Range):
    """A range written as a comparison: `(< 10)`, `(= 10)` or `(!= 10)`."""

    __test__ = False
    operator: str

    def contains(self, value: object) -> bool | None:
        """Tell whether the comparison holds for the value."""
        if self.operator == "!=":
            same = equal(value, self.low)
            return None if same is None else not same
        if self.operator == "=":
            return equal(value, self.low)
        return Range.contains(self, value)


def _from_float(value: object) -> object:
    number = Decimal(repr(value))
    return NUMBERS.plus(number) if number.is_finite() else None


def _from_int(value: object) -> object:
    return Decimal(value) if isinstance(value, int) and -(10**34) < value < 10**34 else _big(value)


def _big(value: object) -> object:
    try:
        return NUMBERS.create_decimal(value) if isinstance(value, int) else None
    except (ArithmeticError, ValueError):
        return None


def _from_decimal(value: object) -> object:
    return value if isinstance(value, Decimal) and value.is_finite() else None


_LIFTS: dict[type, Callable[[object], object]] = {
    int: _from_int,
    float: _from_float,
    Decimal: _from_decimal,
    tuple: lambda value: list(value) if isinstance(value, tuple) else None,
}


def lift(value: object) -> object:
    """Bring a value of the context into FEEL: numbers become Decimal, the rest stays as it is."""
    change = _LIFTS.get(value.__class__)
    return value if change is None else change(value)


def kind_of(value: object) -> str:
    """Name the FEEL type of a value."""
    name = _KINDS.get(value.__class__)
    if name is not None:
        return name
    for python_type, kind in _KINDS.items():
        if isinstance(value, python_type):
            return kind
    if isinstance(value, Mapping):
        return "context"
    return "function" if callable(value) else "Any"


_KINDS: dict[type, str] = {
    type(None): "Null",
    bool: "boolean",
    Decimal: "number",
    int: "number",
    float: "number",
    str: "string",
    list: "list",
    tuple: "list",
    dict: "context",
    dt.datetime: "date and time",
    dt.date: "date",
    dt.time: "time",
    dt.timedelta: "days and time duration",
    YearsMonthsDuration: "years and months duration",
    Range: "range",
    TestRange: "range",
}
_ORDERED = frozenset(
    {"number", "string", "date", "time", "date and time", "days and time duration", "years and months duration"}
)


def _equal_lists(left: object, right: object) -> bool:
    if not isinstance(left, list | tuple) or not isinstance(right, list | tuple) or len(left) != len(right):
        return False
    return all(equal(a, b) is True for a, b in zip(left, right, strict=True))


def _equal_contexts(left: object, right: object) -> bool:
    if not isinstance(left, Mapping) or not isinstance(right, Mapping) or left.keys() != right.keys():
        return False
    return all(equal(left[key], right[key]) is True for key in left)


def _equal_ranges(left: object, right: object) -> bool:
    if not isinstance(left, Range) or not isinstance(right, Range) or left.__class__ is not right.__class__:
        return False
    same_ends = (left.low_included, left.high_included) == (right.low_included, right.high_included)
    operators = getattr(left, "operator", None) == getattr(right, "operator", None)
    ends = equal(left.low, right.low) is True and equal(left.high, right.high) is True
    return same_ends and operators and ends


_EQUALS: dict[str, Callable[[object, object], bool]] = {
    "list": _equal_lists,
    "context": _equal_contexts,
    "range": _equal_ranges,
}


def equal(left: object, right: object) -> bool | None:
    """Compare as `=` does: None when the two are of different types."""
    if left.__class__ is right.__class__ and left.__class__ in (str, Decimal, bool):
        return left == right
    left, right = lift(left), lift(right)
    if left is None or right is None:
        return left is right
    kind = kind_of(left)
    if kind != kind_of(right):
        return None
    compare = _EQUALS.get(kind)
    return bool(left == right) if compare is None else compare(left, right)


def at_least(left: object, right: object, *, included: bool) -> bool | None:
    """Compare as `>=` (or `>`, when the end is not included) does: None when there is no order between the two."""
    if left.__class__ is not Decimal or right.__class__ is not Decimal:
        left, right = lift(left), lift(right)
        kind = kind_of(left)
        if kind not in _ORDERED or kind != kind_of(right):
            return None
    try:
        return bool(left >= right) if included else bool(left > right)  # type: ignore[operator]
    except TypeError:
        return None


def text_of(value: object) -> str:
    """Require a string."""
    if not isinstance(value, str):
        raise FeelFaultError(f"expected a string, not a {kind_of(value)}")
    return value


def number_of(value: object) -> Decimal:
    """Require a number."""
    value = lift(value)
    if not isinstance(value, Decimal):
        raise FeelFaultError(f"expected a number, not a {kind_of(value)}")
    return value


def whole_of(value: object) -> int:
    """Require a number and drop its fraction; numbers too large to count with are refused."""
    number = number_of(value)
    if abs(number) > 10**9:
        raise FeelFaultError(f"{number} is too large")
    return int(number)


def list_of(value: object) -> list[object]:
    """Take a list as it is and anything else as a list of one."""
    if isinstance(value, list):
        return value
    if isinstance(value, tuple):
        return list(value)
    return [lift(value)]
