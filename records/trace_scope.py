"""What hangs together with lots: forwards to where they went, backwards to where they came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CTE, select
from sqlalchemy.orm import Session

from records.base import json_safe
from records.registry import Establishment, EstablishmentKind
from records.trace_derivation import UNKNOWN_HOLDER
from records.trace_links import chunks
from records.trace_model import Lot, LotHolding, LotLink, LotState
from records.trace_words import STAGES, Direction, Stage


@dataclass(frozen=True)
class ScopeRow:
    """A lot at one holder. Quantities are in ``unit``, the lot's; ``quantity_left`` < 0: more went than came.

    ``holder_id`` is None for a party that is not registered, ``holder_name`` empty where nobody knows the holder.
    ``is_last``: the trail ends here, so this is the last known holder.
    """

    lot_id: str
    tlc: str
    product_name: str
    holder_id: str | None
    holder_name: str
    holder_region: str | None
    stage: Stage
    direction: Direction
    quantity_in: Decimal
    quantity_out: Decimal
    quantity_left: Decimal
    unit: str
    state: LotState
    produced_on: date | None
    expires_on: date | None
    is_last: bool
    is_made: bool
    has_origin: bool
    has_mixed_units: bool
    is_in_transit: bool
    quantity_counted: Decimal | None
    expected_at_count: Decimal | None
    first_at: datetime | None
    last_at: datetime | None

    def content(self) -> dict[str, Any]:
        """As a snapshot keeps it."""
        return {each.name: json_safe(getattr(self, each.name)) for each in fields(self)}

    @classmethod
    def from_snapshot(cls, row: Mapping[str, Any]) -> ScopeRow:
        """As it was frozen."""
        return cls(**{name: _READ.get(name, _as_is)(value) for name, value in row.items()})


@dataclass(frozen=True)
class ScopeLink:
    """From one row to another, by their places in the scope's rows; the quantities are those of ``LotLink``."""

    parent: int
    child: int
    quantity: Decimal
    sent: Decimal | None
    received: Decimal | None

    def content(self) -> list[Any]:
        """As a snapshot keeps it."""
        return [json_safe(getattr(self, each.name)) for each in fields(self)]

    @classmethod
    def from_snapshot(cls, link: Sequence[Any]) -> ScopeLink:
        """As it was frozen."""
        parent, child, quantity, sent, received = link
        return cls(parent, child, Decimal(quantity), _decimal(sent), _decimal(received))


@dataclass(frozen=True)
class Scope:
    """Everything that hangs together with the lots asked for: rows in a fixed order, and what links them."""

    rows: list[ScopeRow]
    links: list[ScopeLink]


def read_scope(session: Session, lot_ids: Sequence[str]) -> Scope:
    """The scope of lots both ways, loops included once; the same facts make the same scope on every database."""
    down, up = reached(lot_ids, Way.DOWN), reached(lot_ids, Way.UP)
    links = {
        (link[0], link[1]): link for cte, way in ((down, Way.DOWN), (up, Way.UP)) for link in _links(session, cte, way)
    }
    seeds = set(session.scalars(select(LotHolding.id).where(LotHolding.lot_id.in_(lot_ids))))
    forwards, backwards = _details(session, down), _details(session, up)
    names = _holders(session, {row.establishment_id for row in (*forwards.values(), *backwards.values())})
    parents = {parent for parent, _child in links}
    rows = {
        key: _row(found, names, _direction(key, seeds, forwards, backwards), is_last=key not in parents)
        for key, found in (backwards | forwards).items()
    }
    order = sorted(rows, key=lambda key: _order(rows[key]))
    places = {key: place for place, key in enumerate(order)}
    told = [ScopeLink(places[parent], places[child], *rest) for parent, child, *rest in links.values()]
    return Scope([rows[key] for key in order], sorted(told, key=lambda link: (link.parent, link.child)))


class Way(StrEnum):
    """Which way a trace goes."""

    DOWN = "down"
    UP = "up"


def reached(lot_ids: Sequence[str], way: Way) -> CTE:
    """The holdings of lots and all that can be reached from them one way, each once: ``id``."""
    here, there = (LotLink.parent_id, LotLink.child_id) if way is Way.DOWN else (LotLink.child_id, LotLink.parent_id)
    found = select(LotHolding.id.label("id")).where(LotHolding.lot_id.in_(lot_ids)).cte(way.value, recursive=True)
    return found.union(select(there).join(found, here == found.c.id))


def _links(session: Session, found: CTE, way: Way) -> Iterable[Any]:
    here = LotLink.parent_id if way is Way.DOWN else LotLink.child_id
    columns = (LotLink.parent_id, LotLink.child_id, LotLink.quantity, LotLink.sent, LotLink.received)
    return session.execute(select(*columns).join(found, here == found.c.id)).all()


_COLUMNS = (
    LotHolding.id, LotHolding.lot_id, LotHolding.holder_key, LotHolding.establishment_id, LotHolding.quantity_in,
    LotHolding.quantity_out, LotHolding.quantity_counted, LotHolding.expected_at_count, LotHolding.is_made,
    LotHolding.has_origin, LotHolding.has_mixed_units, LotHolding.is_in_transit, LotHolding.first_at,
    LotHolding.last_at, Lot.tlc, Lot.product_name, Lot.unit, Lot.state, Lot.produced_on, Lot.expires_on,
)  # fmt: skip


def _details(session: Session, found: CTE) -> dict[int, Any]:
    query = select(*_COLUMNS).join(found, LotHolding.id == found.c.id).join(Lot, Lot.id == LotHolding.lot_id)
    return {row.id: row for row in session.execute(query)}


#: name, region and kind of an establishment
_Holder = tuple[str, str, EstablishmentKind]


def _holders(session: Session, ids: set[str | None]) -> dict[str, _Holder]:
    columns = (Establishment.id, Establishment.name, Establishment.region_code, Establishment.kind)
    found: dict[str, _Holder] = {}
    for some in chunks(sorted(key for key in ids if key is not None)):
        rows = session.execute(select(*columns).where(Establishment.id.in_(some)))
        found |= {key: (name, region, kind) for key, name, region, kind in rows}
    return found


def _direction(key: int, seeds: set[int], forwards: Mapping[int, Any], backwards: Mapping[int, Any]) -> Direction:
    if key in seeds:
        return Direction.SEED
    if key in forwards and key in backwards:
        return Direction.BOTH
    return Direction.DOWN if key in forwards else Direction.UP


def _row(found: Any, names: Mapping[str, _Holder], direction: Direction, *, is_last: bool) -> ScopeRow:
    key = found.holder_key
    name, region, kind = names.get(key, ("" if key == UNKNOWN_HOLDER else key.removeprefix("="), None, None))
    stage = Stage.TRANSPORT if found.is_in_transit else STAGES[kind] if kind else Stage.UNKNOWN
    left = found.quantity_in - found.quantity_out
    return ScopeRow(
        lot_id=found.lot_id,
        tlc=found.tlc,
        product_name=found.product_name,
        holder_id=found.establishment_id,
        holder_name=name,
        holder_region=region,
        stage=stage,
        direction=direction,
        quantity_in=found.quantity_in,
        quantity_out=found.quantity_out,
        quantity_left=left,
        unit=found.unit,
        state=found.state,
        produced_on=found.produced_on,
        expires_on=found.expires_on,
        is_last=is_last or left > 0,
        is_made=found.is_made,
        has_origin=found.has_origin,
        has_mixed_units=found.has_mixed_units,
        is_in_transit=found.is_in_transit,
        quantity_counted=found.quantity_counted,
        expected_at_count=found.expected_at_count,
        first_at=found.first_at,
        last_at=found.last_at,
    )


_SIDES = {Direction.SEED: 0, Direction.BOTH: 1, Direction.UP: 2, Direction.DOWN: 3}


def _order(row: ScopeRow) -> tuple[int, str, str, str, str]:
    return _SIDES[row.direction], row.tlc, row.lot_id, row.holder_id or "", row.holder_name


def _as_is(value: Any) -> Any:
    return value


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


def _moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


_READ: dict[str, Callable[[Any], Any]] = {
    "stage": Stage, "direction": Direction, "state": LotState, "produced_on": _day, "expires_on": _day,
    "first_at": _moment, "last_at": _moment, "quantity_in": Decimal, "quantity_out": Decimal,
    "quantity_left": Decimal, "quantity_counted": _decimal, "expected_at_count": _decimal,
}  # fmt: skip
