"""What inspectors take with them from a site beside the result: samples to be tested, and rapid tests already done."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from engine.process import Step
from records.sample_verdicts import ItemCategory, LimitKind, Verdict, verdict_of
from records.sampling import FoodKind, RapidTest, Sample, SampleRoute, plan_sample
from workflows import words


def open_sampling(step: Step) -> Mapping[str, object]:
    """Judge the rapid tests by the table's limits and plan a sample for each failed one and for each one asked for.

    Asked again (the lead sent the inspectors back), only what is new is planned.
    """
    known = _samples(step)
    failed = [test for test in _judged(step) if test.result is Verdict.UNQUALIFIED]
    tested = {sample.rapid_test_id for sample in known}
    planned = [_plan_rapid(step, test) for test in failed if test.id not in tested]
    asked = step.data["onsite_inspection"].get("samples") or []
    before = sum(sample.route is SampleRoute.LABORATORY for sample in known)
    planned += [_plan_asked(step, row) for row in asked[before:]]
    return {"sample_ids": [sample.id for sample in planned], "failed_rapid_tests": len(failed)}


def _samples(step: Step) -> list[Sample]:
    own = select(Sample).where(Sample.process_instance_id == step.instance.id, Sample.deleted_at.is_(None))
    return list(step.session.scalars(own.order_by(Sample.id)))


def _judged(step: Step) -> list[RapidTest]:
    """The rapid tests of the case, each with the table's limit and the result that follows."""
    limits = {row["name"]: row for row in step.data.get("rapid_test_limit") or []}
    own = select(RapidTest).where(RapidTest.process_instance_id == step.instance.id, RapidTest.deleted_at.is_(None))
    tests = list(step.session.scalars(own.order_by(RapidTest.id)))
    for test in tests:
        row = limits.get(test.item)
        if row is not None:
            limit = Decimal(str(row["limit"]))
            result = verdict_of(test.value, LimitKind.AT_MOST, high=limit)
            category = ItemCategory(row.get("category") or ItemCategory.OTHER)
            step.store.correct(test, {"limit": limit, "unit": row["unit"], "result": result, "category": category})
    return tests


def _plan_rapid(step: Step, test: RapidTest) -> Sample:
    reason = words.RAPID_FAILED.format(item=test.item)
    return _plan(step, test.product_name, test.lot_code, reason, rapid_test_id=test.id)


def _plan_asked(step: Step, row: Mapping[str, Any]) -> Sample:
    return _plan(step, row["product_name"], row.get("lot_code"), row["reason"], asked_items=row.get("asked_items"))


def _plan(
    step: Step, product_name: str, lot_code: str | None, reason: str, *,
    rapid_test_id: str | None = None, asked_items: str | None = None,
) -> Sample:  # fmt: skip
    sample = plan_sample(
        step.store,
        instance=step.instance,
        establishment_id=step.instance.establishment_id or "",
        product_name=product_name,
        lot_code=lot_code,
        reason=reason,
        kind=_kind(step),
        rapid_test_id=rapid_test_id,
        asked_items=asked_items,
    )
    step.session.flush()
    return sample


def _kind(step: Step) -> FoodKind:
    """Farm produce of farms; inspectors say otherwise when they take a sample."""
    return FoodKind.FARM if step.data["gather_facts"].get("segment") == "farm" else FoodKind.FOOD
