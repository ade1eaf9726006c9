"""What of lots and traces an actor may see: a trace crosses regions and books, its readers' rights do not (ADR 11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from records.errors import NotFoundError
from records.people import Actor
from records.registry import Establishment
from records.scope import visible
from records.trace_gaps import NOTHING, Gap
from records.trace_links import chunks
from records.trace_model import Lot, LotHolding
from records.trace_scope import Scope, ScopeLink, ScopeRow


@dataclass(frozen=True)
class SeenScope:
    """The part of a scope that a reader sees.

    ``foreign``: places of rows whose holder lies outside the jurisdiction: its name and region are shown, nothing that
    leads further. ``withheld``: places of rows whose quantities are the holder's secret. ``hidden``: how many rows are
    left out.
    """

    scope: Scope
    gaps: list[Gap]
    foreign: frozenset[int] = frozenset()
    withheld: frozenset[int] = frozenset()
    hidden: int = 0


def lots_seen(actor: Actor) -> ColumnElement[bool]:
    """The lots that come from the actor's jurisdiction or are held there; for a business: its own or those it holds."""
    holders = select(Establishment.id).where(visible(Establishment, actor))
    held = select(LotHolding.lot_id).where(LotHolding.establishment_id.in_(holders))
    return or_(visible(Lot, actor), Lot.id.in_(held))


def find_lot_seen(session: Session, actor: Actor, lot_id: str) -> Lot:
    """A lot that the actor may see. Raises NotFoundError."""
    lot = session.scalar(select(Lot).where(Lot.id == lot_id, Lot.deleted_at.is_(None), lots_seen(actor)))
    if lot is None:
        raise NotFoundError
    return lot


def seen_by(session: Session, actor: Actor, scope: Scope, gaps: Sequence[Gap]) -> SeenScope:
    """The scope as the actor may see it.

    An authority that may see the trace sees the whole trail: who held what, and where. A business sees its own
    holdings, whom it had them from and whom it gave them to: one step back and one forward.
    """
    own = _known(session, actor, {row.holder_id for row in scope.rows if row.holder_id})
    known = {place for place, row in enumerate(scope.rows) if row.holder_id in own}
    if not actor.is_business:
        foreign = frozenset(p for p, row in enumerate(scope.rows) if row.holder_id and p not in known)
        return SeenScope(scope, list(gaps), foreign)
    beside = {end for link in scope.links if {link.parent, link.child} & known for end in (link.parent, link.child)}
    return _narrowed(scope, gaps, known, known | beside)


def _known(session: Session, actor: Actor, ids: set[str]) -> set[str]:
    found: set[str] = set()
    for some in chunks(sorted(ids)):
        inside = select(Establishment.id).where(Establishment.id.in_(some), visible(Establishment, actor))
        found |= set(session.scalars(inside))
    return found


def _narrowed(scope: Scope, gaps: Sequence[Gap], known: set[int], shown: set[int]) -> SeenScope:
    places = {old: new for new, old in enumerate(sorted(shown))}
    links = [
        ScopeLink(places[link.parent], places[link.child], link.quantity, link.sent, link.received)
        for link in scope.links
        if {link.parent, link.child} & known
    ]
    rows = [scope.rows[place] if place in known else _bare(scope.rows[place]) for place in sorted(shown)]
    partners = frozenset(places[place] for place in shown - known)
    own_gaps = [
        replace(gap, rows=tuple(places[row] for row in gap.rows))
        for gap in gaps
        if set(gap.rows) <= shown and set(gap.rows) & known
    ]
    return SeenScope(Scope(rows, links), own_gaps, partners, partners, len(scope.rows) - len(shown))


def _bare(row: ScopeRow) -> ScopeRow:
    return row._replace(
        quantity_in=NOTHING, quantity_out=NOTHING, quantity_left=NOTHING, quantity_counted=None, expected_at_count=None,
        is_last=False,
    )  # fmt: skip
