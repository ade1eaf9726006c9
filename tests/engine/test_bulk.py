"""Many user tasks at once: each item by itself, none twice under one key."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from engine.bulk import MOST_AT_ONCE, Bulk, ItemResult, shared_form
from engine.engine import Engine
from engine.errors import DifferentFormsError, NothingChosenError, OneByOneError, TooManyItemsError
from engine.model import UserTask, UserTaskState
from records.clock import FixedClock
from records.db import Database
from records.errors import NotFoundError
from records.journal import JournalEntry
from records.people import Actor
from records.registry import Establishment
from tests.engine.toys import PROCESSES, RELAY
from tests.engine.toys_bulk import SIGNED, SIGNED_PROCESS
from tests.factories import Cast


@pytest.fixture
def engine(clock: FixedClock) -> Engine:
    return Engine({**PROCESSES, "signed": SIGNED_PROCESS}, clock)


@pytest.fixture
def tasks(database: Database, engine: Engine, cast: Cast) -> list[str]:
    """Four things to look at."""
    with database.unit_of_work() as session:
        engine.deploy_all(session, [RELAY, SIGNED], cast.admin)
        plant = session.scalars(select(Establishment)).one()
        for number in range(4):
            engine.start(session, "relay", {"establishment": plant.id, "note": str(number)}, cast.lead)
    return open_ids(database, "look")


def open_ids(database: Database, element: str) -> list[str]:
    with database.reading() as session:
        wanted = UserTask.element_id == element, UserTask.state == UserTaskState.OPEN
        return list(session.scalars(select(UserTask.id).where(*wanted).order_by(UserTask.id)))


def row(database: Database, task_id: str) -> UserTask:
    with database.reading() as session:
        return session.get_one(UserTask, task_id)


def by(database: Database, engine: Engine, actor: Actor, key: str | None = None) -> Bulk:
    return Bulk(database, engine, actor, key)


def said(results: list[ItemResult]) -> list[str | None]:
    return [None if one.refusal is None else one.refusal.slug for one in results]


def test_each_is_claimed_or_says_why_not(database: Database, engine: Engine, cast: Cast, tasks: list[str]) -> None:
    with database.unit_of_work() as session:
        engine.claim(session, tasks[1], cast.colleague)
    results = by(database, engine, cast.inspector).claim([*tasks[:3], "nothing"])
    assert said(results) == [None, "user-task-already-claimed", None, "not-found"]
    assert [one.name for one in results] == ["查看", "查看", "查看", None]
    assert [one.business_key is None for one in results] == [False, False, False, True]
    assert [row(database, one).assignee_id for one in tasks] == [
        cast.inspector.id, cast.colleague.id, cast.inspector.id, None,
    ]  # fmt: skip


def test_a_stranger_learns_nothing(database: Database, engine: Engine, cast: Cast, tasks: list[str]) -> None:
    results = by(database, engine, cast.outsider).claim(tasks)
    assert {(one.name, one.business_key) for one in results} == {(None, None)}
    assert set(said(results)) == {"not-found"}


def test_a_lead_gives_all_to_one(database: Database, engine: Engine, cast: Cast, tasks: list[str]) -> None:
    assert said(by(database, engine, cast.lead).assign(tasks, cast.colleague.id)) == [None] * 4
    assert {row(database, one).assignee_id for one in tasks} == {cast.colleague.id}
    assert set(said(by(database, engine, cast.lead).assign(tasks, cast.unqualified.id))) == {"not-qualified"}
    assert set(said(by(database, engine, cast.colleague).assign(tasks, cast.inspector.id))) == {"forbidden"}


def test_a_repeat_under_the_same_key_does_nothing_again(
    database: Database, engine: Engine, cast: Cast, tasks: list[str]
) -> None:
    lead = by(database, engine, cast.lead, "key-00000001")
    lead.assign(tasks[:2], cast.inspector.id)
    with database.unit_of_work() as session:
        engine.release(session, tasks[0], cast.inspector)
    assert said(lead.assign(tasks[:3], cast.inspector.id)) == [None] * 3
    assert [row(database, one).assignee_id for one in tasks[:3]] == [None, cast.inspector.id, cast.inspector.id]
    by(database, engine, cast.lead, "key-00000002").assign(tasks[:1], cast.inspector.id)
    assert row(database, tasks[0]).assignee_id == cast.inspector.id


def test_a_refused_item_may_be_tried_again_under_the_same_key(
    database: Database, engine: Engine, cast: Cast, tasks: list[str]
) -> None:
    with database.unit_of_work() as session:
        engine.claim(session, tasks[0], cast.colleague)
    bulk = by(database, engine, cast.inspector, "key-00000001")
    assert said(bulk.claim(tasks[:1])) == ["user-task-already-claimed"]
    with database.unit_of_work() as session:
        engine.release(session, tasks[0], cast.colleague)
    assert said(bulk.claim(tasks[:1])) == [None]
    assert row(database, tasks[0]).assignee_id == cast.inspector.id


def test_each_is_completed_with_the_same_answers(
    database: Database, engine: Engine, cast: Cast, tasks: list[str]
) -> None:
    with database.unit_of_work() as session:
        engine.claim(session, tasks[3], cast.colleague)
    bulk = by(database, engine, cast.inspector, "key-00000001")
    assert said(bulk.complete(tasks, {"result": "direct"})) == [None, None, None, "user-task-not-assigned-to-you"]
    assert said(bulk.complete(tasks[:3], {"result": "direct"})) == [None] * 3
    assert len(open_ids(database, "check")) == 3
    with database.reading() as session:
        completed = select(func.count()).where(JournalEntry.verb == "user_task.completed")
        assert session.scalar(completed) == 3


def test_wrong_answers_are_refused_item_by_item(
    database: Database, engine: Engine, cast: Cast, tasks: list[str]
) -> None:
    assert set(said(by(database, engine, cast.inspector).complete(tasks, {"approved": True}))) == {"invalid-answers"}
    assert open_ids(database, "look") == tasks


def test_forms_that_differ_are_done_apart(
    database: Database, engine: Engine, cast: Cast, clock: FixedClock, tasks: list[str]
) -> None:
    by(database, engine, cast.inspector).complete(tasks[:1], {"result": "direct"})
    mixed = [tasks[1], *open_ids(database, "check")]
    with pytest.raises(DifferentFormsError):
        by(database, engine, cast.inspector).complete(mixed, {"result": "direct"})
    with database.reading() as session:
        assert shared_form(session, clock, cast.inspector, tasks[1:]).form.key == "relay/look"
        with pytest.raises(NotFoundError):
            shared_form(session, clock, cast.outsider, tasks)


def test_what_is_signed_is_signed_one_by_one(database: Database, engine: Engine, cast: Cast, tasks: list[str]) -> None:
    with database.unit_of_work() as session:
        engine.start(session, "signed", {}, cast.lead)
    with pytest.raises(OneByOneError):
        by(database, engine, cast.inspector).complete(open_ids(database, "sign"), {})


def test_not_none_and_not_too_many(database: Database, engine: Engine, cast: Cast) -> None:
    bulk = by(database, engine, cast.inspector)
    with pytest.raises(NothingChosenError):
        bulk.claim([])
    with pytest.raises(TooManyItemsError):
        bulk.claim([str(number) for number in range(MOST_AT_ONCE + 1)])
    assert len(bulk.claim(["same"] * 300)) == 1
