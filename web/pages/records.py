"""One record: what it says now, every version it had, and where it came from."""

from __future__ import annotations

from flask import Blueprint, render_template

from web.parts import parts
from web.permissions import actor, permission
from web.reads.history import history_of

blueprint = Blueprint("records", __name__)


@blueprint.get("/records/<kind>/<record_id>")
@permission("record.read")
def history(kind: str, record_id: str) -> str:
    """The record's page."""
    with parts().database.reading() as session:
        return render_template("record.html", history=history_of(session, kind, record_id, actor()))
