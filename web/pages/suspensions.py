"""Suspending a case from its page, and letting it go on."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext

from engine.suspension import ClockPolicy
from web.parts import parts
from web.permissions import actor, permission
from web.redirects import go

blueprint = Blueprint("suspensions", __name__)


@blueprint.post("/cases/<case_id>/suspension")
@permission("case.suspend")
def suspend(case_id: str) -> Response:
    """Suspend the case; its deadlines stand still unless it is said that they run on."""
    here, given = parts(), request.form
    clocks = ClockPolicy.RUN if given.get("clocks") == ClockPolicy.RUN else ClockPolicy.STOP
    with here.database.unit_of_work() as session:
        basis = given.get("legal_basis", "")
        here.engine.suspend(session, case_id, given.get("reason", ""), basis, clocks, actor())
    flash(gettext("案件已中止"), "good")
    return go(url_for("cases.detail", case_id=case_id))


@blueprint.post("/cases/<case_id>/resumption")
@permission("case.suspend")
def resume(case_id: str) -> Response:
    """Let the case go on."""
    here = parts()
    with here.database.unit_of_work() as session:
        here.engine.resume(session, case_id, request.form.get("reason", ""), actor())
    flash(gettext("案件已恢复办理"), "good")
    return go(url_for("cases.detail", case_id=case_id))
