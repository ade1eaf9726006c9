"""The statutory clocks of recalls, over a calendar with Golden Week and its make-up days."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from records.calendar import WorkCalendar
from records.clock import ZONE
from records.deadlines import deadline
from tests.factories import DISTRICT

#: the Monday before Golden Week 2026: 1 to 7 October are holidays
BEGUN = datetime(2026, 9, 28, 15, 30, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("code", "hours"), [("R-REC-01-START", 24), ("R-REC-02-START", 48), ("R-REC-03-START", 72), ("R-EMG-02", 2)]
)
def test_r_rec_01_to_03_the_start_is_counted_by_the_clock_whatever_the_day(
    session: Session, code: str, hours: int
) -> None:
    begun = datetime(2026, 9, 30, 18, 0, tzinfo=ZONE)  # the eve of the holidays
    assert deadline(session, code, begun, DISTRICT).due_at == begun + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("code", "days"), [("R-REC-01-FINISH", 10), ("R-REC-02-FINISH", 20), ("R-REC-03-FINISH", 30)]
)  # fmt: skip
def test_r_rec_01_to_03_the_end_counts_working_days_over_golden_week(session: Session, code: str, days: int) -> None:
    calendar = WorkCalendar.load(session, DISTRICT)
    due = deadline(session, code, BEGUN, DISTRICT).due_at.astimezone(ZONE)
    assert (due.hour, due.minute) == (0, 0)  # the end of the day before
    last, counted, day = due.date() - timedelta(days=1), 0, BEGUN.date()
    while day < last:
        day += timedelta(days=1)
        counted += calendar.is_working_day(day)
    assert counted == days
    assert calendar.is_working_day(last)


def test_golden_week_and_its_make_up_days_are_in_the_calendar(session: Session) -> None:
    calendar = WorkCalendar.load(session, DISTRICT)
    assert not any(calendar.is_working_day(date(2026, 10, day)) for day in range(1, 8))
    assert calendar.is_working_day(date(2026, 10, 10))  # a Saturday that makes up for one of them
    due = deadline(session, "R-REC-01-FINISH", BEGUN, DISTRICT).due_at.astimezone(ZONE)
    assert due.date() == date(2026, 10, 17)  # 29 and 30 September, 8 to 10 October, 12 to 16 October


def test_r_emg_ack_ten_minutes_are_minutes(session: Session) -> None:
    assert deadline(session, "R-EMG-ACK", BEGUN, DISTRICT).due_at == BEGUN + timedelta(minutes=10)
