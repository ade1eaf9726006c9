"""Form files: read, or refused with their place; checked before they are deployed; drafts never fail."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from forms.catalog import Form
from forms.checks import conformance
from forms.component import FormDefinitionError
from forms.context import FormContext
from forms.view import view
from tests.forms.conftest import form, question

FORMS = Path(__file__).parents[2] / "forms"
FILES = sorted(FORMS.glob("*/*.json"))


def test_a_form_names_its_edition_by_its_content() -> None:
    first, again = form(question("textfield", "who")), form(question("textfield", "who"))
    other = form(question("textfield", "whom"))
    assert first.version == again.version != other.version
    assert first.version.startswith("onsite_inspection@") and len(first.version) == len("onsite_inspection@") + 12
    assert (first.key, first.id) == ("onsite_inspection", "onsite_inspection")


def test_the_properties_of_a_form_are_typed() -> None:
    own = form(
        feeds="inspection", due={"rule": "R-RECT-DEFAULT", "at": "=issue.due_at"}, assignee="=case.lead",
        separate_from=["onsite"], qualification="inspection", priority=80,
        checks=[{"that": "a", "field": "a", "message": "b"}],
    ).properties  # fmt: skip
    assert own.due is not None and own.due.at is not None and own.assignee is not None
    assert (own.due.rule, own.due.at.text, own.assignee.text) == ("R-RECT-DEFAULT", "issue.due_at", "case.lead")
    assert (own.separate_from, own.priority, own.checks[0].message) == (("onsite",), 80, "b")
    assert getattr(form(priority="=if a then 90 else 50").properties.priority, "text", "") == "if a then 90 else 50"


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ([], "components"),
        ({"components": {}}, "components"),
        ({"components": [3]}, "components.0"),
        ({"components": [{"type": "textfield", "key": "a b"}]}, "components.0.key"),
        ({"components": [{"type": "textfield", "key": 3}]}, "components.0.key"),
        ({"components": [{"type": "number", "validate": {"min": "x"}}]}, "components.0.validate.min"),
        ({"components": [{"type": "number", "validate": []}]}, "components.0.validate"),
        ({"components": [{"type": "number", "decimalDigits": 1.5}]}, "components.0.decimalDigits"),
        ({"components": [{"type": "textfield", "validate": {"pattern": "("}}]}, "components.0.validate.pattern"),
        ({"components": [{"type": "textfield", "conditional": {"hide": "=1 +"}}]}, "components.0.conditional.hide"),
        ({"components": [{"type": "textfield", "conditional": {"hide": ["a"]}}]}, "components.0.conditional.hide"),
        ({"components": [{"type": "datetime", "subtype": "week"}]}, "components.0.subtype"),
        ({"components": [{"type": "select", "values": ["a"]}]}, "components.0.values"),
        ({"components": [{"type": "group", "components": 1}]}, "components.0.components"),
        ({"components": [{"type": "text", "key": "a"}, {"type": "number", "key": "a"}]}, "a"),
        ({"components": [], "properties": 3}, "properties"),
        ({"components": [], "properties": {"due": {}}}, "properties.due"),
        ({"components": [], "properties": {"checks": "x"}}, "properties.checks"),
        ({"components": [], "properties": {"checks": [{"that": "a"}]}}, "properties.checks.0"),
        ({"components": [], "properties": {"separate_from": "a"}}, "properties.separate_from"),
        ({"components": [], "properties": {"with": "a"}}, "properties.with"),
        ({"components": [], "properties": {"assignee": "=("}}, "properties.assignee"),
    ],
)
def test_what_is_no_form_is_refused_with_its_place(document: Any, path: str) -> None:
    with pytest.raises(FormDefinitionError) as refused:
        Form.parse(document, key="k")
    assert refused.value.path == path
    assert refused.value.message_zh and refused.value.message_en in str(refused.value)


def test_endless_nesting_is_refused() -> None:
    nested: dict[str, Any] = {"type": "group", "label": "a", "components": []}
    for _ in range(10):
        nested = {"type": "group", "label": "a", "components": [nested]}
    with pytest.raises(FormDefinitionError):
        form(nested)


@pytest.mark.parametrize(
    ("component", "slug"),
    [
        ({"type": "html", "key": "a"}, "unknown-type"),
        ({"type": "textfield", "label": "a"}, "no-key"),
        ({"type": "textfield", "key": "a"}, "no-label"),
        ({"type": "select", "key": "a", "label": "a"}, "no-choices"),
        ({"type": "inspection_checklist", "key": "a", "label": "a"}, "no-template"),
        ({"type": "inspection_checklist", "key": "a", "properties": {"template": "=("}}, "bad-expression"),
        ({"type": "chooser", "key": "a", "label": "a", "properties": {"source": "secrets"}}, "unknown-source"),
        ({"type": "chooser", "key": "a", "properties": {"source": "users", "filter": {"x": 1}}}, "unknown-filter"),
        ({"type": "chooser", "key": "a", "properties": {"source": "users", "filter": "x"}}, "unknown-filter"),
        ({"type": "group", "label": "a"}, "no-children"),
        ({"type": "textfield", "key": "a", "label": "a", "properties": {"mapsTo": "nowhere"}}, "unknown-column"),
        ({"type": "textfield", "key": "a", "label": "a", "properties": {"mapsTo": "mode.deep"}}, "unknown-column"),
        ({"type": "textfield", "key": "a", "label": "a", "properties": {"mapsTo": ["mode"]}}, "feeds-nothing"),
        ({"type": "facts", "key": "a", "properties": {"rows": [{"label": "a"}]}}, "no-value"),
        ({"type": "facts", "key": "a", "properties": {"rows": [{"label": "a", "value": "=("}]}}, "bad-expression"),
        ({"type": "facts", "key": "a", "properties": {"columns": "x"}}, "no-value"),
        ({"type": "dynamiclist", "key": "a", "label": "a", "properties": {"feeds": "user"},
          "components": [question("textfield", "b")]}, "unknown-record"),
        ({"type": "dynamiclist", "key": "a", "label": "a",
          "components": [question("textfield", "b", properties={"readonly": True})]}, "no-rows"),
        ({"type": "dynamiclist", "key": "a", "label": "a",
          "components": [question("textfield", "b", properties={"mapsTo": "note"})]}, "feeds-nothing"),
    ],
)  # fmt: skip
def test_a_component_that_does_not_fit_is_found_before_deployment(component: dict[str, Any], slug: str) -> None:
    findings = conformance(form(component, feeds="inspection"))
    assert slug in [each.slug for each in findings]
    assert all(each.element.startswith("components.0") and each.message_zh and each.message_en for each in findings)


def test_a_forms_own_properties_are_checked() -> None:
    def slugs(**properties: Any) -> list[str]:
        return [each.slug for each in conformance(form(**properties))]

    assert slugs(feeds="establishment") == ["unknown-record"]
    assert slugs(feeds="nothing") == ["unknown-record"]
    assert slugs(qualification="flying") == ["unknown-qualification"]
    assert slugs(checks=[{"that": "a", "field": "b.0", "message": "c"}]) == ["unknown-question"]
    assert slugs(**{"with": {"status": "x"}}) == ["feeds-nothing"]
    assert slugs(feeds="inspection", **{"with": {"nowhere": "=("}}) == ["unknown-column", "bad-expression"]
    assert slugs(feeds="inspection", **{"with": {"status": "=case.no", "days": 1}}) == ["unknown-column"]
    place = question("position", "p", properties={"mapsTo": "position"})
    assert conformance(form(place, feeds="inspection")) == []
    assert [each.slug for each in conformance(form(place, feeds="talk"))] == ["unknown-column"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_the_products_own_forms_conform_and_can_be_shown(file: Path, context: FormContext) -> None:
    document = json.loads(file.read_text("utf-8"))
    own = Form.parse(copy.deepcopy(document), key=f"{file.parent.name}/{file.stem}")
    assert conformance(own) == []
    page = view(own, context)
    assert page.title and page.fields
    assert own.load_draft({key.key: "x" for key in own.questions}) is not None


def test_a_draft_keeps_what_is_declared_and_never_fails(context: FormContext) -> None:
    asked = form(
        question("textfield", "who", validate={"maxLength": 3}),
        question("number", "days"),
        question("checkbox", "ok"),
        question("filepicker", "photos", properties={"max": 2}),
        question("signature", "signed"),
        question("position", "position"),
        question("taglist", "units", values=[{"value": "kg"}]),
        question("dynamiclist", "lots", components=[question("textfield", "code")]),
        question("inspection_checklist", "checklist", properties={"template": "=x"}),
    )
    ids = [digit * 26 for digit in "123"]
    given = {
        "who": "一二三四五", "days": "十二", "ok": "true", "photos": [*ids, "x\x00"],
        "signed": ["9" * 99, ids[2]], "other": 1,
        "position": {"latitude": "x", "odd": 1}, "units": "kg", "lots": [{"code": 7, "odd": 1}, "odd"],
        "checklist": {
            "2-1": {"result": "conform", "note": "好\x00", "photos": ids[0], "lots": ["A"], "odd": 1}, "3": 4,
        },
    }  # fmt: skip
    assert asked.load_draft(given) == {
        "who": "一二三", "days": "十二", "ok": "true", "photos": ids[:2], "signed": ids[2],
        "position": {"latitude": "x"}, "units": ["kg"], "lots": [{"code": "7"}, {}],
        "checklist": {"2-1": {"result": "conform", "note": "好", "photos": ids[:1], "lots": ["A"]}},
    }  # fmt: skip
    view(asked, context, given)
    for odd in (None, [], "x", 3):
        assert asked.load_draft(odd) == {}
        view(asked, context, asked.load_draft({key: odd for key in given}))
    assert asked.load_draft({"days": float("nan")}) == {}
    nothing = asked.load_draft({"checklist": [], "lots": "x", "position": 3, "signed": None})
    assert nothing == {"checklist": {}, "lots": []}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_codes_that_say_nothing_to_people_are_kept_and_not_shown(path: Path) -> None:
    components = list(_everything(json.loads(path.read_text())))
    coded = [each for each in components if str(each.get("label", "")).endswith("代码") and _is_computed(each)]
    assert all(each["properties"].get("internal") is True for each in coded)


def _is_computed(component: dict[str, Any]) -> bool:
    return component.get("properties", {}).get("readonly") is True


def _everything(raw: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for each in raw.get("components", ()):
        yield each
        yield from _everything(each)
