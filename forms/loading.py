"""From what was posted to clean, typed answers: what is shown, what is required, what is refused and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from marshmallow import RAISE, Schema, ValidationError
from marshmallow.fields import Field

from forms.checklist import Checklist
from forms.choosing import Chooser
from forms.component import Component
from forms.conditions import Condition
from forms.context import FormContext, Scope
from forms.fields import Line, Moment, Number, OneOf, Sealed, SeveralOf, Text, Tick
from forms.files import Files, Position, Signature
from forms.question import Posted, Question, asked, refuse
from forms.rows import Row, filled_rows, fixed_rows, is_fixed
from forms.sentences import Sentence, dotted, say
from records.errors import InvalidAnswersError

MOST_ROWS = 200
_ROUNDS = 8


class Rows(Question):
    """A repeated group or table: a list of rows, each answered like a form of its own."""

    def empty(self) -> Any:
        """No rows."""
        return []

    def is_blank(self, value: object) -> bool:
        """No row in which anything is said."""
        if not isinstance(value, list):
            return super().is_blank(value)
        blank = super().is_blank
        return all(isinstance(row, Mapping) and all(map(blank, row.values())) for row in value)

    def wanted(self, component: Component) -> Sentence:
        """Add one."""
        return say("请至少填写一行：%(label)s", label=asked(component))

    def clean(self, component: Component, value: object, scope: Scope) -> list[dict[str, Any]]:
        """Rows that are right, as many as wanted; blank ones are left out."""
        if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
            refuse(say("提交的内容格式不正确"))
        given = _given_rows(component, value, scope)
        _check_count(component, len(given))
        errors: dict[int, Any] = {}
        cleaned = []
        for index, row, told in given:
            try:
                cleaned.append(answer(component.children, row, scope, told))
            except ValidationError as refusal:
                errors[index] = refusal.messages
                cleaned.append(refusal.valid_data if isinstance(refusal.valid_data, dict) else {})
        if errors:
            raise ValidationError(errors, valid_data=cleaned)
        return cleaned

    def keep(self, component: Component, value: object) -> Any:
        """Rows with what they declare, capped."""
        rows = value if isinstance(value, list) else []
        return [load_draft(component.children, row) for row in rows[:MOST_ROWS]]


QUESTIONS: Mapping[str, Question] = {
    "textfield": Line(),
    "textarea": Text(),
    "sealed": Sealed(),
    "number": Number(),
    "datetime": Moment(),
    "checkbox": Tick(),
    "radio": OneOf(),
    "select": OneOf(),
    "checklist": SeveralOf(),
    "taglist": SeveralOf(),
    "filepicker": Files(),
    "dynamiclist": Rows(),
    "inspection_checklist": Checklist(),
    "position": Position(),
    "signature": Signature(),
    "chooser": Chooser(),
}
#: components that ask nothing
STATIC = frozenset({"text", "group", "facts"})
#: questions that are answered with parts: read after the plain ones, which their conditions may mention
_COMPOSITE = frozenset({"dynamiclist", "inspection_checklist"})


@dataclass(frozen=True, eq=False)
class Asked:
    """A question of a form with the conditions that hide it: its own and those of the groups around it."""

    component: Component
    question: Question
    hides: tuple[Condition, ...]

    def is_hidden(self, scope: Scope) -> bool:
        """Whether the answers hide it."""
        return any(scope.holds(hide) for hide in self.hides)

    def is_required(self, scope: Scope) -> bool:
        """Whether it must be answered: always, on a condition, or because so many are wanted."""
        component = self.component
        if component.required_if is not None and not component.is_required:
            return scope.holds(component.required_if)
        return component.is_required or bool(component.limits.min_count)


@lru_cache(maxsize=2_000)
def questions(components: tuple[Component, ...]) -> tuple[Asked, ...]:
    """The questions, groups opened."""
    return tuple(_opened(components, ()))


def _opened(components: Sequence[Component], hides: tuple[Condition, ...]) -> Iterator[Asked]:
    for component in components:
        own = (*hides, component.hide) if component.hide else hides
        if component.type == "group":
            yield from _opened(component.children, own)
        elif component.type in QUESTIONS and component.key:
            yield Asked(component, QUESTIONS[component.type], own)


def settle(
    level: Sequence[Asked], raw: Mapping[str, Any], outer: Scope, told: Mapping[str, Any] | None = None
) -> Scope:
    """The scope in which conditions stand still: what is hidden is null, what is computed is computed."""
    values = _read_values(level, raw, outer)
    values.update({key: value for key, value in (told or {}).items() if key not in values})
    computed = [each.component for each in level if each.component.is_readonly]
    hidden: set[str] = set()
    for _ in range(_ROUNDS):
        inner = outer.inside({key: None if key in hidden else value for key, value in values.items()})
        before = dict(values)
        for component in computed:
            values[component.key] = (told or {}).get(component.key, inner.value(component.default))
        now_hidden = {each.component.key for each in level if each.is_hidden(inner)}
        if now_hidden == hidden and values == before:
            break
        hidden = now_hidden
    return outer.inside({key: None if key in hidden else value for key, value in values.items()})


def _read_values(level: Sequence[Asked], raw: Mapping[str, Any], outer: Scope) -> dict[str, Any]:
    values: dict[str, Any] = {each.component.key: each.question.empty() for each in level}
    for each in sorted(level, key=lambda one: one.component.type in _COMPOSITE):
        given = raw.get(each.component.key)
        if each.component.is_readonly or each.question.is_blank(given):
            continue
        try:
            values[each.component.key] = each.question.clean(each.component, given, outer.inside(dict(values)))
        except ValidationError as refusal:
            values[each.component.key] = refusal.valid_data
    return values


@lru_cache(maxsize=2_000)
def schema(shown: tuple[Asked, ...], required: tuple[bool, ...]) -> Schema:
    """The marshmallow schema of what is shown, compiled once for the same questions; loads ``Posted``."""
    declared: dict[str, Field[Any]] = {
        each.component.key: each.question.field(each.component, required=is_required)
        for each, is_required in zip(shown, required, strict=True)
    }
    compiled = Schema.from_dict(dict(declared), name="Answers")(unknown=RAISE)
    compiled.error_messages = {
        **compiled.error_messages,
        "unknown": say("表单中没有该问题"),
        "type": say("提交的内容格式不正确"),
    }
    return compiled


def answer(
    components: tuple[Component, ...], raw: Mapping[str, Any], outer: Scope, told: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The answers of one level, clean and typed; ValidationError with what is wrong and what is right.

    ``told`` are values that the case itself gives: read-only questions take them rather than what was posted.
    """
    level = questions(components)
    inner = settle(level, raw, outer, told)
    shown = [each for each in level if not each.is_hidden(inner)]
    typed = tuple([each for each in shown if not each.component.is_readonly])
    cleaned = {each.component.key: each.question.empty() for each in shown}
    names = inner.layers[0]
    cleaned.update({each.component.key: names[each.component.key] for each in shown if each.component.is_readonly})
    try:
        compiled = schema(typed, tuple([each.is_required(inner) for each in typed]))
        cleaned.update(compiled.load(Posted(_posted(components, level, shown, raw), inner)))
    except ValidationError as refusal:
        right = refusal.valid_data if isinstance(refusal.valid_data, dict) else {}
        raise ValidationError(refusal.messages_dict, valid_data=cleaned | right) from refusal
    return cleaned


def _posted(
    components: tuple[Component, ...], level: Sequence[Asked], shown: Sequence[Asked], raw: Mapping[str, Any]
) -> dict[str, Any]:
    """What was posted without blanks, hidden and computed answers; lists that are always read are there."""
    dropped = _static_keys(components) | {each.component.key for each in level}
    given = {str(key): value for key, value in raw.items() if key not in dropped}
    for each in shown:
        key, value = each.component.key, raw.get(each.component.key)
        if each.component.type == "inspection_checklist":
            given[key] = {} if value is None else value
        elif is_fixed(each.component):
            given[key] = [] if value is None else value
        elif not each.component.is_readonly and not each.question.is_blank(value):
            given[key] = value
    return given


def load(
    components: tuple[Component, ...],
    checks: Sequence[tuple[Condition, str, str]],
    answers: object,
    context: FormContext,
) -> dict[str, Any]:
    """The answers of a whole form; InvalidAnswersError with dotted paths."""
    if not isinstance(answers, Mapping):
        raise InvalidAnswersError({"": [say("提交的内容格式不正确")]})
    errors: dict[str, list[str]] = {}
    try:
        cleaned = answer(components, answers, Scope(context))
    except ValidationError as refusal:
        errors = dotted(refusal.messages)
        cleaned = refusal.valid_data if isinstance(refusal.valid_data, dict) else {}
    final = Scope(context).inside({each.component.key: None for each in questions(components)} | cleaned)
    _run_checks(components, checks, answers, final, errors)
    if errors:
        raise InvalidAnswersError(errors)
    return cleaned


def _run_checks(
    components: tuple[Component, ...],
    checks: Sequence[tuple[Condition, str, str]],
    answers: Mapping[str, Any],
    final: Scope,
    errors: dict[str, list[str]],
) -> None:
    """Add what checks refuse: one sentence a field, after what is wrong with the answer itself.

    Of an answer that is missing the check knows better what is wanted.
    """
    level = questions(components)
    unanswered = {each.component.key for each in level if each.question.is_blank(answers.get(each.component.key))}
    for that, field, message in checks:
        if (field not in errors or field in unanswered) and final.value(that) is False:
            unanswered.discard(field)
            errors[field] = [say(message)]


def load_draft(components: tuple[Component, ...], answers: object) -> dict[str, Any]:
    """What of half-finished answers belongs to these components. Never fails."""
    if not isinstance(answers, Mapping):
        return {}
    kept = {}
    for each in questions(components):
        key = each.component.key
        if key in answers and (value := each.question.keep(each.component, answers[key])) is not None:
            kept[key] = value
    return kept


def _given_rows(component: Component, value: list[Any], scope: Scope) -> list[Row]:
    if not is_fixed(component):
        return filled_rows(value)
    rows, strange = fixed_rows(component, value, scope)
    if strange:
        refuse(say("不能增减行，请刷新后重新填写"))
    return rows


def _check_count(component: Component, count: int) -> None:
    limits = component.limits
    if limits.min_count and count < limits.min_count:
        refuse(say("请至少填写 %(count)s 行：%(label)s", count=limits.min_count, label=asked(component)))
    most = limits.max_count or MOST_ROWS
    if count > most:
        refuse(say("%(label)s不能超过 %(count)s 行", count=most, label=asked(component)))


@lru_cache(maxsize=2_000)
def _static_keys(components: tuple[Component, ...]) -> frozenset[str]:
    inner = [_static_keys(each.children) for each in components if each.type == "group"]
    return frozenset({each.key for each in components if each.type in STATIC and each.key}).union(*inner)
