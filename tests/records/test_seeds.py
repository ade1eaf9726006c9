"""Master data as every installation begins with it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.people import Region
from tests.factories import Cast


def test_the_city_has_its_ten_districts_below_it(session: Session) -> None:
    paths = session.scalars(select(Region.path).where(Region.parent_code == "450200")).all()
    assert len(paths) == 10
    assert "/450000/450200/450203/" in paths


def test_the_cast_is_there(cast: Cast) -> None:
    assert cast.business.is_business
    assert cast.inspector.roles == {"INS"}
