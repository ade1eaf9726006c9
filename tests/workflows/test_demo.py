"""The demo city can do everything that the models ask of people."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo.repertoire import Repertoire
from demo.year import main
from engine.process_model import read_model
from workflows import load

ROOT = Path(__file__).parents[2]


def test_the_demo_answers_every_user_task_of_every_process() -> None:
    asked = {
        (key, task.id)
        for key in load()
        for model in read_model((ROOT / "bpmn" / f"{key}.bpmn").read_bytes()).processes
        for task in model.of_kind("userTask")
    }
    answered = set(Repertoire.load().answers)
    assert asked - answered == set()
    assert answered - asked == set()


def test_a_few_weeks_of_the_city_keep_every_promise(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--scale", "0.1", "--days", "45"]) == 0, capsys.readouterr().err
    assert "check-invariants and verify-journal: clean" in capsys.readouterr().out
