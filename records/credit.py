"""The credit file: what happened to an establishment, and the risk grade that follows (SAMR Order 49 art. 41)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.clock import today
from records.registry import CreditEvent, Establishment
from records.rules import find_rule, whole_number
from records.store import Store

FULL_SCORE = 100
GRADES = ("A", "B", "C")
LOWEST_GRADE = "D"


def record_event(
    store: Store, establishment: Establishment, kind: str, summary: str, points: int
) -> CreditEvent | None:
    """Enter what happened, with the points it gives or takes; score and risk grade of the establishment follow.

    In a drill nothing happened: the journal of the drill says what would have been entered, the credit file does not.
    """
    if store.origin.is_drill:
        told = {"kind": kind, "summary": summary, "points": points}
        store.enter("drill.credit_withheld", "establishment", establishment.id, after=told)
        return None
    event = store.add(
        CreditEvent(
            establishment_id=establishment.id,
            kind=kind,
            summary=summary,
            points=points,
            process_instance_id=store.origin.process_instance_id,
            region_code=establishment.region_code,
            region_path=establishment.region_path,
        )
    )
    score = max(0, min(FULL_SCORE, establishment.credit_score + points))
    changes = {"credit_score": score, "risk_grade": grade_of(store, score, establishment.region_code)}
    store.correct(establishment, changes, reason=summary)
    return event


def grade_of(store: Store, score: int, region_code: str) -> str:
    """The risk grade of a credit score under the rules in force in a region."""
    on = today(store.clock)
    for grade in GRADES:
        if score >= whole_number(find_rule(store.session, f"R-CREDIT-{grade}", on, region_code)):
            return grade
    return LOWEST_GRADE


def credit_events(session: Session, establishment_id: str, limit: int = 50) -> list[CreditEvent]:
    """The credit file of an establishment, newest first."""
    of_it = select(CreditEvent).where(
        CreditEvent.establishment_id == establishment_id, CreditEvent.deleted_at.is_(None)
    )
    return list(session.scalars(of_it.order_by(CreditEvent.created_at.desc(), CreditEvent.id.desc()).limit(limit)))
