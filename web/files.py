"""Which files one may see: those inside one's jurisdiction; a business, only those of cases shown to it."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from engine.model import ProcessInstance
from engine.queries.cases import seen_cases
from records.attachments import Attachment
from records.documents import Document
from records.errors import NotFoundError
from records.people import Actor
from records.scope import visible

FileT = TypeVar("FileT", Attachment, Document)


def file_seen(session: Session, kind: type[FileT], file_id: str, actor: Actor) -> FileT:
    """The attachment or document, or NotFoundError when it does not exist for this actor."""
    found: FileT | None = session.scalar(seen(kind, actor).where(kind.id == file_id))
    if found is None:
        raise NotFoundError
    return found


def files_of_case(session: Session, kind: type[FileT], case_id: str, actor: Actor) -> list[FileT]:
    """The files of a case that this actor may see, oldest first."""
    of_case = seen(kind, actor).where(kind.process_instance_id == case_id).order_by(kind.created_at, kind.id)
    return list(session.scalars(of_case))


def seen(kind: type[FileT], actor: Actor) -> Select[Any]:
    """All that this actor may see."""
    mine = kind.created_by == actor.id
    query = select(kind).where(or_(visible(kind, actor), mine), kind.deleted_at.is_(None))
    if actor.is_business:
        shown = exists().where(ProcessInstance.id == kind.process_instance_id, seen_cases(actor))
        query = query.where(or_(mine, shown))
    return query
