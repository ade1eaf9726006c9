"""Pages of long lists: keyset cursors, so the thousandth page costs what the first does."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

import orjson
from sqlalchemy import ColumnElement, ScalarSelect, Select, func, literal, select, tuple_
from sqlalchemy.orm import Session

#: what is more is told as "more than so many": nobody reads further, and counting it costs what reading it costs
MOST_COUNTED = 10_000
RowT = TypeVar("RowT")
OutT = TypeVar("OutT")


class Direction(StrEnum):
    """Which way a cursor leads."""

    NEXT = "n"
    PREVIOUS = "p"


@dataclass(frozen=True)
class Page(Generic[RowT]):
    """One page of rows; ``total`` counts all rows the actor may see under the filter."""

    rows: list[RowT] = field(default_factory=list)
    next_cursor: str | None = None
    previous_cursor: str | None = None
    total: int = 0

    def map(self, change: Callable[[RowT], OutT]) -> Page[OutT]:
        """The same page of other rows."""
        return Page([change(row) for row in self.rows], self.next_cursor, self.previous_cursor, self.total)


def counted(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    """How many rows there are under the conditions, as a part of a statement; at most MOST_COUNTED + 1."""
    some = select(literal(1)).where(*conditions).limit(MOST_COUNTED + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


@dataclass(frozen=True)
class Cursor:
    """A place between two rows: the keys of the row beside it, and which way to read."""

    direction: Direction
    keys: tuple[Any, ...]


def encode_cursor(direction: Direction, keys: Sequence[Any]) -> str:
    """The place as opaque text."""
    return base64.urlsafe_b64encode(orjson.dumps([direction.value, *keys])).decode().rstrip("=")


def decode_cursor(text: str | None, kinds: Sequence[type]) -> Cursor | None:
    """The place that the text names; None (the first page) for no text or anything that is no cursor of this list."""
    if not text:
        return None
    try:
        direction, *keys = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return Cursor(Direction(direction), tuple(_key(key, kind) for key, kind in zip(keys, kinds, strict=True)))
    except (binascii.Error, ValueError, TypeError, OverflowError):
        return None


def _key(value: object, kind: type) -> object:
    if kind is datetime and isinstance(value, str):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC)
    if kind is date and isinstance(value, str):
        return date.fromisoformat(value)
    if not isinstance(value, kind) or (isinstance(value, int) and abs(value) >= 2**63):
        raise TypeError
    if isinstance(value, str) and "\x00" in value:
        raise ValueError
    return value


@dataclass(frozen=True)
class Order:
    """The order of a list: columns whose values together are unique, all ascending or all descending."""

    columns: tuple[Any, ...]
    kinds: tuple[type, ...]
    is_descending: bool = False


def page_of(
    session: Session, query: Select[Any], total: int, order: Order, cursor_text: str | None, limit: int
) -> Page[Any]:
    """One page of the query's rows (scalars), in the order, at the cursor."""
    cursor = decode_cursor(cursor_text, order.kinds)
    backwards = cursor is not None and cursor.direction is Direction.PREVIOUS
    if cursor is not None:
        query = query.where(_beyond(order, cursor))
    descending = order.is_descending != backwards
    columns = [column.desc() if descending else column.asc() for column in order.columns]
    found = list(session.scalars(query.order_by(*columns).limit(limit + 1)))
    more, rows = len(found) > limit, found[:limit]
    if backwards:
        rows.reverse()
    has_next = more if not backwards else True
    has_previous = more if backwards else cursor is not None
    return Page(
        rows,
        _cursor_at(order, rows[-1], Direction.NEXT) if rows and has_next else None,
        _cursor_at(order, rows[0], Direction.PREVIOUS) if rows and has_previous else None,
        total,
    )


def _beyond(order: Order, cursor: Cursor) -> ColumnElement[bool]:
    place = tuple_(*order.columns)
    keys = tuple_(*(literal(key, column.type) for key, column in zip(cursor.keys, order.columns, strict=True)))
    wants_less = order.is_descending != (cursor.direction is Direction.PREVIOUS)
    return place < keys if wants_less else place > keys


def _cursor_at(order: Order, row: Any, direction: Direction) -> str:
    return encode_cursor(direction, [getattr(row, column.key) for column in order.columns])
