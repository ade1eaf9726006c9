"""For those who run it: is it alive, is it ready, how is it doing."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Blueprint, Flask, Response, jsonify
from prometheus_client import CollectorRegistry
from prometheus_flask_exporter import PrometheusMetrics
from sqlalchemy.exc import SQLAlchemyError

from records.migrations import is_current
from web.parts import parts
from web.permissions import DECLARED, PUBLIC, public

blueprint = Blueprint("health", __name__)
#: seconds; the product's own bars lie within
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@blueprint.get("/health")
@public
def health() -> Response:
    """The process answers. Touches nothing."""
    return jsonify(status="ok")


@blueprint.get("/ready")
@public
def ready() -> tuple[Response, int]:
    """The process can do its work: the database answers and has its tables, files can be kept."""
    checks = {"database": _database_answers(), "files": _files_can_be_kept(parts().blobs.folder)}
    good = all(checks.values())
    return jsonify(status="ready" if good else "not ready", checks=checks), 200 if good else 503


def _database_answers() -> bool:
    try:
        return is_current(parts().database)
    except SQLAlchemyError:
        return False


def _files_can_be_kept(folder: Path) -> bool:
    nearest = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    return os.access(nearest, os.W_OK)


def register(app: Flask) -> None:
    """Bind the routes; measure every request by its rule (never by its address, which has no end)."""
    app.register_blueprint(blueprint)
    PrometheusMetrics(
        app,
        group_by="url_rule",
        buckets=BUCKETS,
        excluded_paths=["^/static/", "^/health$", "^/ready$", "^/metrics$"],
        registry=CollectorRegistry(),
    )
    for endpoint, view in app.view_functions.items():
        if endpoint.startswith("prometheus"):
            setattr(view, DECLARED, PUBLIC)
