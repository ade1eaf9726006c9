"""Going back from a task's page: returning the case to an earlier step, taking back what one completed."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request
from flask_babel import gettext

from web.parts import parts
from web.permissions import actor, permission
from web.redirects import go

blueprint = Blueprint("steps", __name__)


@blueprint.post("/tasks/<task_id>/return")
@permission("user_task.return")
def return_to(task_id: str) -> Response:
    """Send the case back to an earlier step."""
    here, given = parts(), request.form
    with here.database.unit_of_work() as session:
        here.engine.return_to(session, task_id, given.get("element_id", ""), given.get("reason", ""), actor())
    flash(gettext("已退回，原办理人将重新办理"), "good")
    return go("/inbox")


@blueprint.post("/tasks/<task_id>/withdrawal")
@permission("user_task.withdraw")
def withdraw(task_id: str) -> Response:
    """Take back a completed step."""
    here = parts()
    with here.database.unit_of_work() as session:
        fresh = here.engine.withdraw(session, task_id, request.form.get("reason", ""), actor())
    flash(gettext("已撤回，可以修改后重新提交"), "good")
    return go(f"/tasks/{fresh}")
