"""Places where a process can be struck: named passes through the product's own functions, watched from outside.

A plan is a file ``<role>.<point>.<signal>`` in a folder; the first process of that role that passes the point takes the
plan away and sends itself the signal. Without a plan nothing happens, and nothing of this is in the product.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import psycopg

from engine import bpmn
from records.talk import Talk

#: of one step, in the order in which it passes them
STEP = ("after_lock", "after_engine", "before_writing", "between_writes", "before_commit", "after_commit")


def _locks(said: str) -> bool:
    return "FOR UPDATE" in said and "process_instance.version" in said


class Points(threading.local):
    """The points of one process; each thread knows whether it is in the middle of a step."""

    is_moving, writes = False, 0
    is_locking, is_ending = False, False  # what the round trip that is being put together does

    def __init__(self, role: str, folder: Path) -> None:
        self.role, self.folder = role, folder

    def strike(self, point: str) -> None:
        """Send the planned signal to this process, if there is a plan for it here."""
        for plan in self.folder.glob(f"{self.role}.{point}.*"):
            try:
                plan.rename(self.folder / f"struck.{plan.name}")
            except FileNotFoundError:
                continue  # another process was first
            os.kill(os.getpid(), int(plan.suffix[1:]))

    def watch(self) -> None:
        """Watch the executor, and the driver's statements and commits in a transaction that locked an instance."""
        for move in ("complete", "fire"):
            setattr(bpmn.Execution, move, self._after(getattr(bpmn.Execution, move), "after_engine"))
        Talk.say = self._saying(Talk.say)  # type: ignore[method-assign]
        Talk.commit = self._ending(Talk.commit)  # type: ignore[method-assign]
        Talk.answers = self._answering(Talk.answers)  # type: ignore[method-assign]
        cursor, connection = psycopg.Cursor, psycopg.Connection
        cursor.execute = self._executing(cursor.execute)  # type: ignore[method-assign]
        connection.commit = self._committing(connection.commit)  # type: ignore[method-assign]
        connection.rollback = self._rolling_back(connection.rollback)  # type: ignore[method-assign]

    def _pass(self, point: str) -> None:
        if self.is_moving:
            self.strike(point)

    def _after(self, act: Callable[..., Any], point: str) -> Callable[..., Any]:
        @wraps(act)
        def watched(*given: Any, **named: Any) -> Any:
            found = act(*given, **named)
            self._pass(point)
            return found

        return watched

    def _executing(self, execute: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(execute)
        def watched(cursor: Any, query: Any, *rest: Any, **named: Any) -> Any:
            said = str(query)
            self._before(said)
            found = execute(cursor, query, *rest, **named)
            if _locks(said):
                self._locked()
            return found

        return watched

    def _before(self, said: str) -> None:
        if self.is_moving and said.startswith(("INSERT", "UPDATE", "DELETE")):
            self.strike("before_writing" if self.writes == 0 else "between_writes")
            self.writes += 1

    def _locked(self) -> None:
        self.is_moving, self.writes = True, 0
        self.strike("after_lock")

    def _saying(self, say: Callable[..., None]) -> Callable[..., None]:
        @wraps(say)
        def watched(talk: Talk, sql: bytes, row: Any) -> None:
            said = sql.decode()
            self._before(said)
            self.is_locking = self.is_locking or _locks(said)
            say(talk, sql, row)

        return watched

    def _ending(self, commit: Callable[..., None]) -> Callable[..., None]:
        @wraps(commit)
        def watched(talk: Talk) -> None:
            self._pass("before_commit")
            self.is_ending = True
            commit(talk)

        return watched

    def _answering(self, answers: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(answers)
        def watched(talk: Talk) -> Any:
            locks, ends = self.is_locking, self.is_ending
            self.is_locking = self.is_ending = False
            found = answers(talk)
            if locks:
                self._locked()
            if ends:
                self._pass("after_commit")
                self.is_moving = False
            return found

        return watched

    def _committing(self, commit: Callable[..., None]) -> Callable[..., None]:
        @wraps(commit)
        def watched(connection: Any) -> None:
            self._pass("before_commit")
            commit(connection)
            self._pass("after_commit")
            self.is_moving = False

        return watched

    def _rolling_back(self, roll_back: Callable[..., None]) -> Callable[..., None]:
        @wraps(roll_back)
        def watched(connection: Any) -> None:
            self.is_moving = False
            roll_back(connection)

        return watched
