"""From the names and values of a page to nested answers."""

from __future__ import annotations

import pytest

from forms.context import FormContext
from forms.posted import nest
from tests.forms.conftest import form, question


@pytest.mark.parametrize(
    ("items", "nested"),
    [
        ([("who", "陈"), ("why", "")], {"who": "陈"}),
        ([("lots.0.quantity", "2"), ("lots.1.quantity", "3"), ("lots.10.code", "A")],
         {"lots": [{"quantity": "2"}, {"quantity": "3"}, {"code": "A"}]}),
        ([("lots.0.code", ""), ("lots.1.code", "B")], {"lots": [{}, {"code": "B"}]}),
        ([("photos", "1"), ("photos", "2"), ("photos", "3")], {"photos": ["1", "2", "3"]}),
        ([("checklist.2-1.result", "yes"), ("checklist.2-1.note", "")], {"checklist": {"2-1": {"result": "yes"}}}),
        ([("lots.0.photos", "1"), ("lots.0.photos", "2")], {"lots": [{"photos": ["1", "2"]}]}),
        ([("ok", ""), ("ok", "true")], {"ok": "true"}),
        ([("a", "1"), ("a.b", "2")], {"a": {"b": "2"}}),
        ([("a.b", "2"), ("a", "1")], {"a": {"b": "2"}}),
        ([("csrf_token", "x"), ("_verb", "y"), ("a..b", "z"), (".", "z"), ("a.b.c.d.e.f.g.h.i", "z")], {}),
        ([("7", "x")], {"7": "x"}),
    ],
)  # fmt: skip
def test_dotted_names_nest(items: list[tuple[str, str]], nested: object) -> None:
    assert nest(items) == nested


def test_a_flood_of_names_is_cut_off() -> None:
    assert len(nest((f"n{count}", "x") for count in range(30_000))) == 20_000


def test_a_page_and_json_go_the_same_way(context: FormContext) -> None:
    asked = form(
        question("number", "days"),
        question("checkbox", "ok"),
        question("taglist", "units", values=[{"value": "kg"}]),
        question("position", "position"),
        question("dynamiclist", "lots", components=[question("number", "quantity")]),
    )
    posted = [("days", "3"), ("ok", "true"), ("units", "kg"), ("position.latitude", "24.3"),
              ("position.longitude", "109.4"), ("lots.0.quantity", "2.5"), ("lots.1.quantity", "")]  # fmt: skip
    given = {"days": 3, "ok": True, "units": ["kg"], "position": {"latitude": 24.3, "longitude": 109.4},
             "lots": [{"quantity": 2.5}]}  # fmt: skip
    assert asked.load(nest(posted), context) == asked.load(given, context)
