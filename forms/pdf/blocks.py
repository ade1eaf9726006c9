"""The building blocks of a document: paragraphs, fields, tables, ticked choices, signatures, the seal."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PIL import Image as Picture
from PIL import UnidentifiedImageError
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, HRFlowable, Image, KeepTogether, Spacer, Table

from forms.pdf.page import BOLD, GREY, REGULAR, RULE, WIDTH
from forms.pdf.text import Style, Text, width_of

#: gives the bytes of an attachment by its id, None when it cannot be had
Images = Callable[[str], bytes | None]

TITLE = Style(BOLD, size=20, leading=30, align="center", after=2)
NUMBER = Style(REGULAR, size=10, leading=16, align="center", colour=GREY, after=8)
RED = HexColor("#b3261e")
RED_HEAD = Style(BOLD, size=24, leading=36, align="center", colour=RED, after=2)
BODY = Style(REGULAR, size=11, leading=18.5, indent=2, after=4)
PLAIN = Style(REGULAR, size=11, leading=18.5, after=3)
HEADING = Style(BOLD, size=11.5, leading=20, before=8, after=4)
NOTE = Style(REGULAR, size=8.5, leading=13.5, colour=GREY, before=4)
LABEL = Style(REGULAR, size=9.5, leading=15, colour=GREY)
CELL = Style(REGULAR, size=10, leading=15.5)
HEAD = Style(BOLD, size=9.5, leading=15)
CENTRED = Style(REGULAR, size=10, leading=15.5, align="center")
RIGHT = Style(REGULAR, size=11, leading=20, align="right")
DAY = Style(REGULAR, size=9.5, leading=15, align="right")
SECTION = Style(BOLD, size=10, leading=15.5)
SHADE, BAND = HexColor("#eef3f1"), HexColor("#f6f8f7")
TICKED, UNTICKED = "■", "□"
SIGNATURE_HEIGHT, SIGNATURE_WIDTH = 16 * mm, 44 * mm
MAX_PIXELS = 20_000_000
#: characters of one cell from which its row may break across pages
TALL = 500

_GRID: list[tuple[Any, ...]] = [
    ("GRID", (0, 0), (-1, -1), 0.5, RULE),
    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ("LEFTPADDING", (0, 0), (-1, -1), 5),
    ("RIGHTPADDING", (0, 0), (-1, -1), 5),
    ("TOPPADDING", (0, 0), (-1, -1), 3.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 4.5),
]

_FLUSH: list[tuple[Any, ...]] = [
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
]


def red_head(authority: str) -> list[Flowable]:
    """The head of an official announcement: who issues it, in red, above a red rule."""
    return [Text(authority, RED_HEAD), HRFlowable(width="100%", thickness=1.6, color=RED, spaceBefore=2, spaceAfter=10)]


def heading(text: str) -> list[Flowable]:
    """A heading that has room for some of what it heads."""
    return [CondPageBreak(62 * mm), Text(text, HEADING)]


def fields(rows: Sequence[tuple[str, str]], pairs: int) -> list[Flowable]:
    """Labels and values in a ruled table, ``pairs`` of them side by side; a long value takes the whole row."""
    label_width = 27 * mm
    value_width = (WIDTH - pairs * label_width) / pairs
    lines: list[list[Flowable | str]] = []
    spans: list[tuple[Any, ...]] = []
    row: list[Flowable | str] = []
    for label, value in rows:
        is_long = pairs > 1 and width_of(value, CELL) > value_width - 12
        if row and (is_long or len(row) == 2 * pairs):
            row = _close(row, lines, spans, pairs)
        row += [Text(label, LABEL), Text(value, CELL)]
        if is_long:
            row = _close(row, lines, spans, pairs)
    if row:
        _close(row, lines, spans, pairs)
    shades = [("BACKGROUND", (2 * n, 0), (2 * n, -1), SHADE) for n in range(pairs)]
    widths = [label_width, value_width] * pairs
    unshade = [("BACKGROUND", start, end, HexColor("#ffffff")) for _, start, end in spans]
    table = Table(lines, colWidths=widths, style=[*_GRID, *shades, *unshade, *spans], splitInRow=_tall(rows))
    return [table, Spacer(1, 4 * mm)]


def _close(row: list[Any], lines: list[list[Any]], spans: list[tuple[Any, ...]], pairs: int) -> list[Any]:
    if len(row) < 2 * pairs:
        spans.append(("SPAN", (len(row) - 1, len(lines)), (2 * pairs - 1, len(lines))))
        row += [""] * (2 * pairs - len(row))
    lines.append(row)
    return []


def table(columns: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, str]], group: str | None) -> list[Flowable]:
    """A table whose head repeats on every page; a band opens each group."""
    total = sum(column["width"] for column in columns)
    widths = [WIDTH * column["width"] / total for column in columns]
    lines: list[list[Flowable | str]] = [[Text(column["label"], HEAD) for column in columns]]
    commands: list[tuple[Any, ...]] = [*_GRID, ("BACKGROUND", (0, 0), (-1, 0), SHADE)]
    opened = None
    for row in rows:
        if group and row.get(group) != opened:
            opened = row.get(group)
            start, end = (0, len(lines)), (-1, len(lines))
            commands += [("SPAN", start, end), ("BACKGROUND", start, end, BAND)]
            commands.append(("NOSPLIT", start, (-1, len(lines) + 1)))
            lines.append([Text(opened or "", SECTION), *([""] * (len(columns) - 1))])
        lines.append([_cell(column, row) for column in columns])
    tall = _tall([pair for row in rows for pair in row.items()])
    return [Table(lines, colWidths=widths, repeatRows=1, style=commands, splitInRow=tall), Spacer(1, 4 * mm)]


def _tall(pairs: Sequence[tuple[str, str]]) -> int:
    """1 when a text may be taller than a page, so that its row must be allowed to break."""
    return int(any(len(text) > TALL for _name, text in pairs))


def _cell(column: Mapping[str, Any], row: Mapping[str, str]) -> Flowable:
    return Text(row.get(column["key"], ""), CENTRED if column.get("align") == "center" else CELL)


def choices(options: Sequence[tuple[str, str]], chosen: object) -> str:
    """The options with the chosen one ticked."""
    return "　　".join(f"{TICKED if value == chosen else UNTICKED} {label}" for value, label in options)


def signatures(blocks: Sequence[tuple[str, str, str | None, str]], images: Images) -> list[Flowable]:
    """Two signature fields side by side: label, name, picture of the signature, date."""
    cells = [_signature(*block, images) for block in blocks]
    if len(cells) % 2:
        cells.append("")
    lines = [cells[n : n + 2] for n in range(0, len(cells), 2)]
    commands = [*_GRID, ("VALIGN", (0, 0), (-1, -1), "TOP")]
    return [Table(lines, colWidths=[WIDTH / 2] * 2, style=commands), Spacer(1, 3 * mm)]


def _signature(label: str, name: str, picture: str | None, day: str, images: Images) -> Any:
    parts: list[Flowable] = [Text(label, LABEL)]
    drawn = _picture(images(picture)) if picture else None
    parts.append(drawn or Spacer(1, SIGNATURE_HEIGHT))
    foot = Table([[Text(name, CELL), Text(day, DAY)]], colWidths=[WIDTH / 2 - 42 * mm, 36 * mm], style=_FLUSH)
    return [*parts, foot]


def _picture(content: bytes | None) -> Flowable | None:
    if content is None:
        return None
    try:
        with Picture.open(io.BytesIO(content)) as opened:
            width, height = opened.size
            if width * height > MAX_PIXELS:
                return None
            flat = _on_white(opened)
    except (UnidentifiedImageError, OSError, Picture.DecompressionBombError):
        return None
    scale = min(SIGNATURE_WIDTH / width, SIGNATURE_HEIGHT / height)
    return Image(flat, width * scale, height * scale, hAlign="LEFT")


def _on_white(opened: Picture.Image) -> io.BytesIO:
    paper = Picture.new("RGB", opened.size, "white")
    ink = opened.convert("RGBA")
    paper.paste(ink, mask=ink.getchannel("A"))
    target = io.BytesIO()
    paper.save(target, "PNG")
    target.seek(0)
    return target


def seal(lines: Sequence[str]) -> list[Flowable]:
    """The authority and the date at the right, room above for the seal."""
    return [Spacer(1, 8 * mm), *(Text(line, RIGHT) for line in lines)]


def together(parts: Sequence[Flowable]) -> list[Flowable]:
    """On one page; a table among them may begin on the page before, but its last row stays with what follows it."""
    return [_Together(parts)]


class _Together(KeepTogether):  # type: ignore[misc]
    """Moves to the next page whole only when its table has no row to leave behind."""

    def split(self, width: float, height: float) -> list[Flowable]:
        """What stands on this page, then the rest."""
        parts: list[Flowable] = list(self._content)
        at = next((number for number, part in enumerate(parts) if isinstance(part, Table)), None)
        is_tight = any(isinstance(part, CondPageBreak) and part.height > height for part in parts)
        if at is not None and not is_tight and sum(_taken(part, width) for part in parts) > height:
            before, rows = parts[:at], parts[at]
            room = min(height - sum(_taken(part, width) for part in before), _taken(rows, width) - 1)
            halves = rows.split(width, room) if room > 0 else []
            if len(halves) == 2:
                return [*before, halves[0], KeepTogether([halves[1], *parts[at + 1 :]])]
        whole: list[Flowable] = super().split(width, height)
        return whole


def _taken(part: Flowable, width: float) -> float:
    """How much of a page's height a part takes."""
    return float(part.wrap(width, A4[1])[1]) + float(part.getSpaceBefore()) + float(part.getSpaceAfter())
