"""Facts of periodic assessment: cycles, who is assessed in them, and every score that was given (standard 8.4)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, Numeric, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.base import CaseMixin, Fact, Json, choice, refers_to


class CycleKind(StrEnum):
    """How long the assessed period is."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class CycleState(StrEnum):
    """Where a cycle stands (``AssessmentCycle.status``). What is frozen never changes."""

    OPEN = "open"
    SCORING = "scoring"
    RANKING = "ranking"
    FROZEN = "frozen"
    ABANDONED = "abandoned"


class SubjectKind(StrEnum):
    """What is assessed: a node of the traceability system (an establishment) or a district's authority."""

    NODE = "node"
    AUTHORITY = "authority"


class SubjectState(StrEnum):
    """Where the assessment of one subject stands (``AssessmentSubject.status``)."""

    OPEN = "open"
    REVIEWING = "reviewing"
    PROVISIONAL = "provisional"
    FINAL = "final"


class ScoreKind(StrEnum):
    """Who gave a score: the figures, the assessed, a reviewer, the appeal panel, or what it came to."""

    AUTO = "auto"
    SELF = "self"
    REVIEW = "review"
    APPEAL = "appeal"
    FINAL = "final"


class AssessmentCycle(CaseMixin, Fact):
    """One period of assessment of a region. ``no`` is its case number, ``status`` a CycleState.

    ``period``: ``2026-10``, ``2026-Q4`` or ``2026``; ``figures``: totals of the whole population for the report.
    """

    kind: Mapped[CycleKind] = mapped_column(choice(CycleKind), index=True)
    period: Mapped[str] = mapped_column(String(10), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    scheme_id: Mapped[str] = mapped_column(refers_to("assessment_scheme.id"))
    data_lock_at: Mapped[datetime | None]
    collected_at: Mapped[datetime | None]
    frozen_at: Mapped[datetime | None]
    narrative: Mapped[str | None] = mapped_column(Text)
    suggestions: Mapped[str | None] = mapped_column(Text)
    figures: Mapped[dict[str, Any] | None] = mapped_column(Json)


class AssessmentSubject(CaseMixin, Fact):
    """One assessed node or authority in one cycle. ``status`` is a SubjectState; points are out of 100.

    ``figures``: indicator code → ``{"numerator", "denominator", "ratio", "points", "max", "weight", "applicable"}`` of
    a month, period → points of a roll-up. ``share``: the part of the period's days on which it was active (pro rata).
    """

    cycle_id: Mapped[str] = mapped_column(refers_to("assessment_cycle.id"), index=True)
    kind: Mapped[SubjectKind] = mapped_column(choice(SubjectKind))
    peer_group: Mapped[str] = mapped_column(String(20))  # an EstablishmentKind, or the level of an authority
    name: Mapped[str] = mapped_column(String(120))
    subject_key: Mapped[str] = mapped_column(String(26), index=True)  # id of the establishment or organisation
    active_days: Mapped[int]
    share: Mapped[Decimal] = mapped_column(Numeric(5, 4))
    figures: Mapped[dict[str, Any] | None] = mapped_column(Json)
    auto_points: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    self_points: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    first_points: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    second_points: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    third_points: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    provisional_points: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    appeal_points: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    own_points: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))  # added to a roll-up for items of its own
    final_points: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    is_late: Mapped[bool] = mapped_column(default=False)
    penalty: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    veto: Mapped[str | None] = mapped_column(String(40))  # the code of the veto indicator
    veto_reason: Mapped[str | None] = mapped_column(Text)
    appeal_reason: Mapped[str | None] = mapped_column(Text)
    appeal_opinion: Mapped[str | None] = mapped_column(Text)
    grade: Mapped[str | None] = mapped_column(String(20))
    rank: Mapped[int | None]  # among its peer group; equal points share a rank, the next one is left out
    peers: Mapped[int | None]
    peer_mean: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    previous_points: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))  # of the period before
    year_ago_points: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    measure: Mapped[str | None] = mapped_column(String(20))  # plan | talk | rectification, of a low grade

    __table_args__ = (Index("ix_assessment_subject_rank", "cycle_id", "peer_group", "rank"),)


class AssessmentScore(CaseMixin, Fact):
    """The points that one side gave one subject on one indicator, with its reason and the day of its evidence.

    ``scorer_id``: who gave them; nobody for what they came to.
    """

    assessment_subject_id: Mapped[str] = mapped_column(refers_to("assessment_subject.id"), index=True)
    kind: Mapped[ScoreKind] = mapped_column(choice(ScoreKind))
    round: Mapped[str] = mapped_column(String(20), default="")  # which reviewer: first | second | third
    code: Mapped[str] = mapped_column(String(40))
    points: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))  # null: not applicable
    note: Mapped[str | None] = mapped_column(Text)
    evidence_on: Mapped[date | None]
    scorer_id: Mapped[str | None] = mapped_column(String(26))


class AssessmentImprovement(CaseMixin, Fact):
    """What a low grade led to. status: ordered | overdue (a talk takes the plan's place)."""

    assessment_subject_id: Mapped[str | None] = mapped_column(refers_to("assessment_subject.id"), index=True)
    measure: Mapped[str] = mapped_column(String(20), default="plan")
    requirement: Mapped[str | None] = mapped_column(Text)
    cause: Mapped[str | None] = mapped_column(Text)
    action: Mapped[str | None] = mapped_column(Text)
    done_on: Mapped[date | None]
    opinion: Mapped[str | None] = mapped_column(Text)


def cycle_of_period(session: Session, kind: CycleKind, period: str, region_path: str) -> AssessmentCycle | None:
    """The cycle of a period of a region that was not abandoned; drills apart."""
    return session.scalars(
        select(AssessmentCycle).where(
            AssessmentCycle.kind == kind,
            AssessmentCycle.period == period,
            AssessmentCycle.region_path == region_path,
            AssessmentCycle.status != CycleState.ABANDONED,
            AssessmentCycle.deleted_at.is_(None),
            AssessmentCycle.is_drill.is_(False),
        )
    ).first()


def subjects_of(session: Session, cycle_id: str) -> list[AssessmentSubject]:
    """Everyone assessed in a cycle, by peer group and name."""
    found = select(AssessmentSubject).where(
        AssessmentSubject.cycle_id == cycle_id, AssessmentSubject.deleted_at.is_(None)
    )
    order = (AssessmentSubject.kind, AssessmentSubject.peer_group, AssessmentSubject.name, AssessmentSubject.id)
    return list(session.scalars(found.order_by(*order)))


def scores_of(session: Session, subject_id: str, kind: ScoreKind, number: str = "") -> dict[str, AssessmentScore]:
    """The scores that one side gave a subject, by the indicator's code."""
    found = select(AssessmentScore).where(
        AssessmentScore.assessment_subject_id == subject_id,
        AssessmentScore.kind == kind,
        AssessmentScore.round == number,
        AssessmentScore.deleted_at.is_(None),
    )
    return {score.code: score for score in session.scalars(found.order_by(AssessmentScore.id))}


def frozen_points(session: Session, periods: list[str], region_path: str) -> dict[str, dict[str, Decimal]]:
    """Subject key → period → final points, of the frozen months named. Read, never computed again."""
    rows = session.execute(
        select(AssessmentSubject.subject_key, AssessmentCycle.period, AssessmentSubject.final_points)
        .join(AssessmentCycle, AssessmentCycle.id == AssessmentSubject.cycle_id)
        .where(
            AssessmentCycle.period.in_(periods),
            AssessmentCycle.region_path == region_path,
            AssessmentCycle.status == CycleState.FROZEN,
            AssessmentCycle.is_drill.is_(False),
            AssessmentCycle.deleted_at.is_(None),
            AssessmentSubject.deleted_at.is_(None),
            AssessmentSubject.final_points.is_not(None),
        )
    )
    points: dict[str, dict[str, Decimal]] = {}
    for key, period, final in rows:
        points.setdefault(key, {})[period] = final or Decimal(0)
    return points
