"""One hash for the same content, whichever database it was read back from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

_LARGEST = 2**63


def content_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of the content."""
    return hashlib.sha256(orjson.dumps(canonical(content), option=orjson.OPT_SORT_KEYS)).hexdigest()


def canonical(value: Any) -> Any:
    """Whole numbers in one form: databases return 24.0 as 24, or 1e16 as 10000000000000000."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if isinstance(value, dict):
        return {key: canonical(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [canonical(part) for part in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST:
        return int(value)
    if isinstance(value, int) and abs(value) >= _LARGEST:
        return float(value)
    return value
