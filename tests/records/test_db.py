"""The unit of work and what stands beside it."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import IntegrityError

from engine.case_numbers import CaseNumber
from records import rows
from records.clock import FixedClock
from records.db import Database
from records.people import SYSTEM, Organisation
from records.prepared import fetch
from records.store import Store
from tests.factories import organisation


def test_one_reading_sees_one_moment(database: Database, clock: FixedClock) -> None:
    """What others write meanwhile comes with the next reading: a page or a check never mixes two states."""
    count = select(func.count()).select_from(Organisation)
    with database.reading() as session:
        before = session.scalar(count)
        with database.unit_of_work() as other:
            organisation(Store(other, clock, SYSTEM))
        assert session.scalar(count) == before
    with database.reading() as session:
        assert session.scalar(count) == (before or 0) + 1


def test_what_fails_at_the_end_leaves_nothing(database: Database, clock: FixedClock) -> None:
    """What is written last goes with the commit: where a row of it is refused, none of it is there."""
    first = {"prefix": "甲-450203-20261118", "last": 1}
    with pytest.raises(IntegrityError), database.unit_of_work() as session:
        rows.insert_values(session, CaseNumber, first)
        rows.insert_values(session, CaseNumber, first)
    assert _numbers(database) == 0
    with database.unit_of_work() as session:
        rows.insert_values(session, CaseNumber, first)
    assert _numbers(database) == 1


def test_what_is_noted_inside_a_savepoint_ends_with_it(database: Database) -> None:
    with database.unit_of_work() as session:
        session.scalar(select(func.count()).select_from(CaseNumber))
        with session.begin_nested():
            rows.insert_values(session, CaseNumber, {"prefix": "乙", "last": 1})
        kept = session.begin_nested()
        rows.insert_values(session, CaseNumber, {"prefix": "丙", "last": 1})
        assert session.scalar(select(func.count()).select_from(CaseNumber)) == 2
        kept.rollback()
    assert _numbers(database) == 1


def test_a_connection_that_the_server_left_is_replaced(database: Database) -> None:
    """Nobody who comes after a restart of the server meets it, though no connection used just now is asked first."""
    if database.dialect != "postgresql":
        pytest.skip("SQLite has no server")
    with database.reading() as session:
        lost = session.scalar(text("SELECT pg_backend_pid()"))
    other = create_engine(database.engine.url, isolation_level="AUTOCOMMIT")
    with other.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:lost, 5000)"), {"lost": lost})
    other.dispose()
    with database.unit_of_work() as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) != lost


def test_texts_come_and_go_as_they_are(database: Database) -> None:
    """Statements that name their places by a percent sign keep the percent signs of their own."""
    odd = text("SELECT :said || ' 100%' AS said, CAST(:none AS VARCHAR) AS empty")
    with database.unit_of_work() as session:
        assert fetch(session.connection(), odd, {"said": "甲%s", "none": None}) == [["甲%s 100%", None]]


def test_statements_are_prepared_again_where_the_driver_let_all_be_forgotten(database: Database) -> None:
    """psycopg does so at a rollback once it has prepared some itself."""
    one, two = text("SELECT CAST(:n AS INTEGER) + 1 AS next"), text("SELECT CAST(:n AS INTEGER) + 2 AS next")
    with database.unit_of_work() as session:
        assert fetch(session.connection(), one, {"n": 1}) == [[2]]
        for n in range(8):
            assert session.scalar(two, {"n": n}) == n + 2
        kept = session.begin_nested()
        session.scalar(two, {"n": 1})
        kept.rollback()
        assert fetch(session.connection(), one, {"n": 2}) == [[3]]
        assert session.scalar(two, {"n": 1}) == 3
        assert fetch(session.connection(), one, {"n": 3}) == [[4]]
    with database.reading() as session:
        for n in range(8):
            session.scalar(two, {"n": n})
    with database.unit_of_work() as session:
        assert fetch(session.connection(), one, {"n": 4}) == [[5]]


def _numbers(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(CaseNumber)) or 0
