"""Facts of a form that change while somebody types, such as how many people an audience has. Nothing is kept."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from forms.views import FieldView
from records.errors import NotFoundError
from web.answers import posted
from web.parts import parts
from web.permissions import actor, permission
from web.task_page import task_page

blueprint = Blueprint("live_facts", __name__)


@blueprint.post("/tasks/<task_id>/facts/<key>")
@permission("user_task.complete")
def show(task_id: str, key: str) -> ResponseReturnValue:
    """The facts of this name as what is typed now makes them. Without script they are drawn with the saved draft.

    Nothing to show once the user task is done: the question was on its way when the answers were sent.
    """
    here = parts()
    with here.database.reading() as session:
        page = task_page(session, here, actor(), task_id, posted(request.form))
        if page.view is None:
            return "", HTTPStatus.NO_CONTENT
        field = _find(page.view.fields, key)
        if field is None:
            raise NotFoundError
        return render_template("forms/live.html", f=field, live_url=f"/tasks/{task_id}/facts")


def _find(fields: Iterable[FieldView], key: str) -> FieldView | None:
    for field in fields:
        if field.live and field.key == key:
            return field
        inner = _find(field.children, key)
        if inner is not None:
            return inner
    return None
