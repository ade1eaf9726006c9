"""A clock that stands: no deadline counts the time, nothing fires in it, and it goes on where it stopped."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from engine.engine import Engine
from engine.errors import ClockRunsError, ClockStandsError, ReasonMissingError
from engine.guards import lock_instance
from engine.invariants import check_invariants
from engine.jobs import run_due
from engine.model import InstanceState, Job, JobKind, JobState, Notification, ProcessInstance
from engine.pauses import pause_clocks, resume_clocks
from engine.running import Running
from records.calendar import WorkCalendar
from records.clock import ZONE, FixedClock
from records.db import Database
from records.deadlines import deadline_of, moved
from records.errors import NotFoundError
from records.journal import JournalEntry
from records.pauses import ClockPause, Pauses
from tests.engine.test_flow import jobs, started, tasks
from tests.engine.toys import RELAY, WAITING
from tests.factories import Cast


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)


@pytest.fixture
def deployed(database: Database, engine: Engine, cast: Cast) -> None:
    with database.unit_of_work() as session:
        engine.deploy_all(session, [RELAY, WAITING], cast.admin)


def turn(verb: object, database: Database, engine: Engine, cast: Cast, case_id: str, **more: str) -> None:
    with database.unit_of_work() as session:
        instance = lock_instance(session, case_id)
        motion = Running.load(session, engine.clock, cast.manager, engine.processes, instance)
        verb(motion, instance, "复检期间不计", cast.manager, **more)  # type: ignore[operator]


STOPPED = Pauses(((local(2026, 11, 19, 10), local(2026, 11, 23, 9)),))


def test_hours_of_a_pause_do_not_count() -> None:
    calendar = WorkCalendar({}, "v")
    start = local(2026, 11, 19, 9)
    assert deadline_of(2, "h", start, calendar, STOPPED) == local(2026, 11, 23, 10)
    assert deadline_of(1, "h", start, calendar, STOPPED) == local(2026, 11, 19, 10)
    assert STOPPED.counted(start, local(2026, 11, 23, 10)) == timedelta(hours=2)


def test_days_do_not_count_while_the_clock_stands_at_their_end() -> None:
    calendar = WorkCalendar({}, "v")
    start = local(2026, 11, 18, 9)  # Wednesday; Thursday and Friday stand still, Monday counts again
    assert deadline_of(1, "wd", start, calendar, STOPPED) == local(2026, 11, 24)
    assert deadline_of(3, "wd", start, calendar, STOPPED) == local(2026, 11, 26)
    assert deadline_of(1, "d", start, calendar, STOPPED) == local(2026, 11, 24)
    assert deadline_of(1, "mon", start, calendar, STOPPED) == local(2026, 12, 23)
    assert deadline_of(1, "wd", local(2026, 11, 17, 9), calendar, STOPPED) == local(2026, 11, 19)


def test_a_date_moves_by_the_pauses_after_it_was_set() -> None:
    assert moved(local(2026, 11, 20), local(2026, 11, 18, 9), STOPPED) == local(2026, 11, 24)
    assert moved(local(2026, 11, 19, 11), local(2026, 11, 19, 9), STOPPED) == local(2026, 11, 23, 10)
    assert moved(local(2026, 11, 25), local(2026, 11, 24, 9), STOPPED) == local(2026, 11, 25)


def test_overlapping_pauses_count_once() -> None:
    rows = [
        ClockPause(begins_at=local(2026, 11, 18, 9), ends_at=local(2026, 11, 18, 12)),
        ClockPause(begins_at=local(2026, 11, 18, 11), ends_at=None),
        ClockPause(begins_at=local(2026, 11, 18, 15), ends_at=local(2026, 11, 18, 16)),
    ]
    pauses = Pauses.of(rows, local(2026, 11, 18, 13))
    assert pauses.counted(local(2026, 11, 18, 8), local(2026, 11, 18, 17)) == timedelta(hours=4)


def test_nothing_fires_while_the_clock_stands_and_it_goes_on_where_it_stopped(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, deployed: None
) -> None:
    case = started(database, engine, "waiting", cast.lead)
    begun = clock.now()
    clock.advance(minutes=30)
    turn(pause_clocks, database, engine, cast, case.id)
    clock.advance(days=3)
    assert run_due(database, engine, {}, clock) == 0
    with database.reading() as session:
        assert {job.state for job in jobs(session, case).values()} == {JobState.HELD}
        assert list(check_invariants(session, clock.now())) == []
    turn(resume_clocks, database, engine, cast, case.id)
    with database.reading() as session:
        due = {element: job.due_at - begun - timedelta(days=3) for element, job in jobs(session, case).items()}
        assert due == {"late": timedelta(hours=2), "half": timedelta(hours=1)}
        entry = session.scalars(select(JournalEntry).where(JournalEntry.verb == "timer.moved")).first()
        assert entry is not None and entry.before and entry.after and entry.reason == "复检期间不计"
        assert entry.before["due_at"] != entry.after["due_at"]
    assert run_due(database, engine, {}, clock) == 0
    clock.advance(minutes=30)
    assert run_due(database, engine, {}, clock) == 1
    with database.reading() as session:
        assert list(check_invariants(session, clock.now())) == []


def test_deadlines_and_their_ladder_move_and_the_group_is_told(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, deployed: None
) -> None:
    case = started(database, engine, "relay", cast.lead)
    with database.reading() as session:
        before = tasks(session, case)["look"].due_at
        rungs = {job.idempotency_key: job.due_at for job in _reminders(session)}
    turn(pause_clocks, database, engine, cast, case.id)
    clock.advance(days=2)
    turn(resume_clocks, database, engine, cast, case.id)
    with database.reading() as session:
        look = tasks(session, case)["look"]
        assert before is not None and look.due_at is not None and look.due_at > before and look.sort_due == look.due_at
        after = {job.idempotency_key: job.due_at for job in _reminders(session)}
        assert after.keys() == rungs.keys() and all(after[key] > rungs[key] for key in rungs)
        assert {job.state for job in _reminders(session)} == {JobState.WAITING}
        told = set(session.scalars(select(Notification.user_id).where(Notification.kind == "due_moved")))
        assert {cast.inspector.id, cast.colleague.id} <= told and cast.outsider.id not in told


def test_the_clock_of_one_user_task_stands_alone(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, deployed: None
) -> None:
    case = started(database, engine, "relay", cast.lead)
    with database.reading() as session:
        look = tasks(session, case)["look"]
    turn(pause_clocks, database, engine, cast, case.id, user_task_id=look.id)
    clock.advance(days=20)
    assert run_due(database, engine, {}, clock) == 0
    turn(resume_clocks, database, engine, cast, case.id, user_task_id=look.id)
    with database.reading() as session:
        moved_to = tasks(session, case)["look"].due_at
        assert moved_to is not None and look.due_at is not None and moved_to > look.due_at
    with pytest.raises(NotFoundError):
        turn(pause_clocks, database, engine, cast, case.id, user_task_id="another")


def test_a_job_that_a_worker_holds_when_the_clock_stops_is_held_too(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, deployed: None
) -> None:
    case = started(database, engine, "waiting", cast.lead)
    turn(pause_clocks, database, engine, cast, case.id)
    clock.advance(hours=5)
    with database.unit_of_work() as session:
        for job in jobs(session, case).values():
            job.state = JobState.WAITING  # as if it had been armed or taken meanwhile
    assert run_due(database, engine, {}, clock) == 2
    with database.reading() as session:
        assert {job.state for job in jobs(session, case).values()} == {JobState.HELD}
        assert {job.attempts for job in jobs(session, case).values()} == {0}


def test_jobs_of_a_suspended_case_wait(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, deployed: None
) -> None:
    case = started(database, engine, "waiting", cast.lead)
    with database.unit_of_work() as session:
        session.get_one(ProcessInstance, case.id).state = InstanceState.SUSPENDED
    clock.advance(hours=1)
    assert run_due(database, engine, {}, clock) == 1
    with database.reading() as session:
        assert jobs(session, case)["half"].state is JobState.HELD
    with database.unit_of_work() as session:
        session.get_one(ProcessInstance, case.id).state = InstanceState.ACTIVE
    turn(resume_clocks, database, engine, cast, case.id)
    assert run_due(database, engine, {}, clock) == 1
    with database.reading() as session:
        assert jobs(session, case)["half"].state is JobState.DONE


def test_a_clock_is_stopped_once_with_a_reason(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, deployed: None
) -> None:
    case = started(database, engine, "relay", cast.lead)
    with database.reading() as session:
        look = tasks(session, case)["look"]
    with pytest.raises(ClockRunsError):
        turn(resume_clocks, database, engine, cast, case.id, user_task_id=look.id)
    turn(pause_clocks, database, engine, cast, case.id)
    with pytest.raises(ClockStandsError):
        turn(pause_clocks, database, engine, cast, case.id)
    for verb in (pause_clocks, resume_clocks):
        with pytest.raises(ReasonMissingError), database.unit_of_work() as session:
            instance = lock_instance(session, case.id)
            verb(Running.load(session, clock, cast.manager, engine.processes, instance), instance, "  ", cast.manager)


def _reminders(session: object) -> list[Job]:
    return list(session.scalars(select(Job).where(Job.kind == JobKind.REMINDER)))  # type: ignore[attr-defined]
