"""Trace events as an EPCIS 2.0 document (JSON-LD), in the standard's own words (R-TRC-08)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from records.clock import ZONE
from records.registry import Establishment
from records.trace_links import chunks
from records.trace_model import TraceEvent
from records.trace_words import EventAction, EventType
from records.units import UN_ECE, converted

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
TYPES = {
    EventType.OBJECT: "ObjectEvent",
    EventType.TRANSFORMATION: "TransformationEvent",
    EventType.TRANSACTION: "TransactionEvent",
}
ACTIONS = {EventAction.ADD: "ADD", EventAction.OBSERVE: "OBSERVE", EventAction.DELETE: "DELETE"}
#: kinds of vouchers → business transaction types of the vocabulary
DOCUMENTS = {"purchase": "recadv", "sale": "desadv", "test_report": "testres"}


def epcis_document(session: Session, events: Sequence[TraceEvent], now: datetime) -> bytes:
    """The events as one document. Lots are named by class-level identifiers of their source, places by credit code."""
    codes = _credit_codes(session, events)
    document = {
        "@context": [CONTEXT, {"sujian": "urn:sujian:"}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": now.astimezone(ZONE).isoformat(),
        "epcisBody": {"eventList": [_event(event, codes) for event in events]},
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def _event(event: TraceEvent, codes: dict[str, str]) -> dict[str, Any]:
    kind = _type_of(event)
    told: dict[str, Any] = {
        "type": TYPES[kind],
        "eventID": f"urn:uuid:{_uuid(event.id)}",
        "eventTime": event.occurred_at.astimezone(ZONE).isoformat(timespec="milliseconds"),
        "recordTime": event.created_at.astimezone(ZONE).isoformat(timespec="milliseconds"),
        "eventTimeZoneOffset": event.time_zone,
        "bizStep": event.business_step.value,
        **_items(event, kind),
    }
    if kind is not EventType.TRANSFORMATION:
        told["action"] = ACTIONS[event.action]
    if event.disposition is not None:
        told["disposition"] = event.disposition.value
    if place := codes.get(event.establishment_id or ""):
        told["readPoint"] = {"id": place}
        told["bizLocation"] = {"id": place}
    return told | _parties(event, codes) | _documents(event) | _error(event)


def _type_of(event: TraceEvent) -> EventType:
    """What the event can be told as: with inputs and outputs a transformation, with a paper's number a transaction.

    The standard asks of aggregations and associations which container they are of; a lot's events know of none, so
    they are told as what was seen of their lots.
    """
    if event.inputs and event.outputs:
        return EventType.TRANSFORMATION
    is_transaction = event.event_type is EventType.TRANSACTION and bool(_documents(event))
    return EventType.TRANSACTION if is_transaction else EventType.OBJECT


def _items(event: TraceEvent, kind: EventType) -> dict[str, Any]:
    inputs, outputs = [_quantity(item) for item in event.inputs], [_quantity(item) for item in event.outputs]
    if kind is EventType.TRANSFORMATION:
        return {"inputQuantityList": inputs, "outputQuantityList": outputs}
    return {"quantityList": inputs + outputs}


def _quantity(item: dict[str, Any]) -> dict[str, Any]:
    """A quantity with its UN/ECE unit; one of pieces has none, as the standard wants it."""
    told: dict[str, Any] = {"epcClass": f"urn:sujian:lot:{item['lot_id']}:{quote(item['tlc'], safe='')}"}
    if item["quantity"] is None:
        return told
    quantity = Decimal(item["quantity"])
    unit = item["unit"]
    for known in ("kg", "l"):
        if unit not in UN_ECE and (worth := converted(quantity, unit, known)) is not None:
            quantity, unit = worth, known
    told["quantity"] = float(quantity)
    return told | ({"uom": UN_ECE[unit]} if unit in UN_ECE else {})


def _parties(event: TraceEvent, codes: dict[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, key, party in (
        ("sourceList", "source", codes.get(event.from_id or "", _named(event.from_name))),
        ("destinationList", "destination", codes.get(event.to_id or "", _named(event.to_name))),
    ):
        if party:
            told[name] = [{"type": "owning_party", key: party}]
    return told


def _documents(event: TraceEvent) -> dict[str, Any]:
    papers = [
        {
            "type": DOCUMENTS.get(paper["kind"], "cert"),
            "bizTransaction": f"urn:sujian:voucher:{quote(paper['no'], safe='')}",
        }
        for paper in event.documents or ()
        if paper.get("no")
    ]
    return {"bizTransactionList": papers} if papers else {}


def _error(event: TraceEvent) -> dict[str, Any]:
    if event.error_reason is None or event.error_declared_at is None:
        return {}
    declared: dict[str, Any] = {
        "declarationTime": event.error_declared_at.astimezone(ZONE).isoformat(timespec="milliseconds"),
        "reason": event.error_reason.value,
    }
    if event.corrective_ids:
        declared["correctiveEventIDs"] = [f"urn:uuid:{_uuid(key)}" for key in event.corrective_ids]
    return {"errorDeclaration": declared}


def _named(name: str | None) -> str:
    return f"urn:sujian:party:{quote(name, safe='')}" if name else ""


def _credit_codes(session: Session, events: Sequence[TraceEvent]) -> dict[str, str]:
    named = {key for event in events for key in (event.establishment_id, event.from_id, event.to_id) if key}
    found: dict[str, str] = {}
    for some in chunks(sorted(named)):
        rows = session.execute(select(Establishment.id, Establishment.credit_code).where(Establishment.id.in_(some)))
        found |= {key: f"urn:sujian:establishment:{code}" for key, code in rows}
    return found


_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def _uuid(ulid: str) -> str:
    """The same 128 bits, written as a UUID."""
    number = 0
    for character in ulid:
        number = number * 32 + _CROCKFORD.index(character)
    digits = f"{number:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
