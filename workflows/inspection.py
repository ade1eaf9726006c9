"""On-site inspection of one food business.

A team lead assigns two inspectors. The first accepts, goes there with the checklist of the business's segment,
records and photographs; the second confirms. What failed becomes findings, and a decision table says of each:
corrected on the spot, to be corrected by a date, or to be investigated. The business is told on the spot and signs,
or its refusal is witnessed. An acute hazard is brought under control at once, with the lead's approval. After the
lead's review the case goes the way its findings demand - rectification, investigation beside it, or neither - and
ends in the credit file.

Samples asked for on site and failed rapid tests go their own way beside, without keeping the result waiting. When the
result is formed its disclosure begins as a case of its own.

Where the inspectors are refused entry or find nobody, that is recorded and the case ends there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import func, select

from engine.process import Step, process
from records.checklists import released_template
from records.controls import ControlMeasure
from records.credit import record_event
from records.drill_marks import is_real
from records.geo import distance_metres
from records.inspection_findings import current
from records.inspection_findings import list_findings as find_nonconformities
from records.inspections import Inspection, InspectionMode, Rectification
from records.registry import Establishment
from workflows import words
from workflows.dispositions import days_for, decided, facts_of, findings_of, outcome_of
from workflows.inspection_interruptions import record_closure, tell_emergency
from workflows.inspection_papers import result_papers, task_letter
from workflows.inspection_samples import open_sampling
from workflows.parties import business_of, names, tell_business

CREDIT_POINTS = {"conform": 2, "basically": -2, "not": -10}
OBSTRUCTION_POINTS = -20


def gather_facts(step: Step) -> Mapping[str, object]:
    """Who is to be inspected: kind, grade, place, what came before."""
    business = business_of(step)
    open_orders = select(func.count(Rectification.id)).where(
        Rectification.establishment_id == business.id,
        Rectification.closed_at.is_(None),
        Rectification.status != "failed",
        Rectification.deleted_at.is_(None),
        is_real(Rectification),
    )
    return {
        "name": business.name,
        "segment": business.segment,
        "kind": business.kind,
        "risk_grade": business.risk_grade,
        "address": business.address,
        "licence_no": business.licence_no,
        "licence_expires_on": business.licence_expires_on,
        "last_inspection": _last_result(step, business),
        "open_rectifications": step.session.scalar(open_orders) or 0,
    }


def prepare_inspection(step: Step) -> Mapping[str, object]:
    """The inspection's record, its checklist pinned, and the task letter."""
    assigned, business = step.data["inspection_assigned"], business_of(step)
    template = released_template(step.session, step.data["checklist_select"])
    inspection = step.store.add(
        Inspection(
            no=step.instance.business_key,
            mode=InspectionMode(assigned["mode"]),
            checklist_template_id=template.id,
            lead_inspector_id=assigned["lead_inspector"],
            second_inspector_id=assigned["second_inspector"],
            planned_on=date.fromisoformat(assigned["planned_on"]),
            status="assigned",
            establishment_id=business.id,
            region_code=step.instance.region_code,
            region_path=step.instance.region_path,
        )
    )
    letter = task_letter(step, inspection, business, template)
    return {
        "inspection_id": inspection.id,
        "template_id": template.id,
        "site": _site(business),
        "distance_limit": step.number("R-INS-DISTANCE"),
        "inspectors": "、".join(names(step, inspection)),
        "task_letter_no": letter.no,
    }


def notify_business(step: Step) -> None:
    """The business is told that inspectors will come (never before a flight inspection, R-INS-15)."""
    assigned = step.data["inspection_assigned"]
    text = words.ANNOUNCED.format(day=words.day(assigned["planned_on"]), mode=words.MODES[assigned["mode"]])
    tell_business(step, "inspection.announced", text)


def record_obstruction(step: Step) -> None:
    """Entry was refused: the inspection ends, the credit file says so."""
    inspection = _inspection(step)
    step.store.correct(inspection, {"status": "obstructed", "result_at": step.clock.now()})
    summary = words.OBSTRUCTED.format(kind=step.data["obstruction_record"]["described"])
    record_event(step.store, business_of(step), "inspection", summary[:300], OBSTRUCTION_POINTS)


def record_not_found(step: Step) -> None:
    """Nobody was found at the registered place, twice."""
    inspection = _inspection(step)
    step.store.correct(inspection, {"status": "not_found", "result_at": step.clock.now()})
    suggestion = words.SUGGESTIONS[step.data["not_found_record"]["suggestion"]]
    record_event(step.store, business_of(step), "inspection", words.NOT_FOUND.format(suggestion=suggestion), 0)


def list_findings(step: Step) -> Mapping[str, object]:
    """The findings that the failed items make, and how far from the registered place it was."""
    inspection, business = _inspection(step), business_of(step)
    _note_distance(step, inspection, business)
    findings = find_nonconformities(step.store, inspection)
    return {
        "findings": [facts_of(finding) for finding in findings],
        "has_key": any(finding.is_key for finding in findings),
    }


def settle_control(step: Step) -> Mapping[str, object]:
    """An approved control measure is in force until its statutory end; a refused one is lifted (APL art. 56)."""
    measure = current(step.session, ControlMeasure, step.instance.id)
    if measure is None:
        raise LookupError("the case has no control measure")
    if step.data["control_approval"]["decision"] != "approve":
        step.store.correct(measure, {"status": "lifted"}, reason=step.data["control_approval"].get("opinion"))
        return {"in_force": False, "expires_at": None}
    until = step.until("R-INS-PRESERVE", step.clock.now())
    step.store.correct(measure, {"status": "in_force", "expires_at": until})
    return {"in_force": True, "expires_at": until}


def give_result_sheet(step: Step) -> Mapping[str, object]:
    """The result in writing: result sheet and checklist; from now on the business sees the case (R-INS-12)."""
    inspection, business = _inspection(step), business_of(step)
    step.store.correct(inspection, {"status": "result_given", "result_at": step.clock.now()})
    sheet = result_papers(step, inspection, business)
    step.instance.is_visible_to_business = True
    text = words.RESULT_GIVEN.format(overall=words.OVERALL[step.data["result_and_signature"]["overall"]])
    tell_business(step, "inspection.result", text)
    return {"document_id": sheet.id, "no": sheet.no}


def conclude(step: Step) -> Mapping[str, object]:
    """What follows from the findings: nothing, rectification, or investigation beside it (R-INS-10)."""
    inspection = _inspection(step)
    outcomes = decided(step)
    for finding in findings_of(step):
        step.store.correct(finding, {"disposition": outcomes.get(finding.id)})
    disposition = outcome_of(outcomes)
    step.store.correct(inspection, {"disposition": disposition, "status": "concluded"})
    listed = step.data["list_findings"]["findings"]
    to_rectify = [finding for finding in listed if outcomes[finding["id"]] != "on_spot"]
    return {
        "disposition": disposition,
        "days": days_for(step),
        "findings": to_rectify,
        "has_key": any(finding["is_key"] for finding in to_rectify),
    }


def update_credit(step: Step) -> None:
    """The result goes into the credit file and moves the risk grade (R-INS-16)."""
    inspection = _inspection(step)
    overall = step.data["result_and_signature"]["overall"]
    count = len(step.data["list_findings"]["findings"])
    summary = words.CONCLUDED.format(overall=words.OVERALL[overall], count=count)
    record_event(step.store, business_of(step), "inspection", summary, CREDIT_POINTS[overall])
    step.store.correct(inspection, {"status": "closed"})


def _inspection(step: Step) -> Inspection:
    return step.session.get_one(Inspection, step.data["prepare_inspection"]["inspection_id"])


def _site(business: Establishment) -> dict[str, float] | None:
    if business.latitude is None or business.longitude is None:
        return None
    return {"latitude": business.latitude, "longitude": business.longitude}


def _note_distance(step: Step, inspection: Inspection, business: Establishment) -> None:
    """How far the inspectors stood from the registered place; too far is flagged (they gave a reason)."""
    here, site = (inspection.latitude, inspection.longitude), (business.latitude, business.longitude)
    if None in here or None in site:
        return
    distance = round(distance_metres(*here, *site), 1)  # type: ignore[arg-type]
    is_far = distance > step.data["prepare_inspection"]["distance_limit"]
    flags = sorted({*(inspection.flags or []), *(["position_far"] if is_far else [])})
    step.store.correct(inspection, {"distance": distance, "flags": flags or None, "status": "inspected"})


def _last_result(step: Step, business: Establishment) -> str | None:
    last = step.session.scalar(
        select(Inspection)
        .where(Inspection.establishment_id == business.id, Inspection.overall.is_not(None))
        .where(Inspection.deleted_at.is_(None), Inspection.result_at.is_not(None), is_real(Inspection))
        .order_by(Inspection.result_at.desc())
        .limit(1)
    )
    return (
        None if last is None or last.overall is None else f"{words.day(last.result_at)} {words.OVERALL[last.overall]}"
    )


PROCESS = process(
    "inspection",
    gather_facts,
    prepare_inspection,
    notify_business,
    record_obstruction,
    record_not_found,
    list_findings,
    settle_control,
    give_result_sheet,
    conclude,
    update_credit,
    open_sampling,
    record_closure,
    tell_emergency,
    prefix="检",
)
