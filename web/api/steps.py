"""Going back: returning a case to an earlier step, taking back a completed one."""

from __future__ import annotations

from engine import queries
from engine.model import UserTask
from web.api import schemas, step_schemas
from web.api.frame import Resource
from web.parts import parts
from web.permissions import actor, permission

blueprint = Resource("api-steps", __name__, url_prefix="/api", description="Going back in a case")


@blueprint.get("/user-tasks/<user_task_id>/returns")
@permission("user_task.read")
@blueprint.response(200, step_schemas.DoneStep(many=True))
def list_returns(user_task_id: str) -> list[UserTask]:
    """The completed steps that you may return the case to from here, the nearest first."""
    with parts().database.reading() as session:
        return queries.returns(session, user_task_id, actor(), clock=parts().clock)


@blueprint.post("/user-tasks/<user_task_id>/return")
@permission("user_task.return")
@blueprint.arguments(step_schemas.Return)
@blueprint.response(200, step_schemas.Reopened)
def return_to(given: dict[str, str], user_task_id: str) -> dict[str, str]:
    """Return the case to an earlier step. 409 says what would be lost."""
    here = parts()
    with here.database.unit_of_work() as session:
        fresh = here.engine.return_to(session, user_task_id, given["element_id"], given["reason"], actor())
        return {"user_task_id": fresh}


@blueprint.post("/user-tasks/<user_task_id>/withdrawal")
@permission("user_task.withdraw")
@blueprint.arguments(schemas.Reason)
@blueprint.response(200, step_schemas.Reopened)
def withdraw(given: dict[str, str], user_task_id: str) -> dict[str, str]:
    """Take back a step you completed, as long as nobody began the next one."""
    here = parts()
    with here.database.unit_of_work() as session:
        return {"user_task_id": here.engine.withdraw(session, user_task_id, given["reason"], actor())}
