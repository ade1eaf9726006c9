"""Temporal functions of the standard's library.

`now()` and `today()` are not here: the time is handed in, as a function of the caller.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from feel.arithmetic import add_months, as_moment
from feel.errors import FeelFaultError
from feel.functions import builtin
from feel.temporal import parse_date, parse_date_and_time, parse_duration, parse_time
from feel.values import YearsMonthsDuration, whole_of

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_FARTHEST = dt.timedelta(hours=18)


@builtin("date(from: string)")
def date_from_text(text: str) -> dt.date:
    """Read a date."""
    return parse_date(text)


@builtin("date(from: date)")
def date_from_moment(value: dt.date) -> dt.date:
    """Take the date of a date and time."""
    return value.date() if isinstance(value, dt.datetime) else value


@builtin("date(year: number, month: number, day: number)")
def date_from_parts(year: Decimal, month: Decimal, day: Decimal) -> dt.date:
    """Put a date together."""
    try:
        return dt.date(whole_of(year), whole_of(month), whole_of(day))
    except ValueError as error:
        raise FeelFaultError("there is no such date") from error


@builtin("time(from: string)")
def time_from_text(text: str) -> dt.time:
    """Read a time."""
    return parse_time(text)


@builtin("time(from: temporal)")
def time_from_moment(value: dt.date | dt.time) -> dt.time:
    """Take the time of a date and time; a date is its midnight in UTC."""
    if isinstance(value, dt.time):
        return value
    return value.timetz() if isinstance(value, dt.datetime) else dt.time(tzinfo=dt.UTC)


@builtin("time(hour: number, minute: number, second: number, offset?: any)")
def time_from_parts(hour: Decimal, minute: Decimal, second: Decimal, offset: object = None) -> dt.time:
    """Put a time together."""
    if offset is not None and (not isinstance(offset, dt.timedelta) or abs(offset) > _FARTHEST):
        raise FeelFaultError("there is no such offset")
    zone = dt.timezone(offset) if isinstance(offset, dt.timedelta) else None
    whole = whole_of(second)
    try:
        return dt.time(whole_of(hour), whole_of(minute), whole, int((second - whole) * 1_000_000), zone)
    except ValueError as error:
        raise FeelFaultError("there is no such time") from error


@builtin("date and time(from: string)")
def moment_from_text(text: str) -> dt.datetime:
    """Read a date and time."""
    return parse_date_and_time(text)


@builtin("date and time(from: date)")
def moment_from_date(value: dt.date) -> dt.datetime:
    """Take a date as its midnight."""
    return as_moment(value)


@builtin("date and time(date: date, time: time)")
def moment_from_parts(date: dt.date, time: dt.time) -> dt.datetime:
    """Put a date and a time together."""
    return dt.datetime.combine(date_from_moment(date), time)


@builtin("date and time(from: datetime, timezone: string)")
def moment_in_zone(moment: dt.datetime, zone: str) -> dt.datetime:
    """Say the same moment in another zone."""
    if moment.tzinfo is None:
        raise FeelFaultError("a local date and time has no moment")
    return moment.astimezone(parse_time(f"00:00:00@{zone}").tzinfo)


@builtin("duration(from: string)")
def duration(text: str) -> dt.timedelta | YearsMonthsDuration:
    """Read a duration."""
    return parse_duration(text)


@builtin("duration(from: span)")
def same_duration(value: dt.timedelta | YearsMonthsDuration) -> dt.timedelta | YearsMonthsDuration:
    """Take a duration as it is."""
    return value


@builtin("years and months duration(from: date, to: date)")
def years_and_months(first: dt.date, last: dt.date) -> YearsMonthsDuration:
    """Count the whole months from one date to another."""
    start, end = date_from_moment(first), date_from_moment(last)
    sign, early, late = (-1, end, start) if start > end else (1, start, end)
    months = (late.year - early.year) * 12 + late.month - early.month
    if months and add_months(early, months) > late:
        months -= 1
    return YearsMonthsDuration(sign * months)


@builtin("day of year(date: date)")
def day_of_year(value: dt.date) -> Decimal:
    """Count the days since the year began."""
    return Decimal(value.timetuple().tm_yday)


@builtin("day of week(date: date)")
def day_of_week(value: dt.date) -> str:
    """Name the day."""
    return _DAYS[value.weekday()]


@builtin("month of year(date: date)")
def month_of_year(value: dt.date) -> str:
    """Name the month."""
    return _MONTHS[value.month - 1]


@builtin("week of year(date: date)")
def week_of_year(value: dt.date) -> Decimal:
    """Number the week as ISO 8601 does."""
    return Decimal(value.isocalendar().week)


@builtin("last day of month(date: date)")
def last_day_of_month(value: dt.date) -> dt.date:
    """Return the last date of the month."""
    first = date_from_moment(value).replace(day=1)
    return add_months(first, 1) - dt.timedelta(days=1) if first < dt.date(9999, 12, 1) else dt.date(9999, 12, 31)
