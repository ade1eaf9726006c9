"""A colleague: where they belong, how to reach them, who stands in while they are away."""

from __future__ import annotations

from flask import Blueprint, render_template

from web.parts import parts
from web.permissions import actor, permission
from web.reads.people import card_of

blueprint = Blueprint("people", __name__)


@blueprint.get("/people/<person_id>")
@permission("person.read")
def show(person_id: str) -> str:
    """The card."""
    here = parts()
    with here.database.reading() as session:
        return render_template("person.html", card=card_of(session, here.clock, actor(), person_id))
