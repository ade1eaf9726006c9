"""The ground that a demo stands on: today's schema, the master data, the deployed models."""

from __future__ import annotations

from flask import Flask

from web.cli import deploy, migrate


def prepare(app: Flask) -> None:
    """Bring the application's database up. Exits with what was said when that fails."""
    runner = app.test_cli_runner()
    for command in (migrate, deploy):
        outcome = runner.invoke(command)
        if outcome.exit_code != 0:
            raise SystemExit(outcome.output or repr(outcome.exception))
