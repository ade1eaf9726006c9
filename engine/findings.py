"""What speaks against a model: where, a slug for machines, a sentence in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from feel import compile_expression
from feel.errors import FeelError


class Placed(Protocol):
    """Anything that has an id and a line in a file."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def line(self) -> int:
        """Its line."""
        ...


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


def finding_at(thing: Placed, slug: str, zh: str, en: str) -> Finding:
    """A finding about an element or flow."""
    return Finding(thing.id, thing.line, slug, zh, en)


def feel_finding(thing: Placed, text: str) -> Iterator[Finding]:
    """A finding when a text is not FEEL."""
    try:
        compile_expression(text)
    except FeelError as error:
        yield finding_at(thing, "not-feel", f"不是有效的 FEEL：{text[:80]}（{error}）", f"not FEEL: {error}")
