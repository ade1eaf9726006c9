"""Deadlines: what a rule, a start and the region's working days make of each other."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from records.calendar import WorkCalendar, end_of
from records.clock import ZONE
from records.errors import DomainError
from records.pauses import NO_PAUSES, Pauses
from records.rules import find_rule, whole_number


class NotADurationError(DomainError):
    """The rule's value is no length of time."""

    slug = "not-a-duration"
    sentence = "单位 %(unit)s 不能用来计算期限"


@dataclass(frozen=True)
class Deadline:
    """A moment by which something must be done, with everything it was computed from."""

    rule: str
    value: int
    unit: str
    legal_basis: str
    started_at: datetime
    due_at: datetime
    calendar_version: str


def deadline(
    session: Session, code: str, start: datetime, region_code: str | None = None, pauses: Pauses = NO_PAUSES
) -> Deadline:
    """The deadline that a rule sets for something which began at ``start`` in a region; ``pauses`` do not count."""
    rule = find_rule(session, code, start.astimezone(ZONE).date(), region_code)
    calendar = WorkCalendar.load(session, region_code)
    value = whole_number(rule)
    return Deadline(
        rule=code,
        value=value,
        unit=rule.unit,
        legal_basis=rule.legal_basis,
        started_at=start,
        due_at=deadline_of(value, rule.unit, start, calendar, pauses),
        calendar_version=calendar.version,
    )


def deadline_of(value: int, unit: str, start: datetime, calendar: WorkCalendar, pauses: Pauses = NO_PAUSES) -> datetime:
    """``value`` units after ``start``: hours by the clock; days and months end at 24:00, the event's day not counted.

    Units: ``min``, ``h`` hours, ``d`` calendar days, ``wd`` working days, ``mon`` months. Hours of a pause do not
    count, nor days at whose end the clock stood; a month grows by the days of its pauses.
    """
    day = start.astimezone(ZONE).date()
    match unit:
        case "min":
            return pauses.after(start, timedelta(minutes=value))
        case "h":
            return pauses.after(start, timedelta(hours=value))
        case "d":
            return end_of(_after_stops(day, value, pauses))
        case "wd":
            return calendar.add_working_days(start, value, pauses.stops)
        case "mon":
            return end_of(_after_stops(day, (months_after(day, value) - day).days, pauses))
        case _:
            raise NotADurationError(unit=unit)


def moved(moment: datetime, start: datetime, pauses: Pauses) -> datetime:
    """A deadline set in words, moved by the pauses after ``start``: by days when it is the end of a day."""
    local = moment.astimezone(ZONE)
    if local.time() != time():
        return pauses.after(start, moment - start)
    first = start.astimezone(ZONE).date()
    return end_of(_after_stops(first, (local.date() - first).days - 1, pauses))


def _after_stops(day: date, days: int, pauses: Pauses) -> date:
    """The day when ``days`` counted days have passed since ``day``."""
    if not pauses.spans:
        return day + timedelta(days=days)
    while days > 0:
        day += timedelta(days=1)
        days -= int(not pauses.stops(day))
    return day


def share(deadline: Deadline, percent: int) -> datetime:
    """The moment when that share of the time between start and due has passed."""
    return deadline.started_at + (deadline.due_at - deadline.started_at) * percent / 100


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
