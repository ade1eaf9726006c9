"""The list of inspections inside the actor's jurisdiction, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from records.establishment_page import known_to
from records.inspections import Inspection, InspectionMode, Overall
from records.paging import Order, Page, page_of
from records.people import Actor, User
from records.registry import Establishment
from records.registry_queries import PAGE_SIZE, in_region, named_like, region_names
from records.scope import visible

NEWEST_FIRST = Order((Inspection.effective_at, Inspection.id), (datetime, str), is_descending=True)


@dataclass(frozen=True)
class InspectionFilter:
    """What to look for; empty parts do not narrow. ``text`` is the establishment's name, pinyin or credit code."""

    text: str = ""
    mode: str = ""
    overall: str = ""
    region_code: str = ""


@dataclass(frozen=True)
class InspectionRow:
    """A line of the list of inspections."""

    id: str
    no: str | None
    process_instance_id: str | None
    establishment_id: str | None
    establishment_name: str
    region_name: str
    mode: InspectionMode
    lead_inspector_name: str | None
    planned_on: date | None
    arrived_at: datetime | None
    overall: Overall | None
    disposition: str | None
    is_drill: bool


def inspections(
    session: Session, actor: Actor, wanted: InspectionFilter, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[InspectionRow]:
    """One page of inspections."""
    conditions = _conditions(session, actor, wanted)
    total = session.scalar(select(func.count()).select_from(Inspection).where(*conditions)) or 0
    page = page_of(session, select(Inspection).where(*conditions), total, NEWEST_FIRST, after, limit)
    shops = _names(session, Establishment, {row.establishment_id for row in page.rows})
    people = _names(session, User, {row.lead_inspector_id for row in page.rows})
    regions = region_names(session)
    return page.map(lambda each: _row(each, shops, people, regions))


def _conditions(session: Session, actor: Actor, wanted: InspectionFilter) -> list[ColumnElement[bool]]:
    conditions = [Inspection.deleted_at.is_(None), visible(Inspection, actor), known_to(actor)]
    for column, value in ((Inspection.mode, wanted.mode), (Inspection.overall, wanted.overall)):
        if value:
            conditions.append(column == value)
    if wanted.region_code:
        conditions.append(in_region(session, Inspection, wanted.region_code))
    if wanted.text.strip():
        named = select(Establishment.id).where(named_like(Establishment, wanted.text, Establishment.credit_code))
        conditions.append(Inspection.establishment_id.in_(named))
    return conditions


def _names(session: Session, kind: type[Establishment] | type[User], ids: set[str | None]) -> dict[str | None, str]:
    return {key: name for key, name in session.execute(select(kind.id, kind.name).where(kind.id.in_(ids)))}


def _row(
    each: Inspection, shops: dict[str | None, str], people: dict[str | None, str], regions: dict[str, str]
) -> InspectionRow:
    return InspectionRow(
        id=each.id,
        no=each.no,
        process_instance_id=each.process_instance_id,
        establishment_id=each.establishment_id,
        establishment_name=shops.get(each.establishment_id, ""),
        region_name=regions.get(each.region_code, each.region_code),
        mode=each.mode,
        lead_inspector_name=people.get(each.lead_inspector_id),
        planned_on=each.planned_on,
        arrived_at=each.arrived_at,
        overall=each.overall,
        disposition=each.disposition,
        is_drill=each.is_drill,
    )
