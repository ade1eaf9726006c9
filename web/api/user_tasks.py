"""User tasks: the inbox, and every verb on one of them."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from engine import queries
from engine.completion import Completion
from engine.queries.tasks import find_user_task
from records.base import Source
from records.errors import NotFoundError
from records.paging import Page
from records.submissions import Draft
from web.api import schemas
from web.api.frame import Listing, Resource
from web.drafts import draft_of, is_worth_keeping, keep_draft
from web.identity import require_identity
from web.moments import local
from web.parts import parts
from web.permissions import actor, permission

blueprint = Resource("api-user-tasks", __name__, url_prefix="/api", description="Work for people")
VIEWS = ("mine", "group", "all", "done", "substitute")


class TaskListing(Listing):
    """Which user tasks."""

    view = fields.String(
        load_default="mine",
        validate=validate.OneOf(VIEWS),
        metadata={"description": "mine, my groups, my jurisdiction, done by me, of those I stand in for"},
    )


class TaskRow(schemas.UserTask):
    """A user task in a list."""

    class Meta:
        """Only what the list knows."""

        exclude = ("version", "claimed_at", "due_basis", "due_rule", "qualification", "reopens_id")


@blueprint.get("/user-tasks")
@permission("inbox.read")
@blueprint.arguments(TaskListing, location="query")
@blueprint.response(200, schemas.page_of(TaskRow))
def list_user_tasks(asked: dict[str, Any]) -> Page[Any]:
    """Your inbox, most urgent first."""
    wanted = queries.InboxFilter(text=asked["q"])
    with parts().database.reading() as session:
        return queries.inbox(
            session, actor(), asked["view"], wanted, asked.get("cursor"), asked["limit"], now=parts().clock.now()
        )


@blueprint.get("/user-tasks/<user_task_id>")
@permission("user_task.read")
@blueprint.response(200, schemas.UserTask)
def get_user_task(user_task_id: str) -> queries.TaskDetail:
    """One user task."""
    with parts().database.reading() as session:
        return queries.user_task(session, user_task_id, actor(), clock=parts().clock)


@blueprint.post("/user-tasks/<user_task_id>/claim")
@permission("user_task.claim")
@blueprint.response(204)
def claim(user_task_id: str) -> None:
    """Take a user task that is offered to one of your groups. 409 says why not."""
    here = parts()
    with here.database.unit_of_work() as session:
        here.engine.claim(session, user_task_id, actor())


@blueprint.post("/user-tasks/<user_task_id>/release")
@permission("user_task.release")
@blueprint.arguments(schemas.Reason)
@blueprint.response(204)
def release(given: dict[str, str], user_task_id: str) -> None:
    """Give a user task back to its group."""
    here = parts()
    with here.database.unit_of_work() as session:
        here.engine.release(session, user_task_id, actor(), given["reason"] or None)


@blueprint.post("/user-tasks/<user_task_id>/assignment")
@permission("user_task.assign")
@blueprint.arguments(schemas.Assignment)
@blueprint.response(204)
def assign(given: dict[str, str], user_task_id: str) -> None:
    """Hand a user task to somebody of its group."""
    here = parts()
    with here.database.unit_of_work() as session:
        here.engine.assign(session, user_task_id, given["assignee_id"], actor())


@blueprint.get("/user-tasks/<user_task_id>/draft")
@permission("user_task.complete")
@blueprint.response(200, schemas.DraftGiven)
def get_draft(user_task_id: str) -> Draft | dict[str, Any]:
    """Your own unfinished answers; for a step that is done again, what was answered the last time."""
    with parts().database.reading() as session:
        draft = draft_of(session, user_task_id, actor())
        earlier = {} if draft else queries.earlier_answers(session, find_user_task(session, user_task_id, actor()))
        if draft is None and not earlier:
            raise NotFoundError
        return draft or {"answers": earlier, "version": 0}


@blueprint.put("/user-tasks/<user_task_id>/draft")
@permission("user_task.complete")
@blueprint.arguments(schemas.DraftGiven)
@blueprint.response(200, schemas.DraftKept)
def put_draft(given: dict[str, Any], user_task_id: str) -> dict[str, Any]:
    """Keep unfinished answers. 409 when the draft is no longer the version you began with."""
    here = parts()
    with here.database.unit_of_work() as session:
        kept = keep_draft(session, here.clock, actor(), user_task_id, given["answers"], given["version"])
        return {"version": kept.version, "saved_at": local(kept.saved_at).isoformat(timespec="seconds")}


@blueprint.post("/user-tasks/<user_task_id>/completion")
@permission("user_task.complete")
@blueprint.arguments(schemas.IdempotencyKey, location="headers")
@blueprint.arguments(schemas.Answers)
@blueprint.response(200, schemas.Completion)
def complete(headers: dict[str, str | None], given: dict[str, Any], user_task_id: str) -> Completion:
    """Complete a user task: answers are checked, the record is written, the case moves on. 422 says what to change.

    A repeat with the same `Idempotency-Key` gets the same answer again.
    """
    here, who = parts(), actor()
    with here.database.unit_of_work() as session:
        if is_worth_keeping(session, here.clock, who, user_task_id):
            keep_draft(session, here.clock, who, user_task_id, given["answers"], None)
    with here.database.unit_of_work() as session:
        require_identity(session, user_task_id, who)
        return here.engine.complete(
            session, user_task_id, given["answers"], who, idempotency_key=headers["key"], source=Source.API
        )
