"""String functions of the standard's library."""

from __future__ import annotations

from decimal import Decimal

from feel.errors import FeelFaultError, FeelLimitError
from feel.functions import builtin, running_builtin
from feel.regex import compiled, find_all, found, replaced
from feel.scope import TEXT_LIMIT, Run
from feel.values import text_of, whole_of


@builtin("substring(string: string, start position: number, length?: number?)")
def substring(text: str, start: Decimal, length: Decimal | None = None) -> str:
    """Cut from a position counted from 1, or from -1 backwards."""
    position, count = whole_of(start), None if length is None else whole_of(length)
    if position == 0 or abs(position) > len(text) or (count is not None and count < 1):
        raise FeelFaultError("there is no such part of the string")
    first = position - 1 if position > 0 else len(text) + position
    return text[first:] if count is None else text[first : first + count]


@builtin("string length(string: string)")
def string_length(text: str) -> Decimal:
    """Count the characters."""
    return Decimal(len(text))


@builtin("upper case(string: string)")
def upper_case(text: str) -> str:
    """Make every letter a capital."""
    return text.upper()


@builtin("lower case(string: string)")
def lower_case(text: str) -> str:
    """Make no letter a capital."""
    return text.lower()


@builtin("trim(string: string)")
def trim(text: str) -> str:
    """Drop blanks at both ends."""
    return text.strip()


@builtin("substring before(string: string, match: string)")
def substring_before(text: str, match: str) -> str:
    """Return what stands before the first occurrence."""
    before, separator, _ = text.partition(match) if match else ("", "", "")
    return before if separator else ""


@builtin("substring after(string: string, match: string)")
def substring_after(text: str, match: str) -> str:
    """Return what stands after the first occurrence."""
    return text.partition(match)[2] if match else text


@builtin("contains(string: string, match: string)")
def contains(text: str, match: str) -> bool:
    """Tell whether one string is in the other."""
    return match in text


@builtin("starts with(string: string, match: string)")
def starts_with(text: str, match: str) -> bool:
    """Tell whether a string begins with the other."""
    return text.startswith(match)


@builtin("ends with(string: string, match: string)")
def ends_with(text: str, match: str) -> bool:
    """Tell whether a string ends with the other."""
    return text.endswith(match)


@running_builtin("matches(input: string, pattern: string, flags?: string?)")
def matches(run: Run, text: str, pattern: str, flags: str | None = None) -> bool:
    """Tell whether the pattern is found anywhere in the string."""
    return found(compiled(pattern, flags or ""), text, run.spend)


@running_builtin("replace(input: string, pattern: string, replacement: string, flags?: string?)")
def replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None = None) -> str:
    """Replace every occurrence of the pattern."""
    return replaced(compiled(pattern, flags or ""), text, replacement, run.spend)


@running_builtin("split(string: string, delimiter: string)")
def split(run: Run, text: str, delimiter: str) -> list[object]:
    """Cut at every occurrence of the pattern."""
    parts: list[object] = []
    end = 0
    for start, stop in find_all(compiled(delimiter, ""), text, run.spend):
        parts.append(text[end:start])
        end = stop
    return [*parts, text[end:]]


@running_builtin("extract(input: string, pattern: string, flags?: string?)")
def extract(run: Run, text: str, pattern: str, flags: str | None = None) -> list[object]:
    """Return every occurrence of the pattern."""
    return [text[start:stop] for start, stop in find_all(compiled(pattern, flags or ""), text, run.spend)]


@builtin("string join(list: list, delimiter?: string?)")
def string_join(items: list[object], delimiter: str | None = None) -> str:
    """Join strings, leaving out nulls."""
    parts = [text_of(item) for item in items if item is not None]
    between = delimiter or ""
    if sum(map(len, parts)) + len(between) * len(parts) > TEXT_LIMIT:
        raise FeelLimitError("characters in a string", TEXT_LIMIT)
    return between.join(parts)
