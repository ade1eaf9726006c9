"""Jurisdiction in SQL: every query of every read side passes through here, so what one may not see does not exist."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement, and_, literal, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType

from records.people import Actor

#: levels of a region path (province, city) that hold nearly every row, so that entering a table by them saves nothing
WIDE = 2


class _BeginsWith(FunctionElement[bool]):
    """A text column that begins with a text, so that an index on the column serves on every database."""

    type = Boolean()
    inherit_cache = True
    name = "begins_with"

    def self_group(self, against: OperatorType | None = None) -> _BeginsWith:
        """Stand in a WHERE as it is: ``(…) = 1``, which SQLite gets otherwise, hides it from the index."""
        return self


class _WidelyBeginsWith(_BeginsWith):
    """The same without an index: the rows are read in the order that the list wants, and nearly all of them fit."""

    inherit_cache = True


@compiles(_WidelyBeginsWith, "sqlite")
def _as_test(element: _BeginsWith, compiler: SQLCompiler, **how: Any) -> str:
    column, first, beyond = (compiler.process(clause, **how) for clause in element.clauses)
    return f"(+{column} >= {first} AND +{column} < {beyond})"


@compiles(_BeginsWith)
def _as_range(element: _BeginsWith, compiler: SQLCompiler, **how: Any) -> str:
    column, first, beyond = (compiler.process(clause, **how) for clause in element.clauses)
    return f"({column} >= {first} AND {column} < {beyond})"


@compiles(_BeginsWith, "postgresql")
@compiles(_WidelyBeginsWith, "postgresql")
def _as_prefix(element: _BeginsWith, compiler: SQLCompiler, **how: Any) -> str:
    """Not a range: its collation may sort otherwise. The index needs ``text_pattern_ops``."""
    column, first, _beyond = element.clauses
    return f"({compiler.process(column, **how)} ^@ {compiler.process(first, **how)})"


def within(column: Any, region_path: str) -> ColumnElement[bool]:
    """The region paths at or below one."""
    beyond = region_path[:-1] + chr(ord(region_path[-1:] or "/") + 1)
    levels = region_path.strip("/").count("/") + 1
    kind = _BeginsWith if levels > WIDE else _WidelyBeginsWith
    return kind(column, literal(region_path), literal(beyond))


def visible(table: Any, actor: Actor) -> ColumnElement[bool]:
    """The rows of ``table`` inside the actor's jurisdiction; it has region_path, and establishment_id for businesses.

    Authorities see their region's subtree; a business sees only rows of its own establishment.
    """
    if actor.is_system:
        return true()
    inside = within(table.region_path, actor.region_path)
    if not actor.is_business:
        return inside
    key = table.id if table.__tablename__ == "establishment" else table.establishment_id
    return and_(inside, key == (actor.establishment_id or ""))
