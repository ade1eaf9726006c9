"""Remarks that name people: found, told, refused in words, shown as links."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.model import Notification, UserTask
from records.db import Database
from records.journal import JournalEntry
from records.people import SYSTEM
from records.store import Store
from records.submissions import Comment
from tests import factories
from tests.factories import Cast
from tests.web.conftest import SignIn
from tests.workflows.story import Story
from web.mentions import shown_with_links


@pytest.fixture
def task(story: Story) -> UserTask:
    """An inspection given to the inspector, waiting to be accepted."""
    story.assign()
    return story.open_task("accept_assignment")


@pytest.fixture
def talk(sign_in: SignIn, cast: Cast, task: UserTask) -> FlaskClient:
    return sign_in(cast.inspector)


def say(browser: FlaskClient, task: UserTask, text: str, **more: Any) -> Any:
    return browser.post(f"/cases/{task.process_instance_id}/comments", data={"text": text, **more})


def kept(database: Database) -> list[Comment]:
    with database.reading() as session:
        return list(session.scalars(select(Comment)))


def told(database: Database) -> list[str]:
    with database.reading() as session:
        return sorted(session.scalars(select(Notification.user_id).where(Notification.kind == "mentioned")))


def test_whoever_is_named_is_told_and_linked(
    talk: FlaskClient, cast: Cast, task: UserTask, database: Database, sign_in: SignIn
) -> None:
    text = "请@覃协补照片，@lead 知悉；来信 a@b.cn"
    assert say(talk, task, text, user_task_id=task.id).status_code == 302
    remark = kept(database)[0]
    assert remark.mentions == [{"id": cast.colleague.id, "name": "覃协"}, {"id": cast.lead.id, "name": "lead"}]
    assert remark.user_task_id == task.id
    assert told(database) == sorted([cast.colleague.id, cast.lead.id])
    page = sign_in(cast.lead).get(f"/cases/{task.process_instance_id}").text
    assert f'<a class="mention" href="/people/{cast.colleague.id}">@覃协</a>补照片' in page and "a@b.cn" in page
    assert "@覃协</a>" in talk.get(f"/tasks/{task.id}?tab=comments").text
    notice = sign_in(cast.colleague).get("/notifications").text
    assert "提到您" in notice and "韦检" in notice
    with database.reading() as session:
        entry = session.scalars(select(JournalEntry).where(JournalEntry.verb == "case.commented")).one()
        assert entry.after is not None and entry.after["mentions"] == sorted([cast.colleague.id, cast.lead.id])


@pytest.mark.parametrize("name", ["吴外", "outsider", "没有这人", "陈老板"])
def test_who_may_not_see_the_case_is_not_mentioned(
    talk: FlaskClient, task: UserTask, database: Database, name: str
) -> None:
    answer = say(talk, task, f"@{name} 请看")
    assert answer.status_code == 422
    assert f"不能提及“{name}”：没有此人，或其无权查看本案件" in answer.text
    assert kept(database) == [] and told(database) == []


def test_namesakes_are_told_apart(
    talk: FlaskClient, cast: Cast, task: UserTask, database: Database, story: Story
) -> None:
    with database.unit_of_work() as session:
        other = factories.user(Store(session, story.clock, SYSTEM), username="namesake", name="覃协", role="INS")
        longer = factories.user(Store(session, story.clock, SYSTEM), username="leader", name="覃协生", role="INS")
    answer = say(talk, task, "@覃协 请看")
    assert answer.status_code == 422 and "有 2 位“覃协”" in answer.text
    say(talk, task, "@覃协 请看", mention=other.id)
    say(talk, task, "@namesake 和 @leader 请看")
    say(talk, task, "@覃协生请看")
    assert [[one["id"] for one in remark.mentions or []] for remark in kept(database)] == [
        [other.id], [other.id, longer.id], [longer.id],
    ]  # fmt: skip
    assert cast.colleague.id not in told(database)


def test_naming_oneself_tells_nobody_and_a_bare_at_names_nobody(
    talk: FlaskClient, task: UserTask, database: Database
) -> None:
    say(talk, task, "@韦检 备忘；单价 3 @ 5 元")
    assert told(database) == [] and len(kept(database)[0].mentions or []) == 1
    assert "最多提及 20 人" in say(talk, task, "@覃协 " * 21).text


def test_the_list_offers_who_may_see_the_case(talk: FlaskClient, cast: Cast, task: UserTask, sign_in: SignIn) -> None:
    path = f"/cases/{task.process_instance_id}/people"
    names = [one["name"] for one in talk.get(path).get_json()]
    assert names[0] == "黄组" and len(names) == 6 and "韦检" not in names
    for name, is_offered in (("覃协", True), ("陆市", True), ("吴外", False), ("陈老板", False)):
        assert bool(talk.get(f"{path}?q={name}").get_json()) is is_offered
    assert [one["name"] for one in talk.get(f"{path}?q=lea").get_json()] == ["黄组"]
    assert talk.get(f"{path}?q=%25").get_json() == []
    assert sign_in(cast.outsider).get(path).status_code == 404
    assert sign_in(cast.business).get(path).status_code == 404


def test_a_business_is_offered_only_those_who_act_in_its_case(story: Story, sign_in: SignIn, cast: Cast) -> None:
    story.until_order({story.item(is_key=False): {"severity": "serious", "fixed_on_spot": False}}, "basically")
    path = f"/cases/{story.case}"
    names = {one["name"] for one in sign_in(cast.business).get(f"{path}/people").get_json()}
    assert names == {"韦检", "覃协", "黄组"}
    answer = sign_in(cast.business).post(f"{path}/comments", data={"text": "@梁局 请延期"})
    assert answer.status_code == 422
    assert {"陈老板"} == {one["name"] for one in sign_in(cast.lead).get(f"{path}/people?q=陈").get_json()}
    sign_in(cast.lead).post(f"{path}/comments", data={"text": "@陈老板 请按期整改"})
    page = sign_in(cast.business).get(path).text
    assert '<b class="mention">@陈老板</b>' in page


def test_a_task_of_another_case_is_not_found(talk: FlaskClient, task: UserTask, story: Story) -> None:
    story.assign()
    other = story.open_task("accept_assignment")
    assert say(talk, task, "请看", user_task_id=other.id).status_code == 404


def test_through_the_api(sign_in: SignIn, cast: Cast, task: UserTask) -> None:
    path = f"/api/process-instances/{task.process_instance_id}/comments"
    browser = sign_in(cast.inspector)
    kept_remark = browser.post(path, json={"text": "@覃协 请看", "user_task_id": task.id})
    assert kept_remark.status_code == 201
    assert kept_remark.get_json()["mentions"] == [{"id": cast.colleague.id, "name": "覃协"}]
    refused = browser.post(path, json={"text": "@吴外 请看"})
    assert refused.status_code == 422 and refused.get_json()["type"].endswith(":mention")


def test_a_card_says_where_somebody_belongs_and_who_stands_in(sign_in: SignIn, cast: Cast, story: Story) -> None:
    absent = {"starts_on": "2026-11-18", "ends_on": "2026-11-20", "substitute_id": cast.colleague.id}
    sign_in(cast.inspector).post("/absences", data=absent)
    page = sign_in(cast.lead).get(f"/people/{cast.inspector.id}").text
    assert "韦检" in page and "请假至 2026-11-20" in page and "由 覃协代办" in page
    assert sign_in(cast.inspector).get(f"/people/{cast.superior.id}").status_code == 200
    for stranger in (cast.outsider, cast.business):
        assert sign_in(stranger).get(f"/people/{cast.inspector.id}").status_code == 404
    assert sign_in(cast.business).get(f"/people/{cast.business.id}").status_code == 200


def test_what_is_shown_is_never_markup_of_others() -> None:
    named = [{"id": "1", "name": "李"}, {"id": "2", "name": "李<明"}]
    shown = str(shown_with_links("<b>@李<明 @李 & @王", named, "/people/"))
    assert shown == (
        '&lt;b&gt;<a class="mention" href="/people/2">@李&lt;明</a> '
        '<a class="mention" href="/people/1">@李</a> &amp; @王'
    )
    assert str(shown_with_links("@李", named, None)) == '<b class="mention">@李</b>'
    assert str(shown_with_links("<i>", None, "/people/")) == "&lt;i&gt;"
