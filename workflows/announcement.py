"""Announcements, notices and disclosures: from a draft to what everyone meant has read (standard 6.4).

Somebody drafts, or another case asks for it with its content prepared. The draft is checked by the machine - personal
numbers, placeholders, secret words, who would get it, whether this authority may release it at all (FSL art. 118) -
and then by the head of the section. What is to be public is reviewed field by field; a third party whose secrets or
privacy it touches is asked and has fifteen working days, in which the clock of disclosure stands (OGI art. 32). A
decision table says how many must approve, none of them the author or anyone who stands in for the author. At its time
it gets its number and is published and delivered; whoever does not read it is reminded, and whom it obliges to confirm
is followed up. Corrections and withdrawals come by message, also when the case has long ended
(workflows/announcement_revision.py). An announcement whose validity ends needs no case for that: the public list leaves
it to the archive by its date.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.process import Step, process
from records.announcements import Announcement, AnnouncementKind, AnnouncementState, counts, unread
from records.disclosure import DisclosureClock
from records.people import SYSTEM
from workflows import announcement_words as words
from workflows.announcement_approval import count_approvals, open_approvals
from workflows.announcement_checks import automatic_checks
from workflows.announcement_release import deliver, publish_public, render_announcement
from workflows.announcement_request import Request, asker_waits
from workflows.announcement_review import close_opinions, record_disclosure, record_opinion, settle_disclosure
from workflows.announcement_texts import announcement_of, clock_of, due_word, people_in_charge, people_rows

SHOWN_UNREAD = 200
#: who is told of the clock beside the author and whoever has the case in hand, by the least share passed
TOLD = ((100, ("LEAD", "MGR", "DISC")), (80, ("LEAD",)), (0, ()))


def open_announcement(step: Step) -> Mapping[str, object]:
    """The announcement's record and its clock: 20 working days for what the law wants public (R-PUB-01, R-INS-13)."""
    request = Request.of(step)
    announcement = step.store.add(
        Announcement(
            no=step.instance.business_key,
            status=AnnouncementState.DRAFT.value,
            region_code=step.instance.region_code,
            region_path=step.instance.region_path,
            establishment_id=step.instance.establishment_id,
            **request.columns(),
        )
    )
    rule = "R-INS-13" if request.kind is AnnouncementKind.RESULT_DISCLOSURE else "R-PUB-01"
    step.store.add(
        DisclosureClock(
            announcement_id=announcement.id,
            rule_code=rule,
            started_at=request.at,
            due_at=request.due_at,
            status="running",
            region_code=step.instance.region_code,
            region_path=step.instance.region_path,
        )
    )
    title = request.title or words.KINDS[request.kind]
    mark = words.DRILL_MARK if step.instance.is_drill else ""
    step.instance.title = f"{mark}{words.KINDS[request.kind]} · {title}"[:200]
    return {
        "announcement_id": announcement.id,
        "rule": rule,
        "basis": step.rule(rule).legal_basis,
        "started_at": request.at,
        "due_at": request.due_at,
        "due_word": due_word(step, announcement),
        "author_id": None if request.author_id == SYSTEM.id else request.author_id,
        **request.prefilled(step.instance.is_drill),
    }


def remind_half(step: Step) -> None:
    """Half of the time for disclosure has passed."""
    _remind_clock(step, 50)


def remind_eighty(step: Step) -> None:
    """Four fifths have passed."""
    _remind_clock(step, 80)


def remind_late(step: Step) -> None:
    """Hardly any time is left."""
    _remind_clock(step, 95)


def clock_ran_out(step: Step) -> None:
    """The time is over: the manager is told, too."""
    _remind_clock(step, 100)


def remind_unread(step: Step) -> Mapping[str, object]:
    """Who has not read it after a day is reminded."""
    announcement = announcement_of(step)
    if announcement.status != AnnouncementState.PUBLISHED:
        return {"reminded": 0}
    missing = unread(step.session, announcement.id)
    text = words.UNCONFIRMED if announcement.must_confirm else words.UNREAD
    step.notify(missing, "announcement.reminded", text.format(title=announcement.title))
    return {"reminded": len(missing)}


def list_unread(step: Step) -> Mapping[str, object]:
    """Who has not read or confirmed it after three days; they are reminded again, the author gets the figures."""
    announcement = announcement_of(step)
    meant, read, confirmed = counts(step.session, announcement.id)
    is_public = announcement.status == AnnouncementState.PUBLISHED
    missing = unread(step.session, announcement.id) if is_public else []
    if missing and announcement.author_id:
        text = words.UNREAD_LIST.format(title=announcement.title, meant=meant, read=read, missing=len(missing))
        step.notify([announcement.author_id], "announcement.unread", text)
        late = words.UNCONFIRMED if announcement.must_confirm else words.UNREAD
        step.notify(missing, "announcement.reminded", late.format(title=announcement.title))
    return {
        "meant": meant,
        "read": read,
        "confirmed": confirmed,
        "missing": len(missing),
        "to_follow": len(missing) if announcement.must_confirm else 0,
        "people": people_rows(step.session, missing[:SHOWN_UNREAD]),
    }


def close_unpublished(step: Step) -> Mapping[str, object]:
    """It is not published: reviewers or approvers did not agree."""
    announcement, clock = announcement_of(step), clock_of(step)
    said = (step.data.get(name) or {} for name in ("count_approvals", "section_review"))
    reason = next((text for each in said if (text := each.get("reason") or each.get("opinion"))), words.NOT_AGREED)
    step.store.correct(announcement, {"status": AnnouncementState.CLOSED.value}, reason=reason)
    step.store.correct(clock, {"status": "dropped", "ended_at": step.clock.now()}, reason=reason)
    if announcement.author_id:
        step.notify([announcement.author_id], "announcement.closed", f"{announcement.title} · {reason}")
    return {"reason": reason, "asker_waits": asker_waits(step)}


def _remind_clock(step: Step, percent: int) -> None:
    """Those who have the case in hand are told how much of the time has passed, once for each mark."""
    announcement, clock = announcement_of(step), clock_of(step)
    is_due = announcement.is_public or bool(announcement.kind and announcement.kind.value.endswith("_disclosure"))
    if clock.status != "running" or clock.reminded >= percent or not is_due:
        return
    step.store.correct(clock, {"reminded": percent})
    text = (words.CLOCK if percent < 100 else words.CLOCK_OVER).format(
        title=announcement.title or words.KINDS[announcement.kind or AnnouncementKind.NOTICE],
        percent=percent,
        day=due_word(step, announcement),
    )
    roles = next(named for least, named in TOLD if percent >= least)
    step.notify(people_in_charge(step, announcement, roles), "announcement.clock", text)


PROCESS = process(
    "announcement",
    open_announcement,
    automatic_checks,
    record_disclosure,
    record_opinion,
    close_opinions,
    settle_disclosure,
    open_approvals,
    count_approvals,
    render_announcement,
    publish_public,
    deliver,
    remind_half,
    remind_eighty,
    remind_late,
    clock_ran_out,
    remind_unread,
    list_unread,
    close_unpublished,
    prefix="告",
)
