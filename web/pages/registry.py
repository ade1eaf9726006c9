"""The registry: establishments, products, inspections. Lists with filters, keyset pages and exports; detail pages."""

from __future__ import annotations

from flask import Blueprint, Response, render_template
from flask_babel import gettext

from engine import queries
from records import registry_queries
from records.establishment_page import establishment_detail
from records.registry_queries import EstablishmentFilter, ProductFilter, product_detail, regions_of
from web import exports, lists
from web.labels import LABELS
from web.parts import parts
from web.permissions import actor, permission, viewer
from web.reads.inspections import InspectionFilter
from web.reads.inspections import inspections as inspections_page

blueprint = Blueprint("registry", __name__)
GRADES = ("A", "B", "C", "D")


@blueprint.get("/establishments")
@permission("registry.read")
def establishments() -> str | Response:
    """The establishments of the jurisdiction, by name."""
    who = viewer()
    with parts().database.reading() as session:
        regions = regions_of(session, who)
        wanted = EstablishmentFilter(
            text=lists.text(),
            kind=lists.chosen("kind", LABELS["establishment_kind"]),
            grade=lists.chosen("grade", GRADES),
            status=lists.chosen("status", LABELS["establishment_status"]),
            region_code=lists.chosen("region", [region.code for region in regions]),
            sort=lists.chosen("sort", registry_queries.ORDERS) or "name",
        )
        if kind := lists.wanted_export():
            rows = registry_queries.all_establishments(session, who, wanted)
            return lists.export(kind, gettext("主体"), exports.ESTABLISHMENTS, rows)
        page = registry_queries.establishments(session, who, wanted, lists.cursor())
        return render_template(
            "establishments.html",
            page=page,
            chosen=wanted,
            regions=regions,
            is_filtered=wanted != EstablishmentFilter(sort=wanted.sort),
        )


@blueprint.get("/establishments/<record_id>")
@permission("registry.read")
def establishment(record_id: str) -> str:
    """An establishment: identity, licence, grade and its reasons, inspections, what is open, products, place."""
    with parts().database.reading() as session:
        detail = establishment_detail(session, actor(), record_id, parts().clock)
        startable = queries.startable(session, actor())
        return render_template("establishment.html", detail=detail, one=detail.establishment, startable=startable)


@blueprint.get("/products")
@permission("registry.read")
def products() -> str | Response:
    """The products of the jurisdiction, by name."""
    who = viewer()
    with parts().database.reading() as session:
        categories = registry_queries.product_categories(session, who)
        wanted = ProductFilter(text=lists.text(), category=lists.chosen("category", categories))
        if kind := lists.wanted_export():
            rows = registry_queries.all_products(session, who, wanted)
            return lists.export(kind, gettext("产品"), exports.PRODUCTS, rows)
        page = registry_queries.products(session, who, wanted, lists.cursor())
        return render_template(
            "products.html", page=page, chosen=wanted, categories=categories, is_filtered=wanted != ProductFilter()
        )


@blueprint.get("/products/<record_id>")
@permission("registry.read")
def product(record_id: str) -> str:
    """A product, whose it is, and what else they make."""
    with parts().database.reading() as session:
        detail = product_detail(session, actor(), record_id)
        return render_template("product.html", detail=detail, one=detail.product)


@blueprint.get("/inspections")
@permission("registry.read")
def inspections() -> str | Response:
    """The inspections of the jurisdiction, newest first."""
    who = viewer()
    with parts().database.reading() as session:
        regions = regions_of(session, who)
        wanted = InspectionFilter(
            text=lists.text(),
            mode=lists.chosen("mode", LABELS["mode"]),
            overall=lists.chosen("overall", LABELS["overall"]),
            region_code=lists.chosen("region", [region.code for region in regions]),
        )
        if kind := lists.wanted_export():
            rows = lists.every_row(lambda after: inspections_page(session, who, wanted, after, lists.EXPORT_PAGE))
            return lists.export(kind, gettext("检查记录"), exports.INSPECTIONS, rows)
        page = inspections_page(session, who, wanted, lists.cursor())
        return render_template(
            "inspections.html", page=page, chosen=wanted, regions=regions, is_filtered=wanted != InspectionFilter()
        )
