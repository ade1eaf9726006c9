"""The trace against brute force on random histories: splits, merges, loops, errors declared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from records import trace
from records.clock import FixedClock
from records.db import Database
from records.people import SYSTEM
from records.registry import Establishment
from records.store import Store
from records.trace_events import LotItem, TraceEvent, declare_error, enter_events
from records.trace_gaps import GapKind
from records.trace_links import rebuild_links, verify_links
from records.trace_loops import loops_of
from records.trace_model import Lot
from records.trace_query import read_scope
from records.trace_words import BusinessStep, ErrorReason, EventAction, EventType
from tests.conftest import START
from tests.records.chain import Chain

LOTS, HOLDERS = 5, 4
lots = st.integers(0, LOTS - 1)
holders = st.integers(0, HOLDERS - 1)
quantities = st.integers(1, 50)
two_holders = st.lists(holders, min_size=2, max_size=2, unique=True)
some_lots = st.lists(lots, min_size=2, max_size=4, unique=True)
#: what happened: (kind, lots, holders, quantity, whether it was declared to be in error)
deeds = st.one_of(
    st.tuples(st.sampled_from(["make", "sell"]), lots.map(lambda lot: [lot]), holders.map(lambda h: [h])),
    st.tuples(st.sampled_from(["ship", "receive"]), lots.map(lambda lot: [lot]), two_holders),
    st.tuples(st.just("convert"), some_lots, holders.map(lambda h: [h])),
)
histories = st.lists(st.tuples(deeds, quantities, st.booleans()), max_size=25)
Place = tuple[int, int]


class Reference:
    """Quantities and ways from the definition: nothing is kept in step, nothing is indexed, everything is looked at."""

    def __init__(self, history: list[Any]) -> None:
        self.told = [(kind, ls, hs, q) for (kind, ls, hs), q, is_wrong in history if not is_wrong]
        self.quantities: dict[tuple[Place, Place], Decimal] = {}
        self.came: dict[Place, Decimal] = {}
        self.went: dict[Place, Decimal] = {}
        for kind, ls, hs, q in self.told:
            if kind == "make":
                self._add(self.came, (ls[0], hs[0]), q)
            elif kind == "sell":
                self._add(self.went, (ls[0], hs[0]), q)
            elif kind == "convert":
                self._convert(ls, hs[0], q)
        self._move()

    def _convert(self, ls: list[int], holder: int, quantity: int) -> None:
        inputs, outputs = halves(ls)
        for lot in inputs:
            self._add(self.went, (lot, holder), quantity)
            for made in outputs:
                self._add(self.quantities, ((lot, holder), (made, holder)), quantity)
        for made in outputs:
            self._add(self.came, (made, holder), quantity)

    def _move(self) -> None:
        for lot in range(LOTS):
            for one in range(HOLDERS):
                for other in range(HOLDERS):
                    sent, received = self._sum("ship", lot, one, other), self._sum("receive", lot, one, other)
                    if sent is None and received is None:
                        continue
                    left = sent if sent is not None else received
                    came = received if received is not None else sent
                    self._add(self.went, (lot, one), left)
                    self._add(self.came, (lot, other), came)
                    self._add(self.quantities, ((lot, one), (lot, other)), left)

    def _sum(self, kind: str, lot: int, one: int, other: int) -> int | None:
        found = [q for k, ls, hs, q in self.told if k == kind and ls == [lot] and hs == [one, other]]
        return sum(found) if found else None

    def _add(self, sums: dict[Any, Decimal], key: Any, quantity: Any) -> None:
        sums[key] = sums.get(key, Decimal(0)) + quantity

    @property
    def places(self) -> set[Place]:
        return set(self.came) | set(self.went)

    def reach(self, seeds: set[int], *, forwards: bool) -> set[Place]:
        found = {place for place in self.places if place[0] in seeds}
        while True:
            more = {(b if forwards else a) for a, b in self.quantities if (a if forwards else b) in found}
            if more <= found:
                return found
            found |= more

    def loops(self, places: set[Place]) -> set[frozenset[Place]]:
        """Sets of places each of which can be reached from each: by closing the relation."""
        edges = {(a, b) for a, b in self.quantities if a in places and b in places}
        closed = set(edges)
        while True:
            more = {(a, d) for a, b in closed for c, d in closed if b == c}
            if more <= closed:
                break
            closed |= more
        mutual = {a: frozenset(b for a2, b in closed if a2 == a and (b, a) in closed) for a, _ in closed}
        return {each for each in mutual.values() if each}


def halves(ls: list[int]) -> tuple[list[int], list[int]]:
    return ls[: len(ls) // 2], ls[len(ls) // 2 :]


class World:
    """Lots and holders that are there before anything happens."""

    def __init__(self, store: Store) -> None:
        chain = Chain(store, prefix="旁")  # something else goes on beside
        self.holders = [chain.business(f"主体{n}", chain.mill.kind) for n in range(HOLDERS)]
        self.lots = [chain.lot(f"批-{n}", self.holders[n % HOLDERS], 1000) for n in range(LOTS)]


def event_of(world: World, deed: Any, quantity: int, minute: int) -> TraceEvent:
    kind, ls, hs = deed
    at = world.holders[hs[-1] if kind == "receive" else hs[0]]
    items = [LotItem(world.lots[lot], Decimal(quantity), "kg").content() for lot in ls]
    inputs, outputs = halves(items) if kind == "convert" else ([], items)
    moves = kind in ("ship", "receive")
    return TraceEvent(
        event_type=EventType.OBJECT,
        action=EventAction.OBSERVE,
        business_step={
            "make": BusinessStep.COMMISSIONING, "sell": BusinessStep.RETAIL_SELLING, "ship": BusinessStep.SHIPPING,
            "receive": BusinessStep.RECEIVING, "convert": BusinessStep.COMMISSIONING,
        }[kind],
        occurred_at=START - timedelta(days=1) + timedelta(minutes=minute),
        establishment_id=at.id, region_code=at.region_code, region_path=at.region_path,
        from_id=world.holders[hs[0]].id if moves else None,
        to_id=world.holders[hs[1]].id if moves else None,
        inputs=inputs, outputs=outputs,
    )  # fmt: skip


@contextmanager
def undone(database: Database) -> Iterator[Session]:
    """A unit of work of which nothing stays."""
    with pytest.raises(_UndoneError), database.unit_of_work() as session:
        yield session
        raise _UndoneError


class _UndoneError(Exception):
    pass


@pytest.fixture
def world(database: Database) -> World:
    with database.unit_of_work() as session:
        return World(Store(session, FixedClock(START, seed=7), SYSTEM))


def tell(store: Store, world: World, history: list[Any]) -> None:
    events = [event_of(world, deed, q, minute) for minute, (deed, q, _wrong) in enumerate(history)]
    enter_events(store, events[::2])
    enter_events(store, events[1::2])
    for event, (_deed, _q, is_wrong) in zip(events, history, strict=True):
        if is_wrong:
            declare_error(store, event, ErrorReason.DID_NOT_OCCUR, "误报")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories, seeds=st.sets(lots, min_size=1, max_size=2))
def test_a_trace_is_what_brute_force_finds(
    database: Database, world: World, history: list[Any], seeds: set[int]
) -> None:
    reference = Reference(history)
    lot_at, holder_at = _numbers(world.lots), _numbers(world.holders)
    with undone(database) as session:
        store = Store(session, FixedClock(START, seed=8), SYSTEM)
        tell(store, world, history)
        scope = read_scope(session, [world.lots[seed].id for seed in sorted(seeds)])
        run = trace.run_trace(store, lot_ids=[world.lots[seed].id for seed in sorted(seeds)])
        assert list(verify_links(session)) == []
        rebuild_links(session)
        assert trace.run_trace(store, lot_ids=run.lot_ids).sha256 == run.sha256
    places = [(lot_at[row.lot_id], holder_at[row.holder_id or ""]) for row in scope.rows]
    down, up = reference.reach(seeds, forwards=True), reference.reach(seeds, forwards=False)
    assert len(set(places)) == len(places)
    assert set(places) == down | up
    for place, row in zip(places, scope.rows, strict=True):
        assert (row.quantity_in, row.quantity_out) == (
            reference.came.get(place, 0), reference.went.get(place, 0),
        )  # fmt: skip
        assert row.direction.value == _direction(place, seeds, down, up)
    links = {(places[link.parent], places[link.child]): link.quantity for link in scope.links}
    wanted = {ends: q for ends, q in reference.quantities.items() if ends[0] in down or ends[1] in up}
    assert links == wanted
    loops = {frozenset(places[at] for at in gap.rows) for gap in trace.gaps(run) if gap.kind is GapKind.LOOP}
    assert loops == reference.loops(down | up)


def _numbers(things: list[Lot] | list[Establishment]) -> dict[str, int]:
    return {thing.id: number for number, thing in enumerate(things)}


def _direction(place: Place, seeds: set[int], down: set[Place], up: set[Place]) -> str:
    if place[0] in seeds:
        return "seed"
    if place in down:
        return "both" if place in up else "down"
    return "up"


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=40))
def test_loops_are_what_brute_force_finds(links: list[tuple[int, int]]) -> None:
    closed = set(links)
    while not (more := {(a, d) for a, b in closed for c, d in closed if b == c}) <= closed:
        closed |= more
    wanted = {tuple(sorted({b for a2, b in closed if a2 == a and (b, a) in closed})) for a, _ in closed} - {()}
    assert set(loops_of(10, links)) == wanted


def test_a_long_trail_does_not_exhaust_the_stack() -> None:
    assert loops_of(100_000, [(n, n + 1) for n in range(99_999)]) == []
    assert loops_of(50_000, [(n, (n + 1) % 50_000) for n in range(50_000)]) == [tuple(range(50_000))]
