"""An approval of what goes out is signed with the password, entered a short while ago."""

from __future__ import annotations

import time

import pytest
from flask.testing import FlaskClient

from engine.model import UserTask, UserTaskState
from tests.factories import Cast
from tests.web.conftest import SignIn
from tests.workflows.announcement_story import AnnouncementStory
from tests.workflows.story import Story
from web.identity import LASTS


@pytest.fixture
def approval(story: Story) -> UserTask:
    """A notice that waits for the manager's approval."""
    told = AnnouncementStory(story.database, story.engine, story.clock, story.cast, story.blobs)
    told.begin()
    told.draft()
    told.section()
    (task,) = told.approvals()
    return task


def let_pass(browser: FlaskClient, seconds: float) -> None:
    """The password was entered so long ago."""
    with browser.session_transaction() as kept:
        kept["fs_paa"] = time.time() - seconds


def state_of(story: Story, task: UserTask) -> UserTaskState:
    with story.database.reading() as session:
        return session.get_one(UserTask, task.id).state


def test_whoever_approves_enters_the_password_first_and_loses_nothing(
    story: Story, approval: UserTask, sign_in: SignIn, cast: Cast
) -> None:
    manager = sign_in(cast.manager)
    let_pass(manager, LASTS.total_seconds() + 1)
    asked = manager.post(
        f"/tasks/{approval.id}/completion", data={"decision": "return", "opinion": "请写明依据条款和适用范围后再报"}
    )
    assert asked.status_code in (302, 303)
    assert asked.headers["Location"].endswith(f"/account/confirm?next=/tasks/{approval.id}")
    assert state_of(story, approval) is UserTaskState.OPEN
    assert "再输入一次密码" in manager.get(asked.headers["Location"]).text
    assert "请写明依据条款和适用范围后再报" in manager.get(f"/tasks/{approval.id}").text  # kept as a draft
    let_pass(manager, 5)
    done = manager.post(
        f"/tasks/{approval.id}/completion", data={"decision": "return", "opinion": "请写明依据条款和适用范围后再报"}
    )
    assert "/account/confirm" not in done.headers["Location"]
    assert state_of(story, approval) is UserTaskState.COMPLETED


def test_a_session_that_never_saw_the_password_approves_nothing(
    story: Story, approval: UserTask, sign_in: SignIn, cast: Cast
) -> None:
    manager = sign_in(cast.manager)
    with manager.session_transaction() as kept:
        del kept["fs_paa"]
    said = manager.post(f"/api/user-tasks/{approval.id}/completion", json={"answers": {"decision": "approve"}})
    assert said.status_code == 403 and "identity-not-confirmed" in said.text
    assert state_of(story, approval) is UserTaskState.OPEN


def test_approvals_are_signed_one_by_one(story: Story, approval: UserTask, sign_in: SignIn, cast: Cast) -> None:
    answers = {"user_task_ids": [approval.id], "answers": {"decision": "approve"}}
    said = sign_in(cast.manager).post("/api/user-tasks/bulk/completion", json=answers)
    assert said.status_code in (403, 409) or "one-by-one" in said.text
    assert state_of(story, approval) is UserTaskState.OPEN


def test_other_steps_are_done_without(story: Story, sign_in: SignIn, cast: Cast) -> None:
    story.assign()
    task = story.open_task("accept_assignment")
    inspector = sign_in(cast.inspector)
    let_pass(inspector, 24 * 3600)
    said = inspector.post(f"/tasks/{task.id}/completion", data={"decision": "accept"})
    assert "/account/confirm" not in said.headers.get("Location", "")
