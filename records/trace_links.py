"""Who holds how much and what came from what, kept in step with events; made anew and verified at any time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.orm import Session

from records.rows import table_of
from records.trace_derivation import UNKNOWN_HOLDER, Derived, Held, Linked, Place, derive
from records.trace_model import Lot, LotHolding, LotLink, TraceEvent, TraceEventLot

#: how many keys one statement names (SQLite takes 32,766 values)
CHUNK = 2_000
#: their rows are never the session's objects, so statements need not look through what it holds
_LINKS, _EVENT_LOTS = table_of(LotLink), table_of(TraceEventLot)


@dataclass(frozen=True)
class LinkMismatch:
    """A place where the derived tables do not say what the events say."""

    lot_id: str
    what: str


def index_events(session: Session, events: Sequence[TraceEvent]) -> None:
    """Note which lots the events speak of, each in its present version."""
    for some in chunks([event.id for event in events]):
        session.execute(delete(_EVENT_LOTS).where(_EVENT_LOTS.c.event_id.in_(some)))
    named = [
        {"lot_id": lot, "event_id": event.id, "event_version": event.version}
        for event in events
        for lot in event.lot_ids
    ]
    if named:
        session.execute(insert(_EVENT_LOTS), named)


def relink(session: Session, lot_ids: Iterable[str]) -> None:
    """Derive anew what is held and linked of these lots. Waits for whoever is doing the same with one of them."""
    wanted = sorted(set(lot_ids))
    session.flush()
    for some in chunks(wanted):
        locked = select(Lot.id).where(Lot.id.in_(some)).order_by(Lot.id).with_for_update()
        session.execute(locked).all()
    _write(session, set(wanted), derived_of(session, wanted))


def rebuild_links(session: Session) -> int:
    """All holdings and links anew from all events; gives the number of lots."""
    session.expire_all()
    for table in (_LINKS, table_of(LotHolding), _EVENT_LOTS):
        session.execute(delete(table))
    for some in session.scalars(select(TraceEvent).execution_options(yield_per=CHUNK)).partitions():
        index_events(session, list(some))
    lots = list(session.scalars(select(Lot.id).order_by(Lot.id)))
    for some in chunks(lots):
        relink(session, some)
    return len(lots)


def verify_links(session: Session) -> Iterator[LinkMismatch]:
    """Every lot whose holdings or links are not what its events say."""
    for some in chunks(list(session.scalars(select(Lot.id).order_by(Lot.id)))):
        should, stands = derived_of(session, some), _standing(session, set(some))
        for place in sorted(_of(should.holdings, some) ^ _of(stands.holdings, some)):
            yield LinkMismatch(place[0], f"holding of {place[1]}")
        for place in sorted(_of(should.holdings, some) & _of(stands.holdings, some)):
            if should.holdings[place] != stands.holdings[place]:
                yield LinkMismatch(place[0], f"figures of {place[1]}")
        for ends in sorted(should.links.keys() ^ stands.links.keys()):
            yield LinkMismatch(ends[0][0], f"link {ends[0]} to {ends[1]}")
        for ends in sorted(should.links.keys() & stands.links.keys()):
            if _figures(should.links[ends]) != _figures(stands.links[ends]):
                yield LinkMismatch(ends[0][0], f"figures of link {ends[0]} to {ends[1]}")


def derived_of(session: Session, lot_ids: Sequence[str]) -> Derived:
    """What the events of these lots say; complete for these lots, not for others that the events also speak of."""
    events: dict[str, TraceEvent] = {}
    for some in chunks(lot_ids):
        speaking = select(TraceEventLot.event_id).where(TraceEventLot.lot_id.in_(some))
        events |= {event.id: event for event in session.scalars(select(TraceEvent).where(TraceEvent.id.in_(speaking)))}
    named = sorted({lot for event in events.values() for lot in event.lot_ids})
    units: dict[str, str] = {}
    for some in chunks(named):
        units |= {key: unit for key, unit in session.execute(select(Lot.id, Lot.unit).where(Lot.id.in_(some)))}
    derived = derive(events.values(), units)
    wanted = set(lot_ids)
    links = {ends: link for ends, link in derived.links.items() if ends[0][0] in wanted or ends[1][0] in wanted}
    return Derived(derived.holdings, links)


def chunks(values: Sequence[Any]) -> Iterator[list[Any]]:
    """The values in lists short enough for one statement."""
    for start in range(0, len(values), CHUNK):
        yield list(values[start : start + CHUNK])


def _of(holdings: dict[Place, Held], lot_ids: Iterable[str]) -> set[Place]:
    wanted = set(lot_ids)
    return {place for place in holdings if place[0] in wanted}


def _figures(link: Linked) -> tuple[Decimal, Decimal | None, Decimal | None, str]:
    return link.quantity, link.sent, link.received, link.event_id


def _write(session: Session, lot_ids: set[str], derived: Derived) -> None:
    named = lot_ids | {place[0] for ends in derived.links for place in ends}
    rows = _rows(session, named)
    old = [row.id for place, row in rows.items() if place[0] in lot_ids]
    for some in chunks(old):
        session.execute(delete(_LINKS).where(or_(_LINKS.c.parent_id.in_(some), _LINKS.c.child_id.in_(some))))
    for place, held in derived.holdings.items():
        if place[0] in lot_ids:
            _keep(session, rows, place, held)
    for place in {place for ends in derived.links for place in ends} - rows.keys():
        _keep(session, rows, place, Held())  # its own figures follow when its lot is derived
    for place in [place for place in rows if place[0] in lot_ids and place not in derived.holdings]:
        session.delete(rows.pop(place))
    session.flush()
    links = [_link_values(rows, ends, link) for ends, link in derived.links.items()]
    if links:
        session.execute(insert(_LINKS), links)


def _keep(session: Session, rows: dict[Place, LotHolding], place: Place, held: Held) -> None:
    if place not in rows:
        key = place[1]
        known = None if key == UNKNOWN_HOLDER or key.startswith("=") else key
        rows[place] = LotHolding(lot_id=place[0], holder_key=key, establishment_id=known)
        session.add(rows[place])
    for name, value in asdict(held).items():
        setattr(rows[place], name, value)


def _link_values(rows: dict[Place, LotHolding], ends: tuple[Place, Place], link: Linked) -> dict[str, Any]:
    return {
        "parent_id": rows[ends[0]].id,
        "child_id": rows[ends[1]].id,
        "quantity": link.quantity,
        "sent": link.sent,
        "received": link.received,
        "event_id": link.event_id,
    }


def _rows(session: Session, lot_ids: Iterable[str]) -> dict[Place, LotHolding]:
    found: dict[Place, LotHolding] = {}
    for some in chunks(sorted(lot_ids)):
        holdings = session.scalars(select(LotHolding).where(LotHolding.lot_id.in_(some)))
        found |= {(each.lot_id, each.holder_key): each for each in holdings}
    return found


def _standing(session: Session, lot_ids: set[str]) -> Derived:
    """What the tables say of these lots."""
    own = _rows(session, lot_ids)
    linked: list[LotLink] = []
    for some in chunks([row.id for row in own.values()]):
        touching = or_(LotLink.parent_id.in_(some), LotLink.child_id.in_(some))
        linked += session.scalars(select(LotLink).where(touching))
    ends = sorted({end for link in linked for end in (link.parent_id, link.child_id)})
    places: dict[int, Place] = {}
    for some in chunks(ends):
        for row in session.scalars(select(LotHolding).where(LotHolding.id.in_(some))):
            places[row.id] = (row.lot_id, row.holder_key)
    names = Held.__dataclass_fields__
    return Derived(
        {place: Held(**{name: getattr(row, name) for name in names}) for place, row in own.items()},
        {(places[link.parent_id], places[link.child_id]): _linked(link) for link in linked},
    )


def _linked(link: LotLink) -> Linked:
    moved = link.sent if link.sent is not None else link.received
    return Linked(link.event_id, converted=link.quantity - (moved or 0), sent=link.sent, received=link.received)
