"""The API: the same verbs as the pages, refusals as problem details."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from records.clock import today
from tests.factories import Cast
from tests.web.casework.posting import picture
from tests.web.conftest import SignIn
from tests.workflows.story import Story

KEY = {"Idempotency-Key": "01JD0000000000000000000001"}


@pytest.fixture
def accepting(story: Story) -> str:
    story.assign()
    return story.open_task("accept_assignment").id


def acceptance(story: Story) -> dict[str, Any]:
    return {"answers": {"no_interest": True, "scheduled_on": today(story.clock).isoformat()}}


def is_problem(answer: Any, status: int, slug: str = "") -> bool:
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == status
    return str(answer.json["type"]).endswith(slug)


def test_the_description_is_openapi_3_1_and_names_every_resource(client: FlaskClient) -> None:
    described = client.get("/api/openapi.json").json
    assert described["openapi"].startswith("3.1")
    for path in ("/api/user-tasks/{user_task_id}/completion", "/api/process-instances/{case_id}/journal-entries"):
        assert path in described["paths"]
    assert described["paths"]["/api/user-tasks/{user_task_id}/draft"].keys() >= {"get", "put"}


def test_the_description_is_read_with_our_own_files(client: FlaskClient) -> None:
    page = client.get("/api/docs").text
    assert "data-openapi-url" in page
    assert "https://" not in page


def test_without_a_session_nothing_is_told(client: FlaskClient) -> None:
    assert client.get("/api/user-tasks").status_code == 401


def test_the_session_says_who_one_is(sign_in: SignIn, cast: Cast) -> None:
    told = sign_in(cast.inspector).get("/api/session").json
    assert (told["name"], told["roles"]) == ("韦检", ["INS"])
    assert told["csrf_token"]


def test_a_change_without_the_token_is_refused(app: Flask, sign_in: SignIn, cast: Cast, accepting: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    browser = sign_in(cast.inspector)
    assert is_problem(browser.post(f"/api/user-tasks/{accepting}/claim"), 400, "csrf")
    token = browser.get("/api/session").json["csrf_token"]
    assert browser.post(f"/api/user-tasks/{accepting}/claim", headers={"X-CSRFToken": token}).status_code == 204


def test_the_inbox_is_a_page_of_user_tasks(sign_in: SignIn, cast: Cast, accepting: str) -> None:
    page = sign_in(cast.inspector).get("/api/user-tasks").json
    assert page["total"] == 1
    assert page["rows"][0]["id"] == accepting
    assert page["rows"][0]["due_at"].startswith("2026-11-20T16:00")
    assert sign_in(cast.outsider).get("/api/user-tasks?view=all").json["total"] == 0


@pytest.mark.parametrize("query", ["view=others", "limit=0", "limit=1000", "limit=x"])
def test_malformed_questions_are_named(sign_in: SignIn, cast: Cast, query: str) -> None:
    answer = sign_in(cast.inspector).get(f"/api/user-tasks?{query}")
    assert is_problem(answer, 422, "invalid-answers")
    assert query.split("=")[0] in answer.json["errors"]


def test_a_strange_cursor_gives_the_first_page(sign_in: SignIn, cast: Cast, accepting: str) -> None:
    assert sign_in(cast.inspector).get("/api/user-tasks?cursor=zzz").json["total"] == 1


def test_one_user_task_with_its_legal_basis(sign_in: SignIn, cast: Cast, accepting: str) -> None:
    task = sign_in(cast.inspector).get(f"/api/user-tasks/{accepting}").json
    assert task["element_id"] == "accept_assignment"
    assert task["due_rule"] == "R-INS-ACCEPT"
    assert is_problem(sign_in(cast.outsider).get(f"/api/user-tasks/{accepting}"), 404, "not-found")


def test_release_claim_and_assignment(sign_in: SignIn, cast: Cast, accepting: str, story: Story) -> None:
    base = f"/api/user-tasks/{accepting}"
    assert sign_in(cast.inspector).post(f"{base}/release", json={"reason": "外出培训"}).status_code == 204
    assert is_problem(sign_in(cast.unqualified).post(f"{base}/claim"), 409, "not-qualified")
    assert sign_in(cast.colleague).post(f"{base}/claim").status_code == 204
    assert is_problem(sign_in(cast.inspector).post(f"{base}/claim"), 409, "user-task-already-claimed")
    moved = {"assignee_id": cast.inspector.id}
    assert is_problem(sign_in(cast.disclosure).post(f"{base}/assignment", json=moved), 403, "forbidden")
    assert sign_in(cast.lead).post(f"{base}/assignment", json=moved).status_code == 204
    assert story.open_task("accept_assignment").assignee_id == cast.inspector.id


def test_a_draft_is_kept_and_read(sign_in: SignIn, cast: Cast, accepting: str) -> None:
    browser, address = sign_in(cast.inspector), f"/api/user-tasks/{accepting}/draft"
    assert is_problem(browser.get(address), 404)
    assert browser.put(address, json={"answers": {"no_interest": True}}).json["version"] == 1
    assert browser.get(address).json["answers"]["no_interest"] is True
    stale = browser.put(address, json={"answers": {}, "version": 0})
    assert is_problem(stale, 409, "draft-changed")
    assert is_problem(browser.put(address, json={"answers": 3}), 422, "invalid-answers")


def test_a_completion_moves_the_case_once(sign_in: SignIn, cast: Cast, accepting: str, story: Story) -> None:
    browser, address = sign_in(cast.inspector), f"/api/user-tasks/{accepting}/completion"
    first = browser.post(address, json=acceptance(story), headers=KEY)
    assert first.status_code == 200
    assert first.json["is_repeat"] is False
    assert first.json["opened"] == [story.open_task("onsite_inspection").id]
    again = browser.post(address, json=acceptance(story), headers=KEY)
    assert again.json == first.json | {"is_repeat": True}
    assert is_problem(browser.post(address, json=acceptance(story)), 409, "user-task-already-completed")


def test_wrong_answers_are_named_by_path(sign_in: SignIn, cast: Cast, accepting: str) -> None:
    answer = sign_in(cast.inspector).post(f"/api/user-tasks/{accepting}/completion", json={"answers": {}})
    assert is_problem(answer, 422, "invalid-answers")
    assert "no_interest" in answer.json["errors"]


@pytest.mark.parametrize("body", ["", "{", "[]", '{"answers": 1}', '{"other": {}}'])
def test_malformed_bodies_are_refused(sign_in: SignIn, cast: Cast, accepting: str, body: str) -> None:
    address = f"/api/user-tasks/{accepting}/completion"
    answer = sign_in(cast.inspector).post(address, data=body, content_type="application/json")
    assert answer.status_code in (400, 422)
    assert answer.content_type == "application/problem+json"


def test_a_case_is_started_read_remarked_and_ended(sign_in: SignIn, cast: Cast, story: Story) -> None:
    browser = sign_in(cast.lead)
    assert "inspection" in {each["key"] for each in browser.get("/api/processes").json}
    answers = {
        "establishment": cast.business.establishment_id, "mode": "routine", "reason": "年度计划",
        "lead_inspector": cast.inspector.id, "second_inspector": cast.colleague.id,
        "planned_on": today(story.clock).isoformat(),
    }  # fmt: skip
    started = browser.post("/api/processes/inspection/instances", json={"answers": answers})
    assert started.status_code == 201, started.text
    case = f"/api/process-instances/{started.json['id']}"
    assert browser.get("/api/process-instances?state=active").json["total"] == 1
    assert browser.get(case).json["business_key"] == started.json["business_key"]
    assert browser.post(f"{case}/comments", json={"text": "请注意冷库"}).status_code == 201
    assert [each["text"] for each in browser.get(f"{case}/comments").json] == ["请注意冷库"]
    assert "<" in browser.get(f"{case}/diagram").json["xml"]
    assert browser.get(f"{case}/documents").json[0]["kind"] == "task_letter"
    entries = browser.get(f"{case}/journal-entries").json
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    assert is_problem(browser.post(f"{case}/cancellation", json={"reason": " "}), 422)
    assert browser.post(f"{case}/cancellation", json={"reason": "企业已注销"}).status_code == 204
    assert is_problem(browser.post(f"{case}/cancellation", json={"reason": "再来"}), 409, "instance-ended")


def test_who_may_not_start_is_told_so(sign_in: SignIn, cast: Cast, story: Story) -> None:
    answer = sign_in(cast.inspector).post("/api/processes/inspection/instances", json={"answers": {}})
    assert is_problem(answer, 403, "forbidden")
    assert is_problem(sign_in(cast.lead).post("/api/processes/nothing/instances", json={"answers": {}}), 404)


def test_foreign_cases_do_not_exist(sign_in: SignIn, cast: Cast, accepting: str, story: Story) -> None:
    browser, case = sign_in(cast.outsider), f"/api/process-instances/{story.case}"
    for part in ("", "/comments", "/diagram", "/documents", "/attachments", "/journal-entries"):
        assert is_problem(browser.get(case + part), 404, "not-found")
    assert is_problem(browser.post(f"{case}/comments", json={"text": "x"}), 404)
    assert is_problem(sign_in(cast.business).get(f"{case}/journal-entries"), 404)


def test_files_are_uploaded_and_described(sign_in: SignIn, cast: Cast, accepting: str, story: Story) -> None:
    browser = sign_in(cast.inspector)
    sent = browser.post(f"/api/attachments?user_task_id={accepting}", data={"file": (picture(), "门头.png")})
    assert sent.status_code == 201
    assert sent.json["media_type"] == "image/png"
    assert browser.get(f"/api/attachments/{sent.json['id']}").json["sha256"] == sent.json["sha256"]
    assert is_problem(sign_in(cast.outsider).get(f"/api/attachments/{sent.json['id']}"), 404)
    assert is_problem(browser.post("/api/attachments"), 422)
    assert len(browser.get(f"/api/process-instances/{story.case}/attachments").json) == 1
    letter = browser.get(f"/api/process-instances/{story.case}/documents").json[0]
    assert browser.get(f"/api/documents/{letter['id']}").json["token"] == letter["token"]


def test_the_registry_is_read(sign_in: SignIn, cast: Cast) -> None:
    browser = sign_in(cast.inspector)
    page = browser.get("/api/establishments?q=老陈").json
    assert page["total"] == 1
    found = browser.get(f"/api/establishments/{page['rows'][0]['id']}").json
    assert found["licence_no"] == "SC10245020300018"
    assert browser.get("/api/products").json["total"] == 0
    assert is_problem(browser.get("/api/products/01JD0000000000000000000000"), 404)
    assert is_problem(sign_in(cast.outsider).get(f"/api/establishments/{found['id']}"), 404)


def test_an_unknown_address_is_a_problem_too(sign_in: SignIn, cast: Cast) -> None:
    assert is_problem(sign_in(cast.inspector).get("/api/nothing"), 404)
