"""Absences on the account page, in the leads' list, in the inbox, and through the API."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.model import UserTask
from records.absences import Absence
from records.db import Database
from records.documents import Document
from tests.factories import Cast
from tests.web.conftest import SignIn
from tests.workflows.story import Story

DAYS = {"starts_on": "2026-11-18", "ends_on": "2026-11-20"}


@pytest.fixture
def task(story: Story) -> UserTask:
    """An inspection given to the inspector, waiting to be accepted."""
    story.assign()
    return story.open_task("accept_assignment")


def absences(database: Database) -> list[Absence]:
    with database.reading() as session:
        return list(session.scalars(select(Absence).where(Absence.deleted_at.is_(None))))


def test_recording_ones_own_absence(sign_in: SignIn, cast: Cast, task: UserTask, database: Database) -> None:
    browser = sign_in(cast.inspector)
    page = browser.get("/account").text
    assert "请假与代办" in page and f'value="{cast.colleague.id}"' in page and cast.outsider.id not in page
    given = DAYS | {"substitute_id": cast.colleague.id, "scope_value": "process:inspection"}
    answer = browser.post("/absences", data=given)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account#absences")
    assert "我请假，覃协代办" in browser.get("/account").text
    assert "我代 韦检办理" in sign_in(cast.colleague).get("/account").text
    assert [one.scope_value for one in absences(database)] == ["inspection"]
    assert "请假与代办" in sign_in(cast.colleague).get("/notifications").text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"substitute_id": ""}, "请选择代办人"),
        ({"starts_on": "soon"}, "请填写日期"),
        ({"starts_on": "2026-11-01"}, "开始日期不能早于今天"),
        ({"scope_value": "everything"}, "请选择范围"),
        ({"scope_value": "role:MGR"}, "请假人没有所选的角色"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    sign_in: SignIn, cast: Cast, story: Story, database: Database, changes: dict[str, str], sentence: str
) -> None:
    given = DAYS | {"substitute_id": cast.colleague.id, "scope_value": "all", "reason": "年休假", **changes}
    answer = sign_in(cast.inspector).post("/absences", data=given)
    assert answer.status_code == 422
    assert sentence in answer.text and 'value="年休假"' in answer.text and "有 1 处需要修改" in answer.text
    assert absences(database) == []


def test_leads_see_and_record_the_absences_of_their_people(
    sign_in: SignIn, cast: Cast, task: UserTask, database: Database
) -> None:
    lead = sign_in(cast.lead)
    given = DAYS | {"user_id": cast.inspector.id, "substitute_id": cast.colleague.id, "_page": "list"}
    assert lead.post("/absences", data=given).headers["Location"] == "/absences"
    assert "韦检请假，覃协代办" in lead.get("/absences").text
    assert "请假至 2026-11-20" not in lead.get(f"/tasks/{task.id}").text  # the absent one has it
    wrong = lead.post("/absences", data=given)
    assert wrong.status_code == 422 and "的请假重叠" in wrong.text
    assert sign_in(cast.inspector).get("/absences").status_code == 403
    assert lead.post("/absences", data=given | {"user_id": cast.outsider.id}).status_code == 404
    absence = absences(database)[0]
    assert sign_in(cast.outsider).post(f"/absences/{absence.id}/end", data={"reason": "返岗"}).status_code == 404
    assert lead.post(f"/absences/{absence.id}/end", data={"reason": "返岗", "_page": "list"}).status_code == 303
    assert absences(database) == []


def test_the_substitute_does_it_and_everybody_reads_for_whom(
    sign_in: SignIn, cast: Cast, story: Story, task: UserTask, database: Database
) -> None:
    colleague = sign_in(cast.colleague)
    assert "view=substitute" not in colleague.get("/inbox").text
    sign_in(cast.inspector).post("/absences", data=DAYS | {"substitute_id": cast.colleague.id})
    box = colleague.get("/inbox?view=substitute").text
    assert "代办 1" in box and "接受检查任务：" in box
    assert colleague.get("/api/user-tasks?view=substitute").get_json()["total"] == 1
    assert "可代 韦检办理" in colleague.get(f"/tasks/{task.id}").text
    draft = {"answers": {"no_interest": True}, "version": None}
    assert colleague.put(f"/tasks/{task.id}/draft", json=draft).status_code == 200
    answers = {"no_interest": "true", "scheduled_on": "2026-11-18"}
    assert colleague.post(f"/tasks/{task.id}/completion", data=answers).status_code == 303
    page = sign_in(cast.lead).get(f"/tasks/{task.id}?tab=timeline").text
    assert page.count("代 韦检") >= 2
    case = sign_in(cast.lead).get(f"/cases/{task.process_instance_id}").text
    assert "代 韦检" in case
    story.inspect()
    story.confirm()
    story.tell_result("conform")
    story.approve()
    with database.reading() as session:
        papers = session.scalars(select(Document).where(Document.process_instance_id == task.process_instance_id)).all()
    named = [person["name"] for paper in papers for person in paper.facts.get("inspectors", [])]
    assert "韦检（覃协代）" in named


def test_through_the_api(sign_in: SignIn, cast: Cast, story: Story, database: Database) -> None:
    inspector, lead = sign_in(cast.inspector), sign_in(cast.lead)
    wrong = inspector.post("/api/absences", json=DAYS | {"substitute_id": cast.outsider.id})
    assert wrong.status_code == 422 and list(wrong.get_json()["errors"]) == ["substitute_id"]
    kept = inspector.post("/api/absences", json=DAYS | {"substitute_id": cast.colleague.id})
    assert kept.status_code == 201
    listed = lead.get("/api/absences").get_json()
    assert [(one["user_name"], one["substitute_name"], one["scope"]) for one in listed] == [("韦检", "覃协", "all")]
    assert sign_in(cast.unqualified).get("/api/absences").get_json() == []
    path = f"/api/absences/{kept.get_json()['id']}/cancellation"
    assert sign_in(cast.colleague).post(path, json={"reason": "返岗"}).status_code == 404
    assert inspector.post(path, json={"reason": ""}).status_code == 422
    assert inspector.post(path, json={"reason": "返岗"}).status_code == 204
    assert absences(database) == []
