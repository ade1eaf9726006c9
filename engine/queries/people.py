"""People as a case needs them: who may see it, who took part in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, or_, select, union
from sqlalchemy.orm import Session

from engine.model import ProcessInstance, UserTask
from records.people import Actor, Role, RoleCode, User, escape_like, user_role

SHOWN = 6


@dataclass(frozen=True)
class CasePerson:
    """Somebody who may see a case."""

    id: str
    name: str
    username: str
    roles: tuple[str, ...] = ()


def case_people(session: Session, actor: Actor, case: ProcessInstance, text: str) -> list[CasePerson]:
    """Who may see the case and is called so, as far as the text goes: at most six, those who act in it first."""
    begun = f"{escape_like(text.strip())}%"
    fitting = or_(User.name.ilike(begun, escape="\\"), User.username.ilike(begun, escape="\\"))
    found = session.execute(
        select(User.id, User.name, User.username)
        .where(_may_be_named(session, actor, case), fitting, User.id != actor.id)
        .order_by(User.id.not_in(_participants(case)), User.name, User.username)
        .limit(SHOWN)
    ).all()
    roles = _roles(session, [user_id for user_id, _name, _username in found])
    return [CasePerson(*row, roles=tuple(roles.get(row[0], ()))) for row in found]


def named_people(session: Session, actor: Actor, case: ProcessInstance, names: Iterable[str]) -> list[CasePerson]:
    """Those who may see the case and have one of these names or user names."""
    wanted = sorted(set(names))
    called = or_(User.name.in_(wanted), User.username.in_(wanted))
    found = session.execute(
        select(User.id, User.name, User.username).where(_may_be_named(session, actor, case), called).order_by(User.id)
    )
    return [CasePerson(*row) for row in found]


def _may_be_named(session: Session, actor: Actor, case: ProcessInstance) -> ColumnElement[bool]:
    """Who may see the case; a business is offered its own people and those who act in the case, no other officials."""
    condition = and_(User.active, User.deleted_at.is_(None), _may_see(session, case))
    if not actor.is_business:
        return condition
    own = User.establishment_id == (actor.establishment_id or "")
    return and_(condition, or_(own, User.id.in_(_participants(case))))


def _may_see(session: Session, case: ProcessInstance) -> ColumnElement[bool]:
    parts = case.region_path.strip("/").split("/")
    inside = User.region_path.in_([f"/{'/'.join(parts[:depth])}/" for depth in range(1, len(parts) + 1)])
    own_task = (
        (UserTask.process_instance_id == case.id)
        & (UserTask.candidate_group == RoleCode.BUSINESS)
        & (UserTask.establishment_id == case.establishment_id)
    )
    is_shown = case.is_visible_to_business or bool(session.scalar(select(exists().where(own_task))))
    whose: ColumnElement[bool] = User.establishment_id.is_(None)
    if is_shown and case.establishment_id is not None:
        whose = or_(whose, User.establishment_id == case.establishment_id)
    return and_(inside, whose)


def _participants(case: ProcessInstance) -> ColumnElement[str]:
    of_case = UserTask.process_instance_id == case.id
    return union(
        select(UserTask.assignee_id).where(of_case, UserTask.assignee_id.is_not(None)),
        select(UserTask.completed_by).where(of_case, UserTask.completed_by.is_not(None)),
        select(ProcessInstance.started_by).where(ProcessInstance.id == case.id),
    ).scalar_subquery()


def _roles(session: Session, ids: list[str]) -> dict[str, list[str]]:
    rows = session.execute(
        select(user_role.c.user_id, Role.name)
        .join(Role, Role.id == user_role.c.role_id)
        .where(user_role.c.user_id.in_(ids))
        .order_by(Role.name)
    )
    roles: dict[str, list[str]] = {}
    for user_id, role in rows if ids else ():
        roles.setdefault(user_id, []).append(role)
    return roles
