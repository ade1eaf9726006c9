"""Incidents: what the platform could not do by itself, and the three ways to go on."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine import incidents
from engine.queries import incidents as reads
from records.errors import DomainError
from web import lists
from web.labels import LABELS
from web.parts import parts
from web.permissions import actor, permission, viewer

blueprint = Blueprint("incidents", __name__)
PAGE = 30


class NotJsonError(DomainError):
    """A value is JSON: text in quotation marks, a number, true, false, null, a list or an object."""

    slug = "not-json"
    sentence = "新值不是有效的 JSON（文字须加引号）"


@blueprint.get("/incidents")
@permission("incident.read")
def index() -> str:
    """Those of the jurisdiction, open ones unless asked otherwise, the newest first."""
    view = reads.IncidentView(lists.chosen("view", list(reads.IncidentView)) or reads.IncidentView.OPEN)
    wanted = reads.IncidentFilter(view, lists.chosen("slug", LABELS["incident"]) or None)
    with parts().database.reading() as session:
        page = reads.incidents(session, viewer(), wanted, lists.cursor(), PAGE)
        return render_template("incidents.html", page=page, chosen=wanted)


@blueprint.get("/incidents/<incident_id>")
@permission("case.read")
def detail(incident_id: str) -> str:
    """What happened, and what may be done."""
    with parts().database.reading() as session:
        found = reads.incident(session, incident_id, actor(), parts().clock)
        values = [(path, orjson.dumps(value).decode()) for path, value in found.values]
        return render_template("incident.html", incident=found, values=values)


@blueprint.post("/incidents/<incident_id>/retry")
@permission("incident.resolve")
def retry(incident_id: str) -> Response:
    """Try again."""
    with parts().database.unit_of_work() as session:
        incidents.retry(session, parts().clock, incident_id, actor())
    return _done(gettext("已重新排队，稍后自动执行"))


@blueprint.post("/incidents/<incident_id>/skip")
@permission("incident.resolve")
def skip(incident_id: str) -> Response:
    """Leave it out, with a reason."""
    with parts().database.unit_of_work() as session:
        incidents.skip(session, parts().clock, incident_id, actor(), request.form.get("reason", ""))
    return _done(gettext("已跳过"))


@blueprint.post("/incidents/<incident_id>/data")
@permission("incident.resolve")
def mend(incident_id: str) -> Response:
    """Correct a value of the case's data and try again."""
    here, given = parts(), request.form
    value = json_of(given.get("value", ""))
    with here.database.unit_of_work() as session:
        incidents.mend(
            session, here.clock, here.engine.processes, incident_id, actor(),
            given.get("path", "").strip(), value, given.get("reason", ""),
        )  # fmt: skip
    return _done(gettext("数据已更正，稍后自动重试"))


def json_of(text: str) -> Any:
    """The value that a text says. Raises NotJsonError."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise NotJsonError from None


def _done(text: str) -> Response:
    flash(text, "good")
    return redirect(url_for("incidents.index"))
