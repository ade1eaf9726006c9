"""The papers of announcements: the announcement with head, number, hash and code; the letter to a third party."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.model import JobKind
from engine.process import Step
from forms.storage import to_storage
from records.announcements import Announcement, AnnouncementVersion
from records.clock import today
from records.documents import Document, issue
from records.hashing import content_hash
from records.markup import plain_text
from records.registry import Establishment
from workflows import announcement_words as words
from workflows.papers import authority, issue_paper
from workflows.words import day, last_day

PAPER = "announcement_paper"


def announcement_paper(
    step: Step, announcement: Announcement, version: AnnouncementVersion, body: str, rows: Sequence[Mapping[str, Any]],
    files: Sequence[str],
) -> Document:  # fmt: skip
    """One edition on paper, titled by itself, with its official number; of a public one only what the public sees."""
    content = {"title": version.title, "body": body, "rows": list(rows), "number": announcement.number}
    facts = {
        "authority": authority(step),
        "is_drill": step.instance.is_drill,
        "title": version.title,
        "number": announcement.number,
        "kind_word": words.KINDS[announcement.kind] if announcement.kind else "",
        "published_on": day(announcement.published_at),
        "valid_to": last_day(announcement.valid_to) if announcement.valid_to else words.LASTING,
        "scope_word": words.SCOPES[announcement.is_public],
        "edition_word": words.EDITION.format(edition=version.edition),
        "correction": version.reason or "",
        "lines": plain_text(body).split("\n"),
        "rows": list(rows),
        "attachments": "、".join(files),
        "issued_on": day(today(step.clock)),
        "content_hash": content_hash(to_storage(content)),
    }
    document = issue(
        step.store,
        PAPER,
        version.title,
        to_storage(facts),
        region_code=announcement.region_code,
        region_path=announcement.region_path,
        establishment_id=None,
        no=f"{announcement.number}" if version.edition == 1 else f"{announcement.number}-{version.edition}",
    )
    step.job(JobKind.DOCUMENT, {"document_id": document.id}, f"document:{document.id}")
    return document


def opinion_letter(
    step: Step, announcement: Announcement, party: Establishment, items: Sequence[Mapping[str, Any]], due_at: datetime
) -> Document:
    """The letter that asks a third party for its opinion (OGI art. 32)."""
    facts = {
        "authority": authority(step),
        "establishment": {"name": party.name},
        "title": announcement.title,
        "items": [dict(item) for item in items],
        "due_on": last_day(due_at),
        "issued_on": day(today(step.clock)),
    }
    return issue_paper(step, "third_party_letter", facts)
