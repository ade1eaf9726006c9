"""A person as their account page shows them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, literal, or_, select
from sqlalchemy.orm import Session

from records.absences import Absence, in_force
from records.clock import Clock, today
from records.errors import NotFoundError
from records.people import Actor, Organisation, Qualification, Region, User
from records.registry import Establishment
from records.scope import visible


@dataclass(frozen=True)
class Account:
    """The person, where they belong, what they are certified for."""

    user: User
    region: str
    belongs_to: str
    qualifications: list[Qualification]


@dataclass(frozen=True)
class Card:
    """A colleague as others see them; ``away`` while absent."""

    user: User
    region: str
    belongs_to: str
    away: Absence | None
    substitute: str | None


def account_of(session: Session, actor: Actor) -> Account:
    """The actor's own account."""
    user = session.get(User, actor.id)
    if user is None:
        raise NotFoundError
    held = session.scalars(
        select(Qualification)
        .where(Qualification.user_id == user.id, Qualification.deleted_at.is_(None))
        .order_by(Qualification.expires_on.desc())
    )
    return Account(user, *_home(session, user), list(held))


def card_of(session: Session, clock: Clock, actor: Actor, person_id: str) -> Card:
    """Somebody of the actor's jurisdiction, or of an authority above it. Raises NotFoundError."""
    inside = visible(User, actor)
    above = literal(actor.region_path).startswith(User.region_path)
    seen = inside if actor.is_business else or_(inside, and_(above, User.establishment_id.is_(None)))
    user = session.scalar(select(User).where(User.id == person_id, User.deleted_at.is_(None), seen))
    if user is None:
        raise NotFoundError
    away = session.scalar(select(Absence).where(Absence.user_id == user.id, in_force(today(clock))).limit(1))
    substitute = session.scalar(select(User.name).where(User.id == away.substitute_id)) if away else None
    return Card(user, *_home(session, user), away, substitute)


def _home(session: Session, user: User) -> tuple[str, str]:
    """The names of the person's region and of the business or organisation they belong to."""
    region = session.scalar(select(Region.name).where(Region.code == user.region_code))
    if user.establishment_id:
        home = session.scalar(select(Establishment.name).where(Establishment.id == user.establishment_id))
    else:
        home = session.scalar(select(Organisation.name).where(Organisation.id == user.organisation_id))
    return region or "", home or ""
