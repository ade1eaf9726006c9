"""Many chosen tasks at once, on the pages and through the API."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.model import UserTask, UserTaskState
from records.clock import today
from records.db import Database
from tests.factories import Cast
from tests.web.conftest import SignIn
from tests.workflows.story import Story

ACCEPTED = {"no_interest": "true", "scheduled_on": "2026-11-18"}


@pytest.fixture
def tasks(story: Story, database: Database, cast: Cast) -> list[str]:
    """Three inspections given to the inspector, waiting to be accepted."""
    for _number in range(3):
        story.assign()
        story.clock.advance(seconds=1)
    with database.reading() as session:
        return list(session.scalars(select(UserTask.id).where(UserTask.state == UserTaskState.OPEN)))


def assignees(database: Database, ids: list[str]) -> list[str | None]:
    with database.reading() as session:
        return [session.get_one(UserTask, one).assignee_id for one in ids]


def completed(database: Database, ids: list[str]) -> int:
    with database.reading() as session:
        return sum(session.get_one(UserTask, one).state is UserTaskState.COMPLETED for one in ids)


def hidden(page: str, name: str) -> str:
    """The value of a hidden input."""
    return page.split(f'name="{name}" value="')[1].split('"')[0]


def test_the_bar_offers_what_one_may_do(sign_in: SignIn, cast: Cast, tasks: list[str]) -> None:
    own = sign_in(cast.inspector).get("/inbox").text
    assert own.count('class="pick"') == 3 and "一并办理" in own and 'formaction="/inbox/bulk/assignment"' not in own
    lead = sign_in(cast.lead).get("/inbox?view=all").text
    assert lead.count('class="pick"') == 3 and 'formaction="/inbox/bulk/assignment"' in lead
    assert 'class="pick"' not in sign_in(cast.colleague).get("/inbox?view=all").text


def test_a_lead_chooses_one_person_for_all(sign_in: SignIn, cast: Cast, tasks: list[str], database: Database) -> None:
    lead = sign_in(cast.lead)
    page = lead.post("/inbox/bulk/assignment", data={"_ids": tasks, "_next": "/inbox?view=all"}).text
    assert "指派 3 项" in page and "覃协（在办 0）" in page and cast.unqualified.id not in page
    given = {"_ids": tasks, "assignee_id": cast.colleague.id, "_key": hidden(page, "_key"), "_next": "/inbox?view=all"}
    answer = lead.post("/inbox/bulk/assignment", data=given)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/inbox?view=all")
    assert assignees(database, tasks) == [cast.colleague.id] * 3
    assert "已指派 3 项" in lead.get("/inbox").text


def test_the_form_is_opened_once_and_answers_for_all(
    sign_in: SignIn, cast: Cast, tasks: list[str], database: Database
) -> None:
    inspector = sign_in(cast.inspector)
    page = inspector.post("/inbox/bulk/completion", data={"_ids": tasks}).text
    assert "以下内容将用于所选的 3 项" in page and "老陈米粉厂" not in page
    answered = {"_ids": tasks, "_answered": "1", "_key": hidden(page, "_key")}
    wrong = inspector.post("/inbox/bulk/completion", data=answered)
    assert wrong.status_code == 422 and "处需要修改" in wrong.text and completed(database, tasks) == 0
    assert inspector.post("/inbox/bulk/completion", data=answered | ACCEPTED).status_code == 303
    assert completed(database, tasks) == 3
    again = inspector.post("/inbox/bulk/completion", data=answered | ACCEPTED)
    assert again.status_code == 303


def test_forms_that_differ_or_are_evidence_are_refused_in_words(
    sign_in: SignIn, cast: Cast, tasks: list[str], story: Story
) -> None:
    story.accept()  # of the case told last
    onsite = story.open_task("onsite_inspection").id
    inspector = sign_in(cast.inspector)
    mixed = inspector.post("/inbox/bulk/completion", data={"_ids": [tasks[0], onsite]})
    assert mixed.status_code == 409 and "表单不同" in mixed.text
    alone = inspector.post("/inbox/bulk/completion", data={"_ids": [onsite]})
    assert alone.status_code == 409 and "须逐件办理" in alone.text
    assert "请先选择" in inspector.post("/inbox/bulk/claim", data={}).text


def test_a_script_is_answered_item_by_item(sign_in: SignIn, cast: Cast, tasks: list[str]) -> None:
    data = {"_ids": [tasks[0], "nothing"], "_answered": "1", **ACCEPTED}
    answer = sign_in(cast.inspector).post("/inbox/bulk/completion", data=data, headers={"Accept": "application/json"})
    assert [one["is_done"] for one in answer.get_json()["results"]] == [True, False]


def call(browser: FlaskClient, verb: str, ids: list[str], key: str | None = None, **more: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return browser.post(f"/api/user-tasks/bulk/{verb}", json={"user_task_ids": ids, **more}, headers=headers)


def test_through_the_api(sign_in: SignIn, cast: Cast, tasks: list[str], database: Database, story: Story) -> None:
    inspector, lead = sign_in(cast.inspector), sign_in(cast.lead)
    given = call(lead, "assignment", [*tasks, "nothing"], "a-key-of-mine", assignee_id=cast.colleague.id).get_json()
    assert [one["is_done"] for one in given["results"]] == [True, True, True, False]
    refused = given["results"][3]
    assert (refused["business_key"], refused["problem"]["status"]) == (None, 404)
    taken = call(inspector, "claim", tasks).get_json()["results"]
    assert {one["problem"]["type"] for one in taken} == {"urn:sujian:problem:user-task-already-claimed"}
    assert all(one["business_key"].startswith("检-") for one in taken)
    answers = {"no_interest": True, "scheduled_on": today(story.clock).isoformat()}
    for _again in range(2):
        done = call(sign_in(cast.colleague), "completion", tasks, "another-key", answers=answers).get_json()
        assert [one["is_done"] for one in done["results"]] == [True] * 3
    assert completed(database, tasks) == 3
    assert call(inspector, "claim", []).status_code == 422
    assert call(inspector, "claim", ["x"] * 201).status_code == 422
    assert call(sign_in(cast.business), "assignment", tasks, assignee_id="x").status_code == 403
