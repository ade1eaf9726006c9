"""How an announcement becomes a public page: approved fields only, nothing that looks like a personal number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from engine.process import Step
from records.announcements import Announcement, AnnouncementKind, AnnouncementVersion
from records.attachments import Attachment
from records.disclosure import DisclosureDecision, DisclosureItem
from records.documents import Document
from records.markup import as_paragraphs, clean_markup
from records.public_pages import PageState, PublicPage
from records.scanning import BLOCKING_IN_PUBLIC, scan
from workflows.announcement_checks import BODY_CODE, FILES_CODE
from workflows.papers import authority


def shown_rows(announcement: Announcement, items: Sequence[DisclosureItem]) -> list[dict[str, str]]:
    """The fields to be shown: of a public announcement those approved, of an internal one all."""
    if not announcement.is_public:
        fields: Iterable[Mapping[str, Any]] = announcement.fields or ()
        own = [field for field in fields if field["code"] not in (BODY_CODE, FILES_CODE)]
        return [{"label": field["label"], "value": field["value"]} for field in own]
    shown = [(item.label, item.shown()) for item in items if item.code not in (BODY_CODE, FILES_CODE)]
    return [{"label": label, "value": value} for label, value in shown if value and is_fit(label + " " + value)]


def is_fit(text: str) -> bool:
    """Nothing in the text that may not be public, whatever was decided about it."""
    return not any(issue.kind in BLOCKING_IN_PUBLIC for issue in scan(text))


def public_page(
    step: Step, announcement: Announcement, edition: AnnouncementVersion, items: Sequence[DisclosureItem],
    files: Sequence[str],
) -> PublicPage:  # fmt: skip
    """The page of an edition. Fields that nobody decided about are not on it."""
    by_code = {item.code: item for item in items}
    approved_files = by_code.get(FILES_CODE)
    is_shown = approved_files is not None and approved_files.decision is DisclosureDecision.PUBLIC
    rows = [[row["label"], row["value"]] for row in shown_rows(announcement, items)]
    listed = listed_files(step, files) if is_shown else []
    return new_page(step, announcement, edition, public_body(edition, by_code.get(BODY_CODE)), rows, listed)


def new_page(
    step: Step, announcement: Announcement, edition: AnnouncementVersion, body: str, rows: list[Any], files: list[Any]
) -> PublicPage:
    """The page of an edition with this content."""
    document = step.session.get(Document, edition.document_id) if edition.document_id else None
    now = step.clock.now()
    return step.store.add(
        PublicPage(
            no=step.instance.business_key,
            announcement_id=announcement.id,
            edition=edition.edition,
            state=PageState.CURRENT,
            kind=announcement.kind or AnnouncementKind.NOTICE,
            number=announcement.number or "",
            authority=authority(step),
            title=edition.title,
            category=announcement.category or "policy",
            summary=edition.summary or "",
            body=body,
            rows=rows,
            files=files,
            document_token=document.token if document else None,
            published_at=announcement.published_at or now,
            valid_to=announcement.valid_to,
            changed_at=now,
            note=edition.reason,
            region_code=announcement.region_code,
            region_path=announcement.region_path,
        )
    )


def public_body(edition: AnnouncementVersion, item: DisclosureItem | None) -> str:
    """The text as decided; none when it was withheld, or when nobody decided."""
    if item is None or item.decision is None or item.decision is DisclosureDecision.WITHHOLD:
        return ""
    if item.decision is DisclosureDecision.REDACT:
        return as_paragraphs(item.public_value or "")
    return clean_markup(edition.body)


def names_of(edition: AnnouncementVersion) -> list[str]:
    """The names of an edition's attachments."""
    return [each["name"] for each in edition.files or ()]


def listed_files(step: Step, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Uploads as an edition and its public page keep them."""
    found = step.session.scalars(
        select(Attachment).where(Attachment.id.in_(list(ids)), Attachment.deleted_at.is_(None))
    )
    by_id = {each.id: each for each in found}
    kept = [by_id[each] for each in ids if each in by_id]
    return [
        {"id": each.id, "name": each.filename, "size": each.size, "sha256": each.sha256, "type": each.media_type}
        for each in kept
    ]
