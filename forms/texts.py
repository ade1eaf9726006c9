"""Typed text made harmless and read: control characters out, numbers and moments as people type them."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation

from records.clock import ZONE

_NUMBER = re.compile(r"[+-]?(\d{1,24}(\.\d{0,12})?|\.\d{1,12})")
#: what does not print: control characters but line ends and tabs, lone surrogates, no characters at all; and direction
#: overrides and isolates, which are able to make a document read differently from what it says
_UNPRINTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
    + "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(17))
    + "]"
)
_LARGEST = 10**24
_YEARS = range(1900, 2200)


def clean_line(text: str) -> str:
    """One line: no control characters, no line ends, no blanks around it."""
    return clean_text(text).replace("\n", " ").replace("\t", " ").strip()


def clean_text(text: str) -> str:
    """Several lines: no control characters but line ends and tabs, no lone surrogates, no blanks around it."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNPRINTED.sub("", text).strip()


def read_number(value: object) -> Decimal | None:
    """The number that was typed or given; None when it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value) if abs(value) < _LARGEST else None
    if isinstance(value, Decimal):
        return value if value.is_finite() and abs(value) < _LARGEST else None
    if isinstance(value, float):
        return Decimal(str(value)) if math.isfinite(value) and abs(value) < 10**15 else None
    if not isinstance(value, str) or not _NUMBER.fullmatch(value.strip()):
        return None
    try:
        return Decimal(value.strip())
    except InvalidOperation:  # digits of a script that Decimal does not read
        return None


def read_day(value: object) -> date | None:
    """The day that was typed or given; None when it is none."""
    if isinstance(value, datetime):
        return value.astimezone(ZONE).date()
    if isinstance(value, date):
        return value
    moment = _iso(value)
    return None if moment is None else moment.date()


def read_moment(value: object) -> datetime | None:
    """The moment that was typed (in Asia/Shanghai when it names no zone) or given, in UTC; None when it is none."""
    moment = value if isinstance(value, datetime) else _iso(value)
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZONE)).astimezone(UTC)


def read_time(value: object) -> time | None:
    """The time of day that was typed or given; None when it is none."""
    if isinstance(value, time):
        return value
    try:
        return time.fromisoformat(value.strip()).replace(tzinfo=None) if isinstance(value, str) else None
    except ValueError:
        return None


def number_text(number: Decimal) -> str:
    """A number as people write it: no exponent, no trailing zeros."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _iso(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return moment if moment.year in _YEARS else None
