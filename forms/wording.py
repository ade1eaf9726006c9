"""The words that forms have for what records say: the label of the field, the label of each value of it.

A form's question that feeds a field of a record names it for whoever fills it in; whoever reads the record is told the
same word. Read once from the form files beside this module.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FORMS = Path(__file__).parent


@dataclass
class Wording:
    """What one field of one kind of record is called, and its values."""

    label: str = ""
    values: dict[str, str] = field(default_factory=dict)


def field_wording(kind: str, name: str) -> str | None:
    """The label of a record's field in the form that feeds it, None when no form does."""
    found = _wordings().get((kind, name))
    return found.label or None if found else None


def value_wording(kind: str, name: str, value: str) -> str | None:
    """The label of a value of a record's field in the form that feeds it, None when no form offers it."""
    found = _wordings().get((kind, name))
    return found.values.get(value) if found else None


@cache
def _wordings() -> Mapping[tuple[str, str], Wording]:
    found: dict[tuple[str, str], Wording] = {}
    for path in sorted(FORMS.glob("*/*.json")):
        raw = json.loads(path.read_text(encoding="utf-8"))
        for kind, component in _feeding(raw, (raw.get("properties") or {}).get("feeds")):
            wording = found.setdefault((kind, component["properties"]["mapsTo"]), Wording())
            wording.label = wording.label or component.get("label", "")
            wording.values.update((each["value"], each["label"]) for each in component.get("values") or ())
    return found


def _feeding(raw: Mapping[str, Any], kind: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    for each in raw.get("components") or ():
        properties = each.get("properties") or {}
        if kind and isinstance(properties.get("mapsTo"), str):
            yield kind, each
        yield from _feeding(each, properties.get("feeds") if each.get("type") == "dynamiclist" else kind)
