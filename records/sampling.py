"""Facts of sampling and testing: samples and their sealed portions, laboratories, test reports, rapid tests."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import Index, Numeric, String, Text, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.base import CaseMixin, Fact, RegionalMixin, Source, choice, refers_to
from records.sample_verdicts import ItemCategory, LimitKind, Verdict
from records.store import Store


class SampleState(StrEnum):
    """Where a sample stands (``Sample.status``)."""

    PLANNED = "planned"
    TAKEN = "taken"
    SHIPPED = "shipped"
    RECEIVED = "received"
    REJECTED = "rejected"
    NOT_TAKEN = "not_taken"
    PASSED = "passed"
    FAILED = "failed"
    RETESTING = "retesting"
    CONFIRMED = "confirmed"
    OVERTURNED = "overturned"


class SampleRoute(StrEnum):
    """What makes the first conclusion: a laboratory's report, or a rapid test on site."""

    LABORATORY = "laboratory"
    RAPID = "rapid"


class FoodKind(StrEnum):
    """What law a sample falls under: food (FSL 88), or farm produce with its own windows (AQL 51, R-TST-04)."""

    FOOD = "food"
    FARM = "farm"


class PortionKind(StrEnum):
    """What a sealed portion is for."""

    TEST = "test"
    SPARE = "spare"


class Sample(CaseMixin, Fact):
    """A sample of one lot of one product (食品安全抽样检验管理办法). ``no`` is its number, ``status`` a SampleState."""

    reason: Mapped[str] = mapped_column(String(300))
    route: Mapped[SampleRoute] = mapped_column(choice(SampleRoute), default=SampleRoute.LABORATORY)
    kind: Mapped[FoodKind] = mapped_column(choice(FoodKind), default=FoodKind.FOOD)
    rapid_test_id: Mapped[str | None] = mapped_column(String(26), index=True)
    lot_id: Mapped[str | None] = mapped_column(String(26), index=True)
    product_id: Mapped[str | None] = mapped_column(String(26), index=True)
    product_name: Mapped[str] = mapped_column(String(120))
    brand: Mapped[str | None] = mapped_column(String(80))
    specification: Mapped[str | None] = mapped_column(String(80))
    lot_code: Mapped[str | None] = mapped_column(String(80), index=True)
    produced_on: Mapped[date | None]
    shelf_life_days: Mapped[int | None]
    producer_name: Mapped[str | None] = mapped_column(String(120))
    producer_address: Mapped[str | None] = mapped_column(String(200))
    base_quantity: Mapped[Decimal | None] = mapped_column(Numeric(14, 3))
    quantity: Mapped[Decimal | None] = mapped_column(Numeric(14, 3))  # taken, all portions together
    unit: Mapped[str | None] = mapped_column(String(12))
    price: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))  # paid by the authority
    storage: Mapped[str | None] = mapped_column(String(20))  # normal | chilled | frozen
    storage_temperature: Mapped[Decimal | None] = mapped_column(Numeric(6, 1))  # °C
    place: Mapped[str | None] = mapped_column(String(200))
    asked_items: Mapped[str | None] = mapped_column(Text)
    standard: Mapped[str | None] = mapped_column(String(200))
    taken_at: Mapped[datetime | None]
    laboratory_id: Mapped[str | None] = mapped_column(String(26), index=True)
    shipped_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    conclusion: Mapped[Verdict | None] = mapped_column(choice(Verdict))
    told_at: Mapped[datetime | None]
    spare_until: Mapped[datetime | None]
    final_at: Mapped[datetime | None]


class SamplePortion(CaseMixin, Fact):
    """One sealed portion: for the test, or the spare one. status: sealed | sent | opened | rejected | disposed."""

    sample_id: Mapped[str] = mapped_column(refers_to("sample.id"), index=True)
    kind: Mapped[PortionKind] = mapped_column(choice(PortionKind))
    seal_no: Mapped[str] = mapped_column(String(40), unique=True)
    quantity: Mapped[Decimal] = mapped_column(Numeric(14, 3))
    round: Mapped[int] = mapped_column(default=1, server_default="1")  # 2: taken again after a rejection
    kept_by: Mapped[str | None] = mapped_column(String(120))
    disposed_at: Mapped[datetime | None]
    disposal: Mapped[str | None] = mapped_column(String(40))


class SampleTest(CaseMixin, Fact):
    """A laboratory's report on a sample: the first, or the final one of the re-test (FSL 88, R-TST-02)."""

    sample_id: Mapped[str] = mapped_column(refers_to("sample.id"), index=True)
    is_retest: Mapped[bool] = mapped_column(default=False)
    laboratory_id: Mapped[str | None] = mapped_column(String(26), index=True)
    accreditation_no: Mapped[str | None] = mapped_column(String(60))
    report_no: Mapped[str] = mapped_column(String(60), unique=True)
    standard: Mapped[str | None] = mapped_column(String(200))
    received_at: Mapped[datetime | None]
    reported_on: Mapped[date | None]
    conclusion: Mapped[Verdict | None] = mapped_column(choice(Verdict))  # computed from the items' limits
    remark: Mapped[str | None] = mapped_column(Text)


class SampleTestItem(CaseMixin, Fact):
    """One measured item of a report, held against its limit."""

    sample_test_id: Mapped[str] = mapped_column(refers_to("sample_test.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    category: Mapped[ItemCategory | None] = mapped_column(choice(ItemCategory))
    method: Mapped[str] = mapped_column(String(80))  # standard number of the method
    value: Mapped[Decimal] = mapped_column(Numeric(16, 6))
    unit: Mapped[str] = mapped_column(String(20))
    limit_kind: Mapped[LimitKind] = mapped_column(choice(LimitKind))
    limit_low: Mapped[Decimal | None] = mapped_column(Numeric(16, 6))
    limit_high: Mapped[Decimal | None] = mapped_column(Numeric(16, 6))
    verdict: Mapped[Verdict | None] = mapped_column(choice(Verdict))  # computed


class RapidTest(CaseMixin, Fact):
    """A rapid test on site (FSL 64, 112; AQL 51), its result computed from the limit of the decision table."""

    inspection_id: Mapped[str | None] = mapped_column(String(26), index=True)
    item: Mapped[str] = mapped_column(String(60))
    product_name: Mapped[str] = mapped_column(String(120))
    lot_code: Mapped[str | None] = mapped_column(String(80), index=True)
    method: Mapped[str | None] = mapped_column(String(80))
    category: Mapped[ItemCategory | None] = mapped_column(choice(ItemCategory))
    kit_lot: Mapped[str] = mapped_column(String(40))
    kit_expires_on: Mapped[date]
    value: Mapped[Decimal] = mapped_column(Numeric(14, 4))
    limit: Mapped[Decimal | None] = mapped_column(Numeric(14, 4))
    unit: Mapped[str | None] = mapped_column(String(20))
    result: Mapped[Verdict | None] = mapped_column(choice(Verdict))
    tested_at: Mapped[datetime | None]


class Laboratory(RegionalMixin, Fact):
    """A testing laboratory's accreditation, and whether it is on the published list of re-test laboratories."""

    organisation_id: Mapped[str] = mapped_column(refers_to("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    accreditation_no: Mapped[str] = mapped_column(String(60))
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    may_retest: Mapped[bool] = mapped_column(default=True)
    status: Mapped[str] = mapped_column(String(20), default="active")  # active | suspended

    __table_args__ = (UniqueConstraint("accreditation_no"), Index("ix_laboratory_valid", "valid_to"))

    def is_accredited(self, on: date) -> bool:
        """True when the accreditation is in force on that day."""
        return self.status == "active" and self.valid_from <= on <= self.valid_to


class RetestDraw(CaseMixin, Fact):
    """The random choice of a re-test laboratory, with everything needed to do it again (R-TST-02).

    status: committed (pool and hidden part fixed, ``commitment`` told) | drawn | void.
    """

    sample_id: Mapped[str] = mapped_column(refers_to("sample.id"), index=True)
    algorithm: Mapped[str] = mapped_column(String(120))
    pool: Mapped[list[Any]]  # [{id, name, accreditation_no}], by id
    excluded: Mapped[list[Any]]  # [{id, name, reason}]
    pool_hash: Mapped[str] = mapped_column(String(64))
    hidden: Mapped[str] = mapped_column(String(80))  # the authority's part of the seed, shown once the draw is done
    commitment: Mapped[str] = mapped_column(String(64))
    given: Mapped[str | None] = mapped_column(String(80))  # the applicant's part of the seed
    seed: Mapped[str | None] = mapped_column(String(64))
    ranking: Mapped[list[Any] | None]  # [{id, name, mac}], by mac: the first is chosen
    chosen_id: Mapped[str | None] = mapped_column(String(26))
    drawn_at: Mapped[datetime | None]


class CaseLike(Protocol):
    """What of a process instance a planned sample takes over."""

    id: str
    business_key: str
    region_code: str
    region_path: str
    is_drill: bool


def plan_sample(
    store: Store, *, instance: CaseLike, establishment_id: str, product_name: str, reason: str,
    lot_id: str | None = None, product_id: str | None = None, lot_code: str | None = None,
    kind: FoodKind = FoodKind.FOOD, asked_items: str | None = None, rapid_test_id: str | None = None,
) -> Sample:  # fmt: skip
    """A sample to be taken in a case, or (with ``rapid_test_id``) the failed rapid test that stands for one.

    Its number is the case's with a running part of its own.
    """
    of_case = select(func.count(Sample.id)).where(Sample.process_instance_id == instance.id)
    number = (store.session.scalar(of_case) or 0) + 1
    return store.add(
        Sample(
            no=f"{instance.business_key}-样{number}",
            status=SampleState.PLANNED,
            establishment_id=establishment_id,
            region_code=instance.region_code,
            region_path=instance.region_path,
            process_instance_id=instance.id,
            is_drill=instance.is_drill,
            source=Source.TASK,
            reason=reason[:300],
            route=SampleRoute.LABORATORY if rapid_test_id is None else SampleRoute.RAPID,
            kind=kind,
            rapid_test_id=rapid_test_id,
            lot_id=lot_id,
            product_id=product_id,
            product_name=product_name,
            lot_code=lot_code,
            asked_items=asked_items,
        )
    )


def laboratories_on(session: Session, day: date) -> list[Laboratory]:
    """The laboratories that are accredited on a day, by name."""
    found = select(Laboratory).where(
        Laboratory.deleted_at.is_(None),
        Laboratory.status == "active",
        Laboratory.valid_from <= day,
        Laboratory.valid_to >= day,
    )
    return list(session.scalars(found.order_by(Laboratory.name, Laboratory.id)))


def tests_of(session: Session, sample_id: str) -> list[SampleTest]:
    """The reports on a sample, the first one first."""
    found = select(SampleTest).where(SampleTest.sample_id == sample_id, SampleTest.deleted_at.is_(None))
    return list(session.scalars(found.order_by(SampleTest.is_retest, SampleTest.id)))


def items_of(session: Session, test_id: str) -> list[SampleTestItem]:
    """The measured items of a report, by name."""
    found = select(SampleTestItem).where(SampleTestItem.sample_test_id == test_id, SampleTestItem.deleted_at.is_(None))
    return list(session.scalars(found.order_by(SampleTestItem.name, SampleTestItem.id)))


def portions_of(session: Session, sample_id: str, kind: PortionKind | None = None) -> list[SamplePortion]:
    """The sealed portions of a sample."""
    found = select(SamplePortion).where(SamplePortion.sample_id == sample_id, SamplePortion.deleted_at.is_(None))
    if kind is not None:
        found = found.where(SamplePortion.kind == kind)
    return list(session.scalars(found.order_by(SamplePortion.seal_no)))
