"""Online patrol of a region.

A lead begins it, or the roster does on every working day. Five classes of data are looked through - vouchers, checks of
markets and licences, abnormal vouchers, key products, tests - and what is odd gets points from a decision table. What
reaches the threshold, and was not raised before, becomes a suspect. Inspectors judge the suspects of each market or
trade: real, a false alarm (with a reason), or the business is to explain; its silence counts as real. A decision table
says what follows each real one: a reminder, an order to correct, a targeted inspection, or the handling of a problem.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select

from engine.process import Step, process
from records.anomalies import Patrolled, signals
from records.inspections import Finding
from records.patrols import (
    DataClass,
    Explanation,
    Patrol,
    PatrolAction,
    Suspect,
    Verdict,
    gravest,
    is_known,
    suspects_of,
)
from records.registry import Establishment
from records.scope import within
from records.trace_model import Lot
from workflows import patrol_words as words
from workflows.papers import issue_paper
from workflows.parties import tell_establishment
from workflows.patrol_suspects import as_data, judged, raise_suspect, report_of, reviewer_of, row_of, settle

MOST_SIGNALS = 200


def scan(step: Step) -> Mapping[str, object]:
    """Everything odd in the region that was not raised lately."""
    begun = step.data.get("patrol_begun") or {}
    classes = [DataClass(name) for name in begun.get("classes", list(DataClass))]
    asked = Patrolled(step.session, step.instance.region_path, step.instance.region_code, step.clock.now())
    found = list(signals(asked, classes))
    fresh = [one for one in found if not is_known(step.session, one.establishment_id, one.kind, _since(step))]
    patrol = step.store.add(
        Patrol(
            no=step.instance.business_key,
            status="scanned",
            scanned_at=step.clock.now(),
            classes=[name.value for name in classes],
            establishments=_active(step),
            signals=len(found),
            repeated=len(found) - len(fresh),
            region_code=step.instance.region_code,
            region_path=step.instance.region_path,
        )
    )
    return {"patrol_id": patrol.id, "signals": [as_data(one) for one in fresh[:MOST_SIGNALS]], "left": len(fresh)}


def score(step: Step) -> Mapping[str, object]:
    """What reaches the threshold becomes a suspect, in the area of its market or trade."""
    patrol = step.session.get_one(Patrol, step.data["scan"]["patrol_id"])
    threshold = step.number("R-PAT-SCORE")
    points = [int(each or 0) for each in step.data["anomaly_rule"] or ()]
    reached = [pair for pair in zip(step.data["scan"]["signals"], points, strict=True) if pair[1] >= threshold]
    rows = [raise_suspect(step, patrol, signal, given, n) for n, (signal, given) in enumerate(reached, start=1)]
    step.store.correct(patrol, {"suspects": len(rows), "status": "reviewing" if rows else "scanned"})
    return {"suspects": rows, "areas": sorted({row["area"] for row in rows})}


def settle_reviews(step: Step) -> Mapping[str, object]:
    """What the inspectors said of each suspect; the unclear ones are put to their businesses."""
    said = [row for review in step.data["review_suspects"] for row in review["reviews"]]
    asked = []
    for suspect, row in judged(step, said):
        if row["verdict"] == Verdict.UNCLEAR:
            step.store.correct(suspect, {"verdict": Verdict.UNCLEAR, "reason": row["reason"], "status": "asked"})
            tell_establishment(
                step, suspect.establishment_id or "", "patrol.asked", words.ASKED.format(what=suspect.what)
            )
            asked.append(row_of(step, suspect) | {"reason": row["reason"]})
        else:
            settle(step, suspect, row)
    return {"asked": asked, "asked_ids": [each["id"] for each in asked]}


def keep_explanation(step: Step) -> Mapping[str, object]:
    """What the business says to one suspect."""
    said = step.data["explain_suspect"]
    suspect = step.session.get_one(Suspect, step.data["suspect_id"])
    explanation = step.store.add(
        Explanation(
            suspect_id=suspect.id,
            text=said["text"],
            files=said.get("files") or None,
            explained_at=step.clock.now(),
            establishment_id=suspect.establishment_id,
            region_code=suspect.region_code,
            region_path=suspect.region_path,
        )
    )
    return {"explanation_id": explanation.id}


def note_silence(step: Step) -> None:
    """The business said nothing in time: that counts as real."""
    suspect = step.session.get_one(Suspect, step.data["suspect_id"])
    step.store.correct(suspect, {"is_silent": True}, reason=words.SILENT)


def gather_explanations(step: Step) -> Mapping[str, object]:
    """Every suspect that was asked about, with what was said to it."""
    rows = []
    for asked in step.data["settle_reviews"]["asked"]:
        suspect = step.session.get_one(Suspect, asked["id"])
        given = step.session.scalars(select(Explanation).where(Explanation.suspect_id == suspect.id)).first()
        text = words.SILENT if given is None else given.text
        files = [] if given is None else given.files or []
        rows.append(row_of(step, suspect) | {"text": text, "files": files, "is_silent": suspect.is_silent})
    return {"rows": rows}


def locate(step: Step) -> Mapping[str, object]:
    """The real suspects, with where each business is found."""
    for suspect, row in judged(step, (step.data.get("judge_explanations") or {}).get("reviews", ())):
        settle(step, suspect, row)
    real = [one for one in suspects_of(step.session, step.data["scan"]["patrol_id"]) if one.verdict is Verdict.REAL]
    rows = [row_of(step, suspect) | {"kind": suspect.kind, "severity": suspect.severity} for suspect in real]
    return {"real": rows, "real_ids": [row["id"] for row in rows]}


def choose_action(step: Step) -> Mapping[str, object]:
    """What is done about one suspect: what the table says, or the stronger thing that its reviewer asked for."""
    suspect = step.session.get_one(Suspect, step.data["real_id"])
    action = gravest([PatrolAction(step.data["next_action"]), *([suspect.suggestion] if suspect.suggestion else [])])
    step.store.correct(suspect, {"action": action})
    lots = [each["id"] for each in suspect.evidence if each["type"] == "lot"]
    lot = step.session.get(Lot, lots[0]) if lots else None
    return {
        "action": action,
        "reason": words.REASON.format(what=suspect.what)[:300],
        "hazard": words.HAZARDS.get(suspect.kind, words.OTHER_HAZARD),
        "lot_ids": lots,
        "product_id": None if lot is None else lot.product_id,
        "product_name": None if lot is None else lot.product_name,
        "found_at": step.clock.now(),
    }


def remind_business(step: Step) -> None:
    """A word to the business, that is all."""
    suspect = step.session.get_one(Suspect, step.data["real_id"])
    text = words.REMINDER.format(what=suspect.what)
    tell_establishment(step, suspect.establishment_id or "", "patrol.reminded", text)


def order_rectification(step: Step) -> Mapping[str, object]:
    """One finding to put right, for the called rectification."""
    suspect = step.session.get_one(Suspect, step.data["real_id"])
    finding = step.store.add(
        Finding(
            code=(suspect.no or "")[-20:],
            text=suspect.what,
            note=suspect.reason,
            is_key=suspect.is_key,
            severity="serious" if (suspect.severity or 1) > 2 else "minor",
            disposition="dated",
            status="rectifying",
            establishment_id=suspect.establishment_id,
            region_code=suspect.region_code,
            region_path=suspect.region_path,
        )
    )
    row = {"id": finding.id, "code": finding.code, "text": finding.text, "note": finding.note, "is_key": finding.is_key}
    return {
        "days": step.number("R-RECT-DEFAULT"),
        "findings": [row],
        "has_key": finding.is_key,
        "establishment_id": suspect.establishment_id,
        "lead_inspector": reviewer_of(step, suspect),
        "occasion": step.instance.business_key,
    }


def close_patrol(step: Step) -> Mapping[str, object]:
    """The patrol in figures, as a report."""
    patrol = step.session.get_one(Patrol, step.data["scan"]["patrol_id"])
    found = suspects_of(step.session, patrol.id)
    counted = {
        "real": sum(one.verdict is Verdict.REAL for one in found),
        "false_alarms": sum(one.verdict is Verdict.FALSE_ALARM for one in found),
    }
    figures = counted | {name: getattr(patrol, name) for name in ("establishments", "signals", "repeated", "suspects")}
    summary = words.SUMMARY.format(**figures)
    if step.data["scan"]["left"] > MOST_SIGNALS:
        summary += words.TOO_MANY.format(most=MOST_SIGNALS)
    step.store.correct(patrol, {**counted, "summary": summary, "status": "closed", "closed_at": step.clock.now()})
    report = issue_paper(step, "patrol_report", report_of(step, patrol, summary, found))
    return {"summary": summary, "document_id": report.id}


def _since(step: Step) -> datetime:
    asked = Patrolled(step.session, step.instance.region_path, step.instance.region_code, step.clock.now())
    return asked.ago("R-PAT-REPEAT")


def _active(step: Step) -> int:
    inside = within(Establishment.region_path, step.instance.region_path)
    active = select(func.count()).select_from(Establishment).where(inside, Establishment.status == "active")
    return step.session.scalar(active.where(Establishment.deleted_at.is_(None))) or 0


PROCESS = process(
    "patrol",
    scan,
    score,
    settle_reviews,
    keep_explanation,
    note_silence,
    gather_explanations,
    locate,
    choose_action,
    remind_business,
    order_rectification,
    close_patrol,
    prefix="巡",
)
