"""Facts of emergency plans and drills (FSLR art. 54-55): plan versions, injects, scores, corrective actions."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Numeric, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.base import CaseMixin, Fact, Json, refers_to


class PlanVersion(CaseMixin, Fact):
    """One version of an emergency plan; a drill's lessons make the next (FSLR art. 55).

    status: draft | in_force | replaced. A version that a drill makes is real: plans are revised by drills.
    """

    name: Mapped[str] = mapped_column(String(120))
    number: Mapped[int]
    text: Mapped[str | None] = mapped_column(Text)
    changes: Mapped[str | None] = mapped_column(Text)
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    replaces_id: Mapped[str | None] = mapped_column(String(26))
    approved_at: Mapped[datetime | None]


class Drill(CaseMixin, Fact):
    """One exercise. status: designed | approved | running | stood_down | scored | archived.

    ``clock_factor``: the story's minutes that pass in one minute (1 or 10); 0: every inject is played by hand.
    """

    title: Mapped[str | None] = mapped_column(String(120))
    plan_version_id: Mapped[str | None] = mapped_column(String(26))
    scenario: Mapped[str | None] = mapped_column(Text)
    is_without_notice: Mapped[bool] = mapped_column(default=False)
    safety_rule: Mapped[str | None] = mapped_column(Text)
    clock_factor: Mapped[int] = mapped_column(default=1)
    agencies: Mapped[list[str] | None] = mapped_column(Json)
    establishment_ids: Mapped[list[str] | None] = mapped_column(Json)  # the businesses that take part
    evaluator_ids: Mapped[list[str] | None] = mapped_column(Json)
    lot_ids: Mapped[list[str] | None] = mapped_column(Json)  # read from the real store, never changed
    approved_at: Mapped[datetime | None]
    began_at: Mapped[datetime | None]
    stood_down_at: Mapped[datetime | None]
    measures: Mapped[dict[str, Any] | None] = mapped_column(Json)  # key -> value in minutes or per cent
    score: Mapped[Decimal | None] = mapped_column(Numeric(5, 1))  # of 100
    strengths: Mapped[str | None] = mapped_column(Text)
    gaps: Mapped[str | None] = mapped_column(Text)


class DrillObjective(CaseMixin, Fact):
    """What a drill is to show; weights add up to 100. ``metric`` is measured by the engine, or ``manual``."""

    drill_id: Mapped[str] = mapped_column(refers_to("drill.id"), index=True)
    code: Mapped[str] = mapped_column(String(12))
    objective: Mapped[str] = mapped_column(String(200))
    metric: Mapped[str] = mapped_column(String(40))
    target: Mapped[Decimal | None] = mapped_column(Numeric(10, 1))  # at most so many minutes, or at least so many %
    weight: Mapped[int]


class Inject(CaseMixin, Fact):
    """Something that the exercise control puts in at a minute of the drill's story.

    status: planned | due | played | left_out.
    """

    drill_id: Mapped[str] = mapped_column(refers_to("drill.id"), index=True)
    code: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(20))  # second_lot | rumour | unreachable | refusal | death | other
    minute: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    expected: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime | None]
    played_at: Mapped[datetime | None]
    reaction: Mapped[str | None] = mapped_column(Text)
    is_as_expected: Mapped[bool | None]


class DrillScore(CaseMixin, Fact):
    """What one evaluator gives for one objective: 0 to its weight, with the evidence for it."""

    drill_id: Mapped[str] = mapped_column(refers_to("drill.id"), index=True)
    evaluator_id: Mapped[str] = mapped_column(String(26))
    code: Mapped[str] = mapped_column(String(12))
    score: Mapped[Decimal] = mapped_column(Numeric(5, 1))
    evidence: Mapped[str] = mapped_column(Text)


class CorrectiveAction(CaseMixin, Fact):
    """What is to be bettered after a drill, by whom, until when. status: open | done."""

    drill_id: Mapped[str] = mapped_column(refers_to("drill.id"), index=True)
    code: Mapped[str] = mapped_column(String(12))
    gap: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[str] = mapped_column(String(26))
    due_on: Mapped[date]
    result: Mapped[str | None] = mapped_column(Text)
    done_at: Mapped[datetime | None]


def plan_in_force(session: Session, region_code: str, on: date) -> PlanVersion | None:
    """The version of a region's emergency plan that is in force on a day, the newest."""
    return session.scalars(
        select(PlanVersion)
        .where(
            PlanVersion.region_code == region_code,
            PlanVersion.status == "in_force",
            PlanVersion.valid_from <= on,
            PlanVersion.valid_until.is_(None) | (PlanVersion.valid_until >= on),
            PlanVersion.deleted_at.is_(None),
        )
        .order_by(PlanVersion.number.desc(), PlanVersion.id.desc())
        .limit(1)
    ).first()


def drill_of(session: Session, process_instance_id: str | None) -> Drill | None:
    """The drill that a case is."""
    if process_instance_id is None:
        return None
    own = select(Drill).where(Drill.process_instance_id == process_instance_id, Drill.deleted_at.is_(None))
    return session.scalars(own.order_by(Drill.id).limit(1)).first()


def objectives_of(session: Session, drill_id: str) -> list[DrillObjective]:
    """What a drill is to show, by code."""
    own = select(DrillObjective).where(DrillObjective.drill_id == drill_id, DrillObjective.deleted_at.is_(None))
    return list(session.scalars(own.order_by(DrillObjective.code, DrillObjective.id)))


def injects_of(session: Session, drill_id: str) -> list[Inject]:
    """The injects of a drill in the order of their minutes."""
    own = select(Inject).where(Inject.drill_id == drill_id, Inject.deleted_at.is_(None))
    return list(session.scalars(own.order_by(Inject.minute, Inject.id)))


def scores_of(session: Session, drill_id: str) -> list[DrillScore]:
    """What the evaluators gave."""
    own = select(DrillScore).where(DrillScore.drill_id == drill_id, DrillScore.deleted_at.is_(None))
    return list(session.scalars(own.order_by(DrillScore.code, DrillScore.id)))


def corrective_actions_of(session: Session, drill_id: str) -> list[CorrectiveAction]:
    """What is to be bettered after a drill."""
    own = select(CorrectiveAction).where(CorrectiveAction.drill_id == drill_id, CorrectiveAction.deleted_at.is_(None))
    return list(session.scalars(own.order_by(CorrectiveAction.code, CorrectiveAction.id)))
