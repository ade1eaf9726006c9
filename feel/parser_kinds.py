"""The grammar of types: `list<number>`, `context<a: string>`, `function<number> -> string`."""

from __future__ import annotations

from feel.cursor import Cursor
from feel.kinds import ANY, Kind, named


def parse_kind(cursor: Cursor) -> Kind:
    """Read a type."""
    cursor.enter()
    name = cursor.expect_word()
    while cursor.at(".") and cursor.peek().kind == "name":
        cursor.advance()
        name = f"{name}.{cursor.advance().text}"
    kind = _composite(cursor, name) if cursor.at("<") else named(name)
    cursor.leave()
    return kind


def _composite(cursor: Cursor, name: str) -> Kind:
    if name in ("list", "range"):
        cursor.expect("<")
        inner = parse_kind(cursor)
        cursor.expect(">")
        return Kind(name, (inner,))
    if name == "context":
        return Kind(name, fields=_fields(cursor))
    if name == "function":
        return _function(cursor)
    return named(name)


def _fields(cursor: Cursor) -> dict[str, Kind]:
    cursor.expect("<")
    fields: dict[str, Kind] = {}
    while not cursor.accept(">"):
        if fields:
            cursor.expect(",")
        name = cursor.entry_name()
        fields[name] = parse_kind(cursor)
    return fields


def _function(cursor: Cursor) -> Kind:
    cursor.expect("<")
    parts: list[Kind] = []
    while not cursor.accept(">"):
        if parts:
            cursor.expect(",")
        parts.append(parse_kind(cursor))
    result = parse_kind(cursor) if cursor.accept("->") else ANY
    return Kind("function", tuple(parts), result=result)
