"""Deadlines: what a rule, a start and the region's working days make of each other."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from records.calendar import WorkCalendar, end_of
from records.clock import ZONE
from records.errors import DomainError
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


def deadline(session: Session, code: str, start: datetime, region_code: str | None = None) -> Deadline:
    """The deadline that a rule sets for something which began at ``start`` in a region."""
    rule = find_rule(session, code, start.astimezone(ZONE).date(), region_code)
    calendar = WorkCalendar.load(session, region_code)
    value = whole_number(rule)
    return Deadline(
        rule=code,
        value=value,
        unit=rule.unit,
        legal_basis=rule.legal_basis,
        started_at=start,
        due_at=deadline_of(value, rule.unit, start, calendar),
        calendar_version=calendar.version,
    )


def deadline_of(value: int, unit: str, start: datetime, calendar: WorkCalendar) -> datetime:
    """``value`` units after ``start``: hours by the clock; days and months end at 24:00, the event's day not counted.

    Units: ``h`` hours, ``d`` calendar days, ``wd`` working days, ``mon`` months.
    """
    day = start.astimezone(ZONE).date()
    match unit:
        case "h":
            return start + timedelta(hours=value)
        case "d":
            return end_of(day + timedelta(days=value))
        case "wd":
            return calendar.add_working_days(start, value)
        case "mon":
            return end_of(_months_after(day, value))
        case _:
            raise NotADurationError(unit=unit)


def share(deadline: Deadline, percent: int) -> datetime:
    """The moment when that share of the time between start and due has passed."""
    return deadline.started_at + (deadline.due_at - deadline.started_at) * percent / 100


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
