"""Incidents: list, one, retry, skip, mended data."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from engine import incidents
from engine.queries import incidents as reads
from records.paging import Page
from web.api import schemas
from web.api.frame import Listing, Resource
from web.parts import parts
from web.permissions import actor, permission

blueprint = Resource("api-incidents", __name__, url_prefix="/api", description="What needs a person")


class IncidentListing(Listing):
    """Which incidents."""

    view = fields.String(load_default="open", validate=validate.OneOf([view.value for view in reads.IncidentView]))
    slug = fields.String(load_default="", validate=validate.OneOf(["", *reads.KNOWN_SLUGS, "other"]))


class IncidentRow(Schema):
    """An incident in a list."""

    id = fields.String()
    slug = fields.String()
    message = fields.String()
    element_id = fields.String(allow_none=True)
    element_name = fields.String(allow_none=True)
    opened_at = schemas.Moment()
    resolved_at = schemas.Moment(allow_none=True)
    resolution = fields.String(allow_none=True)
    process_instance_id = fields.String(allow_none=True)
    business_key = fields.String(allow_none=True)
    title = fields.String(allow_none=True)
    job_kind = fields.String(allow_none=True)
    attempts = fields.Integer()


class DataValue(Schema):
    """One value of a case's data."""

    path = fields.String()
    value = fields.Raw(allow_none=True)


class Incident(IncidentRow):
    """An incident with what may be done about it."""

    may_skip = fields.Boolean()
    values = fields.List(fields.Nested(DataValue))


class MendedData(Schema):
    """A value to put in another's place, and why."""

    path = fields.String(required=True, metadata={"description": "Where it stands, such as `inspect.result`"})
    value = fields.Raw(required=True, allow_none=True)
    reason = fields.String(required=True)


@blueprint.get("/incidents")
@permission("incident.read")
@blueprint.arguments(IncidentListing, location="query")
@blueprint.response(200, schemas.page_of(IncidentRow))
def list_incidents(asked: dict[str, Any]) -> Page[Any]:
    """Incidents in your jurisdiction, newest first."""
    wanted = reads.IncidentFilter(reads.IncidentView(asked["view"]), asked["slug"] or None)
    with parts().database.reading() as session:
        return reads.incidents(session, actor(), wanted, asked.get("cursor"), asked["limit"])


@blueprint.get("/incidents/<incident_id>")
@permission("case.read")
@blueprint.response(200, Incident)
def get_incident(incident_id: str) -> dict[str, Any]:
    """One incident, with the data of its case that may be mended."""
    with parts().database.reading() as session:
        found = reads.incident(session, incident_id, actor(), parts().clock)
        return vars(found) | {"values": [{"path": path, "value": value} for path, value in found.values]}


@blueprint.post("/incidents/<incident_id>/retry")
@permission("incident.resolve")
@blueprint.response(204)
def retry(incident_id: str) -> None:
    """Do the job again."""
    with parts().database.unit_of_work() as session:
        incidents.retry(session, parts().clock, incident_id, actor())


@blueprint.post("/incidents/<incident_id>/skip")
@permission("incident.resolve")
@blueprint.arguments(schemas.Reason)
@blueprint.response(204)
def skip(given: dict[str, str], incident_id: str) -> None:
    """Leave the job out, with a reason of at least ten characters. Timers cannot be left out."""
    with parts().database.unit_of_work() as session:
        incidents.skip(session, parts().clock, incident_id, actor(), given["reason"])


@blueprint.post("/incidents/<incident_id>/data")
@permission("incident.resolve")
@blueprint.arguments(MendedData)
@blueprint.response(204)
def mend(given: dict[str, Any], incident_id: str) -> None:
    """Correct one value of the case's data, then do the job again."""
    here = parts()
    with here.database.unit_of_work() as session:
        incidents.mend(
            session, here.clock, here.engine.processes, incident_id, actor(),
            given["path"], given["value"], given["reason"],
        )  # fmt: skip
