"""Answers as they print: in documents and in the history, section by section, label and text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from forms.catalog import Form
from forms.checklist import RESULTS, template_of
from forms.component import Component
from forms.context import FormContext, Scope
from forms.files import file_ids
from forms.loading import QUESTIONS, questions, settle
from forms.particulars import fact_particulars
from forms.sentences import say
from forms.texts import number_text, read_number
from records.checklists import ChecklistItem

Line = tuple[str, str]
Section = tuple[str, list[Line]]


def printed(form: Form, answers: Mapping[str, Any], context: FormContext) -> list[Section]:
    """What was asked and answered, without what was hidden; sections are groups, lists and checklist sections."""
    pieces = _sections(form.components, answers, Scope(context), form.properties.title)
    merged = [
        (title, [line for _, lines in same for line in lines])
        for title, same in groupby(pieces, key=lambda piece: piece[0])
    ]
    return [(title, lines) for title, lines in merged if lines]


def _sections(
    components: Sequence[Component], answers: Mapping[str, Any], outer: Scope, title: str
) -> Iterator[Section]:
    scope = settle(questions(components), answers, outer, _computed(components, answers))
    yield from _inside(components, answers, scope, title)


def _inside(components: Sequence[Component], answers: Mapping[str, Any], scope: Scope, title: str) -> Iterator[Section]:
    for component in components:
        if component.is_internal or scope.holds(component.hide):
            continue
        value = answers.get(component.key)
        if component.type == "group":
            yield from _inside(component.children, answers, scope, component.label or title)
        elif component.type == "facts":
            yield title, list(fact_particulars(component, scope).get("facts", ()))
        elif component.type == "dynamiclist":
            yield from _rows(component, value, scope)
        elif component.type == "inspection_checklist":
            yield from _checklist(component, value, scope)
        elif component.type in QUESTIONS and component.key:
            yield title, [(component.label, _text(component, value, scope))]


def _text(component: Component, value: Any, scope: Scope) -> str:
    question = QUESTIONS[component.type]
    return (
        question.display(component, value, scope)
        if component.type == "checkbox" or not question.is_blank(value)
        else ""
    )


def _rows(component: Component, value: Any, scope: Scope) -> Iterator[Section]:
    rows = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
    for number, row in enumerate(rows, start=1):
        lines = [line for _, inner in _sections(component.children, row, scope, "") for line in inner]
        yield say("%(label)s（%(number)s）", label=component.label, number=number), lines


def _checklist(component: Component, value: Any, scope: Scope) -> Iterator[Section]:
    template = template_of(component, scope)
    answers = value if isinstance(value, Mapping) else {}
    sections: dict[str, list[Line]] = {}
    for item in template.items if template else ():
        answer = answers.get(item.code)
        if isinstance(answer, Mapping):
            lines = sections.setdefault(item.section, [])
            lines.append((f"{item.code} {'★ ' if item.is_key else ''}{item.text}", item_text(item, answer)))
    yield from sections.items()


def item_text(item: ChecklistItem, answer: Mapping[str, Any]) -> str:
    """A checklist item's answer in one line: result, measured value, note, number of photos."""
    results = {result.value: label for result, label in RESULTS.items()}
    parts = [str(say(results.get(str(answer.get("result")), "")))]
    measured = read_number(answer.get("measured"))
    if measured is not None:
        parts.append(f"{number_text(measured)} {item.unit or ''}".strip())
    parts.append(str(answer.get("note") or ""))
    if photos := file_ids(answer.get("photos")):
        parts.append(say("照片 %(count)s 张", count=len(photos)))
    return " · ".join(part for part in parts if part)


def _computed(components: Sequence[Component], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Computed answers as they were kept, not as they would be computed today."""
    kept = [each.component.key for each in questions(components) if each.component.is_readonly]
    return {key: answers[key] for key in kept if key in answers}
