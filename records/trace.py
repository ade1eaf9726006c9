"""Tracing: forwards and backwards from lots, as a frozen snapshot that can be cited and tested (R-TRC-07)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from records.base import json_safe
from records.clock import today
from records.errors import NotFoundError
from records.hashing import content_hash
from records.rules import find_rule, whole_number
from records.store import Store
from records.trace_gaps import Balance, Gap, balances_of, gaps_of
from records.trace_links import chunks
from records.trace_model import Lot, TraceEventLot, TraceRun
from records.trace_query import read_scope
from records.trace_scope import Scope, ScopeLink, ScopeRow

__all__ = [
    "STALE_AFTER", "Scope", "ScopeRow", "TraceRun", "balances", "gaps", "is_as_frozen", "is_stale", "run_trace",
    "scope_lots", "scope_of",
]  # fmt: skip

STALE_AFTER = timedelta(hours=24)
TOLERANCE_RULE, TARGET_RULE = "R-TRC-07-TOLERANCE", "R-TRC-07"


class Situated(Protocol):
    """What a trace can be run for: a case, that lies in a region."""

    region_code: str
    region_path: str


def run_trace(
    store: Store, *, lot_ids: Sequence[str], instance: Situated | None = None, requested_at: datetime | None = None
) -> TraceRun:
    """Trace lots both ways and freeze what is found; it lies where the case lies, else where the first lot's source is.

    ``requested_at``: since when somebody waits for it (the time to trace is counted from there, R-TRC-07).
    Raises NotFoundError when there is no such lot.
    """
    started = requested_at or store.clock.now()
    wanted = list(dict.fromkeys(lot_ids))
    lots = [lot for key in wanted if (lot := store.session.get(Lot, key)) is not None and lot.deleted_at is None]
    if not lots or len(lots) < len(wanted):
        raise NotFoundError
    place = instance or lots[0]
    snapshot, figures = _frozen(store, wanted, place.region_code)
    finished = store.clock.now()
    took = timedelta(0) if finished < started else finished - started
    target = timedelta(hours=_rule(store, TARGET_RULE, place.region_code))
    figures |= {"seconds": round(took.total_seconds()), "is_within_target": took <= target}
    return store.add(
        TraceRun(
            lot_ids=wanted,
            region_code=place.region_code,
            region_path=place.region_path,
            requested_at=started,
            finished_at=finished,
            figures=figures,
            revision=revision_of(store.session, wanted, snapshot),
            sha256=content_hash(snapshot),
            snapshot=snapshot,
        )
    )


def scope_lots(run: TraceRun) -> list[ScopeRow]:
    """The lots of the scope with their holders and quantities, as they were when the trace was run."""
    return [ScopeRow.from_snapshot(row) for row in run.snapshot["rows"]]


def gaps(run: TraceRun) -> list[Gap]:
    """What the trace could not follow, or does not add up, as it was when the trace was run."""
    return [Gap.from_snapshot(gap) for gap in run.snapshot["gaps"]]


def is_as_frozen(run: TraceRun) -> bool:
    """True when the snapshot still is what was frozen."""
    return content_hash(run.snapshot) == run.sha256


def is_stale(session: Session, run: TraceRun, now: datetime) -> bool:
    """True when the trace is older than 24 hours, or anything was entered of one of its lots since (processes.md B)."""
    return now - run.finished_at > STALE_AFTER or revision_of(session, run.lot_ids, run.snapshot) != run.revision


def revision_of(session: Session, lot_ids: Sequence[str], snapshot: Mapping[str, Any]) -> int:
    """The sum of the versions of all events of the lots asked for and found; it only grows."""
    total = 0
    for some in chunks(sorted({*lot_ids, *(row["lot_id"] for row in snapshot["rows"])})):
        versions = select(func.sum(TraceEventLot.event_version)).where(TraceEventLot.lot_id.in_(some))
        total += session.scalar(versions) or 0
    return total


def scope_of(run: TraceRun) -> Scope:
    """The scope as it was when the trace was run."""
    links = [ScopeLink.from_snapshot(link) for link in run.snapshot["links"]]
    return Scope(scope_lots(run), links)


def balances(run: TraceRun) -> list[Balance]:
    """The mass balances as they were when the trace was run."""
    return [Balance.from_snapshot(balance) for balance in run.snapshot["balances"]]


def _frozen(store: Store, lot_ids: Sequence[str], region_code: str) -> tuple[dict[str, Any], dict[str, Any]]:
    scope = read_scope(store.session, lot_ids)
    tolerance = Decimal(_rule(store, TOLERANCE_RULE, region_code))
    found, sums = gaps_of(scope, tolerance), balances_of(scope, tolerance)
    snapshot = {
        "lot_ids": list(lot_ids),
        "tolerance": json_safe(tolerance),
        "rows": [row.content() for row in scope.rows],
        "links": [link.content() for link in scope.links],
        "gaps": [gap.content() for gap in found],
        "balances": [balance.content() for balance in sums],
    }
    return snapshot, figures_of(scope, found, sums)


def figures_of(scope: Scope, found: Sequence[Gap], sums: Sequence[Balance]) -> dict[str, Any]:
    """The figures of a trace: how many lots, holders, gaps; how many rows at each stage and in each region."""
    holders = {row.holder_id for row in scope.rows if row.holder_id}
    return {
        "lots": len({row.lot_id for row in scope.rows}),
        "rows": len(scope.rows),
        "holders": len(holders),
        "last_holders": len({row.holder_id for row in scope.rows if row.holder_id and row.is_last}),
        "gaps": dict(Counter(gap.kind.value for gap in found)),
        "stages": dict(Counter(row.stage.value for row in scope.rows)),
        "regions": dict(Counter(row.holder_region for row in scope.rows if row.holder_region)),
        "unbalanced": sum(1 for balance in sums if not balance.is_within_tolerance),
    }


def _rule(store: Store, code: str, region_code: str) -> int:
    return whole_number(find_rule(store.session, code, today(store.clock), region_code))
