"""Tracing: what is held and linked follows from events; scope, gaps, loops, balance; frozen snapshots."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from records import trace
from records.base import json_safe
from records.clock import FixedClock
from records.errors import ConflictError, NotFoundError
from records.lots import LotState, LotStateError, add_lot, find_lot, hold_lot, recall_lot, release_lot
from records.people import SYSTEM
from records.refusals import EventRefusedError, LotRefusedError
from records.registry import EstablishmentKind
from records.store import Origin, Store
from records.trace_events import declare_error, events_of
from records.trace_gaps import GapKind
from records.trace_links import rebuild_links, verify_links
from records.trace_model import Lot
from records.trace_words import BusinessStep, Direction, Disposition, ErrorReason, Stage
from records.units import UnknownUnitError
from tests.records.chain import Chain


@pytest.fixture
def chain(store: Store) -> Chain:
    return Chain(store)


def row(run: trace.TraceRun, holder: str, tlc: str) -> trace.ScopeRow:
    return next(each for each in trace.scope_lots(run) if each.holder_name.endswith(holder) and each.tlc == tlc)


def kinds(run: trace.TraceRun) -> dict[str, int]:
    return dict(run.figures["gaps"])


def test_r_trc_07_a_lot_is_traced_forwards_and_backwards_with_quantities(chain: Chain, store: Store) -> None:
    run = trace.run_trace(store, lot_ids=[chain.noodles.id])
    found = {(each.tlc, each.holder_name[-3:]): each for each in trace.scope_lots(run)}
    assert set(found) == {
        ("米-1", "甲米厂"),
        ("米-1", "乙粉厂"),
        ("粉-1", "乙粉厂"),
        ("粉-1", "丙批发"),
        ("粉-1", "丁粉店"),
    }
    plant = found["粉-1", "乙粉厂"]
    assert (plant.quantity_in, plant.quantity_out, plant.quantity_left) == (90, 80, 10)
    assert (plant.stage, plant.direction) == (Stage.PRODUCTION, Direction.SEED)
    rice = found["米-1", "乙粉厂"]
    assert (rice.quantity_in, rice.quantity_out, rice.direction) == (100, 100, Direction.UP)
    shop = found["粉-1", "丁粉店"]
    assert (shop.quantity_in, shop.quantity_left, shop.stage, shop.is_last) == (30, 10, Stage.CATERING, True)
    assert kinds(run) == {}
    assert trace.is_as_frozen(run)
    balance = trace.balances(run)[0]
    assert (balance.entered, balance.ended, balance.left, balance.unexplained) == (90, 20, 70, 0)


def test_from_the_raw_material_everything_made_of_it_is_downstream(chain: Chain, store: Store) -> None:
    run = trace.run_trace(store, lot_ids=[chain.rice.id])
    assert row(run, "丁粉店", "粉-1").direction is Direction.DOWN
    assert run.figures["lots"] == 2
    assert run.figures["holders"] == 4


def test_a_trace_of_nothing_is_refused(store: Store) -> None:
    with pytest.raises(NotFoundError):
        trace.run_trace(store, lot_ids=["01ARZ3NDEKTSV4RRFFQ69G5FAV"])
    with pytest.raises(NotFoundError):
        trace.run_trace(store, lot_ids=[])


def test_one_movement_told_by_both_sides_counts_once(chain: Chain, store: Store) -> None:
    before = row(trace.run_trace(store, lot_ids=[chain.noodles.id]), "丙批发", "粉-1")
    assert (before.quantity_in, before.quantity_out) == (80, 30)


def test_a_missing_counterpart_names_who_could_fill_it(chain: Chain, store: Store) -> None:
    kiosk = chain.business("戊粉店", EstablishmentKind.CATERING)
    chain.ship(chain.noodles, chain.wholesaler, kiosk, 5)
    run = trace.run_trace(store, lot_ids=[chain.noodles.id])
    [gap] = trace.gaps(run)
    assert (gap.kind, gap.holder_id, gap.expected) == (GapKind.NO_COUNTERPART, kiosk.id, 5)


def test_what_was_sent_and_came_may_differ_by_the_tolerance(chain: Chain, store: Store) -> None:
    kiosk = chain.business("戊粉店", EstablishmentKind.CATERING)
    chain.ship(chain.noodles, chain.wholesaler, kiosk, "10")
    chain.receive(chain.noodles, chain.wholesaler, kiosk, "9.8")
    assert kinds(trace.run_trace(store, lot_ids=[chain.noodles.id])) == {}
    chain.ship(chain.noodles, chain.wholesaler, kiosk, "10")
    chain.receive(chain.noodles, chain.wholesaler, kiosk, "9")
    run = trace.run_trace(store, lot_ids=[chain.noodles.id])
    assert kinds(run) == {"quantity_differs": 1}
    [balance] = [each for each in trace.balances(run) if each.tlc == "粉-1"]
    assert balance.unexplained == Decimal("1.2")
    assert balance.is_within_tolerance  # 1.33 % of the lot


def test_more_sold_than_bought(chain: Chain, store: Store) -> None:
    chain.sell(chain.noodles, chain.shop, 15)
    assert kinds(trace.run_trace(store, lot_ids=[chain.noodles.id])) == {"out_exceeds_in": 1}


def test_a_lot_that_nobody_made_has_no_origin_until_a_paper_says_so(chain: Chain, store: Store) -> None:
    pork = chain.lot("肉-1", chain.wholesaler, 50)
    chain.ship(pork, chain.wholesaler, chain.shop, 20)
    chain.receive(pork, chain.wholesaler, chain.shop, 20)
    run = trace.run_trace(store, lot_ids=[pork.id])
    assert kinds(run) == {"no_origin": 1}
    assert trace.gaps(run)[0].holder_id == chain.wholesaler.id
    chain.origin_paper(pork, chain.wholesaler)
    assert kinds(trace.run_trace(store, lot_ids=[pork.id])) == {}


def test_a_lot_sold_to_nobody_known(chain: Chain, store: Store) -> None:
    chain.ship(chain.noodles, chain.wholesaler, None, 3)
    chain.ship(chain.noodles, chain.wholesaler, "流动摊贩老李", 4)
    run = trace.run_trace(store, lot_ids=[chain.noodles.id])
    assert kinds(run) == {"holder_unknown": 1, "holder_unregistered": 1}
    assert row(run, "老李", "粉-1").quantity_left == 4


def test_units_are_turned_into_the_lots_own_or_told(chain: Chain, store: Store) -> None:
    chain.ship(chain.noodles, chain.wholesaler, chain.shop, 20, unit="斤")
    chain.receive(chain.noodles, chain.wholesaler, chain.shop, 10)
    run = trace.run_trace(store, lot_ids=[chain.noodles.id])
    assert row(run, "丁粉店", "粉-1").quantity_in == 40
    assert kinds(run) == {}
    chain.sell(chain.noodles, chain.shop, 2, unit="箱")
    assert kinds(trace.run_trace(store, lot_ids=[chain.noodles.id])) == {"units_differ": 1}
    with pytest.raises(UnknownUnitError):
        chain.sell(chain.noodles, chain.shop, 2, unit="浪")


def test_goods_that_go_round_are_a_loop_and_do_not_hang(chain: Chain, store: Store) -> None:
    chain.ship(chain.noodles, chain.shop, chain.wholesaler, 5)
    chain.receive(chain.noodles, chain.shop, chain.wholesaler, 5)
    run = trace.run_trace(store, lot_ids=[chain.noodles.id])
    assert kinds(run) == {"loop": 1}
    assert row(run, "丁粉店", "粉-1").quantity_left == 5
    assert row(run, "丙批发", "粉-1").quantity_left == 55


def test_a_stock_taking_that_finds_something_else(chain: Chain, store: Store) -> None:
    chain.event(BusinessStep.STOCK_TAKING, chain.shop, chain.noodles, 4)
    run = trace.run_trace(store, lot_ids=[chain.noodles.id])
    [gap] = trace.gaps(run)
    assert (gap.kind, gap.quantity, gap.expected) == (GapKind.STOCK_DIFFERS, 4, 10)


def test_what_is_on_its_way_is_in_transport(chain: Chain, store: Store) -> None:
    kiosk = chain.business("戊粉店", EstablishmentKind.CATERING)
    chain.ship(chain.noodles, chain.wholesaler, kiosk, 5, disposition=Disposition.IN_TRANSIT)
    run = trace.run_trace(store, lot_ids=[chain.noodles.id])
    assert row(run, "戊粉店", "粉-1").stage is Stage.TRANSPORT
    assert kinds(run) == {}


def test_a_shipping_called_off_moved_nothing(chain: Chain, store: Store) -> None:
    kiosk = chain.business("戊粉店", EstablishmentKind.CATERING)
    chain.ship(chain.noodles, chain.wholesaler, kiosk, 5)
    chain.event(BusinessStep.VOID_SHIPPING, chain.wholesaler, chain.noodles, 5, to=kiosk)
    run = trace.run_trace(store, lot_ids=[chain.noodles.id])
    assert "戊粉店" not in {each.holder_name for each in trace.scope_lots(run)}
    assert row(run, "丙批发", "粉-1").quantity_left == 50


def test_r_trc_08_an_event_in_error_is_declared_never_deleted(chain: Chain, store: Store, session: Session) -> None:
    wrong = chain.sell(chain.noodles, chain.shop, 15)
    right = chain.sell(chain.noodles, chain.shop, 5)
    declare_error(store, wrong, ErrorReason.INCORRECT_DATA, "数量抄错", corrected_by=[right])
    run = trace.run_trace(store, lot_ids=[chain.noodles.id])
    assert row(run, "丁粉店", "粉-1").quantity_left == 5
    assert wrong in events_of(session, chain.noodles.id)
    assert (wrong.version, wrong.corrective_ids) == (2, [right.id])
    with pytest.raises(ConflictError):
        declare_error(store, wrong, ErrorReason.DID_NOT_OCCUR, "再次")


def test_a_trace_is_stale_after_a_day_or_when_something_was_entered(
    chain: Chain, store: Store, session: Session, clock: FixedClock
) -> None:
    run = trace.run_trace(store, lot_ids=[chain.noodles.id])
    assert not trace.is_stale(session, run, clock.now())
    assert trace.is_stale(session, run, clock.now() + timedelta(hours=24, seconds=1))
    event = chain.sell(chain.noodles, chain.shop, 1)
    assert trace.is_stale(session, run, clock.now())
    again = trace.run_trace(store, lot_ids=[chain.noodles.id])
    declare_error(store, event, ErrorReason.DID_NOT_OCCUR, "未发生")
    assert trace.is_stale(session, again, clock.now())


def test_r_trc_07_the_time_to_trace_counts_from_the_request(chain: Chain, store: Store, clock: FixedClock) -> None:
    asked = clock.now()
    clock.advance(hours=4, minutes=1)
    run = trace.run_trace(store, lot_ids=[chain.noodles.id], requested_at=asked)
    assert (run.figures["seconds"], run.figures["is_within_target"]) == (4 * 3600 + 60, False)
    assert trace.run_trace(store, lot_ids=[chain.noodles.id]).figures["is_within_target"] is True


def test_a_changed_snapshot_is_noticed(chain: Chain, store: Store) -> None:
    run = trace.run_trace(store, lot_ids=[chain.noodles.id])
    run.snapshot = {**run.snapshot, "rows": run.snapshot["rows"][1:]}
    assert not trace.is_as_frozen(run)


def test_what_a_snapshot_keeps_is_read_back_the_same(chain: Chain, store: Store) -> None:
    chain.sell(chain.noodles, chain.shop, 15)
    run = trace.run_trace(store, lot_ids=[chain.noodles.id])
    again = trace.run_trace(store, lot_ids=[chain.noodles.id])
    assert again.sha256 == run.sha256
    assert [json_safe(each.content()) for each in trace.scope_lots(run)] == run.snapshot["rows"]
    assert [each.content() for each in trace.gaps(run)] == run.snapshot["gaps"]
    assert [each.content() for each in trace.scope_of(run).links] == run.snapshot["links"]


def test_links_are_rebuilt_the_same_and_verified(chain: Chain, store: Store, session: Session) -> None:
    chain.sell(chain.noodles, chain.shop, 15)
    before = trace.run_trace(store, lot_ids=[chain.noodles.id]).sha256
    assert list(verify_links(session)) == []
    assert rebuild_links(session) == 2
    assert trace.run_trace(store, lot_ids=[chain.noodles.id]).sha256 == before
    assert list(verify_links(session)) == []
    holding = session.scalars(trace_holdings(chain.noodles)).first()
    assert holding is not None
    holding.quantity_out += 1
    session.flush()
    assert [each.lot_id for each in verify_links(session)] == [chain.noodles.id]


def trace_holdings(lot: Lot):  # type: ignore[no-untyped-def]
    from sqlalchemy import select  # noqa: PLC0415

    from records.trace_model import LotHolding  # noqa: PLC0415

    return select(LotHolding).where(LotHolding.lot_id == lot.id).order_by(LotHolding.id)


def test_lots_are_refused_that_cannot_be(chain: Chain, store: Store) -> None:
    tomorrow = chain.today + timedelta(days=1)
    for change, sentence in (
        ({"quantity": Decimal(0), "unit": "kg"}, "数量必须大于0"),
        ({"produced_on": tomorrow}, "生产日期晚于今天"),
        ({"expires_on": chain.today - timedelta(days=9)}, "生产日期晚于保质期届满日期"),
        ({"tlc": "  "}, "没有追溯批次代码"),
        ({"tlc": "粉-1"}, "该来源主体已有同一批次代码"),
    ):
        with pytest.raises(LotRefusedError) as refused:
            add_lot(store, chain.new_lot(change.pop("tlc", "粉-2"), chain.plant, change.pop("quantity", 10), **change))
        assert refused.value.sentence == sentence
    same_code_elsewhere = chain.lot("粉-1", chain.mill, 10)
    assert find_lot(store.session, chain.mill.id, "粉-1") is same_code_elsewhere


def test_events_are_refused_that_cannot_be(chain: Chain, store: Store, clock: FixedClock) -> None:
    with pytest.raises(EventRefusedError):
        chain.sell(chain.noodles, chain.shop, -1)
    with pytest.raises(EventRefusedError):
        chain.sell(chain.noodles, chain.shop, 1, at=clock.now() + timedelta(minutes=1))
    with pytest.raises(EventRefusedError):
        chain.ship(chain.noodles, chain.shop, chain.shop, 1)
    with pytest.raises(EventRefusedError):
        chain.convert(chain.plant, [(chain.rice, 1)], [(chain.rice, 1)])


def test_a_lot_is_held_and_released_with_reason_and_event(
    chain: Chain, store: Store, session: Session, clock: FixedClock
) -> None:
    clock.advance(minutes=1)
    hold_lot(store, chain.noodles, "检出苯甲酸超标")
    assert (chain.noodles.state, chain.noodles.state_reason) == (LotState.HELD, "检出苯甲酸超标")
    assert events_of(session, chain.noodles.id)[-1].business_step is BusinessStep.HOLDING
    hold_lot(store, chain.noodles, "再次")
    assert chain.noodles.state_reason == "检出苯甲酸超标"
    release_lot(store, chain.noodles, "复检合格")
    recall_lot(store, chain.noodles, "一级召回")
    with pytest.raises(LotStateError):
        release_lot(store, chain.noodles, "放行")
    assert kinds(trace.run_trace(store, lot_ids=[chain.noodles.id])) == {}


def test_a_drill_leaves_lots_and_quantities_as_they_are(chain: Chain, session: Session, clock: FixedClock) -> None:
    drill = Store(session, clock, SYSTEM, Origin(is_drill=True))
    before = trace.run_trace(drill, lot_ids=[chain.noodles.id])
    clock.advance(minutes=1)
    recall_lot(drill, chain.noodles, "演练")
    assert chain.noodles.state is LotState.ACTIVE
    assert events_of(session, chain.noodles.id)[-1].is_drill
    drilled = Chain(drill, prefix="演")
    assert before.is_drill
    after = trace.run_trace(drill, lot_ids=[chain.noodles.id])
    assert after.snapshot["rows"] == before.snapshot["rows"]
    assert trace.scope_lots(trace.run_trace(drill, lot_ids=[drilled.noodles.id])) == []
