"""Starting a case: the businesses one may open, and the form that opens each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine import definitions, queries
from forms.catalog import Form
from forms.context import FormContext
from forms.view import view
from records.errors import InvalidAnswersError, NotFoundError
from web.answers import nest, with_row, without_row
from web.parts import parts
from web.permissions import actor, permission

blueprint = Blueprint("start", __name__)
#: where a link may say whom the case is about
SUBJECTS = ("establishment", "establishment_id")


@blueprint.get("/start")
@permission("case.start")
def index() -> str:
    """Cards of what this person may start."""
    with parts().database.reading() as session:
        return render_template("start.html", rows=queries.startable(session, actor()))


@blueprint.get("/start/<key>")
@permission("case.start")
def form(key: str) -> str:
    """The empty form, with the establishment filled in when the link named one."""
    with parts().database.reading() as session:
        found = _start_form(session, key)
        given = request.args.get("establishment")
        keys = {component.key for component in found.components}
        answers = {name: given for name in SUBJECTS if given and name in keys}
        return _page(session, key, found, answers, {})


@blueprint.post("/start/<key>")
@permission("case.start")
def submit(key: str) -> str | Response | tuple[str, int]:
    """Begin the case, or show the form again with what is wrong."""
    answers = nest(request.form.items(multi=True))
    changed = _changed_rows(answers)
    if changed is not None:
        with parts().database.reading() as session:
            return _page(session, key, _start_form(session, key), changed, {})
    try:
        with parts().database.unit_of_work() as session:
            _start_form(session, key)
            case = parts().engine.start(session, key, answers, actor())
            case_id, number = case.id, case.business_key
    except InvalidAnswersError as error:
        with parts().database.reading() as session:
            return _page(session, key, _start_form(session, key), answers, error.errors), 422
    flash(gettext("已发起 %(number)s", number=number), "good")
    return redirect(url_for("cases.detail", case_id=case_id))


def _changed_rows(answers: dict[str, Any]) -> dict[str, Any] | None:
    """The answers after an add or remove button was pressed without script."""
    if "_add" in request.form:
        return with_row(answers, request.form["_add"])
    if "_remove" in request.form:
        return without_row(answers, request.form["_remove"])
    return None


def _start_form(session: Session, key: str) -> Form:
    """The form of a process this person may start. Raises NotFoundError."""
    if key not in {one.key for one in queries.startable(session, actor())}:
        raise NotFoundError
    definition = definitions.current(session, key)
    event = definition.parts[key].model.start_event()
    found = definition.form(key, event.id) if event else None
    if found is None:
        raise NotFoundError
    return found


def _page(
    session: Session, key: str, found: Form, answers: Mapping[str, Any], errors: Mapping[str, Sequence[str]]
) -> str:
    context = FormContext(session, parts().clock, {}, actor())
    drawn = view(found, context, answers, errors)
    return render_template("start_form.html", key=key, view=drawn)
