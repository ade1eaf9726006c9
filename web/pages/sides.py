"""Side tasks from the pages: asking for a co-signature or information, answering, taking back."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request
from flask_babel import gettext

from engine.model import TaskKind
from web.asking import asked, replied, uploads
from web.parts import parts
from web.permissions import actor, permission
from web.redirects import go

blueprint = Blueprint("sides", __name__)


@blueprint.post("/tasks/<task_id>/cosigners")
@permission("user_task.consult")
def ask_cosigner(task_id: str) -> Response:
    """Have somebody co-sign the step."""
    here = parts()
    with here.database.unit_of_work() as session:
        here.engine.ask(session, task_id, asked(here, TaskKind.COSIGN, request.form, []), actor())
    flash(gettext("已请其会签，会签完成前不能提交"), "good")
    return go(f"/tasks/{task_id}")


@blueprint.post("/tasks/<task_id>/questions")
@permission("user_task.consult")
def ask_question(task_id: str) -> Response:
    """Ask a person, a role or the business of the case."""
    here, given = parts(), request.form
    chosen = {
        name: value for name, value in given.items() if name not in ("user_id", "role") or given.get("to") == name
    }
    with here.database.unit_of_work() as session:
        files = uploads(session, here, actor(), task_id)
        here.engine.ask(session, task_id, asked(here, TaskKind.QUESTION, chosen, files), actor())
    flash(gettext("已发出征询，答复后会通知您"), "good")
    return go(f"/tasks/{task_id}")


@blueprint.post("/tasks/<task_id>/answer")
@permission("user_task.answer")
def answer(task_id: str) -> Response:
    """Sign, object or answer."""
    here = parts()
    with here.database.unit_of_work() as session:
        files = uploads(session, here, actor(), task_id)
        here.engine.answer(session, task_id, replied(request.form, files), actor())
    flash(gettext("已提交"), "good")
    return go("/inbox")


@blueprint.post("/tasks/<task_id>/revocation")
@permission("user_task.consult")
def revoke(task_id: str) -> Response:
    """Take back what was asked."""
    here = parts()
    with here.database.unit_of_work() as session:
        main = here.engine.revoke(session, task_id, request.form.get("reason", ""), actor())
    flash(gettext("已撤销"), "good")
    return go(f"/tasks/{main}")
