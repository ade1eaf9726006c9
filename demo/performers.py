"""Who does what in the demo city: people of a role, the nearest first; a business without an account at the counter."""

from __future__ import annotations

import random
from datetime import date

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from demo.city import CITY
from engine.model import UserTask, UserTaskState
from records.absences import Absence, in_force
from records.people import Actor, Role, RoleCode, User, actor_of
from records.registry import Establishment


def somebody(
    session: Session, chance: random.Random, role: str, region_code: str, place: Establishment | None
) -> Actor:  # fmt: skip
    """Somebody who has a role in a district, or else in the city. Raises LookupError."""
    people = list(session.scalars(holders(role)))
    if role == RoleCode.BUSINESS and place is not None:
        own = [person for person in people if person.establishment_id == place.id]
        return actor_of(own[0]) if own else at_the_counter(place)
    near = [person for person in people if person.region_code == region_code]
    people = near or [person for person in people if person.region_code == CITY]
    if not people:
        raise LookupError(f"nobody is {role} in {region_code}")
    return actor_of(chance.choice(people))


def performers(session: Session, chance: random.Random, day: date, task_id: str) -> list[Actor]:
    """Who has the user task, or who could take it: those nearest to its region first, else in any order."""
    task = session.get_one(UserTask, task_id)
    if task.state != UserTaskState.OPEN:
        return []
    if task.assignee_id is not None:
        user = session.get(User, task.assignee_id)
        return [actor_of(user)] if user is not None else [_counter(session, task)]
    away = exists().where(Absence.user_id == User.id, in_force(day))
    held = holders(task.candidate_group).where(~away)
    if task.candidate_group in (RoleCode.BUSINESS, RoleCode.MARKET_OPERATOR) and task.establishment_id is not None:
        own = session.scalars(held.where(User.establishment_id == task.establishment_id))
        return [actor_of(one) for one in own] or [_counter(session, task)]
    near = [actor_of(one) for one in session.scalars(held) if task.region_path.startswith(one.region_path)]
    chance.shuffle(near)
    return sorted(near, key=lambda one: -len(one.region_path))


def holders(role: str) -> Select[User]:
    """Everybody who has a role, by name."""
    held = select(User).where(User.roles.any(Role.name == role), User.active, User.deleted_at.is_(None))
    return held.order_by(User.username)


def _counter(session: Session, task: UserTask) -> Actor:
    return at_the_counter(session.get_one(Establishment, task.establishment_id))


def at_the_counter(establishment: Establishment) -> Actor:
    """The head of a business that has no account in the demo, acting through the counter."""
    return Actor(
        id=f"biz-{establishment.id[-12:].lower()}",
        name=establishment.legal_person,
        roles=frozenset({"BIZ"}),
        region_path=establishment.region_path,
        establishment_id=establishment.id,
    )
