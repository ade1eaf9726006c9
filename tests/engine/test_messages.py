"""Messages and signals: who gets them, how often, and what they leave."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.engine import Engine
from engine.errors import (
    AmbiguousMessageError,
    IdempotencyKeyReusedError,
    MessageNotCorrelatedError,
    MessageTooLargeError,
    ModelFaultError,
)
from engine.incidents import retry
from engine.invariants import check_invariants
from engine.jobs import run_due
from engine.messages import KEEP, Message, Receipt
from engine.model import (
    EventSubscription,
    Incident,
    InstanceState,
    Job,
    JobKind,
    JobState,
    MessageState,
    Notification,
    ProcessInstance,
    ReceivedMessage,
    UserTask,
    UserTaskState,
)
from engine.suspension import ClockPolicy
from records.clock import FixedClock
from records.db import Database
from records.errors import ForbiddenError, InvalidAnswersError, NotFoundError
from records.journal import JournalEntry
from records.people import SYSTEM, Actor
from tests.engine.toys_messages import BUNDLES, PROCESSES
from tests.factories import SIBLING, Cast


@pytest.fixture
def engine(clock: FixedClock) -> Engine:
    return Engine(PROCESSES, clock)


@pytest.fixture(autouse=True)
def deployed(database: Database, engine: Engine, cast: Cast) -> None:
    with database.unit_of_work() as session:
        engine.deploy_all(session, BUNDLES, cast.admin)


def start(database: Database, engine: Engine, key: str, actor: Actor, note: str = "") -> ProcessInstance:
    with database.unit_of_work() as session:
        return engine.start(session, key, {"note": note} if note else {}, actor)


def work(database: Database, engine: Engine, clock: FixedClock) -> None:
    """Let a worker do whatever is due, until nothing is."""
    for _ in range(20):
        if not run_due(database, engine, {}, clock):
            return


def send(database: Database, engine: Engine, message: Message, actor: Actor) -> Receipt:
    with database.unit_of_work() as session:
        return engine.correlate(session, message, actor)


def steps(database: Database, case: ProcessInstance) -> list[str]:
    with database.reading() as session:
        found = session.scalars(
            select(UserTask.element_id)
            .where(UserTask.process_instance_id == case.id, UserTask.state == UserTaskState.OPEN)
            .order_by(UserTask.element_id)
        )
        return list(found)


def awaited(database: Database, case: ProcessInstance) -> list[tuple[str, str]]:
    with database.reading() as session:
        found = session.execute(
            select(EventSubscription.element_id, EventSubscription.correlation)
            .where(EventSubscription.process_instance_id == case.id)
            .order_by(EventSubscription.element_id)
        )
        return [(element, correlation) for element, correlation in found]


def complete(database: Database, engine: Engine, case: ProcessInstance, element: str, actor: Actor) -> None:
    with database.unit_of_work() as session:
        task = session.scalars(
            select(UserTask).where(
                UserTask.process_instance_id == case.id,
                UserTask.element_id == element,
                UserTask.state == UserTaskState.OPEN,
            )
        ).first()
        assert task is not None
        engine.complete(session, task.id, {"text": "x"}, actor)


def fresh(database: Database, case: ProcessInstance) -> ProcessInstance:
    with database.reading() as session:
        return session.get_one(ProcessInstance, case.id)


def clean(database: Database) -> bool:
    with database.reading() as session:
        found = list(check_invariants(session))
    assert found == []
    return True


def waiting(database: Database, engine: Engine, cast: Cast) -> ProcessInstance:
    """A case that waits for the message ``news``."""
    case = start(database, engine, "listening", cast.lead)
    complete(database, engine, case, "work", cast.lead)
    return case


def test_subscriptions_are_rows_while_the_case_waits(database: Database, engine: Engine, cast: Cast) -> None:
    case = start(database, engine, "listening", cast.lead)
    no = case.business_key
    assert awaited(database, case) == [("alarmed", ""), ("note_begin", no)]
    complete(database, engine, case, "work", cast.lead)
    assert awaited(database, case) == [("note_begin", no), ("wait", no)]
    with database.unit_of_work() as session:
        engine.cancel(session, case.id, cast.lead, "测试")
    assert awaited(database, case) == [] and clean(database)


def test_a_message_finds_its_case_by_number(database: Database, engine: Engine, cast: Cast, clock: FixedClock) -> None:
    case, other = waiting(database, engine, cast), waiting(database, engine, cast)
    receipt = send(database, engine, Message("news", case.business_key, {"text": "甲", "amount": 2}, "m-1"), cast.admin)
    assert receipt == Receipt("m-1", MessageState.TAKEN, case.id, 1)
    assert steps(database, case) == ["after"] and steps(database, other) == []
    with database.reading() as session:
        entry = session.scalars(select(JournalEntry).where(JournalEntry.verb == "message.received")).one()
        assert entry.after is not None and entry.process_instance_id == case.id
        assert (entry.after["element"], entry.after["message_id"]) == ("wait", "m-1")
    assert clean(database)


def test_the_same_id_again_gets_the_same_answer_and_moves_nothing(
    database: Database, engine: Engine, cast: Cast
) -> None:
    case = waiting(database, engine, cast)
    message = Message("news", case.business_key, {"text": "甲", "amount": 2}, "m-1")
    first = send(database, engine, message, cast.admin)
    version = fresh(database, case).version
    again = send(database, engine, message, cast.admin)
    assert again == Receipt(first.id, first.state, first.process_instance_id, 1, is_repeat=True)
    assert fresh(database, case).version == version
    with pytest.raises(IdempotencyKeyReusedError):
        send(database, engine, Message("news", case.business_key, {"text": "乙"}, "m-1"), cast.admin)


def test_a_message_for_nobody_is_refused_and_may_come_again(database: Database, engine: Engine, cast: Cast) -> None:
    case = start(database, engine, "listening", cast.lead)
    message = Message("news", case.business_key, {"text": "甲"}, "m-1")
    with pytest.raises(MessageNotCorrelatedError) as refusal:
        send(database, engine, message, cast.admin)
    assert refusal.value.params == {"name": "news", "correlation": case.business_key}
    complete(database, engine, case, "work", cast.lead)
    assert not send(database, engine, message, cast.admin).is_repeat


def test_a_message_for_several_is_refused_with_their_number(database: Database, engine: Engine, cast: Cast) -> None:
    for _ in range(2):
        start(database, engine, "lot", cast.lead, "L-7")
    with pytest.raises(AmbiguousMessageError) as refusal:
        send(database, engine, Message("result", "L-7", {"ok": True}), cast.admin)
    assert refusal.value.params["count"] == 2


def test_a_message_is_correlated_by_the_value_that_the_model_declares(
    database: Database, engine: Engine, cast: Cast
) -> None:
    case, other = start(database, engine, "lot", cast.lead, "L-7"), start(database, engine, "lot", cast.lead, "L-8")
    send(database, engine, Message("result", "L-7", [1, 2]), cast.admin)
    assert fresh(database, case).state is InstanceState.COMPLETED
    assert fresh(database, other).state is InstanceState.ACTIVE and clean(database)


def test_a_place_without_a_value_to_correlate_by_is_a_fault(database: Database, engine: Engine, cast: Cast) -> None:
    with pytest.raises(ModelFaultError, match="result"):
        start(database, engine, "lot", cast.lead)


def test_only_what_the_form_declares_enters(database: Database, engine: Engine, cast: Cast) -> None:
    case = waiting(database, engine, cast)
    for payload in ({"text": "甲", "approved": True}, {"text": "甲", "amount": "many"}):
        with pytest.raises(InvalidAnswersError):
            send(database, engine, Message("news", case.business_key, payload), cast.admin)
    assert steps(database, case) == []


@pytest.mark.parametrize("who", ["inspector", "manager", "business"])
def test_only_administrators_send_from_outside(database: Database, engine: Engine, cast: Cast, who: str) -> None:
    case = waiting(database, engine, cast)
    with pytest.raises(ForbiddenError):
        send(database, engine, Message("news", case.business_key, {"text": "甲"}), getattr(cast, who))


def test_a_message_has_a_size_and_a_depth_at_most(database: Database, engine: Engine, cast: Cast) -> None:
    deep: Any = []
    for _ in range(900):
        deep = [deep]
    for payload in ("x" * 70_000, deep):
        with pytest.raises(MessageTooLargeError):
            send(database, engine, Message("result", "L-7", payload), cast.admin)


def test_a_message_may_begin_a_process(database: Database, engine: Engine, cast: Cast, clock: FixedClock) -> None:
    case = waiting(database, engine, cast)
    receipt = send(database, engine, Message("ask", "", {"to": case.business_key}, "m-1"), cast.admin)
    begun = fresh(database, ProcessInstance(id=receipt.process_instance_id))
    assert begun.process_key == "sending" and begun.state is InstanceState.COMPLETED
    work(database, engine, clock)
    assert steps(database, case) == ["after"] and clean(database)


def test_a_message_may_name_the_place_of_the_case_it_begins(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    case = waiting(database, engine, cast)
    elsewhere = Message("ask", "", {"to": case.business_key, "region_code": SIBLING}, "m-1")
    receipt = send(database, engine, elsewhere, cast.admin)
    begun = fresh(database, ProcessInstance(id=receipt.process_instance_id))
    assert (begun.region_code, begun.region_path) == (SIBLING, cast.outsider.region_path)
    with pytest.raises(NotFoundError):
        send(
            database, engine, Message("ask", "", {"to": case.business_key, "region_code": "999999"}, "m-2"), cast.admin
        )


def test_what_a_model_throws_is_delivered_after_its_step(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    case, bystander = waiting(database, engine, cast), start(database, engine, "listening", cast.lead)
    sender = start(database, engine, "sending", cast.lead, case.business_key)
    assert sender.state is InstanceState.COMPLETED and steps(database, case) == []
    work(database, engine, clock)
    assert steps(database, case) == ["after"]
    assert fresh(database, bystander).end_element == "dropped"  # the signal was for everyone
    with database.reading() as session:
        entries = session.scalars(select(JournalEntry).where(JournalEntry.verb == "message.received")).all()
        assert [(e.actor_id, (e.after or {})["from"]) for e in entries] == [(SYSTEM.id, sender.id)]
        begun = session.scalars(select(ProcessInstance).where(ProcessInstance.process_key == "watch")).all()
        assert [(b.region_path, b.is_drill) for b in begun] == [(sender.region_path, False)]
    assert clean(database)


def test_what_is_thrown_before_anybody_waits_is_kept(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    case = start(database, engine, "listening", cast.lead)
    start(database, engine, "sending", cast.lead, "somebody else")
    with database.unit_of_work() as session:
        session.execute(EventSubscription.__table__.delete().where(EventSubscription.kind == "signal"))
    start(database, engine, "sending", cast.lead, case.business_key)
    work(database, engine, clock)
    assert steps(database, case) == ["work"]
    complete(database, engine, case, "work", cast.lead)
    assert steps(database, case) == []
    work(database, engine, clock)
    assert steps(database, case) == ["after"]
    with database.reading() as session:
        states = session.execute(
            select(ReceivedMessage.correlation, ReceivedMessage.state).where(ReceivedMessage.kind == "message")
        )
        assert dict(states.all()) == {
            "somebody else": MessageState.KEPT,
            case.business_key: MessageState.TAKEN,
        }


def test_a_message_that_nobody_ever_takes_becomes_an_incident(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    sender = start(database, engine, "sending", cast.lead, "L-9")
    work(database, engine, clock)
    clock.advance(days=KEEP.days)
    for _ in range(8):
        work(database, engine, clock)
        clock.advance(hours=1)
    with database.reading() as session:
        incident = session.scalars(select(Incident)).one()
        assert (incident.slug, incident.process_instance_id) == ("message-not-correlated", sender.id)
    receiver = start(database, engine, "lot", cast.lead, "x")
    assert receiver.state is InstanceState.ACTIVE
    with database.unit_of_work() as session:
        session.execute(EventSubscription.__table__.update().values(name="news", correlation="L-9"))
        retry(session, clock, session.scalars(select(Incident.id)).one(), SYSTEM)
    work(database, engine, clock)
    assert fresh(database, receiver).state is InstanceState.COMPLETED


def test_a_message_may_be_told_to_wait(database: Database, engine: Engine, cast: Cast, clock: FixedClock) -> None:
    case = start(database, engine, "listening", cast.lead)
    until = clock.now() + timedelta(days=1)
    message = Message("news", case.business_key, {"text": "甲"}, "m-1", until)
    assert send(database, engine, message, cast.admin).state is MessageState.KEPT
    assert send(database, engine, message, cast.admin).is_repeat
    complete(database, engine, case, "work", cast.lead)
    work(database, engine, clock)
    assert steps(database, case) == ["after"]
    assert send(database, engine, message, cast.admin).process_instance_id == case.id


def test_a_signal_reaches_everyone_once(database: Database, engine: Engine, cast: Cast, clock: FixedClock) -> None:
    cases = [start(database, engine, "listening", cast.lead) for _ in range(3)]
    for repeat in (False, True):
        with database.unit_of_work() as session:
            receipt = engine.broadcast(session, Message("alarm", payload={"level": 1}, id="s-1"), cast.admin)
        assert (receipt.receivers, receipt.is_repeat) == (4, repeat)  # three cases, and a process that it begins
    with database.reading() as session:
        assert session.scalar(select(func.count()).where(Job.kind == JobKind.SIGNAL)) == 4
    work(database, engine, clock)
    assert {fresh(database, case).end_element for case in cases} == {"dropped"}
    with database.reading() as session:
        assert session.scalar(select(func.count()).where(ProcessInstance.process_key == "watch")) == 1
    assert clean(database)


def test_a_signal_passes_over_who_went_on_meanwhile(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    case = start(database, engine, "listening", cast.lead)
    with database.unit_of_work() as session:
        engine.broadcast(session, Message("alarm", id="s-1"), cast.admin)
    complete(database, engine, case, "work", cast.lead)
    work(database, engine, clock)
    assert fresh(database, case).state is InstanceState.ACTIVE
    with database.reading() as session:
        assert set(session.scalars(select(Job.state).where(Job.kind == JobKind.SIGNAL))) == {JobState.DONE}


def test_a_drill_s_signal_stays_among_drills(database: Database, engine: Engine, cast: Cast, clock: FixedClock) -> None:
    real, drill = start(database, engine, "listening", cast.lead), start(database, engine, "listening", cast.lead)
    with database.unit_of_work() as session:
        session.execute(
            EventSubscription.__table__.update()
            .where(EventSubscription.process_instance_id == drill.id)
            .values(is_drill=True)
        )
    with database.unit_of_work() as session:
        engine.broadcast(session, Message("alarm", is_drill=True), cast.admin)
    work(database, engine, clock)
    assert fresh(database, real).state is InstanceState.ACTIVE
    assert fresh(database, drill).state is InstanceState.COMPLETED


def test_a_message_to_an_event_sub_process_comes_as_often_as_it_likes(
    database: Database, engine: Engine, cast: Cast
) -> None:
    case = start(database, engine, "listening", cast.lead)
    for number in range(3):
        send(database, engine, Message("stop", case.business_key, {"n": number}), cast.admin)
    assert steps(database, case) == ["noted"] * 3 + ["work"]
    for _ in range(3):
        complete(database, engine, case, "noted", cast.lead)
    assert steps(database, case) == ["work"] and clean(database)


def fired(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Notification).where(Notification.kind == "nudge")) or 0


def test_a_cycle_fires_round_by_round_and_counts_missed_ones_as_one(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    with database.unit_of_work() as session:
        engine.broadcast(session, Message("alarm"), cast.admin)
    work(database, engine, clock)
    begun = clock.now()
    for days, expected in ((0.9, 0), (0.2, 1), (0.1, 1), (4.5, 2), (3, 2)):
        clock.advance(days=days)
        work(database, engine, clock)
        with database.reading() as session:
            assert fired(session) == expected, clock.now() - begun
            due = session.scalars(
                select(Job.due_at).where(Job.kind == JobKind.TIMER, Job.state == JobState.WAITING)
            ).all()
        assert len(due) == (0 if expected == 2 else 1) and all(d > clock.now() for d in due)
        assert all((d - begun) % timedelta(days=1) == timedelta(0) for d in due)
    with database.reading() as session:
        assert session.scalar(select(func.count()).where(Job.kind == JobKind.TIMER)) == 2
    assert clean(database)


def test_a_case_that_only_waits_for_a_condition_is_known_to_wait(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    with database.unit_of_work() as session:
        engine.broadcast(session, Message("alarm"), cast.admin)
    work(database, engine, clock)
    with database.reading() as session:
        case: Any = session.scalars(select(ProcessInstance).where(ProcessInstance.process_key == "watch")).one()
    complete(database, engine, case, "look", cast.superior)
    assert awaited(database, case) == [("wait", "")] and clean(database)


def test_a_suspended_case_takes_messages_and_signals_when_it_goes_on(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    one, other = waiting(database, engine, cast), start(database, engine, "listening", cast.lead)

    with database.unit_of_work() as session:
        for case in (one, other):
            engine.suspend(session, case.id, "等待上级", "", ClockPolicy.RUN, cast.lead)
    message = Message("news", one.business_key, {"text": "甲"}, "m-1")
    assert send(database, engine, message, cast.admin).state is MessageState.KEPT
    with database.unit_of_work() as session:
        engine.broadcast(session, Message("alarm", id="s-1"), cast.admin)
    work(database, engine, clock)
    assert steps(database, one) == [] and steps(database, other) == ["work"]
    with database.unit_of_work() as session:
        for case in (one, other):
            engine.resume(session, case.id, "已批复", cast.lead)
    work(database, engine, clock)
    assert steps(database, one) == ["after"] and fresh(database, other).end_element == "dropped"
    assert send(database, engine, message, cast.admin).process_instance_id == one.id and clean(database)
