"""The chain of approval: one to three people, none of them the author or anyone standing in for the author."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from engine.model import UserTask
from engine.process import Step
from records.absences import Absence, in_force
from records.announcements import Announcement, Approval, Decision
from records.clock import today
from records.people import superior_region_path, users_with_role
from workflows import announcement_words as words
from workflows.announcement_texts import announcement_of, item_rows, items_of

APPROVERS = "MGR"
ENOUGH_AT_ONCE = 2


def open_approvals(step: Step) -> Mapping[str, object]:
    """A place in the chain for each who must approve; where the superior must, the last place is theirs (R-EMG-11)."""
    announcement, chain = announcement_of(step), step.data["approval_chain"]
    number = int(chain["approvers"])
    levels = ["own"] * number
    if step.data["release_authority"] == "superior":
        levels[-1] = "superior"
    people = _people(step, announcement, levels)
    levels = levels[len(levels) - len(people) :]
    approvals = [
        step.store.add(
            Approval(
                no=step.instance.business_key,
                announcement_id=announcement.id,
                position=position,
                level=level,
                assignee_id=person,
                status="pending",
                region_code=step.instance.region_code,
                region_path=step.instance.region_path,
            )
        )
        for position, (level, person) in enumerate(zip(levels, people, strict=True), 1)
    ]
    return {
        "ids": [approval.id for approval in approvals],
        "mode": chain["mode"],
        "needed": min(ENOUGH_AT_ONCE, len(people)) if chain["mode"] == "at_once" else len(people),
        "assignees": {approval.id: approval.assignee_id for approval in approvals},
        "places": {approval.id: _place(approval) for approval in approvals},
        "disclosed": item_rows(items_of(step.session, announcement.id)) if announcement.is_public else [],
    }


def count_approvals(step: Step) -> Mapping[str, object]:
    """What the approvers said: one who rejects or returns decides; otherwise enough different people must agree."""
    opened = step.data["open_approvals"]
    approvals = list(
        step.session.scalars(select(Approval).where(Approval.id.in_(opened["ids"])).order_by(Approval.position))
    )
    people = set()
    for approval in approvals:
        task = step.session.get(UserTask, approval.user_task_id) if approval.user_task_id else None
        if approval.decision is None or task is None:
            continue
        people.add(task.completed_by)
        step.store.correct(
            approval, {"status": "decided", "decided_by": task.completed_by, "decided_at": task.completed_at}
        )
    against = next((one for one in approvals if one.decision in (Decision.REJECT, Decision.RETURN)), None)
    if against is not None:
        return {"result": against.decision, "reason": against.opinion, "approved_at": None}
    if len(people) < int(opened["needed"]):
        return {"result": Decision.RETURN, "reason": words.SAME_PERSON, "approved_at": None}
    return {"result": Decision.APPROVE, "reason": None, "approved_at": step.clock.now()}


def _people(step: Step, announcement: Announcement, levels: list[str]) -> list[str | None]:
    """Who has which place. A chain of one is offered to all; in a longer one each place is another person's.

    Where there are fewer people than places, the first places are left out, the superior's never.
    """
    if levels == ["own"]:
        return [None]
    path = step.instance.region_path
    above = superior_region_path(path) or path
    own, superior = ([user.id for user in users_with_role(step.session, APPROVERS, where)] for where in (path, above))
    barred = _barred(step, announcement)
    fit = [one for one in superior if one not in barred]
    last: list[str | None] = [next(iter(fit), None)] if levels[-1] == "superior" else []
    first = [one for one in dict.fromkeys([*own, *superior]) if one not in barred and one not in last]
    return [*first[: len(levels) - len(last)], *last] or [None]


def _barred(step: Step, announcement: Announcement) -> set[str]:
    """The author and those who stand in for the author today."""
    authors = {announcement.author_id, (step.data.get("draft") or {}).get("_by")} - {None}
    standing_in = select(Absence.substitute_id).where(Absence.user_id.in_(authors), in_force(today(step.clock)))
    return {str(one) for one in authors} | set(step.session.scalars(standing_in))


def _place(approval: Approval) -> str:
    place = words.PLACES[approval.position - 1]
    return words.SUPERIOR_PLACE.format(place=place) if approval.level == "superior" else place
