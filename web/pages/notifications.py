"""Reminders, escalations and assignments addressed to the person who asks."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from web.parts import parts
from web.permissions import actor, permission
from web.reads.notifications import kind_of, mark_read, notifications

blueprint = Blueprint("notifications", __name__)
#: notifications of something to read rather than to do
TO_READ = frozenset(f"announcement.{verb}" for verb in ("published", "reminded", "corrected", "withdrawn", "unread"))


@blueprint.get("/notifications")
@permission("notification.read")
def index() -> str:
    """The newest first, unread marked."""
    with parts().database.reading() as session:
        return render_template("notifications.html", rows=notifications(session, actor().id))


@blueprint.post("/notifications/read")
@permission("notification.read")
def read() -> Response:
    """Mark one (and go where it leads) or all as read."""
    chosen = request.form.get("id")
    with parts().database.unit_of_work() as session:
        mark_read(session, actor().id, parts().clock.now(), chosen)
        kind = kind_of(session, actor().id, chosen)
    task, case = request.form.get("user_task_id"), request.form.get("case_id")
    if task:
        return redirect(f"/tasks/{task}")
    if case and kind in TO_READ:
        return redirect(url_for("announcements.of_case", case_id=case))
    if case:
        return redirect(url_for("cases.detail", case_id=case))
    return redirect(url_for("notifications.index"))
