"""Unified social credit codes (GB 32100-2015): 17 characters and a check character."""

from __future__ import annotations

import re

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_SHAPE = re.compile(rf"[{ALPHABET}]{{2}}\d{{6}}[{ALPHABET}]{{10}}")


def credit_code_for(body: str) -> str:
    """The 17 characters of ``body`` with their check character."""
    weighted = sum(ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(body))
    return body + ALPHABET[-weighted % 31]


def credit_code_is_valid(code: str) -> bool:
    """True when the code has the standard's shape and its check character is right."""
    return bool(_SHAPE.fullmatch(code)) and credit_code_for(code[:17]) == code
