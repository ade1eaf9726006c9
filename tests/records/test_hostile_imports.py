"""Files that nobody should send: each is refused in a sentence, or its rows are, each with its place and its reason."""

from __future__ import annotations

import io
import random
import zipfile

import pytest
from openpyxl import Workbook

from records.errors import DomainError
from records.import_columns import COLUMNS, HEADING_SENTENCES, ImportKind
from records.import_files import MOST_LINES, MOST_ROWS, TooManyRowsError, UnreadableTableError, read_table
from records.imports import EmptyTableError, ImportState, MissingColumnsError
from records.trace_model import Lot
from records.vouchers import Voucher
from tests.records.chain import Chain
from tests.records.import_desk import Desk, csv_of, event_row, lot_row, voucher_row, xlsx_of

ROWS = {ImportKind.LOTS: lot_row, ImportKind.VOUCHERS: voucher_row, ImportKind.EVENTS: event_row}
TEXTS = (
    "=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "<script>alert(1)</script>", "' OR 1=1; --", "长" * 499, "9" * 400, "NaN",
    "-Infinity", "1E-999999999", "1e999999999", "-1", "0", "0.0000001", "9999999999", "９９", "²", "0001-01-01",
    "9999-12-31", "2026-02-30", "0001-01-01 00:00", "9999-12-31 23:59", "2026-11-18 25:61", "2026-11-18 09:00+99:99",
    "\u202egpj.exe", "Z͑ͫ̓ͪ̂", "\U0001f600", "a,b", 'say "x"', "1_0", "01ARZ3NDEKTSV4RRFFQ69G5FAV",
)  # fmt: skip


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@pytest.mark.parametrize("kind", ImportKind)
def test_every_cell_with_everything_is_refused_by_name_or_kept(desk: Desk, chain: Chain, kind: ImportKind) -> None:
    """One row for each column and each text; those that are taken are entered whole."""
    rows = []
    for column in COLUMNS[kind]:
        for text in TEXTS:
            row = ROWS[kind](chain, f"独-{len(rows)}")
            rows.append({key: quoted(value) for key, value in (row | {column.key: text}).items()})
    batch = desk.send(kind, csv_of(rows))
    assert batch.state is ImportState.CHECKED
    columns = {column.key for column in COLUMNS[kind]}
    assert all(problem["column"] in columns or problem["column"] is None for problem in batch.problems)
    assert all(problem["sentence"] and 2 <= problem["row"] <= len(rows) + 1 for problem in batch.problems)
    assert {problem["row"] for problem in batch.problems} >= set(batch.refused)
    assert batch.accepted + len(batch.refused) == len(rows)
    done = desk.confirm(batch)
    assert (done.state, done.accepted) == (ImportState.DONE, batch.accepted)


def test_a_text_that_does_not_fit_is_refused_not_cut(desk: Desk, chain: Chain) -> None:
    rows = [lot_row(chain, "批" * 81), lot_row(chain, "批" * 80), lot_row(chain, "名", product_name="名" * 121)]
    batch = desk.send(ImportKind.LOTS, csv_of(rows))
    assert [(each["row"], each["column"], each["params"]) for each in batch.problems] == [
        (2, "tlc", {"count": 80}),
        (4, "product_name", {"count": 120}),
    ]
    numbers = [voucher_row(chain, "号" * 49), voucher_row(chain, "号" * 48 + "甲")]
    refused = desk.send(ImportKind.VOUCHERS, csv_of(numbers))
    assert [(each["row"], each["column"]) for each in refused.problems] == [(2, "no"), (3, "no")]


def test_many_lines_of_the_largest_quantity_are_no_server_error(desk: Desk, chain: Chain) -> None:
    most = {"quantity": "9999999999.999", "unit": "吨", "price": "9999999999.99"}
    batch = desk.send(ImportKind.VOUCHERS, csv_of([voucher_row(chain, "巨-1", **most) for _ in range(1200)]))
    assert (batch.accepted, batch.state) == (0, ImportState.CHECKED)
    assert {each["sentence"] for each in batch.problems} == {"数字过大"}


@pytest.mark.parametrize("kind", ImportKind)
def test_files_without_the_headings_are_refused(desk: Desk, kind: ImportKind) -> None:
    for content in (b"a,b\n1,2\n", "数量,单位\n1,kg\n".encode("gbk"), xlsx_of([{"no": "1"}])):
        with pytest.raises((MissingColumnsError, UnreadableTableError)):
            desk.send(kind, content)
    headings = ",".join(HEADING_SENTENCES[column.key] for column in COLUMNS[kind])
    for content in (headings, headings + "\n" + "," * 20 + "\n\n  \n"):
        with pytest.raises(EmptyTableError):
            desk.send(kind, content.encode("utf-8-sig"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_offices_encodings(desk: Desk, chain: Chain, encoding: str) -> None:
    content = csv_of([lot_row(chain, "编-1")]).decode("utf-8-sig").encode(encoding)
    assert desk.send(ImportKind.LOTS, content).accepted == 1


def test_a_file_may_be_called_anything(desk: Desk, chain: Chain) -> None:
    name = "../\x00\x1b[31m" + "长" * 500 + ".csv"
    assert desk.send(ImportKind.LOTS, csv_of([lot_row(chain, "名-1")]), name).filename == "长" * 196 + ".csv"


def test_mixed_encodings_are_refused_or_read_never_half(desk: Desk, chain: Chain) -> None:
    lines = csv_of([lot_row(chain, "混-1"), lot_row(chain, "混-2")]).splitlines(keepends=True)
    mixed = lines[0] + lines[1] + lines[2].decode().encode("gb18030")
    try:
        batch = desk.send(ImportKind.LOTS, mixed)
    except DomainError:
        return
    assert batch.accepted <= 1


def test_a_hundred_thousand_rows_are_too_many() -> None:
    with pytest.raises(TooManyRowsError):
        read_table(b"a,b\n" + b"1,2\n" * 100_000)
    with pytest.raises(TooManyRowsError):
        read_table(b"a,b\n" + b",\n" * (MOST_LINES + 1))
    assert len(read_table(b"a,b\n" + b"1,2\n" * MOST_ROWS)) == MOST_ROWS


def test_a_bomb_is_not_opened() -> None:
    """Ten megabytes of nothing, a hundred times: a file of some kilobytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(13):
            packed.writestr(f"xl/worksheets/sheet{number}.xml", b" " * 10_000_000)
    assert len(out.getvalue()) < 200_000
    with pytest.raises(UnreadableTableError):
        read_table(out.getvalue())


def test_entities_are_not_expanded() -> None:
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    cell = "<sheetData><row><c><v>&l11;</v></c></row></sheetData>"
    sheet = f'<!DOCTYPE x [<!ENTITY l0 "lol">{lol}]><worksheet>{cell}</worksheet>'
    with pytest.raises(UnreadableTableError):
        read_table(_with_sheet(sheet.encode()))


def test_merged_cells_and_formulas(desk: Desk, chain: Chain) -> None:
    book = Workbook()
    rows = [lot_row(chain, "并-1"), lot_row(chain, "并-2"), lot_row(chain, "并-3", quantity="=1+1")]
    book.active.append([HEADING_SENTENCES[key] for key in rows[0]])
    for row in rows:
        book.active.append(list(row.values()))
    book.active.merge_cells("A2:A3")
    out = io.BytesIO()
    book.save(out)
    batch = desk.send(ImportKind.LOTS, out.getvalue())
    assert [(each["row"], each["column"], each["sentence"]) for each in batch.problems] == [
        (3, "tlc", "必填"),
        (4, "quantity", "必填"),
    ]
    assert batch.accepted == 1


def test_the_same_row_twice_is_refused_twice_not_entered_twice(desk: Desk, chain: Chain) -> None:
    for kind, count in ((ImportKind.LOTS, Lot), (ImportKind.VOUCHERS, Voucher)):
        before = desk.count(count)
        rows = [ROWS[kind](chain, "同-1")] * 3
        batch = desk.send(kind, csv_of(rows))
        if batch.accepted:
            desk.confirm(batch)
        assert desk.count(count) - before <= 1


def test_damaged_workbooks_are_refused_in_a_sentence() -> None:
    """Two hundred workbooks, each broken in another place."""
    chance = random.Random(20261118)
    whole = xlsx_of([{"no": "1", "quantity": "5"}])
    with zipfile.ZipFile(io.BytesIO(whole)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    for _ in range(200):
        broken = dict(parts)
        name = chance.choice(list(parts))
        content = bytearray(parts[name])
        if chance.random() < 0.3:
            del broken[name]
        elif chance.random() < 0.5:
            broken[name] = bytes(content[: chance.randrange(len(content))])
        else:
            for _turn in range(4):
                content[chance.randrange(len(content))] = chance.randrange(256)
            broken[name] = bytes(content)
        file = bytearray(_packed(broken))
        if chance.random() < 0.3:
            file[chance.randrange(len(file))] ^= 0xFF
        try:
            read_table(bytes(file))
        except DomainError:
            continue


def _packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return out.getvalue()


def _with_sheet(sheet: bytes) -> bytes:
    """A workbook whose first sheet is this."""
    with zipfile.ZipFile(io.BytesIO(xlsx_of([{"no": "1"}]))) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    return _packed(parts | {"xl/worksheets/sheet1.xml": sheet})
