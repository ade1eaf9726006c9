"""What people inside read of announcements: those meant for them, and those of their jurisdiction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from records.announcements import (
    Announcement,
    AnnouncementKind,
    AnnouncementState,
    AnnouncementVersion,
    AudienceMember,
    Receipt,
    counts,
)
from records.errors import NotFoundError
from records.paging import Order, Page, counted, page_of
from records.people import Actor, RoleCode
from records.scope import visible

#: who may ask for a correction or a withdrawal, beside the author
REVISING = frozenset({RoleCode.LEAD.value, RoleCode.MANAGER.value, RoleCode.DISCLOSURE.value})
_OUT = (AnnouncementState.PUBLISHED.value, AnnouncementState.WITHDRAWN.value)
_NEWEST = Order((Announcement.published_at, Announcement.id), (datetime, str), is_descending=True)


@dataclass(frozen=True)
class AnnouncementRow:
    """An announcement in a list."""

    id: str
    number: str
    kind: AnnouncementKind | None
    title: str
    status: str
    is_public: bool
    is_drill: bool
    must_confirm: bool
    published_at: datetime | None
    read_at: datetime | None
    confirmed_at: datetime | None


@dataclass(frozen=True)
class AnnouncementDetail:
    """One announcement as somebody inside reads it."""

    announcement: Announcement
    editions: list[AnnouncementVersion]
    receipt: Receipt | None
    is_meant: bool
    may_revise: bool
    figures: tuple[int, int, int] | None  # meant, read, confirmed; for those who may know
    sees_files: bool  # businesses see those of a public one on its public page, as far as they are public

    def file(self, file_id: str) -> Mapping[str, Any]:
        """An attachment of one of its editions: id, name, size, sha256, type. Raises NotFoundError."""
        files = [one for edition in self.editions for one in edition.files or () if one["id"] == file_id]
        if not files or not self.sees_files:
            raise NotFoundError
        found: Mapping[str, Any] = files[0]
        return found


def announcements(
    session: Session, actor: Actor, cursor: str | None = None, limit: int = 50, *, mine: object = True
) -> Page[AnnouncementRow]:
    """Published announcements, the newest first: those meant for the actor, or all of the jurisdiction."""
    conditions = [_seen(actor), Announcement.status.in_(_OUT)]
    if mine:
        conditions.append(_meant_for(actor))
    total = session.scalar(select(counted(*conditions))) or 0
    page = page_of(session, select(Announcement).where(*conditions), total, _NEWEST, cursor, limit)
    ids = [one.id for one in page.rows]
    found = session.scalars(select(Receipt).where(Receipt.user_id == actor.id, Receipt.announcement_id.in_(ids)))
    receipts = {each.announcement_id: each for each in found}
    return page.map(lambda one: _row(one, receipts.get(one.id)))


def announcement(session: Session, actor: Actor, announcement_id: str) -> AnnouncementDetail:
    """One announcement that the actor may read. Raises NotFoundError."""
    wanted = select(Announcement).where(Announcement.id == announcement_id, _seen(actor))
    found = session.scalar(wanted)
    if found is None:
        raise NotFoundError
    mine = select(Receipt).where(Receipt.announcement_id == found.id, Receipt.user_id == actor.id)
    editions = select(AnnouncementVersion).where(AnnouncementVersion.announcement_id == found.id)
    is_meant = session.get(AudienceMember, (found.id, actor.id)) is not None
    is_official = not actor.is_business and found.region_path.startswith(actor.region_path)
    is_out = found.status == AnnouncementState.PUBLISHED
    return AnnouncementDetail(
        announcement=found,
        editions=list(session.scalars(editions.order_by(AnnouncementVersion.edition.desc()))),
        receipt=session.scalar(mine),
        is_meant=is_meant,
        may_revise=is_out and is_official and (actor.id == found.author_id or bool(REVISING & actor.roles)),
        figures=counts(session, found.id) if is_official else None,
        sees_files=found.status == AnnouncementState.PUBLISHED and not (actor.is_business and found.is_public),
    )


def of_process_instance(session: Session, actor: Actor, instance_id: str) -> str:
    """The announcement that a case brought about or corrected. Raises NotFoundError."""
    own = select(Announcement.id).where(Announcement.process_instance_id == instance_id, _seen(actor))
    edition = select(AnnouncementVersion.announcement_id).where(
        AnnouncementVersion.process_instance_id == instance_id
    )  # fmt: skip
    found = session.scalar(own.limit(1))
    if found is None:
        other = session.scalar(edition.limit(1))
        found = session.scalar(select(Announcement.id).where(Announcement.id == (other or ""), _seen(actor)))
    if found is None:
        raise NotFoundError
    return found


def _row(one: Announcement, receipt: Receipt | None) -> AnnouncementRow:
    return AnnouncementRow(
        id=one.id,
        number=one.number or "",
        kind=one.kind,
        title=one.title or "",
        status=one.status,
        is_public=one.is_public,
        is_drill=one.is_drill,
        must_confirm=one.must_confirm,
        published_at=one.published_at,
        read_at=receipt.read_at if receipt else None,
        confirmed_at=receipt.confirmed_at if receipt else None,
    )


def _meant_for(actor: Actor) -> ColumnElement[bool]:
    return exists().where(AudienceMember.announcement_id == Announcement.id, AudienceMember.user_id == actor.id)


def _seen(actor: Actor) -> ColumnElement[bool]:
    """Meant for the actor and out, or of the jurisdiction for an authority; a business sees what is meant for it."""
    meant = and_(_meant_for(actor), Announcement.status.in_(_OUT))
    living = Announcement.deleted_at.is_(None)
    return and_(living, meant if actor.is_business else or_(meant, visible(Announcement, actor)))
