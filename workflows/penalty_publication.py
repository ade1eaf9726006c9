"""How long a penalty stays public: a case of its own, so that the penalty's need not stay open for three years.

It begins when publication is asked for and waits for word of it. From the day of publication the decision stays public
for three months (warning with criticism only) or three years (SAMR Order 45 art. 13), then it is taken down. Where the
decision is revoked before that, the page is withdrawn within three working days (APL art. 48). Taking down is the work
of the announcement's own process, which is asked by message.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine.process import Step, process
from records.announcements import Announcement
from records.calendar import end_of
from records.clock import ZONE
from records.deadlines import months_after
from records.penalties import Penalty
from workflows import penalty_words as words


def open_publication(step: Step) -> Mapping[str, object]:
    """Which penalty it is."""
    return {"penalty_id": step.data["publication_watched"]["penalty_id"]}


def record_publication(step: Step) -> Mapping[str, object]:
    """It is public: until when, counted from the day of publication."""
    penalty, told = _penalty(step), step.data["page_published"]
    begun = datetime.fromisoformat(told.get("published_at") or told["_at"])
    months = int(step.data["publication_watched"]["months"])
    last = months_after(begun.astimezone(ZONE).date(), months)
    step.store.correct(penalty, {"publication_ends_on": last})
    return {"ends_at": end_of(last), "published_at": begun}


def record_refusal(step: Step) -> None:
    """The disclosure review found against it: that and why stays with the penalty."""
    reason = str(step.data["page_refused"].get("reason") or "")
    step.store.correct(
        _penalty(step), {"ended_publication_at": step.clock.now()}, reason=words.RETURNED.format(reason=reason)
    )


def record_revocation(step: Step) -> Mapping[str, object]:
    """The decision was revoked: by whom and why; what is public of it is to be withdrawn."""
    revoked: Mapping[str, Any] = step.data.get("decision_revoked") or step.data["revoked_before"]
    reason = str(revoked.get("reason") or "")
    step.store.correct(_penalty(step), {"status": "revoked", "revoked_at": step.clock.now(), "revocation": reason})
    return {"announcement_id": _announcement(step), "reason": reason, "authority": revoked.get("authority")}


def record_withdrawal(step: Step) -> None:
    """Nothing of it is public any more."""
    note = step.data["confirm_withdrawal"]["note"]
    step.store.correct(_penalty(step), {"ended_publication_at": step.clock.now()}, reason=note)


def end_publication(step: Step) -> Mapping[str, object]:
    """The time is over: the page is to be taken down."""
    step.store.correct(_penalty(step), {"ended_publication_at": step.clock.now()}, reason=words.EXPIRED)
    return {"announcement_id": _announcement(step), "reason": words.EXPIRED}


def _penalty(step: Step) -> Penalty:
    return step.session.get_one(Penalty, step.data["publication_watched"]["penalty_id"])


def _announcement(step: Step) -> str | None:
    """The announcement that published it, the newest."""
    of_penalty = select(Announcement.id).where(
        Announcement.source_id == step.data["publication_watched"]["penalty_id"], Announcement.deleted_at.is_(None)
    )
    return step.session.scalar(of_penalty.order_by(Announcement.id.desc()).limit(1))


PROCESS = process(
    "penalty_publication",
    open_publication,
    record_publication,
    record_refusal,
    record_revocation,
    record_withdrawal,
    end_publication,
    prefix="布",
)
