"""The database and the unit of work: the only place where a transaction begins or ends."""

from __future__ import annotations

import json
import select
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Connection, Dialect, Engine, create_engine, event, inspect, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session, UOWTransaction, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from records import rows
from records.base import Fact
from records.errors import UnjournaledChangeError
from records.prepared import CONNECTION, Work, run, said, what_is_last
from records.sealing import SEALER, Sealer
from records.settings import DEVELOPMENT_SEALING_KEY

#: key in ``Session.info``: the facts whose change the one writer has entered in the journal in this transaction
ENTERED = "entered_facts"
#: milliseconds that a transaction waits for another's lock before it gives up (SQLite: for the one writer)
PATIENCE = 15_000
#: key in ``Session.info``: what to do in this process once the transaction is durable
FOLLOW_UPS = "follow_ups"
#: key in ``Session.info``: what this process remembers of the database
MEMORY = "memory"
#: execution option of a unit of work's connection: SQLite then takes its one write lock at the start, not half-way
WRITING = "sujian_writing"


def memory(session: Session) -> dict[str, Any]:
    """What this process remembers of the session's database, by name: only what can be known again from its rows."""
    remembered: dict[str, Any] = session.info.setdefault(MEMORY, {})
    return remembered


def after_commit(session: Session, follow_up: Callable[[], None]) -> None:
    """Do something in this process once the unit of work is durable; nothing, when it fails."""
    session.info.setdefault(FOLLOW_UPS, []).append(follow_up)


class Database:
    """One database: hands out units of work. ``url`` is SQLAlchemy's (``sqlite:///…`` or ``postgresql+psycopg://…``).

    On PostgreSQL a transaction whose process has stopped is ended by the server after ``idle_limit`` seconds, so that
    its locks do not outlive the lease of the job it was doing. ``sealing_key``: what secrets at rest are sealed with.
    """

    def __init__(
        self, url: str, *, pool_size: int = 5, idle_limit: int = 300, sealing_key: str = DEVELOPMENT_SEALING_KEY
    ) -> None:  # fmt: skip
        sqlite = url.startswith("sqlite")
        options = {} if sqlite else {"pool_size": pool_size}
        self.engine: Engine = create_engine(url, json_serializer=_json, **options)
        if sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            event.listen(self.engine, "connect", partial(_prepare_postgresql, idle_limit))
            event.listen(self.engine, "checkin", _put_back)
            event.listen(self.engine, "checkout", partial(_require_alive, self.engine.dialect))
            event.listen(self.engine, "commit", _commit_with_last)
            event.listen(self.engine, "rollback", what_is_last)
        self._sessions = sessionmaker(
            self.engine, expire_on_commit=False, info={MEMORY: {}, SEALER: Sealer(sealing_key)}
        )
        rows.watch(self._sessions)
        event.listen(self._sessions, "before_flush", _refuse_unentered_facts)

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self.engine.dialect.name

    def keep_statistics(self) -> None:
        """Let SQLite look again at how its values are spread, where that is due; PostgreSQL does so by itself."""
        if self.dialect == "sqlite":
            with self.changing_schema() as connection:
                connection.exec_driver_sql("PRAGMA analysis_limit = 1000")
                connection.exec_driver_sql("PRAGMA optimize = 0x10002")

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back on any exception."""
        with self._sessions() as session:
            session.info[CONNECTION] = session.connection(execution_options={WRITING: True})
            try:
                yield session
                session.commit()
            except BaseException:
                rows.forget(session)
                session.rollback()
                raise
            for follow_up in session.info.pop(FOLLOW_UPS, ()):
                follow_up()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session to read with: all of it sees the database at one moment, as its first SELECT finds it.

        Whatever it did is rolled back at the end, what was read stays readable.
        """
        with self._sessions() as session:
            if self.dialect == "postgresql":  # SQLite reads that way anyhow
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            try:
                yield session
            finally:
                session.expunge_all()
                session.rollback()

    @contextmanager
    def changing_schema(self) -> Iterator[Connection]:
        """One transaction for changes of the schema: committed when the block ends, rolled back on any exception.

        SQLite changes a column by making its table anew, which it takes for a deletion of every row while it watches
        over references. So it does not watch meanwhile, and is asked at the end whether all of them hold.
        """
        opened = self.engine.connect().execution_options(**{WRITING: True})
        with opened as connection, _unwatched(connection), connection.begin():
            yield connection
            if self.dialect == "sqlite" and (dangling := connection.exec_driver_sql(_DANGLING).fetchall()):
                raise ValueError(f"references to nothing: {dangling[:5]}")

    def is_reachable(self) -> bool:
        """True when the database answers; raises the driver's OperationalError otherwise."""
        with self.engine.connect() as connection:
            return bool(connection.execute(text("SELECT 1")).scalar())


#: JSON as it is kept: Chinese as it is written, not as escapes six times as long
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_PLAIN_ONLY = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS


def _json(value: Any) -> str:
    try:
        return orjson.dumps(value, option=_PLAIN_ONLY).decode()
    except TypeError:  # larger numbers, keys that are no texts
        return _JSON.encode(value)


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITING) else "BEGIN")


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # SQLAlchemy begins; the driver must not
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={PATIENCE}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@contextmanager
def _unwatched(connection: Connection) -> Iterator[None]:
    """SQLite does not watch over references."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.dbapi_connection
    driver.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")  # type: ignore[union-attr]


_DANGLING = "PRAGMA foreign_key_check"


def _prepare_postgresql(idle_limit: int, connection: Any, _record: ConnectionPoolEntry) -> None:
    connection.autocommit = True  # or the settings would end with the first rollback
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = {PATIENCE}")
    cursor.execute(f"SET idle_in_transaction_session_timeout = {idle_limit * 1000}")
    cursor.close()
    connection.autocommit = False


def _commit_with_last(connection: Connection) -> None:
    """The connection is about to commit: what is still to be written goes with it, in one round trip."""
    work = what_is_last(connection)
    if work is not None:
        run(connection, work, _tell_and_commit)


def _tell_and_commit(connection: Connection, work: Work) -> None:
    talk = said(connection, work)
    talk.commit()
    talk.answers()


#: key in the pool's notes on a connection, and seconds: when it was last used, and how long that vouches for it
_USED, _TRUSTED = "used_at", 30.0


def _put_back(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info[_USED] = time.monotonic()


def _require_alive(dialect: Dialect, connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Refuse a connection that the server has left, as it says by a word that nobody asked for, or by its silence.

    One used just now is not asked, which would take a round trip at every step.
    """
    watch = select.poll()
    watch.register(connection.fileno(), select.POLLIN)
    is_fresh = time.monotonic() - record.info.get(_USED, time.monotonic()) < _TRUSTED
    if is_fresh and not watch.poll(0):
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error


def _refuse_unentered_facts(session: Session, _context: UOWTransaction, _instances: object) -> None:
    entered = session.info.get(ENTERED, ())
    for thing in (*session.new, *session.dirty, *session.deleted):
        if isinstance(thing, Fact) and thing not in entered and _journaled_columns_changed(session, thing):
            raise UnjournaledChangeError(f"{type(thing).__name__} {thing.id} changed outside the store")


def _journaled_columns_changed(session: Session, fact: Fact) -> bool:
    if fact in session.new or fact in session.deleted:
        return True
    state = inspect(fact)
    names = [a.key for a in state.mapper.column_attrs if a.key not in fact.unjournaled]
    return any(state.attrs[name].history.has_changes() for name in (*names, *fact.listed))
