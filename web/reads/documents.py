"""Issued documents, found by title or number."""

from __future__ import annotations

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from engine.model import ProcessInstance
from records.documents import Document
from records.paging import Page
from records.people import Actor, escape_like
from records.scope import visible


def find_documents(session: Session, actor: Actor, text: str, limit: int) -> Page[Document]:
    """The newest documents inside the actor's jurisdiction; a business finds those of cases opened to it."""
    wanted = f"%{escape_like(text)}%"
    query = (
        select(Document)
        .outerjoin(ProcessInstance, ProcessInstance.id == Document.process_instance_id)
        .where(
            visible(Document, actor),
            Document.deleted_at.is_(None),
            or_(Document.title.like(wanted, escape="\\"), Document.no.like(wanted, escape="\\")),
        )
    )
    if actor.is_business:
        query = query.where(ProcessInstance.is_visible_to_business)
    total = session.scalar(query.with_only_columns(func.count(Document.id))) or 0
    return Page(list(session.scalars(query.order_by(Document.id.desc()).limit(limit))), total=total)
