"""Plans of inspection, annual or campaign: strata with quotas, rounds, and the editions that were in force."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, String, Text, UniqueConstraint, false, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.base import CaseMixin, Fact, Json, choice, refers_to
from records.hashing import content_hash
from records.people import Region
from records.registry import Establishment
from records.scope import within
from records.store import Store


class PlanKind(StrEnum):
    """Whose plan it is: the department's yearly routine, a campaign, or one of several departments together."""

    ROUTINE = "routine"
    SPECIAL = "special"
    JOINT = "joint"


class InspectionPlan(CaseMixin, Fact):
    """A plan of inspection (SAMR Order 49 art. 21). status: draft | approved | executed | rejected."""

    title: Mapped[str] = mapped_column(String(80))
    year: Mapped[int]
    kind: Mapped[PlanKind] = mapped_column(choice(PlanKind))
    mode: Mapped[str] = mapped_column(String(20), default="random")  # random | flight (never announced)
    departments: Mapped[list[str] | None]  # ids of the partner organisations
    regions: Mapped[list[str] | None]  # codes of the regions in scope
    checklists: Mapped[list[str] | None]  # ids of the checklist editions that are used
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    basis: Mapped[str] = mapped_column(Text)
    edition: Mapped[int] = mapped_column(default=0)  # the one in force; 0: none yet


class PlanStratum(CaseMixin, Fact):
    """The establishments of one kind and risk grade: how many there are, how many are drawn in the plan's period."""

    plan_id: Mapped[str] = mapped_column(refers_to("inspection_plan.id"), index=True)
    code: Mapped[str] = mapped_column(String(40))  # producer/B
    kind: Mapped[str] = mapped_column(String(20))  # EstablishmentKind
    risk_grade: Mapped[str] = mapped_column(String(1))
    population: Mapped[int]
    visits: Mapped[int]  # that one establishment gets at most in the period
    ratio: Mapped[int]  # per cent of the population
    quota: Mapped[int] = mapped_column(default=0)
    key_items: Mapped[str | None] = mapped_column(Text)


class PlanRound(CaseMixin, Fact):
    """A round of a plan: drawn on a day, inspected by another. status: planned | drawn | abandoned."""

    plan_id: Mapped[str] = mapped_column(refers_to("inspection_plan.id"), index=True)
    number: Mapped[int] = mapped_column(default=0)  # counted when the plan is frozen
    draw_on: Mapped[date]
    inspect_by: Mapped[date]


class PlanEdition(CaseMixin, Fact):
    """What a plan said from its approval, or from an adjustment on: frozen, with the pool as it was then."""

    plan_id: Mapped[str] = mapped_column(refers_to("inspection_plan.id"), index=True)
    number: Mapped[int]
    said: Mapped[dict[str, Any]] = mapped_column(Json)
    content_hash: Mapped[str] = mapped_column(String(64))
    pool: Mapped[dict[str, Any]] = mapped_column(Json)  # establishment id -> stratum
    pool_hash: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (UniqueConstraint("plan_id", "number"),)


def plan_of_case(session: Session, process_instance_id: str) -> InspectionPlan:
    """The plan that a case drafts or executes. Raises NoResultFound."""
    return session.scalars(
        select(InspectionPlan).where(
            InspectionPlan.process_instance_id == process_instance_id, InspectionPlan.deleted_at.is_(None)
        )
    ).one()


def in_scope(session: Session, plan: InspectionPlan) -> ColumnElement[bool]:
    """The businesses that lie in one of the plan's regions, or below it."""
    paths = session.scalars(select(Region.path).where(Region.code.in_(plan.regions or [])))
    return or_(false(), *(within(Establishment.region_path, path) for path in paths))


def strata_of(session: Session, plan_id: str) -> list[PlanStratum]:
    """The strata of a plan, by code."""
    of_plan = select(PlanStratum).where(PlanStratum.plan_id == plan_id, PlanStratum.deleted_at.is_(None))
    return list(session.scalars(of_plan.order_by(PlanStratum.code)))


def rounds_of(session: Session, plan_id: str) -> list[PlanRound]:
    """The rounds of a plan, by their dates."""
    of_plan = select(PlanRound).where(PlanRound.plan_id == plan_id, PlanRound.deleted_at.is_(None))
    return list(session.scalars(of_plan.order_by(PlanRound.draw_on, PlanRound.number)))


def edition_of(session: Session, plan: InspectionPlan) -> PlanEdition:
    """The edition of a plan that is in force. Raises NoResultFound."""
    of_plan = select(PlanEdition).where(PlanEdition.plan_id == plan.id, PlanEdition.number == plan.edition)
    return session.scalars(of_plan).one()


def freeze(store: Store, plan: InspectionPlan, pool: dict[str, str], *, reason: str | None = None) -> PlanEdition:
    """The plan's next edition: what it says now and the pool as it is now, both with their hashes."""
    strata = [stratum.content() for stratum in strata_of(store.session, plan.id)]
    content = {
        "plan": {name: value for name, value in plan.content().items() if name in _SAID},
        "strata": [{name: each[name] for name in _STRATUM} for each in strata],
    }
    store.correct(plan, {"edition": plan.edition + 1, "status": "approved"}, reason=reason)
    return store.add(
        PlanEdition(
            plan_id=plan.id,
            no=plan.no,
            number=plan.edition,
            said=content,
            content_hash=content_hash(content),
            pool=pool,
            pool_hash=content_hash(pool),
            reason=reason,
            region_code=plan.region_code,
            region_path=plan.region_path,
        )
    )


_SAID = ("title", "year", "kind", "mode", "departments", "regions", "checklists", "starts_on", "ends_on", "basis")
_STRATUM = ("code", "kind", "risk_grade", "population", "visits", "ratio", "quota", "key_items")
