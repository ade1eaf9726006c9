"""The columns that answers feed: which record type, what fits into a column, and how a value becomes one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Date, DateTime, Enum, Float, Integer, Numeric, String
from sqlalchemy.orm import ColumnProperty

from forms.storage import to_storage
from records import tables
from records.base import Base, Fact, Moment
from records.clock import ZONE

#: the modules whose record types a form may feed, named so that they are loaded
FAMILIES = tables.__all__
#: what ``mapsTo`` of a position means: three columns in one word
POSITION = "position"
POSITION_COLUMNS = {"latitude": "latitude", "longitude": "longitude", "accuracy": "position_accuracy"}


def record_type(name: str | None) -> type[Fact] | None:
    """The model whose table has this name."""
    if name is None:
        return None
    if name not in _RECORD_TYPES:
        kinds = (mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Fact))
        _RECORD_TYPES.update({kind.__tablename__: kind for kind in kinds})
    return _RECORD_TYPES.get(name)


_RECORD_TYPES: dict[str, type[Fact]] = {}


def column_of(feeds: str | None, maps_to: str | None) -> ColumnProperty[Any] | None:
    """The column that a ``mapsTo`` names (its part before the first dot), or None."""
    model = record_type(feeds)
    if model is None or not maps_to:
        return None
    name = maps_to.split(".")[0]
    found = model.__mapper__.column_attrs.get(name)
    if found is None or ("." in maps_to and not isinstance(found.columns[0].type, JSON)):
        return None
    return found


def longest_text(feeds: str | None, maps_to: str | None) -> int | None:
    """How many characters the fed column holds; None for no bound."""
    column = column_of(feeds, maps_to)
    kind = column.columns[0].type if column else None
    return kind.length if isinstance(kind, String) and not isinstance(kind, Enum) else None


def largest_number(feeds: str | None, maps_to: str | None) -> Decimal | None:
    """The bound (exclusive) of the numbers that the fed column holds; None for no bound."""
    column = column_of(feeds, maps_to)
    kind = column.columns[0].type if column else None
    if isinstance(kind, Integer) and not isinstance(kind, BigInteger):
        return Decimal(2**31)
    if isinstance(kind, Numeric) and not isinstance(kind, Float) and kind.precision is not None:
        return Decimal(10) ** (kind.precision - (kind.scale or 0))
    return None


def most_decimals(feeds: str | None, maps_to: str | None) -> int | None:
    """How many decimals the fed column keeps; None for no bound."""
    column = column_of(feeds, maps_to)
    kind = column.columns[0].type if column else None
    if isinstance(kind, Integer):
        return 0
    return kind.scale if isinstance(kind, Numeric) and not isinstance(kind, Float) else None


def column_value(column: ColumnProperty[Any], value: Any) -> Any:
    """A cleaned answer as the column keeps it."""
    kind = column.columns[0].type
    if value is None:
        return None
    if isinstance(kind, Enum) and kind.enum_class is not None:
        return kind.enum_class(value)
    if isinstance(kind, Moment | DateTime):
        return _moment(value)
    if isinstance(kind, JSON):
        return to_storage(value)
    convert = _CONVERSIONS.get(_family(kind))
    return convert(value) if convert else value


def _moment(value: Any) -> Any:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)


def _family(kind: object) -> str:
    for name, family in (("boolean", Boolean), ("whole", Integer), ("float", Float), ("decimal", Numeric)):
        if isinstance(kind, family):
            return name
    return "date" if isinstance(kind, Date) else "text"


def _date(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(ZONE).date()
    return datetime.fromisoformat(value).date() if isinstance(value, str) else value


def _text(value: Any) -> str:
    return "、".join(str(each) for each in value) if isinstance(value, list) else str(value)


_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "boolean": lambda value: value in (True, "yes", "true"),
    "whole": int,
    "float": float,
    "decimal": lambda value: Decimal(str(value)),
    "date": _date,
    "text": _text,
}
