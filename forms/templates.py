"""The templates of documents: data that says what a kind of document is called and contains."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

TEMPLATES = Path(__file__).parent / "pdf" / "templates"


class UnknownKindError(LookupError):
    """There is no template for this kind of document."""


@dataclass(frozen=True)
class Naming:
    """What a kind of document is called, and the character that stands for it in the documents' numbers."""

    title: str
    mark: str


def kinds() -> list[str]:
    """The kinds of document that can be printed."""
    return sorted(path.stem for path in TEMPLATES.glob("*.json") if path.stem != "frame")


def naming(kind: str) -> Naming:
    """Title and mark of a kind of document. Raises UnknownKindError."""
    said = template(kind)
    return Naming(said["title"], said["mark"])


def sheets(kind: str) -> list[Mapping[str, Any]]:
    """The sheets of the workbook that goes with a kind of document; none for most. Raises UnknownKindError."""
    return list(template(kind).get("workbook") or [])


@cache
def template(kind: str) -> Mapping[str, Any]:
    """What a template says. Raises UnknownKindError."""
    path = TEMPLATES / f"{kind}.json"
    if path.name not in {known.name for known in TEMPLATES.glob("*.json")}:
        raise UnknownKindError(kind)
    said: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
    return said
