"""From a posted page to nested answers: ``lots.0.quantity`` is the quantity of the first row of ``lots``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

#: names that belong to the page, not to the form
_OWN_NAMES = re.compile(r"_|csrf_token$")
_DEEPEST, _MOST = 8, 20_000
#: the place of a row; longer numbers are no places
_PLACE = re.compile(r"[0-9]{1,9}")


def nest(items: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Nest named values: whole-number parts are places of a list, repeated names give lists, empty texts nothing.

    Typed texts stay texts: every question reads its own kind of value from text and from JSON alike.
    """
    root: dict[str, Any] = {}
    for count, (name, value) in enumerate(items):
        path = name.split(".")
        if count >= _MOST or len(path) > _DEEPEST or _OWN_NAMES.match(name) or "" in path:
            continue
        _put(root, path, value)
    return {key: _unfold(value) for key, value in root.items()}


def _put(root: dict[str, Any], path: list[str], value: str) -> None:
    node = root
    for segment in path[:-1]:
        inner = node.get(segment)
        if not isinstance(inner, dict):
            inner = node[segment] = {}
        node = inner
    last = path[-1]
    if value == "" or isinstance(node.get(last), dict):
        return
    if last in node:
        node[last] = [*(node[last] if isinstance(node[last], list) else [node[last]]), value]
    else:
        node[last] = value


def _unfold(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    inner = {key: _unfold(value) for key, value in node.items()}
    if inner and all(_PLACE.fullmatch(key) for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner
