"""One agency's part of a joint emergency action, called once for each agency with a clock of its own.

Who is on duty is called, and must say so within ten minutes; else the next is called, and when nobody is left the
coordinator is told to reach the agency. Then the agency reports, period by period, each in its own words: what was
sealed, how many fell ill and of what, how many beds are left, whether the police take the case, what the public is
told, which vehicles run - until it is done. Market regulation traces the food at once. News of a grave accident are the
superior's to publish (FSL art. 118), and in a drill nothing real is ever published: who asks for it is stopped, and
that is written down.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select

from engine.process import ProcessError, Step, process
from records.absences import Absence, in_force
from records.clock import today
from records.emergencies import AgencyAction, AgencyReport, EmergencyEvent, actions_of
from records.people import RoleCode, superior_region_path, users_with_role
from records.problems import Hazard
from records.sampling import plan_sample
from records.trace import gaps, run_trace, scope_lots
from workflows import emergency_words as say

REAL_IN_DRILL = "E-REAL-IN-DRILL"


def open_action(step: Step) -> Mapping[str, object]:
    """What the agency is told, and who of it is called first."""
    action, event = _action(step), _event(step)
    return {
        "action_id": action.id,
        "agency": action.agency.value,
        "agency_name": say.AGENCIES[action.agency.value],
        "called_at": action.alerted_at,
        "contact_id": _contact(action, 0),
        "summary": event.summary,
        "place": event.place,
        "product_name": event.product_name,
        "ill": event.ill,
        "severe": event.severe,
        "dead": event.dead,
    }


def call_next(step: Step) -> Mapping[str, object]:
    """Nobody confirmed in time: the next on the roster is called."""
    action = _action(step)
    tried = action.contacts_tried + 1
    step.store.correct(action, {"contacts_tried": tried})
    contact = _contact(action, tried)
    name = say.AGENCIES[action.agency.value]
    if contact is None:
        commanders = users_with_role(step.session, RoleCode.COORDINATOR, step.instance.region_path)
        step.notify([each.id for each in commanders], "emergency.no_answer", say.NO_ANSWER.format(agency=name))
    else:
        step.notify([contact], "emergency.alert", say.ALERTED.format(summary=_event(step).summary or ""))
    return {"contact_id": contact, "called_at": step.clock.now(), "is_exhausted": contact is None, "tried": tried}


def give_up(step: Step) -> None:
    """The agency cannot be reached; others do its part."""
    outcome = step.data["reach_agency"]["course"]
    step.store.correct(_action(step), {"status": "unreachable", "outcome": outcome, "done_at": step.clock.now()})
    _note_all_acknowledged(step)


def note_ack(step: Step) -> Mapping[str, object]:
    """When the agency confirmed, and when its first report is due."""
    action, now = _action(step), step.clock.now()
    answered = {"acknowledged_at": now, "acknowledged_by": step.actor.id, "status": "acknowledged"}
    step.store.correct(action, answered)
    _note_all_acknowledged(step)
    is_to_trace = action.agency.value == "regulation" and bool(_event(step).lot_ids)
    minutes = round((now - action.alerted_at) / timedelta(minutes=1), 1)
    return {"minutes": minutes, "report_due_at": step.until("R-EMG-AGENCY", now), "is_to_trace": is_to_trace}


def trace_lots(step: Step) -> Mapping[str, object]:
    """The lots are traced both ways; how long it took since the alert (R-TRC-07, four hours)."""
    event, action = _event(step), _action(step)
    run = run_trace(step.store, lot_ids=event.lot_ids or [], instance=step.instance, requested_at=action.alerted_at)
    now = step.clock.now()
    step.store.correct(event, {"traced_at": now, "trace_run_id": run.id})
    rows = scope_lots(run)
    return {
        "trace_run_id": run.id,
        "lots": len({row.lot_id for row in rows}),
        "holders": len({(row.holder_id, row.holder_name) for row in rows}),
        "gaps": len(gaps(run)),
        "minutes": round((now - action.alerted_at) / timedelta(minutes=1), 1),
        "is_late": now > step.until("R-TRC-07", action.alerted_at),
    }


def check_release(step: Step) -> Mapping[str, object]:
    """What is to be published, and whether it may be: E-REAL-IN-DRILL when a drill asks for the real thing."""
    told, event = step.data["report_information"], _event(step)
    if step.instance.is_drill and told["release"] == "real":
        raise ProcessError(REAL_IN_DRILL)
    return {
        "is_wanted": told["release"] != "none",
        "grade": event.grade.value if event.grade else "unknown",
        "title": told.get("title") or "",
        "body": told.get("statement") or "",
    }


def log_real_attempt(step: Step) -> None:
    """Somebody asked for a real publication in a drill: it did not happen, and the journal says who asked."""
    action, told = _action(step), step.data["report_information"]
    step.store.correct(action, {"real_notices_refused": action.real_notices_refused + 1})
    asked = {"title": told.get("title"), "asked_by": told.get("_by"), "code": REAL_IN_DRILL}
    step.store.enter("drill.real_notice_refused", "agency_action", action.id, after=asked)
    step.notify([told["_by"]], "drill.real_notice_refused", say.REAL_REFUSED)


def refer_release(step: Step) -> None:
    """Not ours to publish: the superior authority is asked to (R-EMG-11)."""
    path = superior_region_path(step.instance.region_path)
    people = users_with_role(step.session, RoleCode.MANAGER, path) if path else []
    text = say.REFERRED.format(title=step.data["check_release"]["title"])
    step.notify([each.id for each in people], "emergency.referred", text)
    step.store.enter("emergency.referred", "agency_action", _action(step).id, after={"notified": len(people)})


def file_report(step: Step) -> Mapping[str, object]:
    """One report of the agency is on the board; the next is due a period later."""
    action, event, now = _action(step), _event(step), step.clock.now()
    newest = select(AgencyReport).where(AgencyReport.agency_action_id == action.id, AgencyReport.deleted_at.is_(None))
    report = step.session.scalars(newest.order_by(AgencyReport.id.desc()).limit(1)).one()
    first = {"first_report_at": action.first_report_at or now, "reports": action.reports + 1, "status": "acting"}
    step.store.correct(action, first)
    _note_first(step, event, now)
    _note_hazard(step, event)
    hours = step.number("R-EMG-12-PROGRESS")
    return {
        "text": report.text,
        "is_last": report.is_last,
        "number": action.reports,
        "next_due_at": now + timedelta(hours=hours),
    }


def close_action(step: Step) -> Mapping[str, object]:
    """The agency's part is done."""
    action, text = _action(step), step.data["file_report"]["text"]
    step.store.correct(action, {"status": "done", "done_at": step.clock.now(), "outcome": text})
    return {"agency": action.agency.value, "reports": action.reports}


def contacts_of(step: Step, role: str) -> list[str]:
    """Who is called for an agency, one after the other: its people of the region who are not absent today."""
    people = users_with_role(step.session, role, step.instance.region_path)
    away = set(step.session.scalars(select(Absence.user_id).where(in_force(today(step.clock)))))
    return [each.id for each in people if each.id not in away]


def _contact(action: AgencyAction, place: int) -> str | None:
    return action.contact_ids[place] if place < len(action.contact_ids) else None


def _note_first(step: Step, event: EmergencyEvent, now: datetime) -> None:
    changes: dict[str, object] = {}
    if event.first_report_at is None:
        changes["first_report_at"] = now
    told = step.data.get("report_information") or {}
    if event.first_notice_at is None and told.get("release") in ("real", "exercise"):
        changes["first_notice_at"] = now
    if changes:
        step.store.correct(event, changes)


def _note_hazard(step: Step, event: EmergencyEvent) -> None:
    """Disease control has found what made people ill: that is the event's hazard from now on."""
    found = (step.data.get("report_cdc") or {}).get("hazard")
    if found and found != event.hazard:
        step.store.correct(event, {"hazard": Hazard(found)})


def _note_all_acknowledged(step: Step) -> None:
    event = _event(step)
    if all(each.acknowledged_at or each.status == "unreachable" for each in actions_of(step.session, event.id)):
        step.store.correct(event, {"acknowledged_at": step.clock.now()})


def _action(step: Step) -> AgencyAction:
    return step.session.get_one(AgencyAction, step.data["action_id"])


def _event(step: Step) -> EmergencyEvent:
    return step.session.get_one(EmergencyEvent, _action(step).emergency_event_id)


def open_sampling(step: Step) -> Mapping[str, object]:
    """The samples that market regulation wants taken of what it sealed (FSL art. 105: test at once)."""
    wanted = step.data["report_regulation"].get("samples") or []
    samples = [
        plan_sample(
            step.store,
            instance=step.instance,
            establishment_id=each["establishment_id"],
            product_name=each["product_name"],
            reason=each["reason"],
        )
        for each in wanted
    ]
    return {"sample_ids": [each.id for each in samples]}


PROCESS = process(
    "agency_action",
    open_sampling,
    open_action,
    call_next,
    give_up,
    note_ack,
    trace_lots,
    check_release,
    log_real_attempt,
    refer_release,
    file_report,
    close_action,
    prefix="联",
)
