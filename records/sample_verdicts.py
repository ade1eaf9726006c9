"""What a measured value says: held against its limit, and which hazard its failure is."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

from records.problems import Hazard


class LimitKind(StrEnum):
    """How a measured value is held against its limit."""

    AT_MOST = "at_most"
    AT_LEAST = "at_least"
    BETWEEN = "between"
    ABSENT = "absent"  # must not be detected: any value above zero fails


class Verdict(StrEnum):
    """What a value, or a whole report, says."""

    QUALIFIED = "pass"
    UNQUALIFIED = "fail"


class ItemCategory(StrEnum):
    """What kind of thing is measured."""

    MICROBIAL = "microbial"
    PESTICIDE = "pesticide"
    VETERINARY = "veterinary"
    CONTAMINANT = "contaminant"  # heavy metals, mycotoxins, processing contaminants
    ADDITIVE = "additive"
    ILLEGAL = "illegal"  # what is no food at all
    ALLERGEN = "allergen"
    SPOILAGE = "spoilage"  # acid value, peroxide value, volatile base nitrogen
    FOREIGN = "foreign"
    LABEL = "label"
    QUALITY = "quality"
    OTHER = "other"


#: category -> the hazard that its failure is; the gravest hazards first
HAZARD_OF: dict[ItemCategory, Hazard] = {
    ItemCategory.MICROBIAL: Hazard.MICROBIAL,
    ItemCategory.PESTICIDE: Hazard.CHEMICAL,
    ItemCategory.VETERINARY: Hazard.CHEMICAL,
    ItemCategory.CONTAMINANT: Hazard.CHEMICAL,
    ItemCategory.ILLEGAL: Hazard.ADDITIVE,
    ItemCategory.ADDITIVE: Hazard.ADDITIVE,
    ItemCategory.ALLERGEN: Hazard.ALLERGEN,
    ItemCategory.SPOILAGE: Hazard.SPOILED,
    ItemCategory.FOREIGN: Hazard.FOREIGN,
    ItemCategory.LABEL: Hazard.LABEL,
    ItemCategory.QUALITY: Hazard.OTHER,
    ItemCategory.OTHER: Hazard.OTHER,
}


def hazard_of_items(failed: Iterable[ItemCategory | None]) -> Hazard:
    """The gravest hazard among the failed items; OTHER when none of them says what it is."""
    known = {HAZARD_OF[category] for category in failed if category is not None}
    return next((hazard for hazard in HAZARD_OF.values() if hazard in known), Hazard.OTHER)


def verdict_of(
    value: Decimal, kind: LimitKind, low: Decimal | None = None, high: Decimal | None = None
) -> Verdict:  # fmt: skip
    """What a value says against its limit. Raises ValueError when the limit that its kind needs is missing.

    A value that equals a limit keeps it.
    """
    match kind:
        case LimitKind.ABSENT:
            keeps = value <= 0
        case LimitKind.AT_MOST:
            keeps = value <= _needed(high)
        case LimitKind.AT_LEAST:
            keeps = value >= _needed(low)
        case LimitKind.BETWEEN:
            keeps = _needed(low) <= value <= _needed(high)
    return Verdict.QUALIFIED if keeps else Verdict.UNQUALIFIED


def _needed(limit: Decimal | None) -> Decimal:
    if limit is None:
        raise ValueError("the limit is missing")
    return limit
