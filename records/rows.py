"""Rows that a unit of work reads and is going to write, past the ORM's way of doing so one by one.

What every step writes (journal entries, submissions, user tasks, steps) is noted here and goes to the database in one
go, on PostgreSQL in one round trip, before the commit and before anything is read through the session. Statements are
plain SQLAlchemy, compiled once for each dialect; objects made here are the session's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Select, Table, bindparam, event, insert, inspect, update
from sqlalchemy.orm import ORMExecuteState, Session, sessionmaker
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.elements import TextClause
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from records.base import Base
from records.prepared import Work, connection_of, execute, execute_last, fetch, prepared

#: key in ``Session.info``
PENDING = "pending_rows"
Statement = UpdateBase | TextClause
Key = tuple[Table, tuple[Any, ...]]
Kind = TypeVar("Kind", bound=Base)


class _Pending:
    """What is to be written: new rows, changes of rows by their key, and other statements by a key of their caller."""

    def __init__(self) -> None:
        self.new: list[tuple[Table, Mapping[str, Any]]] = []
        self.made: dict[Key, dict[str, Any]] = {}  # those of the new rows that there are objects of
        self.changes: dict[Key, dict[str, Any]] = {}
        self.runs: dict[tuple[int, object], tuple[Statement, Mapping[str, Any]]] = {}

    def __bool__(self) -> bool:
        return bool(self.new or self.changes or self.runs)


def watch(sessions: sessionmaker[Session]) -> None:
    """Write what is noted before these sessions read, flush or commit."""
    event.listen(sessions, "before_commit", _write_at_end)
    event.listen(sessions, "before_flush", lambda session, _context, _instances: write_out(session))
    event.listen(sessions, "do_orm_execute", _before_reading)


def insert_values(session: Session, kind: type[Base], values: Mapping[str, Any]) -> None:
    """A new row that nobody needs as an object: every column that has no default of the database's own."""
    _pending(session).new.append((table_of(kind), values))


def add(session: Session, kind: type[Kind], values: Mapping[str, Any]) -> Kind:
    """A new row, and the session's object of it.

    Columns that are not named get their scalar default, else NULL; what the database fills in itself is left to it.
    """
    table = table_of(kind)
    row = {**_defaults(table), **values}
    pending = _pending(session)
    pending.new.append((table, row))
    pending.made[table, tuple([row[column.name] for column in table.primary_key])] = row
    return _object(session, kind, row)


def change(session: Session, thing: Base, **values: Any) -> None:
    """Other values for a row: set on the object now, written at the end."""
    pending = _pending(session)
    for name, value in values.items():
        set_committed_value(thing, name, value)
    state = inspect(thing)
    table = table_of(type(thing))
    key = (table, tuple(state.identity or state.mapper.primary_key_from_instance(thing)))
    row = pending.made.get(key)
    if row is None:
        row = pending.changes.setdefault(key, {})
    row.update(values)


def run(session: Session, statement: Statement, values: Mapping[str, Any], *, key: object = None) -> None:
    """A statement for the end. The same statement with the same ``key`` runs once, with the values given last."""
    _pending(session).runs[id(statement), id(values) if key is None else key] = (statement, values)


def find(session: Session, statement: Select[Any], values: Mapping[str, Any]) -> list[list[Any]]:
    """What a SELECT of plain columns finds, as the database stands with everything that this unit of work did."""
    session.flush()
    write_out(session)
    return fetch(connection_of(session), statement, values)


def loaded(session: Session, kind: type[Kind], values: list[Any]) -> Kind:
    """The session's object of a row that was found, as it stands there: every column of the table in its order."""
    row = dict(zip(table_of(kind).columns.keys(), values, strict=True))
    key = session.identity_key(row=None, instance=None, class_=kind, ident=_identity(kind, row))
    known = session.identity_map.get(key)
    if not isinstance(known, kind):
        return _object(session, kind, row)
    for name, value in row.items():
        set_committed_value(known, name, value)
    return known


def _identity(kind: type[Base], row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple([row[column.name] for column in table_of(kind).primary_key])


def _object(session: Session, kind: type[Kind], row: Mapping[str, Any]) -> Kind:
    """As the ORM makes one of a row that it has read."""
    mapper = inspect(kind)
    thing: Any = mapper.class_manager.new_instance()
    thing.__dict__.update(row)
    state = inspect(thing)
    state.key = mapper.identity_key_from_primary_key(_identity(kind, row))
    if len(row) < len(mapper.columns):
        state._expire_attributes(state.dict, state.unloaded)  # the others are read when they are asked for
    state.session_id = session.hash_key
    session.identity_map.add(state)
    made: Kind = thing
    return made


def write_out(session: Session) -> None:
    """Write everything that is noted."""
    pending = session.info.get(PENDING)
    if pending:
        session.info[PENDING] = _Pending()
        _execute(session, pending, execute)


def _write_at_end(session: Session) -> None:
    pending = session.info.pop(PENDING, None)
    if pending:
        is_flushed = not (session.new or session.dirty or session.deleted)  # else the session has more to write
        is_last = is_flushed and not session.in_nested_transaction()
        _execute(session, pending, execute_last if is_last else execute)


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

    for table, values in pending.new:
        batch(_insert(table), tuple(values), values)
    for (table, identity), changed in pending.changes.items():
        names = tuple(sorted(changed))
        keys = {f"key_{c.name}": value for c, value in zip(table.primary_key, identity, strict=True)}
        batch(_update(table), names, {**changed, **keys})
    for statement, given in pending.runs.values():
        batch(statement, (), given)
    return list(batches.values())


def _execute(session: Session, pending: _Pending, way: Callable[[Connection, Work], None]) -> None:
    connection = connection_of(session)
    way(connection, [(prepared(s, names, connection.dialect), many) for s, names, many in _grouped(pending)])


_INSERTS: dict[Table, Statement] = {}
_UPDATES: dict[Table, Statement] = {}
_DEFAULTS: dict[Table, dict[str, Any]] = {}


def table_of(kind: type[Base]) -> Table:
    """The table of a mapped class."""
    table = kind.__table__
    if not isinstance(table, Table):
        raise TypeError(f"{kind.__name__} is not mapped to a table")
    return table


def _defaults(table: Table) -> dict[str, Any]:
    if table not in _DEFAULTS:
        own = [c for c in table.columns if c.server_default is None or c.default is not None]
        _DEFAULTS[table] = {column.name: _default(column) for column in own}
    return _DEFAULTS[table]


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
