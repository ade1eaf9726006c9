"""Absences as lists show them: who is away, who stands in, for what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from records.absences import Absence, AbsenceScope
from records.people import Actor, User
from records.scope import visible

SHOWN, MOST_PEOPLE = 200, 500


@dataclass(frozen=True)
class AbsenceRow:
    """An absence that lasts or is to come."""

    id: str
    user_id: str
    user_name: str
    substitute_id: str
    substitute_name: str
    starts_on: date
    ends_on: date
    scope: AbsenceScope
    scope_value: str | None
    reason: str | None


def absences_about(session: Session, user_id: str, day: date) -> list[AbsenceRow]:
    """One's own absences and those one stands in for."""
    return _rows(session, day, or_(Absence.user_id == user_id, Absence.substitute_id == user_id))


def absences_within(session: Session, actor: Actor, day: date) -> list[AbsenceRow]:
    """The absences of the people of a jurisdiction."""
    return _rows(session, day, visible(User, actor))


def people_within(session: Session, actor: Actor) -> list[User]:
    """The active people of the authorities inside a jurisdiction, by name."""
    inside = visible(User, actor), User.active, User.deleted_at.is_(None), User.establishment_id.is_(None)
    return list(session.scalars(select(User).where(*inside).order_by(User.name, User.id).limit(MOST_PEOPLE)))


def _rows(session: Session, day: date, condition: ColumnElement[bool]) -> list[AbsenceRow]:
    substitute: Any = aliased(User)
    found = session.execute(
        select(Absence, User.name, substitute.name)
        .join(User, User.id == Absence.user_id)
        .join(substitute, substitute.id == Absence.substitute_id)
        .where(condition, Absence.ends_on >= day, Absence.deleted_at.is_(None))
        .order_by(Absence.starts_on, Absence.id)
        .limit(SHOWN)
    )
    kept = ("id", "user_id", "substitute_id", "starts_on", "ends_on", "scope", "scope_value", "reason")
    return [
        AbsenceRow(**{name: getattr(one, name) for name in kept}, user_name=name_of_user, substitute_name=name_of_other)
        for one, name_of_user, name_of_other in found
    ]
