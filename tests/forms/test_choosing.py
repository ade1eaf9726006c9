"""Choosing establishments, products and people: only what lies in the actor's jurisdiction exists."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.choosing import choices
from forms.component import FormDefinitionError
from forms.context import FormContext
from forms.view import printed, view
from records.people import User
from records.registry import Establishment
from records.store import Store
from tests import factories
from tests.factories import Cast
from tests.forms.conftest import form, question, refusals


def chooser(source: str, **filters: Any) -> dict[str, Any]:
    return question(
        "chooser", "it", "单位", validate={"required": True}, properties={"source": source, "filter": filters}
    )


def test_an_establishment_of_the_district_can_be_chosen(context: FormContext, plant: Establishment) -> None:
    asked = form(chooser("establishments", status="active", kind=["producer", "market"]))
    assert asked.load({"it": plant.id}, context) == {"it": plant.id}
    (shown,) = view(asked, context, {"it": plant.id}).fields
    assert shown.display == plant.name
    assert [(each.label, each.is_selected) for each in shown.options] == [(plant.name, True)]
    assert plant.credit_code in shown.options[0].hint
    assert (shown.source, shown.filters["status"]) == ("establishments", "active")
    assert printed(asked, {"it": plant.id}, context) == [("现场检查", [("单位", plant.name)])]


def test_a_sibling_districts_establishment_does_not_exist(context: FormContext, store: Store) -> None:
    other = factories.establishment(store, region_code=factories.SIBLING, name="柳南区米粉厂")
    closed = factories.establishment(store, status="closed")
    asked = form(chooser("establishments", status="active"))
    for wrong in (other.id, closed.id, "01NOWHERE", ["x"]):
        assert refusals(asked, {"it": wrong}, context) == {"it": ["未找到所选的单位，或不在您的辖区内"]}
    (shown,) = view(asked, context, {"it": other.id}).fields
    assert shown.display == "" and "柳南区米粉厂" not in [each.label for each in shown.options]


def test_people_are_filtered_by_role_and_valid_certificate(
    context: FormContext, store: Store, session: Session, cast: Cast
) -> None:
    asked = form(chooser("users", role="INS", qualification="inspection"))
    assert asked.load({"it": cast.colleague.id}, context) == {"it": cast.colleague.id}
    people = {each.username: each.id for each in session.scalars(select(User))}
    late = factories.user(store, username="late", name="韦迟", role="INS")
    factories.qualification(store, late, expires_on=date(2026, 11, 17))
    for wrong in ("unqualified", "lead", "outsider", "business"):
        assert "it" in refusals(asked, {"it": people[wrong]}, context)
    assert "it" in refusals(asked, {"it": late.id}, context)


def test_a_filter_may_be_feel(context: FormContext, store: Store, plant: Establishment) -> None:
    noodles = factories.product(store, plant, name_key="gan mi fen")
    other = factories.product(store, factories.establishment(store), name_key="gan mi fen")
    asked = form(question("chooser", "place", "单位", properties={"source": "establishments"}),
                 chooser("products", establishment_id="=place"))  # fmt: skip
    assert asked.load({"place": plant.id, "it": noodles.id}, context)["it"] == noodles.id
    assert "it" in refusals(asked, {"place": plant.id, "it": other.id}, context)
    assert "it" in refusals(asked, {"it": noodles.id}, context)


def test_a_business_sees_only_its_own_establishment(context: FormContext, store: Store, cast: Cast) -> None:
    factories.establishment(store)
    found = choices(replace(context, actor=cast.business), "establishments")
    assert [each.value for each in found] == [cast.business.establishment_id]


def test_the_search_takes_several_words_literally(context: FormContext, store: Store) -> None:
    factories.establishment(store, name="100%真米粉厂")
    assert [each.label for each in choices(context, "establishments", "真米 100%")] == ["100%真米粉厂"]
    assert choices(context, "establishments", "100_") == []
    assert [each.label for each in choices(context, "users", "韦检")] == ["韦检"]
    with pytest.raises(FormDefinitionError):
        choices(context, "secrets")
    assert choices(context, "establishments", "", {"kind": ["spaceship"]}) == []
