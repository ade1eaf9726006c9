"""What differs between two versions of a process: elements, flows, forms, decisions added, removed, changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from engine.definitions import Part
from engine.migration_plan import Plan
from engine.process_model import Element, Flow
from forms.catalog import Form


class Change(StrEnum):
    """What became of something."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Subject(StrEnum):
    """What it became of."""

    ELEMENT = "element"
    FLOW = "flow"
    FORM = "form"
    DECISION = "decision"


@dataclass(frozen=True)
class Difference:
    """One thing that differs. ``details`` name what about it: attributes of an element, questions of a form (+, −)."""

    process_key: str
    subject: Subject
    id: str
    name: str
    change: Change
    details: tuple[str, ...] = ()


Things = Mapping[str, Any]
WATCHED = ("id", "kind", "name", "lane", "scope", "attached_to", "interrupting", "called", "events", "timer", "loop")


def compare(plan: Plan) -> list[Difference]:
    """From the one version of a plan to the other, called processes included; a renamed element is a changed one."""
    keys = list(dict.fromkeys([*plan.source.parts, *plan.target.parts]))
    return [difference for key in keys for difference in _part(key, plan)]


def _part(key: str, plan: Plan) -> Iterator[Difference]:
    old, new, renamed = plan.source.parts.get(key), plan.target.parts.get(key), plan.mapped.get(key, {})
    views: tuple[tuple[Subject, Callable[[Part, Mapping[str, str]], Things], Callable[[Any, Any], list[str]]], ...] = (
        (Subject.ELEMENT, _elements, _element),
        (Subject.FLOW, _flows, _flow),
        (Subject.FORM, lambda part, ids: {ids.get(each, each): form for each, form in part.forms.items()}, _form),
        (Subject.DECISION, lambda part, ids: {each: (xml, part) for each, xml in part.tables.items()}, _decision),
    )
    for subject, things, differing in views:
        before, after = {} if old is None else things(old, renamed), {} if new is None else things(new, {})
        yield from _things(key, subject, before, after, differing)


def _things(
    key: str, subject: Subject, before: Things, after: Things, differing: Callable[[Any, Any], list[str]]
) -> Iterator[Difference]:
    for name, thing in before.items():
        if name not in after:
            yield Difference(key, subject, name, _name(name, thing), Change.REMOVED)
        elif details := differing(thing, after[name]):
            yield Difference(key, subject, name, _name(name, after[name]), Change.CHANGED, tuple(details))
    for name, thing in after.items():
        if name not in before:
            yield Difference(key, subject, name, _name(name, thing), Change.ADDED)


def _elements(part: Part, ids: Mapping[str, str]) -> Things:
    """By the id in the other version, with references to others by theirs."""
    return {
        ids.get(each.id, each.id): replace(
            each,
            line=0,
            scope=ids.get(each.scope, each.scope),
            attached_to=None if each.attached_to is None else ids.get(each.attached_to, each.attached_to),
        )
        for each in part.model.elements.values()
    }


def _flows(part: Part, ids: Mapping[str, str]) -> Things:
    return {
        f"{ids.get(flow.source, flow.source)} → {ids.get(flow.target, flow.target)}": (flow, part)
        for flow in part.model.flows.values()
    }


def _name(name: str, thing: Any) -> str:
    if isinstance(thing, Form):
        return thing.properties.title or name
    if isinstance(thing, tuple):
        flow, part = thing
        if not isinstance(flow, Flow):
            return part.model.elements[name].name or name
        ends = (part.model.elements.get(each) for each in (flow.source, flow.target))
        return " → ".join(end.name or end.id for end in ends if end is not None)
    return thing.name or name if isinstance(thing, Element) else name


def _element(old: Element, new: Element) -> list[str]:
    return [each for each in WATCHED if getattr(old, each) != getattr(new, each)]


def _flow(old: tuple[Flow, Part], new: tuple[Flow, Part]) -> list[str]:
    return [] if old[0].condition == new[0].condition else ["condition"]


def _form(old: Form, new: Form) -> list[str]:
    if old.version.rpartition("@")[2] == new.version.rpartition("@")[2]:
        return []
    before, after = ({question.key for question in form.questions} for form in (old, new))
    return [f"+{key}" for key in sorted(after - before)] + [f"−{key}" for key in sorted(before - after)] or ["content"]


def _decision(old: tuple[str, Part], new: tuple[str, Part]) -> list[str]:
    return [] if old[0] == new[0] else ["content"]
