"""Who may act, for which region, with which certificate."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from records.clock import ZONE
from records.errors import NotFoundError
from records.people import (
    SYSTEM,
    Qualification,
    User,
    codes_above,
    has_valid_qualification,
    load_actor,
    superior_region_path,
    users_of_establishment,
    users_with_role,
)
from records.scope import visible
from records.store import Store
from tests.factories import CITY, DISTRICT, Cast, establishment, place, qualification, user

ON = date(2026, 11, 18)


def test_an_actor_carries_roles_and_jurisdiction(session: Session, cast: Cast) -> None:
    actor = load_actor(session, cast.inspector.id)
    assert actor == cast.inspector
    assert (actor.roles, actor.region_path) == ({"INS"}, "/450000/450200/450203/")
    assert not actor.is_business
    assert not actor.is_system
    assert SYSTEM.is_system


def test_someone_who_left_is_no_actor(session: Session, store: Store, cast: Cast) -> None:
    with pytest.raises(NotFoundError):
        load_actor(session, "nobody")
    store.correct(session.get_one(User, cast.colleague.id), {"active": False})
    with pytest.raises(NotFoundError):
        load_actor(session, cast.colleague.id)


def test_a_role_is_answered_by_the_regions_own_people(session: Session, cast: Cast) -> None:
    path = cast.inspector.region_path
    assert {u.username for u in users_with_role(session, "INS", path)} == {"inspector", "colleague", "unqualified"}
    assert [u.username for u in users_with_role(session, "MGR", path)] == ["manager"]


def test_where_a_region_has_nobody_the_region_above_answers(session: Session, cast: Cast) -> None:
    assert [u.username for u in users_with_role(session, "MGR", cast.outsider.region_path)] == ["superior"]
    assert users_with_role(session, "POL", cast.outsider.region_path) == []


def test_the_superior_region_is_the_one_above() -> None:
    assert superior_region_path("/450000/450200/450203/") == "/450000/450200/"
    assert superior_region_path("/450000/") is None


def test_the_codes_above_a_region_come_nearest_first(session: Session) -> None:
    assert codes_above(session, DISTRICT) == [DISTRICT, CITY, "450000"]
    assert codes_above(session, None) == []
    assert codes_above(session, "999999") == ["999999"]


def test_a_certificate_counts_while_it_is_in_force(session: Session, store: Store, cast: Cast) -> None:
    assert has_valid_qualification(session, cast.inspector.id, "inspection", ON)
    assert not has_valid_qualification(session, cast.inspector.id, "sampling", ON)
    assert not has_valid_qualification(session, cast.inspector.id, "inspection", date(2029, 1, 1))
    assert not has_valid_qualification(session, cast.inspector.id, "inspection", date(2025, 12, 31))
    assert not has_valid_qualification(session, cast.unqualified.id, "inspection", ON)
    qualification(store, session.get_one(User, cast.unqualified.id), expires_on=ON - timedelta(days=1))
    session.flush()
    assert not has_valid_qualification(session, cast.unqualified.id, "inspection", ON)


def test_a_suspended_certificate_does_not_count(session: Session, store: Store, cast: Cast) -> None:
    held = session.scalars(select(Qualification).where(Qualification.user_id == cast.inspector.id)).one()
    store.correct(held, {"suspended_at": datetime(2026, 11, 1, tzinfo=ZONE)}, reason="停职")
    assert not has_valid_qualification(session, cast.inspector.id, "inspection", ON)


def test_the_people_of_a_business(session: Session, cast: Cast) -> None:
    assert cast.business.establishment_id
    assert [u.username for u in users_of_establishment(session, cast.business.establishment_id)] == ["business"]


def test_a_region_sees_its_own_subtree_and_a_business_only_itself(session: Session, store: Store, cast: Cast) -> None:
    table = type(establishment(store))
    establishment(store, region_code="450204")
    session.flush()

    def count(actor: object) -> int:
        return len(session.scalars(select(table).where(visible(table, actor))).all())  # type: ignore[arg-type]

    assert [count(a) for a in (cast.inspector, cast.outsider, cast.superior, cast.business, SYSTEM)] == [2, 1, 3, 1, 3]


def test_people_are_not_seen_by_a_longer_code(session: Session, store: Store, cast: Cast) -> None:
    odd = user(store, username="odd", name="怪码", role="INS")
    store.correct(odd, place(session) | {"region_path": "/450000/450200/4502030/"})
    seen = set(session.scalars(select(User.id).where(visible(User, cast.lead))))
    assert cast.inspector.id in seen and odd.id not in seen
