"""From FEEL values to values that JSON can carry."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from feel.temporal import format_temporal
from feel.values import Range, lift


def to_json(value: object) -> object:
    """Turn a result into JSON-safe values: whole numbers to int, others to float, temporal values to ISO 8601."""
    value = lift(value)
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 10**34 else float(value)
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, Range):
        return _range(value)
    return format_temporal(value)


def _range(value: Range) -> dict[str, object]:
    return {
        "start": to_json(value.low),
        "start included": value.low_included,
        "end": to_json(value.high),
        "end included": value.high_included,
    }
