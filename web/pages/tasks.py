"""A user task: its page, claiming, giving back, handing over, the draft, and completing it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, jsonify, render_template, request
from flask_babel import gettext
from sqlalchemy.orm import Session

from engine import queries
from engine.completion import Completion
from forms.sentences import Sentence
from records.attachments import Attachment
from records.documents import Document
from records.errors import ConflictError, DomainError, InvalidAnswersError, NotFoundError
from records.people import Actor
from web.answers import is_only_changing, posted, with_file
from web.drafts import is_worth_keeping, keep_draft
from web.errors import sentence_of
from web.files import files_of_case
from web.identity import IdentityNotConfirmedError, confirmation_of, require_identity
from web.moments import local
from web.parts import Parts, parts
from web.permissions import actor, permission
from web.redirects import go
from web.side_page import side_page
from web.task_page import Errors, task_page
from web.uploads import keep_upload

blueprint = Blueprint("tasks", __name__)
TABS = ("diagram", "timeline", "files", "comments")


@blueprint.app_template_global("told")
def told(sentence: str) -> str:
    """A sentence of the forms in the reader's language."""
    if isinstance(sentence, Sentence):
        return gettext(sentence.message_id, **sentence.params)
    return gettext(sentence.replace("%", "%%"))


@blueprint.app_template_global("max_upload_bytes")
def max_upload_bytes() -> int:
    """The largest upload taken."""
    return parts().settings.max_upload_bytes


@blueprint.get("/tasks/<task_id>")
@permission("user_task.read")
def show(task_id: str) -> str:
    """The page; a side task has its own."""
    try:
        return _page(task_id)
    except NotFoundError:
        return side_page(task_id)


def _page(task_id: str, answers: dict[str, Any] | None = None, errors: Errors | None = None, conflict: str = "") -> str:
    here, who = parts(), actor()
    tab = request.args.get("tab", "")
    with here.database.reading() as session:
        page = task_page(session, here, who, task_id, answers, errors)
        case_id = page.task.process_instance_id
        return render_template(
            "tasks/task.html",
            page=page,
            conflict=conflict,
            key=here.clock.new_id(),
            tab=tab if tab in TABS else TABS[0],
            upload_url=f"/attachments?user_task_id={task_id}",
            live_url=f"/tasks/{task_id}/facts",
            draft_saved_at=page.draft.saved_at if page.draft else None,
            case=_case_of(session, here, who, case_id),
            sides=queries.side_tasks(session, who, case_id, task_id),
            documents=files_of_case(session, Document, case_id, who),
            attachments=files_of_case(session, Attachment, case_id, who),
        )


def _case_of(session: Session, here: Parts, who: Actor, case_id: str) -> queries.CaseDetail | None:
    """The case of a user task; None for a business that was asked for one thing of a case which is not its own."""
    try:
        return queries.case(session, case_id, who, clock=here.clock)
    except NotFoundError:
        return None


@blueprint.post("/tasks/<task_id>/claim")
@permission("user_task.claim")
def claim(task_id: str) -> Response:
    """Take the task."""
    here = parts()
    with here.database.unit_of_work() as session:
        here.engine.claim(session, task_id, actor())
    flash(gettext("已领取"), "good")
    return go(f"/tasks/{task_id}")


@blueprint.post("/tasks/<task_id>/release")
@permission("user_task.release")
def release(task_id: str) -> Response:
    """Give the task back to its group."""
    here = parts()
    with here.database.unit_of_work() as session:
        here.engine.release(session, task_id, actor(), (request.form.get("reason") or "").strip()[:500] or None)
    flash(gettext("已退回，等待他人领取；您填写的内容仍保留为草稿"), "good")
    return go("/inbox?view=group")


@blueprint.post("/tasks/<task_id>/assign")
@permission("user_task.assign")
def assign(task_id: str) -> Response:
    """Hand the task to somebody."""
    here = parts()
    with here.database.unit_of_work() as session:
        here.engine.assign(session, task_id, request.form.get("assignee_id", ""), actor())
    flash(gettext("已指派"), "good")
    return go(f"/tasks/{task_id}")


@blueprint.put("/tasks/<task_id>/draft")
@permission("user_task.complete")
def draft(task_id: str) -> Response:
    """Keep what was typed so far: ``{"answers": {…}, "version": 3}``."""
    body = request.get_json()
    answers, version = (body.get("answers"), body.get("version")) if isinstance(body, dict) else (None, None)
    if not isinstance(answers, dict) or not isinstance(version, int | None):
        raise InvalidAnswersError({"answers": ["提交的内容格式不正确"]})
    here = parts()
    with here.database.unit_of_work() as session:
        kept = keep_draft(session, here.clock, actor(), task_id, answers, version)
        return jsonify(version=kept.version, saved_at=local(kept.saved_at).isoformat(timespec="minutes"))


@blueprint.post("/tasks/<task_id>/completion")
@permission("user_task.complete")
def complete(task_id: str) -> Response | tuple[str, int]:
    """Complete the task. What was typed is kept first, so that no refusal loses it."""
    here, who = parts(), actor()
    answers = posted(request.form)
    refused = _keep_first(here, who, task_id, answers)
    if refused:
        return _page(task_id, answers, refused), 422
    if is_only_changing(request.form):
        return go(f"/tasks/{task_id}#{_anchor()}")
    if request.form.get("_save"):
        flash(gettext("草稿已保存"), "good")
        return go(f"/tasks/{task_id}")
    try:
        with here.database.unit_of_work() as session:
            require_identity(session, task_id, who)
            done = here.engine.complete(session, task_id, answers, who, idempotency_key=request.form.get("_key"))
    except InvalidAnswersError as error:
        return _page(task_id, answers, error.errors), 422
    except IdentityNotConfirmedError as error:
        flash(sentence_of(error), "warn")
        return go(confirmation_of(task_id))
    except ConflictError as error:
        return _page(task_id, answers, conflict=sentence_of(error)), 409
    flash(gettext("已提交"), "good")
    return go(_next(here, who, done))


def _anchor() -> str:
    path = request.form.get("_add") or request.form.get("_remove") or request.form.get("_drop") or ""
    return f"f-{path.partition('=')[0].partition('.')[0]}"


def _keep_first(here: Parts, who: Actor, task_id: str, answers: dict[str, Any]) -> dict[str, list[str]]:
    """Files sent without script join the answers; all of it becomes the draft. Gives what is wrong with files."""
    refused: dict[str, list[str]] = {}
    with here.database.unit_of_work() as session:
        if not is_worth_keeping(session, here.clock, who, task_id):
            return refused
        for name, file in request.files.items(multi=True):
            if file.filename:
                try:
                    with_file(answers, name, keep_upload(session, here, who, file, task_id).id)
                except DomainError as error:
                    refused.setdefault(name, []).append(sentence_of(error))
        keep_draft(session, here.clock, who, task_id, answers, None)
    return refused


def _next(here: Parts, who: Actor, done: Completion) -> str:
    """The next task of mine in this case, else the inbox."""
    with here.database.reading() as session:
        opened = [_seen(session, here, who, each) for each in done.opened]
        mine = [task for task in opened if task and task.may_complete]
        mine.sort(key=lambda task: task.assignee_id != who.id)
        return f"/tasks/{mine[0].id}" if mine else "/inbox"


def _seen(session: Session, here: Parts, who: Actor, task_id: str) -> queries.TaskDetail | None:
    try:
        return queries.user_task(session, task_id, who, clock=here.clock)
    except NotFoundError:
        return None
