"""Assigning, passing on, follow-up dates and priorities, on the pages and through the API."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.model import UserTask, UserTaskState
from records.db import Database
from tests.factories import Cast
from tests.web.conftest import SignIn
from tests.workflows.story import Story


@pytest.fixture
def task(story: Story, database: Database) -> UserTask:
    """An inspection given to the inspector, waiting to be accepted."""
    story.assign()
    return story.open_task("accept_assignment")


def now(database: Database, task: UserTask) -> UserTask:
    with database.reading() as session:
        return session.get_one(UserTask, task.id)


def test_the_chooser_says_how_busy_each_is(sign_in: SignIn, cast: Cast, task: UserTask) -> None:
    page = sign_in(cast.lead).get(f"/tasks/{task.id}").text
    assert f'<option value="{cast.colleague.id}">覃协（在办 0）</option>' in page
    assert cast.unqualified.id not in page and cast.outsider.id not in page
    listed = sign_in(cast.lead).get(f"/api/user-tasks/{task.id}/candidates").get_json()
    assert listed == [
        {"id": cast.colleague.id, "name": "覃协", "open_count": 0, "overdue_count": 0, "away_until": None}
    ]


def test_passing_on_from_the_page(sign_in: SignIn, cast: Cast, task: UserTask, database: Database) -> None:
    browser = sign_in(cast.inspector)
    assert 'data-dialog="delegate"' in browser.get(f"/tasks/{task.id}").text
    given = {"assignee_id": cast.colleague.id, "reason": "外出培训"}
    assert browser.post(f"/tasks/{task.id}/delegation", data=given).status_code == 303
    assert now(database, task).assignee_id == cast.colleague.id
    taker = sign_in(cast.colleague)
    page = taker.get(f"/tasks/{task.id}?tab=timeline").text
    assert "韦检转办" in page and "转办给 覃协" in page and "外出培训" in page
    assert "韦检转办" in taker.get("/inbox").text
    assert "转办给您" in taker.get("/notifications").text
    assert 'data-dialog="delegate"' not in sign_in(cast.lead).get(f"/tasks/{task.id}").text


def test_passing_on_without_a_reason_is_refused(sign_in: SignIn, cast: Cast, task: UserTask) -> None:
    answer = sign_in(cast.inspector).post(f"/tasks/{task.id}/delegation", data={"assignee_id": cast.colleague.id})
    assert answer.status_code == 422 and "请填写原因" in answer.text


def test_a_follow_up_date_shows_and_filters(sign_in: SignIn, cast: Cast, task: UserTask, database: Database) -> None:
    browser = sign_in(cast.inspector)
    assert "没有符合条件的待办" in browser.get("/inbox?follow_up=today").text
    browser.post(f"/tasks/{task.id}/follow-up", data={"follow_up_on": "2026-11-18"})
    assert str(now(database, task).follow_up_on) == "2026-11-18"
    assert "接受检查任务：" in browser.get("/inbox?follow_up=today").text
    assert browser.get(f"/tasks/{task.id}").text.count("今天跟进") == 1
    browser.post(f"/tasks/{task.id}/follow-up", data={"follow_up_on": ""})
    assert now(database, task).follow_up_on is None


@pytest.mark.parametrize("day", ["2026-11-17", "2026-13-01", "tomorrow"])
def test_a_day_that_cannot_be_is_refused_in_words(sign_in: SignIn, cast: Cast, task: UserTask, day: str) -> None:
    answer = sign_in(cast.inspector).post(f"/tasks/{task.id}/follow-up", data={"follow_up_on": day})
    assert answer.status_code == 422 and "跟进日期须在今天至一年之内" in answer.text


def test_a_lead_changes_the_priority(sign_in: SignIn, cast: Cast, task: UserTask, database: Database) -> None:
    browser = sign_in(cast.lead)
    browser.post(f"/tasks/{task.id}/priority", data={"priority": "95", "reason": "市局督办"})
    assert now(database, task).priority == 95
    page = browser.get(f"/tasks/{task.id}?tab=timeline").text
    assert "调整优先级：特急" in page and "市局督办" in page
    assert "特急" in sign_in(cast.inspector).get("/inbox").text


@pytest.mark.parametrize(
    ("person", "data", "status"),
    [
        ("lead", {"priority": "95"}, 422),
        ("lead", {"priority": "九", "reason": "急"}, 422),
        ("inspector", {"priority": "95", "reason": "急"}, 403),
        ("outsider", {"priority": "95", "reason": "急"}, 403),
    ],
)
def test_priorities_that_are_refused(
    sign_in: SignIn, cast: Cast, task: UserTask, person: str, data: dict[str, str], status: int
) -> None:
    assert sign_in(getattr(cast, person)).post(f"/tasks/{task.id}/priority", data=data).status_code == status


def test_the_same_through_the_api(sign_in: SignIn, cast: Cast, task: UserTask, database: Database) -> None:
    lead, inspector, path = sign_in(cast.lead), sign_in(cast.inspector), f"/api/user-tasks/{task.id}"
    assert lead.put(f"{path}/priority", json={"priority": 80, "reason": "督办"}).status_code == 204
    assert inspector.put(f"{path}/follow-up", json={"follow_up_on": "2026-11-20"}).status_code == 204
    given = {"assignee_id": cast.colleague.id, "reason": "外出"}
    assert inspector.post(f"{path}/delegation", json=given).status_code == 204
    seen = sign_in(cast.colleague).get(path).get_json()
    wanted = {"priority": 80, "follow_up_on": "2026-11-20", "delegated_by": cast.inspector.id}
    assert {name: seen[name] for name in wanted} == wanted
    assert inspector.post(f"{path}/delegation", json=given).status_code == 403
    assert inspector.put(f"{path}/follow-up", json={"follow_up_on": "soon"}).status_code == 422
    assert sign_in(cast.outsider).get(f"{path}/candidates").status_code == 404
    with database.reading() as session:
        assert session.scalars(select(UserTask).where(UserTask.state == UserTaskState.OPEN)).one().id == task.id
