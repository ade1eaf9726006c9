"""What a trace is handed over as: the sortable sheet of FSMA 204, EPCIS 2.0, the report."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from forms.pdf import Paper, render
from records import trace
from records.clock import FixedClock
from records.documents import says_what_was_issued
from records.epcis import epcis_document
from records.store import Store
from records.trace_events import TraceEvent, declare_error, events_of
from records.trace_sheet import COLUMNS, sortable_sheet
from records.trace_words import ErrorReason
from tests.records.chain import Chain
from workflows.handlers import FONTS
from workflows.trace_papers import issue_trace_report, report_facts


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
    for each in listed:
        check_event(each)
    [made] = [each for each in listed if each["type"] == "TransformationEvent"]
    assert made["inputQuantityList"][0]["quantity"] == 100
    assert made["outputQuantityList"][0]["uom"] == "KGM"
    [declared] = [each for each in listed if "errorDeclaration" in each]
    assert declared["errorDeclaration"]["reason"] == "incorrect_data"
    corrective = declared["errorDeclaration"]["correctiveEventIDs"]
    [correcting] = [each for each in listed if each["eventID"] in corrective]
    assert correcting["quantityList"] == [{**correcting["quantityList"][0], "quantity": 2.0, "uom": "KGM"}]


def check_event(event: dict[str, Any]) -> None:
    """What the EPCIS 2.0 JSON schema demands of every event."""
    assert event["type"] in {"ObjectEvent", "TransformationEvent", "AggregationEvent", "TransactionEvent"}
    assert {"eventID", "eventTime", "eventTimeZoneOffset", "recordTime", "bizStep"} <= event.keys()
    assert event["eventID"].startswith("urn:uuid:")
    assert event["eventTime"].endswith("+08:00")
    assert ("action" in event) == (event["type"] != "TransformationEvent")
    if event["type"] == "ObjectEvent":
        assert event["action"] in {"ADD", "OBSERVE", "DELETE"}
        assert event["quantityList"]
    for name, key in (("sourceList", "source"), ("destinationList", "destination")):
        for end in event.get(name, ()):
            assert end["type"] == "owning_party"
            assert end[key].startswith("urn:sujian:")


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
