"""Announcements: what is told to whom, in which edition, who got it, who has read it (standard 6.4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.base import Base, CaseMixin, Fact, Json, choice, refers_to


class AnnouncementKind(StrEnum):
    """What kind of text it is."""

    NOTICE = "notice"
    ANNOUNCEMENT = "announcement"
    DOCUMENT = "document"
    CIRCULAR = "circular"
    PLAN_DISCLOSURE = "plan_disclosure"
    TASK_DISCLOSURE = "task_disclosure"
    ITEM_DISCLOSURE = "item_disclosure"
    RESULT_DISCLOSURE = "result_disclosure"
    RECALL = "recall"
    CONSUMER_WARNING = "consumer_warning"
    EMERGENCY = "emergency"
    ASSESSMENT_LAUNCH = "assessment_launch"
    ASSESSMENT_RESULTS = "assessment_results"


#: the lists, plans, tasks and results whose disclosure has a statutory clock (R-INS-13, R-INS-18)
DISCLOSURES = frozenset(kind for kind in AnnouncementKind if kind.value.endswith("_disclosure"))


class AnnouncementState(StrEnum):
    """Where an announcement stands."""

    DRAFT = "draft"
    APPROVED = "approved"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"  # never published


class Decision(StrEnum):
    """What reviewers and approvers say."""

    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"


class Announcement(CaseMixin, Fact):
    """One announcement, as it stands: the internal whole, of which the public sees a ``PublicPage`` at most.

    ``body`` is sanitised markup (records/markup.py); ``rows`` are lists [label, value] to be shown; ``fields`` are
    {code, label, value}, each reviewed for disclosure; ``status`` is an AnnouncementState.
    """

    kind: Mapped[AnnouncementKind | None] = mapped_column(choice(AnnouncementKind), index=True)
    title: Mapped[str | None] = mapped_column(String(120))
    body: Mapped[str | None] = mapped_column(Text)
    category: Mapped[str | None] = mapped_column(String(40))
    summary: Mapped[str | None] = mapped_column(String(300))
    is_public: Mapped[bool] = mapped_column(default=False)
    must_confirm: Mapped[bool] = mapped_column(default=False)
    urgency: Mapped[str | None] = mapped_column(String(20))  # normal | urgent | emergency
    accident_grade: Mapped[str | None] = mapped_column(String(4))  # I … IV
    penalty_kind: Mapped[str | None] = mapped_column(String(20))  # none | warning | other
    audience: Mapped[dict[str, Any] | None] = mapped_column(Json)
    fields: Mapped[list[Any] | None] = mapped_column(Json)
    rows: Mapped[list[Any] | None] = mapped_column(Json)
    related: Mapped[str | None] = mapped_column(Text)
    number: Mapped[str | None] = mapped_column(String(60), unique=True)
    edition: Mapped[int] = mapped_column(default=1)
    author_id: Mapped[str | None] = mapped_column(String(26))
    publish_at: Mapped[datetime | None]
    valid_to: Mapped[datetime | None]
    published_at: Mapped[datetime | None] = mapped_column(index=True)
    withdrawn_at: Mapped[datetime | None]
    withdrawal_reason: Mapped[str | None] = mapped_column(Text)
    source_type: Mapped[str | None] = mapped_column(String(40))
    source_id: Mapped[str | None] = mapped_column(String(26))
    source_case_no: Mapped[str | None] = mapped_column(String(48), index=True)


class AnnouncementVersion(CaseMixin, Fact):
    """One edition of an announcement, as it was approved. The first is the publication, the others are corrections."""

    announcement_id: Mapped[str] = mapped_column(refers_to("announcement.id"), index=True)
    edition: Mapped[int]
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)
    summary: Mapped[str | None] = mapped_column(String(300))
    fields: Mapped[list[Any] | None] = mapped_column(Json)
    files: Mapped[list[Any] | None] = mapped_column(Json)  # its own attachments: {id, name, size, sha256, type}
    reason: Mapped[str | None] = mapped_column(Text)
    document_id: Mapped[str | None] = mapped_column(String(26))


class Approval(CaseMixin, Fact):
    """One place in the chain of approval; ``decision`` None while it is open. status: pending | decided."""

    announcement_id: Mapped[str] = mapped_column(refers_to("announcement.id"), index=True)
    position: Mapped[int]
    level: Mapped[str] = mapped_column(String(20))  # own | superior
    assignee_id: Mapped[str | None] = mapped_column(String(26))
    decision: Mapped[Decision | None] = mapped_column(choice(Decision))
    opinion: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None]


class AudienceSnapshot(CaseMixin, Fact):
    """Who was meant at the moment of publication: the rule, the number of people and the hash of their ids."""

    announcement_id: Mapped[str] = mapped_column(refers_to("announcement.id"), index=True)
    audience: Mapped[dict[str, Any]] = mapped_column(Json)
    count: Mapped[int]
    members_hash: Mapped[str] = mapped_column(String(64))  # SHA-256 over {"ids": [sorted]}


class AudienceMember(Base):
    """A person of an announcement's audience. Written once with the snapshot, whose hash covers it."""

    announcement_id: Mapped[str] = mapped_column(refers_to("announcement.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(26), primary_key=True)

    __table_args__ = (Index("ix_audience_member_user", "user_id", "announcement_id"),)


class Delivery(CaseMixin, Fact):
    """One batch handed to one channel. status: queued | sent."""

    announcement_id: Mapped[str] = mapped_column(refers_to("announcement.id"), index=True)
    edition: Mapped[int]
    channel: Mapped[str] = mapped_column(String(20))  # in_app | mail
    batch: Mapped[int]
    count: Mapped[int]
    delivered_at: Mapped[datetime]


class Receipt(CaseMixin, Fact):
    """A person of the audience has opened the announcement and, where that is demanded, confirmed it."""

    announcement_id: Mapped[str] = mapped_column(refers_to("announcement.id"))
    edition: Mapped[int] = mapped_column(default=1)
    user_id: Mapped[str] = mapped_column(String(26))
    read_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("announcement_id", "user_id"),)


class AnnouncementNumber(Base):
    """How many numbers of a series are taken."""

    series: Mapped[str] = mapped_column(String(60), primary_key=True)
    last: Mapped[int]


_NEXT = text(
    "INSERT INTO announcement_number (series, last) VALUES (:series, 1)"
    " ON CONFLICT (series) DO UPDATE SET last = announcement_number.last + 1 RETURNING last"
)


def next_number(session: Session, series: str) -> int:
    """The next number of a series; two transactions never get the same."""
    return int(session.connection().execute(_NEXT, {"series": series}).scalar_one())


def number_is_free(session: Session, number: str, besides: str | None = None) -> bool:
    """Whether no other announcement bears this number."""
    taken = select(Announcement.id).where(Announcement.number == number.strip(), Announcement.id != (besides or ""))
    return session.scalar(taken.limit(1)) is None


def of_case(session: Session, process_instance_id: str) -> Announcement | None:
    """The announcement that a case brings about."""
    mine = select(Announcement).where(
        Announcement.process_instance_id == process_instance_id, Announcement.deleted_at.is_(None)
    )
    return session.scalar(mine.order_by(Announcement.id).limit(1))


def is_in_audience(session: Session, announcement_id: str, user_id: str) -> bool:
    """Whether the announcement was meant for this person."""
    return session.get(AudienceMember, (announcement_id, user_id)) is not None


def unread(session: Session, announcement_id: str) -> list[str]:
    """The people of the audience who have not opened it, or not confirmed it where that is demanded."""
    announcement = session.get_one(Announcement, announcement_id)
    done = select(Receipt.user_id).where(Receipt.announcement_id == announcement_id, Receipt.deleted_at.is_(None))
    if announcement.must_confirm:
        done = done.where(Receipt.confirmed_at.is_not(None))
    missing = select(AudienceMember.user_id).where(
        AudienceMember.announcement_id == announcement_id, AudienceMember.user_id.not_in(done)
    )
    return list(session.scalars(missing.order_by(AudienceMember.user_id)))


def counts(session: Session, announcement_id: str) -> tuple[int, int, int]:
    """How many were meant, have opened it, have confirmed it."""
    meant = select(func.count()).select_from(AudienceMember).where(AudienceMember.announcement_id == announcement_id)
    opened = select(func.count(Receipt.id), func.count(Receipt.confirmed_at)).where(
        Receipt.announcement_id == announcement_id, Receipt.deleted_at.is_(None)
    )
    read, confirmed = session.execute(opened).one()
    return session.scalar(meant) or 0, read, confirmed


def batches(ids: Iterable[str], size: int) -> list[list[str]]:
    """The ids in groups of at most ``size``."""
    listed = list(ids)
    return [listed[start : start + size] for start in range(0, len(listed), size)]
