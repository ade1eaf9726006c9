"""What a posted page answers, and the buttons that work without JavaScript: one row more, one row or file less."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from forms.posted import nest

__all__ = ["at", "is_only_changing", "nest", "places", "posted", "with_file", "with_row", "without_file", "without_row"]
#: rows of one list that a page may show
MOST_ROWS = 200
_PLACE = re.compile(r"[0-9]{1,4}")


def posted(form: MultiDict[str, str]) -> dict[str, Any]:
    """The answers of a posted form, changed as its pressed row or file button asks."""
    answers = nest(form.items(multi=True))
    if form.get("_add"):
        return with_row(answers, form["_add"], places(form.keys(), form["_add"]))
    if form.get("_remove"):
        return without_row(answers, form["_remove"])
    if form.get("_drop"):
        name, _, file_id = form["_drop"].partition("=")
        return without_file(answers, name, file_id)
    return answers


def is_only_changing(form: MultiDict[str, str]) -> bool:
    """True when the pressed button changes the page and does not complete the task."""
    return any(form.get(name) for name in ("_add", "_remove", "_drop", "_find"))


def places(names: Iterable[str], path: str) -> int:
    """How many rows of the list at ``path`` a page showed, empty ones included."""
    pattern = re.compile(rf"{re.escape(path)}\.([0-9]{{1,4}})\.")
    return max((int(found[1]) + 1 for name in names if (found := pattern.match(name))), default=0)


def at(answers: Mapping[str, Any] | list[Any], path: str) -> Any:
    """The value at a dotted path, or None."""
    node: Any = answers
    for segment in path.split("."):
        if isinstance(node, Mapping):
            node = node.get(segment)
        elif isinstance(node, list) and _PLACE.fullmatch(segment) and int(segment) < len(node):
            node = node[int(segment)]
        else:
            return None
    return node


def with_row(answers: dict[str, Any], path: str, shown: int = 0) -> dict[str, Any]:
    """The answers with one more empty row in the list at ``path``, after the ``shown`` rows of the page."""
    parent, key = _holder(answers, path)
    if isinstance(parent, dict):
        rows = parent.get(key)
        rows = list(rows) if isinstance(rows, list) else []
        empty = max(shown - len(rows), 0) + 1
        parent[key] = [*rows, *({} for _ in range(empty))][:MOST_ROWS]
    return answers


def without_row(answers: dict[str, Any], path: str) -> dict[str, Any]:
    """The answers without the row at ``path`` (``lots.1``)."""
    rows, place = _holder(answers, path)
    if isinstance(rows, list) and _PLACE.fullmatch(place) and int(place) < len(rows):
        del rows[int(place)]
    return answers


def without_file(answers: dict[str, Any], path: str, file_id: str) -> dict[str, Any]:
    """The answers without one file of the list at ``path``."""
    parent, key = _holder(answers, path)
    if isinstance(parent, dict):
        files = parent.get(key)
        kept = [each for each in (files if isinstance(files, list) else [files]) if each != file_id]
        parent[key] = kept
    return answers


def with_file(answers: dict[str, Any], path: str, file_id: str) -> dict[str, Any]:
    """The answers with one more file at ``path``; parts on the way are made."""
    node: Any = answers
    *above, key = path.split(".")
    for segment in above:
        below = at(node, segment) if isinstance(node, dict | list) else None
        if below is None and isinstance(node, dict):
            below = node[segment] = {}
        node = below
    if isinstance(node, dict):
        files = node.get(key)
        node[key] = [*(files if isinstance(files, list) else [files] if files else []), file_id]
    return answers


def _holder(answers: dict[str, Any], path: str) -> tuple[Any, str]:
    above, _, key = path.rpartition(".")
    return (at(answers, above) if above else answers), key
