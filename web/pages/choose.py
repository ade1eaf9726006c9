"""What choosers in forms offer: records inside the actor's jurisdiction, as the form filters them."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from forms.choosing import SOURCES, choices
from forms.context import FormContext
from records.errors import NotFoundError
from web.parts import parts
from web.permissions import actor, permission

blueprint = Blueprint("choose", __name__)
#: what a form may filter by; anything else in the address is ignored
FILTERS = frozenset(
    {"kind", "segment", "status", "risk_grade", "region_code", "market_id", "establishment_id", "role", "qualification"}
)


@blueprint.get("/choose/<source>")
@permission("record.read")
def options(source: str) -> Response:
    """The first fifty that match ``q``: id, label, hint."""
    if source not in SOURCES:
        raise NotFoundError
    filters = {name: request.args.getlist(name) for name in request.args if name in FILTERS}
    here = parts()
    with here.database.reading() as session:
        context = FormContext(session=session, clock=here.clock, data={}, actor=actor())
        fitting = {name: values for name, values in filters.items() if _has(source, name)}
        found = choices(context, source, request.args.get("q", ""), fitting)
        return jsonify([{"id": each.value, "label": each.label, "hint": each.hint} for each in found])


def _has(source: str, name: str) -> bool:
    return name in SOURCES[source].__mapper__.column_attrs or (source == "users" and name in ("role", "qualification"))
