"""A trace as a page shows it: rows, the trail as a tree, balance and gaps, within the reader's rights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy.orm import Session

from records import trace
from records.people import Actor
from records.registry_queries import region_names
from records.trace_access import SeenScope, seen_by
from records.trace_gaps import Balance, Gap, balances_of, gaps_of
from records.trace_model import Lot, TraceRun
from records.trace_query import Way, read_scope
from records.trace_scope import ScopeRow
from records.trace_tree import TreeLine, tree

#: rows that a page shows; a file has them all
MOST_ROWS = 300


@dataclass
class Desk:
    """Where somebody sits who traces a lot without a case: the trace lies in that region."""

    region_code: str
    region_path: str

    @classmethod
    def of(cls, actor: Actor) -> Desk:
        """The actor's own region."""
        return cls(actor.region_path.strip("/").split("/")[-1], actor.region_path)


@dataclass(frozen=True)
class TraceView:
    """What a page of a trace shows. ``whole``: rows there are; what is shown may be fewer."""

    rows: list[tuple[int, ScopeRow]]
    up: list[TreeLine]
    down: list[TreeLine]
    gaps: list[Gap]
    balances: list[Balance]
    foreign: frozenset[int]
    withheld: frozenset[int]
    hidden: int
    whole: int
    regions: dict[str, str] = field(default_factory=dict)


def live_view(session: Session, actor: Actor, lot: Lot, tolerance: int) -> TraceView:
    """The trail of a lot as it is now."""
    scope = read_scope(session, [lot.id])
    percent = Decimal(tolerance)
    seen = seen_by(session, actor, scope, gaps_of(scope, percent))
    balances = [] if actor.is_business else balances_of(scope, percent)[:1]
    return _view(session, seen, balances)


def frozen_view(session: Session, actor: Actor, run: TraceRun) -> TraceView:
    """A trace as it was run."""
    seen = seen_by(session, actor, trace.scope_of(run), trace.gaps(run))
    return _view(session, seen, trace.balances(run))


def _view(session: Session, seen: SeenScope, balances: Sequence[Balance]) -> TraceView:
    scope = seen.scope
    return TraceView(
        rows=list(enumerate(scope.rows))[:MOST_ROWS],
        up=tree(scope, Way.UP, MOST_ROWS),
        down=tree(scope, Way.DOWN, MOST_ROWS),
        gaps=seen.gaps,
        balances=list(balances)[:MOST_ROWS],
        foreign=seen.foreign,
        withheld=seen.withheld,
        hidden=seen.hidden,
        whole=len(scope.rows),
        regions=region_names(session),
    )
