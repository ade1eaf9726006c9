"""Many user tasks in one request: up to 200, each in its own transaction, each with its own result."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from engine.bulk import MOST_AT_ONCE, Bulk, ItemResult
from records.base import Source
from web.api.frame import Problem, Resource
from web.errors import problem
from web.parts import parts
from web.permissions import actor, permission

blueprint = Resource("api-bulk", __name__, url_prefix="/api/user-tasks/bulk", description="Many user tasks at once")


class Chosen(Schema):
    """Which user tasks."""

    user_task_ids = fields.List(fields.String(), required=True, validate=validate.Length(1, MOST_AT_ONCE))


class ChosenFor(Chosen):
    """Which user tasks, and for whom."""

    assignee_id = fields.String(required=True)


class ChosenWith(Chosen):
    """Which user tasks, and the answers that each is completed with."""

    answers = fields.Dict(required=True)


class BulkKey(Schema):
    """A key that makes a repeat harmless: what was done under it is not done again."""

    key = fields.String(data_key="Idempotency-Key", load_default=None, validate=validate.Length(8, 80))


class Result(Schema):
    """What became of one user task; ``problem`` says why it was refused."""

    user_task_id = fields.String()
    business_key = fields.String(allow_none=True)
    is_done = fields.Boolean()
    problem = fields.Nested(Problem, allow_none=True)


class Results(Schema):
    """One result for each user task, in the order asked for."""

    results = fields.List(fields.Nested(Result))


def result_of(item: ItemResult) -> dict[str, Any]:
    """A result as it is sent."""
    refusal = item.refusal
    return {
        "user_task_id": item.user_task_id,
        "business_key": item.business_key,
        "is_done": item.is_done,
        "problem": None if refusal is None else problem(refusal),
    }


@blueprint.post("/claim")
@permission("user_task.claim")
@blueprint.arguments(BulkKey, location="headers")
@blueprint.arguments(Chosen)
@blueprint.response(200, Results)
def claim(headers: dict[str, str | None], given: dict[str, Any]) -> dict[str, Any]:
    """Claim each of them."""
    return _told(_bulk(headers).claim(given["user_task_ids"]))


@blueprint.post("/assignment")
@permission("user_task.assign")
@blueprint.arguments(BulkKey, location="headers")
@blueprint.arguments(ChosenFor)
@blueprint.response(200, Results)
def assign(headers: dict[str, str | None], given: dict[str, Any]) -> dict[str, Any]:
    """Give each of them to the same person."""
    return _told(_bulk(headers).assign(given["user_task_ids"], given["assignee_id"]))


@blueprint.post("/completion")
@permission("user_task.complete")
@blueprint.arguments(BulkKey, location="headers")
@blueprint.arguments(ChosenWith)
@blueprint.response(200, Results)
def complete(headers: dict[str, str | None], given: dict[str, Any]) -> dict[str, Any]:
    """Complete each of them with the same answers. 409 when their forms differ or ask for evidence of one case."""
    return _told(_bulk(headers).complete(given["user_task_ids"], given["answers"], Source.API))


def _bulk(headers: dict[str, str | None]) -> Bulk:
    here = parts()
    return Bulk(here.database, here.engine, actor(), headers["key"])


def _told(results: list[ItemResult]) -> dict[str, Any]:
    return {"results": [result_of(one) for one in results]}
