"""A form with answers and errors as a page shows it, and as it prints."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from forms.catalog import Form
from forms.choosing import Chooser
from forms.component import Component
from forms.conditions import Condition
from forms.context import FormContext, Scope
from forms.fields import OneOf
from forms.functions import BROWSER_FUNCTIONS
from forms.item_views import section_views
from forms.loading import QUESTIONS, Asked, questions, settle
from forms.particulars import chooser_particulars, fact_particulars, file_particulars, input_particulars
from forms.printing import printed
from forms.question import listed
from forms.rows import Row, fixed_rows, is_fixed
from forms.sentences import say
from forms.storage import to_storage
from forms.views import ErrorView, FieldView, FormView, OptionView, RowView

__all__ = ["PLACE", "printed", "view"]

PLACE = "__i__"
BlankRow = tuple[str, Mapping[str, Any], Mapping[str, Any]]
Errors = Mapping[str, Sequence[str]]


def view(
    form: Form, context: FormContext, answers: Mapping[str, Any] | None = None, errors: Errors | None = None
) -> FormView:
    """The form as a page shows it: with a draft's or refused answers when there are any, else with its defaults."""
    drawing = _Drawing(form, context, errors or {})
    fields = drawing.level(form.components, answers or {}, Scope(context), "", {})
    own = form.properties
    return FormView(
        key=form.key,
        version=form.version,
        title=own.title,
        basis=own.basis or "",
        submit=own.submit or "",
        layout=own.layout or "",
        fields=fields,
        errors=tuple(_summary(form, errors or {})),
        facts=drawing.facts(),
    )


class _Drawing:
    """One form being drawn."""

    def __init__(self, form: Form, context: FormContext, errors: Errors) -> None:
        self.form, self.context, self.errors = form, context, errors
        self.used: set[Condition] = set()
        self.keys = set(_keys(form.components))

    def facts(self) -> dict[str, Any]:
        """Those values of the case that the browser's conditions mention, and nothing else of it."""
        facts: dict[str, Any] = {}
        for path in sorted(path for condition in self.used for path in condition.paths):
            head, *rest = path.split(".")
            value: Any = self.context.names.get(head)
            if value is None:
                continue
            node = facts
            for segment in path.split(".")[:-1]:
                node = node.setdefault(segment, {})
            for segment in rest:
                value = value.get(segment) if isinstance(value, Mapping) else None
            node[path.split(".")[-1]] = to_storage(value)
        return facts

    def level(
        self,
        components: Sequence[Component],
        answers: Mapping[str, Any],
        outer: Scope,
        prefix: str,
        told: Mapping[str, Any],
    ) -> tuple[FieldView, ...]:
        """The components of one level, of the form or of a row: with defaults while nothing was answered."""
        level = questions(components)
        given = answers or {**self._defaults(level, outer), **told}
        scope = settle(level, given, outer, told)
        return tuple(self.component(each, given, scope, prefix) for each in components)

    def _defaults(self, level: Sequence[Asked], outer: Scope) -> dict[str, Any]:
        defaults = {each.component.key: outer.value(each.component.default) for each in level}
        return {key: value for key, value in defaults.items() if value is not None}

    def component(self, component: Component, answers: Mapping[str, Any], scope: Scope, prefix: str) -> FieldView:
        """One component with everything below it."""
        name = f"{prefix}.{component.key}" if prefix and component.key else component.key or prefix
        common: dict[str, Any] = {
            "kind": component.type,
            "key": component.key,
            "name": name,
            "id": f"f-{name or component.path}",
            "label": component.label,
            "hint": component.hint,
            "text": component.text,
            "style": component.option("style") or "",
            "is_hidden": scope.holds(component.hide),
            "shown_if": hide.negated if (hide := self._browser(component.hide)) else None,
            "errors": tuple(self.errors.get(name, ())) if component.key else (),
        }
        if component.type == "group":
            children = tuple(self.component(each, answers, scope, prefix) for each in component.children)
            return FieldView(**common, children=children)
        if component.type == "facts":
            return FieldView(**common, **fact_particulars(component, scope))
        question = QUESTIONS.get(component.type)
        if question is None or not component.key:
            return FieldView(**common)
        value = scope.layers[0].get(component.key) if component.is_readonly else answers.get(component.key)
        asked = Asked(component, question, ())
        return FieldView(
            **common,
            value=question.control(component, value),
            display=_display(component, value, scope),
            is_blank=question.is_blank(value),
            required=asked.is_required(scope),
            readonly=component.is_readonly,
            is_internal=component.is_internal,
            required_if=demand.text if (demand := self._browser(component.required_if)) else None,
            **self._particulars(component, value, scope, name),
        )

    def _browser(self, condition: Condition | None) -> Condition | None:
        """The condition if a browser can judge it: it hangs on answers and calls nothing that only the server has."""
        if condition is None or condition.calls - BROWSER_FUNCTIONS or not condition.names & self.keys:
            return None
        self.used.add(condition)
        return condition

    def _particulars(self, component: Component, value: Any, scope: Scope, name: str) -> dict[str, Any]:
        if component.type == "dynamiclist":
            return self._rows(component, value, scope, name)
        if component.type == "inspection_checklist":
            return {"sections": section_views(component, value, scope, name, self.errors)}
        question = QUESTIONS[component.type]
        if component.type in ("filepicker", "signature"):
            return file_particulars(component, value, scope)
        if isinstance(question, Chooser):
            return chooser_particulars(component, value, scope, question)
        if isinstance(question, OneOf):
            picked = set(map(str, listed(question.control(component, value))))
            options = question.choices(component, scope)
            return {"options": tuple(OptionView(each.value, each.label, each.value in picked) for each in options)}
        return input_particulars(component, scope)

    def _rows(self, component: Component, value: Any, scope: Scope, name: str) -> dict[str, Any]:
        given = [row if isinstance(row, Mapping) else {} for row in value] if isinstance(value, list) else []
        if is_fixed(component):
            rows, _ = fixed_rows(component, given, scope)
        else:
            least = max(component.limits.min_count or 0, 1 if component.is_required else 0)
            rows = [(index, row, {}) for index, row in enumerate(given + [{}] * (least - len(given)))]
        return {
            "rows": tuple(self._row(component, row, scope, f"{name}.{row[0]}") for row in rows),
            "blank": None if is_fixed(component) else self._row(component, (PLACE, {}, {}), scope, f"{name}.{PLACE}"),
            "is_fixed": is_fixed(component),
            "add_label": component.option("addLabel") or "",
            "min_count": component.limits.min_count or 0,
            "max_count": component.limits.max_count,
        }

    def _row(self, component: Component, row: Row | BlankRow, scope: Scope, name: str) -> RowView:
        place, answers, told = row
        if answers.keys() <= told.keys():  # nothing is answered but what the case itself says: begin with the defaults
            answers = {}
        fields = self.level(component.children, answers, scope, name, told)
        return RowView(place, name, fields, tuple(self.errors.get(name, ())))


def _keys(components: Sequence[Component]) -> Iterator[str]:
    """Every key of a form, those of rows too."""
    for component in components:
        if component.key:
            yield component.key
        yield from _keys(component.children)


def _display(component: Component, value: Any, scope: Scope) -> str:
    """How a value shows; of a record that the actor may not choose, nothing."""
    question = QUESTIONS[component.type]
    if question.is_blank(value):
        return ""
    if isinstance(question, Chooser):
        option = question.option(component, value, scope)
        return option.label if option else ""
    if component.type == "dynamiclist":
        return ""
    return question.display(component, value, scope)


def _summary(form: Form, errors: Errors) -> Iterator[ErrorView]:
    """The errors in the order of the questions, each with the label of the question it stands under."""
    asked = [each.component for each in questions(form.components)]
    order = {component.key: place for place, component in enumerate(asked)}
    known = {component.key: component for component in asked}
    for name in sorted(errors, key=lambda path: (order.get(path.split(".")[0], -1), _places(path))):
        for sentence in errors[name]:
            yield ErrorView(name, f"f-{name}" if name else "", _label(name, known), sentence)


def _label(name: str, known: Mapping[str, Component]) -> str:
    """What a question is called in the summary: the checklist's item, the row of a list, or the question itself."""
    head, *rest = name.split(".")
    component = known.get(head)
    if component is None:
        return ""
    if rest and component.type == "inspection_checklist":
        return say("第 %(code)s 项", code=rest[0])
    if rest and rest[0].isdecimal():
        return say("%(label)s（%(number)s）", label=component.label, number=int(rest[0]) + 1)
    return component.label


def _places(path: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"[.-]", path)]
