"""What a form needs to know of the world: the case, the actor, the clock, the store. And how FEEL sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.conditions import Condition, Functions
from forms.functions import form_functions
from records.attachments import Attachment
from records.clock import ZONE, Clock, is_id, today
from records.people import Actor


@dataclass(frozen=True)
class FormContext:
    """The surroundings of one form: handed in by the engine, the same for loading, showing and feeding."""

    session: Session
    clock: Clock
    data: Mapping[str, Any]  # the case's data by element id, with "case"
    actor: Actor
    process_instance_id: str | None = None
    establishment_id: str | None = None
    functions: Functions = field(default_factory=dict)

    @cached_property
    def attachments(self) -> Attachments:
        """The files that answers may name."""
        return Attachments(self)

    @cached_property
    def all_functions(self) -> Mapping[str, Callable[..., object]]:
        """What expressions may call beyond FEEL's own."""
        return {**form_functions(self.session, self.clock), **self.functions}

    @cached_property
    def names(self) -> Mapping[str, Any]:
        """What expressions see beside the answers."""
        return {**self.data, "now": self.clock.now().astimezone(ZONE), "today": today(self.clock)}


class Attachments:
    """Attachments read once per form, together."""

    def __init__(self, context: FormContext) -> None:
        self._context = context
        self._read: dict[str, Attachment | None] = {}

    def fetch(self, ids: Iterable[str]) -> None:
        """Read these before they are asked for one by one."""
        missing = {each for each in ids if each not in self._read}
        self._read.update(dict.fromkeys(missing))
        possible = sorted(filter(is_id, missing))
        if not possible:
            return
        found = self._context.session.scalars(
            select(Attachment).where(Attachment.id.in_(possible), Attachment.deleted_at.is_(None))
        )
        self._read.update({each.id: each for each in found})

    def get(self, attachment_id: str) -> Attachment | None:
        """The attachment with this id, when it belongs to this case or is the actor's own and not yet anyone's."""
        self.fetch([attachment_id])
        attachment = self._read[attachment_id]
        return attachment if attachment and self._belongs(attachment) else None

    def _belongs(self, attachment: Attachment) -> bool:
        if attachment.process_instance_id is None:
            return attachment.created_by == self._context.actor.id
        return attachment.process_instance_id == self._context.process_instance_id


@dataclass(frozen=True)
class Scope:
    """Where an expression is read: the row's own answers, then those around it, then the case."""

    context: FormContext
    layers: tuple[Mapping[str, Any], ...] = ()

    def inside(self, answers: Mapping[str, Any]) -> Scope:
        """The scope inside a row or item."""
        return Scope(self.context, (answers, *self.layers))

    def value(self, condition: Condition | None) -> Any:
        """What the expression gives here; None for none."""
        if condition is None:
            return None
        names = dict(self.context.names)
        for layer in reversed(self.layers):
            names.update(layer)
        return condition.value(names, self.context.all_functions)

    def holds(self, condition: Condition | None) -> bool:
        """Whether the condition is true here."""
        return self.value(condition) is True
