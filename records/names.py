"""Chinese names as they are sorted and searched: pinyin without tones, and its initials."""

from __future__ import annotations

from pypinyin import Style, lazy_pinyin


def name_key(text: str) -> str:
    """Pinyin of the text, lower case, without spaces: 柳州螺蛳粉 becomes liuzhouluosifen."""
    return "".join(lazy_pinyin(text)).lower().replace(" ", "")[:200]


def name_initials(text: str) -> str:
    """The first letters of the text's pinyin: 柳州螺蛳粉 becomes lzlsf."""
    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower().replace(" ", "")[:120]
