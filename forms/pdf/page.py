"""The sheet: A4, a head with the authority, a foot with page numbers, QR code and the fingerprint of what is said."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import segno
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from forms.pdf.text import clean

REGULAR, BOLD = "SujianSans", "SujianSans-Bold"
MARGIN, TOP, BOTTOM = 22 * mm, 26 * mm, 30 * mm
WIDTH = A4[0] - 2 * MARGIN
GREY: Color = HexColor("#5f6b67")
RULE: Color = HexColor("#9aa5a1")
ACCENT: Color = HexColor("#0f5c4d")
ACROSS: Color = HexColor("#b3261e")
QR_SIZE = 19 * mm


class FontMissingError(FileNotFoundError):
    """The Chinese font is not where it should be; documents cannot be printed."""


def load_fonts(regular: Path) -> None:
    """Register the Chinese font (once per process), and its bold cut when it lies beside it."""
    if REGULAR in pdfmetrics.getRegisteredFontNames():
        return
    if not regular.is_file():
        raise FontMissingError(str(regular))
    bold = regular.with_name(regular.name.replace("Regular", "Bold"))
    pdfmetrics.registerFont(TTFont(REGULAR, str(regular)))
    pdfmetrics.registerFont(TTFont(BOLD, str(bold if bold.is_file() else regular)))


@dataclass(frozen=True)
class Sheet:
    """What stands on every page around the text. Words of the frame come from the template file."""

    authority: str
    title: str
    no: str
    address: str
    fingerprint: str
    page_words: str
    verify_words: str
    subject: str
    across: str = ""  # printed across every page


def build(sheet: Sheet, story: Sequence[Flowable]) -> bytes:
    """The PDF's bytes."""
    target = io.BytesIO()
    document = BaseDocTemplate(
        target,
        pagesize=A4,
        title=f"{sheet.title} {sheet.no}",
        author=sheet.authority,
        subject=sheet.subject,
        creator="Sujian",
        invariant=1,
    )
    frame = Frame(
        MARGIN, BOTTOM, WIDTH, A4[1] - TOP - BOTTOM, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0
    )
    document.addPageTemplates(PageTemplate(frames=[frame]))
    document.build(list(story), canvasmaker=lambda *args, **options: _FramedCanvas(sheet, *args, **options))
    return target.getvalue()


class _FramedCanvas(Canvas):  # type: ignore[misc]
    """Holds pages back until their number is known, then draws the frame on each."""

    def __init__(self, sheet: Sheet, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self._sheet, self._pages = sheet, list[dict[str, object]]()
        self._qr = ImageReader(io.BytesIO(_qr_png(sheet.address)))

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        """Keep the page for later."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Draw the frames and write the file."""
        for number, page in enumerate(self._pages, 1):
            self.__dict__.update(page)
            self._draw_across()
            self._draw_head()
            self._draw_foot(number, len(self._pages))
            super().showPage()
        super().save()

    def _draw_across(self) -> None:
        if not self._sheet.across:
            return
        self.saveState()
        self.translate(A4[0] / 2, A4[1] / 2)
        self.rotate(48)
        self.setFont(BOLD, 84)
        self.setFillColor(ACROSS)
        self.setFillAlpha(0.13)
        self.drawCentredString(0, -30, clean(self._sheet.across, BOLD))
        self.restoreState()

    def _draw_head(self) -> None:
        y = A4[1] - 17 * mm
        self.setFont(REGULAR, 9)
        self.setFillColor(GREY)
        self.drawString(MARGIN, y, clean(self._sheet.authority, REGULAR)[:40])
        self.drawRightString(A4[0] - MARGIN, y, clean(self._sheet.no, REGULAR)[:60])
        self.setStrokeColor(ACCENT)
        self.setLineWidth(0.8)
        self.line(MARGIN, y - 5, A4[0] - MARGIN, y - 5)

    def _draw_foot(self, number: int, total: int) -> None:
        sheet, left = self._sheet, MARGIN + QR_SIZE + 4 * mm
        self.setStrokeColor(RULE)
        self.setLineWidth(0.4)
        self.line(MARGIN, BOTTOM - 4 * mm, A4[0] - MARGIN, BOTTOM - 4 * mm)
        self.drawImage(self._qr, MARGIN, BOTTOM - 5 * mm - QR_SIZE, QR_SIZE, QR_SIZE)
        self.setFillColor(GREY)
        self.setFont(REGULAR, 8)
        lines = (sheet.verify_words, sheet.address, f"SHA-256  {sheet.fingerprint}")
        for row, line in enumerate(lines):
            self.setFont(REGULAR, 8 if row == 0 else 6.8)
            self.drawString(left, BOTTOM - (10.5 + row * 4) * mm, clean(line, REGULAR))
        self.setFont(REGULAR, 8.5)
        words = sheet.page_words.replace("{page}", str(number)).replace("{pages}", str(total))
        self.drawRightString(A4[0] - MARGIN, BOTTOM - 10.5 * mm, words)


def _qr_png(address: str) -> bytes:
    target = io.BytesIO()
    segno.make(address, error="m", micro=False).save(target, kind="png", scale=6, border=1)
    return target.getvalue()
