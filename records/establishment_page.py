"""An establishment's page: licence, credit file, inspections, what is still open, products, stalls."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from records.clock import Clock, today
from records.credit import credit_events
from records.drill_marks import is_real
from records.inspections import Finding, Inspection, Rectification
from records.people import Actor
from records.registry import CreditEvent, Establishment, Product
from records.registry_queries import find_establishment, region_names
from records.scope import visible

EXPIRING_WITHIN_DAYS = 60
LISTED = 50
OPEN_FINDINGS = ("open", "rectifying")
ENDED_RECTIFICATIONS = ("accepted", "failed")

RecordT = TypeVar("RecordT", Finding, Inspection, Rectification)


class LicenceState(StrEnum):
    """How an establishment's licence stands on a day."""

    NONE = "none"
    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"


@dataclass(frozen=True)
class EstablishmentDetail:
    """Everything the page of an establishment shows."""

    establishment: Establishment
    region_name: str
    licence: LicenceState
    market: Establishment | None
    stalls: list[Establishment] = field(default_factory=list)
    credit_events: list[CreditEvent] = field(default_factory=list)
    inspections: list[Inspection] = field(default_factory=list)
    open_findings: list[Finding] = field(default_factory=list)
    open_rectifications: list[Rectification] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)


def establishment_detail(session: Session, actor: Actor, establishment_id: str, clock: Clock) -> EstablishmentDetail:
    """The page of one establishment. Raises NotFoundError outside the actor's jurisdiction."""
    found = find_establishment(session, actor, establishment_id)
    return EstablishmentDetail(
        establishment=found,
        region_name=region_names(session).get(found.region_code, found.region_code),
        licence=licence_state(found, today(clock)),
        market=session.get(Establishment, found.market_id) if found.market_id else None,
        stalls=_stalls(session, actor, found),
        credit_events=credit_events(session, found.id),
        inspections=_of(session, actor, found, Inspection, known_to(actor)),
        open_findings=_of(
            session, actor, found, Finding, and_(Finding.status.in_(OPEN_FINDINGS), _of_known_inspection(actor))
        ),
        open_rectifications=_of(
            session, actor, found, Rectification, Rectification.status.not_in(ENDED_RECTIFICATIONS)
        ),
        products=_products(session, found),
    )


def licence_state(establishment: Establishment, on: date) -> LicenceState:
    """How the licence stands on a day; a licence without an end is valid."""
    if establishment.licence_no is None:
        return LicenceState.NONE
    if establishment.licence_expires_on is None:
        return LicenceState.VALID
    left = (establishment.licence_expires_on - on).days
    if left < 0:
        return LicenceState.EXPIRED
    return LicenceState.EXPIRING if left <= EXPIRING_WITHIN_DAYS else LicenceState.VALID


def known_to(actor: Actor) -> ColumnElement[bool]:
    """The inspections an actor may know of: a business learns of one with its result, never before (R-INS-15)."""
    return Inspection.result_at.is_not(None) if actor.is_business else Inspection.id.is_not(None)


def _of_known_inspection(actor: Actor) -> ColumnElement[bool]:
    return Finding.inspection_id.in_(select(Inspection.id).where(known_to(actor)))


def _of(
    session: Session, actor: Actor, owner: Establishment, kind: type[RecordT], condition: ColumnElement[bool]
) -> list[RecordT]:
    query = select(kind).where(
        kind.establishment_id == owner.id, kind.deleted_at.is_(None), is_real(kind), visible(kind, actor), condition
    )
    return list(session.scalars(query.order_by(kind.effective_at.desc(), kind.id.desc()).limit(LISTED)))


def _stalls(session: Session, actor: Actor, market: Establishment) -> list[Establishment]:
    query: Any = select(Establishment).where(
        Establishment.market_id == market.id, Establishment.deleted_at.is_(None), visible(Establishment, actor)
    )
    return list(session.scalars(query.order_by(Establishment.stall_no, Establishment.id).limit(200)))


def _products(session: Session, owner: Establishment) -> list[Product]:
    query = select(Product).where(Product.establishment_id == owner.id, Product.deleted_at.is_(None))
    return list(session.scalars(query.order_by(Product.name_key, Product.id).limit(200)))
