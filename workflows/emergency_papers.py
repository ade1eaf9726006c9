"""The documents of an emergency - initial, progress, final report - and of a drill: plan, injects, after-action."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine.process import Step
from records.clock import today
from records.documents import Document
from records.drill_measures import measures_of
from records.drills import (
    Drill,
    PlanVersion,
    corrective_actions_of,
    injects_of,
    objectives_of,
    scores_of,
)
from records.emergencies import EmergencyEvent, actions_of, reports_of
from records.people import Region, User
from records.registry import Establishment
from workflows import emergency_words as say
from workflows.drill_results import measure_row, objective_row
from workflows.papers import authority, issue_paper
from workflows.words import day, minute


def accident_paper(step: Step, event: EmergencyEvent, kind: str) -> Document:
    """The initial, a progress or the final report (R-EMG-12)."""
    reports = reports_of(step.session, event.id)
    facts = _event_facts(event) | {
        "authority": authority(step),
        "region": region_name(step),
        "number": len(reports),
        "text": reports[-1].text if reports else "",
        "at": _minute(step.clock.now()),
        "issued_on": day(today(step.clock)),
        "agencies": [
            {
                "name": say.AGENCIES[each.agency.value],
                "acknowledged": _minute(each.acknowledged_at),
                "reports": each.reports,
                "outcome": each.outcome or "",
            }
            for each in actions_of(step.session, event.id)
        ],
        "course": [
            {
                "kind": say.REPORT_KINDS[each.kind],
                "at": _minute(each.reported_at),
                "counts": f"{each.ill} / {each.severe} / {each.dead}",
                "text": each.text or "",
            }
            for each in reports
        ],
    }
    return issue_paper(step, f"accident_{kind}", facts)


def drill_plan_paper(step: Step, drill: Drill) -> Document:
    """What is exercised, by whom, to what end, and what is put in when."""
    facts = _drill_facts(step, drill) | {
        "scenario": drill.scenario,
        "safety_rule": drill.safety_rule,
        "notice": say.WITHOUT_NOTICE if drill.is_without_notice else say.WITH_NOTICE,
        "objectives": [objective_row(each, {}) for each in objectives_of(step.session, drill.id)],
        "injects": [
            {
                "code": each.code,
                "minute": each.minute,
                "kind": say.INJECTS.get(each.kind, ""),
                "text": each.text,
                "expected": each.expected,
            }
            for each in injects_of(step.session, drill.id)
        ],
    }
    return issue_paper(step, "drill_plan", facts)


def inject_paper(step: Step, drill: Drill) -> Document:
    """The log of the injects: planned, played, and how the players took them."""
    rows = [
        {
            "code": each.code,
            "text": each.text,
            "due": _minute(each.due_at),
            "played": _minute(each.played_at) or say.INJECT_STATES[each.status],
            "reaction": "：".join(part for part in (say.AS_EXPECTED[each.is_as_expected], each.reaction) if part),
        }
        for each in injects_of(step.session, drill.id)
    ]
    return issue_paper(step, "inject_log", _drill_facts(step, drill) | {"injects": rows})


def after_action_paper(step: Step, drill: Drill) -> Document:
    """What was measured and scored, what was good, what was missing, who mends it until when."""
    measures = measures_of(step.session, drill)
    facts = _drill_facts(step, drill) | {
        "score": "" if drill.score is None else format(drill.score.normalize(), "f"),
        "measures": [measure_row(key, value) for key, value in measures.items()],
        "objectives": [
            objective_row(each, measures) | {"given": _given(step, drill, each.code)}
            for each in objectives_of(step.session, drill.id)
        ],
        "strengths": drill.strengths,
        "gaps": drill.gaps,
        "actions": [
            {
                "code": each.code,
                "gap": each.gap,
                "action": each.action,
                "owner": _name(step, each.owner_id),
                "due": day(each.due_on),
            }
            for each in corrective_actions_of(step.session, drill.id)
        ],
    }
    return issue_paper(step, "after_action_report", facts)


def region_name(step: Step) -> str:
    """The name of the case's region."""
    name = step.session.scalar(select(Region.name).where(Region.code == step.instance.region_code))
    return name or step.instance.region_code


def _event_facts(event: EmergencyEvent) -> dict[str, Any]:
    return {
        "summary": event.summary,
        "event_at": _minute(event.event_at),
        "place": event.place,
        "product_name": event.product_name,
        "ill": event.ill,
        "severe": event.severe,
        "dead": event.dead,
        "symptoms": "、".join(event.symptoms or []),
        "reporter": " ".join(part for part in (event.reporter, event.reporter_phone) if part),
        "measures": event.measures,
        "grade": say.GRADES[event.grade.value] if event.grade else "",
        "correction_reason": event.correction_reason,
        "alerted_at": _minute(event.alerted_at),
        "reported_at": _minute(event.reported_at),
        "activated_at": _minute(event.activated_at),
        "controlled_at": _minute(event.controlled_at),
        "ended_at": _minute(event.ended_at),
        "commander": event.commander,
        "command_group": event.command_group,
    }


def _drill_facts(step: Step, drill: Drill) -> dict[str, Any]:
    plan = step.session.get(PlanVersion, drill.plan_version_id) if drill.plan_version_id else None
    businesses = [step.session.get(Establishment, each) for each in drill.establishment_ids or []]
    return {
        "authority": authority(step),
        "drill_title": drill.title,
        "plan": f"{plan.name} v{plan.number}" if plan else say.NO_PLAN,
        "agencies": "、".join(say.AGENCIES[each] for each in drill.agencies or []),
        "businesses": "、".join(each.name for each in businesses if each is not None),
        "evaluators": "、".join(_name(step, each) for each in drill.evaluator_ids or []),
        "began_at": _minute(drill.began_at),
        "stood_down_at": _minute(drill.stood_down_at),
        "case_no": step.instance.business_key,
        "issued_on": day(today(step.clock)),
    }


def _given(step: Step, drill: Drill, code: str) -> str:
    given = [each.score for each in scores_of(step.session, drill.id) if each.code == code]
    return "、".join(format(each.normalize(), "f") for each in given)


def _name(step: Step, user_id: str) -> str:
    person = step.session.get(User, user_id)
    return person.name if person else ""


def _minute(moment: datetime | None) -> str:
    return "" if moment is None else minute(moment.isoformat())
