"""Words in search of user tasks: the establishment they are about, the number of their case, the name of their step.

Each word is looked up where it stands once (establishments, numbers of running cases, models) and becomes ids, so that
the long table of user tasks is entered by its indexes and never read from end to end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.orm import Session

from engine.definitions import all_current
from engine.model import ProcessInstance, UserTask
from engine.side_tasks import NAMES
from records.people import Actor
from records.registry import Establishment
from records.registry_queries import named_like
from records.scope import visible

WORDS = 5
#: up to so many ids are told to the database one by one, so that it knows how few they are
FEW = 200


def containing(session: Session, actor: Actor, text: str) -> list[ColumnElement[bool]]:
    """One condition for each word of a search; all must hold."""
    return [_containing(session, actor, word) for word in text.split()[:WORDS]]


def _containing(session: Session, actor: Actor, word: str) -> ColumnElement[bool]:
    alternatives = list(_alternatives(session, actor, word))
    return or_(*alternatives) if alternatives else false()


def _alternatives(session: Session, actor: Actor, word: str) -> Iterator[ColumnElement[bool]]:
    seen = (Establishment.deleted_at.is_(None), visible(Establishment, actor))
    places = select(Establishment.id).where(*seen, named_like(Establishment, word, Establishment.credit_code))
    yield from _among(session, UserTask.establishment_id, places)
    if any(letter.isdigit() for letter in word):
        yield from _among(session, UserTask.process_instance_id, _numbered(session, word))
    kinds = [kind for kind, name in NAMES.items() if word.casefold() in name.casefold()]
    if kinds:
        yield UserTask.kind.in_(kinds)
    for key, elements in _steps_named(session, word):
        yield and_(UserTask.process_key == key, UserTask.element_id.in_(elements))


def _numbered(session: Session, word: str) -> Select[Any]:
    """The cases whose number contains the word; the numbers are looked through in their index alone."""
    fits = ProcessInstance.business_key.contains(word, autoescape=True)
    numbers = session.scalars(select(ProcessInstance.business_key).where(fits).limit(FEW + 1)).all()
    few = ProcessInstance.business_key.in_(numbers)
    return select(ProcessInstance.id).where(few if len(numbers) <= FEW else fits)


def _among(session: Session, column: Any, ids: Select[Any]) -> Iterator[ColumnElement[bool]]:
    found = session.scalars(ids.limit(FEW + 1)).all()
    if len(found) > FEW:
        yield column.in_(ids)
    elif found:
        yield column.in_(found)


def _steps_named(session: Session, word: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Process keys with those of their user tasks that are named so; all of them when the process itself is."""
    folded = word.casefold()
    for definition in all_current(session):
        model = definition.parts[definition.key].model
        whole = folded in model.name.casefold()
        named = [each.id for each in model.elements.values() if each.kind == "userTask"]
        chosen = [each for each in named if whole or folded in (model.elements[each].name or each).casefold()]
        if chosen:
            yield definition.key, chosen
