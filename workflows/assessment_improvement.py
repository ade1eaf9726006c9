"""What a low grade leads to: a plan to improve, a talk with the head, or – for businesses – an order to correct.

The indicators on which most was lost are listed; the office chooses the measure (a table proposes one). A plan is
answered by the assessed and accepted by the office, or comes back; who does not answer in time
(R-ASM-IMPROVE-OVERDUE) is talked to instead; a talk is held by a manager; an order to correct
goes through rectification like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from engine.process import Step, process
from records.assessment_periods import Period
from records.assessment_reviews import contact_of
from records.assessments import (
    AssessmentCycle,
    AssessmentImprovement,
    AssessmentSubject,
    ScoreKind,
    SubjectKind,
    scores_of,
)
from records.indicators import indicators_of
from records.inspections import Finding
from records.people import RoleCode, users_with_role
from workflows import assessment_words as words
from workflows.assessment_parties import tell

MOST_LOST, TALK = 5, "talk"
#: below this share of its points an indicator counts as lost
LOST_BELOW = Decimal("0.8")


def open_improvement(step: Step) -> Mapping[str, object]:
    """The case belongs to the assessed; the indicators on which most was lost, most first."""
    subject = step.session.get_one(AssessmentSubject, step.data["improvement_required"]["subject_id"])
    cycle = step.session.get_one(AssessmentCycle, subject.cycle_id)
    period = Period(cycle.kind, cycle.starts_on).title
    lost = _lost(step, subject, cycle)
    step.instance.title = words.IMPROVEMENT_TITLE.format(period=period, name=subject.name)[:200]
    step.instance.is_visible_to_business = True
    step.store.add(
        AssessmentImprovement(
            assessment_subject_id=subject.id, status="ordered", no=step.instance.business_key,
            region_code=subject.region_code, region_path=subject.region_path,
            establishment_id=subject.establishment_id, organisation_id=subject.organisation_id,
        )
    )  # fmt: skip
    told = "；".join(words.LOST.format(name=row["name"], points=row["points"], most=row["max"]) for row in lost)
    vetoes = {row.code: row.name for row in indicators_of(step.session, cycle.scheme_id)}
    veto = vetoes.get(subject.veto or "")
    managers = users_with_role(step.session, RoleCode.MANAGER, cycle.region_path)
    is_node = subject.kind is SubjectKind.NODE
    return {
        "subject_id": subject.id,
        "kind": subject.kind.value,
        "name": subject.name,
        "title": period,
        "points": None if subject.final_points is None else float(subject.final_points),
        "grade_name": words.GRADES.get(subject.grade or "", ""),
        "vetoed": subject.veto is not None,
        "veto_name": veto,
        "lost": lost,
        "requirement": words.VETOED.format(name=veto) if veto else words.REQUIREMENT.format(lost=told),
        "contact_id": contact_of(step.session, subject),
        "manager_id": managers[0].id if managers else None,
        "measures": [
            {"value": value, "label": label}
            for value, label in words.MEASURES.items()
            if is_node or value != "rectification"
        ],
    }


def order_rectification(step: Step) -> Mapping[str, object]:
    """The lost indicators as findings that the business has to correct, by rectification."""
    chosen, opened = step.data["choose_measure"], step.data["open_improvement"]
    rows = opened["lost"] or [{"code": "assessment", "name": opened["requirement"]}]
    findings = [_finding(step, row, opened["requirement"]) for row in rows]
    told = [
        {"id": each.id, "code": each.code, "text": each.text, "note": each.note, "is_key": each.is_key}
        for each in findings
    ]
    days, requirement = int(chosen["days"]), chosen["requirement"]
    return {"days": days, "findings": told, "has_key": False, "requirement": requirement, "occasion": opened["title"]}


def note_overdue(step: Step) -> Mapping[str, object]:
    """No plan in time (R-ASM-IMPROVE-OVERDUE): a talk takes its place, and those whom it concerns are told."""
    opened, reason = step.data["open_improvement"], words.IMPROVEMENT_LATE
    improvement = step.session.scalars(
        select(AssessmentImprovement).where(AssessmentImprovement.process_instance_id == step.instance.id)
    ).one()
    told = reason.format(period=opened["title"])
    step.store.correct(improvement, {"measure": TALK, "status": "overdue"}, reason=told)
    for user_id in (opened["contact_id"], opened["manager_id"]):
        tell(step, user_id, "assessment.improvement_late", told)
    return {"at": step.clock.now(), "measure": TALK}


def close_improvement(step: Step) -> None:
    """The measure is done; the subject's record says which it was."""
    subject = step.session.get_one(AssessmentSubject, step.data["open_improvement"]["subject_id"])
    late = step.data.get("note_overdue")
    measure = str((late or step.data["choose_measure"])["measure"])
    step.store.correct(subject, {"measure": measure})
    said = words.IMPROVE.format(
        period=step.data["open_improvement"]["title"], grade=step.data["open_improvement"]["grade_name"],
        measure=words.MEASURES[measure],
    )  # fmt: skip
    tell(step, step.data["open_improvement"]["contact_id"], "assessment.improved", said)


def _lost(step: Step, subject: AssessmentSubject, cycle: AssessmentCycle) -> list[dict[str, Any]]:
    final = scores_of(step.session, subject.id, ScoreKind.FINAL)
    rows = []
    for row in indicators_of(step.session, cycle.scheme_id):
        points = final[row.code].points if row.code in final else None
        if points is not None and points < row.max_points * LOST_BELOW:
            told = {"code": row.code[:20], "name": row.name, "max": float(row.max_points), "points": float(points)}
            rows.append((points - row.max_points, told))
    return [told for _short, told in sorted(rows, key=lambda each: each[0])[:MOST_LOST]]


def _finding(step: Step, row: Mapping[str, Any], requirement: str) -> Finding:
    text = words.LOST.format(name=row["name"], points=row["points"], most=row["max"]) if "max" in row else row["name"]
    return step.store.add(
        Finding(
            code=row["code"], text=text, note=requirement, is_key=False, severity="minor", status="open",
            region_code=step.instance.region_code, region_path=step.instance.region_path,
            establishment_id=step.instance.establishment_id,
        )
    )  # fmt: skip


PROCESS = process(
    "assessment_improvement",
    open_improvement,
    order_rectification,
    note_overdue,
    close_improvement,
    prefix="改",
)
