"""A food-safety emergency, real or as a drill, from the first report to what was learnt of it.

A drill is designed first: which plan, what it is to show and how much that weighs, what is put in at which minute, who
takes part; the manager approves it. From the alert on both go the same way. The initial report goes out within two
hours; every agency is called and acts with a clock of its own, while experts confirm the grade that the table proposes,
a grave accident is reported upwards and the plan is activated. The situation is reviewed period by period until it is
under control; then the food is recalled, if need be, and the response ends. After a real one the responsible are
inquired into. A drill is scored by its evaluators beside what the engine measured, its report names who mends what
until when, the plan becomes a new version, and all of it is archived.

Everything of a drill says so and stays apart from what is real (``records.drill_marks``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from engine.process import Step, process
from records.clock import today
from records.drills import Drill, drill_of, plan_in_force
from records.emergencies import ROLE_OF, Agency, AgencyAction, EmergencyEvent, Grade, SituationReport, reports_of
from records.people import RoleCode, superior_region_path, users_with_role
from records.problems import Hazard
from records.recalls import open_recall as open_recall_of
from records.trace import run_trace
from workflows import emergency_words as say
from workflows.agency_action import contacts_of
from workflows.drill_steps import (
    archive_drill,
    arm_inject,
    drop_injects,
    issue_after_action,
    open_evaluation,
    prepare_drill,
    release_drill,
    score_drill,
)
from workflows.emergency_papers import accident_paper, region_name
from workflows.recall_facts import moment_of

#: the grades that the superior authority commands
GRAVE = (Grade.FIRST, Grade.SECOND)


def open_event(step: Step) -> Mapping[str, object]:
    """The emergency's record, from the form, the message or the drill's design."""
    told = step.data.get("emergency_started") or step.data.get("emergency_message") or {}
    drill = drill_of(step.session, step.instance.id)
    event = step.store.add(
        EmergencyEvent(
            no=step.instance.business_key,
            region_code=step.instance.region_code,
            region_path=step.instance.region_path,
            establishment_id=_business(step, drill),
            summary=(drill.scenario if drill else None) or told.get("summary") or told.get("title"),
            place=told.get("place"),
            product_name=told.get("product_name"),
            hazard=_hazard(told.get("hazard")),
            lot_ids=(drill.lot_ids if drill else None) or told.get("lot_ids") or None,
            source_case_no=told.get("source_case_no"),
            ill=int(told.get("ill") or 0),
            severe=int(told.get("severe") or 0),
            dead=int(told.get("dead") or 0),
            alerted_at=step.clock.now(),
            status="alerted",
        )
    )
    return {
        "event_id": event.id,
        "is_drill": step.instance.is_drill,
        "summary": event.summary,
        "place": event.place,
        "event_at": told.get("event_at"),
        "product_name": event.product_name,
        "hazard": event.hazard,
        "lot_ids": event.lot_ids or [],
        "ill": event.ill,
        "severe": event.severe,
        "dead": event.dead,
        "agencies": (drill.agencies if drill else None) or [each.value for each in Agency],
        "alerted_at": event.alerted_at,
    }


def note_late_report(step: Step) -> None:
    """Two hours passed without an initial report (R-EMG-02)."""
    people = users_with_role(step.session, RoleCode.MANAGER, step.instance.region_path)
    step.notify([each.id for each in people], "emergency.late_report", say.LATE_REPORT)


def file_initial_report(step: Step) -> Mapping[str, object]:
    """The initial report is out: first of the course, and a document (R-EMG-12)."""
    event, now = _event(step), step.clock.now()
    due = step.until("R-EMG-12-INITIAL", event.alerted_at or now)
    hazard = _hazard(step.data["initial_report"].get("hazard")) or event.hazard
    step.store.correct(event, {"reported_at": now, "status": "reported", "hazard": hazard})
    _report(step, "initial", due, event.measures)
    paper = accident_paper(step, event, "initial")
    return {"no": paper.no, "is_punctual": now <= due, "next_due_at": step.until("R-EMG-12-PROGRESS", now)}


def call_agencies(step: Step) -> Mapping[str, object]:
    """Every agency that has to act is called: an action of its own, with the roster of whom to call."""
    event, now = _event(step), step.clock.now()
    actions = []
    for code in event.agencies or [each.value for each in Agency]:
        agency = Agency(code)
        contacts = contacts_of(step, ROLE_OF[agency])
        action = step.store.add(
            AgencyAction(
                no=step.instance.business_key,
                region_code=step.instance.region_code,
                region_path=step.instance.region_path,
                emergency_event_id=event.id,
                agency=agency,
                contact_ids=contacts,
                alerted_at=now,
                status="alerted",
            )
        )
        actions.append(action.id)
        step.notify(contacts[:1], "emergency.alert", say.ALERTED.format(summary=event.summary or ""))
    return {"action_ids": actions}


def tell_commander(step: Step) -> None:
    """An agency is silent or the trace late: the command learns of it (X-NOACK, X-TRACE-LATE)."""
    code = (step.data.get("agency_escalated") or {}).get("code") or ""
    roles = (RoleCode.COORDINATOR, RoleCode.MANAGER)
    people = [each.id for role in roles for each in users_with_role(step.session, role, step.instance.region_path)]
    step.notify(people, "emergency.escalated", say.SOMEBODY_SILENT.format(code=code))


def grade_facts(step: Step) -> Mapping[str, object]:
    """What the grading table asks for, with the limits of the rule table (R-EMG-01)."""
    event = _event(step)
    ill, dead = (step.number(f"R-EMG-01-{name}") for name in ("ILL", "DEAD"))
    return {
        "spread": event.spread or "county",
        "is_serious": event.is_serious,
        "is_new_and_spreading": event.is_new_pollutant and event.is_spreading,
        "has_many_ill": event.ill >= ill,
        "has_many_dead": event.dead >= dead,
        "has_dead": event.dead > 0,
        "has_ill": event.ill > 0,
        "ill": event.ill,
        "severe": event.severe,
        "dead": event.dead,
    }


def note_grade(step: Step) -> Mapping[str, object]:
    """The confirmed grade; the gravest two are the superior's to command."""
    event, told = _event(step), step.data["confirm_grade"]
    grade = Grade(told["grade"])
    proposed = Grade(step.data["accident_grade"])
    changes = {"grade": grade, "proposed_grade": proposed, "grade_reason": told.get("reason"), "status": "graded"}
    step.store.correct(event, changes)
    is_active = event.activated_at is not None
    return {"grade": grade.value, "word": say.GRADES[grade.value], "is_grave": grade in GRAVE, "is_active": is_active}


def report_upward(step: Step) -> None:
    """The superior authority is told of a grave accident and takes command; we go on under it."""
    event, path = _event(step), superior_region_path(step.instance.region_path)
    people = users_with_role(step.session, RoleCode.MANAGER, path) if path else []
    grade = say.GRADES[event.grade.value if event.grade else "none"]
    text = say.UPWARD.format(region=region_name(step), grade=grade, summary=event.summary or "")
    step.notify([each.id for each in people], "emergency.upward", text)
    step.store.enter("emergency.reported_upward", "emergency_event", event.id, after={"notified": len(people)})


def activate(step: Step) -> Mapping[str, object]:
    """The plan is in force, the command stands (FSL art. 105)."""
    event, now = _event(step), step.clock.now()
    plan = plan_in_force(step.session, step.instance.region_code, today(step.clock))
    step.store.correct(
        event, {"activated_at": now, "plan_version_id": plan.id if plan else None, "status": "activated"}
    )
    return {"activated_at": now, "next_due_at": step.until("R-EMG-12-PROGRESS", now)}


def file_situation(step: Step) -> Mapping[str, object]:
    """One progress report of the course, and what the review decided."""
    event, told, now = _event(step), step.data["situation_review"], step.clock.now()
    earlier = step.data.get("file_situation") or step.data["activate"]
    _report(step, "progress", moment_of(earlier["next_due_at"]), told["text"])
    accident_paper(step, event, "progress")
    if told["decision"] == "controlled":
        step.store.correct(event, {"controlled_at": now, "status": "controlled"})
    return {
        "decision": told["decision"],
        "recall": told.get("recall") == "yes" and bool(event.lot_ids),
        "text": told["text"],
        "next_due_at": step.until("R-EMG-12-PROGRESS", now),
    }


def open_recall(step: Step) -> Mapping[str, object]:
    """The recall of the food that made people ill, over the trace that regulation ran, else a new one."""
    event = _event(step)
    run_id = event.trace_run_id or run_trace(step.store, lot_ids=event.lot_ids or [], instance=step.instance).id
    recall = open_recall_of(
        step.store,
        instance=step.instance,
        establishment_id=event.establishment_id,
        trace_run_id=run_id,
        reason=say.RECALL_REASON.format(summary=event.summary or ""),
    )
    counts = {"ill": event.ill, "severe": event.severe, "dead": event.dead}
    return {"recall_id": recall.id, "hazard": event.hazard, **counts}


def stand_down(step: Step) -> Mapping[str, object]:
    """The response is over: the final report (R-EMG-12)."""
    event, now = _event(step), step.clock.now()
    due = step.until("R-EMG-12-FINAL", event.controlled_at or now)
    _report(step, "final", due, step.data["terminate_response"]["summary"])
    step.store.correct(event, {"ended_at": now, "status": "ended"})
    paper = accident_paper(step, event, "final")
    drill = drill_of(step.session, step.instance.id)
    if drill is not None:
        step.store.correct(drill, {"stood_down_at": now, "status": "stood_down"})
    hazard = event.hazard or Hazard.OTHER
    return {"ended_at": now, "no": paper.no, "is_drill": step.instance.is_drill, "hazard": hazard}


def _report(step: Step, kind: str, due_at: datetime, text: str | None) -> None:
    event = _event(step)
    number = len(reports_of(step.session, event.id)) + 1
    step.store.add(
        SituationReport(
            no=step.instance.business_key,
            region_code=step.instance.region_code,
            region_path=step.instance.region_path,
            emergency_event_id=event.id,
            kind=kind,
            number=number,
            ill=event.ill,
            severe=event.severe,
            dead=event.dead,
            text=text,
            correction_reason=event.correction_reason,
            due_at=due_at,
            reported_at=step.clock.now(),
        )
    )
    step.session.flush()


def _business(step: Step, drill: Drill | None) -> str | None:
    """Whose food it is: the case's own business, the one that was reported, or the first of the drill."""
    told = step.data.get("emergency_message") or {}
    named = (drill.establishment_ids or []) if drill else []
    return step.instance.establishment_id or told.get("establishment_id") or next(iter(named), None)


def _hazard(told: object) -> Hazard | None:
    return next((hazard for hazard in Hazard if hazard.value == told), None)


def _event(step: Step) -> EmergencyEvent:
    return step.session.get_one(EmergencyEvent, step.data["open_event"]["event_id"])


PROCESS = process(
    "recall_emergency",
    prepare_drill,
    release_drill,
    open_event,
    note_late_report,
    file_initial_report,
    call_agencies,
    tell_commander,
    grade_facts,
    note_grade,
    report_upward,
    activate,
    file_situation,
    open_recall,
    stand_down,
    arm_inject,
    drop_injects,
    open_evaluation,
    score_drill,
    issue_after_action,
    archive_drill,
    prefix="急",
)
