"""From what happened to who holds how much, and what came from what: a pure function of events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from records.trace_model import TraceEvent
from records.trace_words import EFFECTS, ORIGIN_PAPERS, BusinessStep, Disposition, Effect
from records.units import converted

UNKNOWN_HOLDER = "?"
NOTHING = Decimal(0)
PRECISION = Decimal("0.001")

#: a lot at a holder: (lot id, holder key)
Place = tuple[str, str]


@dataclass
class Held:
    """What events say of one holding; the columns of ``LotHolding`` in the lot's unit."""

    quantity_in: Decimal = NOTHING
    quantity_out: Decimal = NOTHING
    quantity_counted: Decimal | None = None
    expected_at_count: Decimal | None = None
    is_made: bool = False
    has_origin: bool = False
    has_mixed_units: bool = False
    is_in_transit: bool = False
    first_at: datetime | None = None
    last_at: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing came, nothing went, nothing was made or counted here."""
        is_told = self.is_made or self.has_origin or self.has_mixed_units or self.quantity_counted is not None
        return not (self.quantity_in or self.quantity_out or is_told)

    def seen(self, at: datetime) -> None:
        """Something happened here."""
        self.first_at = at if self.first_at is None else min(self.first_at, at)
        self.last_at = at if self.last_at is None else max(self.last_at, at)


@dataclass
class Linked:
    """What events say of one link; the columns of ``LotLink``."""

    event_id: str
    converted: Decimal = NOTHING
    sent: Decimal | None = None
    received: Decimal | None = None
    is_void: bool = False

    @property
    def quantity(self) -> Decimal:
        """What left the parent: as sent, else as received."""
        moved = self.sent if self.sent is not None else self.received
        return self.converted + (moved or NOTHING)


@dataclass
class Derived:
    """Holdings and links by their places."""

    holdings: dict[Place, Held] = field(default_factory=dict)
    links: dict[tuple[Place, Place], Linked] = field(default_factory=dict)


def holder_key(establishment_id: str | None, name: str | None = None) -> str:
    """How a holder is told from others: its establishment, else its name, else nobody knows."""
    if establishment_id:
        return establishment_id
    return f"={name.strip()}" if name and name.strip() else UNKNOWN_HOLDER


def derive(events: Iterable[TraceEvent], units: Mapping[str, str]) -> Derived:
    """The holdings and links that these events make. ``units``: the unit of each lot that an event speaks of.

    Events of drills, tombstoned ones and those declared in error are left out; the order in which they are given does
    not matter. What one side says was sent and the other received is one movement, not two: each side is believed for
    itself, and for the other where that one is silent.
    """
    counting = sorted((event for event in events if counts(event)), key=_order)
    derivation = _Derivation(units, _told(counting))
    for event in counting:
        derivation.take(event)
    return derivation.finished()


def counts(event: TraceEvent) -> bool:
    """Whether the event is one of the real world that still stands."""
    return not event.is_drill and event.deleted_at is None and event.error_reason is None


def _order(event: TraceEvent) -> tuple[datetime, bool, str]:
    """By time; a stock-taking after whatever else is told of the same moment."""
    return event.occurred_at, effect_of(event) is Effect.COUNTED, event.id


def _told(events: Iterable[TraceEvent]) -> set[tuple[Place, Place, bool]]:
    """Which movements were told by whom: (from, to, whether the receiver says so)."""
    told = set()
    for event in events:
        effect = effect_of(event)
        if effect in (Effect.SENT, Effect.RECEIVED):
            sender, receiver = _ends(event)
            told |= {((lot, sender), (lot, receiver), effect is Effect.RECEIVED) for lot in event.lot_ids}
    return told


def effect_of(event: TraceEvent) -> Effect:
    """What the event does to quantities; a paper that says where lots come from moves nothing."""
    kinds = {document["kind"] for document in event.documents or ()}
    if event.business_step is BusinessStep.OTHER and kinds & ORIGIN_PAPERS:
        return Effect.ORIGIN
    return EFFECTS.get(event.business_step, Effect.NONE)


class _Derivation:
    def __init__(self, units: Mapping[str, str], told: set[tuple[Place, Place, bool]]) -> None:
        self.units, self.told = units, told
        self.derived = Derived()

    def take(self, event: TraceEvent) -> None:
        """One more event, in the order of time."""
        effect = effect_of(event)
        if effect in (Effect.SENT, Effect.RECEIVED, Effect.UNSENT):
            self._move(event, effect)
        elif event.inputs and event.outputs:
            self._convert(event)
        elif effect is not Effect.NONE:
            self._change(event, effect)

    def finished(self) -> Derived:
        """Without movements that were called off, and holders that only those would have made."""
        links = {ends: link for ends, link in self.derived.links.items() if not (link.is_void and link.quantity <= 0)}
        linked = {place for ends in links for place in ends}
        holdings = {p: held for p, held in self.derived.holdings.items() if p in linked or not held.is_empty}
        return Derived(holdings, links)

    def _move(self, event: TraceEvent, effect: Effect) -> None:
        sender, receiver = _ends(event)
        for item in (*event.inputs, *event.outputs):
            parent, child = (item["lot_id"], sender), (item["lot_id"], receiver)
            quantity = self._quantity(item, parent)
            leaving, arriving = self._held(parent, event), self._held(child, event)
            link = self._linked(parent, child, event)
            if effect is Effect.RECEIVED:
                link.received = (link.received or NOTHING) + quantity
                arriving.quantity_in += quantity
                arriving.is_in_transit = False
                if (parent, child, False) not in self.told:
                    leaving.quantity_out += quantity
                continue
            signed = quantity if effect is Effect.SENT else -quantity
            link.sent = (link.sent or NOTHING) + signed
            link.is_void |= effect is Effect.UNSENT
            leaving.quantity_out += signed
            if (parent, child, True) not in self.told:
                arriving.quantity_in += signed
                arriving.is_in_transit = event.disposition is Disposition.IN_TRANSIT

    def _convert(self, event: TraceEvent) -> None:
        here = _here(event)
        for item in event.inputs:
            place = (item["lot_id"], here)
            quantity = self._quantity(item, place)
            self._held(place, event).quantity_out += quantity
            for output in event.outputs:
                self._linked(place, (output["lot_id"], here), event).converted += quantity
        for item in event.outputs:
            place = (item["lot_id"], here)
            self._held(place, event).quantity_in += self._quantity(item, place)

    def _change(self, event: TraceEvent, effect: Effect) -> None:
        here = _here(event)
        for item in (*event.inputs, *event.outputs):
            place = (item["lot_id"], here)
            held, quantity = self._held(place, event), self._quantity(item, place)
            if effect is Effect.MADE:
                held.quantity_in += quantity
                held.is_made = True
            elif effect is Effect.GONE:
                held.quantity_out += quantity
            elif effect is Effect.ORIGIN:
                held.has_origin = True
            else:
                held.quantity_counted = quantity
                held.expected_at_count = held.quantity_in - held.quantity_out

    def _held(self, place: Place, event: TraceEvent) -> Held:
        held = self.derived.holdings.setdefault(place, Held())
        held.seen(event.occurred_at)
        return held

    def _linked(self, parent: Place, child: Place, event: TraceEvent) -> Linked:
        return self.derived.links.setdefault((parent, child), Linked(event.id))

    def _quantity(self, item: Mapping[str, Any], place: Place) -> Decimal:
        """The item's quantity in its lot's unit; nothing, and noted, where the units cannot be compared."""
        if item.get("quantity") is None:
            return NOTHING
        worth = converted(Decimal(item["quantity"]), item["unit"], self.units[place[0]])
        if worth is None:
            self.derived.holdings.setdefault(place, Held()).has_mixed_units = True
            return NOTHING
        return worth.quantize(PRECISION)


def _here(event: TraceEvent) -> str:
    return holder_key(event.establishment_id, event.read_point)


def _ends(event: TraceEvent) -> tuple[str, str]:
    """Who sends and who receives; whoever recorded it is the side that is not named."""
    is_receiver = effect_of(event) is Effect.RECEIVED
    sender = event.from_id if is_receiver or event.from_name else event.from_id or event.establishment_id
    receiver = event.to_id or event.establishment_id if is_receiver and not event.to_name else event.to_id
    return holder_key(sender, event.from_name), holder_key(receiver, event.to_name)
