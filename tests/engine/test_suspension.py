"""A suspended case: nothing is done in it, nothing fires, and it goes on where it stood."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.engine import Engine
from engine.errors import ClockStandsError, InstanceEndedError, ReasonMissingError
from engine.guards import lock_instance
from engine.invariants import check_invariants
from engine.jobs import run_due
from engine.model import InstanceState, Job, JobKind, JobState, Notification, ProcessInstance, UserTask, UserTaskState
from engine.pauses import pause_clocks
from engine.running import Running
from engine.step_errors import InstanceNotSuspendedError, InstanceSuspendedError, LegalBasisMissingError
from engine.suspension import ClockPolicy, Suspension
from records.clock import FixedClock
from records.db import Database
from records.errors import ForbiddenError, NotFoundError
from records.journal import JournalEntry
from records.pauses import ClockPause
from records.people import Actor
from tests.engine.test_races import completing, together
from tests.engine.toys import RELAY, WAITING
from tests.factories import Cast

OPEN_ELEMENTS = select(UserTask.element_id).where(UserTask.state == UserTaskState.OPEN)
LAW = "市场监督管理行政处罚程序规定第46条"


@pytest.fixture(autouse=True)
def deployed(database: Database, engine: Engine, cast: Cast) -> None:
    with database.unit_of_work() as session:
        engine.deploy_all(session, [RELAY, WAITING], cast.admin)


def started(database: Database, engine: Engine, cast: Cast, key: str) -> tuple[str, str]:
    """A case and its open user task."""
    with database.unit_of_work() as session:
        case = engine.start(session, key, {}, cast.lead).id
        task = session.scalars(select(UserTask.id).where(UserTask.process_instance_id == case)).one()
        return case, task


def suspend(
    database: Database, engine: Engine, case: str, actor: Actor, clocks: ClockPolicy = ClockPolicy.STOP
) -> None:
    with database.unit_of_work() as session:
        engine.suspend(session, case, "等待检验结论", LAW, clocks, actor)


def resume(database: Database, engine: Engine, case: str, actor: Actor) -> None:
    with database.unit_of_work() as session:
        engine.resume(session, case, "检验结论已到", actor)


def test_nothing_is_done_in_a_suspended_case(database: Database, engine: Engine, cast: Cast) -> None:
    case, look = started(database, engine, cast, "relay")
    with database.unit_of_work() as session:
        engine.claim(session, look, cast.inspector)
    suspend(database, engine, case, cast.lead)
    verbs = (
        lambda session: engine.claim(session, look, cast.colleague),
        lambda session: engine.release(session, look, cast.inspector),
        lambda session: engine.assign(session, look, cast.colleague.id, cast.lead),
        lambda session: engine.complete(session, look, {"result": "direct"}, cast.inspector),
        lambda session: engine.return_to(session, look, "look", "照片与所附清单不一致", cast.inspector),
        lambda session: engine.withdraw(session, look, "附件传错", cast.inspector),
        lambda session: engine.suspend(session, case, "再次", LAW, ClockPolicy.STOP, cast.lead),
    )
    for verb in verbs:
        with database.unit_of_work() as session, pytest.raises(InstanceSuspendedError):
            verb(session)
    resume(database, engine, case, cast.manager)
    done = completing(database, engine, look, cast.inspector, result="direct")()
    assert done.instance_state is InstanceState.ACTIVE


def test_deadlines_that_stand_still_move_by_that_time(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    case, look = started(database, engine, cast, "relay")
    with database.reading() as session:
        before = session.get_one(UserTask, look).due_at
    suspend(database, engine, case, cast.lead)
    clock.advance(days=7)
    assert run_due(database, engine, {}, clock) == 0
    resume(database, engine, case, cast.lead)
    with database.reading() as session:
        row = session.get_one(UserTask, look)
        # two working days from Wednesday the 18th; the clock goes on within Wednesday the 25th, which counts
        assert before is not None and row.due_at == row.sort_due == before + timedelta(days=6)
        [pause] = session.scalars(select(ClockPause)).all()
        assert (pause.ends_at, pause.legal_basis) == (clock.now(), LAW)
        assert list(check_invariants(session, clock.now())) == []


def test_deadlines_that_run_on_stay_and_what_fell_due_comes_at_once(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    case, _work = started(database, engine, cast, "waiting")
    suspend(database, engine, case, cast.lead, ClockPolicy.RUN)
    clock.advance(hours=3)
    run_due(database, engine, {}, clock)
    with database.reading() as session:
        timers = select(Job.state).where(Job.kind == JobKind.TIMER)
        assert set(session.scalars(timers)) == {JobState.HELD}
        assert session.scalars(select(UserTask.element_id).where(UserTask.state == UserTaskState.OPEN)).all() == [
            "work"
        ]
    resume(database, engine, case, cast.lead)
    while run_due(database, engine, {}, clock):
        pass
    with database.reading() as session:
        assert session.scalars(select(UserTask.element_id).where(UserTask.state == UserTaskState.OPEN)).all() == [
            "talk"
        ]
        assert session.scalars(select(ClockPause)).all() == []
        assert list(check_invariants(session, clock.now())) == []


def test_it_is_journaled_and_those_who_work_on_the_case_are_told(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    case, look = started(database, engine, cast, "relay")
    with database.unit_of_work() as session:
        engine.claim(session, look, cast.inspector)
    suspend(database, engine, case, cast.manager)
    with database.reading() as session:
        instance = session.get_one(ProcessInstance, case)
        kept = Suspension.of(instance)
        assert kept is not None
        assert (kept.at, kept.by_name, kept.legal_basis, kept.clocks) == (clock.now(), "梁局", LAW, ClockPolicy.STOP)
        told = select(Notification.user_id).where(Notification.kind == "suspended")
        assert set(session.scalars(told)) == {cast.inspector.id, cast.lead.id}
    resume(database, engine, case, cast.lead)
    with database.reading() as session:
        verbs = select(JournalEntry).where(JournalEntry.verb.like("process_instance.%")).order_by(JournalEntry.seq)
        entries = session.scalars(verbs).all()
        assert [(e.verb, e.reason) for e in entries[1:]] == [
            ("process_instance.suspended", "等待检验结论"),
            ("process_instance.resumed", "检验结论已到"),
        ]
        assert Suspension.of(session.get_one(ProcessInstance, case)) is None


def test_who_may_not_and_what_is_missing(database: Database, engine: Engine, cast: Cast) -> None:
    case, _look = started(database, engine, cast, "relay")
    stop = ClockPolicy.STOP
    with database.unit_of_work() as session:
        with pytest.raises(ForbiddenError):
            engine.suspend(session, case, "等待", LAW, stop, cast.inspector)
        with pytest.raises(NotFoundError):
            engine.suspend(session, case, "等待", LAW, stop, cast.outsider)
        with pytest.raises(NotFoundError):
            engine.suspend(session, "01ARZ3NDEKTSV4RRFFQ69G5FAV", "等待", LAW, stop, cast.lead)
        with pytest.raises(ReasonMissingError):
            engine.suspend(session, case, " ", LAW, stop, cast.lead)
        with pytest.raises(LegalBasisMissingError):
            engine.suspend(session, case, "等待", " ", stop, cast.lead)
        with pytest.raises(InstanceNotSuspendedError):
            engine.resume(session, case, "继续", cast.lead)
    suspend(database, engine, case, cast.lead)
    with database.unit_of_work() as session:
        with pytest.raises(ForbiddenError):
            engine.resume(session, case, "继续", cast.inspector)
        with pytest.raises(ReasonMissingError):
            engine.resume(session, case, "", cast.lead)
        engine.cancel(session, case, cast.lead, "企业已注销")
        with pytest.raises(InstanceEndedError):
            engine.suspend(session, case, "等待", LAW, stop, cast.lead)
        with pytest.raises(InstanceNotSuspendedError):
            engine.resume(session, case, "继续", cast.lead)
        assert session.scalars(select(ClockPause)).one().ends_at is not None


def test_what_else_stopped_the_clock_still_stops_it(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    case, _look = started(database, engine, cast, "relay")
    with database.unit_of_work() as session:
        instance = lock_instance(session, case)
        motion = Running.load(session, clock, cast.manager, engine.processes, instance)
        pause_clocks(motion, instance, "复检期间不计", cast.manager)
    with pytest.raises(ClockStandsError):
        suspend(database, engine, case, cast.lead)
    suspend(database, engine, case, cast.lead, ClockPolicy.RUN)
    resume(database, engine, case, cast.lead)
    with database.reading() as session:
        assert session.scalars(select(ClockPause)).one().ends_at is None


def test_a_task_is_completed_before_the_case_is_suspended_or_not_at_all(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    for _ in range(5):
        case, look = started(database, engine, cast, "relay")

        def act(case: str = case) -> None:
            suspend(database, engine, case, cast.lead)

        done, halted = together(completing(database, engine, look, cast.inspector, result="direct"), act)
        assert halted is None
        with database.reading() as session:
            completed = session.get_one(UserTask, look).state is UserTaskState.COMPLETED
            assert completed is not isinstance(done, InstanceSuspendedError)
            assert list(check_invariants(session, clock.now())) == []
