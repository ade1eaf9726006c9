"""Standing in: an absent person's user tasks, done by the substitute on that person's behalf.

One level only: what a substitute has taken on somebody's behalf is nobody else's to stand in for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from engine.model import TaskKind, UserTask
from records.absences import Absence, AbsenceScope, Cover, covers_of, in_force
from records.clock import Clock, today
from records.people import Actor, User


def acting(session: Session, clock: Clock, user_task: UserTask, actor: Actor) -> Actor:
    """The actor; on behalf of the absent person where that alone gives a right to this user task."""
    if user_task.assignee_id == actor.id:
        return replace(actor, on_behalf_of=user_task.on_behalf_of)
    if user_task.kind is not TaskKind.STEP or actor.is_system:
        return actor
    if user_task.assignee_id is None and user_task.candidate_group in actor.roles:
        return actor
    covers = covers_of(session, actor.id, today(clock))
    cover = next((one for one in covers if _covers(one, user_task)), None)
    return actor if cover is None else replace(actor, on_behalf_of=cover.user_id)


def _covers(cover: Cover, user_task: UserTask) -> bool:
    """The user task is the absent person's, or offered to a role of theirs; and lies inside the scope."""
    if user_task.assignee_id is None:
        is_theirs = user_task.candidate_group in cover.roles
    else:
        is_theirs = user_task.assignee_id == cover.user_id and user_task.on_behalf_of is None
    return (
        is_theirs
        and user_task.region_path.startswith(cover.region_path)
        and cover.establishment_id in (None, user_task.establishment_id)
        and cover.process_key in (None, user_task.process_key)
        and cover.role in (None, user_task.candidate_group)
    )


def substitutes_of(session: Session, clock: Clock, user_task: UserTask) -> list[User]:
    """Who stands in today for whoever has the user task; nobody for what is done on somebody's behalf already."""
    if user_task.assignee_id is None or user_task.on_behalf_of is not None:
        return []
    of_process = and_(Absence.scope == AbsenceScope.PROCESS, Absence.scope_value == user_task.process_key)
    of_role = and_(Absence.scope == AbsenceScope.ROLE, Absence.scope_value == user_task.candidate_group)
    found = (
        select(User)
        .join(Absence, Absence.substitute_id == User.id)
        .where(Absence.user_id == user_task.assignee_id, in_force(today(clock)), User.active)
        .where(or_(Absence.scope == AbsenceScope.ALL, of_process, of_role))
    )
    return list(session.scalars(found.order_by(User.id)))


def covered(covers: Sequence[Cover], actor: Actor) -> ColumnElement[bool]:
    """The same in SQL: what the substitute may do for others and not already by a role of their own."""
    return and_(UserTask.kind == TaskKind.STEP, or_(false(), *(_condition(cover, actor) for cover in covers)))


def _condition(cover: Cover, actor: Actor) -> ColumnElement[bool]:
    own = and_(UserTask.assignee_id == cover.user_id, UserTask.on_behalf_of.is_(None))
    offered = and_(UserTask.assignee_id.is_(None), UserTask.candidate_group.in_(cover.roles - actor.roles))
    conditions = [or_(own, offered), UserTask.region_path.startswith(cover.region_path, autoescape=True)]
    if cover.establishment_id is not None:
        conditions.append(UserTask.establishment_id == cover.establishment_id)
    if cover.process_key is not None:
        conditions.append(UserTask.process_key == cover.process_key)
    if cover.role is not None:
        conditions.append(UserTask.candidate_group == cover.role)
    return and_(*conditions)
