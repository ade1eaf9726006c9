"""Online patrols find what is odd, each kind for its own reason, and leave drills and other regions out."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from records.anomalies import LOOKS, Patrolled, Signal, signals
from records.anomalies_of_papers import spike
from records.clock import FixedClock
from records.inspections import Inspection, InspectionMode, Rectification
from records.patrols import CLASS_OF, AnomalyKind, DataClass
from records.registry import EstablishmentKind
from records.sample_verdicts import Verdict
from records.sampling import RapidTest
from records.store import Store
from records.trace_words import BusinessStep
from records.vouchers import Line, Voucher, VoucherKind, enter_voucher
from tests.factories import CITY, DISTRICT, SIBLING, establishment, region
from tests.records.chain import Chain

IMAGE = [{"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "sha256": "0" * 64}]


@pytest.fixture
def chain(store: Store) -> Chain:
    return Chain(store)


def found(session: Session, clock: FixedClock, kind: AnomalyKind, code: str = DISTRICT) -> list[Signal]:
    session.flush()
    asked = Patrolled(session, region(session, code).path, code, clock.now())
    return [one for one in signals(asked, [CLASS_OF[kind]]) if one.kind is kind]


def purchase(chain: Chain, number: str, days_ago: int = 0, quantity: str = "10", **values: Any) -> Voucher:
    """A purchase of the shop's, collected and received on its day."""
    when = chain.store.clock.now() - timedelta(days=days_ago)
    known = {
        "kind": VoucherKind.PURCHASE, "no": number, "establishment_id": chain.shop.id, "to_id": chain.shop.id,
        "from_id": chain.wholesaler.id, "dated_on": chain.today - timedelta(days=days_ago), "images": IMAGE,
        "collected_at": when, "received_at": when,
    }  # fmt: skip
    return enter_voucher(chain.store, Voucher(**(known | values)), [Line(chain.noodles, Decimal(quantity), "kg")])


def test_every_kind_belongs_to_a_class_and_is_looked_for() -> None:
    assert set(CLASS_OF) == set(AnomalyKind) == set(LOOKS)
    assert set(CLASS_OF.values()) == set(DataClass)


def test_r_pat_voucher_vouchers_stop_coming(chain: Chain, session: Session, clock: FixedClock) -> None:
    purchase(chain, "进-1", days_ago=8)
    (signal,) = found(session, clock, AnomalyKind.VOUCHER_MISSING)
    assert (signal.establishment_id, signal.measure, signal.unit) == (chain.shop.id, Decimal(8), "天")
    purchase(chain, "进-2", days_ago=7)
    assert found(session, clock, AnomalyKind.VOUCHER_MISSING) == []


@pytest.mark.parametrize(
    ("weights", "is_odd"),
    [([10, 11, 9, 10, 10, 50], True), ([10, 11, 9, 10, 10, 11], False), ([10, 10, 10, 50], False), ([5] * 6, False)],
)
def test_r_pat_spike_lies_far_above_what_is_usual(weights: list[float], is_odd: bool) -> None:
    assert (spike(weights) > 3) is is_odd


def test_quantities_jump(chain: Chain, session: Session, clock: FixedClock) -> None:
    for day in range(7, 1, -1):
        purchase(chain, f"进-{day}", days_ago=day, quantity=str(10 + day % 2))
    assert found(session, clock, AnomalyKind.QUANTITY_SPIKE) == []
    purchase(chain, "进-1", days_ago=1, quantity="80")
    (signal,) = found(session, clock, AnomalyKind.QUANTITY_SPIKE)
    assert signal.establishment_id == chain.shop.id and signal.measure > 3


def test_more_leaves_than_came(chain: Chain, session: Session, clock: FixedClock) -> None:
    assert found(session, clock, AnomalyKind.SOLD_MORE) == []
    chain.sell(chain.noodles, chain.shop, 15)
    (signal,) = found(session, clock, AnomalyKind.SOLD_MORE)
    assert (signal.establishment_id, signal.measure, signal.evidence[0]["label"]) == (chain.shop.id, Decimal(5), "粉-1")


def test_a_voucher_was_odd_when_it_came_in(chain: Chain, session: Session, clock: FixedClock) -> None:
    purchase(chain, "进-1", images=None)
    (signal,) = found(session, clock, AnomalyKind.VOUCHER_ABNORMAL)
    assert (signal.measure, signal.names) == (Decimal(1), ("进-1",))
    clock.advance(days=8)
    assert found(session, clock, AnomalyKind.VOUCHER_ABNORMAL) == []


def test_a_picture_stands_for_two_vouchers(chain: Chain, session: Session, clock: FixedClock) -> None:
    purchase(chain, "进-1", days_ago=2)
    assert found(session, clock, AnomalyKind.IMAGE_REUSED) == []
    purchase(chain, "进-2", days_ago=1)
    (signal,) = found(session, clock, AnomalyKind.IMAGE_REUSED)
    assert signal.names == ("进-2",)


def test_the_supplier_had_no_licence_any_more(chain: Chain, session: Session, clock: FixedClock) -> None:
    purchase(chain, "进-1")
    assert found(session, clock, AnomalyKind.SUPPLIER_UNLICENSED) == []
    chain.store.correct(chain.wholesaler, {"licence_expires_on": chain.today - timedelta(days=1)})
    (signal,) = found(session, clock, AnomalyKind.SUPPLIER_UNLICENSED)
    assert signal.establishment_id == chain.shop.id


@pytest.mark.parametrize(("status", "is_told"), [("active", True), ("closed", False)])
def test_a_licence_ran_out(store: Store, session: Session, clock: FixedClock, status: str, is_told: bool) -> None:
    place = establishment(store, licence_expires_on=date(2026, 11, 1), status=status)
    told = [one.establishment_id for one in found(session, clock, AnomalyKind.LICENCE_EXPIRED)]
    assert told == ([place.id] if is_told else [])


def test_goods_lie_beyond_their_shelf_life(chain: Chain, session: Session, clock: FixedClock) -> None:
    assert found(session, clock, AnomalyKind.GOODS_EXPIRED) == []
    clock.advance(days=181)
    told = {one.establishment_id: one.measure for one in found(session, clock, AnomalyKind.GOODS_EXPIRED)}
    assert told == {chain.plant.id: 10, chain.wholesaler.id: 50}  # the shop cooks what it buys


@pytest.mark.parametrize(("is_drill", "days_ago", "count"), [(False, 1, 1), (True, 1, 0), (False, 31, 0)])
def test_r_pat_test_a_test_failed(
    store: Store, session: Session, clock: FixedClock, is_drill: bool, days_ago: int, count: int
) -> None:
    place = establishment(store)
    store.add(
        RapidTest(
            item="农药残留", product_name="鲜豆角", kit_lot="K1", kit_expires_on=date(2027, 1, 1), value=Decimal(80),
            limit=Decimal(50), unit="%", result=Verdict.UNQUALIFIED,
            tested_at=clock.now() - timedelta(days=days_ago),
            establishment_id=place.id, region_code=place.region_code, region_path=place.region_path, is_drill=is_drill,
        )
    )  # fmt: skip
    assert len(found(session, clock, AnomalyKind.TEST_FAILED)) == count


def test_r_pat_market_was_not_inspected_for_half_a_year(store: Store, session: Session, clock: FixedClock) -> None:
    market = establishment(store, kind=EstablishmentKind.MARKET, filed_on=date(2024, 3, 1))
    (signal,) = found(session, clock, AnomalyKind.MARKET_UNCHECKED)
    assert signal.establishment_id == market.id and signal.measure > 900
    store.add(
        Inspection(
            mode=InspectionMode.ROUTINE, establishment_id=market.id, region_code=market.region_code,
            region_path=market.region_path, result_at=clock.now() - timedelta(days=100),
        )
    )  # fmt: skip
    assert found(session, clock, AnomalyKind.MARKET_UNCHECKED) == []


@pytest.mark.parametrize(("status", "count"), [("ordered", 1), ("submitted", 0), ("accepted", 0)])
def test_a_correction_is_overdue(store: Store, session: Session, clock: FixedClock, status: str, count: int) -> None:
    place = establishment(store)
    store.add(
        Rectification(
            status=status, due_at=clock.now() - timedelta(hours=1), establishment_id=place.id,
            region_code=place.region_code, region_path=place.region_path,
        )
    )  # fmt: skip
    assert len(found(session, clock, AnomalyKind.CORRECTION_OVERDUE)) == count


def test_a_patrol_sees_its_own_region_with_all_below(store: Store, session: Session, clock: FixedClock) -> None:
    establishment(store, region_code=SIBLING, licence_expires_on=date(2026, 11, 1))
    seen = {code: len(found(session, clock, AnomalyKind.LICENCE_EXPIRED, code)) for code in (DISTRICT, SIBLING, CITY)}
    assert seen == {DISTRICT: 0, SIBLING: 1, CITY: 1}


def test_selling_is_no_anomaly_by_itself(chain: Chain, session: Session, clock: FixedClock) -> None:
    chain.event(BusinessStep.SHIPPING, chain.plant, chain.noodles, 5, to=chain.shop)
    asked = Patrolled(session, region(session).path, DISTRICT, clock.now())
    session.flush()
    assert list(signals(asked, list(DataClass))) == []
