"""The rows of assessment forms: indicators with their figures, what each side gave, what it came to."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.process import Step
from records.assessment_points import applies, half_points
from records.assessments import AssessmentSubject
from records.indicators import AssessmentIndicator, IndicatorSource
from workflows import assessment_words as words


def points_of(items: Any) -> dict[str, Decimal | None]:
    """Points by indicator, of the rows of a form."""
    return {row["code"]: exact(row.get("points")) for row in items}


def number(points: Decimal | None) -> float | None:
    """Points as JSON keeps them."""
    return None if points is None else float(points)


def exact(value: object) -> Decimal | None:
    """A number of JSON as points; None stays None."""
    return None if value is None else Decimal(str(value))


def is_asked(row: AssessmentIndicator, subject: AssessmentSubject) -> bool:
    """Scored, for this kind of subject, and applicable in this period."""
    told = (subject.figures or {}).get(row.code)
    return row.is_scored and applies(row, subject.kind.value) and bool(told and told["applicable"])


def asked_row(row: AssessmentIndicator, subject: AssessmentSubject) -> dict[str, Any]:
    """An indicator as the assessed is asked about it, with its figure."""
    told = (subject.figures or {})[row.code]
    automatic = exact(told["points"])
    is_manual = row.source is IndicatorSource.MANUAL
    figure = {name: f"{told[name]:g}" for name in ("numerator", "denominator")}
    percent = f"{(told['ratio'] or 0) * 100:.1f}"
    return {
        "code": row.code,
        "name": row.name,
        "explanation": row.explanation,
        "figure": words.BY_HAND if is_manual else words.FIGURE.format(**figure, percent=percent),
        "max": number(row.max_points),
        "auto": number(automatic),
        "points": None if automatic is None else number(half_points(automatic)),
        "needs_evidence": row.needs_evidence,
    }


def own_row(given: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the assessed said of an indicator, for the reviewers."""
    if given is None:
        return {"self": None, "self_note": None, "evidence": []}
    points = given.get("points")
    said = {"self": points, "points": points, "self_note": given.get("note")}
    return said | {"evidence": given.get("evidence") or [], "evidence_on": given.get("evidence_on")}


def result_row(step: Step, row: Mapping[str, Any], points: Mapping[str, Any]) -> dict[str, Any]:
    """An indicator with what everyone gave on it."""
    own = {each["code"]: each for each in (step.data.get("self_assess") or {}).get("items", ())}
    notes = [
        each.get("note")
        for name in reviewed_by(step)
        for each in step.data[name]["items"]
        if each["code"] == row["code"] and each.get("note")
    ]
    agreed_points = number(points.get(row["code"]))
    return {
        "code": row["code"],
        "name": row["name"],
        "max": row["max"],
        "auto": row["auto"],
        "self": (own.get(row["code"]) or {}).get("points"),
        "reviewed": agreed_points,
        "points": agreed_points,
        "note": "；".join(str(note) for note in notes),
    }


def reviewed_by(step: Step) -> list[str]:
    """An indicator with what everyone gave on it."""
    names = ["first_review", "second_review"]
    return [*names, "third_review"] if step.data["compare_reviews"]["needs_third"] else names
