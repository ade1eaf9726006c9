"""Dates, times and durations: read from and written to ISO 8601, and their properties."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from zoneinfo import ZoneInfo

from feel.errors import FeelFaultError
from feel.values import Range, TestRange, YearsMonthsDuration

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_TIME = re.compile(
    r"T?(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|z|[+-]\d{2}:\d{2}(?::\d{2})?|@[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*)?",
    re.ASCII,
)
_DAYS = re.compile(
    r"(-)?P(?=\d|T)(?:(\d{1,15})D)?(?:T(?=\d)(?:(\d{1,15})H)?(?:(\d{1,15})M)?(?:(\d{1,15})(?:\.(\d{1,9}))?S)?)?",
    re.ASCII,
)
_MONTHS = re.compile(r"(-)?P(?=\d)(?:(\d{1,12})Y)?(?:(\d{1,12})M)?", re.ASCII)
_FARTHEST_OFFSET = dt.timedelta(hours=18)


def parse_zone(text: str) -> dt.tzinfo:
    """Read `Z`, an offset, or `@Area/City`."""
    if text in ("Z", "z"):
        return dt.UTC
    if text.startswith("@"):
        try:
            return ZoneInfo(text[1:])
        except (KeyError, ValueError, OSError) as error:
            raise FeelFaultError(f"there is no time zone {text[1:]!r}") from error
    parts = [int(part) for part in text[1:].split(":")]
    offset = dt.timedelta(hours=parts[0], minutes=parts[1], seconds=parts[2] if len(parts) > 2 else 0)
    if offset > _FARTHEST_OFFSET or parts[1] > 59 or parts[-1] > 59:
        raise FeelFaultError(f"there is no offset {text!r}")
    return dt.timezone(-offset if text[0] == "-" else offset)


def parse_date(text: str) -> dt.date:
    """Read `2024-05-01`."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise FeelFaultError(f"{text!r} is not a date")
    try:
        return dt.date(*(int(part) for part in match.groups()))
    except ValueError as error:
        raise FeelFaultError(f"{text!r} is not a date") from error


def parse_time(text: str) -> dt.time:
    """Read `08:30:00`, with an offset or a zone where given."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise FeelFaultError(f"{text!r} is not a time")
    hour, minute, second, fraction, zone = match.groups()
    if hour == "24" and (minute, second) == ("00", "00"):
        hour = "00"
    micro = int((fraction or "").ljust(6, "0")[:6])
    try:
        return dt.time(int(hour), int(minute), int(second), micro, parse_zone(zone) if zone else None)
    except ValueError as error:
        raise FeelFaultError(f"{text!r} is not a time") from error


def parse_date_and_time(text: str) -> dt.datetime:
    """Read `2024-05-01T08:30:00`; a date alone is its midnight."""
    day, _, rest = text.partition("T")
    date = parse_date(day)
    if "T" not in text:
        return dt.datetime.combine(date, dt.time())
    if rest[:1] == "T":
        raise FeelFaultError(f"{text!r} is not a date and time")
    time = parse_time(rest)
    moment = dt.datetime.combine(date, time)
    return moment + dt.timedelta(days=1) if rest.startswith("24") else moment


def parse_duration(text: str) -> dt.timedelta | YearsMonthsDuration:
    """Read `P1Y2M` or `P1DT2H3M4.5S`."""
    months = _MONTHS.fullmatch(text)
    if months is not None:
        total = int(months[2] or 0) * 12 + int(months[3] or 0)
        return YearsMonthsDuration(-total if months[1] else total)
    days = _DAYS.fullmatch(text)
    if days is None:
        raise FeelFaultError(f"{text!r} is not a duration")
    sign, day, hour, minute, second, fraction = days.groups()
    micro = int((fraction or "").ljust(6, "0")[:6])
    seconds = int(hour or 0) * 3600 + int(minute or 0) * 60 + int(second or 0)
    try:
        span = dt.timedelta(days=int(day or 0), seconds=seconds, microseconds=micro)
    except OverflowError as error:
        raise FeelFaultError(f"{text!r} is too long a duration") from error
    return -span if sign else span


_READERS: tuple[Callable[[str], object], ...] = (parse_date, parse_time, parse_date_and_time, parse_duration)


def parse_at_literal(text: str) -> object:
    """Read whatever `@"…"` holds; raises when it is none of the temporal types."""
    for read in _READERS:
        try:
            return read(text)
        except FeelFaultError:
            continue
    raise FeelFaultError(f"{text!r} is not a date, time or duration")


def _zone_text(zone: dt.tzinfo | None) -> str:
    if zone is None:
        return ""
    if isinstance(zone, ZoneInfo):
        return f"@{zone.key}"
    offset = zone.utcoffset(None)
    if not offset:
        return "Z"
    sign, offset = ("-", -offset) if offset < dt.timedelta() else ("+", offset)
    minutes, seconds = divmod(offset.seconds, 60)
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")


def _seconds_text(second: int, micro: int) -> str:
    return f"{second:02}" + (f".{micro:06}".rstrip("0") if micro else "")


def format_time(value: dt.time) -> str:
    """Write `08:30:00` with its offset or zone."""
    seconds = _seconds_text(value.second, value.microsecond)
    return f"{value.hour:02}:{value.minute:02}:{seconds}{_zone_text(value.tzinfo)}"


def format_duration(value: dt.timedelta) -> str:
    """Write a days and time duration as ISO 8601."""
    sign, value = ("-", -value) if value < dt.timedelta() else ("", value)
    hours, rest = divmod(value.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    fraction = f".{value.microseconds:06}".rstrip("0") if value.microseconds else ""
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    clock += f"{seconds}{fraction}S" if seconds or fraction else ""
    days = f"{value.days}D" if value.days else ""
    return f"{sign}P{days}" + (f"T{clock}" if clock else "") if days or clock else "PT0S"


def format_temporal(value: object) -> str | None:
    """Write any temporal value as FEEL reads it; None for other values."""
    if isinstance(value, dt.datetime):
        return f"{value.date().isoformat()}T{format_time(value.timetz())}"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dt.time):
        return format_time(value)
    if isinstance(value, dt.timedelta):
        return format_duration(value)
    return str(value) if isinstance(value, YearsMonthsDuration) else None


def _zone_name(value: dt.datetime | dt.time) -> str | None:
    return value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None


def _second(value: dt.datetime | dt.time) -> Decimal:
    return Decimal(value.second) + Decimal(value.microsecond) / 1_000_000


_DATE_PROPERTIES: dict[str, Callable[[dt.date], object]] = {
    "year": lambda value: Decimal(value.year),
    "month": lambda value: Decimal(value.month),
    "day": lambda value: Decimal(value.day),
    "weekday": lambda value: Decimal(value.isoweekday()),
}
_TIME_PROPERTIES: dict[str, Callable[[dt.datetime | dt.time], object]] = {
    "hour": lambda value: Decimal(value.hour),
    "minute": lambda value: Decimal(value.minute),
    "second": _second,
    "time offset": lambda value: value.utcoffset(),
    "timezone": _zone_name,
}
_SPAN_PROPERTIES: dict[str, Callable[[dt.timedelta], object]] = {
    "days": lambda value: Decimal(int(value / dt.timedelta(days=1))),
    "hours": lambda value: Decimal(_signed_seconds(value) // 3600 * _sign(value)),
    "minutes": lambda value: Decimal(_signed_seconds(value) % 3600 // 60 * _sign(value)),
    "seconds": lambda value: (
        (Decimal(_signed_seconds(value) % 60) + Decimal(abs(value).microseconds) / 1_000_000) * _sign(value)
    ),
}


def _sign(value: dt.timedelta) -> int:
    return -1 if value < dt.timedelta() else 1


def _signed_seconds(value: dt.timedelta) -> int:
    return abs(value).seconds


def _clock_property(value: dt.date | dt.time, name: str) -> Callable[[], object] | None:
    if isinstance(value, dt.date) and name in _DATE_PROPERTIES:
        return lambda: _DATE_PROPERTIES[name](value)
    if isinstance(value, dt.datetime | dt.time) and name in _TIME_PROPERTIES:
        return lambda: _TIME_PROPERTIES[name](value)
    midnight = isinstance(value, dt.date) and name in ("hour", "minute", "second")
    return (lambda: Decimal(0)) if midnight else None


def _range_property(value: Range, name: str) -> object:
    single = isinstance(value, TestRange) and value.operator == "!="
    ends = {
        "start": value.low,
        "end": value.high,
        "start included": value.low_included and not single,
        "end included": value.high_included and not single,
    }
    if name not in ends:
        raise FeelFaultError(f"a range has no {name!r}")
    return ends[name]


def property_of(value: object, name: str) -> object:
    """Read a property of a temporal value or a range."""
    if isinstance(value, Range):
        return _range_property(value, name)
    if isinstance(value, dt.date | dt.time):
        read = _clock_property(value, name)
        if read is not None:
            return read()
    if isinstance(value, dt.timedelta) and name in _SPAN_PROPERTIES:
        return _SPAN_PROPERTIES[name](value)
    if isinstance(value, YearsMonthsDuration) and name in ("years", "months"):
        return Decimal(value.years if name == "years" else value.months)
    raise FeelFaultError(f"{value!r} has no {name!r}")
