"""The sortable sheet of FSMA 204 (21 CFR 1.1455(c)(3)(ii), R-TRC-06): a row for each lot of each tracking event."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import select
from sqlalchemy.orm import Session

from records.clock import ZONE
from records.exports import harmless
from records.registry import Establishment
from records.trace_links import chunks
from records.trace_model import Lot, TraceEvent
from records.trace_words import BusinessStep, TrackingEvent

#: the key data elements, one column each; the sheets of all kinds share them so that they can be joined. A location is
#: described by name, address and telephone (21 CFR 1.1310)
COLUMNS = (
    "Critical tracking event", "Event date", "Event time", "Traceability lot code", "Product description",
    "Quantity", "Unit of measure", "Role in event", "Location", "Location code", "Location description",
    "Shipped from", "Shipped from code", "Shipped from description", "Shipped to", "Shipped to code",
    "Shipped to description", "TLC source", "TLC source code", "TLC source description", "Reference document type",
    "Reference document number", "Production date", "Best before", "Origin region", "Declared in error",
    "Missing key data", "Event id",
)  # fmt: skip
_DOCUMENT = ("Reference document type", "Reference document number")
_FOOD = ("Event date", "Product description", "Quantity", "Unit of measure", *_DOCUMENT)
_CODED = ("Traceability lot code", *_FOOD, "TLC source description")
#: what the rule wants known of each kind of event
KEY_DATA = {
    TrackingEvent.HARVEST: (*_FOOD, "Location description", "Shipped to description"),  # 21 CFR 1.1325(a)
    TrackingEvent.COOL: (*_FOOD, "Location description", "Shipped to description"),  # 1.1325(b)
    TrackingEvent.INITIAL_PACK: (*_CODED, "Location description", "Origin region"),  # 1.1330
    TrackingEvent.FIRST_LAND_RECEIVE: (*_CODED, "Location description", "Origin region"),  # 1.1335
    TrackingEvent.SHIP: (*_CODED, "Shipped from description", "Shipped to description"),  # 1.1340
    TrackingEvent.RECEIVE: (*_CODED, "Shipped from description", "Location description"),  # 1.1345
    TrackingEvent.TRANSFORM: (*_CODED, "Location description"),  # 1.1350
}
COMBINED = "All events"
TITLES = {
    TrackingEvent.HARVEST: "Harvesting",
    TrackingEvent.COOL: "Cooling",
    TrackingEvent.INITIAL_PACK: "Initial packing",
    TrackingEvent.FIRST_LAND_RECEIVE: "First land-based receiving",
    TrackingEvent.SHIP: "Shipping",
    TrackingEvent.RECEIVE: "Receiving",
    TrackingEvent.TRANSFORM: "Transformation",
}
_BY_STEP = {
    BusinessStep.SHIPPING: TrackingEvent.SHIP,
    BusinessStep.RECEIVING: TrackingEvent.RECEIVE,
    BusinessStep.ACCEPTING: TrackingEvent.RECEIVE,
    BusinessStep.COMMISSIONING: TrackingEvent.INITIAL_PACK,
}


def tracking_event_of(event: TraceEvent) -> TrackingEvent | None:
    """The critical tracking event that a trace event is; None for what the rule does not track."""
    if event.tracking_event is not None:
        return event.tracking_event
    if event.inputs and event.outputs:
        return TrackingEvent.TRANSFORM
    return _BY_STEP.get(event.business_step)


def sortable_sheet(session: Session, events: Sequence[TraceEvent]) -> bytes:
    """A workbook: all tracking events on the first sheet, then one sheet a kind; each with filters, sorted by time."""
    rows = list(_rows(session, events))
    book = Workbook()
    first = book.active
    if not isinstance(first, Worksheet):
        raise TypeError("a new workbook has a sheet")
    _fill(first, COMBINED, rows)
    for kind in TrackingEvent:
        own = [row for row in rows if row[0] == TITLES[kind]]
        if own:
            _fill(book.create_sheet(), TITLES[kind], own)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(sheet: Worksheet, title: str, rows: Sequence[Sequence[Any]]) -> None:
    sheet.title = title
    sheet.append(COLUMNS)
    for row in rows:
        sheet.append([_harmless(value) for value in row])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions


def _harmless(value: Any) -> Any:
    return harmless(ILLEGAL_CHARACTERS_RE.sub("", value)) if isinstance(value, str) else value


def _rows(session: Session, events: Sequence[TraceEvent]) -> Iterator[list[Any]]:
    lots = _by_id(session, Lot, {lot_id for event in events for lot_id in event.lot_ids})
    named = {key for event in events for key in (event.establishment_id, event.from_id, event.to_id)}
    places = _by_id(session, Establishment, named | {lot.establishment_id for lot in lots.values()})
    for event in events:
        kind = tracking_event_of(event)
        for role, items in (("input", event.inputs), ("output", event.outputs)):
            for item in items if kind is not None else ():
                yield _row(event, kind, role, item, lots[item["lot_id"]], places)  # type: ignore[arg-type]


def _row(
    event: TraceEvent, kind: TrackingEvent, role: str, item: dict[str, Any], lot: Lot, places: dict[str, Establishment]
) -> list[Any]:
    local = event.occurred_at.astimezone(ZONE)
    document = (event.documents or [{}])[0]
    quantity = None if item["quantity"] is None else float(item["quantity"])
    row = [
        TITLES[kind], local.date(), local.strftime("%H:%M"), lot.tlc, lot.product_name, quantity, item["unit"], role,
        *_place(places, event.establishment_id, event.read_point), *_place(places, event.from_id, event.from_name),
        *_place(places, event.to_id, event.to_name), *_place(places, lot.establishment_id, lot.tlc_source),
        document.get("kind"), document.get("no"), lot.produced_on, lot.expires_on, lot.origin_region,
        event.error_reason.value if event.error_reason else None, None, event.id,
    ]  # fmt: skip
    told = dict(zip(COLUMNS, row, strict=True))
    told["Missing key data"] = ", ".join(name for name in KEY_DATA[kind] if told[name] is None) or None
    return list(told.values())


_Named = tuple[str | None, str | None, str | None]


def _place(places: dict[str, Establishment], key: str | None, name: str | None) -> _Named:
    """Name, code and description of a party; one that is not registered has only its name."""
    found = places.get(key or "")
    if found is None:
        return name, None, None
    return found.name, found.credit_code, "; ".join(filter(None, (found.name, found.address, found.phone)))


def _by_id(session: Session, kind: Any, ids: set[str | None]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for some in chunks(sorted(key for key in ids if key)):
        found |= {each.id: each for each in session.scalars(select(kind).where(kind.id.in_(some)))}
    return found
