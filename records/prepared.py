"""Statements compiled once for each dialect, and handed to the driver with all their rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql import ClauseElement

from records.talk import Talk, known, numbered, rows_of

_NAMED = re.compile(r"%\((\w+)\)s")


class Prepared:
    """A statement as a dialect's driver takes it, its parameters by place."""

    def __init__(self, statement: ClauseElement, names: Sequence[str], dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(names) or None)
        sql, places = str(compiled), compiled.positiontup
        if places is None:
            sql, places = _NAMED.sub("%s", sql), _NAMED.findall(sql)
        self.sql, self.numbered = sql, numbered(sql)
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


#: key in ``Session.info``: the connection of a unit of work
CONNECTION = "connection"


def connection_of(session: Session) -> Connection:
    """The session's connection, without the session's own way of looking for it where there is no need.

    A savepoint begins when the session itself looks.
    """
    known: Connection | None = session.info.get(CONNECTION)
    if known is None or not known.in_transaction() or session.in_nested_transaction():
        return session.connection()
    return known


def fetch(connection: Connection, statement: ClauseElement, values: Mapping[str, Any]) -> list[list[Any]]:
    """The rows that a statement finds or returns. Raises SQLAlchemy's DBAPIError."""
    made = prepared(statement, (), connection.dialect)
    raw: Any = connection.connection.driver_connection
    try:
        found = _found(connection, raw, made, made.row(values))
    except connection.dialect.loaded_dbapi.Error as error:
        raise _known(error, made.sql, connection.dialect) from error
    return [made.read(row) for row in found]


def _found(connection: Connection, raw: Any, made: Prepared, row: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    if connection.dialect.name == "postgresql" and not raw.autocommit:
        return rows_of(known(connection.info, raw), made.numbered, row)
    cursor = raw.execute(made.sql, row)
    found: list[tuple[Any, ...]] = cursor.fetchall()
    cursor.close()
    return found


#: statements with all their rows
Work = Sequence[tuple[Prepared, Sequence[Mapping[str, Any]]]]
#: key in ``Connection.info``: what is to be written together with the commit
LAST = "last_work"


def execute(connection: Connection, work: Work) -> None:
    """Run statements with their rows; on PostgreSQL in one round trip. Raises SQLAlchemy's DBAPIError."""
    run(connection, work, _tell if connection.dialect.name == "postgresql" else _many)


def execute_last(connection: Connection, work: Work) -> None:
    """The same for what is written last before the commit; on PostgreSQL the commit is in the same round trip."""
    if connection.dialect.name == "postgresql":
        connection.info[LAST] = work
    else:
        execute(connection, work)


def what_is_last(connection: Connection) -> Work | None:
    """What is still to be written while the connection commits, or is forgotten while it rolls back; once."""
    if connection.invalidated:  # the server has gone, and the notes on the connection with it
        return None
    work: Work | None = connection.info.pop(LAST, None)
    return work


def run(connection: Connection, work: Work, way: Callable[[Connection, Work], None]) -> None:
    """Run statements in one way or another. Raises SQLAlchemy's DBAPIError."""
    try:
        way(connection, work)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _known(error, "; ".join(statement.sql for statement, _many in work), connection.dialect) from error


def _known(error: Exception, sql: str, dialect: Dialect) -> BaseException:
    return DBAPIError.instance(sql, None, error, dialect.loaded_dbapi.Error, dialect=dialect)


def _many(connection: Connection, work: Work) -> None:
    raw: Any = connection.connection.driver_connection
    cursor = raw.cursor()
    for statement, many in work:
        cursor.executemany(statement.sql, [statement.row(values) for values in many])
    cursor.close()


def said(connection: Connection, work: Work) -> Talk:
    """A round trip with these statements in it."""
    raw: Any = connection.connection.driver_connection
    talk = Talk(known(connection.info, raw))
    for statement, many in work:
        for values in many:
            talk.say(statement.numbered, statement.row(values))
    return talk


def _tell(connection: Connection, work: Work) -> None:
    said(connection, work).answers()
