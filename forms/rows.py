"""The rows of repeated questions: where they come from, and which given answers belong to which row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from forms.component import Component
from forms.context import Scope
from forms.texts import number_text

Row = tuple[int, Mapping[str, Any], Mapping[str, Any]]  # its place, what was answered, what the case itself says


def is_fixed(component: Component) -> bool:
    """Whether the case itself gives the rows: a list with a default whose rows have something that is only read."""
    if component.type != "dynamiclist" or component.default is None:
        return False
    return component.properties.get("fixed") is True or bool(told_keys(component))


def told_keys(component: Component) -> set[str]:
    """The questions of a row that only repeat what the case says."""
    return {each.key for each in _flat(component.children) if each.is_readonly and each.default is None and each.key}


def default_rows(component: Component, scope: Scope) -> list[dict[str, Any]]:
    """The rows that a list starts with."""
    rows = scope.value(component.default)
    return [dict(each) for each in rows if isinstance(each, Mapping)] if isinstance(rows, list) else []


def filled_rows(value: Sequence[Mapping[str, Any]]) -> list[Row]:
    """The rows in which something is said, each with the place it was given at."""
    return [(index, row, {}) for index, row in enumerate(value) if not is_blank_row(row)]


def fixed_rows(component: Component, value: Sequence[Mapping[str, Any]], scope: Scope) -> tuple[list[Row], bool]:
    """The case's rows with the answers given for each, and whether answers were given for rows that it does not have.

    A given row belongs where it repeats what the case says there; one that repeats nothing, at its own place.
    """
    told, keys = default_rows(component, scope), told_keys(component)
    answers: dict[int, Mapping[str, Any]] = {}
    strange = False
    for index, row in enumerate(value):
        place = _place(index, row, [each if at not in answers else None for at, each in enumerate(told)], keys)
        if place is not None:
            answers[place] = row
        elif not is_blank_row(row):
            strange = True
    return [(place, answers.get(place, {}), row) for place, row in enumerate(told)], strange


def is_blank_row(row: Mapping[str, Any]) -> bool:
    """Whether nothing is said in a row."""
    return all(value is None or value in ("", [], {}) for value in row.values())


def _place(index: int, row: Mapping[str, Any], free: Sequence[Mapping[str, Any] | None], keys: set[str]) -> int | None:
    said = {key: row[key] for key in keys if row.get(key) not in (None, "")}
    if not said:
        return index if index < len(free) and free[index] is not None else None
    places = (at for at, told in enumerate(free) if told is not None and _repeats(said, told))
    return next(places, None)


def _repeats(said: Mapping[str, Any], told: Mapping[str, Any]) -> bool:
    return all(_even(told.get(key)) == _even(value) for key, value in said.items())


def _even(value: object) -> str:
    """A text without regard to its blanks, a number as it is shown: a page sends line ends and digits of its own."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return number_text(Decimal(str(value)))
    if isinstance(value, list):
        return " ".join(map(_even, value))
    return " ".join(str(value).split())


def _flat(components: Sequence[Component]) -> Iterator[Component]:
    for component in components:
        yield component
        if component.type == "group":
            yield from _flat(component.children)
