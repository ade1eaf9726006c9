"""Form submissions as they were given, and drafts while they are typed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from records.base import Base, Json
from records.hashing import content_hash


class Submission(Base):
    """What one person answered on one form, once, unchangeable.

    ``result`` names the records that it led to and, where it came with a key, what a repeat gets again.
    Taking a step back marks it withdrawn; it stays as it was.
    """

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    user_task_id: Mapped[str] = mapped_column(String(26), unique=True)
    process_instance_id: Mapped[str] = mapped_column(String(26))
    form_version: Mapped[str] = mapped_column(String(120))  # the form's key @ its version
    answers: Mapped[dict[str, Any]] = mapped_column(Json)
    actor_id: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    idempotency_key: Mapped[str | None] = mapped_column(String(80))
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)
    withdrawn_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_submission_idempotency_key", "idempotency_key", sqlite_where=text("idempotency_key IS NOT NULL"),
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
    )  # fmt: skip

    def answers_hash(self) -> str:
        """SHA-256 of what was said: every journal entry it led to carries it."""
        return content_hash(self.said())

    def said(self) -> dict[str, Any]:
        """What was answered, by whom, when, on which form."""
        return {
            "id": self.id,
            "form_version": self.form_version,
            "answers": self.answers,
            "actor_id": self.actor_id,
            "at": self.at.astimezone(UTC).isoformat(),
        }


class Draft(Base):
    """Unfinished answers of one person on one user task.

    Survives reassignment; deleted when its author completes the task.
    """

    user_task_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    answers: Mapped[dict[str, Any]] = mapped_column(Json)
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]


class Comment(Base):
    """A remark on a case."""

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    process_instance_id: Mapped[str] = mapped_column(String(26), index=True)
    user_task_id: Mapped[str | None] = mapped_column(String(26))
    author_id: Mapped[str] = mapped_column(String(64))
    author_name: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(String(2000))
    mentions: Mapped[list[Any] | None] = mapped_column(Json)  # {"id", "name"} of each person named with an @
    at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("id", "process_instance_id"),)


class BulkItem(Base):
    """An item of a bulk request that was done: a repeat with the same key changes nothing."""

    key: Mapped[str] = mapped_column(String(180), primary_key=True)  # actor : key of the request : user task
    at: Mapped[datetime]
