"""Messages and signals from outside: what other systems tell the processes."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from engine.messages import Message, Receipt
from web.api import schemas
from web.api.frame import Resource
from web.parts import parts
from web.permissions import actor, permission

blueprint = Resource("api-messages", __name__, url_prefix="/api", description="What other systems tell the processes")
NAME = validate.Length(1, 200)


class SignalSchema(Schema):
    """A signal: for everyone who waits for it."""

    name = fields.String(required=True, validate=NAME)
    payload = fields.Raw(load_default=None, allow_none=True, metadata={"description": "Plain JSON, 64 KB at most"})
    id = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 120),
        metadata={"description": "The sender's own; the same id again gets the same answer and moves nothing"},
    )


class MessageSchema(SignalSchema):
    """A message: for the one place that waits for its name and correlation, or the process that it begins."""

    correlation = fields.String(
        load_default="",
        validate=validate.Length(0, 200),
        metadata={"description": "The case number, or the value that the receiver's model declares"},
    )
    keep_until = schemas.Moment(
        load_default=None, allow_none=True, metadata={"description": "How long it may wait for a receiver"}
    )


class ReceiptSchema(Schema):
    """What became of it."""

    id = fields.String()
    state = fields.String(metadata={"description": "taken, or kept until somebody waits for it"})
    process_instance_id = fields.String(allow_none=True, metadata={"description": "Who took it; none for signals"})
    receivers = fields.Integer(metadata={"description": "For how many it is"})
    is_repeat = fields.Boolean()


@blueprint.post("/messages")
@permission("message.send")
@blueprint.arguments(MessageSchema)
@blueprint.response(200, ReceiptSchema)
def send_message(given: dict[str, Any]) -> Receipt:
    """Give a message to its receiver. 409 when nobody waits for it, or several do."""
    here = parts()
    with here.database.unit_of_work() as session:
        return here.engine.correlate(session, Message(**given), actor())


@blueprint.post("/signals")
@permission("message.send")
@blueprint.arguments(SignalSchema)
@blueprint.response(200, ReceiptSchema)
def send_signal(given: dict[str, Any]) -> Receipt:
    """Give a signal to everyone who waits for it; each goes on shortly after."""
    here = parts()
    with here.database.unit_of_work() as session:
        return here.engine.broadcast(session, Message(**given), actor())
