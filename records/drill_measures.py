"""What the engine measures of a drill, from the moments that its facts carry (standard 7.1, processes.md C)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.drills import Drill, injects_of
from records.emergencies import EmergencyEvent, reports_of
from records.recalls import Recall

MINUTE = timedelta(minutes=1)


def measures_of(session: Session, drill: Drill) -> dict[str, float | None]:
    """Each measure in minutes or per cent; None where the drill did not come to it.

    ``report``: alert → initial report; ``acknowledge``: → every agency confirmed; ``activate``: initial report → plan
    activated; ``first_agency_report``: alert → an agency's first; ``trace``: alert → traced (R-TRC-07);
    ``first_notice``: initial report → first publication; ``reached_80``: notice → 80 % of the holders answered;
    ``recovery`` and ``gap``: recovered and unaccounted-for shares (R-REC-10); ``punctual``: reports in time;
    ``injects``: injects answered as expected.
    """
    event = session.scalars(
        select(EmergencyEvent).where(
            EmergencyEvent.process_instance_id == drill.process_instance_id, EmergencyEvent.deleted_at.is_(None)
        )
    ).first()
    if event is None:
        return {}
    alerted, reported = event.alerted_at, event.reported_at
    return {
        "report": _minutes(alerted, reported),
        "acknowledge": _minutes(reported, event.acknowledged_at),
        "activate": _minutes(reported, event.activated_at),
        "first_agency_report": _minutes(alerted, event.first_report_at),
        "trace": _minutes(alerted, event.traced_at),
        "first_notice": _minutes(reported, event.first_notice_at),
        **_of_recall(session, drill),
        "punctual": _punctual(session, event),
        "injects": _injects(session, drill),
    }


def _of_recall(session: Session, drill: Drill) -> dict[str, float | None]:
    recall = session.scalars(
        select(Recall)
        .where(Recall.process_instance_id == drill.process_instance_id, Recall.deleted_at.is_(None))
        .order_by(Recall.id)
    ).first()
    if recall is None:
        return {"reached_80": None, "recovery": None, "gap": None}
    produced, lost = recall.quantity_produced, recall.quantity_unaccounted
    return {
        "reached_80": _minutes(recall.plan_approved_at, recall.reached_80_at),
        "recovery": None if recall.recovery is None else float(recall.recovery),
        "gap": round(float(lost * 100 / produced), 1) if produced and lost is not None else None,
    }


def _punctual(session: Session, event: EmergencyEvent) -> float | None:
    reports = [each for each in reports_of(session, event.id) if each.due_at is not None]
    in_time = sum(each.reported_at <= each.due_at for each in reports if each.due_at is not None)
    return round(in_time * 100 / len(reports), 1) if reports else None


def _injects(session: Session, drill: Drill) -> float | None:
    played = [each for each in injects_of(session, drill.id) if each.played_at is not None]
    return round(sum(bool(each.is_as_expected) for each in played) * 100 / len(played), 1) if played else None


def _minutes(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else round((end - start) / MINUTE, 1)
