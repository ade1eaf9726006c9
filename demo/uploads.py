"""What markets and shops uploaded in the months that the demo assesses: careful ones, careless ones, and one forger.

An assessment counts papers: how many of the traders had any, how complete they were, how soon they came, on how many
days. Each market keeps its books in one of four ways, so that their scores lie in every grade, some of them equal; the
last one's were written afterwards. A district is as its traders are; the traders of one upload every other day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from demo.city import City
from demo.scene import Scenario
from demo.trace import Books
from records.assessment_periods import Period
from records.assessments import CycleKind
from records.base import Source
from records.clock import ZONE, today
from records.lots import Lot
from records.registry import Establishment, EstablishmentKind
from records.trace_events import derive_from, keep_event
from records.vouchers import Line, Voucher, VoucherKind, keep_voucher

#: the district whose traders upload often, and how often in a month
DILIGENT, EVERY = "450226", 14


@dataclass(frozen=True)
class Manner:
    """How somebody keeps books: of ten traders so many upload; so much is filled in; of five papers so many in time."""

    traders: int
    has_seller: bool = True
    has_shelf_life: bool = True
    has_made_on: bool = True
    in_time: int = 5


CAREFUL, GOOD, FAIR = Manner(10), Manner(9, in_time=4), Manner(7, has_shelf_life=False, in_time=3)
CARELESS = Manner(3, has_seller=False, has_shelf_life=False, in_time=2)
FORGED = Manner(6, has_seller=False, has_shelf_life=False, has_made_on=False, in_time=0)
#: how many markets of twenty keep their books in which way
MARKETS = (CAREFUL,) * 6 + (GOOD,) * 6 + (FAIR,) * 5 + (CARELESS,) * 2
DISTRICTS = (CAREFUL, GOOD, GOOD, FAIR, FAIR, GOOD, CARELESS, FAIR, GOOD)


def upload(books: Books, city: City, scenarios: Sequence[Scenario]) -> None:
    """The papers of every month that a scenario assesses: the one that had ended when its case was begun."""
    day = today(books.store.clock)
    months = {
        Period.last_before(CycleKind.MONTH, datetime.combine(day - timedelta(days=one.ago), time(9), ZONE))
        for one in scenarios
    }
    for number, month in enumerate(sorted(months, key=lambda one: one.starts_on)):
        _month(_Month(books, city, month), number)
    derive_from(books.store, books.events)


class _Month:
    """The papers of one month, and the lots that they are about: one for each way of keeping books."""

    def __init__(self, books: Books, city: City, period: Period) -> None:
        self.books, self.city, self.period = books, city, period
        self.grower = next(one for one in city.establishments if one.kind is EstablishmentKind.FARM)
        self.lots: dict[Manner, Lot] = {}

    def papers(self, holder: Establishment, manner: Manner, count: int) -> None:
        """So many papers of one holder, spread over the month."""
        books, lot = self.books, self.lot(manner)
        seller = {"from_name": lot.producer_name, "from_contact": "0772-5500001"} if manner.has_seller else {}
        for number in range(count):
            day = self.period.starts_on + timedelta(days=number * self.period.days // count)
            collected = datetime.combine(day, time(8, number % 60), ZONE)
            took = timedelta(hours=3 if number % 5 < manner.in_time else 52)
            books.count += 1
            voucher = Voucher(
                kind=VoucherKind.QUALIFIED_COMMITMENT, no=f"HG{day:%y%m%d}{books.count:05d}",
                establishment_id=holder.id, to_id=holder.id, dated_on=day, collected_at=collected,
                received_at=collected + took, source=Source.IMPORT, **seller,
            )  # fmt: skip
            told = keep_voucher(books.store, voucher, [Line(lot, Decimal(5), "kg")])
            books.events.append(keep_event(books.store, told))

    def lot(self, manner: Manner) -> Lot:
        """The lot whose papers are kept in this way."""
        if manner not in self.lots:
            made, days = self.period.starts_on - timedelta(days=5), 90 if manner.has_shelf_life else None
            lot = self.books.lot(self.grower, "SC", "蔬菜", 50_000, made, days, producer_name="柳江区某蔬菜合作社")
            if not manner.has_made_on:
                self.books.store.correct(lot, {"produced_on": None})
            self.lots[manner] = lot
        return self.lots[manner]


def _month(month: _Month, number: int) -> None:
    first = month.period.starts_on
    there = [one for one in month.city.establishments if one.status == "active" and one.filed_on <= first]
    markets = [one for one in there if one.kind is EstablishmentKind.MARKET]
    for place, market in enumerate(markets):
        manner = MARKETS[(place + 2 * number) % len(MARKETS)] if place else FORGED
        month.papers(market, manner, 5)
        _traders(month, [one for one in there if one.market_id == market.id], manner)
    codes = sorted({one.region_code for one in there} - {DILIGENT})
    for code, manner in (dict(zip(codes, DISTRICTS, strict=False)) | {DILIGENT: CAREFUL}).items():
        outside = [one for one in there if one.region_code == code and one.market_id is None and one not in markets]
        _traders(month, outside, manner)


def _traders(month: _Month, traders: Sequence[Establishment], manner: Manner) -> None:
    for trader in traders[: round(len(traders) * manner.traders / 10)]:
        month.papers(trader, manner, EVERY if trader.region_code == DILIGENT else 1)
