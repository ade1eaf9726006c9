"""Corrections and withdrawals of what has been published.

Both come by message: to the announcement's own case while it goes on, which calls this process, else as a case of their
own. A correction is a new edition, checked, reviewed and approved like the first; the old one stays readable with a
banner (EIP art. 12, R-PUB-06). A withdrawal leaves nothing of the content, only when and why (APL art. 48, R-PUB-05:
within three working days).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine.expressions import parse_moment
from engine.process import Step, process
from records.announcements import Announcement, AnnouncementState, AnnouncementVersion, AudienceMember
from records.disclosure import DisclosureDecision
from records.documents import Document
from records.markup import clean_markup, plain_text
from records.people import User
from records.public_pages import PageState, PublicPage
from records.scanning import scan
from workflows import announcement_words as words
from workflows.announcement_checks import BODY_CODE, FILES_CODE, issue_rows
from workflows.announcement_pages import is_fit, listed_files, names_of, new_page
from workflows.announcement_papers import PAPER, announcement_paper
from workflows.announcement_release import send
from workflows.announcement_texts import items_of

CORRECTIONS, WITHDRAWALS = ("correction_received", "correction_asked"), ("withdrawal_received", "withdrawal_asked")


def open_revision(step: Step) -> Mapping[str, object]:
    """What is asked for, by whom, and how the announcement stands; nothing when it is not published (any more)."""
    kind, asked = _asked(step)
    announcement = step.session.get(Announcement, str(asked.get("announcement_id")))
    if announcement is None or announcement.status != AnnouncementState.PUBLISHED:
        return {"kind": "none", "announcement_id": None}
    requester = step.session.get(User, str(asked.get("requested_by")))
    step.instance.title = f"{step.instance.title.split(' · ')[0]} · {announcement.title}"[:200]
    return {
        "kind": kind,
        "announcement_id": announcement.id,
        "number": announcement.number,
        "is_public": announcement.is_public,
        "reason": asked.get("reason"),
        "ground": asked.get("ground"),
        "released": asked.get("released") or [],
        "requested_by": requester.id if requester else announcement.author_id,
        "requested_by_name": requester.name if requester else None,
        "requested_at": parse_moment(asked.get("_at")) or step.clock.now(),
        **_current(step, announcement, asked.get("released") or []),
    }


def check_correction(step: Step) -> Mapping[str, object]:
    """The same checks as for a first draft, and what is different now."""
    opened, drafted = step.data["open_revision"], step.data["draft_correction"]
    body = clean_markup(drafted["body"])
    texts = [drafted["title"], drafted.get("summary") or "", plain_text(body)]
    texts += [f"{row['label']} {row['value']}" for row in drafted.get("rows") or []]
    files = _files(step)
    texts += [each["name"] for each in files]
    issues = scan("\n".join(texts))
    return {
        "body": body,
        "issues": issue_rows(issues, opened["is_public"]),
        "blocked": any(issue.blocks(opened["is_public"]) for issue in issues),
        "changes": _changes(opened, drafted, body, files),
        "files": files,
    }


def publish_correction(step: Step) -> Mapping[str, object]:
    """The new edition takes the place of the old one, which stays with a banner; everyone meant is told."""
    announcement = _announcement(step)
    drafted, checked = step.data["draft_correction"], step.data["check_correction"]
    body = checked["body"]
    number, rows = announcement.edition + 1, drafted.get("rows") or []
    changes = {"title": drafted["title"], "summary": drafted.get("summary"), "edition": number}
    if not announcement.is_public or _is_whole(step, announcement):
        changes["body"] = body
    step.store.correct(announcement, changes, reason=drafted["reason"])
    edition = step.store.add(
        AnnouncementVersion(
            no=step.instance.business_key,
            announcement_id=announcement.id,
            edition=number,
            title=drafted["title"],
            body=body,
            summary=drafted.get("summary"),
            fields=rows,
            files=checked["files"],
            reason=drafted["reason"],
            region_code=announcement.region_code,
            region_path=announcement.region_path,
        )
    )
    _end_papers(step, announcement, drafted["reason"])
    paper = announcement_paper(step, announcement, edition, body, rows, names_of(edition))
    step.store.correct(edition, {"document_id": paper.id})
    if announcement.is_public:
        _replace_page(step, announcement, edition, rows)
    text = words.CORRECTED.format(title=announcement.title, reason=drafted["reason"])
    send(step, announcement, _members(step, announcement), "announcement.corrected", text)
    return {"edition": number, "document_id": paper.id}


def withdraw_page(step: Step) -> Mapping[str, object]:
    """Nothing of the content stays public: when it was withdrawn and why, on the page and to everyone meant."""
    announcement, reason = _announcement(step), step.data["draft_withdrawal"]["reason"]
    now = step.clock.now()
    withdrawn = {"status": AnnouncementState.WITHDRAWN.value, "withdrawn_at": now, "withdrawal_reason": reason}
    step.store.correct(announcement, withdrawn, reason=reason)
    blank: dict[str, Any] = {"title": "", "summary": "", "body": "", "rows": [], "files": [], "document_token": None}
    for page in _pages(step, announcement):
        tombstone = {**blank, "state": PageState.WITHDRAWN, "note": reason, "changed_at": now}
        step.store.correct(page, tombstone, reason=reason)
    _end_papers(step, announcement, reason)
    text = words.WITHDRAWN.format(title=announcement.title, reason=reason)
    send(step, announcement, _members(step, announcement), "announcement.withdrawn", text)
    return {"withdrawn_at": now}


def drop_revision(step: Step) -> None:
    """Not agreed to: whoever asked for it is told."""
    requester = step.data["open_revision"].get("requested_by")
    said = (step.data.get(name) or {} for name in ("approve_correction", "approve_withdrawal"))
    opinion = next((text for each in said if (text := each.get("opinion"))), words.NOT_AGREED)
    if requester:
        step.notify([requester], "announcement.closed", f"{_announcement(step).title} · {opinion}")


def _asked(step: Step) -> tuple[str, Mapping[str, Any]]:
    """The message that came last, and what it wants."""
    given = [("correction", step.data.get(name)) for name in CORRECTIONS]
    given += [("withdrawal", step.data.get(name)) for name in WITHDRAWALS]
    known = [(kind, asked) for kind, asked in given if asked]
    return max(known, key=lambda one: str(one[1].get("_at")))


def _announcement(step: Step) -> Announcement:
    return step.session.get_one(Announcement, step.data["open_revision"]["announcement_id"])


def _pages(step: Step, announcement: Announcement) -> list[PublicPage]:
    found = select(PublicPage).where(
        PublicPage.announcement_id == announcement.id, PublicPage.deleted_at.is_(None)
    )  # fmt: skip
    return list(step.session.scalars(found.order_by(PublicPage.edition.desc())))


def _members(step: Step, announcement: Announcement) -> list[str]:
    found = select(AudienceMember.user_id).where(AudienceMember.announcement_id == announcement.id)
    return list(step.session.scalars(found.order_by(AudienceMember.user_id)))


def _current(step: Step, announcement: Announcement, released: list[Any]) -> dict[str, Any]:
    """What stands there now: of a public announcement what the public sees, with what a yearly look sets free."""
    pages = _pages(step, announcement)
    if announcement.is_public and pages:
        page = pages[0]
        rows = [{"label": label, "value": value} for label, value in page.rows]
        rows += [{"label": row["label"], "value": row["value"]} for row in released]
        said: dict[str, Any] = {"title": page.title, "body": page.body, "summary": page.summary, "rows": rows}
        return said | _attached(page.files)
    fields = [each for each in announcement.fields or () if each.get("code") not in (BODY_CODE, FILES_CODE)]
    rows = [{"label": each["label"], "value": each["value"]} for each in fields]
    standing = {"title": announcement.title, "body": announcement.body, "summary": announcement.summary}
    last = select(AnnouncementVersion).where(AnnouncementVersion.announcement_id == announcement.id)
    edition = step.session.scalars(last.order_by(AnnouncementVersion.edition.desc()).limit(1)).first()
    return standing | {"rows": rows} | _attached(edition.files if edition else None)


def _attached(files: list[Any] | None) -> dict[str, Any]:
    """The attachments of what stands there now, to be kept or left out."""
    listed = list(files or ())
    choices = [{"value": each["id"], "label": each["name"]} for each in listed]
    return {"files": listed, "file_choices": choices, "file_ids": [each["id"] for each in listed]}


def _files(step: Step) -> list[dict[str, Any]]:
    """The attachments of the edition that is drafted: those kept of the last one, then the new ones."""
    drafted, before = step.data["draft_correction"], step.data["open_revision"].get("files") or []
    kept = [each for each in before if each["id"] in (drafted.get("kept_files") or ())]
    return kept + listed_files(step, drafted.get("attachments") or [])


def _is_whole(step: Step, announcement: Announcement) -> bool:
    """Whether the public text is the internal one, nothing of it redacted."""
    body = next((item for item in items_of(step.session, announcement.id) if item.code == BODY_CODE), None)
    return body is not None and body.decision is DisclosureDecision.PUBLIC


def _changes(
    opened: Mapping[str, Any], drafted: Mapping[str, Any], body: str, files: list[dict[str, Any]]
) -> list[dict[str, str]]:
    """Old and new of everything that is different, field by field."""
    pairs = [
        (words.TITLE, opened["title"] or "", drafted["title"]),
        (words.BODY, plain_text(opened["body"] or ""), plain_text(body)),
        (words.SUMMARY, opened["summary"] or "", drafted.get("summary") or ""),
        (words.ATTACHMENTS, *("、".join(one["name"] for one in each) for each in (opened.get("files") or (), files))),
    ]
    before = {row["label"]: row["value"] for row in opened["rows"]}
    after = {row["label"]: row["value"] for row in drafted.get("rows") or []}
    pairs += [(label, before.get(label, ""), after.get(label, "")) for label in dict.fromkeys([*before, *after])]
    return [{"label": label, "before": old or "—", "after": new or "—"} for label, old, new in pairs if old != new]


def _replace_page(step: Step, announcement: Announcement, edition: AnnouncementVersion, rows: list[Any]) -> None:
    old = _pages(step, announcement)[0]
    now: datetime = step.clock.now()
    superseded = {"state": PageState.SUPERSEDED, "note": edition.reason, "changed_at": now}
    step.store.correct(old, superseded, reason=edition.reason)
    shown = [[row["label"], row["value"]] for row in rows if is_fit(f"{row['label']} {row['value']}")]
    new_page(step, announcement, edition, edition.body, shown, list(edition.files or ()))
    released = {row["code"] for row in step.data["open_revision"]["released"]}
    for item in items_of(step.session, announcement.id):
        if item.code in released:
            step.store.correct(item, {"decision": DisclosureDecision.PUBLIC, "review_at": None}, reason=edition.reason)


def _end_papers(step: Step, announcement: Announcement, reason: str) -> None:
    ids = select(AnnouncementVersion.document_id).where(AnnouncementVersion.announcement_id == announcement.id)
    papers = select(Document).where(Document.id.in_(ids), Document.kind == PAPER, Document.status != "superseded")
    for paper in step.session.scalars(papers).all():
        step.store.correct(paper, {"status": "superseded"}, reason=reason)


PROCESS = process(
    "announcement_revision",
    open_revision,
    check_correction,
    publish_correction,
    withdraw_page,
    drop_revision,
)
