"""Remarks on a case: kept with the case, entered in its journal."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from engine.model import ProcessInstance
from engine.notices import tell
from engine.queries.tasks import find_user_task
from records.base import Source
from records.clock import Clock
from records.errors import DomainError, NotFoundError
from records.people import Actor
from records.store import Origin, Store
from records.submissions import Comment
from web.mentions import mentions

LONGEST = 2000


class CommentTextError(DomainError):
    """A comment has a text, and not a book."""

    slug = "comment-text"
    sentence = "请填写留言，最多 2000 个字"


def comment(
    session: Session, clock: Clock, actor: Actor, case_id: str, text: str, *, user_task_id: str | None = None,
    chosen: Collection[str] = (),
) -> Comment:  # fmt: skip
    """Put a remark on a case, or on one of its user tasks; whoever is named with an @ is told.

    ``chosen``: ids of people picked from the list. Raises CommentTextError, web.mentions' errors, NotFoundError for a
    user task of another case.
    """
    said = text.replace("\x00", "").strip()
    if not said or len(said) > LONGEST:
        raise CommentTextError
    case = session.get_one(ProcessInstance, case_id)
    if user_task_id is not None and find_user_task(session, user_task_id, actor).process_instance_id != case_id:
        raise NotFoundError
    named = mentions(session, actor, case, said, chosen)
    remark = Comment(
        id=clock.new_id(),
        process_instance_id=case_id,
        user_task_id=user_task_id,
        author_id=actor.id,
        author_name=actor.name,
        text=said,
        mentions=named or None,
        at=clock.now(),
    )
    session.add(remark)
    told = sorted({one["id"] for one in named} - {actor.id})
    tell(session, clock, told, "mentioned", f"{actor.name} · {case.title}", case)
    origin = Origin(Source.TASK, process_instance_id=case_id, user_task_id=user_task_id, is_drill=case.is_drill)
    after = {"text": said, **({"mentions": told} if named else {})}
    Store(session, clock, actor, origin).enter("case.commented", "comment", remark.id, after=after)
    return remark
