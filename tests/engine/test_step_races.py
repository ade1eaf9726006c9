"""Going back while somebody else goes on, at the same moment."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from engine.engine import Completion, Engine
from engine.errors import UserTaskAlreadyCompletedError, UserTaskCancelledError
from engine.invariants import check_invariants
from engine.model import ProcessInstance, UserTask, UserTaskState
from engine.step_errors import UserTaskNotCompletedError, WithdrawTooLateError
from records.clock import FixedClock
from records.db import Database
from records.people import Actor
from tests.engine import toys_steps
from tests.engine.test_races import completing, together
from tests.engine.toys_steps import LINE
from tests.factories import Cast

WHY = "照片与所附清单不一致，请核对后重报"
ROUNDS = 5


@pytest.fixture
def engine(clock: FixedClock) -> Engine:
    return Engine(toys_steps.PROCESSES, clock)


@pytest.fixture(autouse=True)
def deployed(database: Database, engine: Engine, cast: Cast) -> None:
    with database.unit_of_work() as session:
        engine.deploy(session, LINE, cast.admin)


def begun(database: Database, engine: Engine, cast: Cast) -> tuple[str, str]:
    """A case whose draft was completed: the draft's and the check's user task."""
    with database.unit_of_work() as session:
        case = engine.start(session, "line", {}, cast.lead)
        draft = open_task(session.scalars, case.id)
        engine.complete(session, draft, {}, cast.inspector)
        return draft, open_task(session.scalars, case.id)


def open_task(scalars: Callable[..., object], case_id: str) -> str:
    query = select(UserTask.id).where(UserTask.process_instance_id == case_id, UserTask.state == UserTaskState.OPEN)
    return str(scalars(query).one())  # type: ignore[attr-defined]


def returning(database: Database, engine: Engine, task: str, actor: Actor) -> Callable[[], str]:
    def act() -> str:
        with database.unit_of_work() as session:
            return engine.return_to(session, task, "draft", WHY, actor)

    return act


def withdrawing(database: Database, engine: Engine, task: str, actor: Actor) -> Callable[[], str]:
    def act() -> str:
        with database.unit_of_work() as session:
            return engine.withdraw(session, task, "附件传错", actor)

    return act


def claiming(database: Database, engine: Engine, task: str, actor: Actor) -> Callable[[], str]:
    def act() -> str:
        with database.unit_of_work() as session:
            engine.claim(session, task, actor)
            return "claimed"

    return act


def sound(database: Database, clock: FixedClock) -> None:
    with database.reading() as session:
        assert list(check_invariants(session, clock.now())) == []
        for case in session.scalars(select(ProcessInstance)):
            open_task(session.scalars, case.id)  # exactly one, whoever won


def test_a_step_is_completed_or_returned_never_both(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    for _ in range(ROUNDS):
        _draft, check = begun(database, engine, cast)
        done = together(
            completing(database, engine, check, cast.lead, opinion="可"), returning(database, engine, check, cast.lead)
        )
        errors = [one for one in done if isinstance(one, Exception)]
        assert len(errors) == 1 and isinstance(errors[0], UserTaskAlreadyCompletedError | UserTaskCancelledError), done
    sound(database, clock)


def test_a_step_is_taken_back_or_the_next_one_claimed(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    for _ in range(ROUNDS):
        draft, check = begun(database, engine, cast)
        done = together(
            withdrawing(database, engine, draft, cast.inspector), claiming(database, engine, check, cast.lead)
        )
        errors = [one for one in done if isinstance(one, Exception)]
        assert len(errors) == 1 and isinstance(errors[0], WithdrawTooLateError | UserTaskCancelledError), done
    sound(database, clock)


def test_a_step_is_taken_back_once(database: Database, engine: Engine, cast: Cast, clock: FixedClock) -> None:
    draft, _check = begun(database, engine, cast)
    done = together(*[withdrawing(database, engine, draft, cast.inspector)] * 4)
    assert sorted(type(one).__name__ for one in done) == [*[UserTaskNotCompletedError.__name__] * 3, "str"]
    sound(database, clock)


def test_a_case_goes_back_once_however_many_ask(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    _draft, check = begun(database, engine, cast)
    done = together(*[returning(database, engine, check, cast.lead)] * 4)
    assert sorted(type(one).__name__ for one in done) == [*[UserTaskCancelledError.__name__] * 3, "str"]
    sound(database, clock)


def test_a_completion_repeated_after_going_back_is_a_repeat(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock
) -> None:
    with database.unit_of_work() as session:
        case = engine.start(session, "line", {}, cast.lead).id
        draft = open_task(session.scalars, case)
    first = completing(database, engine, draft, cast.inspector)()
    withdrawing(database, engine, draft, cast.inspector)()
    again = completing(database, engine, draft, cast.inspector)()
    assert isinstance(again, Completion) and again.is_repeat and again.submission_id == first.submission_id
    sound(database, clock)
