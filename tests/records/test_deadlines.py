"""Working days, rules and the deadlines they make."""

from datetime import date, datetime

import pytest
from sqlalchemy.orm import Session

from records.calendar import CalendarDay, WorkCalendar
from records.clock import ZONE, SystemClock, today
from records.deadlines import NotADurationError, deadline, deadline_of, share
from records.rules import RuleNotFoundError, RuleParam, find_rule, numbers, seed_rules, whole_number
from records.store import Store
from tests.factories import CITY, DISTRICT, SIBLING


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)


@pytest.fixture
def calendar(session: Session) -> WorkCalendar:
    return WorkCalendar.load(session, DISTRICT)


def test_national_day_is_no_working_day_but_its_make_up_sunday_is(calendar: WorkCalendar) -> None:
    assert not calendar.is_working_day(date(2026, 10, 1))
    assert calendar.is_working_day(date(2026, 9, 20))
    assert calendar.is_working_day(date(2026, 11, 18))


def test_a_deadline_of_working_days_ends_at_midnight_after_the_nth(calendar: WorkCalendar) -> None:
    assert calendar.add_working_days(local(2026, 11, 18, 9), 2) == local(2026, 11, 21)
    assert calendar.add_working_days(local(2026, 11, 18, 23, 59), 3) == local(2026, 11, 24)
    assert calendar.add_working_days(local(2026, 9, 30, 9), 1) == local(2026, 10, 9)
    assert calendar.add_working_days(local(2026, 11, 18, 9), 0) == local(2026, 11, 19)


def test_the_day_of_the_event_is_the_local_one(calendar: WorkCalendar) -> None:
    assert calendar.add_working_days(local(2026, 11, 18, 1), 1) == local(2026, 11, 20)


def test_working_days_between_are_signed(calendar: WorkCalendar) -> None:
    assert calendar.working_days_between(local(2026, 11, 18, 9), local(2026, 11, 24, 8)) == 4
    assert calendar.working_days_between(local(2026, 11, 24, 8), local(2026, 11, 18, 9)) == -4
    assert calendar.working_days_between(local(2026, 11, 18, 9), local(2026, 11, 18, 18)) == 0


def test_an_unknown_year_has_weekends_only_and_says_so(calendar: WorkCalendar) -> None:
    assert calendar.is_complete(2026)
    assert not calendar.is_complete(2031)
    assert calendar.is_working_day(date(2031, 10, 1))
    assert not calendar.is_working_day(date(2031, 10, 4))


def test_an_entered_day_counts_in_its_region_and_below_and_the_nearest_wins(session: Session, store: Store) -> None:
    day = date(2026, 11, 19)
    before = WorkCalendar.load(session, DISTRICT).version
    store.add(CalendarDay(day=day, is_working=True, name="全国", region_code=None))
    store.add(CalendarDay(day=day, is_working=False, name="全市停工", region_code=CITY))
    store.add(CalendarDay(day=day, is_working=True, name="照常", region_code=SIBLING))
    assert not WorkCalendar.load(session, DISTRICT).is_working_day(day)
    assert WorkCalendar.load(session, SIBLING).is_working_day(day)
    assert WorkCalendar.load(session).is_working_day(day)
    assert WorkCalendar.load(session, DISTRICT).version != before


def test_a_region_has_its_own_value_before_its_parents(session: Session, store: Store) -> None:
    on = date(2026, 11, 18)
    assert whole_number(find_rule(session, "R-INS-ACCEPT", on, DISTRICT)) == 2
    for region, value in ((CITY, "3"), (DISTRICT, "4")):
        store.add(
            RuleParam(
                code="R-INS-ACCEPT", title="接受", value=value, unit="wd", legal_basis="地方规定", is_verified=False,
                valid_from=date(2026, 1, 1), region_code=region,
            )
        )  # fmt: skip
    assert find_rule(session, "R-INS-ACCEPT", on, DISTRICT).value == "4"
    assert find_rule(session, "R-INS-ACCEPT", on, SIBLING).value == "3"
    assert find_rule(session, "R-INS-ACCEPT", on).value == "2"
    assert find_rule(session, "R-INS-ACCEPT", date(2025, 6, 1), DISTRICT).value == "2"


def test_a_changed_rule_holds_from_its_day(session: Session, store: Store) -> None:
    old = find_rule(session, "R-INS-13", date(2026, 11, 18))
    store.correct(old, {"valid_to": date(2026, 12, 31)}, reason="新规定")
    store.add(
        RuleParam(
            code="R-INS-13", title=old.title, value="10", unit="wd", legal_basis="新规定", valid_from=date(2027, 1, 1)
        )
    )
    assert find_rule(session, "R-INS-13", date(2026, 12, 31)).value == "20"
    assert find_rule(session, "R-INS-13", date(2027, 1, 1)).value == "10"


def test_an_unknown_rule_is_named(session: Session) -> None:
    with pytest.raises(RuleNotFoundError, match="R-NONE"):
        find_rule(session, "R-NONE", date(2026, 11, 18))


def test_seeding_again_adds_nothing(store: Store) -> None:
    assert seed_rules(store) == 0


def test_the_reminder_shares_are_three(session: Session) -> None:
    assert numbers(find_rule(session, "R-REMIND", date(2026, 11, 18))) == [50, 80, 100]


def test_a_deadline_keeps_what_it_was_made_of(session: Session) -> None:
    start = local(2026, 11, 18, 9)
    due = deadline(session, "R-INS-ACCEPT", start, DISTRICT)
    assert (due.rule, due.value, due.unit, due.started_at) == ("R-INS-ACCEPT", 2, "wd", start)
    assert due.due_at == local(2026, 11, 21)
    assert due.legal_basis
    assert due.calendar_version
    assert share(due, 50) == start + (due.due_at - start) / 2
    assert share(due, 100) == due.due_at


@pytest.mark.parametrize(
    ("value", "unit", "due"),
    [
        (2, "h", local(2026, 1, 31, 11, 30)),
        (7, "d", local(2026, 2, 8)),
        (1, "mon", local(2026, 3, 1)),
        (24, "mon", local(2028, 2, 1)),
    ],
)
def test_hours_run_by_the_clock_and_days_to_midnight(
    calendar: WorkCalendar, value: int, unit: str, due: datetime
) -> None:
    assert deadline_of(value, unit, local(2026, 1, 31, 9, 30), calendar) == due


def test_metres_make_no_deadline(session: Session) -> None:
    with pytest.raises(NotADurationError):
        deadline(session, "R-INS-DISTANCE", local(2026, 11, 18, 9))


def test_the_machines_clock_is_aware_and_its_ids_differ() -> None:
    clock = SystemClock()
    assert clock.now().utcoffset() is not None
    assert clock.new_id() != clock.new_id()
    assert today(clock) >= date(2024, 1, 1)
