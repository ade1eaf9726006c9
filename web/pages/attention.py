"""Passing a user task on, its follow-up date, its priority."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine.errors import FollowUpDateError, PriorityError
from web.labels import label
from web.parts import parts
from web.permissions import actor, permission

blueprint = Blueprint("attention", __name__)
#: what a lead chooses from; a model or a program may set any number between
PRIORITIES = ((95, "urgent"), (80, "high"), (50, "normal"), (20, "low"))


@blueprint.app_template_global("priority_level")
def priority_level(priority: int) -> str:
    """The level that a number from 0 to 100 lies in."""
    return "urgent" if priority >= 90 else "high" if priority >= 70 else "low" if priority <= 30 else "normal"


@blueprint.app_template_global("priority_name")
def priority_name(priority: int) -> str:
    """The level's name."""
    return label("priority", priority_level(priority))


@blueprint.app_context_processor
def _choices() -> dict[str, object]:
    return {"priority_choices": PRIORITIES}


@blueprint.post("/tasks/<task_id>/delegation")
@permission("user_task.delegate")
def delegate(task_id: str) -> Response:
    """Pass one's own task on, with a reason."""
    here, to = parts(), request.form.get("assignee_id", "")
    with here.database.unit_of_work() as session:
        here.engine.delegate(session, task_id, to, actor(), request.form.get("reason", ""))
    flash(gettext("已转办"), "good")
    return redirect("/inbox", 303)


@blueprint.post("/tasks/<task_id>/follow-up")
@permission("user_task.follow_up")
def follow_up(task_id: str) -> Response:
    """Set the follow-up date, or take it away."""
    here, day = parts(), _day(request.form.get("follow_up_on", ""))
    with here.database.unit_of_work() as session:
        here.engine.follow_up(session, task_id, day, actor())
    flash(gettext("跟进日期已保存") if day else gettext("跟进日期已取消"), "good")
    return redirect(f"/tasks/{task_id}", 303)


@blueprint.post("/tasks/<task_id>/priority")
@permission("user_task.prioritise")
def prioritise(task_id: str) -> Response:
    """Give the task another priority, with a reason."""
    here, given = parts(), request.form.get("priority", "")
    if not (given.isascii() and given.isdecimal() and len(given) <= 3):
        raise PriorityError
    with here.database.unit_of_work() as session:
        here.engine.prioritise(session, task_id, int(given), actor(), request.form.get("reason", ""))
    flash(gettext("优先级已调整"), "good")
    return redirect(f"/tasks/{task_id}", 303)


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise FollowUpDateError from None
