"""The lists of lots and vouchers inside the actor's jurisdiction, one page at a time; a lot's papers and holders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from records.errors import NotFoundError
from records.paging import Order, Page, counted, page_of
from records.people import Actor, escape_like
from records.registry import Establishment
from records.registry_queries import PAGE_SIZE, in_region, region_names
from records.scope import visible
from records.trace_access import lots_seen
from records.trace_model import Lot, LotState, TraceEvent
from records.vouchers import Voucher, VoucherKind

NEWEST_LOTS = Order((Lot.id,), (str,), is_descending=True)  # an id begins with its time
NEWEST_VOUCHERS = Order((Voucher.id,), (str,), is_descending=True)


@dataclass(frozen=True)
class LotFilter:
    """What to look for; empty parts do not narrow. ``text``: product's name, pinyin, initials or start of the code."""

    text: str = ""
    state: str = ""
    region_code: str = ""


@dataclass(frozen=True)
class LotRow:
    """A line of the list of lots."""

    id: str
    tlc: str
    product_name: str
    source_name: str
    region_name: str
    quantity: Decimal
    unit: str
    produced_on: date | None
    expires_on: date | None
    state: LotState


@dataclass(frozen=True)
class VoucherFilter:
    """What to look for; empty parts do not narrow. ``text``: start of the number. ``anomaly``: any or none."""

    text: str = ""
    kind: str = ""
    region_code: str = ""
    anomaly: str = ""


@dataclass(frozen=True)
class VoucherRow:
    """A line of the list of vouchers."""

    id: str
    no: str | None
    kind: VoucherKind
    holder_name: str
    partner_name: str
    dated_on: date
    lots: int
    weight: Decimal | None
    completeness: int
    anomalies: list[str]
    status: str


def lots(
    session: Session, actor: Actor, wanted: LotFilter, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[LotRow]:
    """One page of lots, newest first."""
    conditions = [Lot.deleted_at.is_(None), Lot.is_drill.is_(False), lots_seen(actor)]
    if wanted.state:
        conditions.append(Lot.state == wanted.state)
    if wanted.region_code:
        conditions.append(in_region(session, Lot, wanted.region_code))
    if wanted.text.strip():
        conditions.append(_lot_like(wanted.text))
    total = session.scalar(select(counted(*conditions))) or 0
    page = page_of(session, select(Lot).where(*conditions), total, NEWEST_LOTS, after, limit)
    names, regions = _names(session, {lot.establishment_id for lot in page.rows}), region_names(session)
    return page.map(lambda lot: _lot_row(lot, names, regions))


def vouchers(
    session: Session, actor: Actor, wanted: VoucherFilter, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[VoucherRow]:
    """One page of vouchers, newest first."""
    conditions = [Voucher.deleted_at.is_(None), Voucher.is_drill.is_(False), visible(Voucher, actor)]
    if wanted.kind:
        conditions.append(Voucher.kind == wanted.kind)
    if wanted.anomaly:
        conditions.append(Voucher.is_abnormal.is_(wanted.anomaly == "abnormal"))
    if wanted.region_code:
        conditions.append(in_region(session, Voucher, wanted.region_code))
    if wanted.text.strip():
        conditions.append(Voucher.no.like(f"{escape_like(wanted.text.strip())}%", escape="\\"))
    total = session.scalar(select(counted(*conditions))) or 0
    page = page_of(session, select(Voucher).where(*conditions), total, NEWEST_VOUCHERS, after, limit)
    ids = {key for one in page.rows for key in (one.establishment_id, one.from_id, one.to_id)}
    names = _names(session, ids)
    return page.map(lambda one: _voucher_row(one, names))


def find_voucher(session: Session, actor: Actor, voucher_id: str) -> Voucher:
    """A voucher of the actor's jurisdiction. Raises NotFoundError."""
    query = select(Voucher).where(Voucher.id == voucher_id, visible(Voucher, actor), Voucher.deleted_at.is_(None))
    voucher = session.scalar(query)
    if voucher is None:
        raise NotFoundError
    return voucher


def events_seen(session: Session, actor: Actor, events: Sequence[TraceEvent]) -> list[TraceEvent]:
    """Those of some events that happened in the actor's jurisdiction; for a business: at its own place."""
    ids = [event.id for event in events]
    inside = select(TraceEvent.id).where(TraceEvent.id.in_(ids), visible(TraceEvent, actor))
    known = set(session.scalars(inside))
    return [event for event in events if event.id in known]


def names_of(session: Session, events: Sequence[TraceEvent]) -> dict[str, str]:
    """The names of the establishments that events speak of."""
    return _names(session, {key for each in events for key in (each.establishment_id, each.from_id, each.to_id)})


def names_in(session: Session, voucher: Voucher) -> dict[str, str]:
    """The names of the establishments that a voucher speaks of."""
    return _names(session, {voucher.establishment_id, voucher.from_id, voucher.to_id})


def _lot_like(text: str) -> ColumnElement[bool]:
    code = f"{escape_like(text.strip())}%"
    spelled = f"{escape_like(text.strip().lower().replace(' ', ''))}%"
    return or_(
        Lot.tlc.like(code, escape="\\"),
        Lot.product_name.like(f"%{code}", escape="\\"),
        Lot.name_key.like(f"%{spelled}", escape="\\"),
        Lot.name_initials.like(f"%{spelled}", escape="\\"),
    )


def _names(session: Session, ids: set[str | None]) -> dict[str, str]:
    query = select(Establishment.id, Establishment.name).where(Establishment.id.in_([key for key in ids if key]))
    return {key: name for key, name in session.execute(query)}


def _lot_row(lot: Lot, names: dict[str, str], regions: dict[str, str]) -> LotRow:
    return LotRow(
        lot.id, lot.tlc, lot.product_name, names.get(lot.establishment_id or "", ""),
        regions.get(lot.region_code, lot.region_code), lot.quantity, lot.unit, lot.produced_on, lot.expires_on,
        lot.state,
    )  # fmt: skip


def _voucher_row(one: Voucher, names: dict[str, str]) -> VoucherRow:
    is_seller = one.from_id == one.establishment_id
    partner_id, partner = (one.to_id, one.to_name) if is_seller else (one.from_id, one.from_name)
    return VoucherRow(
        one.id, one.no, one.kind, names.get(one.establishment_id or "", ""), names.get(partner_id or "", partner or ""),
        one.dated_on, len(one.lines), one.weight, one.completeness, one.anomalies, one.status,
    )  # fmt: skip
