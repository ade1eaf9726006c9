"""Time and identifiers, handed in: nothing in the product reads the wall clock or draws an id by itself."""

from __future__ import annotations

import random
import re
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from ulid import ULID

ZONE = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Gives the time (aware, UTC) and new ids (ULID, 26 characters, sortable by time)."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    def new_id(self) -> str:
        """A new ULID that no one else has."""
        ...


_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


def is_id(text: str) -> bool:
    """Whether a text could be an id at all (ULID); what people send is asked this before the database is."""
    return _ID.fullmatch(text) is not None


def today(clock: Clock) -> date:
    """The present calendar day in Asia/Shanghai."""
    return clock.now().astimezone(ZONE).date()


class SystemClock:
    """The machine's clock and randomness."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one place that reads the wall clock

    def new_id(self) -> str:
        """A new ULID."""
        return str(ULID())


class FixedClock:
    """A clock that stands still until moved, with seeded ids: tests, demo data, simulations."""

    def __init__(self, at: datetime, seed: int = 1) -> None:
        self._at = at.astimezone(UTC)
        self._random = random.Random(seed)

    def now(self) -> datetime:
        """The moment last set."""
        return self._at

    def new_id(self) -> str:
        """A ULID of the set moment with seeded randomness."""
        stamp = int(self._at.timestamp() * 1000).to_bytes(6, "big")
        return str(ULID(stamp + self._random.randbytes(10)))

    def move_to(self, at: datetime) -> None:
        """Set the moment (never backwards in ordinary use)."""
        self._at = at.astimezone(UTC)

    def advance(self, **delta: float) -> None:
        """Move forward by ``timedelta(**delta)``."""
        self._at += timedelta(**delta)
