"""Units of quantity as businesses write them, and what they are worth in one another."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from records.errors import DomainError


class Measure(StrEnum):
    """What a unit measures. Only units of one measure can be turned into one another; pieces only into themselves."""

    MASS = "mass"  # in kilograms
    VOLUME = "volume"  # in litres
    PIECES = "pieces"


class UnknownUnitError(DomainError):
    """Nobody knows the unit."""

    slug = "unknown-unit"
    sentence = "计量单位“%(unit)s”无法识别"


_MASS = {
    "kg": "1", "千克": "1", "公斤": "1", "g": "0.001", "克": "0.001", "斤": "0.5", "两": "0.05", "t": "1000",
    "吨": "1000", "mg": "0.000001",
}  # fmt: skip
_VOLUME = {"l": "1", "升": "1", "ml": "0.001", "毫升": "0.001"}
_PIECES = (
    "个",
    "只",
    "头",
    "件",
    "箱",
    "盒",
    "袋",
    "包",
    "瓶",
    "桶",
    "筐",
    "托",
    "份",
    "条",
    "块",
    "板",
    "枚",
    "羽",
    "尾",
    "片",
    "碗",
)
#: unit as written → what it measures, and its worth in the measure's own unit
UNITS: dict[str, tuple[Measure, Decimal]] = {
    **{name: (Measure.MASS, Decimal(worth)) for name, worth in _MASS.items()},
    **{name: (Measure.VOLUME, Decimal(worth)) for name, worth in _VOLUME.items()},
    **{name: (Measure.PIECES, Decimal(1)) for name in _PIECES},
}
#: UN/ECE Recommendation 20 codes, as EPCIS wants them
UN_ECE = {"kg": "KGM", "g": "GRM", "t": "TNE", "l": "LTR", "ml": "MLT", "mg": "MGM"}


def known_unit(text: str) -> str:
    """The unit as it is kept: Latin ones in small letters. Raises UnknownUnitError."""
    unit = text.strip()
    unit = unit.lower() if unit.isascii() else unit
    if unit not in UNITS:
        raise UnknownUnitError(unit=text)
    return unit


def converted(quantity: Decimal, unit: str, wanted: str) -> Decimal | None:
    """The quantity in another unit; None where the two cannot be compared (kilograms and boxes)."""
    if unit == wanted:
        return quantity
    measure, worth = UNITS.get(unit, (None, Decimal(0)))
    other, its_worth = UNITS.get(wanted, (None, Decimal(1)))
    if measure is None or measure is not other or measure is Measure.PIECES:
        return None
    return quantity * worth / its_worth


def kilograms(quantity: Decimal, unit: str) -> Decimal | None:
    """The quantity as mass in kilograms; None when it is no mass."""
    return converted(quantity, unit, "kg")
