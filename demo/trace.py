"""Lots and vouchers of the demo city: rice, noodles and pork on their way to the shops, with the gaps that real books have.

One noodle lot is contaminated: held at the plant, its rice bought without a paper of origin.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from demo.city import City
from records.base import Source
from records.clock import ZONE, today
from records.lots import Lot, add_lot, hold_lot
from records.registry import Establishment, Product
from records.store import Store
from records.trace_events import LotItem, derive_from, keep_event
from records.trace_model import TraceEvent
from records.trace_words import BusinessStep, EventAction, EventType, TrackingEvent
from records.vouchers import Line, Voucher, VoucherKind, keep_voucher

PLANTS, BATCHES = 8, 3
REASON = "监督抽检检出脱氢乙酸不合格，停止销售"
SLAUGHTERHOUSE = "柳州市北岸生猪屠宰点"


@dataclass
class Books:
    """Where the demo writes: events are derived from once, at the end."""

    store: Store
    chance: random.Random
    events: list[TraceEvent] = field(default_factory=list)
    count: int = 0

    def lot(self, source: Establishment, mark: str, name: str, quantity: int, made: date, days: int | None,
            product: Product | None = None, **values: Any) -> Lot:  # fmt: skip
        """A new lot of a source."""
        self.count += 1
        return add_lot(
            self.store,
            Lot(
                tlc=f"{mark}{made:%y%m%d}-{self.count:03d}", establishment_id=source.id, product_name=name,
                product_id=product.id if product else None, quantity=Decimal(quantity), unit="kg", produced_on=made,
                expires_on=made + timedelta(days=days) if days else None, source=Source.IMPORT, **values,
            ),
        )  # fmt: skip

    def paper(self, kind: VoucherKind, holder: Establishment, lot: Lot, quantity: Decimal, on: date,
              **ends: Any) -> None:  # fmt: skip
        """A voucher in somebody's books; what it tells is an event."""
        self.count += 1
        at = min(datetime.combine(on, time(8, self.count % 60), ZONE), self.store.clock.now())
        voucher = Voucher(
            kind=kind, no=f"{kind.value[:2].upper()}{on:%y%m%d}{self.count:04d}", establishment_id=holder.id,
            dated_on=on, collected_at=at, received_at=at + timedelta(hours=self.chance.choice((1, 3, 6, 30))),
            source=Source.IMPORT, **ends,
        )  # fmt: skip
        voucher.received_at = min(voucher.received_at, self.store.clock.now())
        price = (quantity * self.chance.randint(3, 9)).quantize(Decimal("0.01"))
        told = keep_voucher(self.store, voucher, [Line(lot, quantity, "kg", price)])
        self.events.append(keep_event(self.store, told))

    def move(self, lot: Lot, sender: Establishment, receiver: Establishment, quantity: Decimal, on: date,
             *, lost: Decimal = Decimal(0), sides: str = "both") -> None:  # fmt: skip
        """Goods change hands; ``sides``: whose books say so (both, seller, buyer)."""
        ends = {"from_id": sender.id, "to_id": receiver.id}
        if sides != "buyer":
            self.paper(VoucherKind.SALE, sender, lot, quantity, on, **ends)
        if sides != "seller":
            self.paper(VoucherKind.PURCHASE, receiver, lot, quantity - lost, on, **ends)

    def tell(self, step: BusinessStep, at: Establishment, on: date, inputs: Sequence[tuple[Lot, Decimal]],
             outputs: Sequence[tuple[Lot, Decimal]] = ()) -> None:  # fmt: skip
        """Something that happened at one place."""
        self.count += 1
        moment = min(datetime.combine(on, time(15, self.count % 60), ZONE), self.store.clock.now())
        event = TraceEvent(
            event_type=EventType.TRANSFORMATION if outputs else EventType.OBJECT,
            action=EventAction.ADD if outputs else EventAction.DELETE, business_step=step, occurred_at=moment,
            tracking_event=TrackingEvent.TRANSFORM if outputs else None, establishment_id=at.id,
            region_code=at.region_code, region_path=at.region_path, source=Source.IMPORT,
            inputs=[LotItem(lot, quantity, "kg").content() for lot, quantity in inputs],
            outputs=[LotItem(lot, quantity, "kg").content() for lot, quantity in outputs],
        )  # fmt: skip
        self.events.append(keep_event(self.store, event))


def lay(store: Store, city: City, seed: int = 7) -> None:
    """Lots, vouchers and events of the last weeks."""
    books = Books(store, random.Random(seed))
    own = city.choose("米粉厂", "450203")
    plants = [own, *(one for one in _ending(city, "米粉厂") if one is not own)][:PLANTS]
    contaminated = [_noodles(books, city, plant, batch) for plant in plants for batch in range(BATCHES)][BATCHES - 1]
    for stall in _ending(city, "鲜肉档")[:10]:
        _pork(books, city, stall)
    derive_from(store, books.events)
    hold_lot(store, contaminated, REASON)


def _noodles(books: Books, city: City, plant: Establishment, batch: int) -> Lot:
    """Rice from a grain merchant becomes noodles, which go to stalls and from there to shops."""
    chance, day = books.chance, today(books.store.clock)
    made = day - timedelta(days=3 + 7 * (BATCHES - 1 - batch) + chance.randint(0, 2))
    merchant = chance.choice(_ending(city, "粮油批发部"))
    rice = books.lot(merchant, "DM", "籼米", 2000, made - timedelta(days=20), 360, origin_region="450222",
                     producer_name="柳城县某稻米种植户")  # fmt: skip
    is_last = batch == BATCHES - 1
    if not (is_last and plant.region_code == "450203"):
        books.paper(VoucherKind.ORIGIN_CERTIFICATE, merchant, rice, Decimal(2000), made - timedelta(days=18))
    books.move(rice, merchant, plant, Decimal(1200), made - timedelta(days=2))
    product = books.store.session.scalars(
        select(Product).where(Product.establishment_id == plant.id, Product.name == "干米粉")
    ).first()
    noodles = books.lot(plant, "MF", "干米粉", 1100, made, 360, product, origin_region=plant.region_code)
    books.tell(BusinessStep.COMMISSIONING, plant, made, [(rice, Decimal(1200))], [(noodles, Decimal(1100))])
    shops = [one for ending in ("螺蛳粉店", "米粉店") for one in _ending(city, ending)]
    for stall in chance.sample(_ending(city, "粉行"), 3):
        much = Decimal(chance.randint(150, 300))
        books.move(noodles, plant, stall, much, made + timedelta(days=1), lost=Decimal(chance.choice((0, 0, 0, 12))))
        for shop in chance.sample(shops, 4):
            some = (much / 5).quantize(Decimal("0.5"))
            sides = chance.choices(("both", "seller", "buyer"), weights=(8, 1, 1))[0]
            books.move(noodles, stall, shop, some, made + timedelta(days=2), sides=sides)
            books.tell(BusinessStep.DISPENSING, shop, made + timedelta(days=3), [(noodles, some / 2)])
    return noodles


def _pork(books: Books, city: City, stall: Establishment) -> None:
    """Pork bought from a slaughterhouse that is not registered, mostly with its quarantine certificate."""
    chance, on = books.chance, today(books.store.clock) - timedelta(days=books.chance.randint(1, 9))
    pork = books.lot(stall, "ZR", "鲜猪肉", 180, on, 2, producer_name=SLAUGHTERHOUSE)
    seller = {"from_name": SLAUGHTERHOUSE, "from_contact": "0772-5500000"}
    books.paper(VoucherKind.PURCHASE, stall, pork, Decimal(180), on, to_id=stall.id, **seller)
    if chance.random() < 0.8:
        books.paper(VoucherKind.QUARANTINE_CERTIFICATE, stall, pork, Decimal(180), on, to_id=stall.id, **seller)
    for shop in chance.sample(_ending(city, "餐馆"), 2):
        books.move(pork, stall, shop, Decimal(30), on)
    books.tell(BusinessStep.RETAIL_SELLING, stall, on, [(pork, Decimal(chance.choice((90, 100, 140))))])


def _ending(city: City, ending: str) -> list[Establishment]:
    return [one for one in city.establishments if one.name.endswith(ending)]
