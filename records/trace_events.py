"""Entering trace events, and declaring them to be in error: the only ways in which what is held and linked changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.errors import ConflictError
from records.refusals import EventRefusedError, Refusal
from records.store import Store
from records.trace_links import index_events, relink
from records.trace_model import Lot, TraceEvent
from records.trace_model import TraceEventLot as TraceEventLot
from records.trace_words import BusinessStep, ErrorReason, EventAction, EventType
from records.units import known_unit

__all__ = ["EventRefusedError", "LotItem", "TraceEvent", "declare_error", "enter_event", "enter_events", "events_of"]


@dataclass(frozen=True)
class LotItem:
    """So much of a lot; ``quantity`` None where nobody knows how much."""

    lot: Lot
    quantity: Decimal | None
    unit: str

    def content(self) -> dict[str, Any]:
        """As an event keeps it. Raises UnknownUnitError."""
        quantity = None if self.quantity is None else format(self.quantity.normalize(), "f")
        return {"lot_id": self.lot.id, "tlc": self.lot.tlc, "quantity": quantity, "unit": known_unit(self.unit)}


def enter_event(store: Store, event: TraceEvent) -> TraceEvent:
    """A new event; what its lots' holders have, and where they came from, follows. Raises EventRefusedError."""
    return enter_events(store, [event])[0]


def enter_events(store: Store, events: Sequence[TraceEvent]) -> list[TraceEvent]:
    """Many new events at once; what follows is derived once. Raises EventRefusedError for the first bad one."""
    entered = [keep_event(store, event) for event in events]
    derive_from(store, entered)
    return entered


def keep_event(store: Store, event: TraceEvent) -> TraceEvent:
    """A new event as a fact; ``derive_from`` must follow in the same transaction. Raises EventRefusedError."""
    _settle(event)
    _check(store, event)
    return store.add(event)


def derive_from(store: Store, events: Sequence[TraceEvent]) -> None:
    """What follows from new events for what is held and linked."""
    store.session.flush()
    index_events(store.session, events)
    relink(store.session, {lot for event in events for lot in event.lot_ids})


def declare_error(
    store: Store, event: TraceEvent, reason: ErrorReason, note: str, *, corrected_by: Iterable[TraceEvent] = ()
) -> TraceEvent:
    """The event did not occur, or its data are wrong: it stays, marked, and counts no more (EPCIS 2.0, R-TRC-08).

    Raises ConflictError when it was declared before.
    """
    if event.error_reason is not None:
        raise ConflictError
    declared = {
        "error_reason": reason,
        "error_note": note,
        "error_declared_at": store.clock.now(),
        "corrective_ids": [each.id for each in corrected_by] or None,
    }
    store.correct(event, declared, reason=note)
    store.session.flush()
    index_events(store.session, [event])
    relink(store.session, event.lot_ids)
    return event


def events_of(session: Session, lot_id: str) -> list[TraceEvent]:
    """Everything that was ever told of a lot, oldest first, declared errors included."""
    speaking = select(TraceEventLot.event_id).where(TraceEventLot.lot_id == lot_id)
    query = select(TraceEvent).where(TraceEvent.id.in_(speaking), TraceEvent.deleted_at.is_(None))
    return list(session.scalars(query.order_by(TraceEvent.occurred_at, TraceEvent.id)))


def lot_event(
    lot: Lot, step: BusinessStep, at: Any, *, action: EventAction = EventAction.OBSERVE, items: Sequence[LotItem] = ()
) -> TraceEvent:
    """An object event of a lot at its source, of its whole quantity unless ``items`` say otherwise; not yet entered."""
    told = [item.content() for item in items or [LotItem(lot, lot.quantity, lot.unit)]]
    ends = action is EventAction.DELETE
    return TraceEvent(
        event_type=EventType.OBJECT,
        action=action,
        business_step=step,
        occurred_at=at,
        establishment_id=lot.establishment_id,
        region_code=lot.region_code,
        region_path=lot.region_path,
        inputs=told if ends else [],
        outputs=[] if ends else told,
    )


def _settle(event: TraceEvent) -> None:
    event.inputs, event.outputs = list(event.inputs or ()), list(event.outputs or ())


def _check(store: Store, event: TraceEvent) -> None:
    items = [*event.inputs, *event.outputs]
    if not items:
        raise EventRefusedError(Refusal.NO_LOTS)
    if any(item["quantity"] is not None and Decimal(item["quantity"]) <= 0 for item in items):
        raise EventRefusedError(Refusal.NOT_POSITIVE)
    if event.occurred_at > store.clock.now():
        raise EventRefusedError(Refusal.IN_FUTURE)
    if {item["lot_id"] for item in event.inputs} & {item["lot_id"] for item in event.outputs}:
        raise EventRefusedError(Refusal.INTO_ITSELF)
    if not event.establishment_id and not event.read_point:
        raise EventRefusedError(Refusal.NO_PLACE)
    if event.from_id and event.from_id == event.to_id:
        raise EventRefusedError(Refusal.SAME_ENDS)
