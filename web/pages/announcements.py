"""Announcements inside: those meant for whoever asks, one to read and confirm, and what is to be put right in it."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Redirect

from records.announcement_queries import announcement, announcements, of_process_instance
from web import lists
from web.pages.attachments import sent
from web.parts import parts
from web.permissions import actor, permission
from workflows.announcement_receipts import ask_correction, ask_withdrawal, confirm, note_reading

blueprint = Blueprint("announcements", __name__)


@blueprint.get("/announcements")
@permission("announcement.read")
def index() -> str:
    """What is meant for me, or with ``all=1`` everything of my jurisdiction, the newest first."""
    is_all = request.args.get("all") == "1"
    with parts().database.reading() as session:
        page = announcements(session, actor(), lists.cursor(), 30, mine=not is_all)
        return render_template("announcements/list.html", page=page, is_all=is_all)


@blueprint.get("/announcements/<announcement_id>")
@permission("announcement.read")
def detail(announcement_id: str) -> str:
    """The announcement, its editions, and for authorities how many have read it."""
    with parts().database.reading() as session:
        return render_template("announcements/detail.html", page=announcement(session, actor(), announcement_id))


@blueprint.get("/announcements/<announcement_id>/files/<file_id>")
@permission("announcement.read")
def file(announcement_id: str, file_id: str) -> Response:
    """An attachment of one of its editions, for whoever may read the announcement."""
    with parts().database.reading() as session:
        known = announcement(session, actor(), announcement_id).file(file_id)
    return sent(parts().blobs.open(known["sha256"]), known["type"], known["name"], shown=False)


@blueprint.get("/announcements/of-case/<case_id>")
@permission("announcement.read")
def of_case(case_id: str) -> Redirect:
    """From a case, or a notification of it, to its announcement."""
    with parts().database.reading() as session:
        found = of_process_instance(session, actor(), case_id)
    return redirect(url_for("announcements.detail", announcement_id=found))


@blueprint.post("/announcements/<announcement_id>/receipt")
@permission("announcement.read")
def receipt(announcement_id: str) -> Redirect:
    """I have read it: noted, or confirmed where that is demanded."""
    here = parts()
    with here.database.unit_of_work() as session:
        take = confirm if request.form.get("confirm") else note_reading
        take(session, here.clock, actor(), announcement_id)
    flash(gettext("已确认") if request.form.get("confirm") else gettext("已记录阅读"), "good")
    return redirect(url_for("announcements.detail", announcement_id=announcement_id))


@blueprint.post("/announcements/<announcement_id>/correction")
@permission("announcement.revise")
def correction(announcement_id: str) -> Redirect | Response:
    """Ask for a correction."""
    here = parts()
    with here.database.unit_of_work() as session:
        ask_correction(session, here.engine, actor(), announcement_id, request.form.get("reason", ""))
    flash(gettext("已提出更正，请在待办中起草"), "good")
    return redirect(url_for("announcements.detail", announcement_id=announcement_id))


@blueprint.post("/announcements/<announcement_id>/withdrawal")
@permission("announcement.revise")
def withdrawal(announcement_id: str) -> Redirect | Response:
    """Ask for a withdrawal."""
    here, form = parts(), request.form
    with here.database.unit_of_work() as session:
        ask_withdrawal(
            session, here.engine, actor(), announcement_id, form.get("reason", ""), form.get("ground", "")
        )  # fmt: skip
    flash(gettext("已提出撤回，请在待办中说明理由"), "good")
    return redirect(url_for("announcements.detail", announcement_id=announcement_id))
