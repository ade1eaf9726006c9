"""Completing a task on its page, without script: nothing that was typed is lost, nothing happens twice."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.model import UserTask
from records.clock import today
from records.inspections import Inspection
from records.submissions import Draft, Submission
from tests.factories import Cast
from tests.web.casework.posting import form_of, picture
from tests.web.conftest import SignIn
from tests.workflows.story import Story

KEY = {"_key": "01JD0000000000000000000001"}


@pytest.fixture
def accepting(story: Story) -> str:
    story.assign()
    return story.open_task("accept_assignment").id


@pytest.fixture
def onsite(story: Story) -> str:
    story.assign()
    story.accept()
    return story.open_task("onsite_inspection").id


def acceptance(story: Story) -> dict[str, Any]:
    return {"no_interest": True, "scheduled_on": today(story.clock).isoformat()}


def draft(story: Story, task_id: str, user_id: str) -> Draft | None:
    with story.database.reading() as session:
        return session.get(Draft, (task_id, user_id))


def test_completing_leads_to_ones_next_task_in_the_case(
    sign_in: SignIn, cast: Cast, accepting: str, story: Story
) -> None:
    browser = sign_in(cast.inspector)
    answer = browser.post(f"/tasks/{accepting}/completion", data=form_of(acceptance(story)) | KEY)
    assert answer.status_code == 303
    assert answer.location == f"/tasks/{story.open_task('onsite_inspection').id}"
    assert "已提交" in browser.get(answer.location).text


def test_the_whole_onsite_form_goes_through_a_plain_post(
    sign_in: SignIn, cast: Cast, onsite: str, story: Story
) -> None:
    answers = story.onsite_answers({story.item(is_key=False): {}})
    answer = sign_in(cast.inspector).post(f"/tasks/{onsite}/completion", data=form_of(answers) | KEY)
    assert answer.status_code == 303
    assert answer.location == "/inbox"
    assert story.waits_for() == ["cosign"]
    assert draft(story, onsite, cast.inspector.id) is None


def test_refused_answers_come_back_with_the_form(sign_in: SignIn, cast: Cast, onsite: str, story: Story) -> None:
    answers = story.onsite_answers()
    del answers["checklist"]["1-1"]
    answers["persons_present"] = "陈桂英、韦师傅"
    answer = sign_in(cast.inspector).post(f"/tasks/{onsite}/completion", data=form_of(answers) | KEY)
    assert answer.status_code == 422
    assert "有 1 处需要修改" in answer.text
    assert "data-summary" in answer.text
    assert 'href="#f-checklist.1-1' in answer.text
    assert "陈桂英、韦师傅" in answer.text
    assert answer.text.count('value="conform" data-verdict="yes" checked') >= 10
    kept = draft(story, onsite, cast.inspector.id)
    assert kept is not None
    assert kept.answers["persons_present"] == "陈桂英、韦师傅"


def test_a_double_click_submits_once(sign_in: SignIn, cast: Cast, accepting: str, story: Story) -> None:
    browser = sign_in(cast.inspector)
    first = browser.post(f"/tasks/{accepting}/completion", data=form_of(acceptance(story)) | KEY)
    again = browser.post(f"/tasks/{accepting}/completion", data=form_of(acceptance(story)) | KEY)
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.location == again.location
    with story.database.reading() as session:
        of_task = select(func.count()).select_from(Submission).where(Submission.user_task_id == accepting)
        assert session.scalar(of_task) == 1


def test_a_second_submission_is_a_conflict(sign_in: SignIn, cast: Cast, accepting: str, story: Story) -> None:
    browser = sign_in(cast.inspector)
    browser.post(f"/tasks/{accepting}/completion", data=form_of(acceptance(story)) | KEY)
    answer = browser.post(f"/tasks/{accepting}/completion", data=form_of(acceptance(story)))
    assert answer.status_code == 409
    assert "已经完成" in answer.text


def test_after_reassignment_the_draft_is_kept_and_said_so(
    sign_in: SignIn, cast: Cast, onsite: str, story: Story
) -> None:
    with story.database.unit_of_work() as session:
        story.engine.assign(session, onsite, cast.colleague.id, cast.lead)
    answers = {"persons_present": "陈桂英（负责人）"}
    answer = sign_in(cast.inspector).post(f"/tasks/{onsite}/completion", data=form_of(answers) | KEY)
    assert answer.status_code == 409
    assert "草稿" in answer.text
    kept = draft(story, onsite, cast.inspector.id)
    assert kept is not None
    assert kept.answers == {"persons_present": "陈桂英（负责人）"} | kept.answers
    with story.database.reading() as session:
        assert session.get_one(UserTask, onsite).completed_at is None


def test_an_ended_case_takes_nothing_and_keeps_the_draft(
    sign_in: SignIn, cast: Cast, onsite: str, story: Story
) -> None:
    with story.database.unit_of_work() as session:
        story.engine.cancel(session, story.case, cast.lead, "企业已注销")
    answer = sign_in(cast.inspector).post(f"/tasks/{onsite}/completion", data=form_of({"persons_present": "甲"}) | KEY)
    assert answer.status_code == 409
    assert draft(story, onsite, cast.inspector.id) is not None


def test_the_add_button_gives_a_row_and_keeps_the_answers(
    sign_in: SignIn, cast: Cast, onsite: str, story: Story
) -> None:
    browser = sign_in(cast.inspector)
    typed = {"persons_present": "陈桂英", "lots": [{"lot_code": "SY-1107"}]}
    answer = browser.post(f"/tasks/{onsite}/completion", data=form_of(typed) | {"_add": "lots"} | KEY)
    assert answer.status_code == 303
    page = browser.get(answer.location).text
    assert 'name="lots.1.lot_code"' in page
    assert 'value="SY-1107"' in page
    assert "陈桂英" in page
    answer = browser.post(f"/tasks/{onsite}/completion", data=form_of(typed) | {"_remove": "lots.0"} | KEY)
    assert 'value="SY-1107"' not in browser.get(answer.location).text
    assert story.waits_for() == ["onsite_inspection"]


def test_the_save_button_keeps_a_draft(sign_in: SignIn, cast: Cast, onsite: str, story: Story) -> None:
    browser = sign_in(cast.inspector)
    answer = browser.post(f"/tasks/{onsite}/completion", data={"persons_present": "陈桂英", "_save": "1"} | KEY)
    assert answer.status_code == 303
    assert "草稿已保存" in browser.get(answer.location).text
    assert draft(story, onsite, cast.inspector.id) is not None


def test_files_sent_with_the_form_become_evidence(sign_in: SignIn, cast: Cast, onsite: str, story: Story) -> None:
    browser = sign_in(cast.inspector)
    form = form_of({"persons_present": "陈桂英"}) | {"door_photos": [(picture(), "门头.png")], "_save": "1"} | KEY
    answer = browser.post(f"/tasks/{onsite}/completion", data=form, content_type="multipart/form-data")
    assert answer.status_code == 303
    kept = draft(story, onsite, cast.inspector.id)
    assert kept is not None
    (photo,) = kept.answers["door_photos"]
    assert browser.get(f"/attachments/{photo}", buffered=True).mimetype == "image/png"


def test_a_refused_file_is_named_beside_its_question(sign_in: SignIn, cast: Cast, onsite: str, story: Story) -> None:
    browser = sign_in(cast.inspector)
    form = {"persons_present": "陈桂英", "door_photos": [(io.BytesIO(b"MZ\x90\x00"), "门头.exe")]} | KEY
    answer = browser.post(f"/tasks/{onsite}/completion", data=form, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "陈桂英" in answer.text
    assert 'href="#f-door_photos"' in answer.text


def test_a_draft_is_kept_while_typing(sign_in: SignIn, cast: Cast, onsite: str, story: Story) -> None:
    browser = sign_in(cast.inspector)
    first = browser.put(f"/tasks/{onsite}/draft", json={"answers": {"persons_present": "陈"}, "version": 0})
    assert first.status_code == 200
    assert first.json["version"] == 1
    assert first.json["saved_at"].startswith("2026-11-18T11:0")
    second = browser.put(f"/tasks/{onsite}/draft", json={"answers": {"persons_present": "陈桂"}, "version": 1})
    assert second.json["version"] == 2
    assert "陈桂" in browser.get(f"/tasks/{onsite}").text


def test_a_draft_changed_elsewhere_is_not_overwritten(sign_in: SignIn, cast: Cast, onsite: str, story: Story) -> None:
    browser = sign_in(cast.inspector)
    browser.put(f"/tasks/{onsite}/draft", json={"answers": {"persons_present": "甲"}, "version": 0})
    browser.put(f"/tasks/{onsite}/draft", json={"answers": {"persons_present": "乙"}, "version": 1})
    third = {"answers": {"persons_present": "丙"}, "version": 1}
    stale = browser.put(f"/tasks/{onsite}/draft", json=third, headers={"Accept": "application/json"})
    assert stale.status_code == 409
    assert "别处" in stale.json["detail"]
    kept = draft(story, onsite, cast.inspector.id)
    assert kept is not None
    assert kept.answers["persons_present"] == "乙"


@pytest.mark.parametrize("body", [[], {}, {"answers": []}, {"answers": {}, "version": "x"}])
def test_a_malformed_draft_is_refused(sign_in: SignIn, cast: Cast, onsite: str, body: object) -> None:
    assert sign_in(cast.inspector).put(f"/tasks/{onsite}/draft", json=body).status_code == 422


def test_nothing_extra_enters_the_record(sign_in: SignIn, cast: Cast, onsite: str, story: Story) -> None:
    answers = story.onsite_answers() | {"overall": "conform", "approved": "true"}
    answer = sign_in(cast.inspector).post(f"/tasks/{onsite}/completion", data=form_of(answers) | KEY)
    assert answer.status_code == 422
    with story.database.reading() as session:
        found = session.scalar(select(Inspection).where(Inspection.process_instance_id == story.case))
        assert found is not None
        assert found.overall is None
