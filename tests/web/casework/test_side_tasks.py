"""Co-signatures and questions on the pages and through the API."""

from __future__ import annotations

import pytest

from engine.model import ProcessInstance
from records.db import Database
from tests.factories import Cast
from tests.web.casework.posting import picture
from tests.web.casework.test_api import is_problem
from tests.web.conftest import SignIn
from tests.workflows.story import Story

GIVEN = {"access": "granted", "business_statement": "冷库门封条破损"}


@pytest.fixture
def visiting(story: Story) -> str:
    """The on-site inspection, open for the inspector."""
    story.assign()
    story.accept()
    return story.open_task("onsite_inspection").id


def test_a_cosigner_reads_what_was_filled_in_and_signs(
    sign_in: SignIn, cast: Cast, visiting: str, story: Story
) -> None:
    inspector, colleague = sign_in(cast.inspector), sign_in(cast.colleague)
    inspector.put(f"/tasks/{visiting}/draft", json={"answers": GIVEN, "version": 0})
    asked = inspector.post(f"/tasks/{visiting}/cosigners", data={"user_id": cast.colleague.id, "text": "请核对"})
    assert (asked.status_code, asked.headers["Location"]) == (303, f"/tasks/{visiting}")
    assert "会签" in colleague.get("/inbox").text and "请您会签" in colleague.get("/notifications").text
    [side] = inspector.get(f"/api/user-tasks/{visiting}/side-tasks").json
    page = colleague.get(f"/tasks/{side['id']}").text
    for words in ("请核对", "已填写的内容", "冷库门封条破损", "提交会签", "韦检"):
        assert words in page
    refused = inspector.post(f"/tasks/{visiting}/completion", data={})
    assert refused.status_code == 409 and "覃协尚未会签" in refused.text
    given = {"decision": "object", "text": "缺少照片"}
    assert colleague.post(f"/tasks/{side['id']}/answer", data=given).headers["Location"] == "/inbox"
    page = inspector.get(f"/tasks/{visiting}").text
    assert "提出异议" in page and "缺少照片" in page
    assert "会签异议" in inspector.get(f"/cases/{story.case}").text
    assert "提交会签" not in colleague.get(f"/tasks/{side['id']}").text


def test_a_question_is_asked_with_a_file_and_answered_with_one(
    sign_in: SignIn, cast: Cast, visiting: str, story: Story
) -> None:
    inspector, answering = sign_in(cast.inspector), sign_in(cast.disclosure)
    wanted = {"to": "role", "role": "DISC", "user_id": "x", "text": "有无投诉记录？", "due_on": "2026-11-20"}
    sent = wanted | {"files": (picture(2), "问询函.png")}
    assert inspector.post(f"/tasks/{visiting}/questions", data=sent).status_code == 303
    [side] = inspector.get(f"/api/user-tasks/{visiting}/side-tasks").json
    assert side["due_at"].startswith("2026-11-20T16:00") and side["files"][0]["filename"] == "问询函.png"
    assert "征询" in answering.get("/inbox?view=group").text
    assert "待领取" in answering.get(f"/tasks/{side['id']}").text
    answer = {"text": "有一条", "files": (picture(3), "记录.png")}
    assert answering.post(f"/tasks/{side['id']}/answer", data=answer).status_code == 303
    [side] = inspector.get(f"/api/user-tasks/{visiting}/side-tasks").json
    assert (side["answer"], side["answer_files"][0]["filename"]) == ("有一条", "记录.png")
    assert "已有答复" in inspector.get("/notifications").text
    assert "记录.png" in inspector.get(f"/tasks/{visiting}").text


def test_open_requests_stand_on_the_case_and_are_taken_back(
    sign_in: SignIn, cast: Cast, visiting: str, story: Story
) -> None:
    inspector = sign_in(cast.inspector)
    side = inspector.post(
        f"/api/user-tasks/{visiting}/questions", json={"text": "面积多少？", "user_id": cast.lead.id}
    ).json["user_task_id"]
    assert "面积多少？" in inspector.get(f"/cases/{story.case}").text
    assert f'data-dialog="revoke-{side}"' in inspector.get(f"/tasks/{visiting}").text
    taken = inspector.post(f"/tasks/{side}/revocation", data={"reason": "已查到"})
    assert taken.headers["Location"] == f"/tasks/{visiting}"
    assert "会签与征询" not in inspector.get(f"/cases/{story.case}").text
    assert "已撤销" in sign_in(cast.lead).get(f"/tasks/{side}").text


def test_the_business_is_asked_when_it_knows_of_the_case(
    sign_in: SignIn, cast: Cast, story: Story, visiting: str, database: Database
) -> None:
    inspector, business = sign_in(cast.inspector), sign_in(cast.business)
    refused = inspector.post(f"/api/user-tasks/{visiting}/questions", json={"text": "冷库面积？"})
    assert is_problem(refused, 409, "case-not-shown")
    with database.unit_of_work() as session:
        session.get_one(ProcessInstance, story.case).is_visible_to_business = True
    sent = inspector.post(f"/tasks/{visiting}/questions", data={"to": "business", "text": "冷库面积？"})
    assert sent.status_code == 303
    [side] = inspector.get(f"/api/user-tasks/{visiting}/side-tasks").json
    page = business.get(f"/tasks/{side['id']}").text
    assert "冷库面积？" in page and "提交答复" in page
    assert business.post(f"/tasks/{side['id']}/answer", data={"text": "三十平方米"}).status_code == 303
    assert "三十平方米" in inspector.get(f"/tasks/{visiting}").text


def test_what_is_refused_is_said(sign_in: SignIn, cast: Cast, visiting: str, story: Story) -> None:
    address, inspector = f"/api/user-tasks/{visiting}", sign_in(cast.inspector)
    one = {"user_id": cast.colleague.id}
    assert is_problem(sign_in(cast.colleague).post(f"{address}/cosigners", json=one), 403, "forbidden")
    assert is_problem(sign_in(cast.outsider).post(f"{address}/cosigners", json=one), 404, "not-found")
    assert is_problem(inspector.post(f"{address}/cosigners", json={"user_id": "x"}), 409, "unsuitable-addressee")
    late = one | {"due_on": "2026-11-01"}
    assert is_problem(inspector.post(f"{address}/cosigners", json=late), 422, "due-day")
    side = inspector.post(f"{address}/cosigners", json=one).json["user_task_id"]
    assert is_problem(inspector.post(f"{address}/cosigners", json=one), 409, "already-asked")
    mine = f"/api/user-tasks/{side}"
    colleague = sign_in(cast.colleague)
    assert is_problem(colleague.post(f"{mine}/answer", json={"text": "好"}), 422, "decision-missing")
    assert is_problem(colleague.post(f"{mine}/answer", json={"decision": "maybe"}), 422, "invalid-answers")
    assert is_problem(colleague.post(f"{mine}/completion", json={"answers": {}}), 404, "not-found")
    assert is_problem(colleague.post(f"{mine}/revocation", json={"reason": "不签"}), 403, "forbidden")
    assert is_problem(sign_in(cast.outsider).get(mine), 404)
    assert sign_in(cast.outsider).get(f"/tasks/{side}").status_code == 404
    assert colleague.post(f"{mine}/answer", json={"decision": "sign"}).status_code == 204
    assert is_problem(colleague.post(f"{mine}/answer", json={"decision": "sign"}), 409, "already-completed")
