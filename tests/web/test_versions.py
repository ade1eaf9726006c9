"""Process versions: the page and the command. Cases move from one version to another where they can."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from engine import definitions
from engine.deployment import Bundle, read_bundle
from engine.model import InstanceMigration, ProcessInstance
from records.people import SYSTEM
from tests.factories import Cast
from tests.web.conftest import SignIn
from tests.workflows.story import Story

ROOT = Path(__file__).parents[2]
WHY = "新版流程把受理环节改了名，在办案件一并适用"


def renamed(bundle: Bundle, old: str, new: str) -> Bundle:
    """A version in which an element has another id."""
    bpmn = bundle.bpmn.replace(f'"{old}"'.encode(), f'"{new}"'.encode()).replace(
        f">{old}<".encode(), f">{new}<".encode()
    )
    forms = {new if name == old else name: form for name, form in bundle.forms.items()}
    return replace(bundle, bpmn=bpmn, forms=forms)


@pytest.fixture
def bundle() -> Bundle:
    return read_bundle("inspection", ROOT / "bpmn", ROOT / "forms")


@pytest.fixture
def two(story: Story, bundle: Bundle) -> tuple[str, str]:
    """Two cases, one accepted, under version 1; in version 2 the on-site inspection is called otherwise."""
    story.assign()
    story.clock.advance(seconds=1)
    story.assign()
    story.accept()
    story.clock.advance(seconds=5)
    with story.database.unit_of_work() as session:
        first = definitions.current(session, "inspection").id
        second = story.engine.deploy(session, renamed(bundle, "accept_assignment", "take_assignment"), SYSTEM).id
    return first, second


def version_of(story: Story) -> list[int]:
    with story.database.reading() as session:
        rows = session.scalars(select(ProcessInstance).order_by(ProcessInstance.id))
        return [definitions.of_instance(session, row).version for row in rows]


def test_the_list_says_what_runs_under_each_version(sign_in: SignIn, cast: Cast, two: tuple[str, str]) -> None:
    page = sign_in(cast.manager).get("/process-versions").text
    assert "第 2 版" in page and "在办 2 件" in page
    assert f"/process-versions/{two[0]}" in page


def test_managers_look_and_administrators_move(sign_in: SignIn, cast: Cast, two: tuple[str, str]) -> None:
    first, second = two
    for actor in (cast.inspector, cast.lead, cast.business):
        assert sign_in(actor).get("/process-versions").status_code == 403
    manager = sign_in(cast.manager)
    assert "迁移理由" not in manager.post(f"/process-versions/{first}/trial", data={"to": second}).text
    answer = manager.post(f"/process-versions/{first}/migration", data={"to": second, "reason": WHY})
    assert answer.status_code == 403
    assert manager.get("/process-versions/nothing").status_code == 404


def test_the_differences_and_the_proposal_are_shown(sign_in: SignIn, cast: Cast, two: tuple[str, str]) -> None:
    page = sign_in(cast.admin).get(f"/process-versions/{two[0]}").text
    assert "take_assignment" in page and "很可能" in page
    assert "两版差异" in page


def test_a_trial_changes_nothing_and_a_move_can_be_undone(
    sign_in: SignIn, cast: Cast, two: tuple[str, str], story: Story
) -> None:
    first, second = two
    browser = sign_in(cast.admin)
    trial = browser.post(f"/process-versions/{first}/trial", data={"to": second}).text
    assert "可迁移 2 件" in trial and version_of(story) == [1, 1]
    short = browser.post(f"/process-versions/{first}/migration", data={"to": second, "reason": "改"})
    assert (short.status_code, "请写明迁移理由" in short.text) == (422, True)
    moved = browser.post(f"/process-versions/{first}/migration", data={"to": second, "reason": WHY}).text
    assert "已迁移 2 件" in moved and version_of(story) == [2, 2]
    with story.database.reading() as session:
        move = session.scalars(select(InstanceMigration).order_by(InstanceMigration.id)).first()
    assert move is not None
    answer = browser.post(f"/process-versions/undo/{move.id}", data={"reason": WHY, "back": first})
    assert answer.headers["Location"].endswith(f"/process-versions/{first}")
    assert sorted(version_of(story)) == [1, 2]
    assert "已撤销" in browser.get(f"/process-versions/{second}").text


def test_a_corrected_mapping_decides(sign_in: SignIn, cast: Cast, two: tuple[str, str], story: Story) -> None:
    first, second = two
    field = "map:inspection/accept_assignment"
    page = sign_in(cast.admin).post(f"/process-versions/{first}/trial", data={"to": second, field: ""}).text
    assert "可迁移 1 件，不能迁移 1 件" in page
    assert "环节在新版本中不存在" in page
    wrong = sign_in(cast.admin).post(f"/process-versions/{first}/trial", data={"to": second, field: "rectify"})
    assert (wrong.status_code, "不能把“accept_assignment”对应到" in wrong.text) == (422, True)


# -- the command -----------------------------------------------------------------------------------------------------


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["models", "migrate", "inspection", "--from", "1", "--to", "2", *words])


def lines(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.output.splitlines() if line.startswith("{")]


def test_the_command_tries_refuses_and_moves(app: Flask, two: tuple[str, str], story: Story) -> None:
    tried = run(app, "--dry-run")
    plan, *cases, summary = lines(tried)
    assert (plan["element"], plan["becomes"], plan["is"]) == ("accept_assignment", "take_assignment", "likely")
    assert [case["outcome"] for case in cases] == ["moves", "moves"]
    assert (summary["moves"], summary["dry_run"], tried.exit_code) == (2, True, 0)
    assert version_of(story) == [1, 1]

    refused = run(app, "--map", "accept_assignment=", "--reason", WHY)
    assert (lines(refused)[-1]["moved"], lines(refused)[-1]["refused"], refused.exit_code) == (1, 1, 1)
    assert version_of(story) == [1, 2]

    resumed = run(app, "--reason", WHY)
    assert (lines(resumed)[-1]["moved"], resumed.exit_code) == (1, 0)
    assert version_of(story) == [2, 2]


def test_the_command_says_what_is_wrong(app: Flask, two: tuple[str, str]) -> None:
    for words, said in (
        ((), "--reason"),
        (("--map", "nonsense", "--dry-run"), "--map"),
        (("--map", "nonsense=x", "--dry-run"), "不能把“nonsense”"),
    ):
        result = run(app, *words)
        assert result.exit_code != 0
        assert said in result.output
    other = app.test_cli_runner().invoke(args=["models", "migrate", "inspection", "--from", "1", "--to", "9"])
    assert "no version 9" in other.output
