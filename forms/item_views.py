"""The inspection checklist as a page shows it: sections of items, each with its answer and its errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from forms.checklist import RESULTS, SEVERITIES, limits_text, template_of, within_limits
from forms.component import Component
from forms.context import Scope
from forms.files import MOST_FILES, file_ids, files_of
from forms.question import listed
from forms.sentences import say
from forms.texts import number_text, read_number
from forms.views import FileView, ItemView, OptionView, SectionView
from records.checklists import ChecklistItem, ItemAnswer
from records.inspections import ItemResult

_PARTS = ("result", "note", "measured", "photos", "severity", "affects_safety", "fixed_on_spot", "lots")


def section_views(
    component: Component, value: Any, scope: Scope, name: str, errors: Mapping[str, Sequence[str]]
) -> tuple[SectionView, ...]:
    """The sections of the case's template."""
    template = template_of(component, scope)
    given = value if isinstance(value, Mapping) else {}
    answers = {str(code): answer for code, answer in given.items() if isinstance(answer, Mapping)}
    scope.context.attachments.fetch(file for answer in answers.values() for file in file_ids(answer.get("photos")))
    views = [
        item_view(item, answers.get(item.code, {}), scope, f"{name}.{item.code}", errors)
        for item in (template.items if template else ())
    ]
    return tuple(
        SectionView(f"f-{name}-s{index}", title, tuple(items))
        for index, (title, items) in enumerate(groupby(views, key=lambda view: view.section))
    )


def item_view(
    item: ChecklistItem, answer: Mapping[str, Any], scope: Scope, name: str, errors: Mapping[str, Sequence[str]]
) -> ItemView:
    """One item."""
    result = _result(item, answer)
    severity = str(answer.get("severity") or "minor")
    photos = files_of(file_ids(answer.get("photos")), scope)
    own = {part: list(errors[path]) for part in _PARTS if (path := f"{name}.{part}") in errors}
    if name in errors:
        own["result"] = [*errors[name], *own.get("result", [])]
    return ItemView(
        code=item.code,
        name=name,
        section=item.section,
        text=item.text,
        basis=item.basis,
        is_key=item.is_key,
        is_measurement=item.answer is ItemAnswer.MEASUREMENT,
        unit=item.unit or "",
        minimum=item.minimum,
        maximum=item.maximum,
        limits=limits_text(item),
        result=result,
        options=tuple(OptionView(each.value, say(label), each.value == result) for each, label in RESULTS.items()),
        note=str(answer.get("note") or ""),
        measured=_measured(answer),
        severity=severity,
        severities=tuple(OptionView(each, say(label), each == severity) for each, label in SEVERITIES.items()),
        affects_safety=_is_ticked(answer.get("affects_safety")),
        fixed_on_spot=_is_ticked(answer.get("fixed_on_spot")),
        lots=tuple(map(str, listed(answer.get("lots")))),
        photos=tuple(
            FileView(
                each.id, each.filename, each.media_type, each.media_type.startswith("image/"), tuple(each.flags or ())
            )
            for each in photos
        ),
        max_photos=MOST_FILES,
        errors=own,
    )


def _result(item: ChecklistItem, answer: Mapping[str, Any]) -> str:
    given = str(answer.get("result") or "")
    number = read_number(answer.get("measured"))
    if given or number is None or item.answer is not ItemAnswer.MEASUREMENT:
        return given
    return (ItemResult.CONFORM if within_limits(item, number) else ItemResult.NONCONFORM).value


def _measured(answer: Mapping[str, Any]) -> str:
    number = read_number(answer.get("measured"))
    return str(answer.get("measured") or "") if number is None else number_text(number)


def _is_ticked(value: object) -> bool:
    return str(value).lower() in ("true", "on", "1")
