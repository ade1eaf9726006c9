"""Vouchers: the list with what is odd about each, and one with its lines, pictures and what it told."""

from __future__ import annotations

from flask import Blueprint, Response, render_template
from flask_babel import gettext

from records import lot_queries
from records.lot_queries import VoucherFilter
from records.registry_queries import regions_of
from records.vouchers import events_of_voucher
from web import exports, lists
from web.labels import LABELS
from web.parts import parts
from web.permissions import actor, permission, viewer

blueprint = Blueprint("vouchers", __name__)


@blueprint.get("/vouchers")
@permission("registry.read")
def index() -> str | Response:
    """The vouchers of the jurisdiction, newest first."""
    who = viewer()
    with parts().database.reading() as session:
        regions = regions_of(session, who)
        wanted = VoucherFilter(
            text=lists.text(),
            kind=lists.chosen("kind", LABELS["voucher_kind"]),
            anomaly=lists.chosen("anomaly", LABELS["voucher_anomaly"]),
            region_code=lists.chosen("region", [region.code for region in regions]),
        )
        if kind := lists.wanted_export():
            rows = lists.every_row(lambda after: lot_queries.vouchers(session, who, wanted, after, lists.EXPORT_PAGE))
            return lists.export(kind, gettext("凭证"), exports.VOUCHERS, rows)
        page = lot_queries.vouchers(session, who, wanted, lists.cursor())
        return render_template(
            "vouchers.html", page=page, chosen=wanted, regions=regions, is_filtered=wanted != VoucherFilter()
        )


@blueprint.get("/vouchers/<voucher_id>")
@permission("registry.read")
def detail(voucher_id: str) -> str:
    """A voucher."""
    with parts().database.reading() as session:
        voucher = lot_queries.find_voucher(session, actor(), voucher_id)
        return render_template(
            "voucher.html",
            one=voucher,
            names=lot_queries.names_in(session, voucher),
            events=events_of_voucher(session, voucher.id),
        )
