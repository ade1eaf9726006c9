"""Live executions that this process keeps, so that a next step need not load them.

One is taken out while it moves and put back once its step is durable; it counts only while the instance's row still has
the version it was left at, so another process's step makes it worthless, and a failed step leaves nothing behind.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from sqlalchemy.orm import Session

from engine.bpmn import Execution
from records.db import memory

ROOM = 64 * 1024 * 1024  # bytes


@dataclass
class Kept:
    """An execution as a step left it, and how its saved state has grown since its last base (bytes)."""

    execution: Execution
    version: int
    base_size: int
    grown: int


class LiveExecutions:
    """The executions used last, as many as there is room for. Safe among threads."""

    def __init__(self, room: int = ROOM) -> None:
        self._room, self._taken = room, 0
        self._kept: OrderedDict[str, tuple[Kept, int]] = OrderedDict()
        self._lock = Lock()

    @classmethod
    def of(cls, session: Session) -> LiveExecutions:
        """Those of the session's database."""
        remembered = memory(session)
        found: LiveExecutions = remembered.get("live_executions") or remembered.setdefault("live_executions", cls())
        return found

    def take(self, instance_id: str, version: int) -> Kept | None:
        """The execution, for the caller alone, if it is kept and stands at this version."""
        with self._lock:
            kept, size = self._kept.pop(instance_id, (None, 0))
            self._taken -= size
        return kept if kept is not None and kept.version == version else None

    def keep(self, instance_id: str, kept: Kept) -> None:
        """Keep an execution that nobody moves now."""
        size = kept.execution.size
        with self._lock:
            _before, given_up = self._kept.pop(instance_id, (None, 0))
            self._kept[instance_id] = (kept, size)
            self._taken += size - given_up
            while self._taken > self._room:
                _oldest, (_kept, freed) = self._kept.popitem(last=False)
                self._taken -= freed
