"""Rows that a unit of work is going to write, written together at its end.

What every step writes (journal entries, submissions, user tasks, steps) need not pass through the ORM's flush one by
one: it is noted here and goes to the database in one go, on PostgreSQL in one round trip, before the commit and before
anything is read through the session. Statements are plain SQLAlchemy, compiled once for each dialect.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Table, bindparam, event, insert, inspect, update
from sqlalchemy.orm import ORMExecuteState, Session, make_transient_to_detached, sessionmaker
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.elements import TextClause
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from records.base import Base
from records.prepared import execute, prepared

#: key in ``Session.info``
PENDING = "pending_rows"
Statement = UpdateBase | TextClause


class _Pending:
    """What is to be written: new rows, changes of rows by their key, and other statements by a key of their caller."""

    def __init__(self) -> None:
        self.new: dict[int, Base] = {}
        self.plain: list[tuple[Table, Mapping[str, Any]]] = []
        self.changes: dict[tuple[Table, tuple[Any, ...]], dict[str, Any]] = {}
        self.runs: dict[tuple[int, object], tuple[Statement, Mapping[str, Any]]] = {}

    def __bool__(self) -> bool:
        return bool(self.new or self.plain or self.changes or self.runs)


def watch(sessions: sessionmaker[Session]) -> None:
    """Write what is noted before these sessions read, flush or commit."""
    event.listen(sessions, "before_commit", _write_at_end)
    event.listen(sessions, "before_flush", lambda session, _context, _instances: write_out(session))
    event.listen(sessions, "do_orm_execute", _before_reading)


def add(session: Session, thing: Base) -> None:
    """A new row. What is set on the object until it is written counts; from then on it is the session's."""
    _pending(session).new[id(thing)] = thing


def insert_values(session: Session, kind: type[Base], values: Mapping[str, Any]) -> None:
    """A new row that nobody needs as an object: every column that has no default of the database's own."""
    _pending(session).plain.append((table_of(kind), values))


def change(session: Session, thing: Base, **values: Any) -> None:
    """Other values for a row: set on the object now, written at the end."""
    pending = _pending(session)
    if id(thing) in pending.new:
        for name, value in values.items():
            setattr(thing, name, value)
        return
    state = inspect(thing)
    identity = state.identity or state.mapper.primary_key_from_instance(thing)
    for name, value in values.items():
        set_committed_value(thing, name, value)
    table = table_of(type(thing))
    pending.changes.setdefault((table, tuple(identity)), {}).update(values)


def run(session: Session, statement: Statement, values: Mapping[str, Any], *, key: object = None) -> None:
    """A statement for the end. The same statement with the same ``key`` runs once, with the values given last."""
    _pending(session).runs[id(statement), id(values) if key is None else key] = (statement, values)


def write_out(session: Session) -> None:
    """Write everything that is noted; the new objects are the session's own from now on."""
    pending = session.info.get(PENDING)
    if not pending:
        return
    session.info[PENDING] = _Pending()
    _execute(session, pending)
    for thing in pending.new.values():
        make_transient_to_detached(thing)
        session.add(thing)


def _write_at_end(session: Session) -> None:
    pending = session.info.pop(PENDING, None)
    if pending:
        _execute(session, pending)


def forget(session: Session) -> None:
    """The unit of work failed: nothing of it is written."""
    session.info.pop(PENDING, None)


def _before_reading(state: ORMExecuteState) -> None:
    write_out(state.session)


def _pending(session: Session) -> _Pending:
    pending: _Pending = session.info.setdefault(PENDING, _Pending())
    return pending


#: a statement, the columns its rows name (none where it names its own parameters), its rows
Batch = tuple[Statement, tuple[str, ...], list[Mapping[str, Any]]]


def _grouped(pending: _Pending) -> list[Batch]:
    """Statements with all their rows, in the order in which each was first wanted."""
    batches: dict[tuple[int, tuple[str, ...]], Batch] = {}

    def batch(statement: Statement, names: tuple[str, ...], row: Mapping[str, Any]) -> None:
        batches.setdefault((id(statement), names), (statement, names, []))[2].append(row)

    for thing in pending.new.values():
        table = table_of(type(thing))
        values = _row(thing, table)
        batch(_insert(table), tuple(values), values)
    for table, plain in pending.plain:
        batch(_insert(table), tuple(plain), plain)
    for (table, identity), changed in pending.changes.items():
        names = tuple(sorted(changed))
        keys = {f"key_{c.name}": value for c, value in zip(table.primary_key, identity, strict=True)}
        batch(_update(table), names, {**changed, **keys})
    for statement, given in pending.runs.values():
        batch(statement, (), given)
    return list(batches.values())


def _execute(session: Session, pending: _Pending) -> None:
    connection = session.connection()
    work = [(prepared(s, names, connection.dialect), many) for s, names, many in _grouped(pending)]
    execute(connection, work)


_INSERTS: dict[Table, Statement] = {}
_UPDATES: dict[Table, Statement] = {}
_DEFAULTS: dict[Table, dict[str, Any]] = {}


def table_of(kind: type[Base]) -> Table:
    """The table of a mapped class."""
    table = kind.__table__
    if not isinstance(table, Table):
        raise TypeError(f"{kind.__name__} is not mapped to a table")
    return table


def _row(thing: Base, table: Table) -> dict[str, Any]:
    """What was set, else the column's scalar default; what the database fills in itself is left to it."""
    if table not in _DEFAULTS:
        own = [c for c in table.columns if c.server_default is None or c.default is not None]
        _DEFAULTS[table] = {c.name: _default(c) for c in own}
    given = thing.__dict__
    values = {name: given.get(name, default) for name, default in _DEFAULTS[table].items()}
    return values | {c.name: given[c.name] for c in table.columns if c.name in given and c.name not in values}


def _default(column: Column[Any]) -> Any:
    return column.default.arg if isinstance(column.default, ScalarElementColumnDefault) else None


def _insert(table: Table) -> Statement:
    if table not in _INSERTS:
        _INSERTS[table] = insert(table)
    return _INSERTS[table]


def _update(table: Table) -> Statement:
    if table not in _UPDATES:
        here = [c == bindparam(f"key_{c.name}", type_=c.type) for c in table.primary_key]
        _UPDATES[table] = update(table).where(*here)
    return _UPDATES[table]
