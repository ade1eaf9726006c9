"""Statements compiled once for each dialect, and handed to the driver with all their rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement

_NAMED = re.compile(r"%\((\w+)\)s")


class Prepared:
    """A statement as a dialect's driver takes it, its parameters by place."""

    def __init__(self, statement: ClauseElement, names: Sequence[str], dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(names) or None)
        sql, places = str(compiled), compiled.positiontup
        if places is None:
            sql, places = _NAMED.sub("%s", sql), _NAMED.findall(sql)
        self.sql = sql
        kinds = {name: bind.type.dialect_impl(dialect) for name, bind in compiled.binds.items()}
        converts = {name: kind.bind_processor(dialect) for name, kind in kinds.items()}
        fixed = {name: value for name, value in compiled.params.items() if value is not None and name not in names}
        self._places = [(name, converts[name]) for name in places]
        self._fixed = {name: fixed[name] for name in places if name in fixed}
        columns = [each.type.dialect_impl(dialect) for each in compiled._result_columns]
        reads = [kind.result_processor(dialect, None) for kind in columns]
        self._reads = [(place, read) for place, read in enumerate(reads) if read is not None]

    def row(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The parameters of one row."""
        given = {**self._fixed, **values} if self._fixed else values
        return tuple([given[name] if convert is None else convert(given[name]) for name, convert in self._places])

    def read(self, found: Sequence[Any]) -> list[Any]:
        """The values of a row that the driver gave."""
        values = list(found)
        for place, read in self._reads:
            values[place] = read(values[place])
        return values


_PREPARED: dict[tuple[str, int, tuple[str, ...]], tuple[ClauseElement, Prepared]] = {}


def prepared(statement: ClauseElement, names: tuple[str, ...], dialect: Dialect) -> Prepared:
    """The statement for the columns named (none for statements that name their own parameters)."""
    key = (dialect.name, id(statement), names)
    if key not in _PREPARED:
        _PREPARED[key] = (statement, Prepared(statement, names, dialect))  # kept, so that its id stays its own
    return _PREPARED[key][1]


def fetch(connection: Connection, statement: ClauseElement, values: Mapping[str, Any]) -> list[list[Any]]:
    """The rows that a statement finds or returns. Raises SQLAlchemy's DBAPIError."""
    made = prepared(statement, (), connection.dialect)
    raw: Any = connection.connection.driver_connection
    try:
        cursor = raw.execute(made.sql, made.row(values))
        found = [made.read(row) for row in cursor.fetchall()]
        cursor.close()
    except connection.dialect.loaded_dbapi.Error as error:
        raise _known(error, made.sql, connection.dialect) from error
    return found


def execute(connection: Connection, work: Sequence[tuple[Prepared, Sequence[Mapping[str, Any]]]]) -> None:
    """Run statements with their rows; on PostgreSQL in one round trip. Raises SQLAlchemy's DBAPIError."""
    dialect = connection.dialect
    made = [(statement.sql, [statement.row(values) for values in many]) for statement, many in work]
    raw: Any = connection.connection.driver_connection
    try:
        if dialect.name == "postgresql":
            _pipelined(raw, made)
        else:
            cursor = raw.cursor()
            for sql, many in made:
                cursor.executemany(sql, many)
            cursor.close()
    except dialect.loaded_dbapi.Error as error:
        raise _known(error, "; ".join(sql for sql, _many in made), dialect) from error


def _known(error: Exception, sql: str, dialect: Dialect) -> BaseException:
    return DBAPIError.instance(sql, None, error, dialect.loaded_dbapi.Error, dialect=dialect)


def _pipelined(raw: Any, made: Sequence[tuple[str, Sequence[tuple[Any, ...]]]]) -> None:
    with raw.pipeline(), raw.cursor() as cursor:
        for sql, many in made:
            for row in many:
                cursor.execute(sql, row)
