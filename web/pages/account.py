"""One's own account: language, second factor, password; and the jurisdiction shown in lists."""

from __future__ import annotations

from flask import Blueprint, redirect, request, session
from flask_login import current_user
from werkzeug.wrappers import Response

from records.people import User
from web.i18n import LOCALES
from web.pages.absences import account_page
from web.parts import parts
from web.permissions import actor, permission, public
from web.reads.regions import regions_within
from web.templating import safe_next

blueprint = Blueprint("account", __name__)


@blueprint.get("/account")
@permission("account.own")
def index() -> str:
    """Who am I to the platform: roles, region, qualifications, ways to sign in."""
    return account_page({}, {})


@blueprint.post("/language")
@public
def choose_language() -> Response:
    """Switch the language of this session, and remember it for the person."""
    chosen = request.form.get("language", "")
    if chosen in LOCALES:
        session["language"] = chosen
        if current_user.is_authenticated:
            with parts().database.unit_of_work() as db:
                person = db.get(User, current_user.id)
                if person is not None:
                    person.language = chosen
    return redirect(safe_next(request.form.get("next")))


@blueprint.post("/account/jurisdiction")
@permission("account.own")
def jurisdiction() -> Response:
    """Narrow the lists to a part of one's own jurisdiction."""
    chosen = request.form.get("region", "")
    with parts().database.reading() as db:
        if chosen in {region.path for region in regions_within(db, actor())}:
            session["region_path"] = chosen
    return redirect(safe_next(request.form.get("next")))
