"""Lots: the list, and a lot with whoever holds it, where it comes from and went, what does not add up and happened."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, url_for
from flask_babel import gettext

from records import lot_queries, trace
from records.base import Source
from records.clock import today
from records.lot_queries import LotFilter
from records.registry_queries import regions_of
from records.rules import find_rule
from records.store import Origin, Store
from records.trace_access import find_lot_seen
from records.trace_events import events_of
from web import exports, lists
from web.labels import LABELS
from web.parts import parts
from web.permissions import actor, permission, viewer
from web.reads.traces import Desk, live_view

blueprint = Blueprint("lots", __name__)


@blueprint.get("/lots")
@permission("registry.read")
def index() -> str | Response:
    """The lots that come from the jurisdiction or are held there, newest first."""
    who = viewer()
    with parts().database.reading() as session:
        regions = regions_of(session, who)
        wanted = LotFilter(
            text=lists.text(),
            state=lists.chosen("state", LABELS["lot_state"]),
            region_code=lists.chosen("region", [region.code for region in regions]),
        )
        if kind := lists.wanted_export():
            rows = lists.every_row(lambda after: lot_queries.lots(session, who, wanted, after, lists.EXPORT_PAGE))
            return lists.export(kind, gettext("批次"), exports.LOTS, rows)
        page = lot_queries.lots(session, who, wanted, lists.cursor())
        return render_template(
            "lots.html", page=page, chosen=wanted, regions=regions, is_filtered=wanted != LotFilter()
        )


@blueprint.get("/lots/<lot_id>")
@permission("registry.read")
def detail(lot_id: str) -> str:
    """A lot and its trail, as it is now."""
    who = actor()
    with parts().database.reading() as session:
        lot = find_lot_seen(session, who, lot_id)
        events = lot_queries.events_seen(session, who, events_of(session, lot.id))
        tolerance = find_rule(session, trace.TOLERANCE_RULE, today(parts().clock), lot.region_code)
        return render_template(
            "lot.html",
            lot=lot,
            view=live_view(session, who, lot, int(tolerance.value)),
            events=events,
            names=lot_queries.names_of(session, events),
        )


@blueprint.post("/lots/<lot_id>/traces")
@permission("trace.run")
def run(lot_id: str) -> Response:
    """Trace the lot and freeze what is found."""
    here, who = parts(), actor()
    with here.database.unit_of_work() as session:
        lot = find_lot_seen(session, who, lot_id)
        store = Store(session, here.clock, who, Origin(Source.API))
        run = trace.run_trace(store, lot_ids=[lot.id], instance=Desk.of(who))
        address = url_for("traces.detail", run_id=run.id)
    answer = redirect(address, 303)
    return Response(answer.get_data(), answer.status_code, list(answer.headers))
