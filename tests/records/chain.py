"""A small chain for tests: a mill, a noodle plant, a wholesaler and a shop, and one lot on its way through them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from records.clock import today
from records.lots import Lot, add_lot
from records.registry import Establishment, EstablishmentKind, Segment
from records.store import Store
from records.trace_events import LotItem, TraceEvent, enter_event
from records.trace_words import BusinessStep, Disposition, EventAction, EventType
from tests.factories import establishment

SEGMENTS = {EstablishmentKind.PRODUCER: Segment.PRODUCTION, EstablishmentKind.CATERING: Segment.CATERING}
Number = int | str


class Chain:
    """100 kg of rice become 90 kg of noodles; 80 go to the wholesaler, 30 of these to the shop, which sells 20."""

    def __init__(self, store: Store, prefix: str = "") -> None:
        self.store, self.prefix = store, prefix
        self.today: date = today(store.clock)
        self.mill = self.business("甲米厂", EstablishmentKind.PRODUCER)
        self.plant = self.business("乙粉厂", EstablishmentKind.PRODUCER)
        self.wholesaler = self.business("丙批发", EstablishmentKind.WHOLESALER)
        self.shop = self.business("丁粉店", EstablishmentKind.CATERING)
        self.rice = self.lot("米-1", self.mill, 100)
        self.noodles = self.lot("粉-1", self.plant, 90)
        self.event(BusinessStep.COMMISSIONING, self.mill, self.rice, 100)
        self.move(self.rice, self.mill, self.plant, 100)
        self.convert(self.plant, [(self.rice, 100)], [(self.noodles, 90)])
        self.move(self.noodles, self.plant, self.wholesaler, 80)
        self.move(self.noodles, self.wholesaler, self.shop, 30)
        self.sell(self.noodles, self.shop, 20)

    def business(self, name: str, kind: EstablishmentKind, **values: Any) -> Establishment:
        segment = SEGMENTS.get(kind, Segment.SALES)
        return establishment(self.store, name=f"{self.prefix}{name}", kind=kind, segment=segment, **values)

    def new_lot(self, tlc: str, source: Establishment, quantity: Number, **values: Any) -> Lot:
        known = {
            "tlc": tlc, "establishment_id": source.id, "quantity": Decimal(quantity), "unit": "kg",
            "product_name": "干米粉", "produced_on": self.today - timedelta(days=3),
            "expires_on": self.today + timedelta(days=180),
        }  # fmt: skip
        return Lot(**(known | values))

    def lot(self, tlc: str, source: Establishment, quantity: Number, **values: Any) -> Lot:
        return add_lot(self.store, self.new_lot(tlc, source, quantity, **values))

    def event(
        self, step: BusinessStep, at: Establishment, lot: Lot, quantity: Number, *, unit: str = "kg",
        to: Establishment | str | None = None, sender: Establishment | str | None = None,
        disposition: Disposition | None = None, documents: list[Any] | None = None, when: datetime | None = None,
    ) -> TraceEvent:  # fmt: skip
        told = TraceEvent(
            event_type=EventType.OBJECT,
            action=EventAction.OBSERVE,
            business_step=step,
            disposition=disposition,
            outputs=[LotItem(lot, Decimal(quantity), unit).content()],
            documents=documents,
            **self._at(at, when),
            **_end("from", sender),
            **_end("to", to),
        )
        return enter_event(self.store, told)

    def ship(self, lot: Lot, sender: Establishment, to: Establishment | str | None, quantity: Number,
             unit: str = "kg", disposition: Disposition | None = None) -> TraceEvent:  # fmt: skip
        return self.event(
            BusinessStep.SHIPPING, sender, lot, quantity, unit=unit, sender=sender, to=to, disposition=disposition
        )

    def receive(self, lot: Lot, sender: Establishment | str | None, to: Establishment, quantity: Number) -> TraceEvent:
        return self.event(BusinessStep.RECEIVING, to, lot, quantity, sender=sender, to=to)

    def move(self, lot: Lot, sender: Establishment, to: Establishment, quantity: Number) -> None:
        self.ship(lot, sender, to, quantity)
        self.receive(lot, sender, to, quantity)

    def sell(self, lot: Lot, shop: Establishment, quantity: Number, unit: str = "kg",
             at: datetime | None = None) -> TraceEvent:  # fmt: skip
        return self.event(BusinessStep.RETAIL_SELLING, shop, lot, quantity, unit=unit, when=at)

    def convert(
        self, at: Establishment, inputs: Sequence[tuple[Lot, Number]], outputs: Sequence[tuple[Lot, Number]]
    ) -> TraceEvent:
        told = TraceEvent(
            event_type=EventType.TRANSFORMATION,
            action=EventAction.ADD,
            business_step=BusinessStep.COMMISSIONING,
            inputs=[LotItem(lot, Decimal(quantity), "kg").content() for lot, quantity in inputs],
            outputs=[LotItem(lot, Decimal(quantity), "kg").content() for lot, quantity in outputs],
            **self._at(at, None),
        )
        return enter_event(self.store, told)

    def origin_paper(self, lot: Lot, holder: Establishment) -> TraceEvent:
        paper = [{"kind": "origin_certificate", "no": "产地-1"}]
        return self.event(BusinessStep.OTHER, holder, lot, 1, documents=paper)

    def _at(self, at: Establishment, when: datetime | None) -> dict[str, Any]:
        return {
            "establishment_id": at.id, "region_code": at.region_code, "region_path": at.region_path,
            "occurred_at": when or self.store.clock.now(),
        }  # fmt: skip


def _end(side: str, party: Establishment | str | None) -> dict[str, str | None]:
    if isinstance(party, str):
        return {f"{side}_name": party}
    return {f"{side}_id": party.id if party else None}
