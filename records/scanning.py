"""What an announcement must not contain: personal numbers, placeholders, secret words; and the links it names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from urllib.parse import urlsplit

from records.seed_files import read_seed


class IssueKind(StrEnum):
    """What was found."""

    IDENTITY_NUMBER = "identity_number"
    MOBILE_NUMBER = "mobile_number"
    BANK_CARD = "bank_card"
    PLACEHOLDER = "placeholder"
    LINK = "link"
    SECRET_WORD = "secret_word"  # noqa: S105 - a kind of finding


#: personal numbers and secret words may not be public; a placeholder may not go out at all; links are only shown
ALWAYS_BLOCKING = frozenset({IssueKind.PLACEHOLDER})
BLOCKING_IN_PUBLIC = frozenset(
    {IssueKind.IDENTITY_NUMBER, IssueKind.MOBILE_NUMBER, IssueKind.BANK_CARD, IssueKind.SECRET_WORD}
)


@dataclass(frozen=True)
class Issue:
    """Something in a text; personal numbers are shown masked."""

    kind: IssueKind
    excerpt: str

    def blocks(self, is_public: object) -> bool:
        """Whether the announcement may not go out with it."""
        return self.kind in ALWAYS_BLOCKING or (bool(is_public) and self.kind in BLOCKING_IN_PUBLIC)


_SEPARATED = r"[ \-\u00a0·.]?"
_DIGITS = re.compile(rf"(?<![\d])\d(?:{_SEPARATED}\d){{10,18}}(?!\d)")
_IDENTITY = re.compile(rf"(?<![\dA-Za-z])\d(?:{_SEPARATED}\d){{16}}{_SEPARATED}[\dXx](?![\dA-Za-z])")
_MOBILE = re.compile(r"(?:86)?(1[3-9]\d{9})")
_PLACEHOLDER = re.compile(
    r"\{\{.*?\}\}|\{[A-Za-z_][\w.]*\}|【(?:待|请)[^】]{0,20}】|[Xx×]{3,}|_{4,}|〔\s*〕|[(（](?:待补充|略)[)）]|待填写"
)
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"'，。；、）)】]+", re.IGNORECASE)
_HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
SHORTEST_CARD, LONGEST_CARD = 16, 19


def scan(text: str, secret_words: Iterable[str] | None = None) -> list[Issue]:
    """Everything of note in a text, each once. Full-width digits, blanks and hidden characters do not deceive it."""
    plain = _HIDDEN.sub("", unicodedata.normalize("NFKC", text))
    words = seeded_words() if secret_words is None else tuple(secret_words)
    found = [*_identities(plain), *_numbers(plain), *_placeholders(plain), *_links(plain), *_secrets(plain, words)]
    return list(dict.fromkeys(found))


@cache
def seeded_words() -> tuple[str, ...]:
    """The secret words of ``seeds/secret_words.csv``."""
    return tuple(row["word"] for row in read_seed("secret_words"))


def is_identity_number(number: str) -> bool:
    """Whether it is an 18-digit citizen number: a date of birth and the check character (GB 11643)."""
    if not re.fullmatch(r"[1-9]\d{16}[\dXx]", number):
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return _CHECKS[total % 11] == number[17].upper()


def is_bank_card(number: str) -> bool:
    """Whether it is a card number: 16 to 19 digits, an issuer's first digit and the Luhn check."""
    if not SHORTEST_CARD <= len(number) <= LONGEST_CARD or number[0] not in "3456" or len(set(number)) == 1:
        return False
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def masked(number: str) -> str:
    """A number of which only the ends can be read."""
    return f"{number[:3]}{'*' * (len(number) - 5)}{number[-2:]}"


def _identities(text: str) -> Iterator[Issue]:
    for found in _IDENTITY.finditer(text):
        number = re.sub(r"[^\dXx]", "", found.group())
        if is_identity_number(number):
            yield Issue(IssueKind.IDENTITY_NUMBER, masked(number))


def _numbers(text: str) -> Iterator[Issue]:
    for found in _DIGITS.finditer(text):
        number = re.sub(r"\D", "", found.group())
        if is_identity_number(number):
            continue
        if is_bank_card(number):
            yield Issue(IssueKind.BANK_CARD, masked(number))
        elif mobile := _MOBILE.fullmatch(number):
            yield Issue(IssueKind.MOBILE_NUMBER, masked(mobile[1]))


def _placeholders(text: str) -> Iterator[Issue]:
    for found in _PLACEHOLDER.finditer(text):
        yield Issue(IssueKind.PLACEHOLDER, found.group()[:40])


def _links(text: str) -> Iterator[Issue]:
    for found in _LINK.finditer(text):
        try:
            host = urlsplit(found.group()).hostname or found.group()
        except ValueError:
            host = found.group()
        yield Issue(IssueKind.LINK, host[:80])


def _secrets(text: str, words: Iterable[str]) -> Iterator[Issue]:
    squeezed = re.sub(r"\s+", "", text)
    for word in words:
        if word in squeezed:
            yield Issue(IssueKind.SECRET_WORD, word)
