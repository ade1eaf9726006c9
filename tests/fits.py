"""What PostgreSQL would refuse and SQLite keeps: texts longer than their column, numbers out of range, NUL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import JSON, BigInteger, Enum, Float, Integer, Numeric, SmallInteger, String, Table, event, inspect
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from records import rows
from records.base import Base


def misfit(kind: TypeEngine[Any], value: Any) -> str:
    """Why a column of this type cannot hold the value on PostgreSQL; nothing when it can."""
    if isinstance(value, str) and isinstance(kind, String):
        return _misfit_of_text(kind, value)
    if isinstance(kind, Integer) and isinstance(value, int | Decimal) and not -_reach(kind) <= value < _reach(kind):
        return f"a number below {_reach(kind)}"
    if isinstance(kind, Numeric) and not isinstance(kind, Float) and kind.precision is not None and value is not None:
        whole = Decimal(10) ** (kind.precision - (kind.scale or 0))
        return f"a number below {whole}" if abs(round(Decimal(value), kind.scale or 0)) >= whole else ""
    if isinstance(kind, JSON) and value is not None:
        text = json.dumps(value, ensure_ascii=True, default=str)
        bad = next((sign for sign in ("\\u0000", "NaN", "Infinity", "\\ud8", "\\udc") if sign in text), "")
        return "" if _is_harmless(text, bad) else f"JSON without {bad}"
    return ""


def _is_harmless(text: str, bad: str) -> bool:
    """Whether a suspicious piece of JSON text stands for something that may be kept."""
    if not bad:
        return True
    if bad in ("NaN", "Infinity"):
        try:
            json.dumps(json.loads(text), allow_nan=False)
        except ValueError:
            return False
        return True
    said = repr(json.loads(text))
    return "\\x00" not in said if bad == "\\u0000" else "\\ud" not in said


def _misfit_of_text(kind: String, value: str) -> str:
    if "\x00" in value:
        return "text without NUL"
    if not isinstance(kind, Enum) and kind.length and len(value) > kind.length:
        return f"{kind.length} characters"
    return ""


def _reach(kind: Integer) -> int:
    return 2**63 if isinstance(kind, BigInteger) else 2**15 if isinstance(kind, SmallInteger) else 2**31


def watch() -> None:
    """From now on no session of this process writes what PostgreSQL would refuse."""
    event.listen(Session, "before_flush", _refuse_misfits)
    write = rows._execute

    def write_what_fits(session: Session, pending: Any, way: Any) -> None:
        for table, values in pending.new:
            _check(table, values)
        for (table, _key), values in pending.changes.items():
            _check(table, values)
        write(session, pending, way)

    rows._execute = write_what_fits


def _refuse_misfits(session: Session, *_: object) -> None:
    for row in (*session.new, *session.dirty):
        _check_all(type(row).__name__, _columns(type(row)), row.__dict__)


def _check(table: Table, values: Mapping[str, Any]) -> None:
    _check_all(table.name, _table_columns(table), values)


def _check_all(name: str, columns: Iterable[tuple[str, TypeEngine[Any]]], values: Mapping[str, Any]) -> None:
    for key, kind in columns:
        value = values.get(key)
        found = "" if value is None else misfit(kind, value)
        assert not found, f"{name}.{key} holds {found}: {value!r}"


@cache
def _columns(kind: type[Base]) -> list[tuple[str, TypeEngine[Any]]]:
    return _bounded((each.key, each.columns[0].type) for each in inspect(kind).column_attrs)


@cache
def _table_columns(table: Table) -> list[tuple[str, TypeEngine[Any]]]:
    return _bounded((column.name, column.type) for column in table.columns)


def _bounded(columns: Iterable[tuple[str, TypeEngine[Any]]]) -> list[tuple[str, TypeEngine[Any]]]:
    return [(key, kind) for key, kind in columns if isinstance(kind, String | Integer | Numeric | JSON)]
