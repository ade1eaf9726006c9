"""The documents of assessments: the sheet of one subject, the report with its ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from engine.process import Step
from records.assessment_periods import Period
from records.assessment_ranking import by_peers
from records.assessments import AssessmentCycle, AssessmentSubject, CycleKind, ScoreKind, scores_of
from records.clock import today
from records.documents import Document
from records.indicators import AssessmentIndicator, indicators_of
from workflows import assessment_words as words
from workflows.papers import authority, issue_paper
from workflows.words import day

#: share of the points from which a bar of the distribution begins
BANDS = ((90, "90分以上"), (80, "80至90分"), (70, "70至80分"), (60, "60至70分"), (0, "60分以下"))


def issue_sheet(step: Step, subject: AssessmentSubject, period: str) -> Document:
    """What one subject got on each indicator, from the figures to the final score."""
    cycle = step.session.get_one(AssessmentCycle, subject.cycle_id)
    final = scores_of(step.session, subject.id, ScoreKind.FINAL)
    own = scores_of(step.session, subject.id, ScoreKind.SELF)
    rows = [
        {
            "name": row.name,
            "most": _points(row.max_points),
            "figure": _figure(subject, row),
            "auto": _points(_kept(subject, row)),
            "own": _points(own[row.code].points if row.code in own else None),
            "final": _points(final[row.code].points if row.code in final else None),
        }
        for row in indicators_of(step.session, cycle.scheme_id)
        if row.is_scored and row.code in (subject.figures or {})
    ]
    return issue_paper(
        step,
        "assessment_sheet",
        {
            "authority": authority(step),
            "issued_on": day(today(step.clock)),
            "name": subject.name,
            "group": words.PEERS.get(subject.peer_group, subject.peer_group),
            "period": period,
            "days": str(subject.active_days),
            "rows": rows,
            "auto": _points(subject.auto_points),
            "own": _points(subject.self_points),
            "provisional": _points(subject.provisional_points),
            "penalty": _points(subject.penalty),
            "appeal": _points(subject.appeal_points),
            "final": _points(subject.final_points),
            "veto": subject.veto_reason or "",
        },
    )


def issue_report(
    step: Step, cycle: AssessmentCycle, subjects: Sequence[AssessmentSubject], whole: Mapping[str, Any]
) -> Document:
    """The analysis with the ranking by peers, the distribution, and how the indicators did."""
    written, period = step.data["write_analysis"], Period(cycle.kind, cycle.starts_on)
    change = whole["change"]
    return issue_paper(
        step,
        "assessment_report",
        {
            "authority": authority(step),
            "issued_on": day(today(step.clock)),
            "period": period.title,
            "kind": words.KINDS[cycle.kind.value],
            "case_no": step.instance.business_key,
            "count": str(len(subjects)),
            "mean": _text(whole["mean"]),
            "change": "" if change is None else f"{change:+.2f}",
            "grades": "，".join(f"{name} {whole[grade]} 个" for grade, name in words.GRADES.items()),
            "vetoed": str(whole["vetoed"]),
            "narrative": written["narrative"],
            "problems": written["problems"],
            "suggestions": written["suggestions"],
            "ranking": _ranking(subjects),
            "bands": _bands(subjects),
            "indicators": _indicators(step, cycle, subjects),
            "signatures": {"manager": step.data["approve_results"].get("signature")},
        },
    )


def _ranking(subjects: Sequence[AssessmentSubject]) -> list[dict[str, str]]:
    rows = []
    for group, members in by_peers(subjects).items():
        placed = sorted(members, key=lambda one: (one.rank or len(members) + 1, one.name))
        rows += [_ranked(one, words.PEERS.get(group, group)) for one in placed]
    return rows


def _ranked(one: AssessmentSubject, group: str) -> dict[str, str]:
    against = {name: getattr(one, name) for name in ("peer_mean", "previous_points", "year_ago_points")}
    final = one.final_points or Decimal(0)
    return {
        "group": group,
        "rank": "否决" if one.veto else str(one.rank),
        "name": one.name,
        "points": _points(one.final_points),
        "grade": words.GRADES.get(one.grade or "", ""),
        **{name: "" if value is None else f"{final - value:+.2f}" for name, value in against.items()},
    }


def _bands(subjects: Sequence[AssessmentSubject]) -> list[dict[str, str]]:
    counts = dict.fromkeys((name for _least, name in BANDS), 0)
    for one in subjects:
        counts[next(name for least, name in BANDS if (one.final_points or 0) >= least)] += 1
    most = max(counts.values(), default=0) or 1
    return [
        {"band": name, "count": str(count), "bar": "■" * round(20 * count / most)} for name, count in counts.items()
    ]


def _indicators(step: Step, cycle: AssessmentCycle, subjects: Sequence[AssessmentSubject]) -> list[dict[str, str]]:
    """The mean share of points on each indicator, of those whom it applies to. Months only."""
    if cycle.kind is not CycleKind.MONTH:
        return []
    rows = []
    for row in indicators_of(step.session, cycle.scheme_id):
        kept = [points for one in subjects if (points := _kept(one, row)) is not None]
        if not row.is_scored or not kept:
            continue
        share = sum(kept, Decimal(0)) / len(kept) / row.max_points
        percent = f"{share * 100:.1f}%"
        told = {"name": row.name, "most": _points(row.max_points), "count": str(len(kept)), "percent": percent}
        rows.append(told | {"bar": "■" * round(20 * share)})
    return rows


def _kept(subject: AssessmentSubject, row: AssessmentIndicator) -> Decimal | None:
    told = (subject.figures or {}).get(row.code)
    return None if not told or told["points"] is None else Decimal(str(told["points"]))


def _figure(subject: AssessmentSubject, row: AssessmentIndicator) -> str:
    told = (subject.figures or {})[row.code]
    if not told["applicable"]:
        return words.NOT_APPLICABLE
    if told["ratio"] is None:
        return words.BY_HAND
    percent = f"{told['ratio'] * 100:.1f}"
    return words.FIGURE.format(
        numerator=f"{told['numerator']:g}", denominator=f"{told['denominator']:g}", percent=percent
    )


def _points(points: Decimal | None) -> str:
    return "" if points is None else f"{Decimal(points):.2f}"


def _text(value: object) -> str:
    return "" if value is None else str(value)
