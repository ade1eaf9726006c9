"""Many chosen tasks at once: claimed, given to one person, or completed with one form; each says what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request
from flask_babel import gettext

from engine.bulk import Bulk, ItemResult, chosen, chosen_tasks, shared_form
from engine.suitability import suitable_people
from forms.view import view
from forms.views import FieldView
from records.errors import InvalidAnswersError
from web.answers import is_only_changing, posted
from web.api.bulk import result_of
from web.errors import sentence_of, wants_problem
from web.i18n import say
from web.parts import parts
from web.permissions import actor, permission
from web.task_page import Errors
from web.templating import safe_next

blueprint = Blueprint("bulk", __name__)
Page = str | Response | tuple[str, int]


@blueprint.post("/inbox/bulk/claim")
@permission("user_task.claim")
def claim() -> Page:
    """Claim every chosen task that can be claimed."""
    return _told(_bulk().claim(_ids()), gettext("领取"))


@blueprint.post("/inbox/bulk/assignment")
@permission("user_task.assign")
def assign() -> Page:
    """Choose somebody who could take all of them; then give each to that person."""
    if assignee_id := request.form.get("assignee_id"):
        return _told(_bulk().assign(_ids(), assignee_id), gettext("指派"))
    here, who = parts(), actor()
    with here.database.reading() as session:
        tasks = chosen_tasks(session, who, _ids())
        people = suitable_people(session, here.clock, who, tasks)
    return render_template("bulk_assign.html", ids=_ids(), people=people, key=here.clock.new_id(), back=_back())


@blueprint.post("/inbox/bulk/completion")
@permission("user_task.complete")
def complete() -> Page:
    """Show the form that all of them have; then complete each with the same answers."""
    answers = posted(request.form)
    if "_answered" not in request.form:
        return _form({}, None)
    if is_only_changing(request.form):
        return _form(answers, None)
    if wrong := _wrong_anywhere(answers):
        return _form(answers, wrong), 422
    return _told(_bulk().complete(_ids(), answers), gettext("办理"))


def _form(answers: dict[str, Any], errors: Errors | None) -> str:
    here, who, ids = parts(), actor(), chosen(_ids())
    with here.database.reading() as session:
        asked = shared_form(session, here.clock, who, ids)
        shown = view(asked.form, asked.context, answers, errors)
        shown = replace(shown, fields=_common(shown.fields))
        key = request.form.get("_key") or here.clock.new_id()
        return render_template(
            "bulk_form.html", view=shown, ids=ids, key=key, back=_back(), step=asked.task.name, basis=shown.basis
        )


def _common(fields: Sequence[FieldView]) -> tuple[FieldView, ...]:
    """Without the read-only facts, which are those of one case."""
    return tuple(replace(each, children=_common(each.children)) for each in fields if each.kind != "facts")


def _wrong_anywhere(answers: dict[str, Any]) -> Errors | None:
    """What the form says of the answers before anything is done with them."""
    here = parts()
    with here.database.reading() as session:
        asked = shared_form(session, here.clock, actor(), _ids())
        try:
            asked.form.load(answers, asked.context)
        except InvalidAnswersError as error:
            return error.errors
    return None


def _told(results: Sequence[ItemResult], deed: str) -> Page:
    if wants_problem():
        return jsonify(results=[result_of(one) for one in results])
    refused = [one for one in results if one.refusal is not None]
    done = len(results) - len(refused)
    if done:
        flash(gettext("已%(deed)s %(count)s 项", deed=deed, count=done), "good")
    if not refused:
        answer = redirect(_back(), 303)
        return Response(answer.get_data(), answer.status_code, list(answer.headers))
    rows = [(_name(one), sentence_of(one.refusal)) for one in refused if one.refusal is not None]
    return render_template("bulk_result.html", rows=rows, back=_back(), deed=deed)


def _name(one: ItemResult) -> str:
    return f"{one.business_key} {say(one.name)}" if one.business_key else gettext("所选事项")


def _bulk() -> Bulk:
    here = parts()
    return Bulk(here.database, here.engine, actor(), request.form.get("_key") or None)


def _ids() -> list[str]:
    return request.form.getlist("_ids")


def _back() -> str:
    return safe_next(request.form.get("_next") or "/inbox")
