"""Reads a form file: form-js JSON with our properties, into a typed, immutable form."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from forms import loading
from forms.component import Component, FormDefinitionError, read_component, read_condition, text_of
from forms.conditions import Condition
from forms.context import FormContext
from forms.storage import to_storage

__all__ = ["Check", "Form", "FormContext", "FormDefinitionError", "FormProperties", "to_storage"]


@dataclass(frozen=True)
class Check:
    """A statement that must be true of the answers; ``message`` is said at ``field`` when it is false."""

    that: Condition
    field: str
    message: str


@dataclass(frozen=True)
class Due:
    """When the task is due: by a rule parameter, or at a moment that FEEL gives.

    ``rule_from`` gives the rule's code where it depends on the case; else, and where it gives none, it is ``rule``.
    """

    rule: str | None
    at: Condition | None
    rule_from: Condition | None = None


@dataclass(frozen=True)
class FormProperties:
    """What a form says about its task."""

    title: str
    feeds: str | None
    record: Condition | None  # the id of the record that it feeds; the case's newest of its type when it says nothing
    due: Due | None
    assignee: Condition | None
    separate_from: tuple[str, ...]
    independent_of: tuple[str, ...]  # steps whose doers, their substitutes and who passed them on stay out of this one
    starters: tuple[str, ...]  # roles beside that of its lane that may begin the process
    establishment: Condition | None  # whose business does it; the case's own when it says nothing
    qualification: str | None
    priority: int | Condition | None
    basis: str | None
    checks: tuple[Check, ...]
    submit: str | None
    layout: str | None
    is_returnable: bool  # once completed, a later step may send the case back to it
    constants: Mapping[str, Any]
    confirms_identity: bool  # whoever does it enters the password once more


@dataclass(frozen=True)
class Form:
    """One edition of a form."""

    key: str
    id: str
    version: str
    properties: FormProperties
    components: tuple[Component, ...]

    @classmethod
    def parse(cls, document: Mapping[str, Any], *, key: str) -> Form:
        """The form that a form-js document describes; FormDefinitionError names the place of what is wrong."""
        if not isinstance(document, Mapping) or not isinstance(document.get("components"), list):
            raise FormDefinitionError("components", "必须是组件列表", "must be a list of components")
        properties = _properties(document.get("properties") or {}, key)
        components = tuple(
            read_component(child, f"components.{index}", properties.feeds)
            for index, child in enumerate(document["components"])
        )
        _refuse_repeated_keys(components)
        digest = hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()
        form_id = text_of(document, "id", "id") or key
        return cls(key=key, id=form_id, version=f"{key}@{digest[:12]}", properties=properties, components=components)

    @cached_property
    def questions(self) -> tuple[Component, ...]:
        """The components that carry a key, groups opened, rows not entered."""
        return tuple(each for each in _walk(self.components) if each.key)

    def load(self, answers: Mapping[str, Any], context: FormContext) -> dict[str, Any]:
        """The answers, cleaned and typed; InvalidAnswersError says path by path what to change.

        Unknown keys are refused, hidden questions dropped, shown ones enforced, checks run.
        Unanswered questions get their empty value.
        """
        checks = [(check.that, check.field, check.message) for check in self.properties.checks]
        return loading.load(self.components, checks, answers, context)

    def load_draft(self, answers: object) -> dict[str, Any]:
        """What of half-finished answers belongs to this form, capped, JSON-safe and otherwise unjudged. Never fails."""
        return loading.load_draft(self.components, answers)


def _walk(components: tuple[Component, ...]) -> Iterator[Component]:
    for component in components:
        yield component
        if component.type == "group":
            yield from _walk(component.children)


def _refuse_repeated_keys(components: tuple[Component, ...]) -> None:
    seen: set[str] = set()
    for component in _walk(components):
        if component.key in seen:
            raise FormDefinitionError(component.key, "题目代码重复", "the key occurs twice")
        if component.key:
            seen.add(component.key)
        if component.type == "dynamiclist":
            _refuse_repeated_keys(component.children)


def _properties(raw: Mapping[str, Any], key: str) -> FormProperties:
    if not isinstance(raw, Mapping):
        raise FormDefinitionError("properties", "必须是对象", "must be an object")
    where = "properties"
    return FormProperties(
        title=text_of(raw, "title", where) or key,
        feeds=text_of(raw, "feeds", where),
        record=read_condition(raw.get("record"), f"{where}.record"),
        due=_due(raw.get("due")),
        assignee=read_condition(raw.get("assignee"), f"{where}.assignee"),
        separate_from=_names(raw.get("separate_from"), f"{where}.separate_from"),
        independent_of=_names(raw.get("independent_of"), f"{where}.independent_of"),
        starters=_names(raw.get("starters"), f"{where}.starters"),
        establishment=read_condition(raw.get("establishment"), f"{where}.establishment"),
        qualification=text_of(raw, "qualification", where),
        priority=_priority(raw.get("priority")),
        basis=text_of(raw, "basis", where),
        checks=_checks(raw.get("checks") or []),
        submit=text_of(raw, "submit", where),
        layout=text_of(raw, "layout", where),
        is_returnable=_yes_or_no(raw, "returnable"),
        constants=_constants(raw.get("with")),
        confirms_identity="confirms_identity" in raw and _yes_or_no(raw, "confirms_identity"),
    )


def _due(raw: object) -> Due | None:
    if raw is None:
        return None
    if not isinstance(raw, Mapping) or not (raw.get("rule") or raw.get("at")):
        raise FormDefinitionError("properties.due", "须写明规则或时刻", "names neither a rule nor a moment")
    where = "properties.due"
    moment, named = (
        read_condition(raw.get("at"), f"{where}.at"),
        read_condition(raw.get("ruleFrom"), f"{where}.ruleFrom"),
    )
    return Due(text_of(raw, "rule", where), moment, named)


def _yes_or_no(raw: Mapping[str, Any], name: str) -> bool:
    """What a property says; yes when it says nothing."""
    value = raw.get(name, True)
    if not isinstance(value, bool):
        raise FormDefinitionError(f"properties.{name}", "必须是 true 或 false", "must be true or false")
    return value


def _priority(raw: object) -> int | Condition | None:
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    return read_condition(raw, "properties.priority")


def _names(raw: object, where: str) -> tuple[str, ...]:
    if raw is None:
        return ()
    if not isinstance(raw, list) or not all(isinstance(each, str) for each in raw):
        raise FormDefinitionError(where, "必须是名称列表", "must be a list of names")
    return tuple(raw)


def _checks(raw: object) -> tuple[Check, ...]:
    if not isinstance(raw, list):
        raise FormDefinitionError("properties.checks", "必须是列表", "must be a list")
    checks = []
    for index, each in enumerate(raw):
        where = f"properties.checks.{index}"
        that = read_condition(each.get("that"), f"{where}.that") if isinstance(each, Mapping) else None
        message = text_of(each, "message", where) if that else None
        if that is None or not message:
            raise FormDefinitionError(where, "须写明条件与提示", "needs a condition and a message")
        checks.append(Check(that, text_of(each, "field", where) or "", message))
    return tuple(checks)


def _constants(raw: object) -> Mapping[str, Any]:
    if raw is not None and not isinstance(raw, Mapping):
        raise FormDefinitionError("properties.with", "必须是对象", "must be an object")
    return dict(raw or {})
