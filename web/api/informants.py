"""Who informed us of a problem, for the few who need to know."""

from __future__ import annotations

from marshmallow import Schema, fields

from engine.informants import show_informant
from records.informants import Identity
from web.api import schemas
from web.api.frame import Resource
from web.parts import parts
from web.permissions import actor, permission

blueprint = Resource("api-informants", __name__, url_prefix="/api", description="Informants, sealed")


class Informant(Schema):
    """An informant in clear."""

    name = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)
    note = fields.String(allow_none=True)


@blueprint.post("/process-instances/<case_id>/informant-readings")
@permission("informant.read")
@blueprint.arguments(schemas.Reason)
@blueprint.response(200, Informant)
def read(given: dict[str, str], case_id: str) -> Identity:
    """Read the informant's identity. Only the handling pair and their manager; the reason is in the journal."""
    here = parts()
    with here.database.unit_of_work() as session:
        return show_informant(session, here.clock, case_id, actor(), given["reason"])[1]
