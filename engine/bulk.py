"""Many user tasks at once: each item in its own transaction, with its own result, at most once per key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import guards
from engine.definitions import by_id
from engine.engine import Engine
from engine.errors import DifferentFormsError, NothingChosenError, OneByOneError, TooManyItemsError
from engine.model import ProcessInstance, TaskKind, UserTask
from engine.queries.inbox import seen_tasks
from engine.queries.tasks import TaskForm, task_form
from forms.catalog import Form
from forms.component import Component
from records.base import Source
from records.clock import Clock
from records.db import Database
from records.errors import DomainError, NotFoundError
from records.people import Actor
from records.submissions import BulkItem

MOST_AT_ONCE = 200
#: what is evidence of one case only
OWN_EVIDENCE = frozenset({"filepicker", "signature", "position", "inspection_checklist"})

Verb = Callable[[Session, str], object]


@dataclass(frozen=True)
class ItemResult:
    """What became of one item: done, or why not. A task that the actor may not know of has no number and no name."""

    user_task_id: str
    business_key: str | None
    name: str | None
    refusal: DomainError | None

    @property
    def is_done(self) -> bool:
        """Nothing stood against it."""
        return self.refusal is None


@dataclass(frozen=True)
class Bulk:
    """One bulk request of one actor. ``key`` makes a repeat harmless: what was done under it is not done again."""

    database: Database
    engine: Engine
    actor: Actor
    key: str | None = None

    def claim(self, ids: Sequence[str]) -> list[ItemResult]:
        """Claim each."""
        return self._each(ids, lambda session, one: self.engine.claim(session, one, self.actor))

    def assign(self, ids: Sequence[str], assignee_id: str) -> list[ItemResult]:
        """Give each to the same person."""
        return self._each(ids, lambda session, one: self.engine.assign(session, one, assignee_id, self.actor))

    def hand_over(self, moves: Mapping[str, str | None], reason: str) -> list[ItemResult]:
        """Move each of a leaver's to the person named for it, or back to its group."""
        return self._each(
            list(moves), lambda session, one: self.engine.hand_over(session, one, moves[one], self.actor, reason)
        )

    def complete(
        self, ids: Sequence[str], answers: Mapping[str, Any], source: Source = Source.TASK
    ) -> list[ItemResult]:
        """Complete each with the same answers. Raises DifferentFormsError, OneByOneError."""
        with self.database.reading() as session:
            shared_form(session, self.engine.clock, self.actor, ids)
        return self._each(
            ids, lambda session, one: self.engine.complete(session, one, answers, self.actor, source=source)
        )

    def _each(self, ids: Sequence[str], verb: Verb) -> list[ItemResult]:
        refusals = {one: self._try(one, verb) for one in chosen(ids)}
        with self.database.reading() as session:
            names = _names(session, self.actor, list(refusals))
        return [_result(one, refusal, names) for one, refusal in refusals.items()]

    def _try(self, user_task_id: str, verb: Verb) -> DomainError | None:
        try:
            with self.database.unit_of_work() as session:
                guards.lock_user_task(session, user_task_id, self.actor, self.engine.clock)
                if self._is_new(session, user_task_id):
                    verb(session, user_task_id)
        except DomainError as refusal:
            return refusal
        return None

    def _is_new(self, session: Session, user_task_id: str) -> bool:
        if self.key is None:
            return True
        key = f"{self.actor.id}:{self.key}:{user_task_id}"
        if session.get(BulkItem, key) is not None:
            return False
        session.add(BulkItem(key=key, at=self.engine.clock.now()))
        return True


def chosen(ids: Sequence[str]) -> list[str]:
    """Each id once, in order. Raises NothingChosenError, TooManyItemsError."""
    once = list(dict.fromkeys(ids))
    if not once:
        raise NothingChosenError
    if len(once) > MOST_AT_ONCE:
        raise TooManyItemsError(count=MOST_AT_ONCE)
    return once


def chosen_tasks(session: Session, actor: Actor, ids: Sequence[str]) -> list[UserTask]:
    """Those of the user tasks that the actor may know of. Raises NotFoundError when there is none."""
    found = session.scalars(
        select(UserTask).where(UserTask.id.in_(chosen(ids)), seen_tasks(actor)).order_by(UserTask.id)
    )
    tasks = list(found)
    if not tasks:
        raise NotFoundError
    return tasks


def shared_form(session: Session, clock: Clock, actor: Actor, ids: Sequence[str]) -> TaskForm:
    """The form that all of the user tasks have in the same version, as the first of them shows it.

    Raises DifferentFormsError; OneByOneError when it is signed or asks for what is of one case only; NotFoundError.
    """
    tasks = chosen_tasks(session, actor, ids)
    cases = {task.process_instance_id for task in tasks}
    pinned = dict(
        session.execute(
            select(ProcessInstance.id, ProcessInstance.definition_id).where(ProcessInstance.id.in_(cases))
        ).all()
    )
    forms: dict[tuple[str, str, str], Form | None] = {}
    for task in tasks:
        place = (pinned[task.process_instance_id], task.process_key, task.element_id)
        if place not in forms:
            forms[place] = by_id(session, place[0]).form(place[1], place[2])
    if any(task.kind is not TaskKind.STEP for task in tasks):
        raise OneByOneError
    versions = {form.version if form else None for form in forms.values()}
    if len(versions) > 1 or None in versions:
        raise DifferentFormsError
    asked = task_form(session, tasks[0].id, actor, clock=clock)
    if asked.form.properties.confirms_identity or any(map(_is_own_evidence, asked.form.components)):
        raise OneByOneError
    return asked


def _result(user_task_id: str, refusal: DomainError | None, names: Mapping[str, tuple[str, str]]) -> ItemResult:
    business_key, name = names.get(user_task_id, (None, None))
    return ItemResult(user_task_id, business_key, name, refusal)


def _is_own_evidence(component: Component) -> bool:
    return component.type in OWN_EVIDENCE or any(_is_own_evidence(child) for child in component.children)


def _names(session: Session, actor: Actor, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    rows = session.execute(
        select(UserTask.id, ProcessInstance.business_key, UserTask.name)
        .join(ProcessInstance, ProcessInstance.id == UserTask.process_instance_id)
        .where(UserTask.id.in_(ids), seen_tasks(actor))
    )
    return {task_id: (business_key, name) for task_id, business_key, name in rows}
