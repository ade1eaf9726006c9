"""Suspects of a patrol: raised from signals, shown to people, judged, reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from engine.process import Step
from records.anomalies import Signal
from records.clock import today
from records.patrols import CLASS_OF, AnomalyKind, Patrol, PatrolAction, Suspect, Verdict, suspects_of
from records.registry import Establishment
from workflows import patrol_words as words
from workflows.papers import authority
from workflows.words import day, minute

SEGMENT = "segment:{segment}"


def as_data(signal: Signal) -> dict[str, Any]:
    """A signal as the case keeps it."""
    return {
        "kind": signal.kind.value,
        "measure": signal.measure,
        "unit": signal.unit,
        "is_key": signal.is_key,
        "establishment_id": signal.establishment_id,
        "names": list(signal.names),
        "evidence": [dict(each) for each in signal.evidence],
    }


def raise_suspect(step: Step, patrol: Patrol, signal: Mapping[str, Any], points: int, number: int) -> dict[str, Any]:
    """A signal that reached the threshold becomes the suspect of this number."""
    place = step.session.get_one(Establishment, signal["establishment_id"])
    kind, measure = AnomalyKind(signal["kind"]), Decimal(str(signal["measure"]))
    said = {"measure": f"{measure.normalize():f}", "unit": signal["unit"], "names": "、".join(signal["names"])}
    suspect = step.store.add(
        Suspect(
            no=f"{patrol.no}-{number:02d}",
            status="open",
            patrol_id=patrol.id,
            kind=kind,
            data_class=CLASS_OF[kind],
            what=words.WHAT[kind].format(**said),
            measure=measure,
            unit=signal["unit"],
            is_key=signal["is_key"],
            score=points,
            area=place.market_id or SEGMENT.format(segment=place.segment),
            evidence=signal["evidence"],
            establishment_id=place.id,
            region_code=place.region_code,
            region_path=place.region_path,
        )
    )
    return row_of(step, suspect) | {"area": suspect.area, "points": points}


def row_of(step: Step, suspect: Suspect) -> dict[str, Any]:
    """A suspect as forms show it."""
    place = step.session.get_one(Establishment, suspect.establishment_id)
    return {
        "id": suspect.id,
        "no": suspect.no,
        "establishment_id": place.id,
        "establishment": place.name,
        "place": place.address,
        "what": suspect.what,
        "evidence": words.evidence_text(suspect.evidence),
    }


def judged(step: Step, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Suspect, Mapping[str, Any]]]:
    """The suspects that rows of a review speak of, each with its row."""
    by_number = {one.no: one for one in suspects_of(step.session, step.data["scan"]["patrol_id"])}
    yield from ((by_number[row["no"]], row) for row in rows)


def settle(step: Step, suspect: Suspect, row: Mapping[str, Any]) -> None:
    """A person's last word on a suspect."""
    verdict = Verdict(row["verdict"])
    suggestion = row.get("suggestion")
    judged = {
        "verdict": verdict,
        "status": verdict.value,
        "reason": row.get("reason") or row.get("proof") or suspect.reason,
        "severity": int(row["severity"]) if row.get("severity") else None,
        "suggestion": PatrolAction(suggestion) if suggestion else None,
    }
    step.store.correct(suspect, judged)


def reviewer_of(step: Step, suspect: Suspect) -> str | None:
    """Who judged the suspect: they follow it up."""
    reviews = step.data["review_suspects"]
    return next((each["_by"] for each in reviews if any(row["no"] == suspect.no for row in each["reviews"])), None)


def report_of(step: Step, patrol: Patrol, summary: str, found: Sequence[Suspect]) -> dict[str, Any]:
    """What the report of a patrol says."""
    rows = [
        {
            "no": (one.no or "")[-2:],
            "establishment": step.session.get_one(Establishment, one.establishment_id).name,
            "what": one.what,
            "verdict": words.VERDICTS[one.verdict.value] if one.verdict else "",
            "action": words.ACTIONS[one.action] if one.action else (one.reason or ""),
        }
        for one in sorted(found, key=lambda one: one.no or "")
    ]
    return {
        "authority": authority(step),
        "region": step.instance.region_code,
        "scanned_at": minute(patrol.scanned_at.isoformat()),
        "summary": summary,
        "suspects": rows,
        "issued_on": day(today(step.clock)),
    }
