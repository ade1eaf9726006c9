"""Places where a process can be struck: named passes through the product's own functions, watched from outside.

A plan is a file ``<role>.<point>.<signal>`` in a folder; the first process of that role that passes the point takes the
plan away and sends itself the signal. Without a plan nothing happens, and nothing of this is in the product.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from engine import bpmn, firing, guards

#: of one step, in the order in which it passes them
STEP = ("after_lock", "after_engine", "before_flush", "between_flushes", "before_commit", "after_commit")
MOVING = "struck_steps"


class Points:
    """The points of one process."""

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
        """Watch the verbs of the engine and the sessions they work in."""
        locked = self._locked(guards.lock_instance)
        guards.lock_instance = locked  # type: ignore[assignment]
        firing.lock_instance = locked  # type: ignore[assignment]
        for move in ("complete", "fire"):
            setattr(bpmn.Execution, move, self._after(getattr(bpmn.Execution, move), "after_engine"))
        event.listen(Session, "before_flush", lambda session, *_rest: self._moving(session, "before_flush"))
        event.listen(Session, "after_flush", lambda session, *_rest: self._moving(session, "between_flushes"))
        event.listen(Session, "before_commit", lambda session: self._moving(session, "before_commit"))
        event.listen(Session, "after_commit", lambda session: self._moving(session, "after_commit"))

    def _moving(self, session: Session, point: str) -> None:
        if MOVING in session.info:
            self.strike(point)

    def _locked(self, lock: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(lock)
        def watched(session: Session, *rest: Any) -> Any:
            found = lock(session, *rest)
            session.info[MOVING] = True
            self.strike("after_lock")
            return found

        return watched

    def _after(self, act: Callable[..., Any], point: str) -> Callable[..., Any]:
        @wraps(act)
        def watched(*given: Any, **named: Any) -> Any:
            found = act(*given, **named)
            self.strike(point)
            return found

        return watched
