"""From figures to points: formula, thresholds, weight; what does not apply gives its weight to the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from feel import compile_expression
from feel.errors import FeelError
from records.indicators import AssessmentIndicator, Direction, IndicatorSource, Scope
from records.statistics import NOTHING, Ratio

STEP, CENT = Decimal("0.5"), Decimal("0.01")


@dataclass(frozen=True)
class Marks:
    """What the figures say of one indicator. ``points`` is None when it does not apply, or is for people to judge."""

    code: str
    ratio: Decimal | None
    points: Decimal | None
    numerator: Decimal
    denominator: Decimal


def formula_value(formula: str, figures: Mapping[str, Ratio]) -> Decimal | None:
    """The value of a formula over the figures' ratios; None when it has none (a figure in it does not apply)."""
    names = {name: ratio.value for name, ratio in figures.items()}
    try:
        value = compile_expression(formula).evaluate(names, {})
    except FeelError:
        return None
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return Decimal(str(value)) if is_number else None


def marks_of(indicator: AssessmentIndicator, figures: Mapping[str, Ratio]) -> Marks:
    """The points that the figures give; ratios outside 0 to 1 count as the nearer end."""
    if indicator.source is not IndicatorSource.FORMULA or indicator.formula is None:
        return Marks(indicator.code, None, None, Decimal(0), Decimal(0))
    used = [figures.get(name, NOTHING) for name in sorted(compile_expression(indicator.formula).names)]
    basis = used[0] if len(used) == 1 else NOTHING
    ratio = formula_value(indicator.formula, figures)
    if ratio is None:
        return Marks(indicator.code, None, None, basis.numerator, basis.denominator)
    points = indicator.max_points * share_of(indicator, min(Decimal(1), max(Decimal(0), ratio)))
    return Marks(indicator.code, ratio, points.quantize(CENT, ROUND_HALF_UP), basis.numerator, basis.denominator)


def share_of(indicator: AssessmentIndicator, ratio: Decimal) -> Decimal:
    """The part of an indicator's points that a ratio from 0 to 1 is worth."""
    if not indicator.thresholds:
        return ratio if indicator.direction is Direction.HIGHER else 1 - ratio
    reached = [step for step in indicator.thresholds if ratio >= Decimal(str(step["from"]))]
    return Decimal(str(reached[-1]["share"])) if reached else Decimal(0)


def total(points: Mapping[str, Decimal | None], indicators: Sequence[AssessmentIndicator]) -> Decimal | None:
    """The score out of 100 from the points of each indicator; None when none applies.

    An indicator without points does not apply: its weight goes to the others, in proportion to theirs.
    """
    weights = {row.code: row.weight for row in indicators if row.is_scored and points.get(row.code) is not None}
    whole = sum(weights.values(), Decimal(0))
    if whole == 0:
        return None
    most = {row.code: row.max_points for row in indicators}
    gained = sum((Decimal(points[code] or 0) / most[code] * weight for code, weight in weights.items()), Decimal(0))
    return (gained / whole * 100).quantize(CENT, ROUND_HALF_UP)


def applies(indicator: AssessmentIndicator, kind: str) -> bool:
    """Whether an indicator is for that kind of subject (node or authority)."""
    return indicator.scope is Scope.ALL or indicator.scope.value == kind


def half_points(points: Decimal) -> Decimal:
    """Rounded down to half points, as people give them."""
    return (points / STEP).to_integral_value(rounding="ROUND_FLOOR") * STEP


def figures_json(marks: Sequence[Marks], indicators: Mapping[str, AssessmentIndicator]) -> dict[str, Any]:
    """As a subject keeps them."""
    return {
        each.code: {
            "ratio": None if each.ratio is None else float(round(each.ratio, 4)),
            "points": None if each.points is None else float(each.points),
            "numerator": float(each.numerator),
            "denominator": float(each.denominator),
            "max": float(indicators[each.code].max_points),
            "weight": float(indicators[each.code].weight),
            "applicable": each.points is not None or indicators[each.code].source is IndicatorSource.MANUAL,
        }
        for each in marks
    }
