"""The working-day calendar: statutory holidays and make-up days, editable, with its own version number."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import chinese_calendar
from chinese_calendar.constants import holidays
from sqlalchemy import String, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.base import Fact
from records.clock import ZONE
from records.people import codes_above

SATURDAY = 5
FIRST_YEAR: int = min(holidays).year
LAST_YEAR: int = max(holidays).year


class CalendarDay(Fact):
    """A day that differs from its weekday: a holiday that falls on a weekday or a make-up working day (调休)."""

    day: Mapped[date]
    is_working: Mapped[bool]
    name: Mapped[str] = mapped_column(String(60))
    region_code: Mapped[str | None] = mapped_column(String(12))

    __table_args__ = (UniqueConstraint("day", "region_code"),)


@dataclass(frozen=True)
class WorkCalendar:
    """The working days of a region. Years beyond the published holidays know weekends and entered days only."""

    days: Mapping[date, bool]
    version: str

    @classmethod
    def load(cls, session: Session, region_code: str | None = None) -> WorkCalendar:
        """The statutory calendar with the entered days of the region, its parents and the whole country on top."""
        codes = codes_above(session, region_code)
        rows = session.scalars(
            select(CalendarDay).where(
                CalendarDay.deleted_at.is_(None),
                or_(CalendarDay.region_code.is_(None), CalendarDay.region_code.in_(codes)),
            )
        ).all()
        nearest_first = sorted(rows, key=lambda row: codes.index(row.region_code) if row.region_code else len(codes))
        days = {row.day: row.is_working for row in reversed(nearest_first)}
        return cls(days=days, version=_version_of(days))

    def is_working_day(self, day: date) -> bool:
        """True when offices are open on that day."""
        if day in self.days:
            return self.days[day]
        if not self.is_complete(day.year):
            return day.weekday() < SATURDAY
        return bool(chinese_calendar.is_workday(day))

    def is_complete(self, year: int) -> bool:
        """True when the State Council's holidays of that year are known."""
        return FIRST_YEAR <= year <= LAST_YEAR

    def add_working_days(self, start: datetime, n: int, stops: Callable[[date], bool] | None = None) -> datetime:
        """The end (24:00 in Asia/Shanghai) of the nth working day after ``start``'s day, in UTC.

        ``stops`` names days that do not count although offices are open.
        """
        day = day_of(start)
        while n > 0:
            day += timedelta(days=1)
            n -= int(self.is_working_day(day) and not (stops is not None and stops(day)))
        return end_of(day)

    def working_days_between(self, a: datetime, b: datetime) -> int:
        """How many working days lie after ``a``'s day up to and with ``b``'s day; negative when ``b`` is earlier."""
        first, last = day_of(a), day_of(b)
        sign = 1 if first <= last else -1
        low, high = min(first, last), max(first, last)
        return sign * sum(self.is_working_day(low + timedelta(days=n)) for n in range(1, (high - low).days + 1))


def day_of(moment: datetime) -> date:
    """The day in Asia/Shanghai that a moment belongs to; 24:00 still belongs to the day it ends."""
    return (moment.astimezone(ZONE) - timedelta(microseconds=1)).date()


def end_of(day: date) -> datetime:
    """24:00 of a day in Asia/Shanghai, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=ZONE).astimezone(UTC)


def _version_of(days: Mapping[date, bool]) -> str:
    statutory = f"cn{LAST_YEAR}"
    if not days:
        return statutory
    lines = "".join(f"{day.isoformat()}{working:d}" for day, working in sorted(days.items()))
    return f"{statutory}+{hashlib.sha256(lines.encode()).hexdigest()[:8]}"
