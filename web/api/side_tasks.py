"""Side tasks: co-signatures and questions beside a step."""

from __future__ import annotations

from typing import Any

from engine import queries
from engine.model import TaskKind
from engine.queries.tasks import find_user_task
from web.api import schemas, step_schemas
from web.api.frame import Resource
from web.asking import asked, replied
from web.parts import parts
from web.permissions import actor, permission

blueprint = Resource("api-side-tasks", __name__, url_prefix="/api", description="Co-signatures and questions")


@blueprint.get("/user-tasks/<user_task_id>/side-tasks")
@permission("user_task.read")
@blueprint.response(200, step_schemas.SideTask(many=True))
def list_side_tasks(user_task_id: str) -> list[queries.SideRow]:
    """What was asked from a step, of whom, and what they said."""
    with parts().database.reading() as session:
        main = find_user_task(session, user_task_id, actor())
        return queries.side_tasks(session, actor(), main.process_instance_id, main.id)


@blueprint.post("/user-tasks/<user_task_id>/cosigners")
@permission("user_task.consult")
@blueprint.arguments(step_schemas.Cosigner)
@blueprint.response(201, step_schemas.Asked)
def ask_cosigner(given: dict[str, Any], user_task_id: str) -> dict[str, str]:
    """Have somebody co-sign a step. It cannot be completed until they did."""
    return _ask(user_task_id, TaskKind.COSIGN, given)


@blueprint.post("/user-tasks/<user_task_id>/questions")
@permission("user_task.consult")
@blueprint.arguments(step_schemas.Question)
@blueprint.response(201, step_schemas.Asked)
def ask_question(given: dict[str, Any], user_task_id: str) -> dict[str, str]:
    """Ask a person, a role, or (with neither) the business of the case. Files are attachments uploaded for the task."""
    return _ask(user_task_id, TaskKind.QUESTION, given)


def _ask(user_task_id: str, kind: TaskKind, given: dict[str, Any]) -> dict[str, str]:
    here = parts()
    with here.database.unit_of_work() as session:
        wanted = asked(here, kind, given, given.get("files", []))
        return {"user_task_id": here.engine.ask(session, user_task_id, wanted, actor())}


@blueprint.post("/user-tasks/<user_task_id>/answer")
@permission("user_task.answer")
@blueprint.arguments(step_schemas.Answer)
@blueprint.response(204)
def answer(given: dict[str, Any], user_task_id: str) -> None:
    """Do a side task: sign, object, or answer."""
    here = parts()
    with here.database.unit_of_work() as session:
        here.engine.answer(session, user_task_id, replied(given, given["files"]), actor())


@blueprint.post("/user-tasks/<user_task_id>/revocation")
@permission("user_task.consult")
@blueprint.arguments(schemas.Reason)
@blueprint.response(204)
def revoke(given: dict[str, str], user_task_id: str) -> None:
    """Take back an open side task."""
    here = parts()
    with here.database.unit_of_work() as session:
        here.engine.revoke(session, user_task_id, given["reason"], actor())
