"""What the public sees: only approved fields, copied here when an announcement is published. Nothing else is public.

No query of the public pages reads another table of announcements, so what was not approved cannot come out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Index, String, Text, UniqueConstraint, and_, false, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.announcements import AnnouncementKind
from records.base import CaseMixin, Fact, Json, choice, refers_to
from records.clock import ZONE
from records.paging import Order, Page, counted, page_of
from records.people import Region, escape_like
from records.scope import within


class PageState(StrEnum):
    """What has become of an edition."""

    CURRENT = "current"
    SUPERSEDED = "superseded"  # a correction has taken its place: kept, with a banner (EIP art. 12, R-PUB-06)
    WITHDRAWN = "withdrawn"  # a tombstone: when and why, nothing of the content (R-PUB-05)


class PublicPage(CaseMixin, Fact):
    """One edition of an announcement as anyone may read it."""

    announcement_id: Mapped[str] = mapped_column(refers_to("announcement.id"), index=True)
    edition: Mapped[int]
    state: Mapped[PageState] = mapped_column(choice(PageState))
    kind: Mapped[AnnouncementKind] = mapped_column(choice(AnnouncementKind))
    number: Mapped[str] = mapped_column(String(60))
    authority: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(String(120))
    category: Mapped[str] = mapped_column(String(40))
    summary: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)  # sanitised markup
    rows: Mapped[list[Any]] = mapped_column(Json)  # [label, value]
    files: Mapped[list[Any]] = mapped_column(Json)  # {id, name, size, sha256}
    document_token: Mapped[str | None] = mapped_column(String(40))
    published_at: Mapped[datetime]
    valid_to: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    note: Mapped[str | None] = mapped_column(Text)  # why it was corrected or withdrawn

    __table_args__ = (
        UniqueConstraint("announcement_id", "edition"),
        Index("ix_public_page_list", "published_at", "id"),
    )


_NEWEST = Order((PublicPage.published_at, PublicPage.id), (datetime, str), is_descending=True)


@dataclass(frozen=True)
class PublicFilter:
    """Which pages. ``is_archive``: those whose time is over, else those in force."""

    text: str = ""
    category: str = ""
    region_code: str = ""
    since: date | None = None
    until: date | None = None
    is_archive: bool = False


def public_pages(
    session: Session, wanted: PublicFilter, now: datetime, cursor: str | None = None, limit: int = 20
) -> Page[PublicPage]:
    """The current editions, the newest first."""
    conditions = [_is_public(now), PublicPage.state == PageState.CURRENT, *_narrowed(session, wanted, now)]
    total = session.scalar(select(counted(*conditions))) or 0
    return page_of(session, select(PublicPage).where(*conditions), total, _NEWEST, cursor, limit)


def find_public_page(
    session: Session, announcement_id: str, now: datetime, edition: int | None = None
) -> PublicPage | None:
    """One edition, the newest when none is named; a tombstone when it was withdrawn; None when nothing is public."""
    found = select(PublicPage).where(_is_public(now), PublicPage.announcement_id == announcement_id)
    if edition is not None:
        found = found.where(PublicPage.edition == edition)
    return session.scalar(found.order_by(PublicPage.edition.desc()).limit(1))


def editions(session: Session, announcement_id: str, now: datetime) -> list[PublicPage]:
    """All editions, the newest first."""
    found = select(PublicPage).where(_is_public(now), PublicPage.announcement_id == announcement_id)
    return list(session.scalars(found.order_by(PublicPage.edition.desc())))


def last_change(session: Session, now: datetime) -> tuple[datetime | None, int, int]:
    """When anything public last changed, how many pages there are and how many are archived: what caches go by."""
    over = and_(PublicPage.valid_to.is_not(None), PublicPage.valid_to <= now)
    archived = func.count(PublicPage.id).filter(over)
    changed = select(func.max(PublicPage.updated_at), func.count(PublicPage.id), archived).where(_is_public(now))
    at, count, gone = session.execute(changed).one()
    return at, count, gone


def categories(session: Session, now: datetime) -> list[str]:
    """The categories in use."""
    used = select(PublicPage.category).where(_is_public(now), PublicPage.state == PageState.CURRENT).distinct()
    return list(session.scalars(used.order_by(PublicPage.category)))


def regions(session: Session, now: datetime) -> list[tuple[str, str]]:
    """The regions that have published, as (code, name)."""
    used = select(PublicPage.region_code).where(_is_public(now)).distinct()
    found = select(Region.code, Region.name).where(Region.code.in_(used)).order_by(Region.path)
    return [(code, name) for code, name in session.execute(found)]


def content_of(page: PublicPage) -> Mapping[str, Any]:
    """A page as programs get it; of a tombstone only that it is one, and why."""
    known: dict[str, Any] = {
        "id": page.announcement_id,
        "edition": page.edition,
        "state": page.state.value,
        "kind": page.kind.value,
        "number": page.number,
        "authority": page.authority,
        "region_code": page.region_code,
        "category": page.category,
        "published_at": _moment(page.published_at),
        "valid_to": _moment(page.valid_to),
        "changed_at": _moment(page.changed_at),
        "note": page.note,
    }
    if page.state is PageState.WITHDRAWN:
        return known
    return known | {
        "title": page.title,
        "summary": page.summary,
        "body": page.body,
        "rows": [{"label": label, "value": value} for label, value in page.rows],
        "files": page.files,
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(ZONE).isoformat(timespec="seconds")


def _is_public(now: datetime) -> ColumnElement[bool]:
    """Never of a drill, never before its time."""
    return and_(
        PublicPage.is_drill.is_(False), PublicPage.deleted_at.is_(None), PublicPage.published_at <= now
    )  # fmt: skip


def _narrowed(session: Session, wanted: PublicFilter, now: datetime) -> Sequence[ColumnElement[bool]]:
    over = and_(PublicPage.valid_to.is_not(None), PublicPage.valid_to <= now)
    conditions: list[ColumnElement[bool]] = [over if wanted.is_archive else ~over]
    for word in wanted.text.split()[:5]:
        like = f"%{escape_like(word)}%"
        texts = (PublicPage.title, PublicPage.summary, PublicPage.number, PublicPage.authority)
        conditions.append(or_(*(column.ilike(like, escape="\\") for column in texts)))
    if wanted.category:
        conditions.append(PublicPage.category == wanted.category)
    if wanted.region_code:
        path = session.scalar(select(Region.path).where(Region.code == wanted.region_code))
        conditions.append(false() if path is None else within(PublicPage.region_path, path))
    if wanted.since is not None:
        conditions.append(PublicPage.published_at >= _midnight(wanted.since))
    if wanted.until is not None:
        conditions.append(PublicPage.published_at < _midnight(date.fromordinal(wanted.until.toordinal() + 1)))
    return conditions


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)
