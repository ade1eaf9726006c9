"""What expressions of forms may call beyond FEEL's own functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from forms.announcing import announcing_functions
from forms.tracing import tracing_functions
from records.calendar import WorkCalendar
from records.clock import ZONE, Clock
from records.geo import distance_metres

#: those that web/assets/form also has, so that conditions with them are judged while typing
BROWSER_FUNCTIONS = frozenset({"distance_m"})


def form_functions(session: Session, clock: Clock) -> Mapping[str, Callable[..., object]]:
    """The functions, reading the calendar of ``session`` only when asked for it."""

    def working_days_between(start: object, end: object) -> int | None:
        """Working days from one moment to another, both ISO texts or moments; null when either is missing."""
        first, last = _moment(start), _moment(end)
        return None if first is None or last is None else WorkCalendar.load(session).working_days_between(first, last)

    own = {"distance_m": distance_m, "working_days_between": working_days_between}
    return {**own, **announcing_functions(session), **tracing_functions(session, clock)}


def distance_m(here: object, there: object) -> float | None:
    """Metres between two positions ``{latitude, longitude}``; null when either is incomplete."""
    first, second = _position(here), _position(there)
    return None if first is None or second is None else round(distance_metres(*first, *second), 1)


def _position(value: object) -> tuple[float, float] | None:
    if not isinstance(value, Mapping):
        return None
    try:
        return float(value["latitude"]), float(value["longitude"])
    except (KeyError, TypeError, ValueError):
        return None


def _moment(value: object) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=ZONE)
