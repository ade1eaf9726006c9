"""A plan's regions stand for everything below them."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from records.plan_strata import profiles_of
from records.plans import InspectionPlan, PlanKind, in_scope
from records.registry import Establishment
from records.store import Store
from tests.factories import CITY, DISTRICT, SIBLING, establishment, place


@pytest.mark.parametrize(
    ("regions", "expected"),
    [([CITY], {DISTRICT, SIBLING}), ([DISTRICT], {DISTRICT}), ([DISTRICT, SIBLING], {DISTRICT, SIBLING}), ([], set())],
)
def test_a_citys_plan_is_about_its_districts(
    store: Store, session: Session, regions: list[str], expected: set[str]
) -> None:
    establishment(store, region_code=DISTRICT)
    establishment(store, region_code=SIBLING)
    plan = InspectionPlan(
        title="年度检查计划", year=2027, kind=PlanKind.ROUTINE, regions=regions, **place(session, CITY)
    )
    session.flush()
    inside = session.scalars(select(Establishment).where(in_scope(session, plan))).all()
    assert {one.region_code for one in inside} == expected
    counted = [one_id for profile in profiles_of(session, plan) for one_id in profile.establishment_ids]
    assert sorted(counted) == sorted(one.id for one in inside)
