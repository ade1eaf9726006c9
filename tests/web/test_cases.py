from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import select

from engine.model import InstanceState, ProcessInstance, ReceivedMessage
from records.db import Database
from records.journal import JournalEntry
from records.seals import seal_journal
from records.signing import SigningKey
from tests.factories import Cast
from tests.web.conftest import SignIn
from tests.workflows.story import Story


@pytest.fixture
def case_id(story: Story) -> str:
    return story.assign().id


def test_the_list_shows_where_each_case_stands(sign_in: SignIn, cast: Cast, case_id: str) -> None:
    page = sign_in(cast.lead).get("/cases").text
    assert "老陈米粉厂" in page and "检-450203-20261118-001" in page
    assert "接受检查任务" in page and "办理中" in page


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("state=completed", False),
        ("state=active", True),
        ("process=inspection", True),
        ("q=20261118-001", True),
        ("q=无", False),
    ],
)
def test_the_list_narrows(sign_in: SignIn, cast: Cast, case_id: str, query: str, is_found: bool) -> None:
    assert ("检-450203-20261118-001" in sign_in(cast.lead).get(f"/cases?{query}").text) is is_found


def test_the_list_is_exported_as_filtered(sign_in: SignIn, cast: Cast, case_id: str) -> None:
    client = sign_in(cast.lead)
    assert "检-450203-20261118-001" in client.get("/cases?export=csv").get_data(as_text=True)
    assert "检-450203-20261118-001" not in client.get("/cases?export=csv&state=completed").get_data(as_text=True)
    book = client.get("/cases?export=xlsx")
    assert book.data.startswith(b"PK") and "filename" in book.headers["Content-Disposition"]


def test_the_page_says_in_words_who_must_act_and_by_when(sign_in: SignIn, cast: Cast, case_id: str) -> None:
    page = sign_in(cast.lead).get(f"/cases/{case_id}").text
    assert "等待韦检办理“接受检查任务”" in page and "剩 2 个工作日" in page
    assert "案件发起" in page and "黄组" in page  # the timeline


def test_the_page_grows_with_the_case(sign_in: SignIn, cast: Cast, story: Story) -> None:
    story.until_order({"2-1": {"severity": "minor"}}, overall="not")
    page = sign_in(cast.lead).get(f"/cases/{story.case}").text
    assert "等待食品经营者办理“提交整改情况”" in page
    assert "责令改正通知书" in page and "证据材料" in page
    assert 'href="/records/rectification/' in page and 'href="/records/finding/' in page


def test_the_diagram_tells_what_passed_and_what_is_open(sign_in: SignIn, cast: Cast, case_id: str) -> None:
    drawn = sign_in(cast.lead).get(f"/cases/{case_id}/diagram.json").get_json()
    assert drawn["current"] == ["accept_assignment"]
    assert "inspection_assigned" in drawn["passed"]
    assert drawn["details"]["accept_assignment"]["who"] == "韦检"
    assert drawn["xml"].startswith("<?xml")


def test_a_called_process_has_its_own_diagram_once_it_is_entered(sign_in: SignIn, cast: Cast, story: Story) -> None:
    story.until_order({"2-1": {"severity": "minor"}}, overall="not")
    client = sign_in(cast.lead)
    page = client.get(f"/cases/{story.case}").text
    assert f'/cases/{story.case}/diagram.json?process=rectification"' in page  # where something is open now
    own = client.get(f"/cases/{story.case}/diagram.json").get_json()
    call = own["current"][0]
    assert own["process"] == "inspection" and "process=rectification" in own["details"][call]["href"]
    called = client.get(f"/cases/{story.case}/diagram.json?process=rectification").get_json()
    assert called["current"] == ["submit_rectification"] and "issue_order" in called["passed"]
    assert client.get(f"/cases/{story.case}/diagram.json?process=nonsense").status_code == 404


def test_a_called_process_not_yet_entered_has_no_diagram(sign_in: SignIn, cast: Cast, case_id: str) -> None:
    assert sign_in(cast.lead).get(f"/cases/{case_id}/diagram.json?process=rectification").status_code == 404


def test_a_foreign_region_does_not_know_the_case(sign_in: SignIn, cast: Cast, case_id: str) -> None:
    client = sign_in(cast.outsider)
    for path in (f"/cases/{case_id}", f"/cases/{case_id}/diagram.json"):
        assert client.get(path).status_code == 404
    assert client.post(f"/cases/{case_id}/comments", data={"text": "看看"}).status_code == 404
    assert "老陈米粉厂" not in client.get("/cases").text


def test_a_business_learns_of_a_case_when_it_concerns_it(sign_in: SignIn, cast: Cast, story: Story) -> None:
    story.until_result({"2-1": {"severity": "minor"}}, mode="flight")
    assert sign_in(cast.business).get(f"/cases/{story.case}").status_code == 404
    story.tell_result("not", rectify_days=10)
    assert sign_in(cast.business).get(f"/cases/{story.case}").status_code == 200


def test_a_comment_is_kept_and_entered(sign_in: SignIn, cast: Cast, case_id: str, database: Database) -> None:
    client = sign_in(cast.colleague)
    assert client.post(f"/cases/{case_id}/comments", data={"text": "<b>下午去</b>"}).status_code == 302
    assert "&lt;b&gt;下午去&lt;/b&gt;" in client.get(f"/cases/{case_id}").text
    with database.reading() as session:
        entry = session.scalars(select(JournalEntry).where(JournalEntry.verb == "case.commented")).one()
        assert (entry.actor_id, entry.process_instance_id) == (cast.colleague.id, case_id)


@pytest.mark.parametrize("text", ["", "   ", "长" * 2001])
def test_a_comment_has_a_text_and_not_a_book(sign_in: SignIn, cast: Cast, case_id: str, text: str) -> None:
    answer = sign_in(cast.colleague).post(f"/cases/{case_id}/comments", data={"text": text})
    assert answer.status_code == 422 and "请填写留言" in answer.text


def test_a_lead_cancels_with_a_reason(sign_in: SignIn, cast: Cast, case_id: str, database: Database) -> None:
    client = sign_in(cast.lead)
    assert client.post(f"/cases/{case_id}/cancellation", data={"reason": " "}).status_code == 422
    assert client.post(f"/cases/{case_id}/cancellation", data={"reason": "对象已停业"}).status_code == 302
    assert "对象已停业" in client.get(f"/cases/{case_id}").text
    with database.reading() as session:
        assert session.get_one(ProcessInstance, case_id).state is InstanceState.CANCELLED
    assert client.post(f"/cases/{case_id}/cancellation", data={"reason": "再撤一次"}).status_code == 409


def test_what_one_may_start_stands_on_cards(sign_in: SignIn, cast: Cast, story: Story) -> None:
    assert "发起现场检查" in sign_in(cast.lead).get("/start").text
    assert "发起现场检查" not in sign_in(cast.inspector).get("/start").text
    assert "您的岗位没有可发起的业务" in sign_in(cast.laboratory).get("/start").text
    assert sign_in(cast.inspector).get("/start/inspection").status_code == 404


def test_a_case_is_started_from_its_form(sign_in: SignIn, cast: Cast, story: Story) -> None:
    client = sign_in(cast.lead)
    form = client.get(f"/start/inspection?establishment={cast.business.establishment_id}")
    assert "老陈米粉厂" in form.text
    answers = {
        "establishment": cast.business.establishment_id,
        "mode": "routine",
        "reason": "年度监督检查计划",
        "lead_inspector": cast.inspector.id,
        "second_inspector": cast.colleague.id,
        "planned_on": "2026-11-20",
    }
    answer = client.post("/start/inspection", data=answers)
    assert answer.status_code == 302 and answer.headers["Location"].startswith("/cases/")
    assert "已发起 检-450203-20261118-001" in client.get(answer.headers["Location"]).text


def test_a_wrong_start_form_comes_back_with_what_is_wrong(sign_in: SignIn, cast: Cast, story: Story) -> None:
    answer = sign_in(cast.lead).post("/start/inspection", data={"reason": "年度监督检查计划"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text and "年度监督检查计划" in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_the_authority_takes_the_evidence_of_a_case(
    app: Flask, sign_in: SignIn, cast: Cast, story: Story, tmp_path: Path
) -> None:
    story.until_order({"2-1": {"severity": "minor"}}, overall="not")
    seal_journal(story.database, SigningKey.of_file(tmp_path / "journal.key"), story.clock)
    browser = sign_in(cast.lead)
    assert "证据包" in browser.get(f"/cases/{story.case}").text
    taken = browser.post(f"/cases/{story.case}/evidence", buffered=True)
    assert taken.mimetype == "application/zip" and "zip" in taken.headers["Content-Disposition"]
    _verified(taken.data, tmp_path / "from_page")
    assert "证据包" in browser.get(f"/cases/{story.case}").text.split('id="timeline"')[1], "who took it is told"
    target = tmp_path / "out.zip"
    with story.database.reading() as session:
        number = session.get_one(ProcessInstance, story.case).business_key
    assert app.test_cli_runner().invoke(args=["evidence", number, str(target)]).exit_code == 0
    _verified(target.read_bytes(), tmp_path / "from_command")
    assert "there is no case" in app.test_cli_runner().invoke(args=["evidence", "检-0", str(target)]).output


def _verified(pack: bytes, folder: Path) -> None:
    with ZipFile(BytesIO(pack)) as zipped:
        zipped.extractall(folder)
    done = subprocess.run(
        [sys.executable, "-I", str(folder / "verify.py")], capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("MATCH") and done.returncode == 0, done.stdout
    assert len(list((folder / "submissions").iterdir())) > 2 and len(list((folder / "versions").iterdir())) > 5


def test_evidence_is_for_the_authority_and_its_own_cases(sign_in: SignIn, cast: Cast, story: Story) -> None:
    case_id = story.assign().id
    assert sign_in(cast.business).post(f"/cases/{case_id}/evidence").status_code == 403
    assert sign_in(cast.outsider).post(f"/cases/{case_id}/evidence").status_code == 404
    assert "证据包" not in sign_in(cast.business).get(f"/cases/{case_id}").text


def test_the_page_says_what_a_step_rests_on_and_what_follows(sign_in: SignIn, cast: Cast, case_id: str) -> None:
    page = sign_in(cast.lead).get(f"/cases/{case_id}").text
    assert "与监督检查对象有直接利害关系的，应当回避" in page  # the form's basis
    assert "期限 2 个工作日，自 2026-11-18 11:00 起算（R-INS-ACCEPT" in page
    assert "接下来</b>：现场检查" in page


def test_the_ways_on_name_the_answers_that_lead_there(sign_in: SignIn, cast: Cast, story: Story) -> None:
    story.assign()
    story.accept()
    page = sign_in(cast.lead).get(f"/cases/{story.case}").text
    assert "正常进入 → 协检人员确认（监管人员）" in page and "查无此处 → 记录查无此处（监管人员）" in page


def test_cases_that_a_message_connects_are_linked_both_ways(
    sign_in: SignIn, cast: Cast, story: Story, database: Database
) -> None:
    first, second = story.assign(), story.assign()
    with database.unit_of_work() as session:
        message = {
            "kind": "message",
            "name": "problem_reported",
            "correlation": "",
            "content_hash": "0",
            "receivers": 1,
        }
        told = {"sent_from": first.id, "process_instance_id": second.id, "payload": {"content": None}}
        at = {"received_at": story.clock.now(), "region_path": first.region_path, "state": "taken", "id": "one"}
        session.add(ReceivedMessage(**message, **told, **at))
    assert "由本案产生" in sign_in(cast.lead).get(f"/cases/{first.id}").text
    page = sign_in(cast.lead).get(f"/cases/{second.id}").text
    assert "本案由此产生" in page and first.business_key in page
    assert "关联案件" not in sign_in(cast.business).get(f"/cases/{second.id}").text
