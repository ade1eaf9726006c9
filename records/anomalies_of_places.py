"""What goods, licences, tests and inspections show to be odd (classes 2, 4 and 5 of group standard 6.2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from records.anomaly_model import Patrolled, Signal, for_days, of_rows, real
from records.clock import ZONE
from records.inspections import Inspection, Rectification
from records.patrols import AnomalyKind
from records.registry import Establishment, EstablishmentKind, Product
from records.sample_verdicts import Verdict
from records.sampling import RapidTest, Sample
from records.trace_model import Lot, LotHolding, LotState

CORRECTABLE = ("ordered", "rejected")


def sold_more(asked: Patrolled) -> Iterator[Signal]:
    """More of a lot left a business than came in, beyond the tolerance of R-TRC-07."""
    allowed = 1 + Decimal(asked.number("R-TRC-07-TOLERANCE")) / 100
    excess = LotHolding.quantity_out - LotHolding.quantity_in
    traded = and_(LotHolding.is_made.is_(False), LotHolding.has_mixed_units.is_(False))
    yield from _of_lots(
        asked, AnomalyKind.SOLD_MORE, excess, and_(traded, LotHolding.quantity_out > LotHolding.quantity_in * allowed)
    )


def goods_expired(asked: Patrolled) -> Iterator[Signal]:
    """A lot beyond its shelf life that a business still holds."""
    left = LotHolding.quantity_in - LotHolding.quantity_out
    is_over = and_(Lot.state == LotState.ACTIVE, Lot.expires_on < asked.today, left > 0)
    sells = Establishment.kind.not_in([EstablishmentKind.CATERING])  # what it cooked, nobody enters
    yield from _of_lots(asked, AnomalyKind.GOODS_EXPIRED, left, and_(is_over, sells))


def _of_lots(
    asked: Patrolled, kind: AnomalyKind, amount: ColumnElement[Decimal], condition: ColumnElement[bool]
) -> Iterator[Signal]:
    found = (
        select(Establishment.id, Lot.id, Lot.tlc, Lot.product_name, amount, Lot.unit,
               func.coalesce(Product.is_key_monitored, False))
        .select_from(LotHolding)
        .join(Establishment, and_(Establishment.id == LotHolding.establishment_id, asked.here()))
        .join(Lot, and_(Lot.id == LotHolding.lot_id, *real(Lot)))
        .outerjoin(Product, Product.id == Lot.product_id)
        .where(condition)
        .order_by(Establishment.id, Lot.tlc)
    )  # fmt: skip
    for place, lot_id, tlc, product, quantity, unit, is_key in asked.rows(found):
        shown = ({"type": "lot", "id": lot_id, "label": tlc},)
        yield Signal(kind, place, Decimal(quantity), unit, bool(is_key), (f"{product} {tlc}",), shown)


def licence_expired(asked: Patrolled) -> Iterator[Signal]:
    """An active business whose licence has run out."""
    expired = select(Establishment.id, Establishment.licence_expires_on).where(
        asked.here(), Establishment.licence_expires_on < asked.today
    )
    for place, day in asked.rows(expired):
        yield for_days(AnomalyKind.LICENCE_EXPIRED, place, asked.today, day)


def test_failed(asked: Patrolled) -> Iterator[Signal]:
    """A failed test, rapid or in a laboratory, of the last R-PAT-TEST days."""
    yield from _failed(asked, RapidTest, RapidTest.result, RapidTest.tested_at)
    yield from _failed(asked, Sample, Sample.conclusion, Sample.told_at)


def _failed(asked: Patrolled, kind: Any, said: Any, at: Any) -> Iterator[Signal]:
    found = (
        select(kind.establishment_id, kind.id, kind.product_name)
        .join(Establishment, and_(Establishment.id == kind.establishment_id, asked.here()))
        .where(said == Verdict.UNQUALIFIED, at >= asked.ago("R-PAT-TEST"), *real(kind))
        .order_by(kind.establishment_id, kind.id)
    )
    yield from of_rows(AnomalyKind.TEST_FAILED, kind.__tablename__, "次", asked.rows(found))


def market_unchecked(asked: Patrolled) -> Iterator[Signal]:
    """A market that nobody inspected for more than R-PAT-MARKET days (since it was filed, where nobody ever did)."""
    last = func.max(Inspection.result_at)
    found = (
        select(Establishment.id, Establishment.filed_on, last)
        .outerjoin(
            Inspection,
            and_(Inspection.establishment_id == Establishment.id, *real(Inspection)),
        )
        .where(asked.here(), Establishment.kind == EstablishmentKind.MARKET)
        .group_by(Establishment.id, Establishment.filed_on)
    )  # fmt: skip
    allowed = timedelta(days=asked.number("R-PAT-MARKET"))
    for place, filed_on, result_at in asked.rows(found):
        day = filed_on if result_at is None else result_at.astimezone(ZONE).date()
        if asked.today - day > allowed:
            yield for_days(AnomalyKind.MARKET_UNCHECKED, place, asked.today, day)


def correction_overdue(asked: Patrolled) -> Iterator[Signal]:
    """An order to correct that ran out without an answer."""
    found = (
        select(Rectification.establishment_id, Rectification.id, Rectification.no)
        .join(Establishment, and_(Establishment.id == Rectification.establishment_id, asked.here()))
        .where(Rectification.status.in_(CORRECTABLE), Rectification.due_at < asked.now)
        .where(Rectification.closed_at.is_(None), *real(Rectification))
    )
    yield from of_rows(AnomalyKind.CORRECTION_OVERDUE, "rectification", "件", asked.rows(found))
