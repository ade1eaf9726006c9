"""Records in words: no kind, field or value of a record stands as its code before people."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

import records.tables  # noqa: F401 - every table is known
from forms.wording import field_wording, value_wording
from records.base import Base, Fact
from web import i18n
from web.field_labels import field_label
from web.reads.history import PROVENANCE
from web.record_labels import RECORDS
from web.values import shown

FACTS = sorted(
    (mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Fact)),
    key=lambda model: model.__tablename__,
)


@pytest.mark.parametrize("model", FACTS, ids=lambda model: str(model.__tablename__))
def test_every_record_and_every_field_of_it_has_a_name(model: type[Fact], words: None) -> None:
    kind = model.__tablename__
    assert kind in RECORDS
    fields = [column.key for column in model.__mapper__.columns if column.key not in PROVENANCE]
    assert [name for name in fields if field_label(name, kind) == name] == []


def test_a_field_is_named_as_the_form_that_feeds_it_asks_for_it() -> None:
    assert field_wording("sample", "brand") == "商标"
    assert value_wording("penalty", "kinds", "fine") == "罚款"
    assert field_wording("sample", "id") is None
    assert value_wording("nothing", "kind", "fine") is None


def test_values_are_told_in_words(words: None) -> None:
    person = "01M5BMW7S062GHFHYYN69K7RAB"
    assert shown("penalty", "kinds", ["fine", "confiscate"]).startswith("罚款、")
    assert shown("draw", "operator_id", person, {person: "覃丽华"}) == "覃丽华"
    assert shown("draw", "operator_id", person) == "…9K7RAB"
    assert shown("draw", "excluded", {"reason": "due_elsewhere", "xyz": 3}) == "理由：已有检查或者抽取在办，3"
    assert shown("inspection", "flags", list(range(14))).endswith("等 14 项")
    assert shown("announcement", "body", "<p>请 <b>停售</b></p>") == "请 停售"
    assert shown("document", "kind", "transfer_letter") == "移送函"


@pytest.fixture(scope="module")
def words() -> Iterator[None]:
    """Nobody's request: words are told in Chinese."""
    app = Flask("web")
    i18n.register(app)
    with app.app_context():
        yield
