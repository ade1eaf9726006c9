"""Where servers and the `flask` command find the application."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from flask import Flask
from sqlalchemy.exc import OperationalError

from records.settings import SettingsError


def create_app() -> Flask:
    """The application, or one sentence that says why it does not start."""
    if sys.argv[1:2] == ["models"]:  # `flask models …` needs neither settings nor a database, nor seconds of imports
        return _models_only()
    try:
        app: Flask = import_module("web.app").create_app()
        if os.environ.get("FLASK_RUN_FROM_CLI") != "true":  # the other commands find out for themselves
            app.extensions["sujian"].database.is_reachable()
    except SettingsError as error:
        sys.exit(str(error))
    except OperationalError as error:
        sys.exit(f"The database does not answer: {error.orig}")
    return app


def _models_only() -> Flask:
    app = Flask("web")
    app.cli.add_command(import_module("web.models_cli").models)
    return app
