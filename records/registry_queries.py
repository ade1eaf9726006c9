"""The registry's lists and pages: establishments and products inside the actor's jurisdiction, one page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from records.errors import NotFoundError
from records.names import name_key
from records.paging import Order, Page, page_of
from records.people import Actor, Region, escape_like
from records.registry import Establishment, EstablishmentKind, Product
from records.scope import visible

PAGE_SIZE = 30
BY_NAME = Order((Establishment.name_key, Establishment.id), (str, str))
#: the orders a list of establishments can have; a minus turns one round
ORDERS = {
    "name": BY_NAME,
    "-name": replace(BY_NAME, is_descending=True),
    "grade": Order((Establishment.risk_grade, *BY_NAME.columns), (str, str, str)),
    "-grade": Order((Establishment.risk_grade, *BY_NAME.columns), (str, str, str), is_descending=True),
    "score": Order((Establishment.credit_score, *BY_NAME.columns), (int, str, str)),
    "-score": Order((Establishment.credit_score, *BY_NAME.columns), (int, str, str), is_descending=True),
}
PRODUCTS_BY_NAME = Order((Product.name_key, Product.id), (str, str))


@dataclass(frozen=True)
class EstablishmentFilter:
    """What to look for; empty parts do not narrow. ``text``: name, pinyin, initials or start of the code."""

    text: str = ""
    kind: str = ""
    grade: str = ""
    region_code: str = ""
    status: str = ""
    sort: str = "name"


@dataclass(frozen=True)
class EstablishmentRow:
    """A line of the list of establishments."""

    id: str
    name: str
    credit_code: str
    kind: EstablishmentKind
    region_name: str
    address: str
    risk_grade: str
    credit_score: int
    licence_expires_on: date | None
    status: str
    legal_person: str
    phone: str | None


@dataclass(frozen=True)
class ProductFilter:
    """What to look for; empty parts do not narrow. ``text``: name, pinyin, initials or the start of a code."""

    text: str = ""
    category: str = ""
    establishment_id: str = ""


@dataclass(frozen=True)
class ProductRow:
    """A line of the list of products."""

    id: str
    name: str
    code: str
    category: str
    unit: str
    shelf_life_days: int | None
    is_key_monitored: bool
    establishment_id: str
    establishment_name: str


@dataclass(frozen=True)
class ProductDetail:
    """A product's page."""

    product: Product
    establishment: Establishment
    siblings: list[Product] = field(default_factory=list)


def establishments(
    session: Session, actor: Actor, wanted: EstablishmentFilter, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[EstablishmentRow]:
    """One page of establishments in the order of ``wanted.sort``."""
    conditions = _establishment_conditions(session, actor, wanted)
    total = session.scalar(select(func.count()).select_from(Establishment).where(*conditions)) or 0
    page = page_of(session, select(Establishment).where(*conditions), total, ORDERS[wanted.sort], after, limit)
    names = region_names(session)
    return page.map(lambda each: _establishment_row(each, names))


def all_establishments(session: Session, actor: Actor, wanted: EstablishmentFilter) -> Iterator[EstablishmentRow]:
    """Every establishment under the filter, in its order: what an export writes out, read piece by piece."""
    names, order = region_names(session), ORDERS[wanted.sort]
    columns = [column.desc() if order.is_descending else column.asc() for column in order.columns]
    query = select(Establishment).where(*_establishment_conditions(session, actor, wanted)).order_by(*columns)
    with session.scalars(query.execution_options(yield_per=500)) as found:
        for each in found:
            yield _establishment_row(each, names)


def find_establishment(session: Session, actor: Actor, establishment_id: str) -> Establishment:
    """An establishment inside the actor's jurisdiction. Raises NotFoundError."""
    found = session.scalar(
        select(Establishment).where(
            Establishment.id == establishment_id, Establishment.deleted_at.is_(None), visible(Establishment, actor)
        )
    )
    if found is None:
        raise NotFoundError
    return found


def products(
    session: Session, actor: Actor, wanted: ProductFilter, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[ProductRow]:
    """One page of products by name (pinyin)."""
    conditions = _product_conditions(actor, wanted)
    total = session.scalar(select(func.count()).select_from(Product).where(*conditions)) or 0
    page = page_of(session, select(Product).where(*conditions), total, PRODUCTS_BY_NAME, after, limit)
    owners = _names_of(session, {each.establishment_id for each in page.rows})
    return page.map(lambda each: _product_row(each, owners))


def all_products(session: Session, actor: Actor, wanted: ProductFilter) -> Iterator[ProductRow]:
    """Every product under the filter, by name: what an export writes out, read piece by piece."""
    query = (
        select(Product, Establishment.name)
        .join(Establishment, Establishment.id == Product.establishment_id)
        .where(*_product_conditions(actor, wanted))
        .order_by(*PRODUCTS_BY_NAME.columns)
    )
    with session.execute(query.execution_options(yield_per=500)) as found:
        for each, owner in found:
            yield _product_row(each, {each.establishment_id: owner})


def product_detail(session: Session, actor: Actor, product_id: str) -> ProductDetail:
    """A product with its establishment and that establishment's other products. Raises NotFoundError."""
    found = session.scalar(
        select(Product).where(Product.id == product_id, Product.deleted_at.is_(None), visible(Product, actor))
    )
    if found is None:
        raise NotFoundError
    others = select(Product).where(
        Product.establishment_id == found.establishment_id, Product.id != found.id, Product.deleted_at.is_(None)
    )
    siblings = list(session.scalars(others.order_by(Product.name_key, Product.id)))
    return ProductDetail(found, session.get_one(Establishment, found.establishment_id), siblings)


def product_categories(session: Session, actor: Actor) -> list[str]:
    """The categories of the products the actor may see, for the filter."""
    query = select(Product.category).where(Product.deleted_at.is_(None), visible(Product, actor)).distinct()
    return sorted(session.scalars(query), key=name_key)


def region_names(session: Session) -> dict[str, str]:
    """The names of the regions by code."""
    return {code: name for code, name in session.execute(select(Region.code, Region.name))}


def regions_of(session: Session, actor: Actor) -> list[Region]:
    """The regions of the actor's jurisdiction, by code: what a list can be narrowed to."""
    inside = Region.path.startswith(actor.region_path, autoescape=True)
    return list(session.scalars(select(Region).where(Region.deleted_at.is_(None), inside).order_by(Region.code)))


def in_region(session: Session, table: Any, region_code: str) -> ColumnElement[bool]:
    """The rows of a table that lie in a region or below it."""
    path = session.scalar(select(Region.path).where(Region.code == region_code))
    inside: ColumnElement[bool] = table.region_path.startswith(path or f"/{region_code}/", autoescape=True)
    return inside


def named_like(table: Any, text: str, code: Any) -> ColumnElement[bool]:
    """The rows whose name, pinyin or initials contain the text, or whose code begins with it."""
    wanted = escape_like(text.strip())
    spelled = wanted.lower().replace(" ", "")
    return or_(
        table.name.like(f"%{wanted}%", escape="\\"),
        table.name_key.like(f"%{spelled}%", escape="\\"),
        table.name_initials.like(f"%{spelled}%", escape="\\"),
        code.like(f"{wanted.upper()}%", escape="\\"),
    )


def _establishment_conditions(session: Session, actor: Actor, wanted: EstablishmentFilter) -> list[ColumnElement[bool]]:
    conditions = [Establishment.deleted_at.is_(None), visible(Establishment, actor)]
    for column, value in (
        (Establishment.kind, wanted.kind),
        (Establishment.risk_grade, wanted.grade),
        (Establishment.status, wanted.status),
    ):
        if value:
            conditions.append(column == value)
    if wanted.region_code:
        conditions.append(in_region(session, Establishment, wanted.region_code))
    if wanted.text.strip():
        conditions.append(named_like(Establishment, wanted.text, Establishment.credit_code))
    return conditions


def _product_conditions(actor: Actor, wanted: ProductFilter) -> list[ColumnElement[bool]]:
    conditions = [Product.deleted_at.is_(None), visible(Product, actor)]
    if wanted.category:
        conditions.append(Product.category == wanted.category)
    if wanted.establishment_id:
        conditions.append(Product.establishment_id == wanted.establishment_id)
    if wanted.text.strip():
        conditions.append(named_like(Product, wanted.text, Product.code))
    return conditions


def _names_of(session: Session, ids: set[str]) -> dict[str, str]:
    query = select(Establishment.id, Establishment.name).where(Establishment.id.in_(ids))
    return {key: name for key, name in session.execute(query)}


def _establishment_row(each: Establishment, names: dict[str, str]) -> EstablishmentRow:
    return EstablishmentRow(
        id=each.id,
        name=each.name,
        credit_code=each.credit_code,
        kind=each.kind,
        region_name=names.get(each.region_code, each.region_code),
        address=each.address,
        risk_grade=each.risk_grade,
        credit_score=each.credit_score,
        licence_expires_on=each.licence_expires_on,
        status=each.status,
        legal_person=each.legal_person,
        phone=each.phone,
    )


def _product_row(each: Product, owners: dict[str, str]) -> ProductRow:
    return ProductRow(
        id=each.id,
        name=each.name,
        code=each.code,
        category=each.category,
        unit=each.unit,
        shelf_life_days=each.shelf_life_days,
        is_key_monitored=each.is_key_monitored,
        establishment_id=each.establishment_id,
        establishment_name=owners.get(each.establishment_id, ""),
    )
