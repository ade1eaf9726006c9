"""The results of an assessment: ranked among peers, compared, drafted into an analysis, frozen, put on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from engine.process import Step
from records.assessment_periods import Period
from records.assessment_ranking import Grade, by_peers, grade_of, mean, peer_ranks
from records.assessments import (
    AssessmentCycle,
    AssessmentSubject,
    CycleKind,
    CycleState,
    frozen_points,
    subjects_of,
)
from records.indicators import indicators_of
from workflows import assessment_words as words
from workflows.assessment_papers import issue_report

NOUGHT = Decimal(0)
MOST_SHOWN = 5
#: an indicator is a problem when its mean share of points is below this; a subject does badly below the other
WEAK, BAD = Decimal("0.8"), Decimal("0.6")


def rank_subjects(step: Step) -> Mapping[str, object]:
    """Ranks and grades among peers; the mean of the peers, the period before and a year ago beside each."""
    cycle = step.session.get_one(AssessmentCycle, step.data["open_cycle"]["cycle_id"])
    subjects, period = subjects_of(step.session, cycle.id), Period(cycle.kind, cycle.starts_on)
    before, year_ago = (
        frozen_points(step.session, [one.name], cycle.region_path) for one in (period.before, period.year_ago)
    )
    for group in by_peers(subjects).values():
        placed, average = peer_ranks(group), mean(one.final_points or NOUGHT for one in group)
        for one in group:
            key = one.subject_key
            judged = {
                "rank": placed.get(one.id),
                "peers": len(group),
                "peer_mean": average,
                "grade": grade_of(one.final_points or NOUGHT, step.data["grade_band"], is_vetoed=one.veto is not None),
                "previous_points": before.get(key, {}).get(period.before.name),
                "year_ago_points": year_ago.get(key, {}).get(period.year_ago.name),
            }
            step.store.correct(one, judged)
    step.store.correct(cycle, {"status": CycleState.RANKING})
    whole = summary(subjects)
    return {
        "count": len(subjects),
        "mean": whole["mean"],
        "vetoed": whole["vetoed"],
        "low": [one.name for one in subjects if one.grade == Grade.FAILED][:50],
        "rows": _leading(subjects),
        "draft": _draft(subjects, whole, period.title),
        "problems": _problems(step, cycle, subjects),
    }


def freeze_results(step: Step) -> Mapping[str, object]:
    """From now on nothing of this period changes: points, ranks, grades, analysis. The report is put on paper."""
    cycle = step.session.get_one(AssessmentCycle, step.data["open_cycle"]["cycle_id"])
    subjects, written = subjects_of(step.session, cycle.id), step.data["write_analysis"]
    whole = summary(subjects)
    frozen = {
        "status": CycleState.FROZEN,
        "frozen_at": step.clock.now(),
        "narrative": written["narrative"],
        "suggestions": written["suggestions"],
        "figures": whole,
    }
    step.store.correct(cycle, frozen, reason=words.FROZEN_REASON)
    issue_report(step, cycle, subjects, whole)
    period = Period(cycle.kind, cycle.starts_on)
    named = {"period": period.title, "kind": words.KINDS[cycle.kind.value]}
    told = {name: written[name] for name in ("narrative", "suggestions")}
    return {
        "title": words.RESULT_TITLE.format(**named),
        "body": words.RESULT_BODY.format(**named, count=len(subjects), mean=whole["mean"], **told),
        "facts": {"考核周期": period.title, "参评对象": len(subjects), "平均得分": whole["mean"]} | _best(subjects),
        "low_ids": [one.id for one in subjects if one.grade == Grade.FAILED],
    }


def summary(subjects: Sequence[AssessmentSubject]) -> dict[str, Any]:
    """Totals of a cycle: the mean, how many of each grade, the mean of the period before of those that had one."""
    average = mean(one.final_points or NOUGHT for one in subjects)
    compared = [one for one in subjects if one.previous_points is not None]
    former = mean(one.previous_points or NOUGHT for one in compared)
    present = mean(one.final_points or NOUGHT for one in compared)
    change = None if former is None or present is None else float(present - former)
    grades = {grade.value: sum(one.grade == grade for one in subjects) for grade in Grade}
    vetoed = sum(one.veto is not None for one in subjects)
    return {"mean": None if average is None else float(average), "change": change, "vetoed": vetoed, **grades}


def _leading(subjects: Sequence[AssessmentSubject]) -> list[dict[str, Any]]:
    """The first and the last of each group of peers."""
    rows = []
    for group in by_peers(subjects).values():
        placed = sorted(group, key=lambda one: (one.rank or len(group) + 1, one.name))
        shown = placed if len(placed) <= 2 * MOST_SHOWN else [*placed[:MOST_SHOWN], *placed[-MOST_SHOWN:]]
        rows += [row_of(one) for one in shown]
    return rows


def row_of(one: AssessmentSubject) -> dict[str, Any]:
    """A subject as lists show it."""
    change = None if one.previous_points is None or one.final_points is None else one.final_points - one.previous_points
    return {
        "rank": one.rank,
        "name": one.name,
        "group": words.PEERS.get(one.peer_group, one.peer_group),
        "points": None if one.final_points is None else float(one.final_points),
        "grade": words.GRADES.get(one.grade or "", ""),
        "change": None if change is None else f"{change:+.2f}",
    }


def _draft(subjects: Sequence[AssessmentSubject], whole: Mapping[str, Any], title: str) -> str:
    change = whole["change"]
    said = words.NO_CHANGE if change is None else (words.RISEN if change >= 0 else words.FALLEN)
    best = "".join(words.BEST.format(group=group, **told) for group, told in _firsts(subjects).items())
    grades = {grade.value: whole[grade.value] for grade in Grade}
    return words.DRAFT.format(
        period=title, count=len(subjects), mean=whole["mean"], vetoed=whole["vetoed"], best=best, **grades,
        change=said.format(points=abs(change or 0)),
    )  # fmt: skip


def _firsts(subjects: Sequence[AssessmentSubject]) -> dict[str, dict[str, Any]]:
    firsts: dict[str, dict[str, Any]] = {}
    for group, members in by_peers(subjects).items():
        first = [one for one in members if one.rank == 1]
        if first:
            names = "、".join(one.name for one in first[:MOST_SHOWN])
            firsts[words.PEERS.get(group, group)] = {"names": names, "points": first[0].final_points}
    return firsts


def _best(subjects: Sequence[AssessmentSubject]) -> dict[str, str]:
    return {f"{group}第一名": told["names"] for group, told in _firsts(subjects).items()}


def _problems(step: Step, cycle: AssessmentCycle, subjects: Sequence[AssessmentSubject]) -> str:
    """The indicators on which the assessed lost most, weakest first. A roll-up has none of its own."""
    if cycle.kind is not CycleKind.MONTH:
        return words.NO_PROBLEM
    weak = []
    for row in indicators_of(step.session, cycle.scheme_id):
        shares = [
            Decimal(str(told["points"])) / row.max_points
            for one in subjects
            if (told := (one.figures or {}).get(row.code)) and told["points"] is not None
        ]
        if shares and sum(shares) / len(shares) < WEAK:
            weak.append((sum(shares) / len(shares), row.name, sum(share < BAD for share in shares)))
    lines = [
        words.PROBLEM.format(name=name, percent=round(share * 100, 1), count=count)
        for share, name, count in sorted(weak)[:MOST_SHOWN]
    ]
    return "\n".join(lines) or words.NO_PROBLEM
