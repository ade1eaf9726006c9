"""The unit of work and what stands beside it."""

from __future__ import annotations

from sqlalchemy import func, select

from records.clock import FixedClock
from records.db import Database
from records.people import SYSTEM, Organisation
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
