"""Jurisdiction in SQL: exactly the paths at or below one's own, on every database."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from records.db import Database
from records.people import Actor, Region
from records.registry import Establishment, Product
from records.scope import visible, within
from tests.factories import region


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


@pytest.mark.parametrize("role", ["BIZ", "MKT"])
def test_a_business_account_without_a_business_is_no_authority(session: Session, role: str) -> None:
    """Fail closed: what an account lacks must not open the books of a district."""
    actor = Actor(id="x", name="x", roles=frozenset({role}), region_path=region(session).path)
    assert actor.is_business
    assert session.scalars(select(Establishment).where(visible(Establishment, actor))).all() == []
    assert session.scalars(select(Product).where(visible(Product, actor))).all() == []
