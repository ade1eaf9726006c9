"""What a trace is handed over as: the sortable sheet of FSMA 204, EPCIS 2.0, the report."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from forms.pdf import Paper, render
from records import trace
from records.clock import FixedClock
from records.documents import says_what_was_issued
from records.epcis import epcis_document
from records.store import Store
from records.trace_events import LotItem, TraceEvent, declare_error, enter_event, events_of
from records.trace_sheet import COLUMNS, KEY_DATA, TITLES, sortable_sheet
from records.trace_words import BusinessStep, Disposition, ErrorReason, EventAction, EventType, TrackingEvent
from records.vouchers import Line, Voucher, VoucherKind, enter_voucher
from tests.records.chain import Chain
from workflows.handlers import FONTS
from workflows.trace_papers import issue_trace_report, report_facts

SCHEMA = Draft202012Validator(json.loads(Path(__file__).with_name("epcis_subset.json").read_text("utf-8")))


@pytest.fixture
def chain(store: Store) -> Chain:
    return Chain(store)


def events(session: Session, chain: Chain) -> list[TraceEvent]:
    found = {each.id: each for lot in (chain.rice, chain.noodles) for each in events_of(session, lot.id)}
    return sorted(found.values(), key=lambda event: event.id)


def sheet_rows(content: bytes, name: str) -> list[dict[str, Any]]:
    sheet = load_workbook(io.BytesIO(content))[name]
    lines = list(sheet.iter_rows(values_only=True))
    assert lines[0] == COLUMNS
    assert sheet.auto_filter.ref == sheet.dimensions
    return [dict(zip(COLUMNS, line, strict=True)) for line in lines[1:]]


def test_r_trc_06_one_row_a_lot_of_an_event_and_a_sheet_a_kind(session: Session, chain: Chain) -> None:
    content = sortable_sheet(session, events(session, chain))
    book = load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["All events", "Initial packing", "Shipping", "Receiving", "Transformation"]
    rows = sheet_rows(content, "All events")
    assert len(rows) == 1 + 3 + 3 + 2  # made, three shipped, three received, two lots transformed
    shipped = next(row for row in sheet_rows(content, "Shipping") if row["Shipped to"] == "丁粉店")
    wanted = {
        "Traceability lot code": "粉-1", "Quantity": 30, "Unit of measure": "kg", "Shipped from": "丙批发",
        "TLC source": "乙粉厂", "Event date": shipped["Event date"],
    }  # fmt: skip
    assert {key: shipped[key] for key in wanted} == wanted
    assert shipped["TLC source code"] == chain.plant.credit_code
    roles = {row["Role in event"] for row in sheet_rows(content, "Transformation")}
    assert roles == {"input", "output"}


def test_no_cell_of_the_sheet_is_a_formula(session: Session, chain: Chain, store: Store) -> None:
    store.correct(chain.shop, {"name": "=HYPERLINK(1)\x07店"})
    rows = sheet_rows(sortable_sheet(session, events(session, chain)), "Shipping")
    assert "'=HYPERLINK(1)店" in {row["Shipped to"] for row in rows}


def test_r_trc_08_the_events_are_an_epcis_document(
    session: Session, chain: Chain, store: Store, clock: FixedClock
) -> None:
    wrong = chain.sell(chain.noodles, chain.shop, 5)
    right = chain.sell(chain.noodles, chain.shop, 4, unit="斤")
    declare_error(store, wrong, ErrorReason.INCORRECT_DATA, "抄错", corrected_by=[right])
    told = json.loads(epcis_document(session, events(session, chain), clock.now()))
    assert (told["type"], told["schemaVersion"]) == ("EPCISDocument", "2.0")
    assert told["@context"][0].startswith("https://ref.gs1.org/standards/epcis/2.0.0/")
    listed = told["epcisBody"]["eventList"]
    assert len(listed) == len({each["eventID"] for each in listed}) == 11
    assert list(SCHEMA.iter_errors(told)) == []
    assert {each["type"] for each in listed} == {"ObjectEvent", "TransformationEvent"}
    assert {each["eventTimeZoneOffset"] for each in listed} == {"+08:00"}
    [made] = [each for each in listed if each["type"] == "TransformationEvent"]
    assert made["inputQuantityList"][0]["quantity"] == 100
    assert made["outputQuantityList"][0]["uom"] == "KGM"
    [declared] = [each for each in listed if "errorDeclaration" in each]
    assert declared["errorDeclaration"]["reason"] == "incorrect_data"
    corrective = declared["errorDeclaration"]["correctiveEventIDs"]
    [correcting] = [each for each in listed if each["eventID"] in corrective]
    assert correcting["quantityList"] == [{**correcting["quantityList"][0], "quantity": 2.0, "uom": "KGM"}]


@pytest.mark.parametrize("kind", list(EventType))
def test_r_trc_08_whatever_is_kept_is_told_as_the_standard_asks(
    session: Session, chain: Chain, store: Store, clock: FixedClock, kind: EventType
) -> None:
    told = LotItem(chain.noodles, Decimal(3), "箱").content()
    enter_event(
        store,
        TraceEvent(
            event_type=kind, action=EventAction.ADD, business_step=BusinessStep.PACKING, occurred_at=clock.now(),
            disposition=Disposition.IN_PROGRESS, establishment_id=chain.plant.id, region_code=chain.plant.region_code,
            region_path=chain.plant.region_path, to_name="路边 摊", inputs=[], outputs=[told],
            documents=[{"kind": "sale", "no": "XS 7/1"}],
        ),
    )  # fmt: skip
    document = json.loads(epcis_document(session, events(session, chain), clock.now()))
    assert list(SCHEMA.iter_errors(document)) == []
    packed = next(each for each in document["epcisBody"]["eventList"] if each["bizStep"] == "packing")
    assert packed["type"] == ("TransactionEvent" if kind is EventType.TRANSACTION else "ObjectEvent")
    assert packed["quantityList"][0]["quantity"] == 3
    assert "uom" not in packed["quantityList"][0]  # pieces have none


@pytest.mark.parametrize("lost", ["@context", "schemaVersion", "creationDate", "epcisBody"])
def test_the_schema_misses_what_is_not_there(session: Session, chain: Chain, clock: FixedClock, lost: str) -> None:
    document = json.loads(epcis_document(session, events(session, chain), clock.now()))
    del document[lost]
    assert [error.validator for error in SCHEMA.iter_errors(document)] == ["required"]


@pytest.mark.parametrize("lost", ["eventTime", "eventTimeZoneOffset", "action", "quantityList", "type"])
def test_the_schema_misses_what_an_event_lacks(session: Session, chain: Chain, clock: FixedClock, lost: str) -> None:
    document = json.loads(epcis_document(session, events(session, chain), clock.now()))
    del next(each for each in document["epcisBody"]["eventList"] if each["type"] == "ObjectEvent")[lost]
    assert len(list(SCHEMA.iter_errors(document))) == 1


# -- FSMA 204 ---------------------------------------------------------------------------------------------------------


def test_r_trc_06_every_tracking_event_has_its_key_data_elements_as_columns() -> None:
    assert set(KEY_DATA) == set(TrackingEvent) == set(TITLES)
    for names in KEY_DATA.values():
        assert set(names) <= set(COLUMNS)
        assert {"Event date", "Product description", "Quantity", "Unit of measure"} <= set(names)
        assert {"Reference document type", "Reference document number"} <= set(names)
    coded = set(TrackingEvent) - {TrackingEvent.HARVEST, TrackingEvent.COOL}  # before a lot has its code
    assert {kind for kind, names in KEY_DATA.items() if "Traceability lot code" in names} == coded


def test_r_trc_06_a_voucher_makes_a_complete_row_and_a_bare_event_says_what_it_lacks(
    session: Session, chain: Chain, store: Store
) -> None:
    store.correct(chain.plant, {"address": "柳州市鱼峰区柳石路158号", "phone": "0772-3300001"})
    sold = Voucher(
        kind=VoucherKind.SALE, no="XS-7", establishment_id=chain.plant.id, from_id=chain.plant.id,
        to_id=chain.wholesaler.id, dated_on=chain.today,
    )  # fmt: skip
    enter_voucher(store, sold, [Line(chain.noodles, Decimal(5), "kg")])
    rows = sheet_rows(sortable_sheet(session, events(session, chain)), "Shipping")
    complete = next(row for row in rows if row["Reference document number"] == "XS-7")
    assert complete["Missing key data"] is None
    assert complete["Shipped from description"] == f"{chain.plant.name}; 柳州市鱼峰区柳石路158号; 0772-3300001"
    bare = next(row for row in rows if row["Reference document number"] is None)
    assert bare["Missing key data"] == "Reference document type, Reference document number"


def test_r_trc_06_a_party_that_is_not_registered_has_no_description(
    session: Session, chain: Chain, store: Store
) -> None:
    bought = Voucher(
        kind=VoucherKind.PURCHASE, no="JH-1", establishment_id=chain.shop.id, from_name="路边摊", to_id=chain.shop.id,
        dated_on=chain.today,
    )  # fmt: skip
    enter_voucher(store, bought, [Line(chain.noodles, Decimal(5), "kg")])
    rows = sheet_rows(sortable_sheet(session, events(session, chain)), "Receiving")
    told = next(row for row in rows if row["Reference document number"] == "JH-1")
    assert (told["Shipped from"], told["Missing key data"]) == ("路边摊", "Shipped from description")


def test_the_report_says_tree_holders_balance_gaps_and_time(session: Session, chain: Chain, store: Store) -> None:
    chain.sell(chain.noodles, chain.shop, 15)
    run = trace.run_trace(store, lot_ids=[chain.noodles.id])
    document = issue_trace_report(store, run)
    assert issue_trace_report(store, run) is document
    assert says_what_was_issued(document)
    facts = report_facts(store, run)
    assert facts["sha256"] == run.sha256
    assert [line["holder"] for line in facts["tree"] if line["way"] == "向下"] == ["丙批发", "丁粉店"]
    assert {row["holder"] for row in facts["rows"]} >= {"乙粉厂（最后已知）", "丙批发（最后已知）"}
    assert facts["gaps"] == [
        {"kind": "出货多于进货", "lot": "粉-1", "holder": "丁粉店", "figures": "35 / 30"},
    ]  # fmt: skip
    assert facts["balances"][0]["entered"] == "90 kg"
    assert facts["authority"].endswith("市场监督管理局")
    pdf = render(
        Paper(
            kind="trace_report", title=document.title, no=document.no or "", facts=document.facts,
            facts_hash=document.facts_hash, verify_address="https://example.invalid/verify/x",
        ),
        font=next(path for path in FONTS if path.is_file()), images={}.get,
    )  # fmt: skip
    assert pdf.startswith(b"%PDF")
