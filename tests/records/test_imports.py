"""Imports: files read, checked without a trace, entered piece by piece; what was refused comes back to be mended."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from records import imports, trace
from records.blobs import BlobStore
from records.clock import FixedClock
from records.db import Database
from records.errors import ConflictError, DomainError
from records.import_columns import COLUMNS, HEADING_SENTENCES, ImportKind
from records.import_files import TooManyRowsError, UnreadableTableError, read_table
from records.imports import EmptyTableError, ImportBatch, ImportState, MissingColumnsError
from records.lots import find_lot
from records.registry import Establishment, EstablishmentKind
from records.store import Store
from records.trace_events import events_of
from records.trace_model import Lot
from records.vouchers import Voucher
from tests.factories import SIBLING, Cast, establishment
from tests.records.chain import Chain
from tests.records.import_desk import Desk, csv_of, event_row, lot_row, voucher_row, xlsx_of


@pytest.mark.parametrize("write", [csv_of, xlsx_of])
def test_lots_are_checked_first_and_entered_when_confirmed(desk: Desk, chain: Chain, write: object) -> None:
    before = desk.count(Lot)
    batch = desk.send(ImportKind.LOTS, write([lot_row(chain, "新-1"), lot_row(chain, "新-2", unit="斤")]))  # type: ignore[operator]
    assert (batch.state, batch.accepted, batch.problems) == (ImportState.CHECKED, 2, [])
    assert desk.count(Lot) == before
    done = desk.confirm(batch)
    assert (done.state, done.accepted, done.refused) == (ImportState.DONE, 2, [])
    with desk.database.reading() as session:
        lot = find_lot(session, chain.plant.id, "新-1")
        assert lot is not None
        assert (lot.quantity, lot.source.value, lot.created_by) == (50, "import", desk.actor.id)
        [event] = events_of(session, lot.id)
        assert event.business_step.value == "commissioning"


def test_every_wrong_cell_is_named_and_the_good_rows_go_in(desk: Desk, chain: Chain) -> None:
    rows = [
        lot_row(chain, "好-1"),
        lot_row(chain, "", quantity="多", produced_on="昨天"),
        lot_row(chain, "粉-1"),
        lot_row(chain, "坏-2", unit="浪"),
        lot_row(chain, "坏-3", quantity="0"),
        lot_row(chain, "坏-4", source_code="91450203MA0000000X"),
        lot_row(chain, "坏-5", produced_on="2027-06-01"),
        lot_row(chain, "坏-6", is_made_here="大概", product_code="无"),
        lot_row(chain, "好-1"),
        lot_row(chain, "坏-7", quantity="NaN"),
        lot_row(chain, "坏-8", quantity="1e15"),
    ]
    batch = desk.send(ImportKind.LOTS, csv_of(rows))
    found = [(p["row"], p["column"], p["sentence"]) for p in batch.problems]
    assert found == [
        (3, "tlc", "必填"),
        (4, None, "该来源主体已有同一批次代码"),
        (5, None, "计量单位“%(unit)s”无法识别"),
        (6, None, "数量必须大于0"),
        (7, "source_code", "没有该信用代码的主体"),
        (8, None, "生产日期晚于今天"),
        (9, "product_code", "该来源主体没有这个产品"),
        (9, "is_made_here", "应为 %(choices)s 之一"),
        (10, None, "该来源主体已有同一批次代码"),
        (11, "quantity", "数字过大"),
        (12, "quantity", "数字过大"),
    ]
    assert batch.accepted == 1
    done = desk.confirm(batch)
    assert (done.accepted, len(done.refused)) == (1, 10)


def test_what_was_refused_comes_back_with_reasons_and_is_imported_after_mending(desk: Desk, chain: Chain) -> None:
    done = desk.confirm(desk.send(ImportKind.LOTS, csv_of([lot_row(chain, "好-1"), lot_row(chain, "坏-1", unit="浪")])))
    content = imports.refused_file(desk.blobs, done, "问题", lambda text, params: text % params if params else text)
    sheet = load_workbook(io.BytesIO(content)).active
    lines = list(sheet.iter_rows(values_only=True))
    assert len(lines) == 2
    assert lines[1][0] == "坏-1"
    assert lines[1][-1] == "计量单位“浪”无法识别"
    mended = load_workbook(io.BytesIO(content))
    heading = [cell.value for cell in mended.active[1]]
    mended.active.cell(2, heading.index("单位") + 1).value = "kg"
    out = io.BytesIO()
    mended.save(out)
    again = desk.confirm(desk.send(ImportKind.LOTS, out.getvalue()))
    assert (again.accepted, again.refused) == (1, [])


def test_vouchers_of_several_lots_are_one_voucher(desk: Desk, chain: Chain) -> None:
    rows = [voucher_row(chain, "进-1"), voucher_row(chain, "进-1", tlc="米-1", source_code=chain.mill.credit_code)]
    batch = desk.confirm(desk.send(ImportKind.VOUCHERS, csv_of([*rows, voucher_row(chain, "进-2")])))
    assert (batch.accepted, batch.problems) == (3, [])
    with desk.database.reading() as session:
        first, second = session.scalars(select(Voucher).order_by(Voucher.no)).all()
        assert (first.weight, first.amount, len(first.lines)) == (10, 85, 2)
        assert (second.from_id, second.to_id) == (chain.wholesaler.id, chain.shop.id)
    assert desk.count(Voucher) == 2
    again = desk.send(ImportKind.VOUCHERS, csv_of([voucher_row(chain, "进-1")]))
    assert [p["sentence"] for p in again.problems] == ["该凭证已登记过"]


def test_a_voucher_with_one_wrong_line_is_left_out_whole(desk: Desk, chain: Chain) -> None:
    rows = [
        voucher_row(chain, "进-1"),
        voucher_row(chain, "进-1", tlc="无此"),
        voucher_row(chain, "进-1", dated_on="2026-11-01"),
    ]
    batch = desk.send(ImportKind.VOUCHERS, csv_of(rows))
    assert batch.refused == [2, 3, 4]
    assert [(p["row"], p["column"]) for p in batch.problems] == [(3, "tlc"), (4, "dated_on")]


def test_events_are_told_and_traced(desk: Desk, chain: Chain) -> None:
    made = desk.confirm(desk.send(ImportKind.LOTS, csv_of([lot_row(chain, "新-1", is_made_here="否")])))
    assert made.accepted == 1
    own = {"source_code": chain.plant.credit_code, "tlc": "新-1"}
    rows = [
        event_row(chain, "A1"),
        event_row(chain, "A1", role="产出", quantity="9", **own),
        event_row(chain, "A2", step="发货", role="", partner_code=chain.wholesaler.credit_code, quantity="4", **own),
        event_row(chain, "A3", step="飞", **own),
        event_row(chain, "A4", occurred_at="2026-12-01 08:00", **own),
    ]
    batch = desk.confirm(desk.send(ImportKind.EVENTS, csv_of(rows)))
    assert [(p["row"], p["column"]) for p in batch.problems] == [(5, "step"), (6, None)]
    with desk.database.unit_of_work() as session:
        lot = find_lot(session, chain.plant.id, "新-1")
        assert lot is not None
        run = trace.run_trace(Store(session, desk.clock, desk.actor), lot_ids=[lot.id])
    rows_found = {(row.tlc, row.holder_name): row.quantity_left for row in trace.scope_lots(run)}
    assert rows_found["新-1", "乙粉厂"] == 5
    assert rows_found["新-1", "丙批发"] == 4
    assert rows_found["米-1", "乙粉厂"] == Decimal(-10)


def test_a_business_enters_for_itself_and_a_market_for_its_stalls(
    database: Database, blobs: BlobStore, clock: FixedClock, cast: Cast, chain: Chain, desk: Desk
) -> None:
    with database.reading() as session:
        own = session.get_one(Establishment, cast.business.establishment_id)
    shopkeeper = Desk(database, blobs, clock, cast.business)
    rows = [lot_row(chain, "自-1", source_code=own.credit_code), lot_row(chain, "他-1")]
    assert [p["sentence"] for p in shopkeeper.send(ImportKind.LOTS, csv_of(rows)).problems] == ["不是您可以登记的主体"]
    with database.unit_of_work() as session:
        stall = establishment(
            Store(session, clock, cast.admin), name="摊位", kind=EstablishmentKind.STALL, market_id=own.id
        )
    assert (
        shopkeeper.send(ImportKind.LOTS, csv_of([lot_row(chain, "摊-1", source_code=stall.credit_code)])).accepted == 1
    )
    with database.unit_of_work() as session:
        far = establishment(Store(session, clock, cast.admin), name="外区", region_code=SIBLING)
    assert desk.send(ImportKind.LOTS, csv_of([lot_row(chain, "远", source_code=far.credit_code)])).accepted == 0


def test_a_large_file_goes_on_where_it_stopped(desk: Desk, chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "PIECE", 3)
    batch = desk.send(ImportKind.LOTS, csv_of([lot_row(chain, f"大-{n}") for n in range(8)]))
    assert (batch.state, batch.done_rows, batch.accepted) == (ImportState.CHECKED, 8, 8)
    with desk.database.unit_of_work() as session:
        imports.confirm(Store(session, desk.clock, desk.actor), session.get_one(ImportBatch, batch.id))
    groups = imports.groups_of(ImportKind.LOTS, imports.rows_of(desk.blobs, batch))
    assert desk.runner._piece(desk.database, batch.id, groups)
    assert desk.batch(batch.id).done_rows == 3
    desk.runner.run(desk.database, batch.id)
    assert (desk.batch(batch.id).state, desk.batch(batch.id).accepted) == (ImportState.DONE, 8)


def test_only_its_sender_confirms_and_only_once(desk: Desk, chain: Chain, cast: Cast) -> None:
    batch = desk.send(ImportKind.LOTS, csv_of([lot_row(chain, "一-1")]))
    with pytest.raises(ConflictError), desk.database.unit_of_work() as session:
        imports.confirm(Store(session, desk.clock, cast.colleague), session.get_one(ImportBatch, batch.id))
    done = desk.confirm(batch)
    with pytest.raises(ConflictError):
        desk.confirm(done)


def test_files_that_are_no_tables_are_refused(desk: Desk, chain: Chain) -> None:
    for content in (b"", b"\x00\x01\x02", b"PK\x03\x04 broken", b"\xff\xfe\x80\x81\x00"):
        with pytest.raises(UnreadableTableError):
            read_table(content)
    with pytest.raises(EmptyTableError):
        desk.send(ImportKind.LOTS, "追溯批次代码,数量".encode())
    with pytest.raises(MissingColumnsError) as missing:
        desk.send(ImportKind.LOTS, "追溯批次代码,数量\n1,2".encode())
    assert missing.value.params["columns"] == "批次来源主体信用代码、单位"


def test_the_encodings_of_offices_are_read() -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        [row] = read_table("数量,单位\n１,千克\n".encode(encoding))
        assert row.cells == {"数量": "１", "单位": "千克"}


def test_a_file_with_too_many_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("records.import_files.MOST_ROWS", 2)
    with pytest.raises(TooManyRowsError):
        read_table(b"a\n1\n2\n3\n")


def test_cells_of_spreadsheets_are_read_as_they_look_and_formulas_are_not_run() -> None:
    book = Workbook()
    book.active.append(["数量", "单位", "说明"])
    book.active.append([5.0, "kg", "=1+1"])
    out = io.BytesIO()
    book.save(out)
    [row] = read_table(out.getvalue())
    assert row.cells == {"数量": "5", "单位": "kg", "说明": ""}


@pytest.mark.parametrize("kind", list(ImportKind))
def test_the_template_is_read_back(kind: ImportKind) -> None:
    [row] = read_table(imports.template_file(kind))
    assert set(row.cells) == {HEADING_SENTENCES[column.key] for column in COLUMNS[kind]}


@given(st.binary(max_size=300))
def test_no_file_breaks_the_reader(content: bytes) -> None:
    try:
        read_table(content)
    except DomainError:
        return
