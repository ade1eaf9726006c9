"""Returning a case and taking a step back, on the page and through the API."""

from __future__ import annotations

import pytest

from tests.factories import Cast
from tests.web.casework.test_api import is_problem
from tests.web.conftest import SignIn
from tests.workflows.story import Story

WHY = "冷库温度照片模糊，请重新拍摄上传"


@pytest.fixture
def accepted(story: Story) -> str:
    """A case whose assignment was accepted; gives the completed user task."""
    story.assign()
    return story.accept().user_task_id


@pytest.fixture
def cosigning(story: Story, accepted: str) -> str:
    """A case that was inspected and waits for the second inspector."""
    story.inspect()
    return story.open_task("cosign").id


def test_the_page_offers_the_steps_that_one_may_return_to(
    sign_in: SignIn, cast: Cast, cosigning: str, story: Story
) -> None:
    page = sign_in(cast.colleague).get(f"/tasks/{cosigning}").text
    assert 'data-dialog="return"' in page
    assert page.index('value="onsite_inspection"') < page.index('value="accept_assignment"')
    assert 'data-dialog="return"' not in sign_in(cast.lead).get(f"/tasks/{cosigning}").text


def test_a_returned_step_begins_with_what_was_answered(
    sign_in: SignIn, cast: Cast, cosigning: str, story: Story
) -> None:
    given = {"element_id": "onsite_inspection", "reason": WHY}
    answer = sign_in(cast.colleague).post(f"/tasks/{cosigning}/return", data=given)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/inbox")
    fresh = story.open_task("onsite_inspection")
    assert fresh.assignee_id == cast.inspector.id
    page = sign_in(cast.inspector).get(f"/tasks/{fresh.id}").text
    assert "已填入上一次办理时的内容" in page and f"/tasks/{fresh.reopens_id}" in page
    draft = sign_in(cast.inspector).get(f"/api/user-tasks/{fresh.id}/draft").json
    assert draft["version"] == 0 and draft["answers"]["arrived_at"]
    case = sign_in(cast.lead).get(f"/cases/{story.case}").text
    assert "退回至“现场检查”" in case and WHY in case
    assert "已退回前序步骤" in sign_in(cast.colleague).get(f"/tasks/{cosigning}").text
    assert "退回重办" in sign_in(cast.inspector).get("/notifications").text


def test_the_step_is_done_again_and_corrects_its_record(
    sign_in: SignIn, cast: Cast, cosigning: str, story: Story
) -> None:
    sign_in(cast.colleague).post(
        f"/api/user-tasks/{cosigning}/return", json={"element_id": "onsite_inspection", "reason": WHY}
    )
    fresh = story.open_task("onsite_inspection").id
    draft = sign_in(cast.inspector).get(f"/api/user-tasks/{fresh}/draft").json
    answers = draft["answers"] | {"left_at": story.moment(minutes=5)}
    story.clock.advance(minutes=10)
    done = sign_in(cast.inspector).post(f"/api/user-tasks/{fresh}/completion", json={"answers": answers})
    assert done.status_code == 200, done.text
    [record] = done.json["records"].values()
    history = sign_in(cast.lead).get(f"/records/inspection/{record}")
    assert history.status_code == 200
    assert story.open_task("cosign").assignee_id == cast.colleague.id


def test_the_api_lists_and_refuses(sign_in: SignIn, cast: Cast, cosigning: str, story: Story) -> None:
    address = f"/api/user-tasks/{cosigning}"
    browser = sign_in(cast.colleague)
    steps = browser.get(f"{address}/returns").json
    assert [one["element_id"] for one in steps] == ["onsite_inspection", "accept_assignment"]
    assert sign_in(cast.lead).get(f"{address}/returns").json == []
    back = {"element_id": "onsite_inspection", "reason": WHY}
    assert is_problem(browser.post(f"{address}/return", json=back | {"reason": "重来"}), 422, "reason-too-short")
    assert is_problem(browser.post(f"{address}/return", json=back | {"element_id": "x"}), 409, "not-done-before")
    assert is_problem(browser.post(f"{address}/return", json={"reason": WHY}), 422, "invalid-answers")
    assert is_problem(sign_in(cast.business).post(f"{address}/return", json=back), 403, "forbidden")
    assert is_problem(sign_in(cast.outsider).post(f"{address}/return", json=back), 404, "not-found")
    fresh = browser.post(f"{address}/return", json=back).json["user_task_id"]
    assert story.open_task("onsite_inspection").id == fresh


def test_the_result_that_was_signed_is_not_returned_to(
    sign_in: SignIn, cast: Cast, cosigning: str, story: Story
) -> None:
    story.confirm()
    story.tell_result("conform")
    review = story.open_task("lead_review").id
    assert sign_in(cast.lead).get(f"/api/user-tasks/{review}/returns").json == []
    back = {"element_id": "result_and_signature", "reason": WHY}
    refused = sign_in(cast.lead).post(f"/api/user-tasks/{review}/return", json=back)
    assert is_problem(refused, 409, "step-not-returnable")


def test_a_completed_step_is_taken_back_from_its_page(sign_in: SignIn, cast: Cast, accepted: str, story: Story) -> None:
    browser = sign_in(cast.inspector)
    assert 'data-dialog="withdraw"' not in sign_in(cast.colleague).get(f"/tasks/{accepted}").text
    assert 'data-dialog="withdraw"' in browser.get(f"/tasks/{accepted}").text
    answer = browser.post(f"/tasks/{accepted}/withdrawal", data={"reason": "日期选错"}, headers={"HX-Request": "true"})
    fresh = story.open_task("accept_assignment").id
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, f"/tasks/{fresh}")
    page = browser.get(f"/tasks/{accepted}").text
    assert "这次提交已于" in page and 'data-dialog="withdraw"' not in page
    assert "撤回提交" in browser.get(f"/cases/{story.case}").text
    again = browser.post(f"/api/user-tasks/{accepted}/withdrawal", json={"reason": "日期选错"})
    assert is_problem(again, 409, "user-task-not-completed")


def test_what_was_issued_is_not_taken_back(sign_in: SignIn, cast: Cast, cosigning: str, story: Story) -> None:
    story.confirm()
    told = story.tell_result("conform").user_task_id
    assert 'data-dialog="withdraw"' not in sign_in(cast.inspector).get(f"/tasks/{told}").text
    refused = sign_in(cast.inspector).post(f"/api/user-tasks/{told}/withdrawal", json={"reason": "填错"})
    assert is_problem(refused, 409, "already-effective")
