"""Periodic assessment of traceability nodes and district authorities: by month, quarter and year.

A month: on its first day the period before is opened – who was there is written down – and once the data are locked,
every figure is taken for everyone at once. Each of the assessed gets a case of its own (assessment_subject): it
assesses itself, two reviewers score it, it accepts or appeals. When the last score is final – or the office closes what
is late, which ends the cases that still go on – all are ranked among their peers and compared with the period before
and a year ago. The office writes the analysis, a manager approves it, the results are frozen and announced; whoever did
badly gets a case to improve (assessment_improvement).

Quarters and years are means of their frozen months, with items of their own; no month is ever scored again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from engine.process import ProcessError, Step, process
from records.assessment_cycles import enrol, open_subjects, roll_up_months
from records.assessment_periods import Period
from records.assessment_points import CENT, applies, figures_json, marks_of, total
from records.assessment_population import population
from records.assessments import (
    AssessmentCycle,
    AssessmentSubject,
    CycleKind,
    CycleState,
    SubjectState,
    cycle_of_period,
    frozen_points,
    subjects_of,
)
from records.deadlines import deadline
from records.indicators import indicators_of, released_scheme
from records.rules import find_rule, whole_number
from records.statistics import FIGURES, Question, measure_all
from workflows import assessment_words as words
from workflows.assessment_parties import case_goes_on
from workflows.assessment_results import freeze_results, rank_subjects

WHOLE, NOUGHT = Decimal(100), Decimal(0)
MOST_LISTED = 200


def open_cycle(step: Step) -> Mapping[str, object]:
    """The period, the edition of the scheme, and who is assessed (R-ASM-ACTIVE). Once per period."""
    period, scheme = _period(step), released_scheme(step.session)
    region_path, region_code = step.instance.region_path, step.instance.region_code
    if cycle_of_period(step.session, period.kind, period.name, region_path) is not None and not step.instance.is_drill:
        raise ProcessError("E-PERIOD-TAKEN")
    members = []
    if period.kind is CycleKind.MONTH:
        least = whole_number(find_rule(step.session, "R-ASM-ACTIVE", period.ends_on, region_code))
        members = population(step.session, scheme, period, region_path, least)
        if not members:
            raise ProcessError("E-NOBODY-ASSESSED")
    locked = deadline(step.session, "R-ASM-LOCK", period.ended_at, region_code).due_at
    cycle = step.store.add(
        AssessmentCycle(
            kind=period.kind, period=period.name, starts_on=period.starts_on, ends_on=period.ends_on,
            scheme_id=scheme.id, no=step.instance.business_key, status=CycleState.OPEN, data_lock_at=locked,
            region_code=region_code, region_path=region_path,
        )
    )  # fmt: skip
    subjects = enrol(step.store, cycle, period, members)
    step.instance.title = words.CASE_TITLE.format(kind=words.KINDS[period.kind.value], period=period.title)
    return {
        "cycle_id": cycle.id,
        "kind": period.kind.value,
        "period": period.name,
        "title": period.title,
        "starts_on": period.starts_on,
        "ends_on": period.ends_on,
        "ended_at": period.ended_at,
        "data_lock_at": locked,
        "scheme_id": scheme.id,
        "edition": scheme.edition,
        "subject_ids": [each.id for each in subjects],
    }


def collect_figures(step: Step) -> Mapping[str, object]:
    """Every figure of the scheme for everyone at once: one statement each, as the data stand when they are locked."""
    cycle = cycle_of(step)
    indicators = indicators_of(step.session, cycle.scheme_id)
    period = Period(cycle.kind, cycle.starts_on)
    asked = Question(step.session, period, cycle.region_code, cycle.region_path)
    measured = measure_all(asked, FIGURES)
    for subject in subjects_of(step.session, cycle.id):
        figures = {
            name: each.of_establishment(subject.subject_key)
            if subject.establishment_id is not None
            else each.of_region(subject.region_path)
            for name, each in measured.items()
        }
        own = [row for row in indicators if row.is_scored and applies(row, subject.kind.value)]
        marks = [marks_of(row, figures) for row in own]
        points = total({each.code: each.points for each in marks}, own)
        kept = figures_json(marks, {row.code: row for row in own})
        step.store.correct(subject, {"figures": kept, "auto_points": points})
    now = step.clock.now()
    step.store.correct(cycle, {"status": CycleState.SCORING, "collected_at": now})
    named = {"period": period.title, "kind": words.KINDS[cycle.kind.value]}
    count = len(step.data["open_cycle"]["subject_ids"])
    return {
        "collected_at": now,
        "title": words.LAUNCH_TITLE.format(**named),
        "body": words.LAUNCH_BODY.format(**named, count=count),
        "facts": {"考核周期": period.title, "参评对象": count, "方案版本": step.data["open_cycle"]["edition"]},
    }


def address_subject(step: Step) -> Mapping[str, object]:
    """Where one of the assessed is: its establishment, or the region of the authority."""
    return _address(step, step.data["subject_id"])


def address_low(step: Step) -> Mapping[str, object]:
    """Where one of those is who did badly."""
    return _address(step, step.data["low_id"])


def list_unfinished(step: Step) -> Mapping[str, object]:
    """Whose score is not final yet, with what they have so far."""
    unfinished = open_subjects(step.session, cycle_of(step).id)
    rows = [
        {
            "name": each.name,
            "state": words.STATES[each.status],
            "points": number(each.provisional_points or each.auto_points),
        }
        for each in unfinished[:MOST_LISTED]
    ]
    return {"count": len(unfinished), "rows": rows}


def close_unfinished(step: Step) -> Mapping[str, object]:
    """Scoring ends: what is provisional is final, else the figures' points less what was taken off for being late."""
    cycle, reason = cycle_of(step), words.CLOSED_EARLY.format(opinion=step.data["decide_unfinished"]["opinion"])
    unfinished = open_subjects(step.session, cycle.id)
    for subject in unfinished:
        automatic = max(NOUGHT, (subject.auto_points or NOUGHT) - (subject.penalty or NOUGHT))
        points = subject.provisional_points if subject.provisional_points is not None else automatic
        final = NOUGHT if subject.veto else points
        step.store.correct(subject, {"final_points": final, "status": SubjectState.FINAL.value}, reason=reason)
    step.store.correct(cycle, {"status": CycleState.RANKING}, reason=reason)
    return {"subject_ids": [one.id for one in unfinished if case_goes_on(step, one.process_instance_id)]}


def name_subject_case(step: Step) -> Mapping[str, object]:
    """The number of the case of one whose score was not final: the message that ends it goes there."""
    return {"case_no": step.session.get_one(AssessmentSubject, step.data["unfinished_id"]).no}


def check_months(step: Step) -> Mapping[str, object]:
    """Which months of the quarter or year are frozen; nothing is computed anew."""
    cycle = cycle_of(step)
    months = [month.name for month in Period(cycle.kind, cycle.starts_on).months]
    found = {period for of_one in frozen_points(step.session, months, cycle.region_path).values() for period in of_one}
    frozen, missing = [m for m in months if m in found], [m for m in months if m not in found]
    return {"frozen": frozen, "missing": missing, "complete": not missing}


def abandon_cycle(step: Step) -> None:
    """Too many months are missing: the period is not assessed, and may be taken up again later."""
    reason = step.data["decide_missing"]["opinion"]
    step.store.correct(cycle_of(step), {"status": CycleState.ABANDONED}, reason=reason)


def roll_up(step: Step) -> Mapping[str, object]:
    """The mean of the frozen months, each weighted by the part of it on which the subject was there."""
    cycle, months = cycle_of(step), list(step.data["check_months"]["frozen"])
    subjects = roll_up_months(step.store, cycle, months, words.ROLLED_REASON)
    choices = [{"value": each.id, "label": each.name} for each in subjects]
    return {"months": months, "subject_ids": [each.id for each in subjects], "choices": choices}


def add_own_items(step: Step) -> None:
    """What the quarter or year adds or takes away by items of its own, within 0 to 100."""
    own: dict[str, Decimal] = {}
    for row in step.data["own_items"]["items"]:
        own[row["subject"]] = own.get(row["subject"], NOUGHT) + Decimal(str(row["points"]))
    for subject_id, points in own.items():
        subject = step.session.get_one(AssessmentSubject, subject_id)
        rolled = subject.provisional_points or NOUGHT
        final = min(WHOLE, max(NOUGHT, rolled + points)).quantize(CENT, ROUND_HALF_UP)
        reasons = [row["reason"] for row in step.data["own_items"]["items"] if row["subject"] == subject_id]
        step.store.correct(subject, {"own_points": points, "final_points": final}, reason="；".join(reasons))


def cycle_of(step: Step) -> AssessmentCycle:
    """The cycle of the case."""
    return step.session.get_one(AssessmentCycle, step.data["open_cycle"]["cycle_id"])


def number(points: Decimal | None) -> float | None:
    """Points as JSON keeps them."""
    return None if points is None else float(points)


def _address(step: Step, subject_id: str) -> dict[str, object]:
    subject = step.session.get_one(AssessmentSubject, subject_id)
    return {"establishment_id": subject.establishment_id, "region_code": subject.region_code}


def _period(step: Step) -> Period:
    """That of the form, or the one that ended before the clock began the case."""
    asked: Mapping[str, Any] | None = step.data.get("assessment_requested")
    if asked is not None:
        return Period.containing(CycleKind(asked["kind"]), date.fromisoformat(str(asked["any_day"])))
    begun = {"monthly": CycleKind.MONTH, "quarterly": CycleKind.QUARTER, "yearly": CycleKind.YEAR}
    kind = next(kind for event, kind in begun.items() if step.data.get(event) is not None)
    return Period.last_before(kind, step.clock.now())


PROCESS = process(
    "assessment",
    open_cycle,
    collect_figures,
    address_subject,
    list_unfinished,
    close_unfinished,
    name_subject_case,
    check_months,
    abandon_cycle,
    roll_up,
    add_own_items,
    rank_subjects,
    freeze_results,
    address_low,
    prefix="考",
)
