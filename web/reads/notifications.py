"""A person's own notifications."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engine.model import Notification

SHOWN = 100


def unread_count(session: Session, user_id: str) -> int:
    """How many are unread."""
    return session.scalar(
        select(func.count()).select_from(Notification).where(
            Notification.user_id == user_id, Notification.read_at.is_(None)
        )
    ) or 0  # fmt: skip


def notifications(session: Session, user_id: str) -> list[Notification]:
    """The newest first."""
    return list(
        session.scalars(
            select(Notification).where(Notification.user_id == user_id).order_by(Notification.id.desc()).limit(SHOWN)
        )
    )


def kind_of(session: Session, user_id: str, notification_id: str | None) -> str | None:
    """What kind of notification it is, if it is this person's."""
    found = session.get(Notification, notification_id) if notification_id else None
    return found.kind if found is not None and found.user_id == user_id else None


def mark_read(session: Session, user_id: str, at: datetime, notification_id: str | None = None) -> None:
    """One of them, or all, read at this moment."""
    statement = update(Notification).where(Notification.user_id == user_id, Notification.read_at.is_(None))
    if notification_id:
        statement = statement.where(Notification.id == notification_id)
    session.execute(statement.values(read_at=at))
