"""Who is away and who stands in: on one's own account page, and for leads as a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine import queries
from engine.absence import Away, end_absence, possible_substitutes, record_absence
from records.absences import AbsenceScope
from records.clock import today
from records.errors import InvalidAnswersError
from records.people import User
from web.labels import LABELS
from web.parts import parts
from web.permissions import actor, permission, viewer
from web.reads.absences import AbsenceRow, absences_about, absences_within, people_within
from web.reads.people import account_of

blueprint = Blueprint("absences", __name__)
Errors = Mapping[str, list[str]]


@dataclass(frozen=True)
class AbsencePart:
    """What the section about absences shows: what there is, and the form with what was typed and what is wrong."""

    rows: list[AbsenceRow]
    substitutes: list[User]
    processes: Mapping[str, str]
    roles: list[str]
    people: list[User] = field(default_factory=list)
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Errors = field(default_factory=dict)


def own_part(session: Session, typed: Mapping[str, str], errors: Errors) -> AbsencePart:
    """The section of the account page."""
    who, day = actor(), today(parts().clock)
    return AbsencePart(
        rows=absences_about(session, who.id, day),
        substitutes=possible_substitutes(session, who),
        processes=queries.process_names(session),
        roles=sorted(who.roles),
        typed=typed,
        errors=errors,
    )


def account_page(typed: Mapping[str, str], errors: Errors) -> str:
    """One's own account with the section about absences."""
    with parts().database.reading() as session:
        return render_template(
            "account.html", account=account_of(session, actor()), part=own_part(session, typed, errors)
        )


@blueprint.get("/absences")
@permission("absence.read")
def index() -> str:
    """The absences of the jurisdiction that last or are to come."""
    return _list({}, {})


def _list(typed: Mapping[str, str], errors: Errors) -> str:
    with parts().database.reading() as session:
        people = people_within(session, actor())
        part = AbsencePart(
            rows=absences_within(session, viewer(), today(parts().clock)),
            substitutes=people,
            processes=queries.process_names(session),
            roles=list(LABELS["role"]),
            people=people,
            typed=typed,
            errors=errors,
        )
        return render_template("absences/index.html", part=part)


@blueprint.post("/absences")
@permission("absence.record")
def record() -> Response | tuple[str, int]:
    """Record an absence: one's own, or as a lead somebody's."""
    here, typed, is_list = parts(), request.form.to_dict(), request.form.get("_page") == "list"
    try:
        away = _away(typed)
        with here.database.unit_of_work() as session:
            record_absence(session, here.clock, actor(), away)
    except InvalidAnswersError as error:
        show = _list if is_list else account_page
        return show(typed, error.errors), 422
    flash(gettext("请假已登记"), "good")
    return redirect(_back(), 303)


@blueprint.post("/absences/<absence_id>/end")
@permission("absence.record")
def end(absence_id: str) -> Response:
    """End an absence before its time."""
    here = parts()
    with here.database.unit_of_work() as session:
        end_absence(session, here.clock, actor(), absence_id, request.form.get("reason", ""))
    flash(gettext("请假已取消"), "good")
    return redirect(_back(), 303)


def _away(typed: Mapping[str, str]) -> Away:
    """What was typed, as far as it can be read. Raises InvalidAnswersError."""
    days = {name: _day(typed.get(name, "")) for name in ("starts_on", "ends_on")}
    errors = {name: ["请填写日期"] for name, day in days.items() if day is None}
    kind, _, value = typed.get("scope_value", "all").partition(":")
    if kind not in set(AbsenceScope):
        errors["scope_value"] = ["请选择范围"]
    if not typed.get("substitute_id"):
        errors["substitute_id"] = ["请选择代办人"]
    starts_on, ends_on = days["starts_on"], days["ends_on"]
    if errors or starts_on is None or ends_on is None:
        raise InvalidAnswersError(errors)
    return Away(
        user_id=typed.get("user_id") or None,
        substitute_id=typed["substitute_id"],
        starts_on=starts_on,
        ends_on=ends_on,
        scope=AbsenceScope(kind),
        scope_value=value or None,
        reason=typed.get("reason"),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _back() -> str:
    is_list = request.form.get("_page") == "list"
    return url_for("absences.index") if is_list else url_for("account.index", _anchor="absences")
