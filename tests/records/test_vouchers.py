"""Vouchers: refused, judged, kept as long as the law says, told as events, corrected by declaration."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from records import trace
from records.clock import FixedClock
from records.refusals import Refusal, VoucherRefusedError
from records.registry import EstablishmentKind, Segment
from records.store import Store
from records.trace_events import events_of
from records.trace_words import BusinessStep, ErrorReason
from records.vouchers import Line, Voucher, VoucherKind, enter_voucher, replace_voucher, withdraw_voucher
from tests.factories import establishment, product
from tests.records.chain import Chain

IMAGE = [{"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "sha256": "0" * 64}]


@pytest.fixture
def chain(store: Store) -> Chain:
    return Chain(store)


def purchase(chain: Chain, **values: Any) -> Voucher:
    known = {
        "kind": VoucherKind.PURCHASE, "no": "进-2026-001", "establishment_id": chain.shop.id, "to_id": chain.shop.id,
        "from_id": chain.wholesaler.id, "dated_on": chain.today, "images": IMAGE,
    }  # fmt: skip
    return Voucher(**(known | values))


def line(chain: Chain, quantity: str = "10", **values: Any) -> Line:
    return Line(chain.noodles, Decimal(quantity), "kg", **values)


def test_a_purchase_is_told_as_receiving_by_the_buyer(chain: Chain, store: Store, session: Session) -> None:
    voucher = enter_voucher(store, purchase(chain), [line(chain, price=Decimal("85.00"))])
    assert (voucher.weight, voucher.amount, voucher.completeness) == (10, 85, 100)
    assert (voucher.anomalies, voucher.is_abnormal) == ([], False)
    event = next(each for each in events_of(session, chain.noodles.id) if each.voucher_id == voucher.id)
    assert (event.business_step, event.from_id, event.to_id) == (
        BusinessStep.RECEIVING, chain.wholesaler.id, chain.shop.id,
    )  # fmt: skip
    run = trace.run_trace(store, lot_ids=[chain.noodles.id])
    assert run.figures["gaps"] == {"quantity_differs": 1}  # 30 kg sent, 40 received


def test_r_trc_01_kept_six_months_after_shelf_life(chain: Chain, store: Store) -> None:
    chain.noodles.expires_on = date(2026, 8, 31)
    voucher = enter_voucher(store, purchase(chain), [line(chain)])
    assert voucher.retention_until == date(2027, 2, 28)


def test_r_trc_01_kept_two_years_where_no_shelf_life_is_stated(chain: Chain, store: Store) -> None:
    chain.noodles.expires_on = None
    voucher = enter_voucher(store, purchase(chain), [line(chain)])
    assert voucher.retention_until == date(2028, 11, 18)
    mixed = [line(chain), Line(chain.rice, Decimal(1), "kg")]
    assert enter_voucher(store, purchase(chain, no="2"), mixed).retention_until == date(2028, 11, 18)


def test_r_trc_03_farm_produce_is_kept_six_months(chain: Chain, store: Store) -> None:
    farm = establishment(store, name="柳江蔬菜基地", kind=EstablishmentKind.FARM, segment=Segment.FARM)
    greens = chain.lot("菜-1", farm, 30, expires_on=None)
    voucher = enter_voucher(store, purchase(chain, from_id=farm.id), [Line(greens, Decimal(5), "kg")])
    assert voucher.retention_until == date(2027, 5, 18)
    cabbage = product(store, chain.wholesaler, name="白菜", category="食用农产品/蔬菜")
    bought = chain.lot("菜-2", chain.wholesaler, 30, product_id=cabbage.id)
    voucher = enter_voucher(store, purchase(chain, no="3"), [Line(bought, Decimal(5), "kg")])
    assert voucher.retention_until == date(2027, 5, 18)


@pytest.mark.parametrize(
    ("change", "flags"),
    [
        ({"images": None}, {"no_image"}),
        ({"from_id": None}, {"no_partner"}),
        ({"from_id": None, "from_name": "老李", "from_contact": "138"}, set()),
        ({"no": "重复"}, {"duplicate_no"}),
        ({"dated_on": date(2026, 11, 10)}, {"made_later"}),
    ],
)
def test_what_is_odd_is_noted(chain: Chain, store: Store, change: dict[str, Any], flags: set[str]) -> None:
    enter_voucher(store, purchase(chain, no="重复"), [line(chain)])
    voucher = enter_voucher(store, purchase(chain, **change), [line(chain)])
    assert set(voucher.anomalies) == flags
    assert voucher.is_abnormal == bool(flags)


def test_late_expired_and_more_than_there_ever_was(chain: Chain, store: Store, clock: FixedClock) -> None:
    chain.noodles.expires_on = chain.today - timedelta(days=1)
    late = purchase(chain, collected_at=clock.now() - timedelta(hours=25))
    voucher = enter_voucher(store, late, [line(chain, "91")])
    assert set(voucher.anomalies) == {"late", "expired_goods", "more_than_lot"}


@pytest.mark.parametrize(
    ("change", "quantity", "why"),
    [
        ({}, "0", Refusal.NOT_POSITIVE),
        ({"dated_on": date(2026, 11, 19)}, "1", Refusal.IN_FUTURE),
        ({"from_id": "same"}, "1", Refusal.SAME_ENDS),
        ({"establishment_id": "other"}, "1", Refusal.WRONG_BOOKS),
        ({"establishment_id": None}, "1", Refusal.NO_SOURCE),
    ],
)
def test_vouchers_are_refused_that_cannot_be(
    chain: Chain, store: Store, change: dict[str, Any], quantity: str, why: Refusal
) -> None:
    named = {"same": chain.shop.id, "other": chain.mill.id}
    voucher = purchase(chain, **{name: named.get(value, value) for name, value in change.items()})
    with pytest.raises(VoucherRefusedError) as refused:
        enter_voucher(store, voucher, [line(chain, quantity)])
    assert refused.value.why is why


def test_a_voucher_without_lots_is_refused(chain: Chain, store: Store) -> None:
    with pytest.raises(VoucherRefusedError) as refused:
        enter_voucher(store, purchase(chain), [])
    assert refused.value.why is Refusal.NO_LOTS


def test_an_origin_certificate_gives_a_lot_its_origin(chain: Chain, store: Store) -> None:
    pork = chain.lot("肉-1", chain.wholesaler, 50)
    chain.move(pork, chain.wholesaler, chain.shop, 20)
    paper = Voucher(
        kind=VoucherKind.QUARANTINE_CERTIFICATE, no="检疫-1", establishment_id=chain.wholesaler.id,
        dated_on=chain.today, from_name="六塘屠宰场", images=IMAGE,
    )  # fmt: skip
    enter_voucher(store, paper, [Line(pork, Decimal(50), "kg")])
    assert trace.run_trace(store, lot_ids=[pork.id]).figures["gaps"] == {}


def test_a_voucher_told_anew_replaces_the_old_by_declaration(chain: Chain, store: Store, session: Session) -> None:
    wrong = enter_voucher(store, purchase(chain), [line(chain)])
    right = replace_voucher(store, wrong, purchase(chain, no="进-2026-001更"), [line(chain, "1")], "抄错数量")
    assert (wrong.status, right.status) == ("replaced", "active")
    told = {each.voucher_id: each for each in events_of(session, chain.noodles.id)}
    assert told[wrong.id].error_reason is ErrorReason.INCORRECT_DATA
    assert told[wrong.id].corrective_ids == [told[right.id].id]
    rows = trace.scope_lots(trace.run_trace(store, lot_ids=[chain.noodles.id]))
    assert next(row for row in rows if row.holder_id == chain.shop.id).quantity_in == 31


def test_a_voucher_that_should_not_be_is_withdrawn(chain: Chain, store: Store, session: Session) -> None:
    voucher = enter_voucher(store, purchase(chain), [line(chain)])
    withdraw_voucher(store, voucher, "误传")
    assert voucher.deleted_at is not None
    assert trace.run_trace(store, lot_ids=[chain.noodles.id]).figures["gaps"] == {}
