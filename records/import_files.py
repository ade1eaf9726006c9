"""Tables as files come in: CSV in the encodings of offices, XLSX without formulas; capped before they are opened."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from openpyxl import load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils.exceptions import InvalidFileException

from records.errors import DomainError

MOST_ROWS = 50_000
#: lines read before the file is given up, empty ones too
MOST_LINES = 2 * MOST_ROWS
#: bytes that a workbook may unpack to
MOST_UNPACKED = 120_000_000
LONGEST_CELL = 500
ENCODINGS = ("utf-8-sig", "gb18030")
XLSX_START = b"PK\x03\x04"
#: what reading a workbook that is none, or is damaged, may raise; broken XML is a SyntaxError
BROKEN = (
    zipfile.BadZipFile, zlib.error, InvalidFileException, SyntaxError, ValueError, TypeError, AttributeError,
    LookupError, ArithmeticError, RuntimeError, EOFError, OSError,
)  # fmt: skip


class UnreadableTableError(DomainError):
    """The file is no table that can be read."""

    slug = "unreadable-table"
    sentence = "文件无法读取，请使用下载的模板（XLSX 或 CSV）"


class TooManyRowsError(DomainError):
    """The file has more rows than one import takes."""

    slug = "too-many-rows"
    sentence = "一次最多导入 %(most)s 行，请分成几个文件"


@dataclass(frozen=True)
class TableRow:
    """A row as it stands in the file: its number there (the heading is row 1), and its cells as text by heading."""

    number: int
    cells: dict[str, str]


def read_table(content: bytes) -> list[TableRow]:
    """The rows of a file's first sheet; empty ones are left out. Raises UnreadableTableError, TooManyRowsError."""
    lines = _xlsx_lines(content) if content.startswith(XLSX_START) else _csv_lines(content)
    headings: list[str] = []
    rows: list[TableRow] = []
    for number, line in enumerate(lines, start=1):
        if number > MOST_LINES:
            raise TooManyRowsError(most=MOST_ROWS)
        cells = [_clean(cell) for cell in line]
        if not any(cells):
            continue
        if not headings:
            headings = [cell.rstrip("*＊ ") for cell in cells]
            continue
        if len(rows) >= MOST_ROWS:
            raise TooManyRowsError(most=MOST_ROWS)
        rows.append(TableRow(number, {name: cell for name, cell in zip(headings, cells, strict=False) if name}))
    if not headings:
        raise UnreadableTableError
    return rows


def _csv_lines(content: bytes) -> Iterator[Sequence[object]]:
    text = _decoded(content)
    try:
        yield from csv.reader(io.StringIO(text, newline=""))
    except csv.Error as error:
        raise UnreadableTableError from error


def _decoded(content: bytes) -> str:
    if b"\x00" in content:
        raise UnreadableTableError
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableTableError


def _xlsx_lines(content: bytes) -> Iterator[Sequence[object]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise UnreadableTableError
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = workbook.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its own size is not believed
        yield from sheet.iter_rows(values_only=True)
    except BROKEN as error:
        raise UnreadableTableError from error


def _clean(cell: object) -> str:
    """A cell as one line of text: whole numbers without point, days as ISO, control characters left out."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time().isoformat() == "00:00:00" else cell.isoformat(" ", "minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = " ".join(ILLEGAL_CHARACTERS_RE.sub("", str(cell)).split())
    return text[:LONGEST_CELL]
