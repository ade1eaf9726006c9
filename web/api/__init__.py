"""The API: OpenAPI 3.1 at /api/openapi.json, readable at /api/docs."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, jsonify, render_template
from flask_wtf.csrf import generate_csrf

from records.people import Actor
from web.api import schemas
from web.api.absences import blueprint as absences
from web.api.announcements import blueprint as announcements
from web.api.bulk import blueprint as bulk
from web.api.cases import blueprint as cases
from web.api.files import blueprint as files
from web.api.frame import Resource, SujianApi, configure
from web.api.imports import blueprint as imports
from web.api.incidents import blueprint as incidents
from web.api.informants import blueprint as informants
from web.api.messages import blueprint as messages
from web.api.processes import blueprint as processes
from web.api.registry import blueprint as registry
from web.api.side_tasks import blueprint as side_tasks
from web.api.steps import blueprint as steps
from web.api.suspensions import blueprint as suspensions
from web.api.user_task_care import blueprint as user_task_care
from web.api.user_tasks import blueprint as user_tasks
from web.permissions import actor, permission, public

session = Resource("api-session", __name__, url_prefix="/api", description="Who is signed in")


@session.get("/session")
@permission("account.own")
@session.response(200, schemas.Person)
def who() -> dict[str, object]:
    """Who is signed in, and the token that changes need."""
    return {**_person(actor()), "csrf_token": generate_csrf()}


def _person(who_: Actor) -> dict[str, object]:
    return {
        "id": who_.id,
        "name": who_.name,
        "roles": sorted(who_.roles),
        "region_path": who_.region_path,
        "establishment_id": who_.establishment_id,
    }


def _documents(api: SujianApi) -> Blueprint:
    blueprint = Blueprint("api-docs", __name__, url_prefix="/api")

    @blueprint.get("/openapi.json")
    @public
    def openapi() -> Response:
        """The whole API, described."""
        return jsonify(api.spec.to_dict())

    @blueprint.get("/docs")
    @public
    def docs() -> str:
        """The description, to read and to try."""
        return render_template("api_docs.html")

    return blueprint


def register(app: Flask) -> None:
    """Bind the API to the application."""
    api = configure(app)
    resources = (session, user_tasks, user_task_care, bulk, steps, side_tasks, suspensions, absences, cases, processes)
    others = (registry, announcements, files, imports, messages, incidents, informants)
    for resource in (*resources, *others):
        api.register_blueprint(resource)
    app.register_blueprint(_documents(api))
