"""Unfinished answers: kept for one person and one user task, and never thrown away by a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from engine import policy
from engine.definitions import form_of
from engine.model import UserTask, UserTaskState
from records.clock import Clock
from records.errors import ConflictError, ForbiddenError, NotFoundError
from records.people import Actor
from records.submissions import Draft


class DraftChangedError(ConflictError):
    """The draft was changed in another window since this page was opened."""

    slug = "draft-changed"
    sentence = "草稿已在别处修改，请刷新页面查看最新内容"


def draft_of(session: Session, user_task_id: str, actor: Actor) -> Draft | None:
    """The actor's draft for this user task."""
    return session.get(Draft, (user_task_id, actor.id))


def keep_draft(
    session: Session, clock: Clock, actor: Actor, user_task_id: str, answers: Mapping[str, Any], version: int | None
) -> Draft:
    """Keep the answers as they were typed. ``version`` is the one the page began with; None keeps them anyway.

    Raises NotFoundError for a foreign task, ForbiddenError when the task is not for one's group, DraftChangedError.
    """
    user_task = _task(session, clock, actor, user_task_id)
    draft = draft_of(session, user_task_id, actor)
    if draft is not None and version is not None and version != draft.version:
        raise DraftChangedError
    kept = form_of(session, user_task).load_draft(answers)
    if draft is None:
        draft = Draft(user_task_id=user_task_id, user_id=actor.id, answers=kept, version=1, saved_at=clock.now())
        session.add(draft)
    else:
        draft.answers, draft.version, draft.saved_at = kept, draft.version + 1, clock.now()
    return draft


def is_worth_keeping(session: Session, clock: Clock, actor: Actor, user_task_id: str) -> bool:
    """Whether answers sent for this task could be lost: one may fill it in and has not submitted it already."""
    user_task = session.get(UserTask, user_task_id)
    if user_task is None or not policy.allowed("user_task.draft", actor, user_task, session, clock):
        return False
    return user_task.state is UserTaskState.OPEN or user_task.completed_by != actor.id


def _task(session: Session, clock: Clock, actor: Actor, user_task_id: str) -> UserTask:
    user_task = session.get(UserTask, user_task_id, with_for_update=True)  # two windows save one after the other
    if user_task is None or not policy.allowed("user_task.read", actor, user_task, session, clock):
        raise NotFoundError
    if not policy.allowed("user_task.draft", actor, user_task, session, clock):
        raise ForbiddenError
    return user_task
