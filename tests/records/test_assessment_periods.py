"""Months, quarters and years: their days and names, across year ends."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from records.assessment_periods import Period
from records.assessments import CycleKind
from records.clock import ZONE

Day = tuple[int, int, int]


@pytest.mark.parametrize(
    ("kind", "day", "name", "title", "first", "last", "before"),
    [
        ("month", (2028, 3, 1), "2028-02", "2028年2月", (2028, 2, 1), (2028, 2, 29), "2028-01"),
        ("month", (2026, 1, 31), "2025-12", "2025年12月", (2025, 12, 1), (2025, 12, 31), "2025-11"),
        ("quarter", (2026, 1, 1), "2025-Q4", "2025年第4季度", (2025, 10, 1), (2025, 12, 31), "2025-Q3"),
        ("quarter", (2026, 11, 18), "2026-Q3", "2026年第3季度", (2026, 7, 1), (2026, 9, 30), "2026-Q2"),
        ("year", (2026, 1, 1), "2025", "2025年度", (2025, 1, 1), (2025, 12, 31), "2024"),
    ],
)
def test_the_period_that_ended_last(
    kind: str, day: Day, name: str, title: str, first: Day, last: Day, before: str
) -> None:
    period = Period.last_before(CycleKind(kind), datetime(*day, 0, 30, tzinfo=ZONE))
    assert (period.name, period.title, period.starts_on, period.ends_on) == (name, title, date(*first), date(*last))
    assert period.before.name == before
    assert period.year_ago.starts_on == date(first[0] - 1, first[1], 1)
    assert period.ended_at == datetime(*last, tzinfo=ZONE) + timedelta(days=1)
    assert period.begun_at == datetime(*first, tzinfo=ZONE)


def test_what_a_longer_period_consists_of() -> None:
    quarter = Period(CycleKind.QUARTER, date(2026, 10, 1))
    assert [month.name for month in quarter.months] == ["2026-10", "2026-11", "2026-12"]
    assert len(Period(CycleKind.YEAR, date(2026, 1, 1)).months) == 12
    assert quarter.days == 92
