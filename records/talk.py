"""One round trip to PostgreSQL: statements are collected, sent together and answered together.

Past psycopg's cursors, which take one round trip for BEGIN and one for each result: what a step reads goes together
with the beginning of its transaction, what it writes with the end. Statements are prepared once for each connection,
every value goes as text, so that the server knows its type from the statement. The server answers a statement that
fails, and none after it: nor is anything committed then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from psycopg import Connection, IsolationLevel
from psycopg._preparing import PrepareManager
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.generators import fetch_many, pipeline_communicate
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

#: how many statements a connection keeps prepared; the others are planned each time
KEPT = 400
_BEGIN_AT = {each: f"BEGIN ISOLATION LEVEL {each.name.replace('_', ' ')}".encode() for each in IsolationLevel}
Row = tuple[Any, ...]
Driver = Connection[Any]


@dataclass
class Known:
    """What there is to know of one connection."""

    driver: Driver
    values: Any
    names: dict[bytes, bytes] = field(default_factory=dict)  # statement -> what it was prepared as
    given: int = 0  # names, also those of statements that could not be prepared


class _Preparing(PrepareManager):
    """psycopg's own account of what it prepared. Where it lets the server forget everything, ours is forgotten, too."""

    def __init__(self, names: dict[bytes, bytes]) -> None:
        super().__init__()
        self._ours = names

    def maintain_gen(self, conn: Any) -> Generator[Any, Any, None]:
        """Carry out what is due: a name to be forgotten, or (None) all of them."""
        if None in self._to_flush:
            self._ours.clear()
        yield from super().maintain_gen(conn)


def known(info: dict[str, Any], driver: Driver) -> Known:
    """What is known of a connection, kept in the pool's notes on it."""
    found: Known | None = info.get("talk")
    if found is None or found.driver is not driver:
        found = info["talk"] = Known(driver, Transformer.from_context(driver))
        before, driver._prepared = driver._prepared, _Preparing(found.names)
        driver._prepared.__dict__.update(before.__dict__)  # it may have prepared something already
    return found


class Talk:
    """One round trip. Raises the driver's errors."""

    def __init__(self, about: Known) -> None:
        self._known, self._server = about, about.driver.pgconn
        self._new: dict[bytes, bytes] = {}
        self._commands: list[Callable[[], None]] = []
        self._statements: list[int] = []  # the places of their answers among all answers
        if self._server.transaction_status == TransactionStatus.IDLE:
            level = about.driver.isolation_level
            begin = b"BEGIN" if level is None else _BEGIN_AT[level]
            self._add(partial(self._server.send_query_params, begin, None))

    def say(self, sql: bytes, row: Row) -> None:
        """Send a statement with its values, in the order of its places."""
        values: list[Any] = self._known.values.dump_sequence(row, [PyFormat.TEXT] * len(row)) if row else []
        name = self._name(sql)
        self._statements.append(len(self._commands))
        if name is None:
            self._add(partial(self._server.send_query_params, sql, values))
        else:
            self._add(partial(self._server.send_query_prepared, name, values))

    def commit(self) -> None:
        """Send the end of the transaction."""
        self._add(partial(self._server.send_query_params, b"COMMIT", None))

    def answers(self) -> list[list[Row]]:
        """Send everything, and give the rows of each statement."""
        results = self._exchange()
        for result in results:
            if result.status == ExecStatus.FATAL_ERROR:
                raise error_from_result(result)
        self._known.names.update(self._new)
        return [self._rows(results[place]) for place in self._statements]

    def _add(self, command: Callable[[], None]) -> None:
        self._commands.append(command)

    def _name(self, sql: bytes) -> bytes | None:
        about = self._known
        name = about.names.get(sql) or self._new.get(sql)
        if name is None and len(about.names) + len(self._new) < KEPT:
            about.given += 1
            name = self._new[sql] = b"talk_%d" % about.given
            self._add(partial(self._server.send_prepare, name, sql))
        return name

    def _exchange(self) -> list[Any]:
        driver, server = self._known.driver, self._server
        with driver.lock:
            server.enter_pipeline_mode()
            try:
                for send in self._commands:
                    send()
                server.pipeline_sync()
                return driver.wait(_answered(server, len(self._commands)))
            finally:
                if server.status != ConnStatus.BAD:
                    server.exit_pipeline_mode()

    def _rows(self, result: Any) -> list[Row]:
        if not result.ntuples:
            return []
        values = self._known.values
        values.set_pgresult(result)
        found: list[Row] = values.load_rows(0, result.ntuples, tuple)
        return found


def _answered(server: Any, commands: int) -> Generator[Any, Any, list[Any]]:
    """The result of each command, when all are there, with that of the synchronisation after them."""
    answers: list[list[Any]] = yield from pipeline_communicate(server, deque())
    while len(answers) <= commands:
        answers.append((yield from fetch_many(server)))
    return [results[0] for results in answers]


def numbered(sql: str) -> bytes:
    """A statement of psycopg's as the server takes it: its places numbered."""
    first, *parts = sql.split("%s")
    made = [first, *(f"${place}{part}" for place, part in enumerate(parts, 1))]
    return "".join(made).replace("%%", "%").encode()


def rows_of(about: Known, sql: bytes, row: Sequence[Any]) -> list[Row]:
    """The rows that one statement gives."""
    talk = Talk(about)
    talk.say(sql, tuple(row))
    return talk.answers()[0]
