"""One node's or authority's assessment for a month.

It is told, and assesses itself within five working days; who is late gets the figures' points less a penalty. Two
reviewers who have nothing to do with it score it apart; they may recuse themselves, or ask once for more evidence.
Where they lie too far apart, or only one of them asserts a veto, a third decides. The assessed accepts the provisional
score – also by silence – or appeals; others than the reviewers decide the appeal. That is final.

A cycle that is closed while scores are missing ends the case with what there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.process import Step, process
from records.assessment_cycles import count_open, lock_cycle
from records.assessment_periods import Period
from records.assessment_points import total
from records.assessment_reviews import Review, agreed, agreed_veto, are_split, contact_of, earlier_lates
from records.assessments import (
    AssessmentCycle,
    AssessmentScore,
    AssessmentSubject,
    CycleState,
    ScoreKind,
    SubjectState,
    scores_of,
)
from records.indicators import AssessmentIndicator, IndicatorSource, indicators_of
from records.people import RoleCode, users_with_role
from workflows import assessment_words as words
from workflows.assessment_papers import issue_sheet
from workflows.assessment_parties import next_reviewer, replace_first, replace_second, replace_third, tell
from workflows.assessment_rows import asked_row, exact, is_asked, number, own_row, points_of, result_row, reviewed_by
from workflows.words import last_day

NOUGHT = Decimal(0)


def open_subject(step: Step) -> Mapping[str, object]:
    """The case belongs to the assessed from now on; it is told, with what the figures say."""
    subject = step.session.get_one(AssessmentSubject, step.data["assessment_invited"]["subject_id"])
    cycle = step.session.get_one(AssessmentCycle, subject.cycle_id)
    period, now = Period(cycle.kind, cycle.starts_on), step.clock.now()
    contact = contact_of(step.session, subject)
    own = {"process_instance_id": step.instance.id, "no": step.instance.business_key}
    step.store.correct(subject, own)
    step.instance.title = words.SUBJECT_TITLE.format(
        kind=words.KINDS[cycle.kind.value], period=period.title, name=subject.name
    )[:200]
    step.instance.is_visible_to_business = True
    due_at = step.until("R-ASM-SELF", now)
    tell(step, contact, "assessment.invited", words.INVITED.format(period=period.title, day=last_day(due_at)))
    indicators = indicators_of(step.session, cycle.scheme_id)
    return {
        "subject_id": subject.id,
        "cycle_id": cycle.id,
        "name": subject.name,
        "title": period.title,
        "starts_on": period.starts_on,
        "ends_on": period.ends_on,
        "active_days": subject.active_days,
        "opened_at": now,
        "self_due": due_at,
        "contact_id": contact,
        "auto_points": number(subject.auto_points),
        "earlier_lates": earlier_lates(step.session, subject, cycle.starts_on),
        "deviation": step.number("R-ASM-DEVIATION"),
        "rows": [asked_row(row, subject) for row in indicators if is_asked(row, subject)],
        "veto_choices": [{"value": "none", "label": words.NONE_VETOED}]
        + [{"value": row.code, "label": row.name} for row in indicators if row.source is IndicatorSource.VETO],
    }


def take_self(step: Step) -> Mapping[str, object]:
    """What the assessed gives itself."""
    points = points_of(step.data["self_assess"]["items"])
    score = total(points, _indicators(step))
    step.store.correct(subject_of(step), {"self_points": score, "status": SubjectState.REVIEWING.value})
    return {"points": number(score)}


def score_late(step: Step) -> Mapping[str, object]:
    """No self-assessment in time: the figures' points count, less the penalty (decision late_rule)."""
    penalty = Decimal(str(step.data["late_rule"]))
    late = {"is_late": True, "penalty": penalty, "status": SubjectState.REVIEWING.value}
    step.store.correct(subject_of(step), late)
    said = words.LATE.format(period=step.data["open_subject"]["title"], penalty=f"{penalty.normalize():f}")
    tell(step, step.data["open_subject"]["contact_id"], "assessment.late", said)
    return {"penalty": number(penalty)}


def assign_reviewers(step: Step) -> Mapping[str, object]:
    """Two reviewers who have nothing to do with the assessed, and what they have before them."""
    first = next_reviewer(step, ())
    second = next_reviewer(step, (first,))
    given = {row["code"]: row for row in (step.data.get("self_assess") or {}).get("items", ())}
    sheet = [row | own_row(given.get(row["code"])) for row in step.data["open_subject"]["rows"]]
    return {"first_id": first, "second_id": second, "sheet": sheet}


def compare_reviews(step: Step) -> Mapping[str, object]:
    """How far the two lie apart (R-ASM-SPREAD), and whether more evidence is wanted first."""
    asked = [step.data[name].get("request") for name in ("first_review", "second_review") if _asks(step, name)]
    told: dict[str, object] = {"compared_at": step.clock.now(), "needs_evidence": bool(asked), "needs_third": False}
    if asked:
        request = "；".join(str(one) for one in asked)
        said = words.ASK_EVIDENCE.format(period=step.data["open_subject"]["title"], request=request)
        tell(step, step.data["open_subject"]["contact_id"], "assessment.evidence", said)
        return told | {"request": request}
    first, second = (_review(step, name) for name in ("first_review", "second_review"))
    step.store.correct(subject_of(step), {"first_points": first.score, "second_points": second.score})
    is_split = are_split(first, second, step.number("R-ASM-SPREAD"))
    spread = abs(first.score - second.score)
    third = next_reviewer(step, ()) if is_split else None
    scores = {"first": number(first.score), "second": number(second.score), "spread": number(spread)}
    return told | scores | {"needs_third": is_split, "third_id": third}


def take_evidence(step: Step) -> Mapping[str, object]:
    """What was supplied, or that nothing was."""
    given: Mapping[str, Any] = step.data.get("supply_evidence") or {}
    return {"files": given.get("files") or [], "statement": given.get("statement")}


def give_provisional(step: Step) -> Mapping[str, object]:
    """What the reviews come to, less the penalty; the assessed is told and may appeal (R-ASM-APPEAL)."""
    reviews = [_review(step, name) for name in reviewed_by(step)]
    points, veto, subject = agreed(reviews), agreed_veto(reviews), subject_of(step)
    reviewed = total(points, _indicators(step)) or NOUGHT
    score = NOUGHT if veto else max(NOUGHT, reviewed - (subject.penalty or NOUGHT))
    changes: dict[str, object] = {"provisional_points": score, "status": SubjectState.PROVISIONAL.value}
    changes |= {"veto": veto[0], "veto_reason": veto[1]} if veto else {}
    if len(reviews) > 2:
        changes["third_points"] = reviews[2].score
    step.store.correct(subject, changes)
    now, opened = step.clock.now(), step.data["open_subject"]
    due_at = step.until("R-ASM-APPEAL", now)
    said = words.PROVISIONAL.format(period=opened["title"], points=score, day=last_day(due_at))
    tell(step, opened["contact_id"], "assessment.provisional", said)
    panel = users_with_role(step.session, RoleCode.MANAGER, _cycle(step).region_path)
    return {
        "points": number(score),
        "reviewed": number(reviewed),
        "told_at": now,
        "vetoed": veto is not None,
        "veto_name": next((v["label"] for v in opened["veto_choices"] if veto and v["value"] == veto[0]), None),
        "veto_reason": veto[1] if veto else None,
        "rows": [result_row(step, row, points) for row in opened["rows"]],
        "panel_id": panel[0].id if panel else None,
    }


def finalise(step: Step) -> Mapping[str, object]:
    """The final score: the panel's when there was an appeal. A veto that stands makes it nought."""
    subject, appeal = subject_of(step), _appeal(step)
    given = {row["code"]: row["points"] for row in step.data["give_provisional"]["rows"]}
    points = {code: exact(value) for code, value in given.items()} if appeal is None else points_of(appeal["items"])
    is_vetoed = subject.veto is not None and (appeal is None or appeal.get("veto") != "lift")
    reached = max(NOUGHT, (total(points, _indicators(step)) or NOUGHT) - (subject.penalty or NOUGHT))
    score = NOUGHT if is_vetoed else reached
    changes: dict[str, object] = {} if is_vetoed else {"veto": None, "veto_reason": None}
    if appeal is not None:
        changes["appeal_points"] = score
    if subject.status != SubjectState.FINAL.value:
        step.store.correct(subject, changes | {"final_points": score})
        _write_final(step, subject, points)
    return {
        "points": number(subject.final_points),
        "vetoed": is_vetoed,
        "items": {c: number(p) for c, p in points.items()},
    }


def close_subject(step: Step) -> Mapping[str, object]:
    """The score stands; its sheet is put on paper. Whoever is last lets the cycle go on."""
    subject, cycle = subject_of(step), lock_cycle(step.session, step.data["open_subject"]["cycle_id"])
    was_open = subject.status != SubjectState.FINAL.value
    step.store.correct(subject, {"status": SubjectState.FINAL.value})
    step.session.flush()
    paper = issue_sheet(step, subject, step.data["open_subject"]["title"])
    said = words.FINAL.format(period=step.data["open_subject"]["title"], points=subject.final_points)
    tell(step, step.data["open_subject"]["contact_id"], "assessment.final", said)
    is_last = was_open and cycle.status == CycleState.SCORING and count_open(step.session, cycle.id) == 0
    return {"is_last": is_last, "no": paper.no}


def close_early(step: Step) -> Mapping[str, object]:
    """The cycle was closed before the score was agreed: what it came to stands, on paper and told, with the reason."""
    subject, opened = subject_of(step), step.data["open_subject"]
    given = {
        row["code"]: row["points"] for row in (step.data.get("give_provisional") or {}).get("rows", opened["rows"])
    }
    points = {code: exact(value) for code, value in given.items()}
    if not scores_of(step.session, subject.id, ScoreKind.FINAL):
        _write_final(step, subject, points)
        step.session.flush()
    paper = issue_sheet(step, subject, opened["title"])
    reason = step.data["cycle_ended"]["reason"]
    said = words.ENDED_EARLY.format(period=opened["title"], points=subject.final_points, reason=reason)
    tell(step, opened["contact_id"], "assessment.ended_early", said)
    return {"points": number(subject.final_points), "reason": reason, "no": paper.no}


def subject_of(step: Step) -> AssessmentSubject:
    """Whom the case is about."""
    return step.session.get_one(AssessmentSubject, step.data["open_subject"]["subject_id"])


def _cycle(step: Step) -> AssessmentCycle:
    return step.session.get_one(AssessmentCycle, step.data["open_subject"]["cycle_id"])


def _indicators(step: Step) -> list[AssessmentIndicator]:
    return indicators_of(step.session, _cycle(step).scheme_id)


def _asks(step: Step, name: str) -> bool:
    return bool(step.data[name]["decision"] == "evidence")


def _review(step: Step, name: str) -> Review:
    given = step.data[name]
    points = points_of(given["items"])
    veto = given.get("veto")
    asserted = None if veto in (None, "", "none") else str(veto)
    return Review(points, total(points, _indicators(step)) or NOUGHT, asserted, given.get("veto_reason"))


def _appeal(step: Step) -> Mapping[str, Any] | None:
    """The panel's decision, when the assessed appealed."""
    confirmed: Mapping[str, Any] = step.data.get("confirm_score") or {}
    return step.data.get("appeal_panel") if confirmed.get("decision") == "appeal" else None


def _write_final(step: Step, subject: AssessmentSubject, points: Mapping[str, Decimal | None]) -> None:
    for code, value in points.items():
        step.store.add(
            AssessmentScore(
                assessment_subject_id=subject.id, kind=ScoreKind.FINAL, code=code, points=value, no=subject.no,
                region_code=subject.region_code, region_path=subject.region_path,
                establishment_id=subject.establishment_id,
            )
        )  # fmt: skip


PROCESS = process(
    "assessment_subject",
    open_subject,
    take_self,
    score_late,
    assign_reviewers,
    replace_first,
    replace_second,
    replace_third,
    compare_reviews,
    take_evidence,
    give_provisional,
    finalise,
    close_subject,
    close_early,
    prefix="评",
)
