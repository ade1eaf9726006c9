"""Figures of tracing: what establishments uploaded, how complete, how soon, how steadily, and whether chains hold."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, case, exists, extract, func, literal, select
from sqlalchemy.orm import aliased

from records.figures import ONE, Part, Question, counted, part
from records.figures_of_supervision import active_establishments
from records.registry import Establishment, EstablishmentKind
from records.scope import within
from records.trace_model import Lot, LotHolding, LotLink, TraceRun
from records.vouchers import Voucher, VoucherKind

DAY, HOUR = 86_400, 3_600
WHOLE = literal(100)


def in_force(asked: Question) -> ColumnElement[bool]:
    """Vouchers of the region that were not replaced."""
    return and_(asked.of_case(Voucher), Voucher.status == "active")


def coverage(asked: Question) -> Sequence[Part]:
    """Operators with a voucher in the period, of all in business. The stalls of a market count for the market."""
    uploaded = exists().where(
        Voucher.establishment_id == Establishment.id, in_force(asked), asked.on_days(Voucher.dated_on)
    )
    is_stall = Establishment.kind == EstablishmentKind.STALL
    owner = case((is_stall, func.coalesce(Establishment.market_id, Establishment.id)), else_=Establishment.id)
    operators = and_(active_establishments(asked), Establishment.kind != EstablishmentKind.MARKET)
    return [part(Establishment, counted(uploaded), ONE, owner=owner).where(operators)]


def completeness(asked: Question) -> Sequence[Part]:
    """Mandatory fields that are filled in, of all mandatory fields of the period's vouchers (R-TRC-01)."""
    return [part(Voucher, Voucher.completeness, WHOLE).where(in_force(asked), asked.on_days(Voucher.dated_on))]


def timeliness(asked: Question) -> Sequence[Part]:
    """Vouchers received within R-ASM-UPLOAD of being collected, of all of the period."""
    took = extract("epoch", Voucher.received_at) - extract("epoch", Voucher.collected_at)
    soon = took <= asked.rule("R-ASM-UPLOAD") * HOUR
    return [part(Voucher, counted(soon), ONE).where(in_force(asked), asked.on_days(Voucher.dated_on))]


def continuity(asked: Question) -> Sequence[Part]:
    """Days with a voucher, of the days on which the establishment was in business: one less the share of gap days."""
    seen = (
        select(Voucher.establishment_id, Voucher.region_path, Voucher.dated_on)
        .where(in_force(asked), asked.on_days(Voucher.dated_on))
        .distinct()
        .subquery()
    )
    days = select(seen.c.establishment_id, seen.c.region_path, ONE.label("numerator"), literal(0).label("denominator"))
    first, last = literal(asked.period.starts_on), literal(asked.period.ends_on)
    from_day = case((Establishment.filed_on > first, Establishment.filed_on), else_=first)
    open_days = (extract("epoch", last) - extract("epoch", from_day)) / DAY + 1
    traders = and_(active_establishments(asked), Establishment.kind != EstablishmentKind.MARKET)
    return [days, part(Establishment, literal(0), open_days).where(traders)]


def mass_balance(asked: Question) -> Sequence[Part]:
    """Traders that by the end of the period had sold no more than they had bought, of those that sold in it.

    In kilograms, all vouchers up to then counted; R-TRC-07-TOLERANCE is allowed. Producers make what they sell.
    """
    bought = _sum(Voucher.kind == VoucherKind.PURCHASE)
    sold = _sum(Voucher.kind == VoucherKind.SALE)
    sold_now = _sum(and_(Voucher.kind == VoucherKind.SALE, asked.on_days(Voucher.dated_on)))
    allowed = bought * (100 + asked.rule("R-TRC-07-TOLERANCE"))
    traders = select(Establishment.id).where(
        Establishment.kind.not_in((EstablishmentKind.PRODUCER, EstablishmentKind.FARM))
    )
    return [
        part(Voucher, case((sold * 100 <= allowed, 1), else_=0), ONE)
        .where(in_force(asked), Voucher.dated_on <= asked.period.ends_on, Voucher.establishment_id.in_(traders))
        .group_by(Voucher.establishment_id, Voucher.region_path)
        .having(sold_now > 0)
    ]


def chain_synthesis(asked: Question) -> Sequence[Part]:
    """Lots that left a holder in the period whose every way back ends where they began or have a paper of origin."""
    left = (
        select(LotHolding.id.label("start_id"), LotHolding.id.label("at_id"))
        .join(Lot, Lot.id == LotHolding.lot_id)
        .where(
            LotHolding.quantity_out > 0,
            asked.inside(LotHolding.last_at),
            Lot.is_drill.is_(False),
            Lot.deleted_at.is_(None),
        )
        .cte("way_back", recursive=True)
    )
    back = left.union(select(left.c.start_id, LotLink.parent_id).where(LotLink.child_id == left.c.at_id))
    end = aliased(LotHolding)
    has_parent = exists().where(LotLink.child_id == end.id)
    broken = (
        select(back.c.start_id)
        .join(end, end.id == back.c.at_id)
        .where(~has_parent, end.is_made.is_(False), end.has_origin.is_(False))
    )
    starts = select(back.c.start_id).distinct()
    sellers = select(LotHolding.id, LotHolding.establishment_id, Establishment.region_path)
    sellers = sellers.join(Establishment, Establishment.id == LotHolding.establishment_id).where(
        LotHolding.id.in_(starts), within(Establishment.region_path, asked.region_path)
    )
    sold = sellers.subquery()
    holds = counted(sold.c.id.not_in(broken))
    return [select(sold.c.establishment_id, sold.c.region_path, holds.label("numerator"), ONE.label("denominator"))]


def trace_on_time(asked: Question) -> Sequence[Part]:
    """Traces finished within R-TRC-07, of those asked for in the period."""
    took = extract("epoch", TraceRun.finished_at) - extract("epoch", TraceRun.requested_at)
    soon = took <= asked.rule("R-TRC-07") * HOUR
    run = (asked.of_case(TraceRun), asked.inside(TraceRun.requested_at))
    return [part(TraceRun, counted(soon), ONE).where(*run)]


def _sum(condition: ColumnElement[bool]) -> ColumnElement[Decimal]:
    return func.coalesce(func.sum(case((condition, Voucher.weight), else_=0)), 0)
