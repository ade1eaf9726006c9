"""The disclosure of inspection results: what is public, what is not and why, and whether it was in time (R-INS-13)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.base import CaseMixin, Fact
from records.drill_marks import is_real


class ResultDisclosure(CaseMixin, Fact):
    """One inspection's result on its way to the public. status: open | published | withheld | joint.

    A joint inspection of several departments is published once: the others are ``joint`` and name that case.
    """

    inspection_id: Mapped[str] = mapped_column(String(26), index=True)
    joint_no: Mapped[str | None] = mapped_column(String(60), index=True)
    departments: Mapped[str | None] = mapped_column(String(300))
    formed_at: Mapped[datetime]
    due_at: Mapped[datetime]
    fields: Mapped[list[Any] | None]  # [{name, label, value}] that are public
    withheld: Mapped[list[Any] | None]  # [{name, label, ground}]
    announcement_no: Mapped[str | None] = mapped_column(String(80))
    published_at: Mapped[datetime | None]
    is_late: Mapped[bool | None]
    ground: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str | None] = mapped_column(Text)


def joint_disclosure(session: Session, joint_no: str | None, establishment_id: str | None) -> ResultDisclosure | None:
    """The disclosure that already speaks for a joint inspection of an establishment; a drill's speaks for nothing."""
    if not joint_no:
        return None
    return session.scalar(
        select(ResultDisclosure)
        .where(ResultDisclosure.joint_no == joint_no, ResultDisclosure.establishment_id == establishment_id)
        .where(ResultDisclosure.status.in_(("open", "published")), ResultDisclosure.deleted_at.is_(None))
        .where(is_real(ResultDisclosure))
        .order_by(ResultDisclosure.id)
        .limit(1)
    )
