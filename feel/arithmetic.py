"""`+ - * / **` over every type that has them."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Callable
from decimal import Decimal

from feel.errors import FeelFaultError
from feel.scope import TEXT_LIMIT
from feel.values import NUMBERS, YearsMonthsDuration, kind_of, lift, number_of

Operation = Callable[[object, object], object]
_Pair = tuple[str, str]


def add_months(value: dt.date, months: int) -> dt.date:
    """Move by months; a day that the month does not have becomes its last."""
    index = value.year * 12 + value.month - 1 + months
    year, month = divmod(index, 12)
    if not 1 <= year <= 9999:
        raise FeelFaultError("the date is out of range")
    return value.replace(year=year, month=month + 1, day=min(value.day, monthrange(year, month + 1)[1]))


def _move(value: dt.date, span: dt.timedelta | YearsMonthsDuration) -> dt.date:
    if isinstance(span, YearsMonthsDuration):
        return add_months(value, span.months_total)
    if isinstance(value, dt.datetime):
        return value + span
    return (dt.datetime.combine(value, dt.time()) + span).date()


def _move_time(value: dt.time, span: dt.timedelta) -> dt.time:
    moment = dt.datetime.combine(dt.date(2000, 1, 1), value.replace(tzinfo=None))
    rest = dt.timedelta(seconds=span.total_seconds() % 86_400)
    return (moment + rest).timetz().replace(tzinfo=value.tzinfo)


def as_moment(value: dt.date, like: object = None) -> dt.datetime:
    """Take a date as its midnight, in UTC where the other side has an offset."""
    if isinstance(value, dt.datetime):
        return value
    aware = isinstance(like, dt.datetime) and like.tzinfo is not None
    return dt.datetime.combine(value, dt.time(), tzinfo=dt.UTC if aware else None)


def _apart(left: dt.date, right: dt.date) -> dt.timedelta:
    return as_moment(left, right) - as_moment(right, left)


def _apart_times(left: dt.time, right: dt.time) -> dt.timedelta:
    day = dt.date(2000, 1, 1)
    return dt.datetime.combine(day, left) - dt.datetime.combine(day, right)


def scale(span: dt.timedelta, factor: Decimal) -> dt.timedelta:
    """Multiply a duration without passing through floats."""
    micro = NUMBERS.multiply(Decimal(span // dt.timedelta(microseconds=1)), factor)
    return dt.timedelta(microseconds=int(micro))


def _scale_months(span: YearsMonthsDuration, factor: Decimal) -> YearsMonthsDuration:
    return YearsMonthsDuration(int(NUMBERS.multiply(Decimal(span.months_total), factor)))


def _inverse(number: Decimal) -> Decimal:
    return NUMBERS.divide(Decimal(1), number)


def _ratio(left: dt.timedelta, right: dt.timedelta) -> Decimal:
    micro = dt.timedelta(microseconds=1)
    return NUMBERS.divide(Decimal(left // micro), Decimal(right // micro))


def _concatenate(left: str, right: str) -> str:
    if len(left) + len(right) > 2 * TEXT_LIMIT:
        raise FeelFaultError("the text is too long")
    return left + right


def _months(months: int) -> YearsMonthsDuration:
    return YearsMonthsDuration(months)


_NUMBER, _STRING, _DATE, _TIME, _MOMENT = "number", "string", "date", "time", "date and time"
_DAYS, _MONTHS = "days and time duration", "years and months duration"
_Table = dict[_Pair, Callable[..., object]]
_ADD: _Table = {
    (_NUMBER, _NUMBER): NUMBERS.add,
    (_STRING, _STRING): _concatenate,
    (_DAYS, _DAYS): lambda a, b: a + b,
    (_MONTHS, _MONTHS): lambda a, b: _months(a.months_total + b.months_total),
    (_TIME, _DAYS): _move_time,
    (_DAYS, _TIME): lambda a, b: _move_time(b, a),
    **{(day, span): _move for day in (_DATE, _MOMENT) for span in (_DAYS, _MONTHS)},
    **{(span, day): (lambda a, b: _move(b, a)) for day in (_DATE, _MOMENT) for span in (_DAYS, _MONTHS)},
}
_SUBTRACT: _Table = {
    (_NUMBER, _NUMBER): NUMBERS.subtract,
    (_DAYS, _DAYS): lambda a, b: a - b,
    (_MONTHS, _MONTHS): lambda a, b: _months(a.months_total - b.months_total),
    (_TIME, _DAYS): lambda a, b: _move_time(a, -b),
    (_TIME, _TIME): _apart_times,
    **{(day, _DAYS): (lambda a, b: _move(a, -b)) for day in (_DATE, _MOMENT)},
    **{(day, _MONTHS): (lambda a, b: _move(a, _months(-b.months_total))) for day in (_DATE, _MOMENT)},
    **{(left, right): _apart for left in (_DATE, _MOMENT) for right in (_DATE, _MOMENT)},
}
_MULTIPLY: _Table = {
    (_NUMBER, _NUMBER): NUMBERS.multiply,
    (_DAYS, _NUMBER): scale,
    (_NUMBER, _DAYS): lambda a, b: scale(b, a),
    (_MONTHS, _NUMBER): _scale_months,
    (_NUMBER, _MONTHS): lambda a, b: _scale_months(b, a),
}
_DIVIDE: _Table = {
    (_NUMBER, _NUMBER): NUMBERS.divide,
    (_DAYS, _NUMBER): lambda a, b: scale(a, _inverse(b)),
    (_DAYS, _DAYS): _ratio,
    (_MONTHS, _NUMBER): lambda a, b: _scale_months(a, _inverse(b)),
    (_MONTHS, _MONTHS): lambda a, b: NUMBERS.divide(Decimal(a.months_total), Decimal(b.months_total)),
}
_POWER: _Table = {(_NUMBER, _NUMBER): NUMBERS.power}
_TABLES = {"+": _ADD, "-": _SUBTRACT, "*": _MULTIPLY, "/": _DIVIDE, "**": _POWER}
#: The same operations for two numbers, for the fast path.
NUMBER_OPERATIONS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": NUMBERS.add,
    "-": NUMBERS.subtract,
    "*": NUMBERS.multiply,
    "/": NUMBERS.divide,
    "**": NUMBERS.power,
}


def calculate(operator: str, left: object, right: object) -> object:
    """Apply an operator; a fault when the two sides do not go together or there is no result."""
    left, right = lift(left), lift(right)
    kinds = kind_of(left), kind_of(right)
    operation = _TABLES[operator].get(kinds)
    if operation is None:
        raise FeelFaultError(f"{kinds[0]} {operator} {kinds[1]} has no value")
    try:
        return operation(left, right)
    except (ArithmeticError, TypeError, ValueError) as error:
        raise FeelFaultError(f"{left} {operator} {right} has no value") from error


def negate(value: object) -> object:
    """Turn a number or a duration around."""
    if isinstance(value, YearsMonthsDuration):
        return YearsMonthsDuration(-value.months_total)
    if isinstance(value, dt.timedelta):
        return -value
    return NUMBERS.minus(number_of(value))
