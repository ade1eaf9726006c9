"""Sub-processes, calls, multi-instance, parallel ways, timers and errors, in the database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import queries
from engine.engine import Engine
from engine.errors import LeaseLostError, ModelFaultError, UserTaskCancelledError
from engine.incidents import IncidentResolvedError, TimerNotSkippableError, retry, skip
from engine.invariants import check_invariants
from engine.jobs import LEASE, Ticket, complete, run_due, take
from engine.model import (
    Incident,
    InstanceState,
    Job,
    JobKind,
    JobState,
    Notification,
    ProcessInstance,
    UserTask,
    UserTaskState,
)
from records.clock import FixedClock
from records.db import Database
from records.errors import NotFoundError
from records.people import Actor
from tests.engine.toys import FAMILY, HELPER, RELAY, RISKY, WAITING
from tests.factories import Cast


def tasks(session: Session, case: ProcessInstance) -> dict[str, UserTask]:
    open_ones = session.scalars(
        select(UserTask).where(UserTask.process_instance_id == case.id, UserTask.state == UserTaskState.OPEN)
    )
    return {t.element_id: t for t in open_ones}


def jobs(session: Session, case: ProcessInstance, kind: JobKind = JobKind.TIMER) -> dict[str, Job]:
    found = session.scalars(select(Job).where(Job.process_instance_id == case.id, Job.kind == kind))
    return {j.element_id or "": j for j in found}


@pytest.fixture
def deployed(database: Database, engine: Engine, cast: Cast) -> None:
    with database.unit_of_work() as session:
        engine.deploy_all(session, [FAMILY, RELAY, WAITING, HELPER, RISKY], cast.admin)


def started(database: Database, engine: Engine, key: str, actor: Actor, note: str = "") -> ProcessInstance:
    with database.unit_of_work() as session:
        return engine.start(session, key, {"note": note} if note else {}, actor)


def test_a_family_runs_in_parallel_through_calls_and_iterations(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, deployed: None
) -> None:
    case = started(database, engine, "family", cast.lead, cast.inspector.id)
    with database.unit_of_work() as session:
        now = tasks(session, case)
        assert set(now) == {"first", "assist"} and now["assist"].process_key == "helper"
        assert now["assist"].assignee_id == cast.inspector.id
        assert engine.complete(session, now["first"].id, {"text": "一"}, cast.lead).opened == []
    with database.unit_of_work() as session:
        done = engine.complete(session, tasks(session, case)["assist"].id, {"text": "二"}, cast.inspector)
        assert len(done.opened) == 2
    with database.unit_of_work() as session:
        items = sorted(session.scalars(select(UserTask).where(UserTask.element_id == "each")), key=lambda t: t.priority)
        assert [t.priority for t in items] == [10, 20]
        shown = queries.task_form(session, items[1].id, cast.inspector, clock=clock)
        assert shown.context.data["thing"] == {"name": "乙", "weight": 20}
        assert shown.context.data["helped"]["conclude"] == {"seen": "二"}
        engine.complete(session, items[1].id, {"verdict": "后"}, cast.inspector)
        engine.complete(session, items[0].id, {"verdict": "先"}, cast.inspector)
    with database.unit_of_work() as session:
        close = tasks(session, case)["close"]
        data = queries.task_form(session, close.id, cast.lead, clock=clock).context.data
        assert [each["verdict"] for each in data["each"]] == ["先", "后"]
        assert engine.complete(session, close.id, {"text": "好"}, cast.lead).instance_state is InstanceState.COMPLETED
        assert list(check_invariants(session, clock.now())) == []


def test_timers_fire_when_due_and_not_before(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, deployed: None
) -> None:
    case = started(database, engine, "waiting", cast.lead)
    assert run_due(database, engine, {}, clock) == 0
    with database.reading() as session:
        assert {k: j.due_at - clock.now() for k, j in jobs(session, case).items()} == {
            "late": timedelta(hours=2), "half": timedelta(hours=1),
        }  # fmt: skip
        work = tasks(session, case)["work"]
    clock.advance(hours=1)
    assert run_due(database, engine, {}, clock) == 1
    with database.reading() as session:
        assert set(tasks(session, case)) == {"work"}
        assert [n.text for n in session.scalars(select(Notification))] == ["时间过半"]
    clock.advance(hours=1)
    assert run_due(database, engine, {}, clock) == 1 and run_due(database, engine, {}, clock) == 0
    with database.unit_of_work() as session:
        assert set(tasks(session, case)) == {"talk"}
        with pytest.raises(UserTaskCancelledError):
            engine.complete(session, work.id, {"text": "迟"}, cast.inspector)
        engine.complete(session, tasks(session, case)["talk"].id, {"text": "谈"}, cast.lead)
        assert session.get_one(ProcessInstance, case.id).end_element == "failed"
        assert list(check_invariants(session, clock.now())) == []


def test_completing_in_time_cancels_the_timers_and_a_statutory_timer_waits(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, deployed: None
) -> None:
    case = started(database, engine, "waiting", cast.lead)
    with database.unit_of_work() as session:
        engine.complete(session, tasks(session, case)["work"].id, {"text": "完"}, cast.inspector)
    with database.reading() as session:
        states = {k: j.state for k, j in jobs(session, case).items()}
        assert states == {"late": JobState.CANCELLED, "half": JobState.CANCELLED, "pause": JobState.WAITING}
        assert jobs(session, case)["pause"].due_at == clock.now() + timedelta(hours=2)
        drawn = queries.diagram(session, case.id, cast.lead, clock=clock)
        assert drawn["current"] == ["pause"]
    clock.advance(hours=2)
    assert run_due(database, engine, {}, clock) == 1
    with database.reading() as session:
        assert session.get_one(ProcessInstance, case.id).state is InstanceState.COMPLETED


def test_a_zombie_does_not_fire_twice(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, deployed: None
) -> None:
    started(database, engine, "waiting", cast.lead)
    clock.advance(hours=1)
    with database.unit_of_work() as session:
        (zombie,) = take(session, clock, 5, [JobKind.TIMER])
    assert run_due(database, engine, {}, clock) == 0
    clock.advance(seconds=LEASE.total_seconds())
    assert run_due(database, engine, {}, clock) == 1
    with pytest.raises(LeaseLostError), database.unit_of_work() as session:
        engine.fire(session, zombie.id, zombie.token)
    with pytest.raises(NotFoundError), database.unit_of_work() as session:
        engine.fire(session, "nothing", 1)


def test_errors_go_to_their_boundary_event_or_refuse_the_step(
    database: Database, engine: Engine, cast: Cast, deployed: None
) -> None:
    assert started(database, engine, "risky", cast.lead).state is InstanceState.COMPLETED
    broken = started(database, engine, "risky", cast.lead, "break")
    with database.unit_of_work() as session:
        engine.complete(session, tasks(session, broken)["mend"].id, {"text": "补"}, cast.lead)
        assert session.get_one(ProcessInstance, broken.id).end_element == "mended"
    with pytest.raises(ModelFaultError, match="E-OTHER"):
        started(database, engine, "risky", cast.lead, "other")


def test_the_ladder_reminds_and_escalates(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, deployed: None
) -> None:
    case = started(database, engine, "relay", cast.lead)
    with database.unit_of_work() as session:
        engine.claim(session, tasks(session, case)["look"].id, cast.inspector)
        assert len(list(session.scalars(select(Job).where(Job.kind == JobKind.REMINDER)))) == 5
        due = tasks(session, case)["look"].due_at
    assert due is not None
    told: list[set[str]] = []
    for moment in (clock.now() + (due - clock.now()) / 2, due, due + timedelta(days=4), due + timedelta(days=9)):
        clock.move_to(moment)
        run_due(database, engine, {}, clock)
        with database.reading() as session:
            now = set(session.scalars(select(Notification.user_id)))
            told.append(now)
            level = tasks(session, case)["look"].escalation_level
    assert told[0] == {cast.inspector.id}
    assert cast.lead.id in told[1] and cast.manager.id not in told[1]
    assert cast.manager.id in told[2]
    assert cast.superior.id in told[3] and level == 3


def test_no_reminder_after_completion(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, deployed: None
) -> None:
    case = started(database, engine, "relay", cast.lead)
    with database.unit_of_work() as session:
        engine.complete(session, tasks(session, case)["look"].id, {"result": "direct"}, cast.inspector)
    clock.advance(days=30)
    run_due(database, engine, {}, clock)
    with database.reading() as session:
        assert list(session.scalars(select(Notification))) == []


def document_job(database: Database, clock: FixedClock, key: str = "document:d") -> str:
    with database.unit_of_work() as session:
        job = Job(
            id=clock.new_id(), kind=JobKind.DOCUMENT, due_at=clock.now(), payload={"document_id": "d"},
            idempotency_key=key, created_at=clock.now(),
        )  # fmt: skip
        session.add(job)
        return job.id


def test_handlers_do_the_rest_and_may_end_the_job_themselves(
    database: Database, engine: Engine, clock: FixedClock
) -> None:
    job_id = document_job(database, clock)
    seen: list[Ticket] = []

    def render(database: Database, ticket: Ticket) -> None:
        seen.append(ticket)
        with database.unit_of_work() as session:
            complete(session, clock, ticket)

    assert run_due(database, engine, {}, clock) == 0
    assert run_due(database, engine, {JobKind.DOCUMENT: render}, clock) == 1
    assert (seen[0].payload, seen[0].key) == ({"document_id": "d"}, "document:d")
    with database.reading() as session:
        assert session.get_one(Job, job_id).state is JobState.DONE


def test_a_failing_job_is_tried_again_then_becomes_an_incident(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    job_id = document_job(database, clock)

    def broken(database: Database, ticket: Ticket) -> None:
        raise OSError("disk full")

    handlers = {JobKind.DOCUMENT: broken}
    attempts = 0
    for _ in range(20):
        attempts += run_due(database, engine, handlers, clock)
        clock.advance(minutes=31)
    assert attempts == 5
    with database.unit_of_work() as session:
        (incident,) = session.scalars(select(Incident))
        assert "disk full" in incident.message and incident.job_id == job_id
        assert list(check_invariants(session, clock.now())) == []
        with pytest.raises(NotFoundError):
            retry(session, clock, incident.id, cast.inspector)
        retry(session, clock, incident.id, cast.admin)
        with pytest.raises(IncidentResolvedError):
            skip(session, clock, incident.id, cast.admin, "重复处理，不再执行该任务")
    assert run_due(database, engine, {JobKind.DOCUMENT: lambda _d, _t: None}, clock) == 1


def test_a_timer_in_trouble_is_retried_never_skipped(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, deployed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    started(database, engine, "waiting", cast.lead)
    clock.advance(hours=1)
    without = Engine({**engine.processes, "waiting": engine.processes["relay"]}, clock)
    for _ in range(6):
        run_due(database, without, {}, clock)
        clock.advance(minutes=5)
    clock.advance(minutes=31)
    run_due(database, without, {}, clock)
    with database.unit_of_work() as session:
        incident = session.scalars(select(Incident)).first()
        assert incident is not None and incident.element_id in ("half", "late")
        with pytest.raises(TimerNotSkippableError):
            skip(session, clock, incident.id, cast.admin, "跳过该定时器，另行通知")
        retry(session, clock, incident.id, cast.admin)


def test_a_job_that_kills_its_workers_becomes_an_incident(
    database: Database, engine: Engine, clock: FixedClock
) -> None:
    job_id = document_job(database, clock)
    for _ in range(6):
        with database.unit_of_work() as session:
            take(session, clock, 5, [JobKind.DOCUMENT])
        clock.advance(seconds=LEASE.total_seconds())
    with database.reading() as session:
        assert session.get_one(Job, job_id).state is JobState.INCIDENT
        assert [i.slug for i in session.scalars(select(Incident))] == ["job-abandoned"]


def test_a_job_that_kills_its_workers_takes_no_other_with_it(
    database: Database, engine: Engine, clock: FixedClock
) -> None:
    killer, *others = [document_job(database, clock, key) for key in "abcd"]
    done: list[str] = []
    while True:  # each round is a worker: it is killed as soon as it begins the killer, else it does all it took
        with database.unit_of_work() as session:
            tickets = take(session, clock, 5, [JobKind.DOCUMENT])
        for ticket in tickets:
            if ticket.id == killer:
                break
            with database.unit_of_work() as session:
                complete(session, clock, ticket)
            done.append(ticket.id)
        with database.reading() as session:
            if session.get_one(Job, killer).state is JobState.INCIDENT:
                break
        if not tickets or tickets[-1].id not in done:
            clock.advance(seconds=LEASE.total_seconds())
    assert sorted(done) == sorted(others)
    with database.reading() as session:
        assert [i.job_id for i in session.scalars(select(Incident))] == [killer]


def test_a_timer_that_was_moved_meanwhile_does_not_fire_early(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, deployed: None
) -> None:
    case = started(database, engine, "waiting", cast.lead)
    clock.advance(hours=1)
    with database.unit_of_work() as session:
        (ticket,) = take(session, clock, 5, [JobKind.TIMER])
        session.get_one(Job, ticket.id).due_at = clock.now() + timedelta(hours=3)
    with database.unit_of_work() as session:
        engine.fire(session, ticket.id, ticket.token)
        assert jobs(session, case)["half"].state is JobState.WAITING
        assert list(session.scalars(select(Notification))) == []
