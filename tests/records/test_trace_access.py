"""What of lots and traces whom may see."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from records import trace
from records.errors import NotFoundError
from records.people import Actor
from records.registry import Establishment, EstablishmentKind
from records.store import Store
from records.trace_access import find_lot_seen, lots_seen, seen_by
from records.trace_model import Lot
from tests.factories import CITY, SIBLING, Cast
from tests.records.chain import Chain


@pytest.fixture
def chain(store: Store, cast: Cast) -> Chain:
    """The usual chain, whose wholesaler also sold to a shop in the next district."""
    chain = Chain(store)
    far = chain.business("外区粉店", EstablishmentKind.CATERING, region_code=SIBLING)
    chain.move(chain.noodles, chain.wholesaler, far, 10)
    return chain


def tlcs(session: Session, actor: Actor) -> set[str]:
    return set(session.scalars(select(Lot.tlc).where(lots_seen(actor))))


def own(chain: Chain, cast: Cast, holder: Establishment) -> Actor:
    return Actor("x", "店主", frozenset({"BIZ"}), chain.mill.region_path, establishment_id=holder.id)


def test_a_lot_is_seen_where_it_comes_from_and_where_it_is_held(session: Session, chain: Chain, cast: Cast) -> None:
    assert tlcs(session, cast.inspector) == {"米-1", "粉-1"}
    assert tlcs(session, cast.outsider) == {"粉-1"}
    assert tlcs(session, own(chain, cast, chain.shop)) == {"粉-1"}
    assert tlcs(session, own(chain, cast, chain.mill)) == {"米-1"}
    assert find_lot_seen(session, cast.outsider, chain.noodles.id) is chain.noodles
    with pytest.raises(NotFoundError):
        find_lot_seen(session, cast.outsider, chain.rice.id)


def test_an_authority_sees_the_whole_trail_and_what_of_it_is_foreign(
    session: Session, store: Store, chain: Chain, cast: Cast
) -> None:
    run = trace.run_trace(store, lot_ids=[chain.noodles.id])
    seen = seen_by(session, cast.inspector, trace.scope_of(run), trace.gaps(run))
    assert seen.hidden == 0
    assert [seen.scope.rows[place].holder_name for place in seen.foreign] == ["外区粉店"]
    assert seen.scope == trace.scope_of(run)
    outside = seen_by(session, cast.outsider, trace.scope_of(run), trace.gaps(run))
    assert len(outside.foreign) == len(outside.scope.rows) - 1
    assert seen_by(session, cast.superior, trace.scope_of(run), []).foreign == frozenset()
    assert cast.superior.region_path.endswith(f"/{CITY}/")


def test_a_business_sees_one_step_back_and_one_forward(
    session: Session, store: Store, chain: Chain, cast: Cast
) -> None:
    chain.ship(chain.noodles, chain.wholesaler, chain.business("己店", EstablishmentKind.CATERING), 1)
    run = trace.run_trace(store, lot_ids=[chain.noodles.id])
    seen = seen_by(session, own(chain, cast, chain.shop), trace.scope_of(run), trace.gaps(run))
    assert {row.holder_name: row.quantity_in for row in seen.scope.rows} == {"丙批发": 0, "丁粉店": 30}
    assert [seen.scope.rows[place].holder_name for place in seen.withheld] == ["丙批发"]
    assert seen.hidden == len(trace.scope_lots(run)) - 2
    assert seen.gaps == []
    assert [link.quantity for link in seen.scope.links] == [30]
