"""Keys that were shortened, in a database with a running case: nothing is lost on the way there or back."""

from __future__ import annotations

from alembic import command
from sqlalchemy import select, text

from engine.engine import Engine
from engine.execution_ids import ExecutionId
from engine.invariants import check_invariants
from engine.live import LiveExecutions
from engine.model import UserTask, UserTaskState
from records.db import Database
from records.journal import JournalEntry, chain_of_case
from records.migrations import _config
from records.submissions import Submission
from tests.engine.toys import RELAY
from tests.factories import Cast

BEFORE, SHORTER = "0030", "0031"
LONG = (
    "SELECT (SELECT count(*) FROM journal_entry WHERE chain LIKE 'case:%'), "
    "(SELECT count(*) FROM user_task WHERE length(execution_id) = 36), "
    "(SELECT count(*) FROM journal_entry WHERE user_task_id = '')"
)


def to(database: Database, *steps: tuple[str, str]) -> None:
    for do, revision in steps:
        with database.changing_schema() as connection:
            config = _config()
            config.attributes["connection"] = connection
            getattr(command, do)(config, revision)


def what_was_entered(database: Database) -> list[tuple[object, ...]]:
    with database.reading() as session:
        assert list(check_invariants(session)) == []
        entries = session.scalars(select(JournalEntry).order_by(JournalEntry.chain, JournalEntry.seq)).all()
        return [(one.chain, one.seq, one.user_task_id, one.hash, one.after) for one in entries]


def test_a_database_with_a_running_case_goes_there_and_back(database: Database, engine: Engine, cast: Cast) -> None:
    with database.unit_of_work() as session:
        engine.deploy_all(session, [RELAY], cast.admin)
        case = engine.start(session, "relay", {}, cast.lead).id
    with database.unit_of_work() as session:
        look = session.scalars(select(UserTask.id)).one()
        engine.claim(session, look, cast.inspector)
    entered = what_was_entered(database)
    to(database, ("stamp", SHORTER), ("downgrade", BEFORE))
    with database.engine.connect() as connection:
        cases, places, repeated = connection.execute(text(LONG)).one()
        assert (cases, places, repeated) == (2, 1, 0)
    to(database, ("upgrade", SHORTER))
    with database.engine.connect() as connection:
        assert tuple(connection.execute(text(LONG)).one()) == (0, 0, 1)
    assert what_was_entered(database) == entered
    with database.unit_of_work() as session:
        LiveExecutions.of(session).take(case, 1)  # as another process would find it
        engine.complete(session, look, {"result": "direct"}, cast.inspector)
    with database.reading() as session:
        assert session.get_one(UserTask, look).state is UserTaskState.COMPLETED
        said = session.scalars(select(Submission).where(Submission.user_task_id == look)).one()
        assert said.form_version.startswith("relay/look@")
        of_task = select(JournalEntry.verb).where(JournalEntry.user_task_id == look)
        assert set(session.scalars(of_task)) == {"user_task.claimed", "user_task.completed"}
        assert session.scalars(select(JournalEntry).where(JournalEntry.chain == chain_of_case(case))).first()
        assert list(check_invariants(session)) == []


def test_an_id_of_the_executor_is_kept_short_where_it_is_a_number(database: Database) -> None:
    kind, dialect = ExecutionId(), database.engine.dialect
    number, drawn = "00000000-0000-0000-0123-456789abcdef", "9b2e4d1c-0000-4000-8000-000000000001"
    for given, kept in ((number, "123456789abcdef"), (drawn, drawn), ("", ""), (None, None)):
        assert kind.process_bind_param(given, dialect) == kept
        assert kind.process_result_value(kept, dialect) == given
