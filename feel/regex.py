"""A matcher for regular expressions whose time is bounded by pattern times text, whatever the pattern.

It tries alternatives in order, as everyone expects, but never visits the same place of the pattern at the same
place of the text twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from feel.errors import FeelFaultError, FeelLimitError
from feel.regex_parse import Instruction, RegexParser
from feel.scope import TEXT_LIMIT

Program = tuple[Instruction, ...]
Spend = Callable[[int], None]
Spans = tuple[int, ...]
_Thread = tuple[int, int, dict[int, int]]
PATTERN_LIMIT = 2_000


@lru_cache(maxsize=512)
def compiled(pattern: str, flags: str) -> Program:
    """Compile a pattern; a fault when it is none."""
    if len(pattern) > PATTERN_LIMIT:
        raise FeelLimitError("characters in a pattern", PATTERN_LIMIT)
    return tuple(RegexParser(pattern, flags).parse())


def _at_edge(operation: str, text: str, position: int) -> bool:
    if operation == "start":
        return position == 0
    if operation == "end":
        return position == len(text)
    if operation == "line start":
        return position == 0 or text[position - 1] == "\n"
    return position == len(text) or text[position] == "\n"


def _advance(instruction: Instruction, thread: _Thread, text: str) -> list[_Thread]:
    """Take one step; the last thread of the answer goes first."""
    counter, position, saved = thread
    operation = instruction.operation
    if operation == "char":
        matches = position < len(text) and instruction.test is not None and instruction.test(text[position])
        return [(counter + 1, position + 1, saved)] if matches else []
    if operation == "split":
        return [(counter + instruction.second, position, saved), (counter + instruction.first, position, saved)]
    if operation == "jump":
        return [(counter + instruction.first, position, saved)]
    if operation == "save":
        return [(counter + 1, position, {**saved, instruction.first: position})]
    return [(counter + 1, position, saved)] if _at_edge(operation, text, position) else []


def _match_at(program: Program, text: str, start: int, seen: set[int], spend: Spend) -> dict[int, int] | None:
    waiting: list[_Thread] = [(0, start, {})]
    width = len(program)
    while waiting:
        thread = waiting.pop()
        mark = thread[1] * width + thread[0]
        if mark in seen:
            continue
        seen.add(mark)
        spend(1)
        instruction = program[thread[0]]
        if instruction.operation == "match":
            return thread[2]
        waiting.extend(_advance(instruction, thread, text))
    return None


def _search(program: Program, text: str, start: int, spend: Spend) -> dict[int, int] | None:
    seen: set[int] = set()
    for position in range(start, len(text) + 1):
        saved = _match_at(program, text, position, seen, spend)
        if saved is not None:
            return saved
    return None


def found(program: Program, text: str, spend: Spend) -> bool:
    """Tell whether the pattern occurs."""
    return _search(program, text, 0, spend) is not None


def _matches(program: Program, text: str, spend: Spend) -> Iterator[dict[int, int]]:
    position = 0
    while position <= len(text):
        saved = _search(program, text, position, spend)
        if saved is None:
            return
        if saved[0] == saved[1]:
            raise FeelFaultError("the pattern matches the empty string")
        yield saved
        position = saved[1]


def find_all(program: Program, text: str, spend: Spend) -> Iterator[tuple[int, int]]:
    """Give the start and end of each occurrence."""
    for saved in _matches(program, text, spend):
        yield saved[0], saved[1]


def _expanded(template: str, text: str, saved: dict[int, int]) -> str:
    parts: list[str] = []
    position = 0
    groups = (max(saved) - 1) // 2 if saved else 0
    while position < len(template):
        char = template[position]
        following = template[position + 1 : position + 2]
        if char == "\\" and following in ("\\", "$") and following:
            parts.append(following)
            position += 2
        elif char == "$" and following.isdecimal():
            number = int(following)
            inside = number <= max(groups, 0) or 2 * number in saved
            parts.append(text[saved[2 * number] : saved[2 * number + 1]] if inside and 2 * number + 1 in saved else "")
            position += 2
        elif char in "\\$":
            raise FeelFaultError(f"{template[:80]!r} is not a replacement")
        else:
            parts.append(char)
            position += 1
    return "".join(parts)


def replaced(program: Program, text: str, template: str, spend: Spend) -> str:
    """Replace every occurrence; `$1` stands for the first group."""
    parts: list[str] = []
    end = size = 0
    for saved in _matches(program, text, spend):
        piece = _expanded(template, text, saved)
        spend(len(template) // 8)
        size += len(piece)
        if size > TEXT_LIMIT:
            raise FeelLimitError("characters in a string", TEXT_LIMIT)
        parts.extend((text[end : saved[0]], piece))
        end = saved[1]
    return "".join([*parts, text[end:]])
