"""Online patrols (线上巡检): what the records show to be odd, and what people made of it (group standard 6.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import Index, Numeric, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.base import CaseMixin, Fact, Json, choice, refers_to


class DataClass(StrEnum):
    """The five classes of data that a patrol looks through (group standard 6.2)."""

    VOUCHERS = "vouchers"
    MARKET_CHECKS = "market_checks"
    ABNORMAL_VOUCHERS = "abnormal_vouchers"
    KEY_PRODUCTS = "key_products"
    TESTS = "tests"


class AnomalyKind(StrEnum):
    """What can be odd."""

    VOUCHER_MISSING = "voucher_missing"
    QUANTITY_SPIKE = "quantity_spike"
    SOLD_MORE = "sold_more"
    VOUCHER_ABNORMAL = "voucher_abnormal"
    IMAGE_REUSED = "image_reused"
    SUPPLIER_UNLICENSED = "supplier_unlicensed"
    LICENCE_EXPIRED = "licence_expired"
    GOODS_EXPIRED = "goods_expired"
    TEST_FAILED = "test_failed"
    MARKET_UNCHECKED = "market_unchecked"
    CORRECTION_OVERDUE = "correction_overdue"


CLASS_OF: Mapping[AnomalyKind, DataClass] = MappingProxyType(
    {
        AnomalyKind.VOUCHER_MISSING: DataClass.VOUCHERS,
        AnomalyKind.QUANTITY_SPIKE: DataClass.VOUCHERS,
        AnomalyKind.SOLD_MORE: DataClass.VOUCHERS,
        AnomalyKind.VOUCHER_ABNORMAL: DataClass.ABNORMAL_VOUCHERS,
        AnomalyKind.IMAGE_REUSED: DataClass.ABNORMAL_VOUCHERS,
        AnomalyKind.SUPPLIER_UNLICENSED: DataClass.ABNORMAL_VOUCHERS,
        AnomalyKind.LICENCE_EXPIRED: DataClass.MARKET_CHECKS,
        AnomalyKind.MARKET_UNCHECKED: DataClass.MARKET_CHECKS,
        AnomalyKind.CORRECTION_OVERDUE: DataClass.MARKET_CHECKS,
        AnomalyKind.GOODS_EXPIRED: DataClass.KEY_PRODUCTS,
        AnomalyKind.TEST_FAILED: DataClass.TESTS,
    }
)


class Verdict(StrEnum):
    """What a person makes of a suspect."""

    REAL = "real"
    FALSE_ALARM = "false_alarm"
    UNCLEAR = "need_info"


class PatrolAction(StrEnum):
    """What follows a real suspect, the mildest first."""

    REMIND = "remind"
    RECTIFY = "rectify"
    INSPECT = "inspect"
    CONTROL = "control"


class Patrol(CaseMixin, Fact):
    """One patrol of a region. status: scanned | reviewing | closed."""

    scanned_at: Mapped[datetime]
    classes: Mapped[list[str]]  # of data that were looked through
    establishments: Mapped[int] = mapped_column(default=0)  # active ones in the region
    signals: Mapped[int] = mapped_column(default=0)  # what the rules hit
    repeated: Mapped[int] = mapped_column(default=0)  # of them, known from an earlier patrol
    suspects: Mapped[int] = mapped_column(default=0)
    real: Mapped[int] = mapped_column(default=0)
    false_alarms: Mapped[int] = mapped_column(default=0)
    summary: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None]


class Suspect(CaseMixin, Fact):
    """Something odd about one establishment. status: open | asked | real | false_alarm.

    ``evidence``: ``{"type", "id", "label"}`` of the records that show it. ``measure`` in ``unit`` is how much of it.
    """

    patrol_id: Mapped[str] = mapped_column(refers_to("patrol.id"), index=True)
    kind: Mapped[AnomalyKind] = mapped_column(choice(AnomalyKind))
    data_class: Mapped[DataClass] = mapped_column(choice(DataClass))
    what: Mapped[str] = mapped_column(Text)
    measure: Mapped[Decimal] = mapped_column(Numeric(16, 3))
    unit: Mapped[str] = mapped_column(String(12))
    is_key: Mapped[bool] = mapped_column(default=False)  # concerns a key-monitored product
    score: Mapped[int] = mapped_column(default=0)
    area: Mapped[str] = mapped_column(String(80))  # the market it stands in, or the region's own trade of one segment
    evidence: Mapped[list[Any]] = mapped_column(Json)
    verdict: Mapped[Verdict | None] = mapped_column(choice(Verdict))
    reason: Mapped[str | None] = mapped_column(Text)
    severity: Mapped[int | None]  # 1 slight … 4 grave
    suggestion: Mapped[PatrolAction | None] = mapped_column(choice(PatrolAction))
    is_silent: Mapped[bool] = mapped_column(default=False)  # the business did not explain itself in time
    action: Mapped[PatrolAction | None] = mapped_column(choice(PatrolAction))

    __table_args__ = (Index("ix_suspect_repeat", "establishment_id", "kind", "effective_at"),)


class Explanation(CaseMixin, Fact):
    """What a business says to a suspect."""

    suspect_id: Mapped[str] = mapped_column(refers_to("suspect.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    files: Mapped[list[str] | None]
    explained_at: Mapped[datetime]


def suspects_of(session: Session, patrol_id: str) -> list[Suspect]:
    """The suspects of a patrol, the gravest first."""
    own = select(Suspect).where(Suspect.patrol_id == patrol_id, Suspect.deleted_at.is_(None))
    return list(session.scalars(own.order_by(Suspect.score.desc(), Suspect.id)))


def is_known(session: Session, establishment_id: str, kind: AnomalyKind, since: datetime) -> bool:
    """True when the same is being looked into, or was found real, since a moment: it is not raised again."""
    same = (
        select(Suspect.id)
        .where(Suspect.establishment_id == establishment_id, Suspect.kind == kind, Suspect.effective_at >= since)
        .where(Suspect.verdict.is_distinct_from(Verdict.FALSE_ALARM), Suspect.deleted_at.is_(None))
        .where(Suspect.is_drill.is_(False))
    )
    return session.scalar(same.limit(1)) is not None


def gravest(actions: Iterable[PatrolAction]) -> PatrolAction:
    """The strongest of some actions."""
    order = list(PatrolAction)
    return max(actions, key=order.index)
