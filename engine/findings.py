"""What speaks against a model: where, a slug for machines, a sentence in both languages."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One thing that does not fit."""

    element: str
    line: int | None
    slug: str
    zh: str
    en: str

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self)
