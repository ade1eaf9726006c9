"""Following links in the database: forwards to where lots went, backwards to where they came from."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import ARRAY, ColumnElement, Connection, Select, any_, func, literal, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.base import Executable

from records.registry import Establishment
from records.trace_derivation import UNKNOWN_HOLDER
from records.trace_model import Lot, LotHolding, LotLink
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
            gc.enable()


def reached(lot_ids: Sequence[str], way: Way) -> Select[int]:
    """The holdings of lots and all that can be reached from them one way, each once."""
    here, there = (LotLink.parent_id, LotLink.child_id) if way is Way.DOWN else (LotLink.child_id, LotLink.parent_id)
    found = select(LotHolding.id.label("id")).where(LotHolding.lot_id.in_(lot_ids)).cte(way.value, recursive=True)
    found = found.union(select(there).join(found, here == found.c.id))
    return select(found.c.id)


def among(connection: Connection, column: Any, values: Iterable[Any]) -> ColumnElement[bool]:
    """``column`` is one of many values, given to the database as one: 15,000 places take long to write into a text."""
    given = list(values)
    if connection.dialect.name == "postgresql":
        is_one: ColumnElement[bool] = column == any_(literal(given, ARRAY(column.type)))
        return is_one
    each = func.json_each(orjson.dumps(given).decode()).table_valued("value")
    is_in: ColumnElement[bool] = column.in_(select(each.c.value))
    return is_in


#: name, region and stage of a holder
_Holder = tuple[str, str | None, Stage]
_LINK = (LotLink.parent_id, LotLink.child_id, LotLink.quantity, LotLink.sent, LotLink.received)
_HOLDING = (
    LotHolding.id, LotHolding.lot_id, LotHolding.holder_key, LotHolding.establishment_id, LotHolding.quantity_in,
    LotHolding.quantity_out, LotHolding.is_made, LotHolding.has_origin, LotHolding.has_mixed_units,
    LotHolding.is_in_transit, LotHolding.quantity_counted, LotHolding.expected_at_count,
)  # fmt: skip
_LOT = (Lot.id, Lot.tlc, Lot.product_name, Lot.unit, Lot.state, Lot.produced_on, Lot.expires_on)
_SIDES = {Direction.SEED: 0, Direction.BOTH: 1, Direction.UP: 2, Direction.DOWN: 3}


class _Reading:
    def __init__(self, connection: Connection, lot_ids: Sequence[str]) -> None:
        self.connection = connection
        self.down = set(connection.scalars(reached(lot_ids, Way.DOWN)))
        self.up = set(connection.scalars(reached(lot_ids, Way.UP)))
        self.lot_ids = frozenset(lot_ids)

    def scope(self) -> Scope:
        links = self._links()
        parents = {link[0] for link in links}
        found = self._holdings()
        holders = self._holders({row[3] for row in found if row[3] is not None})
        lots = self._lots({row[1] for row in found})
        rows = [(row[0], self._row(row, lots[row[1]], holders, is_last=row[0] not in parents)) for row in found]
        rows.sort(key=_order)
        places = {key: place for place, (key, _row) in enumerate(rows)}
        told = [ScopeLink(places[parent], places[child], *rest) for parent, child, *rest in links]
        told.sort(key=itemgetter(0, 1))
        return Scope([row for _key, row in rows], told)

    def _links(self) -> list[Any]:
        """Each link once: those from what lies downstream, and those that lead to what lies upstream from elsewhere."""
        forwards = self._all(select(*_LINK).where(among(self.connection, LotLink.parent_id, self.down)))
        backwards = self._all(select(*_LINK).where(among(self.connection, LotLink.child_id, self.up)))
        return forwards + [link for link in backwards if link[0] not in self.down]

    def _holdings(self) -> list[Any]:
        return self._all(select(*_HOLDING).where(among(self.connection, LotHolding.id, self.down | self.up)))

    def _lots(self, ids: set[str]) -> dict[str, Any]:
        """Not joined to the holdings: a database that thinks of joining reads all lots there are."""
        rows = self._all(select(*_LOT).where(among(self.connection, Lot.id, ids)))
        return {row[0]: row for row in rows}

    def _holders(self, ids: set[str]) -> dict[str, _Holder]:
        columns = (Establishment.id, Establishment.name, Establishment.region_code, Establishment.kind)
        rows = self._all(select(*columns).where(among(self.connection, Establishment.id, ids)))
        return {key: (name, region, STAGES[kind]) for key, name, region, kind in rows}

    def _all(self, query: Executable) -> list[Any]:
        return list(self.connection.execute(query).all())

    def _row(self, found: Any, lot: Any, holders: Mapping[str, _Holder], *, is_last: bool) -> ScopeRow:
        at, lot_id, key, holder, came, went, made, origin, mixed, transit, counted, expected = found
        _lot_id, tlc, product, unit, state, produced, expires = lot
        name, region, stage = holders.get(key) or _unregistered(key)
        left = came - went
        return ScopeRow(
            lot_id, tlc, product, holder, name, region, Stage.TRANSPORT if transit else stage,
            self._direction(at, lot_id), came, went, left, unit, state, produced, expires, is_last or left > 0,
            made, origin, mixed, transit, counted, expected,
        )  # fmt: skip

    def _direction(self, at: int, lot_id: str) -> Direction:
        if lot_id in self.lot_ids:
            return Direction.SEED
        if at in self.down:
            return Direction.BOTH if at in self.up else Direction.DOWN
        return Direction.UP


def _unregistered(key: str) -> _Holder:
    return "" if key == UNKNOWN_HOLDER else key.removeprefix("="), None, Stage.UNKNOWN


def _order(kept: tuple[int, ScopeRow]) -> tuple[int, str, str, str, str]:
    row = kept[1]
    return _SIDES[row.direction], row.tlc, row.lot_id, row.holder_id or "", row.holder_name
