"""Jurisdiction in SQL: exactly the paths at or below one's own, on every database."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from records.db import Database
from records.people import Region
from records.scope import within


@pytest.mark.parametrize(
    "path", ["/", "/450000/", "/450000/450200/", "/450000/450200/450203/", "/450000/450200/45020/"]
)
def test_within_is_what_begins_with_it(database: Database, path: str) -> None:
    with database.reading() as session:
        every = session.scalars(select(Region.path)).all()
        inside = session.scalars(select(Region.path).where(within(Region.path, path))).all()
        outside = session.scalars(select(Region.path).where(~within(Region.path, path))).all()
    assert sorted(inside) == sorted(each for each in every if each.startswith(path))
    assert sorted([*inside, *outside]) == sorted(every)
