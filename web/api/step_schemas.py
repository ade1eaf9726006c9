"""What the API says of going back in a case and of side tasks."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from engine.suspension import ClockPolicy
from web.api.schemas import Moment


class DoneStep(Schema):
    """A completed step that a case may be returned to."""

    element_id = fields.String()
    name = fields.String()
    completed_by = fields.String()
    completed_at = Moment()


class Return(Schema):
    """Where to, and why."""

    element_id = fields.String(required=True, validate=validate.Length(1, 100))
    reason = fields.String(required=True, metadata={"description": "At least ten characters"})


class Reopened(Schema):
    """The user task that is open now."""

    user_task_id = fields.String()


class Suspension(Schema):
    """Why a case is suspended, on what ground, and what becomes of its deadlines."""

    reason = fields.String(required=True)
    legal_basis = fields.String(load_default="", validate=validate.Length(max=1000))
    clocks = fields.String(
        load_default=ClockPolicy.STOP.value,
        validate=validate.OneOf([policy.value for policy in ClockPolicy]),
        metadata={"description": "stop: deadlines stand still; run: they run on"},
    )


class FileSent(Schema):
    """A file that came with a question or an answer."""

    id = fields.String()
    filename = fields.String()
    media_type = fields.String()
    size = fields.Integer()


class SideTask(Schema):
    """A co-signature or a question beside a step."""

    id = fields.String()
    kind = fields.String(metadata={"description": "cosign, question"})
    state = fields.String()
    main_task_id = fields.String()
    question = fields.String()
    asked_by = fields.String()
    asked_by_name = fields.String()
    asked_at = Moment()
    due_at = Moment(allow_none=True)
    candidate_group = fields.String()
    assignee_name = fields.String(allow_none=True)
    files = fields.List(fields.Nested(FileSent))
    answered_by_name = fields.String(allow_none=True)
    answered_at = Moment(allow_none=True)
    decision = fields.String(allow_none=True)
    answer = fields.String(allow_none=True)
    answer_files = fields.List(fields.Nested(FileSent))


class Cosigner(Schema):
    """Who is to co-sign."""

    user_id = fields.String(required=True)
    text = fields.String(load_default="", validate=validate.Length(max=2000))
    due_on = fields.Date(load_default=None, allow_none=True)


class Question(Schema):
    """What is asked: of a person, a role, or the business of the case."""

    text = fields.String(required=True, validate=validate.Length(1, 2000))
    user_id = fields.String(load_default=None, allow_none=True)
    role = fields.String(load_default=None, allow_none=True)
    due_on = fields.Date(load_default=None, allow_none=True)
    files = fields.List(fields.String(), load_default=list, validate=validate.Length(max=20))


class Asked(Schema):
    """The side task that was opened."""

    user_task_id = fields.String()


class Answer(Schema):
    """The answer to a side task; whoever co-signs decides."""

    text = fields.String(load_default="", validate=validate.Length(max=2000))
    decision = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(["sign", "object"]))
    files = fields.List(fields.String(), load_default=list, validate=validate.Length(max=20))
