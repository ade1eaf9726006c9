"""Every question of every form of the product, each as a form of its own: what is around it is left out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from forms.catalog import Form
from forms.component import Component, Limits
from forms.loading import QUESTIONS
from forms.question import Question

FORMS = Path(__file__).parents[2] / "forms"


@cache
def all_forms() -> dict[str, Form]:
    """The forms of all processes by ``process/step``."""
    paths = sorted(path for path in FORMS.glob("*/*.json"))
    keys = {f"{path.parent.name}/{path.stem}": path for path in paths}
    return {key: Form.parse(json.loads(path.read_text("utf-8")), key=key) for key, path in keys.items()}


@dataclass(frozen=True)
class Single:
    """One question, shown and open to everybody's answer, perhaps inside the row of its list."""

    form: Form
    path: str  # of the answer: ``reason``, or ``measures.0.cause``
    component: Component
    components: tuple[Component, ...]  # what a form of this question alone consists of

    @property
    def question(self) -> Question:
        """How it is read."""
        return QUESTIONS[self.component.type]

    @property
    def key(self) -> str:
        """The key of the question, of its list if it stands in one."""
        return self.components[0].key

    def answers(self, value: Any) -> dict[str, Any]:
        """The answers of a form in which just this is said."""
        if self.component is self.components[0]:
            return {self.key: value}
        return {self.key: [{self.component.key: value}]}

    def read(self, answers: dict[str, Any]) -> Any:
        """What such answers say."""
        return answers[self.key] if self.component is self.components[0] else answers[self.key][0][self.component.key]

    def __str__(self) -> str:
        return f"{self.form.key} {self.path}"


def singles(form: Form) -> Iterator[Single]:
    """The questions of a form that people answer, those of rows too."""
    for each in form.questions:
        if each.type not in QUESTIONS or each.is_readonly:
            continue
        bare = replace(each, hide=None, required_if=None)
        if each.type == "dynamiclist":
            yield from _in_rows(form, bare)
            bare = replace(bare, default=None, properties={})
        yield Single(form, each.key, bare, (bare,))


def _in_rows(form: Form, rows: Component) -> Iterator[Single]:
    for child in opened(rows.children):
        if child.type in QUESTIONS and not child.is_readonly:
            bare = replace(child, hide=None, required_if=None)
            alone = replace(rows, children=(bare,), default=None, limits=Limits(), properties={})
            yield Single(form, f"{rows.key}.0.{child.key}", bare, (alone,))


def opened(components: Sequence[Component]) -> Iterator[Component]:
    """Components, groups opened."""
    for each in components:
        if each.type == "group":
            yield from opened(each.children)
        else:
            yield each
