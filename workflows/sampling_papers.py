"""The documents of sampling: form, notice, result, failure, draw of the re-test laboratory, final result."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.process import Step
from records.documents import Document
from records.people import User
from records.sampling import RetestDraw, Sample, SampleTest, SampleTestItem, items_of, portions_of
from workflows import sampling_words, words
from workflows.papers import issue_paper, letterhead
from workflows.parties import business_named


def sampling_papers(step: Step, sample: Sample) -> Document:
    """The sampling form and the notice of sampling; gives the form."""
    told = step.data["take_sample"]
    sampler = step.session.get(User, told.get("_by"))
    common = _common(step, sample) | {
        "companion": told.get("companion"),
        "sampler": sampler.name if sampler else None,
        "signer_name": told.get("signer_name"),
        "signatures": {each: told.get(f"{each}_signature") for each in ("business", "sampler")},
        "portions": [
            {
                "kind_word": sampling_words.PORTIONS[one.kind],
                "seal_no": one.seal_no,
                "quantity": amount_of(one.quantity, sample.unit),
            }
            for one in portions_of(step.session, sample.id)
            if one.status == "sealed"
        ],
        "price": _amount(sample.price),
    }
    form = issue_paper(step, "sampling_form", common)
    issue_paper(step, "sampling_notice", common)
    return form


def result_paper(step: Step, sample: Sample, test: SampleTest, until: str) -> Document:
    """The result of a test that was passed."""
    return issue_paper(step, "test_result", _common(step, sample) | _report(step, test) | {"spare_until": until})


def failure_paper(step: Step, sample: Sample, said: dict[str, Any]) -> Document:
    """What the business is told when its sample failed, with its rights and the draw's commitment."""
    return issue_paper(step, "test_failure", _common(step, sample) | said)


def draw_paper(step: Step, sample: Sample, draw: RetestDraw, chosen: str) -> Document:
    """The record of the draw: everything needed to do it again."""
    rows = draw.ranking or draw.pool
    return issue_paper(
        step,
        "retest_draw",
        _common(step, sample)
        | {
            "chosen": chosen,
            "commitment": draw.commitment,
            "pool_hash": draw.pool_hash,
            "hidden": draw.hidden,
            "given": draw.given,
            "seed": draw.seed,
            "algorithm": draw.algorithm,
            "drawn_at": words.minute(draw.drawn_at.isoformat()) if draw.drawn_at else "",
            "ranking": [{"place": str(number), **one} for number, one in enumerate(rows, 1)],
            "excluded": draw.excluded,
        },
    )


def final_paper(step: Step, sample: Sample, test: SampleTest, said: dict[str, Any]) -> Document:
    """The final result after the re-test, and who bears its cost (R-TST-05)."""
    return issue_paper(step, "retest_result", _common(step, sample) | _report(step, test) | said)


def failing_items(items: list[SampleTestItem]) -> str:
    """The items that failed, with value and limit."""
    return "；".join(
        f"{one.name} {_amount(one.value)} {one.unit}（标准 {limit_text(one)} {one.unit}）"
        for one in items
        if one.verdict == "fail"
    )


def limit_text(item: SampleTestItem) -> str:
    """A limit as reports write it."""
    return sampling_words.LIMITS[item.limit_kind].format(low=_amount(item.limit_low), high=_amount(item.limit_high))


def _common(step: Step, sample: Sample) -> dict[str, Any]:
    business = business_named(step, sample.establishment_id)
    return letterhead(step, business, ()) | {
        "sample": {
            "no": sample.no,
            "product_name": sample.product_name,
            "kind_word": sampling_words.KINDS[sample.kind],
            "brand": sample.brand or "/",
            "specification": sample.specification or "/",
            "lot_code": sample.lot_code or "/",
            "produced_on": words.day(sample.produced_on) or "/",
            "shelf_life": f"{sample.shelf_life_days} 天" if sample.shelf_life_days else "/",
            "producer_name": sample.producer_name or "/",
            "producer_address": sample.producer_address or "/",
            "base_quantity": amount_of(sample.base_quantity, sample.unit),
            "quantity": amount_of(sample.quantity, sample.unit),
            "storage_word": _kept(sample),
            "place": sample.place or "/",
            "standard": sample.standard or "/",
            "taken_at": words.minute(sample.taken_at.isoformat()) if sample.taken_at else "/",
            "reason": sample.reason,
            "asked_items": sample.asked_items or "/",
        }
    }


def _report(step: Step, test: SampleTest) -> dict[str, Any]:
    return {
        "report_no": test.report_no,
        "reported_on": words.day(test.reported_on),
        "standard": test.standard,
        "accreditation_no": test.accreditation_no,
        "conclusion": test.conclusion,
        "conclusion_word": sampling_words.VERDICTS[test.conclusion or ""],
        "items": [
            {
                "name": one.name,
                "method": one.method,
                "value": f"{_amount(one.value)} {one.unit}",
                "limit": limit_text(one),
                "verdict_word": sampling_words.VERDICTS[one.verdict or ""],
            }
            for one in items_of(step.session, test.id)
        ],
    }


def amount_of(quantity: Decimal | None, unit: str | None) -> str:
    """A quantity with its unit, as documents write it."""
    return (
        "/" if quantity is None else f"{_amount(quantity)} {sampling_words.UNITS.get(unit or '', unit or '')}".strip()
    )


def _amount(value: Decimal | None) -> str:
    return "" if value is None else format(value.normalize(), "f")


def _kept(sample: Sample) -> str:
    """How the sample is kept: the word of the form, with the degrees where they were measured."""
    word = sampling_words.STORAGE.get(sample.storage or "", "/")
    return word if sample.storage_temperature is None else f"{word}，{_amount(sample.storage_temperature)} ℃"
