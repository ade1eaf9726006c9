"""Rectification of findings, called by whatever process found them.

The business receives an order to correct with a date in working days. It answers finding by finding, or asks once for
more time, which the lead grants or not. Inspectors check what it did - from their desks, or on site where key items
or a high risk grade demand it. What is right is closed. What is not comes back once; the second time, or when the
business lets the date and the grace period pass, its head is called in for a responsibility talk.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine.process import Step, process
from records.calendar import WorkCalendar
from records.checklists import ChecklistTemplate
from records.credit import record_event
from records.inspections import Finding, Inspection, Rectification, RectificationMeasure
from records.registry import Establishment
from workflows import words
from workflows.orders import business_of_order, order_of
from workflows.papers import finding_row, issue_paper, letterhead
from workflows.parties import tell_establishment

CLOSED_POINTS, FAILED_POINTS = 3, -15


def issue_order(step: Step) -> Mapping[str, object]:
    """The order to correct: its record, its date in working days, its document; the findings are being rectified."""
    ordered, business = order_of(step), business_of_order(step)
    days, now = int(ordered["days"]), step.clock.now()
    due_at = _calendar(step).add_working_days(now, days)
    rectification = step.store.add(
        Rectification(
            no=step.instance.business_key,
            inspection_id=ordered.get("inspection_id"),
            ordered_at=now,
            days=days,
            due_at=due_at,
            status="ordered",
            establishment_id=business.id,
            region_code=step.instance.region_code,
            region_path=step.instance.region_path,
        )
    )
    for finding in _findings(step):
        step.store.correct(finding, {"status": "rectifying"})
    requirement = ordered.get("requirement")
    order = _order_paper(step, business, days=days, due_at=due_at, requirement=requirement)
    step.instance.is_visible_to_business = True
    _tell(step, "rectification.ordered", words.ORDERED.format(day=words.last_day(due_at)))
    return {
        "rectification_id": rectification.id,
        "no": order.no,
        "days": days,
        "due_at": due_at,
        "has_key": ordered["has_key"],
        "risk_grade": business.risk_grade,
        "requirement": requirement,
        "findings": ordered["findings"],
        "establishment_id": business.id,
        "lead_inspector": ordered.get("lead_inspector"),
        "site": ordered.get("site"),
        "distance_limit": ordered.get("distance_limit"),
    }


def apply_extension(step: Step) -> Mapping[str, object]:
    """The lead's answer to the request for more time: the date moves, or it stays."""
    rectification, decided = _rectification(step), step.data["decide_extension"]
    due_at = _due_at(step)
    if decided["decision"] != "grant":
        _tell(step, "rectification.extension", words.NOT_EXTENDED.format(day=words.last_day(due_at)))
        return {"granted": False, "days": 0, "due_at": due_at}
    days = int(decided["days"])
    due_at = _extended(step, due_at, days)
    reason = step.data["submit_rectification"]["reason"]
    step.store.correct(rectification, {"due_at": due_at, "extended_days": days, "extension_reason": reason})
    _tell(step, "rectification.extension", words.EXTENDED.format(day=words.last_day(due_at)))
    return {"granted": True, "days": days, "due_at": due_at}


def record_review(step: Step) -> Mapping[str, object]:
    """What the inspectors found of each measure. A first rejection opens a second round with a date of its own."""
    rectification, mode = _rectification(step), step.data["recheck_mode"]
    review = step.data["onsite_recheck" if mode == "on_site" else "review_rectification"]
    number = int(step.data.get("record_review", {}).get("round") or 0) + 1
    _note_verdicts(step, rectification, review, number)
    is_accepted = all(row["accepted"] == "yes" for row in review["reviews"])
    due_at = _due_at(step)
    if not is_accepted and number == 1:
        due_at = max(due_at, _calendar(step).add_working_days(step.clock.now(), rectification.days or 0))
    step.store.correct(
        rectification,
        {
            "status": "accepted" if is_accepted else "rejected",
            "round": number,
            "due_at": due_at,
            "submitted_at": datetime.fromisoformat(step.data["submit_rectification"]["_at"]),
            "recheck_mode": mode,
            "reviewed_at": step.clock.now(),
        },
    )
    paper = issue_paper(step, "recheck_record", _review_facts(step, review, number, is_accepted=is_accepted))
    if is_accepted:
        _tell(step, "rectification.accepted", words.ACCEPTED)
    else:
        rejected = words.REJECTED.format(day=words.last_day(due_at), opinion=review["opinion"])
        _tell(step, "rectification.rejected", rejected)
    return {
        "accepted": is_accepted, "round": number, "due_at": due_at, "opinion": review["opinion"], "no": paper.no,
    }  # fmt: skip


def close_rectification(step: Step) -> None:
    """Everything is put right: the findings are closed, the credit file says so."""
    findings = _findings(step)
    for finding in findings:
        step.store.correct(finding, {"status": "closed"})
    step.store.correct(_rectification(step), {"closed_at": step.clock.now()})
    summary = words.RECTIFIED.format(count=len(findings))
    record_event(step.store, business_of_order(step), "rectification_closed", summary, CLOSED_POINTS)


def record_talk(step: Step) -> None:
    """The talk was held: the rectification has failed, the credit file says both (R-INS-16)."""
    business, talk = business_of_order(step), step.data["responsibility_talk"]
    step.store.correct(_rectification(step), {"status": "failed", "closed_at": step.clock.now()})
    record_event(step.store, business, "rectification_failed", words.NOT_RECTIFIED, FAILED_POINTS)
    record_event(step.store, business, "talk", words.TALKED.format(attendee=talk["attendee"]), 0)


def _rectification(step: Step) -> Rectification:
    return step.session.get_one(Rectification, step.data["issue_order"]["rectification_id"])


def _findings(step: Step) -> list[Finding]:
    return [step.session.get_one(Finding, each["id"]) for each in order_of(step)["findings"]]


def _calendar(step: Step) -> WorkCalendar:
    return WorkCalendar.load(step.session, step.instance.region_code)


def _due_at(step: Step) -> datetime:
    """The date in force: the latest that was set."""
    setters = (step.data.get(name) or {} for name in ("issue_order", "apply_extension", "record_review"))
    return max(datetime.fromisoformat(each["due_at"]) for each in setters if each.get("due_at"))


def _extended(step: Step, due_at: datetime, days: int) -> datetime:
    """``days`` working days after the last day of the present date (which ends at 24:00)."""
    return _calendar(step).add_working_days(words.last_moment(due_at), days)


def _order_paper(step: Step, business: Establishment, *, days: int, due_at: datetime, requirement: str | None) -> Any:
    ordered = order_of(step)
    said = letterhead(step, business, (ordered.get("lead_inspector"), ordered.get("second_inspector"))) | {
        "occasion": ordered.get("occasion") or _occasion(step, ordered["inspection_id"]),
        "findings": _rows(step, ordered),
        "days": days,
        "due_on": words.last_day(due_at),
        "requirement": requirement,
    }
    return issue_paper(step, "order_to_correct", said, addressee_id=business.id)


def _occasion(step: Step, inspection_id: str) -> str:
    inspection = step.session.get_one(Inspection, inspection_id)
    return words.INSPECTED.format(day=words.day(inspection.arrived_at))


def _rows(step: Step, ordered: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The findings as the order shows them, each with the rule that it breaks."""
    if ordered.get("inspection_id") is None:
        told = (
            (one, words.KEY_ITEM.format(text=one["text"]) if one["is_key"] else one["text"])
            for one in ordered["findings"]
        )
        return [
            {"code": one["code"], "text": text, "note": one["note"], "basis": one.get("basis") or ""}
            for one, text in told
        ]
    inspection = step.session.get_one(Inspection, ordered["inspection_id"])
    template = step.session.get_one(ChecklistTemplate, inspection.checklist_template_id)
    return [finding_row(finding, finding.disposition, template) for finding in _findings(step)]


def _tell(step: Step, kind: str, text: str) -> None:
    tell_establishment(step, business_of_order(step).id, kind, text)


def _note_verdicts(step: Step, rectification: Rectification, review: Mapping[str, Any], number: int) -> None:
    """Each measure of this round gets its verdict and its finding."""
    verdicts = {row["code"]: row for row in review["reviews"]}
    finding_ids = {finding.code: finding.id for finding in _findings(step)}
    measures = select(RectificationMeasure).where(
        RectificationMeasure.rectification_id == rectification.id,
        RectificationMeasure.round == number,
        RectificationMeasure.deleted_at.is_(None),
    )
    for measure in step.session.scalars(measures).all():
        verdict = verdicts[measure.code]
        judged = {"is_accepted": verdict["accepted"] == "yes", "review_comment": verdict.get("comment")}
        step.store.correct(measure, {**judged, "finding_id": finding_ids.get(measure.code)})


def _review_facts(step: Step, review: Mapping[str, Any], number: int, *, is_accepted: bool) -> dict[str, Any]:
    verdicts = {row["code"]: row for row in review["reviews"]}
    submitted = step.data["submit_rectification"]
    common = letterhead(step, business_of_order(step), (review["_by"], review.get("companion")))
    return common | {
        "order_no": step.data["issue_order"]["no"],
        "due_on": words.last_day(_due_at(step)),
        "submitted_on": words.day(submitted["_at"]),
        "reviewed_on": words.day(step.clock.now()),
        "recheck_mode": step.data["recheck_mode"],
        "round": number,
        "measures": [_measure_row(measure, verdicts[measure["code"]]) for measure in submitted["measures"]],
        "result": "accepted" if is_accepted else "rejected",
        "opinion": review["opinion"],
        "reviewer": "、".join(person["name"] for person in common["inspectors"]),
        "signatures": {"reviewer": review.get("lead_signature"), "business": review.get("business_signature")},
    }


def _measure_row(measure: Mapping[str, Any], verdict: Mapping[str, Any]) -> dict[str, Any]:
    said = [words.VERDICTS[verdict["accepted"]], verdict.get("comment")]
    told = {name: measure[name] for name in ("code", "cause", "action", "done_on")}
    return told | {"verdict": "：".join(part for part in said if part)}


PROCESS = process(
    "rectification",
    issue_order,
    apply_extension,
    record_review,
    close_rectification,
    record_talk,
    prefix="整",
)
