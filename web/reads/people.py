"""A person as their account page shows them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.errors import NotFoundError
from records.people import Actor, Organisation, Qualification, Region, User
from records.registry import Establishment


@dataclass(frozen=True)
class Account:
    """The person, where they belong, what they are certified for."""

    user: User
    region: str
    belongs_to: str
    qualifications: list[Qualification]


def account_of(session: Session, actor: Actor) -> Account:
    """The actor's own account."""
    user = session.get(User, actor.id)
    if user is None:
        raise NotFoundError
    region = session.scalar(select(Region.name).where(Region.code == user.region_code))
    if user.establishment_id:
        home = session.scalar(select(Establishment.name).where(Establishment.id == user.establishment_id))
    else:
        home = session.scalar(select(Organisation.name).where(Organisation.id == user.organisation_id))
    held = session.scalars(
        select(Qualification)
        .where(Qualification.user_id == user.id, Qualification.deleted_at.is_(None))
        .order_by(Qualification.expires_on.desc())
    )
    return Account(user, region or "", home or "", list(held))
