"""Samples and tests: planned by a case, measured against limits, judged by laboratories that may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from records.people import Organisation
from records.registry import Establishment
from records.sample_verdicts import LimitKind, Verdict, verdict_of
from records.sampling import Laboratory, SampleRoute, SampleState, laboratories_on, plan_sample
from records.store import Store
from tests.factories import CITY, DISTRICT, place


@dataclass(frozen=True)
class Case:
    """A case that plans samples."""

    id: str
    business_key: str
    region_code: str
    region_path: str
    is_drill: bool = False


def test_a_case_numbers_its_samples(store: Store, session: Session) -> None:
    business = session.query(Establishment).one()
    here = place(session)
    case = Case("01CASE00000000000000000000", "检-450203-20261118-001", here["region_code"], here["region_path"])
    first = plan_sample(store, instance=case, establishment_id=business.id, product_name="干米粉", reason="监督抽检")
    session.flush()
    second = plan_sample(
        store, instance=case, establishment_id=business.id, product_name="豆角", reason="快检不合格", rapid_test_id="R",
    )  # fmt: skip
    assert (first.no, first.status, first.route) == (f"{case.business_key}-样1", SampleState.PLANNED, "laboratory")
    assert (second.no, second.route, second.region_code) == (f"{case.business_key}-样2", SampleRoute.RAPID, DISTRICT)


@pytest.mark.parametrize(
    ("value", "kind", "low", "high", "verdict"),
    [
        ("0.5", "at_most", None, "0.5", "pass"),
        ("0.501", "at_most", None, "0.5", "fail"),
        ("9.9", "at_least", "10", None, "fail"),
        ("10", "at_least", "10", None, "pass"),
        ("6.4", "between", "6.5", "8.5", "fail"),
        ("8.5", "between", "6.5", "8.5", "pass"),
        ("0", "absent", None, None, "pass"),
        ("0.001", "absent", None, None, "fail"),
    ],
)
def test_a_value_is_held_against_its_limit(
    value: str, kind: str, low: str | None, high: str | None, verdict: str
) -> None:  # fmt: skip
    limits = [None if each is None else Decimal(each) for each in (low, high)]
    assert verdict_of(Decimal(value), LimitKind(kind), *limits) is Verdict(verdict)


def test_a_limit_that_is_missing_is_a_fault() -> None:
    with pytest.raises(ValueError, match="missing"):
        verdict_of(Decimal(1), LimitKind.AT_MOST)


def test_only_accredited_laboratories_are_listed(store: Store, session: Session) -> None:
    organisation = session.query(Organisation).filter_by(kind="laboratory").first()
    assert organisation is not None
    periods = {"甲所": (date(2024, 1, 1), date(2026, 11, 18)), "乙所": (date(2024, 1, 1), date(2026, 11, 17)),
               "丙所": (date(2026, 11, 19), date(2029, 1, 1))}  # fmt: skip
    for number, (name, (start, end)) in enumerate(periods.items()):
        store.add(
            Laboratory(
                organisation_id=organisation.id, name=name, accreditation_no=f"CMA{number}", valid_from=start,
                valid_to=end, **place(session, CITY),
            )
        )  # fmt: skip
    session.flush()
    assert [one.name for one in laboratories_on(session, date(2026, 11, 18)) if one.name in periods] == ["甲所"]
