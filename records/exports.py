"""Lists as files: CSV for any program, XLSX for a spreadsheet. Text stays text: nothing in a cell is ever a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, WriteOnlyCell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from records.base import json_safe

BYTE_ORDER_MARK = "\ufeff"  # tells spreadsheets that the file is UTF-8
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Row = Sequence[object]


def csv_lines(headings: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """The list as CSV, piece by piece."""
    yield BYTE_ORDER_MARK + _csv_line(headings)
    for row in rows:
        yield _csv_line([harmless(text_of(value)) for value in row])


def xlsx(title: str, headings: Sequence[str], rows: Iterable[Row]) -> bytes:
    """The list as one sheet of a workbook."""
    return workbook_of([(title, headings, rows)])


def workbook_of(sheets: Iterable[tuple[str, Sequence[str], Iterable[Row]]]) -> bytes:
    """Several lists, each as a sheet: its title, its headings, its rows."""
    workbook = Workbook(write_only=True)
    for title, headings, rows in sheets:
        sheet = workbook.create_sheet(title[:31])
        sheet.freeze_panes = "A2"
        sheet.append([_cell(sheet, heading) for heading in headings])
        for row in rows:
            sheet.append([_cell(sheet, value) for value in row])
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def text_of(value: object) -> str:
    """A value as a cell shows it."""
    safe = json_safe(value)
    return "" if safe is None else str(safe)


def _csv_line(values: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula, full-width signs included."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _cell(sheet: WriteOnlyWorksheet, value: object) -> Cell:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return WriteOnlyCell(sheet, value)
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text_of(value)))
    cell.data_type = "s"
    return cell
