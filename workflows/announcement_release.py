"""Release: the number and the paper, the public page, the delivery to everyone meant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from engine.model import JobKind
from engine.process import Step
from records.announcements import (
    Announcement,
    AnnouncementKind,
    AnnouncementState,
    AnnouncementVersion,
    AudienceMember,
    AudienceSnapshot,
    Delivery,
    batches,
    next_number,
    number_is_free,
)
from records.audiences import Audience, member_ids
from records.clock import ZONE
from records.disclosure import DisclosureDecision, Redaction
from records.hashing import content_hash
from records.people import Region
from workflows import announcement_words as words
from workflows.announcement_checks import BODY_CODE
from workflows.announcement_pages import listed_files, names_of, public_body, public_page, shown_rows
from workflows.announcement_papers import announcement_paper
from workflows.announcement_request import asker_waits
from workflows.announcement_texts import announcement_of, clock_of, due_at, items_of
from workflows.papers import authority

REEVALUATION = "withheld_review_due"


def render_announcement(step: Step) -> Mapping[str, object]:
    """From now on it is published: number, first edition, paper; the clock has been kept, or was late for a reason."""
    announcement, now = announcement_of(step), step.clock.now()
    number = _number(step, announcement, now)
    published = {"status": AnnouncementState.PUBLISHED.value, "number": number, "published_at": now}
    step.store.correct(announcement, published)
    edition = step.store.add(
        AnnouncementVersion(
            no=step.instance.business_key,
            announcement_id=announcement.id,
            edition=1,
            title=announcement.title or "",
            body=announcement.body or "",
            summary=announcement.summary,
            fields=announcement.fields,
            files=listed_files(step, step.data["draft"].get("attachments") or []),
            region_code=announcement.region_code,
            region_path=announcement.region_path,
        )
    )
    items = items_of(step.session, announcement.id)
    body = edition.body
    if announcement.is_public:
        body = public_body(edition, next((item for item in items if item.code == BODY_CODE), None))
    paper = announcement_paper(step, announcement, edition, body, shown_rows(announcement, items), names_of(edition))
    step.store.correct(edition, {"document_id": paper.id})
    _stop_the_clock(step, now)
    published = {"number": number, "published_at": now, "document_id": paper.id}
    return published | {"is_public": announcement.is_public, "asker_waits": asker_waits(step)}


def publish_public(step: Step) -> Mapping[str, object]:
    """The public page, of approved fields only; what is withheld is looked at again after a year (R-PUB-04)."""
    announcement = announcement_of(step)
    if not announcement.is_public or step.instance.is_drill or announcement.is_drill:
        return {"is_public": False, "withheld": 0}
    items = items_of(step.session, announcement.id)
    edition = step.session.scalars(
        select(AnnouncementVersion).where(AnnouncementVersion.announcement_id == announcement.id)
    ).one()
    page = public_page(step, announcement, edition, items, step.data["draft"].get("attachments") or [])
    review_at = step.until("R-PUB-04", step.clock.now())
    hidden = [item for item in items if item.decision is not DisclosureDecision.PUBLIC]
    for item in hidden:
        step.store.correct(item, {"review_at": review_at})
        if item.decision is DisclosureDecision.REDACT and item.ground is not None:
            _note_redaction(step, item)
    if hidden:
        ask_again(step, announcement.id, review_at)
    return {"is_public": True, "withheld": len(hidden), "page_id": page.id}


def deliver(step: Step) -> Mapping[str, object]:
    """To everyone meant, in batches: a line in the platform and, but for drills, mail after the transaction."""
    announcement = announcement_of(step)
    ids = member_ids(step.session, Audience.of(announcement.audience), step.instance.region_path)
    step.store.add(
        AudienceSnapshot(
            no=step.instance.business_key,
            announcement_id=announcement.id,
            audience=announcement.audience or {},
            count=len(ids),
            members_hash=content_hash({"ids": ids}),
            region_code=announcement.region_code,
            region_path=announcement.region_path,
        )
    )
    step.session.add_all(AudienceMember(announcement_id=announcement.id, user_id=one) for one in ids)
    text = words.CONFIRM if announcement.must_confirm else words.PUBLISHED
    send(step, announcement, ids, "announcement.published", text.format(title=announcement.title))
    return {"count": len(ids)}


def send(step: Step, announcement: Announcement, ids: list[str], kind: str, text: str) -> None:
    """One message to many, in batches, each batch noted. What a drill says stays on the platform."""
    size = step.number("R-ANN-BATCH")
    mark = words.DRILL_MARK if step.instance.is_drill else ""
    mail = words.MAIL.format(authority=authority(step), title=announcement.title, number=announcement.number)
    for number, batch in enumerate(batches(ids, size), 1):
        step.notify(batch, kind, mark + text)
        _note_delivery(step, announcement, "in_app", number, len(batch))
        if not step.instance.is_drill:
            payload = {"user_ids": batch, "subject": text, "text": mail}
            step.job(JobKind.NOTIFICATION, payload, f"{kind}:{step.instance.id}:{announcement.edition}:{number}")
            _note_delivery(step, announcement, "mail", number, len(batch))


def ask_again(step: Step, announcement_id: str, at: datetime) -> None:
    """A message to come in due time begins the yearly look at what is withheld; no case stays open for it."""
    content = {"announcement_id": announcement_id}
    payload = {"name": REEVALUATION, "correlation": announcement_id, "content": content}
    step.job(JobKind.MESSAGE, payload, f"reevaluate:{announcement_id}:{at:%Y%m%d}", due_at=at)


def _number(step: Step, announcement: Announcement, now: datetime) -> str:
    """The number that the author wished, if it is free still; else the next of its series."""
    if announcement.number and number_is_free(step.session, announcement.number, announcement.id):
        return announcement.number
    kind, year = announcement.kind or AnnouncementKind.NOTICE, now.astimezone(ZONE).year
    word = words.SERIES.get(kind, words.OTHER_SERIES)
    region = step.session.scalar(select(Region.name).where(Region.code == step.instance.region_code)) or ""
    short = region.rstrip("省市区县") or region
    while True:
        count = next_number(step.session, f"{step.instance.region_code}:{word}:{year}")
        number = words.NUMBER.format(short=short, word=word, year=year, count=count)
        if number_is_free(step.session, number):
            return number


def _stop_the_clock(step: Step, now: datetime) -> None:
    clock = clock_of(step)
    is_late = now > due_at(step, clock)
    reason = (step.data.get("late_reason") or {}).get("reason") if is_late else None
    ended = {"status": "late" if is_late else "kept", "ended_at": now, "late_reason": reason}
    step.store.correct(clock, ended, reason=reason)


def _note_redaction(step: Step, item: Any) -> None:
    known = select(func.count(Redaction.id)).where(Redaction.disclosure_item_id == item.id)
    if step.session.scalar(known):
        return
    step.store.add(
        Redaction(
            no=step.instance.business_key,
            disclosure_item_id=item.id,
            original_hash=content_hash(item.value),
            public_value=item.public_value or "",
            ground=item.ground,
            region_code=item.region_code,
            region_path=item.region_path,
        )
    )


def _note_delivery(step: Step, announcement: Announcement, channel: str, batch: int, count: int) -> None:
    step.store.add(
        Delivery(
            no=step.instance.business_key,
            announcement_id=announcement.id,
            edition=announcement.edition,
            channel=channel,
            batch=batch,
            count=count,
            delivered_at=step.clock.now(),
            status="queued" if channel == "mail" else "sent",
            region_code=announcement.region_code,
            region_path=announcement.region_path,
        )
    )
