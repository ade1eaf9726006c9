"""Suspending a case and letting it go on, on its page and through the API."""

from __future__ import annotations

import pytest

from tests.factories import Cast
from tests.web.casework.posting import picture
from tests.web.casework.test_api import is_problem
from tests.web.conftest import SignIn
from tests.workflows.story import Story

LAW = "市场监督管理行政处罚程序规定第46条"
WANTED = {"reason": "等待检验结论", "legal_basis": LAW, "clocks": "stop"}


@pytest.fixture
def accepting(story: Story) -> str:
    story.assign()
    return story.open_task("accept_assignment").id


def test_the_case_page_suspends_and_resumes(sign_in: SignIn, cast: Cast, accepting: str, story: Story) -> None:
    browser, case = sign_in(cast.lead), f"/cases/{story.case}"
    assert 'data-dialog="suspend-case"' in browser.get(case).text
    assert 'data-dialog="suspend-case"' not in sign_in(cast.inspector).get(case).text
    assert browser.post(f"{case}/suspension", data=WANTED).status_code == 303
    page = browser.get(case).text
    for words in ("起中止", "等待检验结论", "期限停止计算", LAW, 'data-dialog="resume-case"', "案件中止"):
        assert words in page
    assert 'data-dialog="suspend-case"' not in page
    assert browser.post(f"{case}/resumption", data={"reason": "检验结论已到"}).status_code == 303
    page = browser.get(case).text
    assert "案件恢复" in page and "等待韦检办理" in page


def test_the_task_page_and_the_inbox_say_so(sign_in: SignIn, cast: Cast, accepting: str, story: Story) -> None:
    sign_in(cast.lead).post(f"/api/process-instances/{story.case}/suspension", json=WANTED)
    browser = sign_in(cast.inspector)
    page = browser.get(f"/tasks/{accepting}").text
    assert "案件已中止，恢复后才能办理" in page and "黄组 于" in page and "data-form" not in page
    assert "已中止" in browser.get("/inbox").text
    assert "已中止" in browser.get(f"/inbox?task={accepting}").text
    assert "案件中止" in browser.get("/notifications").text
    refused = browser.post(f"/api/user-tasks/{accepting}/completion", json={"answers": {}})
    assert is_problem(refused, 409, "instance-suspended")
    files = {"file": (picture(), "门头.png")}
    assert is_problem(browser.post(f"/api/attachments?user_task_id={accepting}", data=files), 409, "suspended")


def test_the_api_suspends_resumes_and_refuses(sign_in: SignIn, cast: Cast, accepting: str, story: Story) -> None:
    case = f"/api/process-instances/{story.case}"
    browser = sign_in(cast.lead)
    assert is_problem(browser.post(f"{case}/suspension", json={"reason": "等待"}), 422, "legal-basis-missing")
    assert is_problem(browser.post(f"{case}/suspension", json=WANTED | {"clocks": "back"}), 422, "invalid-answers")
    assert is_problem(browser.post(f"{case}/resumption", json={"reason": "继续"}), 409, "instance-not-suspended")
    assert is_problem(sign_in(cast.inspector).post(f"{case}/suspension", json=WANTED), 403, "forbidden")
    assert is_problem(sign_in(cast.outsider).post(f"{case}/suspension", json=WANTED), 403)
    assert browser.post(f"{case}/suspension", json=WANTED).status_code == 204
    told = browser.get(case).json
    assert told["state"] == "suspended" and told["suspension"]["clocks"] == "stop"
    assert browser.get("/api/process-instances?state=suspended").json["total"] == 1
    assert is_problem(browser.post(f"{case}/suspension", json=WANTED), 409, "instance-suspended")
    assert browser.post(f"{case}/resumption", json={"reason": "继续"}).status_code == 204
    assert browser.get(case).json["suspension"] is None
