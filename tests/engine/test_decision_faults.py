"""Decisions in processes: refused when contradictory, noted when incomplete, a fault when they are silent."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine.decisions import notes, refusals
from engine.deployment import Bundle, check, check_file
from engine.engine import Engine
from engine.errors import ModelFaultError
from engine.model import UserTask
from engine.process import Process
from engine.simulation import simulate
from records.clock import FixedClock
from records.db import Database
from records.submissions import Submission
from tests.engine.toys import START, chain, form, lanes, model
from tests.factories import Cast
from tests.feel.models import decision, table

SCORE = [("a.score", "")]
LEVEL = [("level", "", "")]
GAP = [(["< 60"], ['"bad"']), (["> 60"], ['"good"'])]
OVERLAP = [(["<= 60"], ['"bad"']), ([">= 60"], ['"good"'])]
BODY = (
    lanes(INS="b a e", SYS="grade")
    + '<startEvent id="b"/><userTask id="a"/><businessRuleTask id="grade"/><endEvent id="e"/>'
    + chain("b", "a", "grade", "e")
)


def graded(rules: list[tuple[list[str], list[str]]], policy: str = "UNIQUE", default: str = "") -> Bundle:
    outputs = [(name, values, default) for name, values, _default in LEVEL]
    dmn = decision("grade", table(policy, SCORE, outputs, rules)).replace('name="grade"', 'name="评级"')
    xml = f'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/">{dmn}</definitions>'
    forms = {"b": START, "a": form(score="number")}
    return Bundle("graded", model("graded", BODY), forms, {"grade": xml})


def found(bundle: Bundle) -> list[tuple[str, str]]:
    return [(finding.slug, finding.element) for finding in check(bundle, Process("graded"))]


def test_rules_that_overlap_are_refused_and_named() -> None:
    assert found(graded(OVERLAP)) == [("overlap", "r2")]
    assert found(graded(OVERLAP, "FIRST")) == []
    assert [slug for slug, _place in found(graded([(["< 5"], ["1 +"])]))] == ["syntax"]
    (finding,) = check(graded(OVERLAP), Process("graded"))
    assert "第 1 条与第 2 条规则重叠：a.score = 60" in finding.zh and "rules 1 and 2 overlap" in finding.en


def test_a_gap_is_noted_but_deployed() -> None:
    bundle = graded(GAP)
    assert found(bundle) == []
    (note,) = notes(bundle.decisions["grade"].encode())
    assert (note.slug, note.element) == ("gap", "t") and "a.score = 60" in note.en
    assert list(notes(graded(GAP, default='"middling"').decisions["grade"].encode())) == []
    assert next(iter(refusals(b"<a/>"))).slug == "decision-model"


def test_a_file_of_decisions_gets_a_verdict_with_notes(tmp_path: Path) -> None:
    path = tmp_path / "grade.dmn"
    path.write_text(graded(GAP).decisions["grade"], encoding="utf-8")
    verdict = check_file(path)
    assert verdict["verdict"] == "accepted" and [note["slug"] for note in verdict["notes"]] == ["gap"]
    path.write_text(graded(OVERLAP).decisions["grade"], encoding="utf-8")
    verdict = check_file(path)
    assert (verdict["verdict"], verdict["slug"], verdict["element"]) == ("refused", "overlap", "r2")


def test_no_match_refuses_the_step_and_names_what_was_asked(database: Database, clock: FixedClock, cast: Cast) -> None:
    engine = Engine({"graded": Process("graded")}, clock)
    with database.unit_of_work() as session:
        engine.deploy(session, graded(GAP), cast.admin)
    with database.unit_of_work() as session:
        instance = engine.start(session, "graded", {}, cast.inspector)
    with database.unit_of_work() as session:
        task_id = session.scalars(select(UserTask.id).where(UserTask.process_instance_id == instance.id)).one()
        engine.claim(session, task_id, cast.inspector)
    with pytest.raises(ModelFaultError, match="评级") as caught, database.unit_of_work() as session:
        engine.complete(session, task_id, {"score": "60"}, cast.inspector)
    assert caught.value.element == "grade"
    assert "没有适用的规则" in caught.value.reason and "a.score = 60" in caught.value.reason
    with database.reading() as session:
        assert session.scalar(select(func.count()).where(Submission.user_task_id == task_id)) == 0
    with database.unit_of_work() as session:
        engine.complete(session, task_id, {"score": "59"}, cast.inspector)


def test_a_simulated_decision_that_is_silent_is_an_incident(tmp_path: Path) -> None:
    bundle = graded(GAP)
    (tmp_path / "grade.dmn").write_text(bundle.decisions["grade"], encoding="utf-8")
    outcome = simulate(bundle.bpmn, {"a": {"score": 60}}, beside=tmp_path)
    assert (outcome["state"], outcome["on"]) == ("incident", "grade")
    assert simulate(bundle.bpmn, {"a": {"score": 61}}, beside=tmp_path)["state"] == "completed"
    (tmp_path / "grade.dmn").write_text(graded(OVERLAP).decisions["grade"], encoding="utf-8")
    assert "互相矛盾" in simulate(bundle.bpmn, {"a": {"score": 60}}, beside=tmp_path)["why"]
