"""The yearly look at what was not made public (OGI art. 17-18, R-PUB-04).

A message that was written when the announcement was published comes a year later and begins a case in its region. What
may be public now goes the way of a correction; what may not is looked at again in a year.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.model import JobKind
from engine.process import Step, process
from records.announcements import Announcement, AnnouncementState
from records.disclosure import DisclosureDecision, DisclosureItem
from workflows import announcement_words as words
from workflows.announcement_release import ask_again
from workflows.announcement_texts import items_of
from workflows.words import day


def list_withheld(step: Step) -> Mapping[str, object]:
    """What of the announcement the public does not see, or not whole."""
    announcement = step.session.get(Announcement, str(step.data["reevaluation_due"].get("announcement_id")))
    if announcement is None or announcement.status != AnnouncementState.PUBLISHED:
        return {"items": [], "announcement_id": None}
    step.instance.title = f"{step.instance.title.split(' · ')[0]} · {announcement.title}"[:200]
    return {
        "announcement_id": announcement.id,
        "number": announcement.number,
        "title": announcement.title,
        "published_word": day(announcement.published_at),
        "items": [_row(item) for item in _withheld(step, announcement.id)],
    }


def settle_reevaluation(step: Step) -> Mapping[str, object]:
    """What may be public now is asked for as a correction; the rest is looked at again in a year."""
    announcement = step.session.get_one(Announcement, step.data["list_withheld"]["announcement_id"])
    said = step.data["reevaluate"]
    decided = {row["code"]: row for row in said["items"]}
    kept = [one for one in _withheld(step, announcement.id) if decided.get(one.code, {}).get("decision") == "keep"]
    if kept:
        review_at = step.until("R-PUB-04", step.clock.now())
        for item in kept:
            step.store.correct(item, {"review_at": review_at}, reason=decided[item.code]["reason"])
        ask_again(step, announcement.id, review_at)
    released = [row for row in said["items"] if row["decision"] == "release"]
    if released:
        _ask_correction(step, announcement, released, said["_by"])
    return {"kept": len(kept), "released": len(released)}


def _withheld(step: Step, announcement_id: str) -> list[DisclosureItem]:
    return [item for item in items_of(step.session, announcement_id) if item.decision is not DisclosureDecision.PUBLIC]


def _row(item: DisclosureItem) -> dict[str, Any]:
    ground = words.GROUNDS[item.ground] if item.ground else ""
    return {"code": item.code, "label": item.label, "value": item.value, "ground": ground}


def _ask_correction(step: Step, announcement: Announcement, rows: list[Mapping[str, Any]], by: str) -> None:
    """A message to the announcement's case, or, where it has ended, the beginning of a correction."""
    content = {
        "announcement_id": announcement.id,
        "reason": words.RELEASED.format(labels="、".join(row["label"] for row in rows)),
        "requested_by": by,
        "released": [{name: row[name] for name in ("code", "label", "value")} for row in rows],
    }
    payload = {"name": "correction", "correlation": announcement.no, "content": content}
    step.job(JobKind.MESSAGE, payload, f"release:{step.instance.id}")


PROCESS = process("disclosure_reevaluation", list_withheld, settle_reevaluation, prefix="估")
