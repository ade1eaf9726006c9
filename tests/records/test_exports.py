"""Lists as files: text stays text."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal

from openpyxl import load_workbook

from records.exports import csv_lines, xlsx

HEADINGS = ["名称", "数量", "日期"]
ROWS = [
    ["=1+1", 3, date(2026, 11, 18)],
    ["@x,y", Decimal("2.50"), datetime(2026, 11, 18, 1, tzinfo=UTC)],
    ["a\x01b", None, True],
]


def test_csv_opens_as_utf8_and_runs_nothing() -> None:
    text = "".join(csv_lines(HEADINGS, ROWS))
    assert text.startswith("\ufeff名称,数量,日期\r\n'=1+1,3,2026-11-18\r\n")
    assert '"\'@x,y",2.5,2026-11-18T01:00:00+00:00' in text


def test_a_spreadsheet_has_text_and_numbers_but_no_formula() -> None:
    sheet = load_workbook(io.BytesIO(xlsx("主体", HEADINGS, ROWS))).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == HEADINGS
    assert rows[1] == ["=1+1", 3, "2026-11-18"]
    assert rows[3] == ["ab", None, "True"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
