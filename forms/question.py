"""What every type of question is: a marshmallow field, an empty value, a control, a print."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NoReturn

from marshmallow import ValidationError, fields, missing

from forms.component import Component
from forms.context import Scope
from forms.sentences import Sentence, say
from forms.storage import to_storage
from forms.texts import clean_line

LONGEST_RAW = 200


def refuse(sentence: Sentence) -> NoReturn:
    """Refuse an answer with one sentence."""
    raise ValidationError([sentence])


def asked(component: Component) -> str:
    """What a question asks for, to be quoted inside a sentence."""
    return component.label.rstrip("？?：: ") or component.key


class Posted(dict[str, Any]):
    """What was posted at one level of a form, with the scope it is read in."""

    def __init__(self, values: Mapping[str, Any], scope: Scope) -> None:
        super().__init__(values)
        self.scope = scope


class Answer(fields.Field[Any]):
    """The marshmallow field of one question: speaks our sentences, delegates to the question. Reads ``Posted``."""

    def __init__(self, question: Question, component: Component, *, required: bool) -> None:
        super().__init__(required=required)
        self.question, self.component = question, component

    def _validate_missing(self, value: Any) -> None:
        if value is missing and self.required:
            refuse(self.question.wanted(self.component))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return self.question.clean(self.component, value, data.scope)


class Question:
    """One type of question."""

    carries_answer = True

    def empty(self) -> Any:
        """The value of an unanswered question."""
        return None

    def field(self, component: Component, *, required: bool) -> Answer:
        """The marshmallow field for this question."""
        return Answer(self, component, required=required)

    def is_blank(self, value: object) -> bool:
        """Whether nothing was answered."""
        return value is None or value == [] or value == {} or (isinstance(value, str) and not clean_line(value))

    def wanted(self, component: Component) -> Sentence:
        """What to do about a missing answer."""
        return say("请填写%(label)s", label=asked(component))

    def clean(self, component: Component, value: object, scope: Scope) -> Any:
        """The typed answer; ValidationError says what to change."""
        raise NotImplementedError

    def keep(self, component: Component, value: object) -> Any:
        """What a draft keeps of anything that was typed."""
        if isinstance(value, bool | int | float):
            return value if not isinstance(value, float) or math.isfinite(value) else None
        value = to_storage(value) if not isinstance(value, str) else value
        return clean_line(str(value))[:LONGEST_RAW].rstrip() if isinstance(value, str | int | float) else None

    def typed(self, component: Component, value: object) -> Any:
        """The typed value when there is one, None otherwise: for showing what may be a draft, stored or refused."""
        return value

    def control(self, component: Component, value: object) -> Any:
        """What stands in the control: as text, as typed."""
        return "" if value is None else str(value)

    def display(self, component: Component, value: object, scope: Scope) -> str:
        """How the answer prints."""
        return str(value)


def listed(value: object) -> list[Any]:
    """A list as it is, a lone value (a page posts it so) as a list of one."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
