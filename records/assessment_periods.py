"""Periods of assessment: months, quarters, years – their days, their names, the one before, those they consist of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from records.assessments import CycleKind
from records.calendar import end_of
from records.clock import ZONE

MONTHS = {CycleKind.MONTH: 1, CycleKind.QUARTER: 3, CycleKind.YEAR: 12}


@dataclass(frozen=True)
class Period:
    """A period from its first to its last day, both counted."""

    kind: CycleKind
    starts_on: date

    @property
    def ends_on(self) -> date:
        """The last day."""
        return _months_later(self.starts_on, MONTHS[self.kind]) - timedelta(days=1)

    @property
    def ended_at(self) -> datetime:
        """24:00 of the last day, in UTC."""
        return end_of(self.ends_on)

    @property
    def begun_at(self) -> datetime:
        """0:00 of the first day, in UTC."""
        return end_of(self.starts_on - timedelta(days=1))

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.ends_on - self.starts_on).days + 1

    @property
    def name(self) -> str:
        """``2026-10``, ``2026-Q4``, ``2026``."""
        day = self.starts_on
        if self.kind is CycleKind.MONTH:
            return f"{day:%Y-%m}"
        return f"{day.year}-Q{(day.month + 2) // 3}" if self.kind is CycleKind.QUARTER else str(day.year)

    @property
    def title(self) -> str:
        """As people say it: 2026年10月, 2026年第4季度, 2026年度."""
        day = self.starts_on
        if self.kind is CycleKind.MONTH:
            return f"{day.year}年{day.month}月"
        return f"{day.year}年第{(day.month + 2) // 3}季度" if self.kind is CycleKind.QUARTER else f"{day.year}年度"

    @property
    def before(self) -> Period:
        """The period just before."""
        return Period(self.kind, _months_later(self.starts_on, -MONTHS[self.kind]))

    @property
    def year_ago(self) -> Period:
        """The same period a year earlier."""
        return Period(self.kind, _months_later(self.starts_on, -12))

    @property
    def months(self) -> list[Period]:
        """The months that it consists of."""
        return [Period(CycleKind.MONTH, _months_later(self.starts_on, n)) for n in range(MONTHS[self.kind])]

    @classmethod
    def containing(cls, kind: CycleKind, day: date) -> Period:
        """The period of that kind in which a day lies."""
        length = MONTHS[kind]
        return cls(kind, date(day.year, (day.month - 1) // length * length + 1, 1))

    @classmethod
    def last_before(cls, kind: CycleKind, moment: datetime) -> Period:
        """The period of that kind that ended last before a moment's day in Asia/Shanghai."""
        return cls.containing(kind, moment.astimezone(ZONE).date()).before


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)
