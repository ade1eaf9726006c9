"""The command line: what it prints, and how it exits."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from records.db import Database
from records.people import User
from records.settings import Settings
from web.app import create_app
from workflows import load

ROOT = Path(__file__).parents[2]
SPACE = b"http://www.omg.org/spec/BPMN/20100524/MODEL"
BROKEN = b"<definitions xmlns='" + SPACE + b"'><process id='p' isExecutable='true'/></definitions>"


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=list(words))


def lines(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.output.splitlines() if line.startswith("{")]


def test_a_new_database_is_made_and_the_models_deployed(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new' / 'sujian.db'}")
    app = create_app(Settings(blob_dir=tmp_path / "blobs", log_level="ERROR"), database=database)
    for _twice in range(2):
        assert run(app, "migrate").exit_code == 0
        deployed = lines(run(app, "deploy"))
        versions = {(one["process"], one["version"]) for one in deployed if "version" in one}
        assert versions == {(key, 1) for key in load()}
    assert run(app, "verify-journal").exit_code == 0
    assert run(app, "check-invariants").exit_code == 0
    database.engine.dispose()


def test_no_database_is_one_sentence(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'nowhere' / 'sujian.db'}")
    app = create_app(Settings(blob_dir=tmp_path / "blobs", log_level="ERROR"), database=database)
    for command in ("deploy", "verify-journal", "check-invariants"):
        result = run(app, command)
        assert result.exit_code == 1
        assert "the database does not answer" in result.output


def test_a_row_changed_behind_the_stores_back_is_named(app: Flask, database: Database) -> None:
    (whole,) = lines(run(app, "verify-journal"))
    assert (whole["journal"], whole["bad_entries"], whole["keys"]) == ("verified", 0, "taken from the seals")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE establishment SET risk_grade = 'A'")
    result = run(app, "verify-journal")
    assert result.exit_code == 1
    bad, total = lines(result)
    assert bad["entry"]
    assert "establishment" in str(bad["what"])
    assert (total["journal"], total["bad_entries"]) == ("broken", 1)


def test_an_account_is_made(app: Flask, database: Database) -> None:
    words = ["create-user", "weibing", "--name", "韦兵", "--email", "w@example.invalid", "--role", "ADM"]
    result = run(app, *words, "--region", "450200", "--password", "a-long-password-1")
    assert result.exit_code == 0, result.output
    with database.reading() as session:
        made = session.scalars(select(User).where(User.username == "weibing")).one()
    assert made.password is not None
    assert made.password.startswith("$argon2id$")
    again = run(app, *words, "--region", "450200", "--password", "a-long-password-1")
    assert "exists already" in again.output
    assert "no region" in run(app, *words, "--region", "999999", "--password", "a-long-password-1").output


def test_our_own_models_are_accepted(app: Flask) -> None:
    result = run(app, "models", "check", str(ROOT / "bpmn"))
    assert result.exit_code == 0
    assert {one["verdict"] for one in lines(result)} == {"accepted"}
    assert len(lines(result)) == len([*ROOT.glob("bpmn/*.bpmn"), *ROOT.glob("bpmn/*.dmn")])


@pytest.mark.parametrize(
    "content",
    [b"", b"not xml", BROKEN, b"\xff\xfe\x00", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", b"<x>" * 5000],
)
@pytest.mark.parametrize("name", ["a.bpmn", "b.dmn"])
def test_other_files_are_refused_with_a_reason(app: Flask, tmp_path: Path, name: str, content: bytes) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    result = run(app, "models", "check", str(file), str(tmp_path / "missing.bpmn"))
    assert result.exit_code == 1
    verdicts = lines(result)
    assert [one["verdict"] for one in verdicts] == ["refused", "refused"]
    assert all(one["reason"] for one in verdicts)
    assert "Traceback" not in result.output


def test_a_model_is_simulated(app: Flask, tmp_path: Path) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({"onsite_inspection": {"access": "not_found"}}), "utf-8")
    result = run(app, "models", "simulate", str(ROOT / "bpmn/inspection.bpmn"), "--answers", str(answers))
    (told,) = lines(result)
    assert told["state"] in ("completed", "waiting")
    assert "onsite_inspection" in told["passed"]  # type: ignore[operator]


@pytest.mark.parametrize("answers", ["[]", "{", "missing"])
def test_a_simulation_that_cannot_run_says_why(app: Flask, tmp_path: Path, answers: str) -> None:
    file = tmp_path / "answers.json"
    if answers != "missing":
        file.write_text(answers, "utf-8")
    result = run(app, "models", "simulate", str(ROOT / "bpmn/inspection.bpmn"), "--answers", str(file))
    assert result.exit_code == 1
    assert lines(result)[0]["state"] == "incident"
    assert lines(result)[0]["why"]


def test_flask_finds_the_models_commands_without_settings_or_database() -> None:
    command = [sys.executable, "-m", "flask", "models", "check", "bpmn/inspection.bpmn"]
    env = {"PATH": "/usr/bin:/bin", "DATABASE_URL": "nonsense", "SUJIAN_ENV": "production", "LANG": "C.UTF-8"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "accepted"


def test_an_unsafe_start_is_one_sentence() -> None:
    command = [sys.executable, "-c", "import wsgi; wsgi.create_app()"]
    env = {"PATH": "/usr/bin:/bin", "SUJIAN_ENV": "production", "LANG": "C.UTF-8"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert "SECRET_KEY" in done.stderr
    assert "Traceback" not in done.stderr
