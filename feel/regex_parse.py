"""Regular expressions (the XPath flavour, as far as FEEL needs it) to a small program for `feel.regex`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from feel.errors import FeelFaultError

PROGRAM_LIMIT = 4_000
_DEPTH_LIMIT = 40
_QUANTIFIER = re.compile(r"([*+?])(\?)?|\{(\d{1,4})(?:(,)(\d{1,4})?)?\}(\?)?", re.ASCII)
_SINGLE = {"n": "\n", "r": "\r", "t": "\t"}
Match = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Instruction:
    """One step: `char` (with its test), `split`, `jump`, `save`, `start`, `end` or `match`."""

    operation: str
    test: Match | None = None
    first: int = 0
    second: int = 0


def _word(char: str) -> bool:
    return unicodedata.category(char)[0] not in "PZC"


_CLASSES: dict[str, Match] = {
    "d": str.isdecimal,
    "s": lambda char: char in " \t\n\r",
    "w": _word,
    "i": lambda char: char.isalpha() or char in "_:",
    "c": lambda char: char.isalnum() or char in "_:-.",
}


def _not(test: Match) -> Match:
    return lambda char: not test(char)


def _one(wanted: str, *, fold: bool) -> Match:
    if fold:
        lowered = wanted.lower()
        return lambda char: char.lower() == lowered
    return lambda char: char == wanted


def _between(low: str, high: str, *, fold: bool) -> Match:
    if fold:
        return lambda char: low <= char <= high or low <= char.lower() <= high or low <= char.upper() <= high
    return lambda char: low <= char <= high


class RegexParser:
    """Reads a pattern and writes its program."""

    def __init__(self, pattern: str, flags: str) -> None:
        """Take the pattern with its flags (`i`, `s`, `m`, `x`)."""
        if set(flags) - set("smix"):
            raise FeelFaultError(f"{flags!r} are not flags")
        self.pattern = re.sub(r"[\t\n\r ]", "", pattern) if "x" in flags else pattern
        self.fold, self.dot_all, self.lines = "i" in flags, "s" in flags, "m" in flags
        self.position = 0
        self.groups = 0
        self.depth = 0

    def parse(self) -> list[Instruction]:
        """Return the whole program; group 0 is the whole match."""
        body = self._alternatives()
        if self.position < len(self.pattern):
            raise self._fault()
        return [Instruction("save", first=0), *body, Instruction("save", first=1), Instruction("match")]

    def _fault(self) -> FeelFaultError:
        return FeelFaultError(f"{self.pattern[:80]!r} is not a pattern")

    def _peek(self) -> str:
        return self.pattern[self.position : self.position + 1]

    def _take(self) -> str:
        char = self._peek()
        if not char:
            raise self._fault()
        self.position += 1
        return char

    def _accept(self, text: str) -> bool:
        if self.pattern.startswith(text, self.position):
            self.position += len(text)
            return True
        return False

    def _alternatives(self) -> list[Instruction]:
        code = self._sequence()
        while self._accept("|"):
            other = self._sequence()
            code = [
                Instruction("split", first=1, second=len(code) + 2),
                *code,
                Instruction("jump", first=len(other) + 1),
                *other,
            ]
        return code

    def _sequence(self) -> list[Instruction]:
        code: list[Instruction] = []
        while self._peek() not in ("", "|", ")"):
            code.extend(self._repeated(self._atom()))
            self._check(code)
        return code

    def _check(self, code: list[Instruction]) -> None:
        if len(code) > PROGRAM_LIMIT:
            raise FeelFaultError("the pattern is too large")

    def _repeated(self, atom: list[Instruction]) -> list[Instruction]:
        match = _QUANTIFIER.match(self.pattern, self.position)
        if match is None:
            return atom
        self.position = match.end()
        least, most = _bounds(match)
        if most is not None and most < least:
            raise self._fault()
        copies = least + (1 if most is None else most - least)
        if copies * (len(atom) + 2) > PROGRAM_LIMIT:
            raise FeelFaultError("the pattern is too large")
        return _repeat(atom, least, most, lazy=bool(match[2] or match[6]))

    def _atom(self) -> list[Instruction]:
        char = self._take()
        if char == "(":
            return self._group()
        if char in "^$":
            operation = ("line " if self.lines else "") + ("start" if char == "^" else "end")
            return [Instruction(operation)]
        if char in "*+?{})":
            raise self._fault()
        return [Instruction("char", test=self._simple(char))]

    def _simple(self, char: str) -> Match:
        if char == ".":
            return (lambda _: True) if self.dot_all else (lambda given: given not in "\n\r")
        if char == "[":
            return self._set()
        if char == "\\":
            return self._escape()
        return _one(char, fold=self.fold)

    def _group(self) -> list[Instruction]:
        self.depth += 1
        if self.depth > _DEPTH_LIMIT:
            raise FeelFaultError("the pattern is nested too deeply")
        capturing = not self._accept("?:")
        self.groups += capturing
        number = self.groups
        code = self._alternatives()
        if not self._accept(")"):
            raise self._fault()
        self.depth -= 1
        if not capturing:
            return code
        return [Instruction("save", first=2 * number), *code, Instruction("save", first=2 * number + 1)]

    def _escape(self) -> Match:
        char = self._take()
        if char.lower() in _CLASSES:
            test = _CLASSES[char.lower()]
            return _not(test) if char.isupper() else test
        if char in "pP":
            return self._category(negated=char == "P")
        if char.isalnum() and char not in _SINGLE:
            raise self._fault()
        return _one(_SINGLE.get(char, char), fold=self.fold)

    def _category(self, *, negated: bool) -> Match:
        end = self.pattern.find("}", self.position)
        if self._peek() != "{" or end < 0:
            raise self._fault()
        name, self.position = self.pattern[self.position + 1 : end], end + 1
        if not re.fullmatch(r"[LMNPZSC][a-z]?", name):
            raise self._fault()
        return lambda char: unicodedata.category(char).startswith(name) is not negated

    def _set(self) -> Match:
        negated = self._accept("^")
        tests: list[Match] = []
        minus: Match | None = None
        while not tests or self._peek() != "]":
            if tests and self._accept("-["):
                minus = self._set()
                continue
            tests.append(self._member())
        self._take()
        members = tuple(tests)

        def test(char: str) -> bool:
            inside = any(member(char) for member in members) is not negated
            return inside and not (minus is not None and minus(char))

        return test

    def _member(self) -> Match:
        char = self._take()
        if char == "\\" and self._peek() not in "\\-[]^.nrt|?*+(){}$":
            return self._escape()
        low = self._literal(char)
        following = self.pattern[self.position + 1 : self.position + 2]
        if self._peek() != "-" or following in ("", "]", "["):
            return _one(low, fold=self.fold)
        self._take()
        high = self._literal(self._take())
        if high < low:
            raise self._fault()
        return _between(low, high, fold=self.fold)

    def _literal(self, char: str) -> str:
        if char != "\\":
            return char
        escaped = self._take()
        return _SINGLE.get(escaped, escaped)


def _bounds(match: re.Match[str]) -> tuple[int, int | None]:
    if match[1]:
        return (1 if match[1] == "+" else 0), (1 if match[1] == "?" else None)
    least = int(match[3])
    if not match[4]:
        return least, least
    return least, (int(match[5]) if match[5] else None)


def _split(first: int, second: int, *, lazy: bool) -> Instruction:
    if lazy:
        first, second = second, first
    return Instruction("split", first=first, second=second)


def _repeat(atom: list[Instruction], least: int, most: int | None, *, lazy: bool) -> list[Instruction]:
    code = atom * least
    if most is None:
        loop = [_split(1, len(atom) + 2, lazy=lazy), *atom, Instruction("jump", first=-len(atom) - 1)]
        return code + loop
    option = [_split(1, len(atom) + 1, lazy=lazy), *atom]
    return code + option * (most - least)
