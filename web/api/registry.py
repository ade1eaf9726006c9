"""Establishments and products."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from records.paging import Page
from records.registry import Establishment, Product
from records.registry_queries import (
    EstablishmentFilter,
    EstablishmentRow,
    ProductFilter,
    ProductRow,
    establishments,
    find_establishment,
    product_detail,
    products,
)
from web.api import schemas
from web.api.frame import Listing, Resource
from web.parts import parts
from web.permissions import actor, permission

blueprint = Resource("api-registry", __name__, url_prefix="/api", description="Establishments and products")


class EstablishmentListing(Listing):
    """Which establishments."""

    kind = fields.String(load_default="")
    grade = fields.String(load_default="")
    region_code = fields.String(load_default="")
    status = fields.String(load_default="")


class ProductListing(Listing):
    """Which products."""

    category = fields.String(load_default="")
    establishment_id = fields.String(load_default="")


@blueprint.get("/establishments")
@permission("registry.read")
@blueprint.arguments(EstablishmentListing, location="query")
@blueprint.response(200, schemas.page_of(schemas.EstablishmentRow))
def list_establishments(asked: dict[str, Any]) -> Page[EstablishmentRow]:
    """Establishments in your jurisdiction, by name."""
    wanted = EstablishmentFilter(asked["q"], asked["kind"], asked["grade"], asked["region_code"], asked["status"])
    with parts().database.reading() as session:
        return establishments(session, actor(), wanted, asked.get("cursor"), asked["limit"])


@blueprint.get("/establishments/<establishment_id>")
@permission("registry.read")
@blueprint.response(200, schemas.Establishment)
def get_establishment(establishment_id: str) -> Establishment:
    """One establishment."""
    with parts().database.reading() as session:
        return find_establishment(session, actor(), establishment_id)


@blueprint.get("/products")
@permission("registry.read")
@blueprint.arguments(ProductListing, location="query")
@blueprint.response(200, schemas.page_of(schemas.ProductRow))
def list_products(asked: dict[str, Any]) -> Page[ProductRow]:
    """Products in your jurisdiction, by name."""
    wanted = ProductFilter(asked["q"], asked["category"], asked["establishment_id"])
    with parts().database.reading() as session:
        return products(session, actor(), wanted, asked.get("cursor"), asked["limit"])


@blueprint.get("/products/<product_id>")
@permission("registry.read")
@blueprint.response(200, schemas.Product)
def get_product(product_id: str) -> Product:
    """One product."""
    with parts().database.reading() as session:
        return product_detail(session, actor(), product_id).product
