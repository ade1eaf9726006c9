"""Following links in the database: forwards to where lots went, backwards to where they came from."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache, partial
from itertools import product
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Integer,
    Select,
    any_,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.base import Executable

from records.registry import Establishment
from records.trace_derivation import NOTHING, UNKNOWN_HOLDER
from records.trace_model import Lot, LotHolding, LotLink, LotState
from records.trace_scope import Scope, ScopeLink, ScopeRow
from records.trace_words import STAGES, Direction, Stage


class Way(StrEnum):
    """Which way a trace goes."""

    DOWN = "down"
    UP = "up"


def read_scope(session: Session, lot_ids: Sequence[str]) -> Scope:
    """The scope of lots both ways, loops included once; the same facts make the same scope on every database."""
    with collecting_later():
        return _Reading(session.connection(), lot_ids).scope()


@contextmanager
def collecting_later() -> Iterator[None]:
    """Tens of thousands of rows are made and none is garbage: looking for some half-way takes longer than the query."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.freeze()
            gc.unfreeze()  # among the old ones now: nothing looks through them at once
            gc.enable()


def reached(lot_ids: Sequence[str], way: Way) -> Select[int]:
    """The holdings of lots and all that can be reached from them one way, each once."""
    here, there = (LotLink.parent_id, LotLink.child_id) if way is Way.DOWN else (LotLink.child_id, LotLink.parent_id)
    found = select(LotHolding.id.label("id")).where(LotHolding.lot_id.in_(lot_ids)).cte(way.value, recursive=True)
    found = found.union(select(there).join(found, here == found.c.id))
    return select(found.c.id)


def among(connection: Connection, column: Any, values: Iterable[Any]) -> ColumnElement[bool]:
    """``column`` is one of many ids, given to the database as one text: 15,000 of them take long to write one by one.

    PostgreSQL is not shown the ids before it plans: it would weigh every one of them.
    """
    if connection.dialect.name == "postgresql":
        kind: ARRAY[Any] = ARRAY(column.type)
        given = select(cast(func.string_to_array(",".join(map(str, values)), ","), kind)).scalar_subquery()
        is_one: ColumnElement[bool] = column == any_(cast(given, kind))
        return is_one
    each = func.json_each(orjson.dumps(list(values)).decode()).table_valued("value")
    is_in: ColumnElement[bool] = column.in_(select(each.c.value))
    return is_in


#: yes or no of a holding, in the order of ``ScopeRow``; read as one number
_FLAGS = (LotHolding.is_made, LotHolding.has_origin, LotHolding.has_mixed_units, LotHolding.is_in_transit)


def _in_one(flags: Iterable[Any]) -> ColumnElement[int]:
    number: ColumnElement[int] = literal(0, Integer)
    for flag in flags:
        number = number * 2 + cast(flag, Integer)
    return number


#: a holder's id where it is registered, name, region and stage
_Holder = tuple[str | None, str, str | None, Stage]
_LINK = (LotLink.parent_id, LotLink.child_id, LotLink.quantity, LotLink.sent, LotLink.received)
_HOLDING = (
    LotHolding.id, LotHolding.lot_id, LotHolding.holder_key, LotHolding.quantity_in, LotHolding.quantity_out,
    LotHolding.quantity_counted, LotHolding.expected_at_count, _in_one(_FLAGS),
)  # fmt: skip
_LOT = (Lot.tlc, Lot.product_name, Lot.unit, Lot.state, Lot.produced_on, Lot.expires_on)
_HOLDER = (Establishment.id, Establishment.name, Establishment.region_code, Establishment.kind)
#: a row, a link of its values, without the way through their names
_row, _link = partial(tuple.__new__, ScopeRow), partial(tuple.__new__, ScopeLink)
#: (lies downstream, lies upstream) → what it is sorted by, how it came into the scope
_SIDES = {
    (True, True): ("1", Direction.BOTH), (False, True): ("2", Direction.UP), (True, False): ("3", Direction.DOWN),
}  # fmt: skip
_SEED = "0", Direction.SEED
_STATES = {state.value: state for state in LotState}
_STAGES = {kind.value: stage for kind, stage in STAGES.items()}
_TOLD = list(product((False, True), repeat=len(_FLAGS)))


class _Reading:
    """Reads what the driver gives, made right here: tens of thousands of rows would be wrapped and unwrapped."""

    def __init__(self, connection: Connection, lot_ids: Sequence[str]) -> None:
        self.connection = connection
        self.is_sqlite = connection.dialect.name == "sqlite"
        self.exact: Callable[[Any], Any] = _quantity if self.is_sqlite else _as_is
        self.day: Callable[[Any], Any] = _day if self.is_sqlite else _as_is
        self.lot_ids = frozenset(lot_ids)
        self.down, self.forwards = self._followed(lot_ids, Way.DOWN)
        self.up, self.backwards = self._followed(lot_ids, Way.UP)

    def scope(self) -> Scope:
        """Each link once: those from what lies downstream, and those that lead to what lies upstream from elsewhere."""
        found = self.forwards + [link for link in self.backwards if link[0] not in self.down]
        rows = self._rows({link[0] for link in found})
        rows.sort()
        places = {at: place for place, (_key, at, _row) in enumerate(rows)}
        exact = self.exact
        links = [
            _link(
                (
                    places[parent], places[child], exact(quantity), None if sent is None else exact(sent),
                    None if received is None else exact(received),
                )
            )
            for parent, child, quantity, sent, received in found
        ]  # fmt: skip
        links.sort()
        return Scope([row for _key, _at, row in rows], links)

    def _followed(self, lot_ids: Sequence[str], way: Way) -> tuple[set[int], list[Any]]:
        """All that can be reached one way, and the links that lead there; SQLite tells both at once."""
        here, end = (LotLink.parent_id, 1) if way is Way.DOWN else (LotLink.child_id, 0)
        if self.is_sqlite:
            begins = self._all(select(LotHolding.id).where(LotHolding.lot_id.in_(lot_ids)))
            links = self._all(select(*_LINK).where(here.in_(reached(lot_ids, way))))
            return {at for (at,) in begins} | {link[end] for link in links}, links
        found = {at for (at,) in self._all(reached(lot_ids, way))}
        return found, self._all(select(*_LINK).where(among(self.connection, here, found)))

    def _rows(self, parents: set[int]) -> list[tuple[str, int, ScopeRow]]:
        """Each holding as a row, after what it is to be sorted by and its id."""
        found = self._holdings()
        holders = self._holders({row[2] for row in found})
        rows = []
        exact, day, down, up, seeds = self.exact, self.day, self.down, self.up, self.lot_ids
        for at, lot_id, key, came, went, counted, expected, told, tlc, goods, unit, state, made, expires in found:
            holder, name, region, stage = holders[key]
            is_made, has_origin, is_mixed, is_moving = _TOLD[told]
            side, direction = _SEED if lot_id in seeds else _SIDES[at in down, at in up]
            came, went = exact(came), exact(went)
            left = came - went
            told_of = (
                lot_id, tlc, goods, holder, name, region, Stage.TRANSPORT if is_moving else stage, direction, came,
                went, left, unit, _STATES[state], day(made), day(expires), at not in parents or left > NOTHING, is_made,
                has_origin, is_mixed, is_moving, None if counted is None else exact(counted),
                None if expected is None else exact(expected),
            )  # fmt: skip
            rows.append((f"{side}\0{tlc}\0{lot_id}\0{holder or ''}\0{name}", at, _row(told_of)))
        return rows

    def _holdings(self) -> list[Any]:
        """Each holding with its lot. SQLite joins them as it goes; PostgreSQL is much quicker with the lots apart."""
        held = among(self.connection, LotHolding.id, self.down | self.up)
        if self.is_sqlite:
            return self._all(select(*_HOLDING, *_LOT).join(Lot, Lot.id == LotHolding.lot_id).where(held))
        found = self._all(select(*_HOLDING).where(held))
        ids = sorted({row[1] for row in found})
        lots = {row[0]: row[1:] for row in self._all(select(Lot.id, *_LOT).where(among(self.connection, Lot.id, ids)))}
        return [row + lots[row[1]] for row in found]

    def _holders(self, keys: set[str]) -> Mapping[str, _Holder]:
        ids = [key for key in keys if not key.startswith(("=", UNKNOWN_HOLDER))]
        rows = self._all(select(*_HOLDER).where(among(self.connection, Establishment.id, ids)))
        known = {key: (key, name, region, _STAGES[kind]) for key, name, region, kind in rows}
        return {key: known.get(key) or _unregistered(key) for key in keys}

    def _all(self, query: Executable) -> list[Any]:
        with self.connection.execute(query) as result:
            return list(result.cursor.fetchall())


def _unregistered(key: str) -> _Holder:
    return None, "" if key == UNKNOWN_HOLDER else key.removeprefix("="), None, Stage.UNKNOWN


def _as_is(value: Any) -> Any:
    return value


@lru_cache(maxsize=65_536)
def _quantity(number: float) -> Decimal:
    """SQLite keeps a binary number; of a scope's sixty thousand most are the same few."""
    return Decimal(f"{number:.3f}")


@lru_cache(maxsize=4_096)
def _day(written: str | None) -> date | None:
    return None if written is None else date.fromisoformat(written)
