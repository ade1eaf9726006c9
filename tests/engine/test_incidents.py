"""What needs a person: opened once, told to the managers, ended by retry, skip or mended data, all in the journal."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from engine.engine import Engine
from engine.incidents import (
    IncidentResolvedError,
    NoSuchValueError,
    ReasonTooShortError,
    mend,
    retry,
    skip,
)
from engine.invariants import check_invariants
from engine.jobs import run_due
from engine.model import Incident, InstanceState, Job, JobState, Notification, ProcessInstance, UserTask
from engine.watchdog import watch
from records.clock import FixedClock
from records.db import Database
from records.errors import NotFoundError
from records.journal import JournalEntry
from tests.engine.test_deadline_changes import poison
from tests.engine.test_flow import jobs, started, tasks
from tests.engine.toys import RELAY
from tests.engine.toys_services import FORK, FORKED
from tests.factories import Cast

WHY = "现场记录有误，按纸质笔录更正"


@pytest.fixture
def engine(clock: FixedClock, engine: Engine, database: Database, cast: Cast) -> Engine:
    engine = Engine({**engine.processes, "forked": FORKED}, clock)
    with database.unit_of_work() as session:
        engine.deploy_all(session, [FORK, RELAY], cast.admin)
    return engine


def in_trouble(database: Database, engine: Engine, cast: Cast, clock: FixedClock) -> tuple[ProcessInstance, str]:
    """A timer fired into a gateway of which no way is right."""
    case = started(database, engine, "forked", cast.lead, "向东")
    clock.advance(hours=1)
    assert run_due(database, engine, {}, clock) == 1
    with database.reading() as session:
        return case, session.scalars(select(Incident.id)).one()


def test_a_fault_of_the_model_is_an_incident_at_once_and_the_managers_hear_of_it(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    case, incident_id = in_trouble(database, engine, cast, clock)
    with database.reading() as session:
        incident = session.get_one(Incident, incident_id)
        assert (incident.slug, incident.process_instance_id) == ("model-fault", case.id)
        assert jobs(session, case)["later"].state is JobState.INCIDENT
        told = session.scalars(select(Notification.user_id).where(Notification.kind == "incident")).all()
        assert told == [cast.manager.id]
        assert list(check_invariants(session, clock.now())) == []


def test_a_manager_mends_the_data_and_the_case_goes_on(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    case, incident_id = in_trouble(database, engine, cast, clock)
    with database.unit_of_work() as session:
        mend(session, clock, engine.processes, incident_id, cast.manager, "begin.note", "left", WHY)
    assert run_due(database, engine, {}, clock) == 1
    with database.reading() as session:
        assert session.get_one(ProcessInstance, case.id).state is InstanceState.COMPLETED
        entry = session.scalars(select(JournalEntry).where(JournalEntry.verb == "incident.data_mended")).one()
        assert entry.before == {"path": "begin.note", "value": "向东"} and entry.reason == WHY
        assert entry.after == {"path": "begin.note", "value": "left"} and entry.actor_id == cast.manager.id
        assert session.get_one(Incident, incident_id).resolution == "mended"
        assert list(check_invariants(session, clock.now())) == []


@pytest.mark.parametrize(
    "path", ["", "nothing", "nothing.note", "begin.note.deeper", "case.no", "begin._by", "begin.0.x"]
)
def test_a_path_that_leads_nowhere_is_refused(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, path: str
) -> None:
    _case, incident_id = in_trouble(database, engine, cast, clock)
    with pytest.raises(NoSuchValueError), database.unit_of_work() as session:
        mend(session, clock, engine.processes, incident_id, cast.manager, path, "left", WHY)


def test_data_is_mended_and_jobs_are_skipped_with_a_reason_that_says_something(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    _case, incident_id = in_trouble(database, engine, cast, clock)
    with database.unit_of_work() as session:
        with pytest.raises(ReasonTooShortError):
            mend(session, clock, engine.processes, incident_id, cast.manager, "begin.note", "left", "改")
        with pytest.raises(ReasonTooShortError):
            skip(session, clock, incident_id, cast.manager, "  不用了  ")


def test_only_managers_of_the_region_and_administrators_end_incidents(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    _case, incident_id = in_trouble(database, engine, cast, clock)
    with database.unit_of_work() as session:
        for actor in (cast.inspector, cast.lead, cast.outsider, cast.auditor, cast.business):
            with pytest.raises(NotFoundError):
                retry(session, clock, incident_id, actor)
        retry(session, clock, incident_id, cast.superior)
        with pytest.raises(IncidentResolvedError):
            retry(session, clock, incident_id, cast.admin)


def test_a_retry_that_fails_again_is_a_new_incident(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    _case, incident_id = in_trouble(database, engine, cast, clock)
    with database.unit_of_work() as session:
        retry(session, clock, incident_id, cast.manager)
    assert run_due(database, engine, {}, clock) == 1
    with database.reading() as session:
        found = session.scalars(select(Incident).where(Incident.resolved_at.is_(None))).one()
        assert found.id != incident_id


def test_the_watchdog_finds_cases_that_wait_for_nothing_once(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    stuck, well = (started(database, engine, "relay", cast.lead) for _ in range(2))
    with database.unit_of_work() as session:
        assert watch(session, clock) == 0
        session.execute(delete(UserTask).where(UserTask.process_instance_id == stuck.id))
        session.execute(delete(Job).where(Job.process_instance_id == stuck.id))
    with database.unit_of_work() as session:
        assert watch(session, clock) == 1
    with database.unit_of_work() as session:
        assert watch(session, clock) == 0
        incident = session.scalars(select(Incident)).one()
        assert (incident.process_instance_id, incident.slug, incident.job_id) == (stuck.id, "waits-for-nothing", None)
        assert set(tasks(session, well)) == {"look"}
        retry(session, clock, incident.id, cast.manager)
    with database.unit_of_work() as session:
        assert watch(session, clock) == 1


def test_a_poisoned_case_stops_no_other(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.unit_of_work() as session:
        cases = [engine.start(session, "forked", {"note": "left"}, cast.lead).id for _ in range(60)]
    poison(monkeypatch, cases[7])
    clock.advance(hours=1)
    assert [run_due(database, engine, {}, clock, 20) for _ in range(4)] == [20, 20, 20, 0]
    with database.reading() as session:
        ended = select(ProcessInstance.id).where(ProcessInstance.state == InstanceState.COMPLETED)
        assert set(session.scalars(ended)) == {*cases} - {cases[7]}
        assert session.scalars(select(Incident.process_instance_id)).one() == cases[7]
        assert list(check_invariants(session, clock.now())) == []
