"""Chinese text on paper: cleaned, capped, wrapped by the rules of Chinese typesetting. Never parsed as markup."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from reportlab.lib.colors import Color, black
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

#: the longest text that one field prints; the rest is on the platform
LONGEST_TEXT = 4000
CUT = "……"
#: stands for a character that the font does not have
MISSING = "〓"
NEVER_FIRST = frozenset("，。、；：！？）】》〉」』〕｝”’…—·％℃°!),.:;?]}%～")
NEVER_LAST = frozenset("（【《〈「『〔｛“‘([{￥$#＃")
_TOKENS = re.compile(r"[A-Za-z0-9_./:@+\-]+|.", re.DOTALL)


@dataclass(frozen=True)
class Style:
    """How a text looks. ``indent`` is the first line's, in characters."""

    font: str
    size: float = 10.5
    leading: float = 17
    align: str = "left"
    indent: int = 0
    colour: Color = black
    before: float = 0
    after: float = 0


def clean(text: object, font: str) -> str:
    """Printable text: control characters gone, foreign glyphs replaced, capped in length."""
    raw = "" if text is None else str(text)
    if len(raw) > LONGEST_TEXT:
        raw = raw[:LONGEST_TEXT] + CUT
    glyphs = pdfmetrics.getFont(font).face.charToGlyph
    kept = []
    for char in raw.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "):
        if char == "\n":
            kept.append(char)
        elif unicodedata.category(char)[0] != "C":
            kept.append(char if ord(char) in glyphs else MISSING)
    return "".join(kept)


def wrap(text: str, style: Style, width: float) -> list[str]:
    """The lines of a text: no closing mark begins a line, no opening mark ends one, words and numbers stay whole."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines += _wrap_paragraph(paragraph, style, width)
    return lines


def _wrap_paragraph(paragraph: str, style: Style, width: float) -> list[str]:
    lines: list[str] = []
    line, room = "", width - style.indent * style.size
    for unit in _units(paragraph, style, width):
        needed = width_of(unit, style)
        if needed > room and line:
            lines.append(line.rstrip())
            line, room = "", width
            unit = unit.lstrip()
            needed = width_of(unit, style)
        line += unit
        room -= needed
    return [*lines, line.rstrip()]


def _units(paragraph: str, style: Style, width: float) -> list[str]:
    """What must not be broken: words, marks bound to their neighbours. Nothing is wider than a line."""
    units: list[str] = []
    for token in _TOKENS.findall(paragraph):
        bound = bool(units) and (token in NEVER_FIRST or units[-1][-1] in NEVER_LAST)
        if bound and width_of(units[-1] + token, style) <= width:
            units[-1] += token
        elif width_of(token, style) <= width:
            units.append(token)
        else:
            units += list(token)
    return units


def width_of(text: str, style: Style) -> float:
    """How wide a text is on one line, in points."""
    return float(pdfmetrics.stringWidth(text, style.font, style.size))


class Text(Flowable):  # type: ignore[misc]
    """A text as a flowable: wraps to the width it is given, breaks across pages, draws plain strings."""

    def __init__(self, text: object, style: Style, lines: list[str] | None = None) -> None:
        super().__init__()
        self.style = style
        self.text = clean(text, style.font)
        self.lines = lines or []
        self._is_part = lines is not None

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """The size it takes."""
        self.width = available_width
        if not self._is_part:
            self.lines = wrap(self.text, self.style, available_width)
        self.height = len(self.lines) * self.style.leading
        return available_width, self.height

    def split(self, available_width: float, available_height: float) -> list[Flowable]:
        """The lines that fit, and the rest."""
        self.wrap(available_width, available_height)
        fitting = int(available_height // self.style.leading)
        if fitting < 1 or fitting >= len(self.lines):
            return [] if fitting < 1 else [self]
        rest = Style(**{**self.style.__dict__, "indent": 0})
        return [Text("", self.style, self.lines[:fitting]), Text("", rest, self.lines[fitting:])]

    def draw(self) -> None:
        """The lines, from the top."""
        canvas: Canvas = self.canv
        style = self.style
        canvas.setFont(style.font, style.size)
        canvas.setFillColor(style.colour)
        y = self.height - style.leading + (style.leading - style.size) / 2 + style.size * 0.12
        for number, line in enumerate(self.lines):
            indent = style.indent * style.size if number == 0 else 0
            _draw_line(canvas, line, style, indent, y, self.width)
            y -= style.leading

    def getSpaceBefore(self) -> float:  # noqa: N802 - reportlab's name
        """Space above."""
        return self.style.before

    def getSpaceAfter(self) -> float:  # noqa: N802 - reportlab's name
        """Space below."""
        return self.style.after


def _draw_line(canvas: Canvas, line: str, style: Style, indent: float, y: float, width: float) -> None:
    if style.align == "center":
        canvas.drawCentredString(width / 2, y, line)
    elif style.align == "right":
        canvas.drawRightString(width, y, line)
    else:
        canvas.drawString(indent, y, line)
