"""Several people, and several workers, at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from engine.engine import Completion, Engine
from engine.errors import UserTaskAlreadyClaimedError, UserTaskAlreadyCompletedError
from engine.invariants import check_invariants
from engine.jobs import run_due
from engine.model import InstanceState, Notification, ProcessInstance, UserTask
from records.clock import FixedClock
from records.db import Database
from records.people import Actor
from records.submissions import Submission
from tests.engine.toys import FAMILY, HELPER, RELAY, WAITING
from tests.factories import Cast


@pytest.fixture
def deployed(database: Database, engine: Engine, cast: Cast) -> None:
    with database.unit_of_work() as session:
        engine.deploy_all(session, [RELAY, WAITING, FAMILY, HELPER], cast.admin)


def together(*acts: Callable[[], object]) -> list[object]:
    """What each gives or raises when all begin at once."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return act()
        except Exception as error:  # noqa: BLE001 - the other one is what the test is about
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def user_task(database: Database, element: str) -> str:
    with database.reading() as session:
        return session.scalars(select(UserTask.id).where(UserTask.element_id == element)).one()


def completing(database: Database, engine: Engine, task: str, actor: Actor, **answers: str) -> Callable[[], Completion]:
    def act() -> Completion:
        with database.unit_of_work() as session:
            return engine.complete(session, task, answers, actor, idempotency_key=f"{task}-{actor.id}")

    return act


def test_one_of_two_completes_the_same_task(database: Database, engine: Engine, cast: Cast, deployed: None) -> None:
    with database.unit_of_work() as session:
        engine.start(session, "relay", {}, cast.lead)
    look = user_task(database, "look")
    first, second = together(
        completing(database, engine, look, cast.inspector, result="direct"),
        completing(database, engine, look, cast.colleague, result="direct"),
    )
    won, lost = (first, second) if isinstance(first, Completion) else (second, first)
    assert isinstance(won, Completion)
    assert isinstance(lost, UserTaskAlreadyCompletedError | UserTaskAlreadyClaimedError)
    with database.reading() as session:
        written = session.scalar(select(func.count()).select_from(Submission).where(Submission.user_task_id == look))
        assert written == 1


def test_a_request_sent_twice_is_done_once(database: Database, engine: Engine, cast: Cast, deployed: None) -> None:
    with database.unit_of_work() as session:
        engine.start(session, "relay", {}, cast.lead)
    act = completing(database, engine, user_task(database, "look"), cast.inspector, result="direct")
    answers = together(act, act)
    assert all(isinstance(answer, Completion) for answer in answers), answers
    assert sorted(answer.is_repeat for answer in answers if isinstance(answer, Completion)) == [False, True]


def test_two_branches_completed_at_once_both_count(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, deployed: None
) -> None:
    with database.unit_of_work() as session:
        case = engine.start(session, "family", {"note": cast.inspector.id}, cast.lead)
    both = together(
        completing(database, engine, user_task(database, "first"), cast.lead, text="一"),
        completing(database, engine, user_task(database, "assist"), cast.inspector, text="二"),
    )
    assert all(isinstance(one, Completion) for one in both), both
    with database.reading() as session:
        open_now = select(func.count()).select_from(UserTask).where(UserTask.element_id == "each")
        assert session.scalar(open_now) == 2
        assert session.get_one(ProcessInstance, case.id).state is InstanceState.ACTIVE
        assert list(check_invariants(session, clock.now())) == []


def test_two_workers_fire_a_timer_once(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, deployed: None
) -> None:
    with database.unit_of_work() as session:
        engine.start(session, "waiting", {}, cast.lead)
    clock.advance(hours=1)
    taken = together(*[lambda: run_due(database, engine, {}, clock)] * 3)
    assert sorted(taken) == [0, 0, 1]  # type: ignore[type-var]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Notification)) == 1


def test_cases_started_at_once_get_different_numbers(
    database: Database, engine: Engine, cast: Cast, deployed: None
) -> None:
    def start() -> str:
        with database.unit_of_work() as session:
            return engine.start(session, "relay", {}, cast.lead).business_key

    numbers = together(*[start] * 4)
    assert sorted(str(number)[-3:] for number in numbers) == ["001", "002", "003", "004"], numbers
