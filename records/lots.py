"""Lots: registered once at their source, then held, released, recalled, destroyed or used up, each with its reason."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.clock import today
from records.deadlines import months_after
from records.errors import ConflictError
from records.refusals import LotRefusedError, Refusal
from records.registry import Establishment, EstablishmentKind, Product
from records.rules import find_rule, whole_number
from records.store import Store
from records.trace_events import enter_event, lot_event
from records.trace_model import Lot as Lot
from records.trace_model import LotState as LotState
from records.trace_model import TraceEvent
from records.trace_words import BusinessStep, Disposition, EventAction
from records.units import known_unit

__all__ = [
    "Lot", "LotRefusedError", "LotState", "add_lot", "consume_lot", "destroy_lot", "find_lot", "hold_lot",
    "keep_lot_until", "lots_named", "recall_lot", "release_lot",
]  # fmt: skip

SHELF_LIFE_RULE, NO_SHELF_LIFE_RULE, FARM_RULE = "R-TRC-01", "R-TRC-01-NONE", "R-TRC-03-PRODUCTION"


class LotStateError(ConflictError):
    """The lot's state does not allow this."""

    slug = "lot-state"
    sentence = "批次 %(tlc)s 当前状态不允许此操作"


#: state → the states it may be entered from
ENTERED_FROM = {
    LotState.HELD: {LotState.ACTIVE, LotState.RECALLED},
    LotState.ACTIVE: {LotState.HELD},
    LotState.RECALLED: {LotState.ACTIVE, LotState.HELD},
    LotState.DESTROYED: {LotState.ACTIVE, LotState.HELD, LotState.RECALLED},
    LotState.CONSUMED: {LotState.ACTIVE},
}


def add_lot(store: Store, lot: Lot, *, made_at: datetime | None = None) -> Lot:
    """A new lot of its source. ``made_at`` also enters that it began there then, with its whole quantity.

    Raises LotRefusedError and UnknownUnitError.
    """
    lot.tlc, lot.unit = lot.tlc.strip(), known_unit(lot.unit)
    _check(store, lot)
    lot.retention_until = keep_lot_until(store, lot)
    store.add(lot)
    store.session.flush()
    if made_at is not None:
        enter_event(store, lot_event(lot, BusinessStep.COMMISSIONING, made_at, action=EventAction.ADD))
    return lot


def keep_lot_until(store: Store, lot: Lot) -> date:
    """Until when what is known of a lot must be kept; the longest time that any rule asks for.

    Six months after the end of shelf life, two years from its making where none is stated (R-TRC-01, FSL art. 50);
    of what a farm grew two years at least (R-TRC-03-PRODUCTION, Agricultural Product Quality and Safety Law art. 27).
    """
    made = lot.produced_on or today(store.clock)
    source = store.session.get(Establishment, lot.establishment_id) if lot.establishment_id else None
    ends = [
        _months(store, lot, SHELF_LIFE_RULE, lot.expires_on)
        if lot.expires_on
        else _months(store, lot, NO_SHELF_LIFE_RULE, made)
    ]
    if source is not None and source.kind is EstablishmentKind.FARM:
        ends.append(_months(store, lot, FARM_RULE, made))
    return max(ends)


def _months(store: Store, lot: Lot, code: str, start: date) -> date:
    rule = find_rule(store.session, code, today(store.clock), lot.region_code)
    return months_after(start, whole_number(rule))


def find_lot(session: Session, establishment_id: str, tlc: str) -> Lot | None:
    """The lot of that code of that source."""
    return session.scalar(
        select(Lot).where(Lot.establishment_id == establishment_id, Lot.tlc == tlc.strip(), Lot.deleted_at.is_(None))
    )


def lots_named(session: Session, tlc: str, limit: int = 20) -> list[Lot]:
    """The lots of that code, whosever; codes are unique only per source."""
    query = select(Lot).where(Lot.tlc == tlc.strip(), Lot.deleted_at.is_(None)).order_by(Lot.id).limit(limit)
    return list(session.scalars(query))


def hold_lot(store: Store, lot: Lot, reason: str) -> Lot:
    """Nobody may sell or use the lot until it is released. Raises LotStateError."""
    return _enter(store, lot, LotState.HELD, reason, BusinessStep.HOLDING, Disposition.UNAVAILABLE)


def release_lot(store: Store, lot: Lot, reason: str) -> Lot:
    """The lot may be sold and used again. Raises LotStateError."""
    return _enter(store, lot, LotState.ACTIVE, reason, BusinessStep.OTHER, Disposition.ACTIVE)


def recall_lot(store: Store, lot: Lot, reason: str) -> Lot:
    """The lot is being recalled. Raises LotStateError."""
    return _enter(store, lot, LotState.RECALLED, reason, BusinessStep.HOLDING, Disposition.RECALLED)


def destroy_lot(store: Store, lot: Lot, reason: str) -> Lot:
    """Nothing is left of the lot: it was destroyed. Who destroyed how much is told by events. Raises LotStateError."""
    return _enter(store, lot, LotState.DESTROYED, reason, BusinessStep.OTHER, Disposition.DESTROYED)


def consume_lot(store: Store, lot: Lot, reason: str) -> Lot:
    """Nothing is left of the lot: it was sold or used up. Raises LotStateError."""
    return _enter(store, lot, LotState.CONSUMED, reason, BusinessStep.OTHER, Disposition.RETAIL_SOLD)


def _enter(store: Store, lot: Lot, state: LotState, reason: str, step: BusinessStep, disposition: Disposition) -> Lot:
    """A new state with its reason and its event. The same again changes nothing; a drill leaves the lot as it is."""
    if lot.state is state:
        return lot
    if lot.state not in ENTERED_FROM[state]:
        raise LotStateError(tlc=lot.tlc)
    if not store.origin.is_drill:
        store.correct(lot, {"state": state, "state_reason": reason}, reason=reason)
    event: TraceEvent = lot_event(lot, step, store.clock.now())
    event.disposition = disposition
    enter_event(store, event)
    return lot


def _check(store: Store, lot: Lot) -> None:
    product = store.session.get(Product, lot.product_id) if lot.product_id else None
    refusals = (
        (not lot.tlc, Refusal.NO_CODE),
        (lot.quantity <= 0, Refusal.NOT_POSITIVE),
        (lot.produced_on is not None and lot.produced_on > today(store.clock), Refusal.MADE_LATER),
        (bool(lot.produced_on and lot.expires_on and lot.produced_on > lot.expires_on), Refusal.ENDS_BEFORE),
        (bool(lot.product_id) and product is None, Refusal.NO_PRODUCT),
    )
    for is_so, why in refusals:
        if is_so:
            raise LotRefusedError(why)
    source = store.session.get(Establishment, lot.establishment_id) if lot.establishment_id else None
    if source is None:
        raise LotRefusedError(Refusal.NO_SOURCE)
    if find_lot(store.session, source.id, lot.tlc) is not None:
        raise LotRefusedError(Refusal.CODE_TAKEN)
    lot.region_code, lot.region_path = source.region_code, source.region_path
    if product is not None and not lot.product_name:
        lot.product_name = product.name
