"""Remarks on a case: kept with the case, entered in its journal."""

from __future__ import annotations

from sqlalchemy.orm import Session

from records.base import Source
from records.clock import Clock
from records.errors import DomainError
from records.people import Actor
from records.store import Origin, Store
from records.submissions import Comment

LONGEST = 2000


class CommentTextError(DomainError):
    """A comment has a text, and not a book."""

    slug = "comment-text"
    sentence = "请填写留言，最多 2000 个字"


def comment(session: Session, clock: Clock, actor: Actor, case_id: str, text: str) -> Comment:
    """Put a remark on a case."""
    said = text.replace("\x00", "").strip()
    if not said or len(said) > LONGEST:
        raise CommentTextError
    remark = Comment(
        id=clock.new_id(),
        process_instance_id=case_id,
        author_id=actor.id,
        author_name=actor.name,
        text=said,
        at=clock.now(),
    )
    session.add(remark)
    origin = Origin(Source.TASK, process_instance_id=case_id)
    Store(session, clock, actor, origin).enter("case.commented", "comment", remark.id, after={"text": said})
    return remark
