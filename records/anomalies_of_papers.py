"""What the vouchers of a region show to be odd (classes 1 and 3 of group standard 6.2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from statistics import fmean, pstdev

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from records.anomaly_model import Patrolled, Signal, for_days, of_rows, real
from records.patrols import AnomalyKind
from records.registry import Establishment
from records.vouchers import Voucher, VoucherKind

#: who hands in purchase vouchers by habit: whoever did in this time
HABIT = timedelta(days=60)
SPIKE_DAYS, FEWEST_DAYS = 30, 5


def voucher_missing(asked: Patrolled) -> Iterator[Signal]:
    """No purchase voucher for more than R-PAT-VOUCHER days from a business that used to hand them in."""
    last = func.max(Voucher.dated_on)
    found = (
        select(Voucher.establishment_id, last)
        .join(Establishment, and_(Establishment.id == Voucher.establishment_id, asked.here()))
        .where(Voucher.kind == VoucherKind.PURCHASE, *valid(), Voucher.dated_on >= asked.today - HABIT)
        .group_by(Voucher.establishment_id)
        .having(last < asked.today - timedelta(days=asked.number("R-PAT-VOUCHER")))
    )
    for establishment_id, day in asked.rows(found):
        yield for_days(AnomalyKind.VOUCHER_MISSING, establishment_id, asked.today, day)


def quantity_spike(asked: Patrolled) -> Iterator[Signal]:
    """A day's purchases that lie more than R-PAT-SPIKE standard deviations above those of the month before."""
    bought = (
        select(Voucher.establishment_id, Voucher.dated_on, func.sum(Voucher.weight))
        .join(Establishment, and_(Establishment.id == Voucher.establishment_id, asked.here()))
        .where(Voucher.kind == VoucherKind.PURCHASE, *valid(), Voucher.weight.is_not(None))
        .where(Voucher.dated_on > asked.today - timedelta(days=SPIKE_DAYS), Voucher.dated_on <= asked.today)
        .group_by(Voucher.establishment_id, Voucher.dated_on)
        .order_by(Voucher.establishment_id, Voucher.dated_on)
    )
    by_place: dict[str, list[tuple[date, float]]] = defaultdict(list)
    for establishment_id, day, weight in asked.rows(bought):
        by_place[establishment_id].append((day, float(weight)))
    for establishment_id, days in by_place.items():
        score = spike([weight for _day, weight in days])
        recent = days[-1][0] >= asked.today - timedelta(days=2)
        if recent and score > asked.number("R-PAT-SPIKE"):
            yield Signal(
                AnomalyKind.QUANTITY_SPIKE, establishment_id, Decimal(str(round(score, 1))), "σ",
                names=(f"{days[-1][0]:%Y-%m-%d} {days[-1][1]:g} kg",),
            )  # fmt: skip


def spike(weights: Sequence[float]) -> float:
    """How many standard deviations the last weight lies above the mean of those before it; 0 where they are too few."""
    before = weights[:-1]
    if len(before) < FEWEST_DAYS:
        return 0.0
    spread = pstdev(before) or fmean(before) / 10 or 1.0
    return (weights[-1] - fmean(before)) / spread


def voucher_abnormal(asked: Patrolled) -> Iterator[Signal]:
    """Vouchers of the last days that were odd when they came in."""
    recent = asked.ago("R-PAT-VOUCHER")
    found = (
        select(Voucher.establishment_id, Voucher.id, Voucher.no)
        .join(Establishment, and_(Establishment.id == Voucher.establishment_id, asked.here()))
        .where(Voucher.is_abnormal, Voucher.received_at >= recent, *valid())
        .order_by(Voucher.establishment_id, Voucher.received_at.desc(), Voucher.id)
    )
    yield from of_rows(AnomalyKind.VOUCHER_ABNORMAL, "voucher", "份", asked.rows(found))


def image_reused(asked: Patrolled) -> Iterator[Signal]:
    """The same picture stands for vouchers of different numbers."""
    recent = asked.now - HABIT
    found = (
        select(Voucher.establishment_id, Voucher.id, Voucher.no, Voucher.images)
        .join(Establishment, and_(Establishment.id == Voucher.establishment_id, asked.here()))
        .where(Voucher.images.is_not(None), Voucher.received_at >= recent, *valid())
        .order_by(Voucher.received_at, Voucher.id)
    )
    first: dict[str, str] = {}
    again: list[tuple[str, str, str]] = []
    for place, voucher_id, no, images in asked.rows(found):
        hashes = [image["sha256"] for image in images or () if image.get("sha256")]
        if any(first.setdefault(sha256, no) != no for sha256 in hashes):
            again.append((place, voucher_id, no))
    yield from of_rows(AnomalyKind.IMAGE_REUSED, "voucher", "份", again)


def supplier_unlicensed(asked: Patrolled) -> Iterator[Signal]:
    """Bought from a supplier whose licence had run out, or that is closed."""
    supplier = aliased(Establishment)
    found = (
        select(Voucher.establishment_id, Voucher.id, Voucher.no)
        .join(Establishment, and_(Establishment.id == Voucher.establishment_id, asked.here()))
        .join(supplier, supplier.id == Voucher.from_id)
        .where(Voucher.kind == VoucherKind.PURCHASE, *valid())
        .where(Voucher.received_at >= asked.ago("R-PAT-VOUCHER"))
        .where(or_(supplier.licence_expires_on < Voucher.dated_on, supplier.status == "closed"))
        .order_by(Voucher.establishment_id, Voucher.id)
    )
    yield from of_rows(AnomalyKind.SUPPLIER_UNLICENSED, "voucher", "份", asked.rows(found))


def valid() -> tuple[ColumnElement[bool], ...]:
    """Vouchers that count."""
    return (*real(Voucher), Voucher.status != "replaced")
