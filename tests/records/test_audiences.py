"""Who is meant by an announcement, and who never is."""

from __future__ import annotations

from itertools import product

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from records.audiences import Audience, member_count, member_ids, outside, regions_within
from records.people import Region, User
from records.registry import Establishment, EstablishmentKind
from records.store import Store
from tests.factories import CITY, DISTRICT, SIBLING, Cast, establishment, place, user

HERE = "/450000/450200/450203/"


@pytest.fixture
def stall_keeper(session: Session, store: Store, cast: Cast) -> User:
    stall = establishment(store, name="鱼峰市场12号摊", kind=EstablishmentKind.STALL)
    person = user(store, username="stall", name="周摊主", role="BIZ")
    return store.correct(person, {"establishment_id": stall.id})


def audience(**said: object) -> Audience:
    return Audience.of({"regions": [DISTRICT], "kinds": ["BIZ"], **said})


def test_regions_times_kinds_times_types(session: Session, cast: Cast, stall_keeper: User) -> None:
    both = {cast.business.id, stall_keeper.id}
    assert both <= set(member_ids(session, audience(), HERE))
    assert member_ids(session, audience(types=["stall"]), HERE) == [stall_keeper.id]
    assert cast.inspector.id in member_ids(session, audience(kinds=["INS", "BIZ"], types=["stall"]), HERE)
    assert cast.business.id not in member_ids(session, audience(kinds=["INS", "BIZ"], types=["stall"]), HERE)


def test_named_ones_are_added_and_taken_away(session: Session, cast: Cast, stall_keeper: User) -> None:
    stall = stall_keeper.establishment_id
    some = audience(kinds=["LEAD"], include=[{"establishment": stall}, {"user": cast.inspector.id}])
    assert {cast.lead.id, stall_keeper.id, cast.inspector.id} <= set(member_ids(session, some, HERE))
    fewer = audience(exclude=[{"establishment": stall}])
    assert cast.business.id in member_ids(session, fewer, HERE)
    assert stall_keeper.id not in member_ids(session, fewer, HERE)
    assert member_ids(session, Audience.of({"include": [{"user": cast.lead.id}]}), HERE) == [cast.lead.id]


def test_nobody_beyond_the_jurisdiction_is_ever_meant(session: Session, cast: Cast) -> None:
    wide = audience(regions=[CITY, SIBLING], kinds=["INS", "MGR"], include=[{"user": cast.outsider.id}])
    ids = member_ids(session, wide, HERE)
    assert cast.outsider.id not in ids and cast.superior.id not in ids
    assert cast.inspector.id in ids
    beyond = outside(session, wide, HERE)
    assert len(beyond) == 3 and "吴外" in beyond
    assert outside(session, audience(), HERE) == []
    assert outside(session, audience(regions=["999999"]), HERE) == ["999999"]


@pytest.mark.parametrize("region_path", [HERE, "/450000/450200/450204/", "/450000/450200/"])
def test_the_count_is_regions_times_kinds_times_types_within_the_jurisdiction(
    session: Session, cast: Cast, stall_keeper: User, region_path: str
) -> None:
    """Beside a count by hand, for every combination: widening the choice never leaves the jurisdiction."""
    people = session.scalars(select(User).where(User.active, User.deleted_at.is_(None))).all()
    paths = {one.code: one.path for one in session.scalars(select(Region))}
    kind_of = {one.id: one.kind for one in session.scalars(select(Establishment))}
    inside = [one for one in people if one.region_path.startswith(region_path)]
    assert 0 < len(inside) <= len(people)
    for regions, kinds, types in product(
        ([DISTRICT], [SIBLING], [CITY], [DISTRICT, SIBLING]),
        (["BIZ"], ["INS", "LEAD"], ["BIZ", "MGR", "ORG"]),
        ([], ["stall"], ["producer", "stall"]),
    ):
        by_hand = {
            one.id
            for one in inside
            if any(one.region_path.startswith(paths[code]) for code in regions)
            and {role.name for role in one.roles} & set(kinds)
            and (not types or one.establishment_id is None or kind_of[one.establishment_id].value in types)
        }
        asked = Audience.of({"regions": regions, "kinds": kinds, "types": types})
        assert set(member_ids(session, asked, region_path)) == by_hand
        assert member_count(session, asked, region_path) == len(by_hand)


@pytest.mark.parametrize(
    "given", [None, {}, {"regions": [DISTRICT]}, {"kinds": ["BIZ"]}, {"regions": "x", "include": 3}]
)
def test_an_audience_that_says_nothing_means_nobody(
    session: Session, cast: Cast, given: dict[str, object] | None
) -> None:
    assert member_count(session, Audience.of(given), HERE) == 0


def test_people_who_left_are_not_meant(session: Session, store: Store, cast: Cast, stall_keeper: User) -> None:
    store.correct(stall_keeper, {"active": False})
    assert stall_keeper.id not in member_ids(session, audience(), HERE)


def test_regions_of_a_jurisdiction(session: Session) -> None:
    codes = [code for code, _name in regions_within(session, "/450000/450200/")]
    assert codes[0] == CITY and {DISTRICT, SIBLING} <= set(codes)
    assert place(session)["region_path"] == HERE
