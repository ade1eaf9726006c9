"""What a form lets through fits into the column that it feeds, on PostgreSQL too."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import Boolean, Date, Enum, Integer, Numeric, String
from sqlalchemy.orm import ColumnProperty

from forms.columns import column_of, column_value
from forms.component import Component
from forms.fields import Line
from records.base import Moment
from tests.fits import misfit
from tests.forms.asking import all_forms, singles

#: what a column of this kind is asked with
MATES: tuple[tuple[type, tuple[str, ...]], ...] = (
    (Boolean, ("checkbox", "radio")),
    (Integer, ("number", "radio")),
    (Numeric, ("number",)),
    (Date, ("datetime",)),
    (Moment, ("datetime",)),
    (Enum, ("radio", "select")),
    (String, ("textfield", "textarea", "radio", "select", "chooser")),
)
#: choices that the case's data gives, for texts: where these come from, and so how long they are
FROM_DATA = {
    "assessment_improvement/choose_measure measure": "the values of the decision low_grade_measure",
    "inspection/onsite_inspection rapid_tests.0.item": "the names in the decision rapid_test_limit",
    "sampling/ship_sample laboratory": "ids of organisations",
}
FED = [
    (single, column)
    for form in all_forms().values()
    for single in singles(form)
    if (column := column_of(single.component.feeds, single.component.maps_to))
    and "." not in (single.component.maps_to or "")
]


def kind_of(column: ColumnProperty[Any]) -> Any:
    return column.columns[0].type


def extremes(component: Component) -> Iterator[Any]:
    """The longest and largest answers that a question takes."""
    limits, question = component.limits, component.type
    if question in ("textfield", "textarea"):
        yield "长" * (limits.max_length or Line.longest)
    elif question == "number":
        step = Decimal(1).scaleb(-(limits.decimals or 0))
        bound = limits.maximum if limits.maximum is not None else (limits.below or Decimal(10) ** 24) - step
        yield from (bound, -bound if limits.minimum is None else limits.minimum)
    elif question in ("radio", "select"):
        yield from (choice.value for choice in component.choices)
    elif question == "chooser":
        yield "0" * 26


def test_every_column_is_asked_with_its_own_kind_of_question() -> None:
    wrong = []
    for single, column in FED:
        mates = next((mates for kind, mates in MATES if isinstance(kind_of(column), kind)), None)
        if mates is not None and single.component.type not in mates:
            wrong.append(f"{single}: {single.component.type} for {kind_of(column)!r}")
    assert wrong == []


def test_the_longest_and_largest_answers_fit() -> None:
    wrong = []
    for single, column in FED:
        for value in extremes(single.component):
            try:
                found = misfit(kind_of(column), column_value(column, value))
            except ValueError as error:
                found = str(error)
            if found:
                wrong.append(f"{single} feeds {column}: {found}, not {str(value)[:40]!r}")
    assert wrong == []


def test_a_number_keeps_the_decimals_that_are_asked() -> None:
    wrong = []
    for single, column in FED:
        kind = kind_of(column)
        if single.component.type == "number" and isinstance(kind, Integer | Numeric):
            scale = 0 if isinstance(kind, Integer) else kind.scale
            decimals = single.component.limits.decimals
            if scale is not None and (decimals is None or decimals > scale):
                wrong.append(f"{single}: {decimals} decimals into {kind!r}")
    assert wrong == []


def test_choices_that_the_case_gives_are_known() -> None:
    found = {
        str(single)
        for single, column in FED
        if single.component.choices_from is not None and isinstance(kind_of(column), String)
    }
    assert found == set(FROM_DATA)


def test_what_a_form_says_by_itself_fits() -> None:
    wrong = []
    for form in all_forms().values():
        says = [(form.properties.feeds, form.properties.constants)]
        says += [
            (each.feeds, each.properties.get("with") or {}) for each in form.questions if each.type == "dynamiclist"
        ]
        for feeds, constants in says:
            for name, value in constants.items():
                column = column_of(feeds, name)
                assert column is not None, f"{form.key}: {name} of {feeds}"
                if not (isinstance(value, str) and value.startswith("=")):
                    found = misfit(kind_of(column), column_value(column, value))
                    wrong += [f"{form.key}: {name} = {value!r}: {found}"] if found else []
    assert wrong == []
