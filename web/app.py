"""create_app: the one place where the parts are put together."""

from __future__ import annotations

import os
from importlib import import_module
from pkgutil import iter_modules

from flask import Flask

import web.pages
from engine.engine import Engine
from records.blobs import BlobStore
from records.clock import Clock, SystemClock
from records.db import Database
from records.settings import Settings
from web import admin, api, auth, cli, errors, frontend, guards, health, i18n, request_log, templating
from web.parts import Parts
from web.strict_json import StrictJson
from workflows import load


def create_app(
    settings: Settings | None = None, *, clock: Clock | None = None, database: Database | None = None
) -> Flask:
    """The application; without arguments from the environment, as ``flask run`` and gunicorn want it."""
    settings = settings or Settings.from_environment(os.environ)
    clock = clock or SystemClock()
    database = database or Database(
        settings.database_url, idle_limit=settings.job_lease_seconds, sealing_key=settings.sealing_key
    )
    request_log.configure(settings.log_level, environment=settings.environment)
    app = Flask("web", static_folder="static", template_folder="templates")
    app.config["PROPAGATE_EXCEPTIONS"] = settings.debug
    app.debug = settings.debug
    app.json_provider_class = StrictJson  # Flask-Security builds its own upon it
    app.extensions["sujian"] = Parts(
        settings=settings,
        database=database,
        engine=Engine(load(), clock),
        clock=clock,
        blobs=BlobStore(settings.blob_dir),
    )
    guards.configure(app, settings)
    request_log.register(app)
    i18n.register(app)
    auth.register(app, settings, database, clock)
    guards.register(app, settings)
    frontend.register(app)
    templating.register(app)
    errors.register(app)
    _register_pages(app)
    guards.limit_public(app)
    api.register(app)
    admin.register(app)
    health.register(app)
    cli.register(app)
    return app


def _register_pages(app: Flask) -> None:
    """Every module of ``web.pages`` brings its blueprint."""
    for found in iter_modules(web.pages.__path__):
        app.register_blueprint(import_module(f"web.pages.{found.name}").blueprint)
