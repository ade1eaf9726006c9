"""From text to tokens. A name is several words long as long as nothing but a name can stand there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from feel.errors import FeelLimitError, FeelSyntaxError

TEXT_LIMIT = 65_536
KEYWORDS = frozenset(
    [
        "if",
        "then",
        "else",
        "for",
        "in",
        "return",
        "some",
        "every",
        "satisfies",
        "and",
        "or",
        "between",
        "function",
        "true",
        "false",
        "null",
    ]
)
COMPOUND_NAMES = ("date and time", "years and months duration", "days and time duration", "get or else")
_WIDE = "\U00010000-\U000effff"
_SPACE = re.compile(r"(?:[\s\u200b\ufeff]|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_NUMBER = re.compile(r"(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_WORD = re.compile(rf"[^\W\d{_WIDE}][\w{_WIDE}]*|[{_WIDE}][\w{_WIDE}]*")
_PART = re.compile(rf"[\w{_WIDE}]+")
_QUOTED_NAME = re.compile(r"`([^`]+)`")
_INSTANCE_OF = re.compile(r"instance\s+of\b")
_OPERATOR = re.compile(r"\*\*|\.\.|<=|>=|!=|->|[-+*/=<>()\[\]{},:.?@]")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its kind (`name`, `number`, `string`, `keyword`, `operator`, `end`), its text and where it stands."""

    kind: str
    text: str
    start: int
    end: int


class Names:
    """Names with operators or keywords inside, known beforehand, longest first."""

    def __init__(self, names: Iterable[str]) -> None:
        """Keep only the names that the lexer would not read whole by itself."""
        special = {name for name in (" ".join(name.split()) for name in names) if name and not _is_plain(name)}
        ordered = sorted(special | set(COMPOUND_NAMES), key=len, reverse=True)
        alternatives = "|".join(r"\s+".join(map(re.escape, name.split())) for name in ordered)
        self._pattern = re.compile(rf"(?:{alternatives})(?![\w{_WIDE}])")

    def match(self, text: str, position: int) -> int | None:
        """Return where the longest known name that starts here ends."""
        match = self._pattern.match(text, position)
        return match.end() if match else None


def _is_plain(name: str) -> bool:
    words = name.split()
    whole = all(_PART.fullmatch(word) and word not in KEYWORDS for word in words)
    return whole and _WORD.fullmatch(words[0]) is not None and not _INSTANCE_OF.search(name)


@lru_cache(maxsize=256)
def names_of(names: frozenset[str]) -> Names:
    """Share the prepared names of a model between its expressions."""
    return Names(names)


def place_of(text: str, position: int) -> tuple[int, int]:
    """Turn an offset into line and column, counted from 1."""
    before = text[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1


def syntax_error(message: str, text: str, position: int) -> FeelSyntaxError:
    """Make the error that names its place."""
    return FeelSyntaxError(message, *place_of(text, position))


def tokenize(text: str, names: Names) -> list[Token]:
    """Split a whole expression; the last token is `end`."""
    if len(text) > TEXT_LIMIT:
        raise FeelLimitError("characters in an expression", TEXT_LIMIT)
    return [*_tokens(text, names), Token("end", "", len(text), len(text))]


def _tokens(text: str, names: Names) -> Iterator[Token]:
    position = _skip_space(text, 0)
    while position < len(text):
        token = _next(text, position, names)
        yield token
        position = _skip_space(text, token.end)


def _skip_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _next(text: str, position: int, names: Names) -> Token:
    if (end := names.match(text, position)) is not None or _WORD.match(text, position):
        return _word(text, position, end, names)
    if match := _NUMBER.match(text, position):
        return Token("number", match[0], position, match.end())
    if match := _STRING.match(text, position):
        return Token("string", unescape(match[0][1:-1]), position, match.end())
    if match := _QUOTED_NAME.match(text, position):
        return Token("name", match[1], position, match.end())
    if match := _OPERATOR.match(text, position):
        return Token("operator", match[0], position, match.end())
    raise syntax_error(f"unexpected {text[position]!r}", text, position)


def _word(text: str, start: int, known_end: int | None, names: Names) -> Token:
    match = _WORD.match(text, start)
    if known_end is None and match:
        if instance := _INSTANCE_OF.match(text, start):
            return Token("keyword", "instance of", start, instance.end())
        if match[0] in KEYWORDS:
            return Token("keyword", match[0], start, match.end())
    end = max(known_end or 0, match.end() if match else 0)
    while (longer := _one_more_word(text, end, names)) is not None:
        end = longer
    return Token("name", " ".join(text[start:end].split()), start, end)


def _one_more_word(text: str, end: int, names: Names) -> int | None:
    position = _skip_blanks(text, end)
    if position == end:
        return None
    known = names.match(text, position)
    if known is not None:
        return known
    match = _PART.match(text, position)
    if match is None or match[0] in KEYWORDS or _INSTANCE_OF.match(text, position):
        return None
    return match.end()


def _skip_blanks(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _character(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    if code:
        number = int(code, 16)
        return chr(number) if number <= 0x10FFFF else match[0]
    return _ESCAPES.get(match[3], match[0])


def unescape(text: str) -> str:
    """Resolve the escapes of a string literal; a pair of surrogates becomes the character it stands for."""
    if "\\" not in text:
        return text
    plain = _ESCAPE.sub(_character, text)
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
