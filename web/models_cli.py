"""``flask models check`` and ``simulate``: verdicts on model files from anywhere, without a database."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import orjson
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError, ProgrammingError

from engine.foreign import check_file
from engine.simulation import simulate

SUFFIXES = (".bpmn", ".dmn")


class DatabaseCommand(click.Command):
    """A command that needs the database, and says so in one sentence when it is not there."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it."""
        try:
            return super().invoke(ctx)
        except (OperationalError, ProgrammingError) as error:
            raise click.ClickException(f"the database does not answer as it should: {error.orig}") from None


models = AppGroup("models", help="Look at models (no database is needed), and move cases between their versions.")


def say_json(line: object) -> None:
    """Print one JSON line."""
    click.echo(orjson.dumps(line, default=str))


@models.command("check")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(paths: tuple[Path, ...]) -> None:
    """Print a JSON line per BPMN or DMN file: accepted, or refused with element and reason. Exit 1 when one is."""
    refused = False
    for path in _model_files(paths):
        verdict = check_file(path)
        refused = refused or verdict.get("verdict") != "accepted"
        say_json(verdict)
    sys.exit(1 if refused else 0)


@models.command("simulate")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--answers", type=click.Path(path_type=Path), help="JSON: user task id → answers.")
def simulate_command(file: Path, answers: Path | None) -> None:
    """Run a model in memory and print one JSON line: how it ended or what it waits for, and the elements passed."""
    try:
        given = _answers(answers)
        content = file.read_bytes()
    except (OSError, ValueError) as error:
        say_json({"file": str(file), "state": "incident", "why": str(error), "passed": []})
        sys.exit(1)
    outcome = simulate(content, given, beside=file.parent)
    say_json({"file": str(file), **outcome})
    sys.exit(1 if outcome.get("state") == "incident" else 0)


def _answers(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    given = orjson.loads(path.read_bytes())
    if not isinstance(given, dict):
        raise ValueError(f"{path} is not a JSON object")
    return given


def _model_files(paths: tuple[Path, ...]) -> Iterator[Path]:
    """Files as named, and every model inside folders."""
    for path in paths:
        if path.is_dir():
            yield from sorted(each for each in path.rglob("*") if each.suffix in SUFFIXES and each.is_file())
        else:
            yield path
