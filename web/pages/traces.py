"""Traces that were run: what was found, frozen, and the files it is handed over as."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from records import trace
from records.base import Source
from records.documents import Document
from records.epcis import epcis_document
from records.errors import NotFoundError
from records.people import Actor
from records.scope import visible
from records.store import Origin, Store
from records.trace_events import events_of
from records.trace_model import Lot, TraceEvent, TraceRun
from records.trace_sheet import sortable_sheet
from web.lists import SPREADSHEET
from web.parts import parts
from web.permissions import actor, permission
from web.reads.traces import frozen_view
from workflows.trace_papers import issue_trace_report, number_of

blueprint = Blueprint("traces", __name__)
LINKED_DATA = "application/ld+json"


@blueprint.get("/traces/<run_id>")
@permission("record.read")
def detail(run_id: str) -> str:
    """A trace as it was run."""
    who, here = actor(), parts()
    with here.database.reading() as session:
        run = find_run(session, who, run_id)
        report = session.scalars(select(Document).where(Document.no == number_of(run))).first()
        return render_template(
            "trace.html",
            run=run,
            view=frozen_view(session, who, run),
            lots=[session.get_one(Lot, lot_id) for lot_id in run.lot_ids],
            is_stale=trace.is_stale(session, run, here.clock.now()),
            is_as_frozen=trace.is_as_frozen(run),
            report=report,
        )


@blueprint.post("/traces/<run_id>/report")
@permission("trace.run")
def issue_report(run_id: str) -> Response:
    """Issue the trace's report; it is printed after this."""
    here, who = parts(), actor()
    with here.database.unit_of_work() as session:
        document = issue_trace_report(
            Store(session, here.clock, who, Origin(Source.API)), find_run(session, who, run_id)
        )
        address = url_for("attachments.document", document_id=document.id)
    answer = redirect(address, 303)
    return Response(answer.get_data(), answer.status_code, list(answer.headers))


@blueprint.get("/traces/<run_id>/sheet.xlsx")
@permission("trace.run")
def sheet(run_id: str) -> Response:
    """The sortable sheet of FSMA 204: one row a tracking event, a sheet for each kind."""
    with parts().database.reading() as session:
        run = find_run(session, actor(), run_id)
        return _file(sortable_sheet(session, _events(session, run)), SPREADSHEET, f"{gettext('追溯数据')}.xlsx")


@blueprint.get("/traces/<run_id>/epcis.jsonld")
@permission("trace.run")
def epcis(run_id: str) -> Response:
    """The events as an EPCIS 2.0 document."""
    here = parts()
    with here.database.reading() as session:
        run = find_run(session, actor(), run_id)
        document = epcis_document(session, _events(session, run), here.clock.now())
        return _file(document, LINKED_DATA, "epcis.jsonld")


def find_run(session: Session, who: Actor, run_id: str) -> TraceRun:
    """A trace run for the actor's jurisdiction. Raises NotFoundError."""
    run = session.scalar(select(TraceRun).where(TraceRun.id == run_id, visible(TraceRun, who)))
    if run is None or run.deleted_at is not None:
        raise NotFoundError
    return run


def _events(session: Session, run: TraceRun) -> list[TraceEvent]:
    """The events of the lots of a trace, each once, oldest first."""
    lot_ids = list(dict.fromkeys(row["lot_id"] for row in run.snapshot["rows"]))
    found = {event.id: event for lot_id in lot_ids for event in events_of(session, lot_id)}
    real = [event for event in found.values() if not event.is_drill]
    return sorted(real, key=lambda event: (event.occurred_at, event.id))


def _file(content: bytes, kind: str, name: str) -> Response:
    answer = Response(content, content_type=kind)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
