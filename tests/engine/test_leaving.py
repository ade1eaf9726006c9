"""Nobody leaves open user tasks behind, whichever way the account is changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.absence import Away, record_absence
from engine.bulk import Bulk
from engine.engine import Engine
from engine.errors import OneByOneError, OpenTasksError
from engine.leaving import close_account, open_tasks_of
from engine.model import ProcessInstance, TaskKind, UserTask
from engine.side_tasks import Ask
from engine.suitability import suitable_people
from records.absences import Absence
from records.clock import FixedClock, today
from records.db import Database
from records.errors import ForbiddenError
from records.journal import JournalEntry
from records.people import Role, User
from records.registry import Establishment
from records.store import Store
from tests import factories
from tests.engine.toys import RELAY
from tests.factories import CITY, SIBLING, Cast


@pytest.fixture
def task(database: Database, engine: Engine, cast: Cast) -> str:
    """Looking, claimed by the inspector."""
    with database.unit_of_work() as session:
        engine.deploy(session, RELAY, cast.admin)
        plant = session.scalars(select(Establishment)).one()
        case = engine.start(session, "relay", {"establishment": plant.id, "note": "例行"}, cast.lead)
        found = session.scalars(select(UserTask.id).where(UserTask.process_instance_id == case.id)).one()
        engine.claim(session, found, cast.inspector)
        return found


def change(database: Database, clock: FixedClock, cast: Cast, **changes: Any) -> None:
    with database.unit_of_work() as session:
        user = session.get_one(User, cast.inspector.id)
        if "roles" in changes:
            changes["roles"] = list(session.scalars(select(Role).where(Role.name.in_(changes["roles"]))))
        store = Store(session, clock, cast.admin)
        if changes.pop("tombstone", None):
            store.tombstone(user, reason="离职")
        elif changes:
            store.correct(user, changes, reason="调动")


def place(database: Database, code: str) -> dict[str, str]:
    with database.reading() as session:
        return factories.place(session, code)


@pytest.mark.parametrize(
    "changes",
    [{"active": False}, {"tombstone": True}, {"roles": []}, {"roles": ["LEAD"]}, {"region": SIBLING}],
)
def test_a_leaver_with_open_tasks_is_refused_with_the_list(
    database: Database, clock: FixedClock, cast: Cast, task: str, changes: dict[str, Any]
) -> None:
    if "region" in changes:
        changes = place(database, changes["region"])
    with pytest.raises(OpenTasksError) as refused:
        change(database, clock, cast, **changes)
    with database.reading() as session:
        number = session.scalars(select(ProcessInstance.business_key)).one()
        user = session.get_one(User, cast.inspector.id)
        assert (user.active, user.deleted_at, user.region_path) == (True, None, cast.inspector.region_path)
        assert [role.name for role in user.roles] == ["INS"]
    assert refused.value.params == {"name": "韦检", "count": 1, "cases": number}


def test_what_leaves_nothing_behind_is_allowed(database: Database, clock: FixedClock, cast: Cast, task: str) -> None:
    change(database, clock, cast, name="韦检察")
    change(database, clock, cast, roles=["INS", "LEAD"])
    change(database, clock, cast, roles=["INS"])
    change(database, clock, cast, **place(database, CITY))  # upwards: the district still lies inside


def test_handing_over_and_closing(database: Database, engine: Engine, clock: FixedClock, cast: Cast, task: str) -> None:
    with database.unit_of_work() as session:
        days = {"starts_on": today(clock), "ends_on": today(clock) + timedelta(days=3)}
        record_absence(session, clock, cast.colleague, Away(substitute_id=cast.inspector.id, **days))
    bulk = Bulk(database, engine, cast.admin)
    refused = bulk.hand_over({task: cast.unqualified.id}, "离职交接")[0].refusal
    assert refused is not None and refused.slug == "not-qualified"
    missing = bulk.hand_over({task: cast.colleague.id}, " ")[0].refusal
    assert missing is not None and missing.slug == "reason-missing"
    assert bulk.hand_over({task: cast.colleague.id}, "离职交接")[0].is_done
    with database.unit_of_work() as session:
        assert open_tasks_of(session, cast.inspector.id, 10) == []
        assert session.get_one(UserTask, task).assignee_id == cast.colleague.id
        entry = session.scalars(select(JournalEntry).where(JournalEntry.verb == "user_task.handed_over")).one()
        assert (entry.actor_id, entry.reason) == (cast.admin.id, "离职交接")
        close_account(Store(session, clock, cast.admin), session.get_one(User, cast.inspector.id), "离职交接")
    with database.reading() as session:
        assert session.get_one(User, cast.inspector.id).active is False
        assert session.scalars(select(Absence.deleted_at)).one() is not None


def test_back_to_the_group_and_by_whom(database: Database, engine: Engine, cast: Cast, task: str) -> None:
    with database.unit_of_work() as session, pytest.raises(ForbiddenError):
        engine.hand_over(session, task, None, cast.colleague, "离职")
    assert Bulk(database, engine, cast.lead).hand_over({task: None}, "离职")[0].is_done
    with database.reading() as session:
        assert session.get_one(UserTask, task).assignee_id is None


def test_closing_while_something_is_open_is_refused(
    database: Database, clock: FixedClock, cast: Cast, task: str
) -> None:
    with pytest.raises(OpenTasksError), database.unit_of_work() as session:
        close_account(Store(session, clock, cast.admin), session.get_one(User, cast.inspector.id), "离职")
    with database.reading() as session:
        assert session.get_one(User, cast.inspector.id).active is True


def test_a_co_signature_goes_only_to_somebody_who_could_be_asked(
    database: Database, engine: Engine, clock: FixedClock, cast: Cast, task: str
) -> None:
    with database.unit_of_work() as session:
        asked = Ask(TaskKind.COSIGN, "请会签", user_id=cast.colleague.id)
        side = engine.ask(session, task, asked, cast.inspector)
    moves: list[str | None] = [None, cast.inspector.id, cast.business.id, cast.outsider.id, cast.unqualified.id]
    done = [Bulk(database, engine, cast.admin).hand_over({side: to}, "离职交接")[0].is_done for to in moves]
    assert done == [False, False, False, False, True]
    with pytest.raises(OneByOneError):
        Bulk(database, engine, cast.unqualified).complete([side], {"result": "direct"})
    with database.reading() as session:
        people = suitable_people(session, clock, cast.admin, [session.get_one(UserTask, side)])
        assert cast.business.id not in {one.id for one in people} and cast.manager.id in {one.id for one in people}
