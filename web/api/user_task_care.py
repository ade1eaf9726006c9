"""User tasks, kept going: who could take one, passing it on, follow-up date, priority."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import Schema, fields, validate

from engine.definitions import form_of
from engine.queries.tasks import find_user_task
from engine.suitability import Suitable, suitable_people
from web.api import schemas
from web.api.frame import Resource
from web.parts import parts
from web.permissions import actor, permission

blueprint = Resource("api-user-task-care", __name__, url_prefix="/api", description="Keeping work for people going")


class Delegation(schemas.Assignment):
    """To whom, and why."""

    reason = fields.String(required=True, validate=validate.Length(1, 500))


class FollowUp(Schema):
    """The day on which to come back to it; null takes it away."""

    follow_up_on = fields.Date(required=True, allow_none=True)


class Priority(Schema):
    """How urgent, and why."""

    priority = fields.Integer(
        required=True, strict=True, metadata={"description": "0 can wait, 50 normal, 100 at once"}
    )
    reason = fields.String(required=True, validate=validate.Length(1, 500))


class SuitablePerson(Schema):
    """A person who could take a user task, with what they have in hand."""

    id = fields.String()
    name = fields.String()
    open_count = fields.Integer()
    overdue_count = fields.Integer()
    away_until = fields.Date(allow_none=True)


@blueprint.get("/user-tasks/<user_task_id>/candidates")
@permission("user_task.read")
@blueprint.response(200, SuitablePerson(many=True))
def candidates(user_task_id: str) -> list[Suitable]:
    """People in your jurisdiction who could take the user task, the least busy first."""
    here = parts()
    with here.database.reading() as session:
        task = find_user_task(session, user_task_id, actor())
        separate = form_of(session, task).properties.separate_from
        return suitable_people(session, here.clock, actor(), [task], separate)


@blueprint.post("/user-tasks/<user_task_id>/delegation")
@permission("user_task.delegate")
@blueprint.arguments(Delegation)
@blueprint.response(204)
def delegate(given: dict[str, str], user_task_id: str) -> None:
    """Pass your own user task on to somebody of its group."""
    here = parts()
    with here.database.unit_of_work() as session:
        here.engine.delegate(session, user_task_id, given["assignee_id"], actor(), given["reason"])


@blueprint.put("/user-tasks/<user_task_id>/follow-up")
@permission("user_task.follow_up")
@blueprint.arguments(FollowUp)
@blueprint.response(204)
def follow_up(given: dict[str, date | None], user_task_id: str) -> None:
    """Set the day on which you are reminded of your own user task."""
    here = parts()
    with here.database.unit_of_work() as session:
        here.engine.follow_up(session, user_task_id, given["follow_up_on"], actor())


@blueprint.put("/user-tasks/<user_task_id>/priority")
@permission("user_task.prioritise")
@blueprint.arguments(Priority)
@blueprint.response(204)
def prioritise(given: dict[str, Any], user_task_id: str) -> None:
    """Give a user task another priority."""
    here = parts()
    with here.database.unit_of_work() as session:
        here.engine.prioritise(session, user_task_id, given["priority"], actor(), given["reason"])
