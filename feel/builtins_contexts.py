"""Context and conversion functions of the standard's library."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from feel.errors import FeelFaultError
from feel.functions import Function, builtin
from feel.temporal import format_temporal
from feel.values import NUMBERS, Range, TestRange, lift, list_of, text_of

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,5})?", re.ASCII)


@builtin("get value(m: context, key: string)")
def get_value(context: Mapping[str, object], key: str) -> object:
    """Read an entry by its name."""
    return lift(context.get(key))


@builtin("get value(m: context, keys: list)")
def get_value_at(context: Mapping[str, object], keys: list[object]) -> object:
    """Read an entry of contexts within contexts."""
    value: object = context
    for key in keys:
        value = value.get(text_of(key)) if isinstance(value, Mapping) else None
    return lift(value)


@builtin("get entries(m: context)")
def get_entries(context: Mapping[str, object]) -> list[object]:
    """List the entries as contexts of key and value."""
    return [{"key": key, "value": lift(value)} for key, value in context.items()]


@builtin("context put(context: context, key: string, value: any)")
def context_put(context: Mapping[str, object], key: str, value: object) -> dict[str, object]:
    """Set an entry."""
    return {**context, key: value}


@builtin("context put(context: context, keys: list, value: any)")
def context_put_at(context: Mapping[str, object], keys: list[object], value: object) -> dict[str, object]:
    """Set an entry of contexts within contexts."""
    if not keys or len(keys) > 50:
        raise FeelFaultError("expected between one key and fifty")
    key, rest = text_of(keys[0]), keys[1:]
    if not rest:
        return {**context, key: value}
    inner = context.get(key, {})
    if not isinstance(inner, Mapping):
        raise FeelFaultError(f"{key!r} is not a context")
    return {**context, key: context_put_at(inner, rest, value)}


@builtin("context merge(*contexts: list)")
def context_merge(contexts: list[object]) -> dict[str, object]:
    """Put contexts together, later entries winning."""
    merged: dict[str, object] = {}
    for context in contexts:
        if not isinstance(context, Mapping):
            raise FeelFaultError("expected contexts")
        merged.update(context)
    return merged


@builtin("context(entries: list)")
def context_of(entries: list[object]) -> dict[str, object]:
    """Build a context from contexts of key and value."""
    built: dict[str, object] = {}
    for entry in entries:
        if not isinstance(entry, Mapping) or "value" not in entry or text_of(entry.get("key")) in built:
            raise FeelFaultError("expected entries with different keys and a value each")
        built[text_of(entry["key"])] = lift(entry["value"])
    return built


@builtin("number(from: string, grouping separator?: string?, decimal separator?: string?)")
def number(text: str, grouping: str | None = None, decimal: str | None = None) -> Decimal:
    """Read a number that is written with separators."""
    if grouping not in (None, " ", ",", ".") or decimal not in (None, ",", ".") or (decimal and decimal == grouping):
        raise FeelFaultError("these separators do not go together")
    plain = text.replace(grouping, "") if grouping else text
    plain = plain.replace(".", "?").replace(decimal, ".") if decimal and decimal != "." else plain
    if not _NUMBER.fullmatch(plain):
        raise FeelFaultError(f"{text[:80]!r} is not a number")
    try:
        return NUMBERS.create_decimal(plain)
    except ArithmeticError as error:
        raise FeelFaultError(f"{text[:80]!r} is too large") from error


@builtin("number(from: number)")
def same_number(value: Decimal) -> Decimal:
    """Take a number as it is."""
    return value


def format_number(value: Decimal) -> str:
    """Write a number without an exponent where that is short enough."""
    if value == value.to_integral_value() and abs(value) < 10**34:
        return str(int(value))
    short = value.normalize(NUMBERS)
    return format(short, "f") if abs(short.adjusted()) < 40 else str(short)


def _quoted(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return write(value)


def _key(key: object) -> str:
    return str(key) if re.fullmatch(r"[^\W\d]\w*(?: \w+)*", str(key)) else _quoted(str(key))


def _write_range(value: Range) -> str:
    if isinstance(value, TestRange):
        end = value.high if value.low is None else value.low
        return f"({value.operator}{_quoted(end)})"
    low, high = "[" if value.low_included else "(", "]" if value.high_included else ")"
    return f"{low}{_quoted(value.low)}..{_quoted(value.high)}{high}"


def _write_parts(value: object) -> str | None:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_quoted, value)) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)}: {_quoted(item)}" for key, item in value.items()) + "}"
    return _write_range(value) if isinstance(value, Range) else None


def write(value: object) -> str:
    """Write a value as FEEL would read it, except that a string stands without quotes."""
    value = lift(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format_number(value)
    if isinstance(value, str):
        return value
    if isinstance(value, Function):
        return "function"
    return _write_parts(value) or format_temporal(value) or str(value)


@builtin("string(from: any)")
def string(value: object) -> str | None:
    """Write any value as text; null stays null."""
    return None if value is None else write(value)


@builtin("get or else(value: any, default: any)")
def get_or_else(value: object, default: object) -> object:
    """Return the default in place of null."""
    return default if value is None else value


@builtin("is defined(value: any)")
def is_defined(value: object) -> bool:
    """Tell whether a value is not null."""
    return value is not None


@builtin("is blank(string: string)")
def is_blank(text: str) -> bool:
    """Tell whether a string has nothing but blanks."""
    return not text.strip()


@builtin("is empty(list: list)")
def is_empty(items: list[object]) -> bool:
    """Tell whether a list has no items."""
    return not list_of(items)
