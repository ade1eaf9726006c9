"""Answers as JSON: for the executor's data, submissions and drafts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Any

from records.base import json_safe


def to_storage(value: Any) -> Any:
    """A typed answer, or answers, deep: numbers stay numbers, moments are UTC ISO text, days and times ISO text."""
    if isinstance(value, Mapping):
        return {str(key): to_storage(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [to_storage(each) for each in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, time):
        return value.isoformat("minutes")
    return json_safe(value)
