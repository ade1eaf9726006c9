"""Processes that begin by the clock: one instance per occurrence, missed ones as one, the newest version only."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.deployment import Bundle
from engine.engine import Engine
from engine.jobs import run_due
from engine.model import Job, JobKind, JobState, ProcessInstance
from engine.process import process
from records.clock import ZONE, FixedClock
from records.db import Database
from records.journal import JournalEntry
from records.people import SYSTEM
from tests.conftest import START
from tests.engine.toys import chain, form, lanes, model
from tests.factories import CITY, Cast


def weekly(text: str, name: str = "盘点") -> Bundle:
    body = (
        lanes(LEAD="count")
        + f'<startEvent id="monday"><timerEventDefinition>{text}</timerEventDefinition></startEvent>'
        + f'<userTask id="count" name="{name}"/><endEvent id="done"/>'
        + chain("monday", "count", "done")
    )
    return Bundle("weekly", model("weekly", body), {"count": form("text")}, {})


EVERY_WEEK = weekly("<timeCycle>R/P7D</timeCycle>")


@pytest.fixture
def engine(clock: FixedClock) -> Engine:
    return Engine({"weekly": process("weekly", prefix="周")}, clock)


def cases(session: Session) -> list[ProcessInstance]:
    return list(session.scalars(select(ProcessInstance).order_by(ProcessInstance.id)))


def starts(session: Session, state: JobState) -> list[Job]:
    return list(session.scalars(select(Job).where(Job.kind == JobKind.START, Job.state == state)))


def test_each_occurrence_begins_one_instance(database: Database, engine: Engine, cast: Cast, clock: FixedClock) -> None:
    with database.unit_of_work() as session:
        engine.deploy(session, EVERY_WEEK, cast.admin)
        engine.deploy(session, EVERY_WEEK, cast.admin)
        assert [job.due_at for job in starts(session, JobState.WAITING)] == [START + timedelta(days=7)]
    assert run_due(database, engine, {}, clock) == 0
    for week in (1, 2):
        clock.advance(days=7)
        assert run_due(database, engine, {}, clock) == 1 and run_due(database, engine, {}, clock) == 0
        with database.reading() as session:
            assert len(cases(session)) == week and {case.region_code for case in cases(session)} == {CITY}
            assert [job.due_at for job in starts(session, JobState.WAITING)] == [START + timedelta(days=7 * week + 7)]


def test_missed_occurrences_count_as_one_and_the_journal_says_how_many(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    with database.unit_of_work() as session:
        engine.deploy(session, EVERY_WEEK, cast.admin)
    clock.advance(days=7 * 4 + 1)
    assert run_due(database, engine, {}, clock) == 1 and run_due(database, engine, {}, clock) == 0
    with database.reading() as session:
        assert len(cases(session)) == 1
        (entry,) = session.scalars(select(JournalEntry).where(JournalEntry.verb == "process_instance.started"))
        assert entry.after and entry.after["missed"] == 3
        assert [job.due_at for job in starts(session, JobState.WAITING)] == [START + timedelta(days=35)]


def test_a_new_version_takes_over_and_a_single_date_begins_one_only(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    with database.unit_of_work() as session:
        engine.deploy(session, EVERY_WEEK, cast.admin)
    clock.advance(days=1)
    with database.unit_of_work() as session:
        engine.deploy(session, weekly("<timeDuration>P2D</timeDuration>", "清点"), cast.admin)
        assert len(starts(session, JobState.CANCELLED)) == 1
    clock.advance(days=30)
    assert run_due(database, engine, {}, clock) == 1
    with database.reading() as session:
        assert len(cases(session)) == 1 and starts(session, JobState.WAITING) == []


def test_a_cycle_in_feel_keeps_the_beat_it_began_with(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    first = 'date and time(date(today.year, today.month, 1) + duration("P1M"), time("00:30:00"))'
    monthly = weekly(f'<timeCycle>"R/" + string({first}) + "/P1M"</timeCycle>')
    with database.unit_of_work() as session:
        engine.deploy(session, monthly, cast.admin)
    for month, next_month in ((12, (2027, 1)), (1, (2027, 2)), (2, (2027, 3))):
        year = 2026 if month == 12 else 2027
        clock.move_to(datetime(year, month, 1, 0, 29, tzinfo=ZONE))
        assert run_due(database, engine, {}, clock) == 0
        clock.advance(minutes=1)
        assert run_due(database, engine, {}, clock) == 1
        with database.reading() as session:
            (due,) = [job.due_at for job in starts(session, JobState.WAITING)]
        assert due == datetime(*next_month, 1, 0, 30, tzinfo=ZONE)


def test_it_may_be_deployed_before_there_is_any_authority(
    database: Database, engine: Engine, clock: FixedClock
) -> None:  # fmt: skip
    with database.unit_of_work() as session:
        engine.deploy(session, EVERY_WEEK, SYSTEM)
    with database.reading() as session:
        assert session.scalars(select(Job).where(Job.kind == JobKind.START)).one().due_at > clock.now()
