"""What expressions may ask about traces."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from records.clock import Clock
from records.trace import TraceRun, is_stale


def tracing_functions(session: Session, clock: Clock) -> Mapping[str, Callable[..., object]]:
    """``trace_is_fresh(run)`` and ``is_on_trace(run, establishment)``; both null where there is no such trace."""

    def run_of(run_id: object) -> TraceRun | None:
        return session.get(TraceRun, run_id) if isinstance(run_id, str) else None

    def trace_is_fresh(run_id: object) -> bool | None:
        """Whether a trace still says what is known of its lots."""
        run = run_of(run_id)
        return None if run is None else not is_stale(session, run, clock.now())

    def is_on_trace(run_id: object, establishment_id: object) -> bool | None:
        """Whether an establishment held a lot that the trace found."""
        run = run_of(run_id)
        return None if run is None else any(row["holder_id"] == establishment_id for row in run.snapshot["rows"])

    return {"trace_is_fresh": trace_is_fresh, "is_on_trace": is_on_trace}
