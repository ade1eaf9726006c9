from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.model import UserTask, UserTaskState
from records.clock import FixedClock
from records.db import Database
from tests.factories import Cast
from tests.web.conftest import SignIn
from tests.workflows.story import Story


@pytest.fixture
def task(story: Story, database: Database) -> UserTask:
    """An inspection given to the inspector, waiting to be accepted."""
    story.assign()
    with database.reading() as session:
        found = session.scalars(select(UserTask).where(UserTask.state == UserTaskState.OPEN)).one()
        session.expunge_all()
        return found


def test_the_first_page_is_the_inbox(sign_in: SignIn, cast: Cast) -> None:
    assert sign_in(cast.inspector).get("/").headers["Location"] == "/inbox"


def test_mine_shows_what_is_given_to_me(sign_in: SignIn, cast: Cast, task: UserTask) -> None:
    page = sign_in(cast.inspector).get("/inbox").text
    assert "接受检查任务：柳州市鱼峰区老陈米粉厂" in page
    assert "我的 1" in page and "剩 2 个工作日" in page


def test_others_see_it_in_the_jurisdiction_and_strangers_not_at_all(
    sign_in: SignIn, cast: Cast, task: UserTask
) -> None:
    assert "老陈米粉厂" not in sign_in(cast.colleague).get("/inbox").text
    assert "老陈米粉厂" in sign_in(cast.colleague).get("/inbox?view=all").text
    outside = sign_in(cast.outsider)
    assert "老陈米粉厂" not in outside.get("/inbox?view=all").text
    assert "老陈米粉厂" not in outside.get(f"/inbox?view=all&task={task.id}").text
    assert "老陈米粉厂" not in sign_in(cast.business).get("/inbox").text


def test_overdue_is_red_and_says_by_how_much(sign_in: SignIn, cast: Cast, task: UserTask, clock: FixedClock) -> None:
    clock.advance(days=9)
    page = sign_in(cast.inspector).get("/inbox").text
    assert 'class="entry late"' in page and "逾期 5 个工作日" in page
    assert "1<span" in page  # the rail counts it


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("due=overdue", False),
        ("due=week", True),
        ("step=inspection:accept_assignment", True),
        ("q=laochenmifen", True),
        ("q=没有这家", False),
        ("due=nonsense&step=nonsense&region=nonsense&cursor=nonsense", True),
    ],
)
def test_filters_narrow_the_list(sign_in: SignIn, cast: Cast, task: UserTask, query: str, is_found: bool) -> None:
    page = sign_in(cast.inspector).get(f"/inbox?{query}").text
    assert ("接受检查任务：" in page) is is_found
    assert ("没有符合条件的待办" in page) is not is_found


def test_a_chosen_task_stands_beside_the_list(sign_in: SignIn, cast: Cast, task: UserTask) -> None:
    page = sign_in(cast.inspector).get(f"/inbox?task={task.id}").text
    assert "开始办理" in page and "2 个工作日" in page
    assert f'data-diagram-url="/cases/{task.process_instance_id}/diagram.json?process=inspection"' in page


def test_an_empty_inbox_says_what_would_be_here(sign_in: SignIn, cast: Cast, story: Story) -> None:
    page = sign_in(cast.lead).get("/inbox").text
    assert "没有待办" in page and "发起案件" in page


def test_claiming_many_tells_each_refusal(
    sign_in: SignIn, cast: Cast, task: UserTask, story: Story, database: Database
) -> None:
    with database.unit_of_work() as session:
        story.engine.release(session, task.id, cast.inspector, "请假")
    client = sign_in(cast.unqualified)
    page = client.post("/inbox/bulk/claim", data={"_ids": [task.id, "nonsense"], "_next": "/inbox?view=group"}).text
    assert "2 项未成" in page and "资格证书" in page and "未找到该内容" in page
    client = sign_in(cast.colleague)
    client.post("/inbox/bulk/claim", data={"_ids": [task.id]})
    assert "已领取 1 项" in client.get("/inbox").text


def test_a_lead_with_empty_hands_is_led_to_what_waits(
    sign_in: SignIn, cast: Cast, task: UserTask, story: Story, database: Database, clock: FixedClock
) -> None:
    with database.unit_of_work() as session:
        story.engine.release(session, task.id, cast.inspector, "请假")
    clock.advance(seconds=timedelta(minutes=1).seconds)
    page = sign_in(cast.colleague).get("/inbox").text
    assert "有 1 项等待领取" in page and "去领取" in page
