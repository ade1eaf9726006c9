"""Processes: which one may start, and starting one."""

from __future__ import annotations

from typing import Any

from engine import queries
from engine.model import ProcessInstance
from web.api import schemas
from web.api.frame import Resource
from web.parts import parts
from web.permissions import actor, permission

blueprint = Resource("api-processes", __name__, url_prefix="/api", description="What can be started")


@blueprint.get("/processes")
@permission("case.start")
@blueprint.response(200, schemas.Process(many=True))
def list_processes() -> list[Any]:
    """The processes that you may start."""
    with parts().database.reading() as session:
        return list(queries.startable(session, actor()))


@blueprint.post("/processes/<key>/instances")
@permission("case.start")
@blueprint.arguments(schemas.Answers)
@blueprint.response(201, schemas.Case)
def start(given: dict[str, Any], key: str) -> ProcessInstance:
    """Start a case with the answers to the process's start form."""
    here = parts()
    with here.database.unit_of_work() as session:
        return here.engine.start(session, key, given["answers"], actor())
