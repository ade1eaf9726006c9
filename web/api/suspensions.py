"""Suspending a case, and letting it go on."""

from __future__ import annotations

from engine.suspension import ClockPolicy
from web.api import schemas, step_schemas
from web.api.frame import Resource
from web.parts import parts
from web.permissions import actor, permission

blueprint = Resource("api-suspensions", __name__, url_prefix="/api", description="Suspended cases")


@blueprint.post("/process-instances/<case_id>/suspension")
@permission("case.suspend")
@blueprint.arguments(step_schemas.Suspension)
@blueprint.response(204)
def suspend(given: dict[str, str], case_id: str) -> None:
    """Suspend a case: nothing is done in it meanwhile. To stop its deadlines, name the legal basis."""
    here, clocks = parts(), ClockPolicy(given["clocks"])
    with here.database.unit_of_work() as session:
        here.engine.suspend(session, case_id, given["reason"], given["legal_basis"], clocks, actor())


@blueprint.post("/process-instances/<case_id>/resumption")
@permission("case.suspend")
@blueprint.arguments(schemas.Reason)
@blueprint.response(204)
def resume(given: dict[str, str], case_id: str) -> None:
    """Let a suspended case go on; deadlines that stood still move by that time."""
    here = parts()
    with here.database.unit_of_work() as session:
        here.engine.resume(session, case_id, given["reason"], actor())
