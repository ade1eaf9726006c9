"""Absences: who is away, who stands in meanwhile."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from engine.absence import Away, end_absence, record_absence
from records.absences import Absence, AbsenceScope
from records.base import Source
from records.clock import today
from web.api import schemas
from web.api.frame import Resource
from web.parts import parts
from web.permissions import actor, holds, permission
from web.reads.absences import AbsenceRow, absences_about, absences_within

blueprint = Resource("api-absences", __name__, url_prefix="/api", description="Who is away, who stands in")


class AbsenceGiven(Schema):
    """An absence to be recorded. Without `user_id` it is your own; `scope_value` is a process key or a role code."""

    user_id = fields.String(load_default=None, allow_none=True)
    substitute_id = fields.String(required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    scope = fields.Enum(AbsenceScope, by_value=True, load_default=AbsenceScope.ALL)
    scope_value = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 60))
    reason = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=500))


class AbsenceKept(AbsenceGiven):
    """An absence that lasts or is to come."""

    id = fields.String()
    user_name = fields.String()
    substitute_name = fields.String()


@blueprint.get("/absences")
@permission("account.own")
@blueprint.response(200, AbsenceKept(many=True))
def list_absences() -> list[AbsenceRow]:
    """Your own and those you stand in for; for leads and managers all of the jurisdiction."""
    here, day = parts(), today(parts().clock)
    with here.database.reading() as session:
        own = absences_about(session, actor().id, day)
        others = absences_within(session, actor(), day) if holds("absence.read") else []
        known = {row.id for row in own}
        return own + [row for row in others if row.id not in known]


@blueprint.post("/absences")
@permission("absence.record")
@blueprint.arguments(AbsenceGiven)
@blueprint.response(201, AbsenceKept)
def record(given: dict[str, Any]) -> Absence:
    """Record an absence. 422 names the field that stands against it."""
    here = parts()
    with here.database.unit_of_work() as session:
        return record_absence(session, here.clock, actor(), Away(**given), Source.API)


@blueprint.post("/absences/<absence_id>/cancellation")
@permission("absence.record")
@blueprint.arguments(schemas.Reason)
@blueprint.response(204)
def cancel(given: dict[str, str], absence_id: str) -> None:
    """End an absence before its time."""
    here = parts()
    with here.database.unit_of_work() as session:
        end_absence(session, here.clock, actor(), absence_id, given["reason"], Source.API)
