"""What the steps of sampling share: laboratories and their contacts, sealed portions, verdicts, producers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from engine.process import Step
from records.calendar import end_of
from records.clock import today
from records.deadlines import deadline
from records.people import User
from records.problems import Hazard
from records.registry import Establishment, Product
from records.sample_verdicts import LimitKind, Verdict, hazard_of_items, verdict_of
from records.sampling import (
    Laboratory,
    PortionKind,
    RapidTest,
    Sample,
    SamplePortion,
    SampleRoute,
    SampleTest,
    items_of,
    laboratories_on,
    portions_of,
    tests_of,
)
from workflows import sampling_words as say
from workflows import words
from workflows.parties import tell_establishment


def laboratory_facts(step: Step, laboratory: Laboratory) -> dict[str, Any]:
    """What models and forms see of a laboratory: who takes in there, and its accreditation."""
    contact = _contact(step, laboratory)
    return {
        "laboratory_id": laboratory.id,
        "name": laboratory.name,
        "contact_id": contact.id if contact else None,
        "accreditation_no": laboratory.accreditation_no,
        "valid_from": laboratory.valid_from,
        "valid_to": laboratory.valid_to,
    }


def _contact(step: Step, laboratory: Laboratory) -> User | None:
    """Who takes samples in at a laboratory: its first active account."""
    own = select(User).where(User.organisation_id == laboratory.organisation_id, User.active.is_(True))
    return step.session.scalar(own.where(User.deleted_at.is_(None)).order_by(User.created_at, User.id).limit(1))


def seals_of(step: Step, sample: Sample, kind: PortionKind) -> str:
    """The seal numbers of the portions that are still sealed with us."""
    return "、".join(one.seal_no for one in portions_of(step.session, sample.id, kind) if one.status == "sealed")


def move_portions(
    step: Step, sample: Sample, kind: PortionKind, before: str, after: str, keeper: str | None
) -> None:  # fmt: skip
    """The portions of a kind that are in one status go to the next."""
    for one in portions_of(step.session, sample.id, kind):
        if one.status == before:
            step.store.correct(one, {"status": after, "kept_by": keeper})


def seal_fresh(step: Step, sample: Sample, told: Mapping[str, Any], laboratory: Laboratory) -> None:
    """A portion sealed anew from the same lot, for the re-test of a rapid test."""
    step.store.add(
        SamplePortion(
            sample_id=sample.id,
            kind=PortionKind.SPARE,
            seal_no=told["seal_no"],
            quantity=told["quantity"],
            status="sent",
            kept_by=laboratory.name,
            establishment_id=sample.establishment_id,
            region_code=sample.region_code,
            region_path=sample.region_path,
        )
    )


def has_spare(step: Step, sample: Sample) -> bool:
    """True while a spare portion is kept."""
    return any(one.status == "sealed" for one in portions_of(step.session, sample.id, PortionKind.SPARE))


def spare_until(step: Step, sample: Sample, rule: str) -> datetime:
    """The end of the rule's time, or of the shelf life when that comes first, but not before today's end."""
    until = deadline(step.session, rule, step.clock.now(), sample.region_code).due_at
    if sample.produced_on is None or sample.shelf_life_days is None:
        return until
    shelf = end_of(sample.produced_on + timedelta(days=sample.shelf_life_days))
    return max(min(until, shelf), end_of(today(step.clock)))


def judge(step: Step, test: SampleTest) -> Verdict:
    """The verdict of every item from its limit, and of the whole report."""
    verdicts = []
    for one in items_of(step.session, test.id):
        verdict = verdict_of(one.value, LimitKind(one.limit_kind), one.limit_low, one.limit_high)
        step.store.correct(one, {"verdict": verdict})
        verdicts.append(verdict)
    conclusion = Verdict.UNQUALIFIED if Verdict.UNQUALIFIED in verdicts else Verdict.QUALIFIED
    step.store.correct(test, {"conclusion": conclusion})
    return conclusion


def producer_of(step: Step, sample: Sample) -> str | None:
    """The establishment that made the product: the product's own, else the one of the label's name."""
    product = step.session.get(Product, sample.product_id) if sample.product_id else None
    if product is not None:
        return product.establishment_id
    named = select(Establishment.id).where(
        Establishment.name == sample.producer_name, Establishment.deleted_at.is_(None)
    )
    return step.session.scalar(named.order_by(Establishment.id).limit(1)) if sample.producer_name else None


def agreeable_laboratories(step: Step, sample: Sample) -> list[dict[str, str]]:
    """Accredited laboratories that both sides may agree on when the list has none: not the first one's."""
    first = step.session.get(Laboratory, sample.laboratory_id) if sample.laboratory_id else None
    found = laboratories_on(step.session, today(step.clock))
    others = [one for one in found if first is None or one.organisation_id != first.organisation_id]
    return [{"value": one.id, "label": one.name} for one in others]


def failure_of(step: Step, sample: Sample) -> tuple[str, str]:
    """What failed, and by which report: the laboratory's, or the rapid test on site."""
    if sample.route is SampleRoute.RAPID and sample.rapid_test_id is not None:
        rapid = step.session.get_one(RapidTest, sample.rapid_test_id)
        unit = rapid.unit or ""
        return f"{rapid.item} {_plain(rapid.value)} {unit}（限量 {_plain(rapid.limit)} {unit}）", say.RAPID_REPORT
    judged = step.data["judge_report"]
    return judged["failed"], judged["report_no"]


def failed_hazard(step: Step, sample: Sample) -> Hazard:
    """The gravest hazard among what failed: of the rapid test, or of the last report's items."""
    if sample.route is SampleRoute.RAPID and sample.rapid_test_id is not None:
        return hazard_of_items([step.session.get_one(RapidTest, sample.rapid_test_id).category])
    items = items_of(step.session, tests_of(step.session, sample.id)[-1].id)
    return hazard_of_items(one.category for one in items if one.verdict is Verdict.UNQUALIFIED)


def tell_failure(step: Step, sample: Sample, failed: str, until: datetime) -> None:
    """Business and producer hear of the failure; the business also until when it may object."""
    last = words.minute(words.last_moment(until).isoformat())
    text = say.FAILED.format(product=sample.product_name, no=sample.no, failed=failed, until=last)
    tell_sampled(step, sample, "sample.failed", text)
    producer = producer_of(step, sample)
    if producer is not None and producer != sample.establishment_id:
        text = say.FAILED_PRODUCER.format(product=sample.product_name, lot=sample.lot_code or "/", failed=failed)
        tell_establishment(step, producer, "sample.failed", text)


def tell_sampled(step: Step, sample: Sample, kind: str, text: str) -> None:
    """The sampled business is told."""
    tell_establishment(step, sample.establishment_id or "", kind, text)


def _plain(value: Decimal | None) -> str:
    return "" if value is None else format(value.normalize(), "f")
