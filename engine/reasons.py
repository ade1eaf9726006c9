"""Reasons that people give: trimmed, long enough to say something, short enough to be read."""

from __future__ import annotations

from engine.errors import ReasonMissingError
from engine.step_errors import ReasonTooShortError

LONGEST = 1000
#: characters of a reason for going back (processes.md: ">= 10 characters")
ENOUGH = 10


def reason_of(text: str, least: int = 1) -> str:
    """The reason as it is kept. Raises ReasonMissingError, or ReasonTooShortError below ``least`` characters."""
    said = text.replace("\x00", "").strip()[:LONGEST]
    if not said:
        raise ReasonMissingError
    if len(said) < least:
        raise ReasonTooShortError(count=least)
    return said
