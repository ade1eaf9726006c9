"""What the records of a region show to be odd: one statement per kind, drills left out (group standard 6.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from records import anomalies_of_papers as papers
from records import anomalies_of_places as places
from records.anomaly_model import Patrolled, Signal
from records.patrols import CLASS_OF, AnomalyKind, DataClass

__all__ = ["LOOKS", "Patrolled", "Signal", "signals"]

Look = Callable[[Patrolled], Iterator[Signal]]
LOOKS: Mapping[AnomalyKind, Look] = MappingProxyType(
    {
        AnomalyKind.VOUCHER_MISSING: papers.voucher_missing,
        AnomalyKind.QUANTITY_SPIKE: papers.quantity_spike,
        AnomalyKind.SOLD_MORE: places.sold_more,
        AnomalyKind.VOUCHER_ABNORMAL: papers.voucher_abnormal,
        AnomalyKind.IMAGE_REUSED: papers.image_reused,
        AnomalyKind.SUPPLIER_UNLICENSED: papers.supplier_unlicensed,
        AnomalyKind.LICENCE_EXPIRED: places.licence_expired,
        AnomalyKind.GOODS_EXPIRED: places.goods_expired,
        AnomalyKind.TEST_FAILED: places.test_failed,
        AnomalyKind.MARKET_UNCHECKED: places.market_unchecked,
        AnomalyKind.CORRECTION_OVERDUE: places.correction_overdue,
    }
)


def signals(asked: Patrolled, classes: Sequence[DataClass]) -> Iterator[Signal]:
    """Everything odd in the region that the given classes of data show."""
    for kind, look in LOOKS.items():
        if CLASS_OF[kind] in classes:
            yield from look(asked)
