"""Master data as every installation begins with it."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from records.checklists import ChecklistTemplate, ItemAnswer, released_template
from records.errors import NotFoundError
from records.master_data import seed_master_data
from records.people import Region
from records.store import RecordVersion, Store
from tests.factories import Cast


def test_the_city_has_its_ten_districts_below_it(session: Session) -> None:
    paths = session.scalars(select(Region.path).where(Region.parent_code == "450200")).all()
    assert len(paths) == 10
    assert "/450000/450200/450203/" in paths


def test_the_cast_is_there(cast: Cast) -> None:
    assert cast.business.is_business
    assert cast.inspector.roles == {"INS"}


def test_each_of_the_three_checklists_is_of_real_depth(session: Session) -> None:
    for code in ("rice_noodle_producer", "market_stall", "catering"):
        template = released_template(session, code)
        assert 18 <= len(template.items) <= 28
        assert 4 <= len({item.section for item in template.items}) <= 6
        measured = [item for item in template.items if item.answer is ItemAnswer.MEASUREMENT]
        assert len(measured) >= 2
        assert all(item.unit and (item.minimum is not None or item.maximum is not None) for item in measured)
        assert {item.is_key for item in template.items} == {True, False}
        assert all(item.basis for item in template.items)
        assert [item.position for item in template.items] == list(range(1, len(template.items) + 1))
        assert template.items[0].code == "1-1"


def test_the_newest_released_edition_is_used(session: Session, store: Store) -> None:
    first = released_template(session, "catering")
    values = {"code": "catering", "name": first.name, "segment": first.segment, "legal_basis": first.legal_basis}
    second = store.add(ChecklistTemplate(edition=2, **values))
    store.add(ChecklistTemplate(edition=3, status="draft", **values))
    session.flush()
    assert released_template(session, "catering") is second
    with pytest.raises(NotFoundError):
        released_template(session, "none")


def test_seeding_again_adds_nothing(session: Session, store: Store) -> None:
    def count() -> int | None:
        return session.scalar(select(func.count()).select_from(RecordVersion))

    before = count()
    seed_master_data(store)
    session.flush()
    assert count() == before
