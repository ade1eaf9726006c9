"""Cycles and who is in them: enrolling, what is still open, and roll-ups of frozen months."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from records.assessment_periods import Period
from records.assessment_population import Member
from records.assessment_ranking import weighted_mean
from records.assessments import (
    AssessmentCycle,
    AssessmentSubject,
    CycleKind,
    CycleState,
    SubjectKind,
    SubjectState,
)
from records.store import Store


def enrol(store: Store, cycle: AssessmentCycle, period: Period, members: Sequence[Member]) -> list[AssessmentSubject]:
    """Write down who is assessed in a cycle."""
    return [
        store.add(
            AssessmentSubject(
                cycle_id=cycle.id, kind=each.kind, peer_group=each.peer_group, name=each.name, subject_key=each.key,
                active_days=each.days, share=each.share(period), status=SubjectState.OPEN.value,
                region_code=each.region_code, region_path=each.region_path,
                establishment_id=each.key if each.kind is SubjectKind.NODE else None,
                organisation_id=each.key if each.kind is SubjectKind.AUTHORITY else None,
            )
        )
        for each in members
    ]  # fmt: skip


def open_subjects(session: Session, cycle_id: str) -> list[AssessmentSubject]:
    """Those of a cycle whose score is not final, by name."""
    found = select(AssessmentSubject).where(
        AssessmentSubject.cycle_id == cycle_id,
        AssessmentSubject.status != SubjectState.FINAL.value,
        AssessmentSubject.deleted_at.is_(None),
    )
    return list(session.scalars(found.order_by(AssessmentSubject.name, AssessmentSubject.id)))


def count_open(session: Session, cycle_id: str) -> int:
    """How many scores of a cycle are not final."""
    found = select(func.count()).where(
        AssessmentSubject.cycle_id == cycle_id,
        AssessmentSubject.status != SubjectState.FINAL.value,
        AssessmentSubject.deleted_at.is_(None),
    )
    return session.scalar(found) or 0


def lock_cycle(session: Session, cycle_id: str) -> AssessmentCycle:
    """The cycle, locked, as it stands now: two scores that become final at once see each other."""
    return session.get_one(AssessmentCycle, cycle_id, with_for_update=True, populate_existing=True)


def roll_up_months(store: Store, cycle: AssessmentCycle, months: Sequence[str], reason: str) -> list[AssessmentSubject]:
    """One subject for each that was assessed in these frozen months, with the mean of its points."""
    known = [
        (cycle_period, subject)
        for cycle_period, subject in store.session.execute(
            select(AssessmentCycle.period, AssessmentSubject)
            .join(AssessmentCycle, AssessmentCycle.id == AssessmentSubject.cycle_id)
            .where(
                AssessmentCycle.period.in_(months),
                AssessmentCycle.kind == CycleKind.MONTH,
                AssessmentCycle.status == CycleState.FROZEN,
                AssessmentCycle.region_path == cycle.region_path,
                AssessmentCycle.is_drill.is_(False),
                AssessmentSubject.deleted_at.is_(None),
                AssessmentSubject.final_points.is_not(None),
            )
            .order_by(AssessmentSubject.kind, AssessmentSubject.name, AssessmentSubject.id, AssessmentCycle.period)
        ).all()
    ]
    by_key: dict[str, dict[str, AssessmentSubject]] = {}
    for period, subject in known:
        by_key.setdefault(subject.subject_key, {})[period] = subject
    return [_rolled(store, cycle, of_one, reason) for of_one in by_key.values()]


def _rolled(
    store: Store, cycle: AssessmentCycle, months: dict[str, AssessmentSubject], reason: str
) -> AssessmentSubject:
    last = months[max(months)]
    points = weighted_mean([(one.final_points or Decimal(0), one.share) for one in months.values()])
    whole = Period(cycle.kind, cycle.starts_on).days
    days = sum(one.active_days for one in months.values())
    return store.add(
        AssessmentSubject(
            cycle_id=cycle.id, kind=last.kind, peer_group=last.peer_group, name=last.name,
            subject_key=last.subject_key, active_days=days, share=Decimal(days) / whole,
            figures={period: float(one.final_points or 0) for period, one in sorted(months.items())},
            provisional_points=points, final_points=points, status=SubjectState.FINAL.value,
            region_code=last.region_code, region_path=last.region_path, establishment_id=last.establishment_id,
            organisation_id=last.organisation_id,
        ),
        reason=reason,
    )  # fmt: skip
