"""Who could take user tasks over: the right roles, region and certificates; with how much they have in hand."""

from __future__ import annotations

import os.path
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from engine.model import TaskKind, UserTask, UserTaskState
from engine.task_states import IS_OPEN
from records.absences import Absence, in_force
from records.clock import Clock, today
from records.people import Actor, Qualification, Role, RoleCode, User
from records.scope import visible

MOST_SHOWN = 50


@dataclass(frozen=True)
class Suitable:
    """A person who could take the user tasks, with the open ones they have; ``away_until`` when absent today."""

    id: str
    name: str
    open_count: int
    overdue_count: int
    away_until: date | None


def suitable_people(
    session: Session, clock: Clock, actor: Actor, tasks: Sequence[UserTask], separate_from: Sequence[str] = ()
) -> list[Suitable]:
    """People inside the actor's jurisdiction who could take every one of the tasks, the least busy first.

    ``separate_from``: steps of a single task's case; who did one of them is left out. For many tasks each is judged
    when it is given.
    """
    day, has = today(clock), and_(UserTask.assignee_id == User.id, IS_OPEN)
    open_count = select(func.count()).where(has).scalar_subquery()
    overdue_count = select(func.count()).where(has, UserTask.sort_due < clock.now()).scalar_subquery()
    away_until = select(func.max(Absence.ends_on)).where(Absence.user_id == User.id, in_force(day)).scalar_subquery()
    conditions = [*_can_take(tasks, day), visible(User, actor), User.active, User.deleted_at.is_(None)]
    if len(tasks) == 1:
        conditions += [_has_other_eyes(tasks[0], separate_from), User.id.is_distinct_from(tasks[0].assignee_id)]
    found = session.execute(
        select(User.id, User.name, open_count.label("open_count"), overdue_count, away_until.label("away_until"))
        .where(*conditions)
        .order_by(away_until.is_not(None), open_count, User.name, User.id)
        .limit(MOST_SHOWN)
    )
    return [Suitable(*row) for row in found]


def _can_take(tasks: Sequence[UserTask], day: date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        User.roles.any(Role.name == group) if group else User.establishment_id.is_(None)
        for group in sorted({task.candidate_group for task in tasks})
    ]
    conditions.append(User.region_path.in_(_regions_above(tasks)))
    for kind in sorted({task.qualification for task in tasks if task.qualification}):
        conditions.append(_holds(kind, day))
    places = {task.establishment_id for task in tasks}
    own = [User.establishment_id == place for place in places if len(places) == 1 and place]
    is_business = any(task.candidate_group == RoleCode.BUSINESS for task in tasks)
    conditions.append(or_(*own, User.establishment_id.is_(None)) if not is_business else or_(*own))
    return conditions


def _regions_above(tasks: Sequence[UserTask]) -> list[str]:
    """The paths of every region that holds all of the tasks."""
    parts = os.path.commonpath([task.region_path for task in tasks]).strip("/").split("/")
    return [f"/{'/'.join(parts[:depth])}/" for depth in range(1, len(parts) + 1)]


def _holds(kind: str, day: date) -> ColumnElement[bool]:
    return exists().where(
        Qualification.user_id == User.id,
        Qualification.kind == kind,
        Qualification.deleted_at.is_(None),
        Qualification.suspended_at.is_(None),
        Qualification.issued_on <= day,
        Qualification.expires_on >= day,
    )


def _has_other_eyes(task: UserTask, separate_from: Sequence[str]) -> ColumnElement[bool]:
    done = aliased(UserTask)
    return ~exists().where(
        done.process_instance_id == task.process_instance_id,
        done.element_id.in_(separate_from),
        done.kind != TaskKind.QUESTION,
        done.state == UserTaskState.COMPLETED,
        or_(done.completed_by == User.id, done.on_behalf_of == User.id),
    )
