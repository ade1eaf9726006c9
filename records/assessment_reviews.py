"""Reviewing: who may review whom, and what several reviewers' scores come to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from records.assessment_points import CENT
from records.assessment_ranking import closest_two
from records.assessments import AssessmentCycle, AssessmentScore, AssessmentSubject, ScoreKind
from records.people import Qualification, QualificationKind, Role, RoleCode, User

#: within this time earlier lateness counts
REMEMBERED = timedelta(days=365)

Points = Mapping[str, Decimal | None]


@dataclass(frozen=True)
class Review:
    """What one reviewer says: points by indicator, the score they come to, and the veto that is asserted, if any."""

    points: Points
    score: Decimal
    veto: str | None = None
    veto_reason: str | None = None


def reviewers(
    session: Session, subject: AssessmentSubject, region_path: str, on: date, without: Collection[str | None]
) -> list[str]:
    """Assessors of the cycle's region who may review a subject, those with the fewest reviews first.

    Recused: people of the assessed authority or establishment, and those named in ``without``. A certificate of
    assessment must be in force (standard 4.2).
    """
    certified = (
        select(Qualification.id)
        .where(
            Qualification.user_id == User.id,
            Qualification.kind == QualificationKind.ASSESSMENT,
            Qualification.deleted_at.is_(None),
            Qualification.suspended_at.is_(None),
            Qualification.issued_on <= on,
            Qualification.expires_on >= on,
        )
        .exists()
    )
    done = (
        select(func.count(func.distinct(AssessmentScore.assessment_subject_id)))
        .where(AssessmentScore.created_by == User.id, AssessmentScore.kind == ScoreKind.REVIEW)
        .scalar_subquery()
    )
    found = select(User.id).where(
        User.active,
        User.deleted_at.is_(None),
        User.establishment_id.is_(None),
        User.region_path == region_path,
        User.roles.any(Role.name == RoleCode.ASSESSOR),
        or_(User.organisation_id.is_(None), User.organisation_id != subject.subject_key),
        User.id.not_in([each for each in without if each is not None]),
        certified,
    )
    return list(session.scalars(found.order_by(done, User.id)))


def contact_of(session: Session, subject: AssessmentSubject) -> str | None:
    """Who answers for the assessed: the first of its people with the role ORG."""
    own = (
        User.establishment_id == subject.establishment_id
        if subject.establishment_id is not None
        else (User.organisation_id == subject.organisation_id) & User.establishment_id.is_(None)
    )
    found = select(User.id).where(
        own, User.active, User.deleted_at.is_(None), User.roles.any(Role.name == RoleCode.ASSESSED)
    )
    return session.scalar(found.order_by(User.id).limit(1))


def earlier_lates(session: Session, subject: AssessmentSubject, starts_on: date) -> int:
    """How often the same subject was late with its self-assessment in the year before this period."""
    found = (
        select(func.count())
        .select_from(AssessmentSubject)
        .join(AssessmentCycle, AssessmentCycle.id == AssessmentSubject.cycle_id)
        .where(
            AssessmentSubject.subject_key == subject.subject_key,
            AssessmentSubject.is_late,
            AssessmentSubject.is_drill.is_(False),
            AssessmentSubject.deleted_at.is_(None),
            AssessmentCycle.starts_on < starts_on,
            AssessmentCycle.starts_on >= starts_on - REMEMBERED,
        )
    )
    return session.scalar(found) or 0


def agreed(reviews: Sequence[Review]) -> Points:
    """Points by indicator: the mean of two reviewers, or of the two of three whose scores lie closest."""
    pair = (0, 1) if len(reviews) == 2 else closest_two([one.score for one in reviews])
    first, second = (reviews[place].points for place in pair)
    return {code: _mean(first.get(code), second.get(code)) for code in first}


def agreed_veto(reviews: Sequence[Review]) -> tuple[str, str] | None:
    """The veto that at least two reviewers assert, with their reasons; one alone is not enough."""
    asserted: dict[str, list[str]] = {}
    for one in reviews:
        if one.veto is not None:
            asserted.setdefault(one.veto, []).append(one.veto_reason or "")
    for code, reasons in asserted.items():
        if len(reasons) > 1:
            return code, "；".join(dict.fromkeys(reasons))
    return None


def are_split(first: Review, second: Review, limit: int) -> bool:
    """Whether a third must decide: the scores lie further apart than R-ASM-SPREAD, or only one asserts a veto."""
    return abs(first.score - second.score) > limit or first.veto != second.veto


def _mean(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    known = [each for each in (first, second) if each is not None]
    return (sum(known, Decimal(0)) / len(known)).quantize(CENT, ROUND_HALF_UP) if known else None
