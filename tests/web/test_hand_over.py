"""The back office: whoever leaves hands over first."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.model import UserTask
from records.db import Database
from records.people import User
from tests.factories import Cast
from tests.web.conftest import SignIn
from tests.workflows.story import Story


@pytest.fixture
def task(story: Story) -> UserTask:
    """An inspection given to the inspector, waiting to be accepted."""
    story.assign()
    return story.open_task("accept_assignment")


@pytest.fixture
def desk(sign_in: SignIn, cast: Cast) -> FlaskClient:
    return sign_in(cast.admin)


def person(database: Database, cast: Cast) -> User:
    with database.reading() as session:
        return session.get_one(User, cast.inspector.id)


def test_closing_an_account_with_open_tasks_is_refused_with_the_case(
    desk: FlaskClient, cast: Cast, task: UserTask, database: Database
) -> None:
    answer = desk.post(f"/admin/user/end/?id={cast.inspector.id}", data={"reason": "离职停用"}, follow_redirects=True)
    assert "韦检 名下还有 1 项未办结（检-" in answer.text and "请先交接" in answer.text
    edited = {
        "username": "inspector", "name": "韦检", "email": "inspector@example.invalid", "region_code": "450203",
        "roles": "INS", "reason": "离职停用",
    }  # fmt: skip
    page = desk.post(f"/admin/user/edit/?id={cast.inspector.id}", data=edited).text
    assert "请先交接" in page
    assert person(database, cast).active and person(database, cast).deleted_at is None


def test_the_hand_over_page_moves_everything_and_closes_the_account(
    desk: FlaskClient, cast: Cast, task: UserTask, database: Database, sign_in: SignIn
) -> None:
    leaver = sign_in(cast.inspector)
    path = f"/admin/user/hand-over/?id={cast.inspector.id}"
    page = desk.get(path).text
    assert "接受检查任务" in page and f'name="to.{task.id}"' in page and "覃协（在办 0）" in page
    wrong = desk.post(path, data={f"to.{task.id}": cast.unqualified.id, "reason": "离职交接"}).text
    assert "资格证书" in wrong and person(database, cast).active
    done = desk.post(path, data={f"to.{task.id}": cast.colleague.id, "reason": "离职交接"}, follow_redirects=True)
    assert "已移交 1 项，账号已停用" in done.text
    assert not person(database, cast).active
    with database.reading() as session:
        assert session.get_one(UserTask, task.id).assignee_id == cast.colleague.id
    assert leaver.get("/inbox").status_code == 302
    assert "交接给您" in sign_in(cast.colleague).get("/notifications").text
    timeline = sign_in(cast.colleague).get(f"/tasks/{task.id}?tab=timeline").text
    assert "交接给 覃协" in timeline and "离职交接" in timeline


def test_what_is_not_named_keeps_the_account_open(
    desk: FlaskClient, cast: Cast, task: UserTask, database: Database
) -> None:
    path = f"/admin/user/hand-over/?id={cast.inspector.id}"
    assert "请先交接" in desk.post(path, data={"reason": "离职交接"}).text
    assert person(database, cast).active
    assert (
        "不能停用自己的账号"
        in desk.post(f"/admin/user/hand-over/?id={cast.admin.id}", data={"reason": "离职交接"}).text
    )
    assert desk.get("/admin/user/hand-over/?id=nobody").status_code == 404


def test_back_to_the_group(desk: FlaskClient, cast: Cast, task: UserTask, database: Database) -> None:
    path = f"/admin/user/hand-over/?id={cast.inspector.id}"
    desk.post(path, data={f"to.{task.id}": "", "reason": "离职交接"})
    with database.reading() as session:
        assert session.scalars(select(UserTask.assignee_id).where(UserTask.id == task.id)).one() is None
    assert not person(database, cast).active
