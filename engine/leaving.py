"""Whoever leaves hands their open user tasks over first: no account closes, moves or loses its roles before.

The database session refuses it (a mapper event), so that no way around the back office leaves work behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, event, false, func, inspect, or_, select, true
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.attributes import History

from engine.assignment import give, hand
from engine.errors import OpenTasksError, UnsuitableAssigneeError
from engine.model import ProcessInstance, SideTask, UserTask
from engine.policy import in_jurisdiction, is_offered
from engine.reasons import reason_of
from engine.task_states import IS_OPEN
from records.absences import Absence
from records.clock import Clock
from records.errors import NotFoundError
from records.people import Actor, User, load_actor
from records.store import Store

NAMED = 5


def open_tasks_of(session: Session, user_id: str, limit: int) -> list[UserTask]:
    """The open user tasks that a person has, the most urgent first."""
    mine = select(UserTask).where(UserTask.assignee_id == user_id, IS_OPEN)
    return list(session.scalars(mine.order_by(UserTask.sort_due, UserTask.id).limit(limit)))


def move(
    session: Session, clock: Clock, instance: ProcessInstance, user_task: UserTask, assignee_id: str | None,
    actor: Actor, reason: str,
) -> None:  # fmt: skip
    """A leaver's user task goes to somebody suitable, or back to its group; what was asked of one person, only on."""
    verb, said = "user_task.handed_over", reason_of(reason)
    if is_offered(actor, user_task, session, clock):
        give(session, clock, instance, user_task, assignee_id, actor, verb=verb, reason=said)
        return
    _require_addressee(session, clock, user_task, assignee_id)
    hand(session, clock, instance, user_task, assignee_id, actor, verb, said)


def _require_addressee(session: Session, clock: Clock, user_task: UserTask, assignee_id: str | None) -> None:
    """Somebody who could have been asked: of an authority, in the region, neither asking nor doing the step."""
    side = session.get_one(SideTask, user_task.id)
    main = session.get_one(UserTask, side.main_task_id)
    try:
        person = load_actor(session, assignee_id or "")
    except NotFoundError:
        raise UnsuitableAssigneeError from None
    is_here = not person.is_business and in_jurisdiction(person, user_task, session, clock)
    if not is_here or person.id in (side.asked_by, main.assignee_id):
        raise UnsuitableAssigneeError


def close_account(store: Store, user: User, reason: str) -> None:
    """Nobody signs in with it any more, its sessions end, nobody stands in for or is stood in for by it.

    Raises OpenTasksError while the person has open user tasks.
    """
    about = or_(Absence.user_id == user.id, Absence.substitute_id == user.id)
    for absence in store.session.scalars(select(Absence).where(about, Absence.deleted_at.is_(None))):
        store.tombstone(absence, reason=reason)
    user.fs_uniquifier = store.clock.new_id()
    store.correct(user, {"active": False}, reason=reason)
    store.session.flush()


def _refuse_leaver(_mapper: Mapper[Any], connection: Connection, user: User) -> None:
    left = _left_behind(user)
    if left is None:
        return
    open_tasks = and_(UserTask.assignee_id == user.id, IS_OPEN, left)
    total = connection.scalar(select(func.count()).select_from(UserTask).where(open_tasks)) or 0
    if total:
        numbers = connection.scalars(
            select(ProcessInstance.business_key)
            .join(UserTask, UserTask.process_instance_id == ProcessInstance.id)
            .where(open_tasks)
            .order_by(UserTask.sort_due, UserTask.id)
            .limit(NAMED)
        )
        raise OpenTasksError(name=user.name, count=total, cases="、".join(dict.fromkeys(numbers)))


def _left_behind(user: User) -> ColumnElement[bool] | None:
    """Which of the person's user tasks would be left behind by what has changed; None when nothing can be."""
    if not user.active or user.deleted_at is not None or not user.roles:
        changed = any(_history(user, name).has_changes() for name in ("active", "deleted_at", "roles"))
        return true() if changed else None
    conditions = [
        *_without_roles([role.name for role in _history(user, "roles").deleted or ()]),
        *([~UserTask.region_path.startswith(user.region_path, autoescape=True)] if _moved(user, "region_path") else []),
        *(
            [UserTask.establishment_id.is_distinct_from(user.establishment_id)]
            if _moved(user, "establishment_id")
            else []
        ),
    ]
    return or_(false(), *conditions) if conditions else None


def _without_roles(removed: Sequence[str]) -> list[ColumnElement[bool]]:
    return [and_(UserTask.candidate_group.in_(removed), UserTask.on_behalf_of.is_(None))] if removed else []


def _moved(user: User, name: str) -> bool:
    return bool(_history(user, name).deleted)


def _history(user: User, name: str) -> History:
    return inspect(user).attrs[name].history


event.listen(User, "before_update", _refuse_leaver)
