"""Service tasks with outside effects: called after the step under one key, recorded once, tried again, or thrown."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.engine import Engine
from engine.incidents import retry, skip
from engine.invariants import check_invariants
from engine.jobs import run_due
from engine.model import Incident, InstanceState, JobKind, JobState, Notification, ProcessInstance
from records.clock import FixedClock
from records.db import Database
from records.journal import JournalEntry
from tests.engine.test_flow import jobs, started, tasks
from tests.engine.toys_services import NOTICE, Outside
from tests.factories import Cast


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
def engine(clock: FixedClock, outside: Outside, database: Database, cast: Cast) -> Engine:
    engine = Engine({"notice": outside.process()}, clock)
    with database.unit_of_work() as session:
        engine.deploy(session, NOTICE, cast.admin)
    return engine


def test_the_call_is_made_after_the_step_and_its_result_moves_the_case(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, outside: Outside
) -> None:
    case = started(database, engine, "notice", cast.lead, "请知悉")
    with database.reading() as session:
        assert tasks(session, case) == {} and outside.calls == []
        assert list(check_invariants(session, clock.now())) == []
    assert run_due(database, engine, {}, clock) == 1 and run_due(database, engine, {}, clock) == 0
    (call,) = outside.calls
    assert (call.data["begin"]["note"], call.business_key, call.attempt) == ("请知悉", case.business_key, 1)
    with database.reading() as session:
        assert set(tasks(session, case)) == {"read"}
        assert jobs(session, case, JobKind.SERVICE)["announce"].state is JobState.DONE
        entry = session.scalars(select(JournalEntry).where(JournalEntry.verb == "service.called")).one()
        assert entry.after == {"element": "announce", "attempts": 1, "key": call.key}
        assert list(check_invariants(session, clock.now())) == []


def test_a_call_that_fails_is_made_again_under_the_same_key(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, outside: Outside
) -> None:
    outside.failures = 2
    case = started(database, engine, "notice", cast.lead)
    for _ in range(3):
        run_due(database, engine, {}, clock)
        clock.advance(minutes=31)
    assert len({call.key for call in outside.calls}) == 1 and [call.attempt for call in outside.calls] == [1, 2, 3]
    with database.reading() as session:
        assert set(tasks(session, case)) == {"read"}


def test_an_error_of_the_model_goes_to_the_boundary_event(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, outside: Outside
) -> None:
    outside.refuses = True
    case = started(database, engine, "notice", cast.lead)
    run_due(database, engine, {}, clock)
    with database.reading() as session:
        assert set(tasks(session, case)) == {"mend"}
        entry = session.scalars(select(JournalEntry).where(JournalEntry.verb == "service.failed")).one()
        assert entry.after and entry.after["error_code"] == "E-REFUSED"


def test_a_call_that_cannot_be_made_becomes_an_incident_to_retry_or_to_skip(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, outside: Outside
) -> None:
    outside.failures = 6
    cases = [started(database, engine, "notice", cast.lead) for _ in range(2)]
    for _ in range(5):
        run_due(database, engine, {}, clock)
        clock.advance(minutes=31)
        outside.failures = max(outside.failures, 2)
    with database.unit_of_work() as session:
        incidents = {i.process_instance_id: i for i in session.scalars(select(Incident))}
        assert incidents.keys() == {case.id for case in cases} and len(outside.calls) == 10
        told = select(Notification.user_id).where(Notification.kind == "incident")
        assert set(session.scalars(told)) == {cast.manager.id}
        assert list(check_invariants(session, clock.now())) == []
        outside.failures = 0
        retry(session, clock, incidents[cases[0].id].id, cast.manager)
        skip(session, clock, incidents[cases[1].id].id, cast.manager, "已电话告知对方，无需再推送")
    assert run_due(database, engine, {}, clock) == 2
    assert len(outside.calls) == 11
    with database.reading() as session:
        assert set(tasks(session, cases[0])) == {"read"}
        states = {c.id: session.get_one(ProcessInstance, c.id).state for c in cases}
        assert states == {cases[0].id: InstanceState.ACTIVE, cases[1].id: InstanceState.COMPLETED}
        reasons = select(JournalEntry.reason).where(JournalEntry.verb == "incident.skipped")
        assert session.scalar(reasons) == "已电话告知对方，无需再推送"
        assert list(check_invariants(session, clock.now())) == []


def test_a_suspended_case_is_not_called_for(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, outside: Outside
) -> None:
    case = started(database, engine, "notice", cast.lead)
    with database.unit_of_work() as session:
        session.get_one(ProcessInstance, case.id).state = InstanceState.SUSPENDED
    assert run_due(database, engine, {}, clock) == 1 and outside.calls == []
    with database.reading() as session:
        assert jobs(session, case, JobKind.SERVICE)["announce"].state is JobState.HELD


def test_a_cancelled_case_is_not_called_for(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, outside: Outside
) -> None:
    case = started(database, engine, "notice", cast.lead)
    with database.unit_of_work() as session:
        engine.cancel(session, case.id, cast.manager, "误立案")
    assert run_due(database, engine, {}, clock) == 0 and outside.calls == []
