"""A process is four files: a model, its forms, a module, a story. This adds one in a temporary folder and plays it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.deployment import DeploymentRefusedError, read_bundle
from engine.engine import Engine
from engine.model import InstanceState, ProcessInstance, UserTask
from records.chains import verify
from records.clock import FixedClock
from records.db import Database
from records.people import SYSTEM
from records.store import Store
from records.submissions import Submission
from tests.factories import Cast, establishment
from workflows import load

MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="https://sujian.example/bpmn">
  <process id="tea_break" name="茶歇安排" isExecutable="true">
    <laneSet id="lanes">
      <lane id="LEAD" name="组长"><flowNodeRef>asked</flowNodeRef></lane>
      <lane id="INS" name="监管人员"><flowNodeRef>brew</flowNodeRef></lane>
      <lane id="System" name="系统"><flowNodeRef>count_cups</flowNodeRef><flowNodeRef>served</flowNodeRef></lane>
    </laneSet>
    <startEvent id="asked" name="提出茶歇"/>
    <userTask id="brew" name="泡茶"/>
    <serviceTask id="count_cups" name="清点杯数"/>
    <endEvent id="served" name="茶已上桌"/>
    <sequenceFlow id="f1" sourceRef="asked" targetRef="brew"/>
    <sequenceFlow id="f2" sourceRef="brew" targetRef="count_cups"/>
    <sequenceFlow id="f3" sourceRef="count_cups" targetRef="served"/>
  </process>
</definitions>"""

MODULE = '''"""A lead asks for tea, an inspector brews it, the platform counts the cups."""

from engine.process import Step, process


def count_cups(step: Step) -> dict[str, int]:
    """As many cups as were brewed."""
    return {"cups": int(step.data["brew"]["cups"])}


PROCESS = process("tea_break", count_cups, prefix="茶")
'''


def form(element: str, title: str, *components: dict[str, object]) -> str:
    properties = {"title": title}
    known = {"schemaVersion": 16, "type": "default", "id": element, "properties": properties}
    return json.dumps(known | {"components": components})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The four kinds of file, laid out as in the repository."""
    for name in ("bpmn", "forms/tea_break", "workflows"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "bpmn/tea_break.bpmn").write_text(MODEL, "utf-8")
    (tmp_path / "workflows/tea_break.py").write_text(MODULE, "utf-8")
    where = {"type": "chooser", "key": "establishment", "label": "地点", "properties": {"source": "establishments"}}
    cups = {"type": "number", "key": "cups", "label": "杯数", "validate": {"required": True, "min": 1}}
    (tmp_path / "forms/tea_break/asked.json").write_text(form("asked", "提出茶歇", where), "utf-8")
    (tmp_path / "forms/tea_break/brew.json").write_text(form("brew", "泡茶", cups), "utf-8")
    return tmp_path


def test_four_files_make_a_process(folder: Path, database: Database, clock: FixedClock, cast: Cast) -> None:
    engine = Engine(load(folder / "workflows"), clock)
    with database.unit_of_work() as session:
        engine.deploy(session, read_bundle("tea_break", folder / "bpmn", folder / "forms"), SYSTEM)
        place = establishment(Store(session, clock, SYSTEM))
        case_id = engine.start(session, "tea_break", {"establishment": place.id}, cast.lead).id
    with database.unit_of_work() as session:
        task = session.scalars(select(UserTask).where(UserTask.process_instance_id == case_id)).one()
        engine.claim(session, task.id, cast.inspector)
        engine.complete(session, task.id, {"cups": 4}, cast.inspector)
    with database.reading() as session:
        case = session.get_one(ProcessInstance, case_id)
        assert (case.state, case.end_element) == (InstanceState.COMPLETED, "served")
        assert case.business_key.startswith("茶-450203-20261118-")
        assert session.scalars(select(Submission.answers).where(Submission.user_task_id == task.id)).one() == {
            "cups": 4
        }
        assert list(verify(session)) == []


def test_a_model_that_does_not_fit_its_code_is_refused(folder: Path, database: Database, clock: FixedClock) -> None:
    module = folder / "workflows/tea_break.py"
    module.write_text(MODULE.replace("count_cups", "count_spoons"), "utf-8")
    engine = Engine(load(folder / "workflows"), clock)
    bundle = read_bundle("tea_break", folder / "bpmn", folder / "forms")
    with pytest.raises(DeploymentRefusedError) as refused, database.unit_of_work() as session:
        engine.deploy(session, bundle, SYSTEM)
    assert {finding.element for finding in refused.value.findings} == {"count_cups"}
