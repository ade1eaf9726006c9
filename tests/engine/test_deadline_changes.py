"""A changed holiday or rule moves open deadlines: in batches, one case at a time, journaled, announced, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import deadline_changes
from engine.deadline_changes import announce, dry_count
from engine.engine import Engine
from engine.errors import ModelFaultError
from engine.invariants import check_invariants
from engine.jobs import BACK_OFF, run_due
from engine.model import (
    Incident,
    Job,
    JobKind,
    JobState,
    Notification,
    ProcessInstance,
    UserTask,
    UserTaskState,
)
from engine.running import Running
from records.calendar import CalendarDay
from records.clock import FixedClock
from records.db import Database
from records.journal import JournalEntry
from records.people import SYSTEM
from records.rules import RuleParam
from records.store import Store
from tests.engine.test_flow import jobs, started, tasks
from tests.engine.toys import RELAY, WAITING
from tests.factories import DISTRICT, SIBLING, Cast

HOLIDAY = date(2026, 11, 19)  # the Thursday after the stories begin


@pytest.fixture
def deployed(database: Database, engine: Engine, cast: Cast) -> None:
    with database.unit_of_work() as session:
        engine.deploy_all(session, [RELAY, WAITING], cast.admin)


def close_the_office(session: Session, clock: FixedClock, region: str = DISTRICT) -> None:
    store = Store(session, clock, SYSTEM)
    day = store.add(CalendarDay(day=HOLIDAY, is_working=False, name="停工", region_code=region), reason="台风")
    session.flush()
    announce(session, clock, [region], "台风停工", f"{day.id}:{day.version}")
    announce(session, clock, [region], "台风停工", f"{day.id}:{day.version}")


def poison(monkeypatch: pytest.MonkeyPatch, case_id: str) -> None:
    """The case cannot be loaded any more."""

    def poisoned(real: Callable[..., Running]) -> Callable[..., Running]:
        def refuse(*given: Any) -> Running:
            if given[-1].id == case_id:
                raise ModelFaultError("look", "坏")
            return real(*given)

        return refuse

    monkeypatch.setattr(Running, "load", staticmethod(poisoned(Running.load)))
    monkeypatch.setattr(Running, "read", staticmethod(poisoned(Running.read)))


def dues(session: Session) -> dict[str, datetime | None]:
    return dict(session.execute(select(UserTask.id, UserTask.due_at).where(UserTask.state == UserTaskState.OPEN)).all())


def sweep(database: Database, engine: Engine, clock: FixedClock) -> None:
    while run_due(database, engine, {}, clock, 50):
        pass


def test_open_deadlines_and_reminders_of_the_region_move_and_those_concerned_are_told(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, deployed: None
) -> None:
    case = started(database, engine, "relay", cast.lead)
    with database.unit_of_work() as session:
        before = tasks(session, case)["look"]
        close_the_office(session, clock)
        count = dry_count(session, [DISTRICT])
        assert (count.cases, count.user_tasks, count.timers, count.moving) == (1, 1, 0, 1)
    sweep(database, engine, clock)
    with database.reading() as session:
        after = tasks(session, case)["look"]
        assert before.due_at and after.due_at and after.due_at == before.due_at + timedelta(days=3)  # Friday to Monday
        assert before.due_basis and after.due_basis
        assert before.due_basis["calendar_version"] != after.due_basis["calendar_version"]
        entry = session.scalars(select(JournalEntry).where(JournalEntry.verb == "user_task.due_moved")).one()
        assert entry.before and entry.after and entry.reason == "台风停工"
        assert entry.before["due_at"] < entry.after["due_at"]
        assert entry.after["calendar_version"] == after.due_basis["calendar_version"]
        told = set(session.scalars(select(Notification.user_id).where(Notification.kind == "due_moved")))
        assert cast.inspector.id in told and cast.outsider.id not in told
        full = select(Job.due_at).where(Job.idempotency_key == f"reminder:{after.id}:100")
        assert session.scalar(full) == after.due_at
        assert list(check_invariants(session, clock.now())) == []


def test_a_timer_that_names_its_rule_moves_too(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, deployed: None
) -> None:
    case = started(database, engine, "waiting", cast.lead)
    with database.unit_of_work() as session:
        engine.complete(session, tasks(session, case)["work"].id, {"text": "好"}, cast.inspector)
        before = jobs(session, case)["pause"].due_at
        rule = session.scalars(select(RuleParam).where(RuleParam.code == "R-INS-CONTROL-APPROVAL")).one()
        hours = int(rule.value)
        Store(session, clock, SYSTEM).correct(rule, {"value": str(hours + 3)}, reason="更正")
        announce(session, clock, [None], "更正", f"{rule.id}:{rule.version}")
    sweep(database, engine, clock)
    with database.reading() as session:
        assert jobs(session, case)["pause"].due_at == before + timedelta(hours=3)
        entry = session.scalars(select(JournalEntry).where(JournalEntry.verb == "timer.moved")).one()
        assert entry.after and entry.after["element"] == "pause"


def test_another_regions_holiday_moves_nothing(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, deployed: None
) -> None:
    started(database, engine, "relay", cast.lead)
    with database.unit_of_work() as session:
        before = dues(session)
        close_the_office(session, clock, SIBLING)
        assert dry_count(session, [SIBLING]).cases == 0
    sweep(database, engine, clock)
    with database.reading() as session:
        assert dues(session) == before


def test_it_goes_batch_by_batch_and_a_case_that_cannot_be_counted_stops_no_other(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, deployed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline_changes, "BATCH", 2)
    cases = [started(database, engine, "relay", cast.lead) for _ in range(5)]
    poison(monkeypatch, cases[1].id)
    with database.unit_of_work() as session:
        before = dues(session)
        close_the_office(session, clock)
    for _attempt in range(len(BACK_OFF) + 1):
        sweep(database, engine, clock)
        clock.advance(minutes=31)
    with database.reading() as session:
        after = dues(session)
        assert sum(after[task] != before[task] for task in before) == 4
        assert session.scalars(select(Incident.process_instance_id)).one() == cases[1].id
        states = session.scalars(select(Job.state).where(Job.kind == JobKind.RECALCULATION)).all()
        assert sorted(states) == [JobState.DONE] * 5 + [JobState.INCIDENT]


def test_counting_twice_changes_nothing_twice(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, deployed: None
) -> None:
    started(database, engine, "relay", cast.lead)
    with database.unit_of_work() as session:
        close_the_office(session, clock)
    sweep(database, engine, clock)
    with database.unit_of_work() as session:
        announce(session, clock, [None], "再算一次", "again")
    sweep(database, engine, clock)
    with database.reading() as session:
        assert len(session.scalars(select(JournalEntry).where(JournalEntry.verb == "user_task.due_moved")).all()) == 1
        assert session.scalar(select(ProcessInstance.version)) == 1
