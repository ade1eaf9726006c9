"""Vouchers (凭证): the papers that say which lot went where; kept as long as the law says, judged when they come in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, Numeric, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.base import CaseMixin, Fact, Json, choice
from records.clock import ZONE, today
from records.deadlines import months_after
from records.refusals import Refusal, VoucherRefusedError
from records.registry import Establishment, EstablishmentKind, Product
from records.rules import find_rule, whole_number
from records.store import Store
from records.trace_events import LotItem, declare_error, enter_event
from records.trace_model import Lot, TraceEvent
from records.trace_words import BusinessStep, ErrorReason, EventAction, EventType, TrackingEvent
from records.units import converted, kilograms, known_unit

#: a voucher that comes in later than this after it was collected is noted as late
LATE_AFTER = timedelta(hours=24)
#: a voucher that holds less than this percent of what it should is noted as incomplete
COMPLETE_FROM = 80
#: how the category of farm produce begins
FARM_PRODUCE = "食用农产品"
PURCHASE_RULE, NO_SHELF_LIFE_RULE, FARM_RULE = "R-TRC-01", "R-TRC-01-NONE", "R-TRC-03"


class VoucherKind(StrEnum):
    """What a voucher is."""

    PURCHASE = "purchase"
    SALE = "sale"
    ORIGIN_CERTIFICATE = "origin_certificate"
    QUARANTINE_CERTIFICATE = "quarantine_certificate"
    QUALIFIED_COMMITMENT = "qualified_commitment"
    TEST_REPORT = "test_report"


class Anomaly(StrEnum):
    """What is odd about a voucher (standard 6.2, class 3: abnormal vouchers)."""

    DUPLICATE_NO = "duplicate_no"
    EXPIRED_GOODS = "expired_goods"
    MADE_LATER = "made_later"
    NO_PARTNER = "no_partner"
    NO_IMAGE = "no_image"
    LATE = "late"
    INCOMPLETE = "incomplete"
    MORE_THAN_LOT = "more_than_lot"


#: what the sums of a voucher stay below: kilograms, yuan
LARGEST_SUM = Decimal(10) ** 13


class Voucher(CaseMixin, Fact):
    """One paper; ``no`` is its number, ``establishment_id`` whose books it is in. status: active | replaced.

    ``lines``: ``{"lot_id", "tlc", "product_name", "quantity", "unit", "price"}``, decimals as text, price in yuan for
    the line or None. ``images``: ``{"id", "sha256"}`` of attachments. ``completeness``: percent of what R-TRC-01 asks.
    """

    kind: Mapped[VoucherKind] = mapped_column(choice(VoucherKind), index=True)
    from_id: Mapped[str | None] = mapped_column(String(26), index=True)
    from_name: Mapped[str | None] = mapped_column(String(120))
    from_contact: Mapped[str | None] = mapped_column(String(120))
    to_id: Mapped[str | None] = mapped_column(String(26), index=True)
    to_name: Mapped[str | None] = mapped_column(String(120))
    dated_on: Mapped[date] = mapped_column(index=True)
    lines: Mapped[list[Any]] = mapped_column(Json)
    images: Mapped[list[Any] | None] = mapped_column(Json)
    collected_at: Mapped[datetime]
    received_at: Mapped[datetime]
    weight: Mapped[Decimal | None] = mapped_column(Numeric(16, 3))  # kilograms of the lines that are mass
    amount: Mapped[Decimal | None] = mapped_column(Numeric(16, 2))  # yuan
    completeness: Mapped[int]
    anomalies: Mapped[list[str]] = mapped_column(Json)
    is_abnormal: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (Index("ix_voucher_place", "region_path", "dated_on"),)


@dataclass(frozen=True)
class Line:
    """So much of a lot, at a price in yuan for the line."""

    lot: Lot
    quantity: Decimal
    unit: str
    price: Decimal | None = None

    def content(self) -> dict[str, Any]:
        """As a voucher keeps it. Raises UnknownUnitError."""
        price = None if self.price is None else format(self.price.normalize(), "f")
        named = {"product_name": self.lot.product_name, "price": price}
        return LotItem(self.lot, self.quantity, self.unit).content() | named


def enter_voucher(store: Store, voucher: Voucher, lines: Sequence[Line]) -> Voucher:
    """A voucher as it came in: judged, kept as long as the law says, and told as an event.

    Raises VoucherRefusedError and UnknownUnitError.
    """
    enter_event(store, keep_voucher(store, voucher, lines))
    return voucher


def keep_voucher(store: Store, voucher: Voucher, lines: Sequence[Line]) -> TraceEvent:
    """The same for one of many: gives the event that it tells, to be kept and derived from with the others."""
    owner = store.session.get(Establishment, voucher.establishment_id) if voucher.establishment_id else None
    if owner is None:
        raise VoucherRefusedError(Refusal.NO_SOURCE)
    _settle(store, voucher, owner, lines)
    _check(store, voucher, lines)
    voucher.source = voucher.source or store.origin.source
    voucher.anomalies = [flag.value for flag in _anomalies(store, voucher, lines)]
    voucher.is_abnormal = bool(voucher.anomalies)
    voucher.retention_until = keep_until(store, voucher, [line.lot for line in lines])
    return _event(store.add(voucher), lines)


def replace_voucher(store: Store, voucher: Voucher, by: Voucher, lines: Sequence[Line], reason: str) -> Voucher:
    """A voucher told anew: the old one stays readable as replaced, its event is declared to be in error."""
    entered = enter_voucher(store, by, lines)
    store.correct(voucher, {"status": "replaced"}, reason=reason)
    corrective = events_of_voucher(store.session, entered.id)
    for event in events_of_voucher(store.session, voucher.id):
        declare_error(store, event, ErrorReason.INCORRECT_DATA, reason, corrected_by=corrective)
    return entered


def withdraw_voucher(store: Store, voucher: Voucher, reason: str) -> None:
    """A voucher that should never have been entered: a tombstone, and its event did not occur."""
    for event in events_of_voucher(store.session, voucher.id):
        declare_error(store, event, ErrorReason.DID_NOT_OCCUR, reason)
    store.tombstone(voucher, reason=reason)


def events_of_voucher(session: Session, voucher_id: str) -> list[TraceEvent]:
    """The events that a voucher told and that still stand."""
    told = select(TraceEvent).where(TraceEvent.voucher_id == voucher_id, TraceEvent.error_reason.is_(None))
    return list(session.scalars(told.order_by(TraceEvent.id)))


def keep_until(store: Store, voucher: Voucher, lots: Sequence[Lot]) -> date:
    """Until when the voucher must be kept, by its last lot.

    Six months after the end of shelf life, two years where none is stated (R-TRC-01, FSL art. 50, 53); farm produce
    six months after the purchase (R-TRC-03, FSL art. 65).
    """
    if _is_farm_produce(store.session, voucher, lots):
        return _months(store, voucher, FARM_RULE, voucher.dated_on)
    ends = [lot.expires_on for lot in lots if lot.expires_on is not None]
    stated = [_months(store, voucher, PURCHASE_RULE, max(ends))] if ends else []
    unstated = [_months(store, voucher, NO_SHELF_LIFE_RULE, voucher.dated_on)] if len(ends) < len(lots) else []
    return max(stated + unstated)


def completeness(voucher: Voucher, lines: Sequence[Line]) -> int:
    """Percent of what a purchase check record must hold that this voucher holds (R-TRC-01, FSL art. 50 and 53)."""
    of_voucher = [
        bool(voucher.no), bool(voucher.from_id or voucher.from_name), bool(voucher.from_id or voucher.from_contact),
        bool(voucher.to_id or voucher.to_name), bool(voucher.images),
    ]  # fmt: skip
    of_lines = [
        is_there
        for line in lines
        for is_there in (
            bool(line.lot.product_name), bool(line.lot.tlc or line.lot.produced_on), line.lot.produced_on is not None,
            line.lot.expires_on is not None, bool(line.lot.producer_name or line.lot.establishment_id),
        )
    ]  # fmt: skip
    held = of_voucher + of_lines
    return 100 * sum(held) // len(held)


def _months(store: Store, voucher: Voucher, code: str, start: date) -> date:
    rule = find_rule(store.session, code, voucher.dated_on, voucher.region_code)
    return months_after(start, whole_number(rule))


def _is_farm_produce(session: Session, voucher: Voucher, lots: Sequence[Lot]) -> bool:
    seller = session.get(Establishment, voucher.from_id) if voucher.from_id else None
    if seller is not None and seller.kind is EstablishmentKind.FARM:
        return True
    products = [session.get(Product, lot.product_id) if lot.product_id else None for lot in lots]
    return all(product is not None and product.category.startswith(FARM_PRODUCE) for product in products)


def _settle(store: Store, voucher: Voucher, owner: Establishment, lines: Sequence[Line]) -> None:
    voucher.region_code, voucher.region_path = owner.region_code, owner.region_path
    voucher.received_at = voucher.received_at or store.clock.now()
    voucher.collected_at = voucher.collected_at or voucher.received_at
    voucher.lines = [line.content() for line in lines]
    masses = [mass for line in lines if (mass := kilograms(line.quantity, known_unit(line.unit))) is not None]
    voucher.weight = sum(masses, Decimal(0)) if masses else None
    prices = [line.price for line in lines if line.price is not None]
    voucher.amount = sum(prices, Decimal(0)) if prices else None
    voucher.completeness = completeness(voucher, lines)


def _check(store: Store, voucher: Voucher, lines: Sequence[Line]) -> None:
    books = {VoucherKind.PURCHASE: voucher.to_id, VoucherKind.SALE: voucher.from_id}
    refusals = (
        (not lines, Refusal.NO_LOTS),
        (any(line.quantity <= 0 for line in lines), Refusal.NOT_POSITIVE),
        (max(voucher.weight or 0, voucher.amount or 0) >= LARGEST_SUM, Refusal.TOO_LARGE),
        (voucher.dated_on > today(store.clock), Refusal.IN_FUTURE),
        (voucher.from_id is not None and voucher.from_id == voucher.to_id, Refusal.SAME_ENDS),
        (books.get(voucher.kind, voucher.establishment_id) != voucher.establishment_id, Refusal.WRONG_BOOKS),
    )
    for is_so, why in refusals:
        if is_so:
            raise VoucherRefusedError(why)


def _anomalies(store: Store, voucher: Voucher, lines: Sequence[Line]) -> list[Anomaly]:
    lots = [line.lot for line in lines]
    partner = voucher.from_id or voucher.from_name, voucher.to_id or voucher.to_name
    found = (
        (is_known(store.session, voucher), Anomaly.DUPLICATE_NO),
        (any(lot.expires_on is not None and lot.expires_on < voucher.dated_on for lot in lots), Anomaly.EXPIRED_GOODS),
        (any(lot.produced_on is not None and lot.produced_on > voucher.dated_on for lot in lots), Anomaly.MADE_LATER),
        (voucher.kind in (VoucherKind.PURCHASE, VoucherKind.SALE) and not all(partner), Anomaly.NO_PARTNER),
        (not voucher.images, Anomaly.NO_IMAGE),
        (voucher.received_at - voucher.collected_at > LATE_AFTER, Anomaly.LATE),
        (voucher.completeness < COMPLETE_FROM, Anomaly.INCOMPLETE),
        (any(_is_more_than_lot(line) for line in lines), Anomaly.MORE_THAN_LOT),
    )
    return [flag for is_so, flag in found if is_so]


def _is_more_than_lot(line: Line) -> bool:
    quantity = converted(line.quantity, known_unit(line.unit), line.lot.unit)
    return quantity is not None and quantity > line.lot.quantity


def is_known(session: Session, voucher: Voucher) -> bool:
    """Whether the same establishment's books hold a paper of the same kind and number."""
    if not voucher.no:
        return False
    same = select(Voucher.id).where(
        Voucher.establishment_id == voucher.establishment_id, Voucher.kind == voucher.kind, Voucher.no == voucher.no,
        Voucher.status == "active", Voucher.deleted_at.is_(None), Voucher.is_drill.is_(False),
    )  # fmt: skip
    return session.scalar(same.limit(1)) is not None


_STEPS = {
    VoucherKind.PURCHASE: (BusinessStep.RECEIVING, TrackingEvent.RECEIVE),
    VoucherKind.SALE: (BusinessStep.SHIPPING, TrackingEvent.SHIP),
    VoucherKind.TEST_REPORT: (BusinessStep.INSPECTING, None),
}


def _event(voucher: Voucher, lines: Sequence[Line]) -> TraceEvent:
    """A purchase is told as receiving by the buyer, a sale as shipping by the seller; other papers move nothing."""
    step, tracking = _STEPS.get(voucher.kind, (BusinessStep.OTHER, None))
    noon = datetime.combine(voucher.dated_on, time(12), ZONE)
    return TraceEvent(
        event_type=EventType.OBJECT,
        action=EventAction.OBSERVE,
        business_step=step,
        tracking_event=tracking,
        occurred_at=min(noon, voucher.received_at),
        establishment_id=voucher.establishment_id,
        region_code=voucher.region_code,
        region_path=voucher.region_path,
        source=voucher.source,
        from_id=voucher.from_id,
        from_name=None if voucher.from_id else voucher.from_name,
        to_id=voucher.to_id,
        to_name=None if voucher.to_id else voucher.to_name,
        inputs=[],
        outputs=[LotItem(line.lot, line.quantity, line.unit).content() for line in lines],
        documents=[{"kind": voucher.kind.value, "no": voucher.no}],
        voucher_id=voucher.id,
    )
