"""Who informed us of a problem: shown to the handling pair and the manager only, each time with a reason."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request

from engine.informants import show_informant
from web.parts import parts
from web.permissions import actor, permission

blueprint = Blueprint("informants", __name__)


@blueprint.post("/cases/<case_id>/informant")
@permission("informant.read")
def page(case_id: str) -> Response:
    """The informant of a case. The reading and its reason are in the journal."""
    here = parts()
    with here.database.unit_of_work() as session:
        case, identity = show_informant(session, here.clock, case_id, actor(), request.form.get("reason", ""))
        answer = make_response(render_template("informant.html", case=case, identity=identity))
    answer.headers["Cache-Control"] = "no-store"
    return answer
