"""Recalls, emergencies and drills as facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from records.clock import FixedClock
from records.drills import PlanVersion, plan_in_force
from records.emergencies import ROLE_OF, Agency
from records.people import SYSTEM, RoleCode
from records.recalls import Recall, RecallClass, open_recall
from records.store import Origin, Store
from tests.factories import DISTRICT, establishment, place, region


@dataclass
class ACase:
    id: str
    business_key: str
    region_code: str
    region_path: str


@pytest.fixture
def case(session: Session) -> ACase:
    return ACase("01CASE", "召-450203-20261118-001", DISTRICT, region(session).path)


def test_a_recall_is_opened_once_over_a_trace(session: Session, clock: FixedClock, case: ACase) -> None:
    store = Store(session, clock, SYSTEM, Origin(process_instance_id=case.id))
    plant = establishment(store)
    first = open_recall(
        store, instance=case, establishment_id=plant.id, trace_run_id="01TRACE", reason="检出致病菌", recall_class="I"
    )
    session.flush()
    again = open_recall(store, instance=case, establishment_id=plant.id, trace_run_id="01TRACE", reason="检出致病菌")
    assert again.id == first.id
    assert (first.recall_class, first.status, first.no) == (RecallClass.FIRST, "opened", case.business_key)
    assert first.opened_at == clock.now()
    wider = open_recall(store, instance=case, establishment_id=plant.id, trace_run_id="01WIDER", reason="扩大范围")
    session.flush()
    assert wider.recall_class is None
    assert len(session.scalars(select(Recall)).all()) == 2


def test_a_recall_of_a_drill_says_so(session: Session, clock: FixedClock, case: ACase) -> None:
    store = Store(session, clock, SYSTEM, Origin(process_instance_id=case.id, is_drill=True))
    made = open_recall(store, instance=case, establishment_id=None, trace_run_id="01TRACE", reason="演练脚本")
    assert made.is_drill


def test_every_agency_has_a_role() -> None:
    assert set(ROLE_OF) == set(Agency)
    assert set(ROLE_OF.values()) <= {role.value for role in RoleCode}


def test_the_newest_plan_that_is_in_force_is_followed(session: Session, clock: FixedClock) -> None:
    store = Store(session, clock, SYSTEM)
    for number, status, until in (
        (1, "replaced", None),
        (2, "in_force", date(2026, 12, 31)),
        (3, "in_force", date(2026, 6, 30)),
        (4, "draft", None),
    ):
        store.add(
            PlanVersion(
                name="食品安全事故应急预案",
                number=number,
                status=status,
                valid_from=date(2026, 1, 1),
                valid_until=until,
                **place(session),
            )
        )
    session.flush()
    found = plan_in_force(session, DISTRICT, date(2026, 11, 18))
    assert found is not None and found.number == 2
    assert plan_in_force(session, DISTRICT, date(2027, 1, 1)) is None
