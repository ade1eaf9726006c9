"""Announcements inside: read by those meant, confirmed, corrected and withdrawn by those who may; the live count."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from engine.model import Notification
from records.announcements import Receipt
from records.store import Store
from tests.factories import DISTRICT, Cast, user
from tests.web.conftest import SignIn
from tests.workflows.announcement_story import AnnouncementStory
from tests.workflows.story import Story


@pytest.fixture
def told(story: Story, cast: Cast) -> AnnouncementStory:
    return AnnouncementStory(story.database, story.engine, story.clock, cast, story.blobs)


@pytest.fixture
def published(told: AnnouncementStory) -> str:
    told.published(must_confirm=True)
    return told.announcement().id


def test_a_notification_leads_to_what_is_to_be_read(
    told: AnnouncementStory, published: str, sign_in: SignIn, cast: Cast
) -> None:
    browser = sign_in(cast.business)
    with told.database.reading() as session:
        line = session.query(Notification).filter_by(user_id=cast.business.id, kind="announcement.published").one()
    answer = browser.post("/notifications/read", data={"id": line.id, "case_id": line.process_instance_id})
    page = browser.get(answer.location, follow_redirects=True)
    assert page.request.path == f"/announcements/{published}"
    assert "我已阅读并确认" in page.get_data(as_text=True)
    assert "回执" not in page.get_data(as_text=True)  # figures are for authorities


def test_who_is_meant_confirms_once(told: AnnouncementStory, published: str, sign_in: SignIn, cast: Cast) -> None:
    browser = sign_in(cast.business)
    for _time in range(2):
        assert browser.post(f"/announcements/{published}/receipt", data={"confirm": "1"}).status_code == 302
    with told.database.reading() as session:
        receipt = session.query(Receipt).one()
    assert (receipt.user_id, receipt.establishment_id) == (cast.business.id, cast.business.establishment_id)
    assert receipt.confirmed_at is not None
    assert "已确认" in browser.get("/announcements").get_data(as_text=True)
    figures = sign_in(cast.lead).get(f"/announcements/{published}").get_data(as_text=True)
    assert "应送达" in figures


def test_others_do_not_know_of_it(told: AnnouncementStory, published: str, sign_in: SignIn, cast: Cast) -> None:
    assert sign_in(cast.outsider).get(f"/announcements/{published}").status_code == 404
    assert sign_in(cast.market).get(f"/announcements/{published}").status_code in (200, 404)
    assert sign_in(cast.lead).get(f"/announcements/{published}").status_code == 200  # of the jurisdiction
    assert sign_in(cast.lead).post(f"/announcements/{published}/receipt").status_code == 404  # not meant
    assert sign_in(cast.outsider).post(f"/announcements/{published}/receipt").status_code == 404


def test_a_draft_is_shown_to_no_business(told: AnnouncementStory, sign_in: SignIn, cast: Cast) -> None:
    told.begin()
    told.draft()
    one = told.announcement().id
    assert sign_in(cast.business).get(f"/announcements/{one}").status_code == 404
    page = sign_in(cast.lead).get(f"/announcements/{one}")
    assert "尚未发布" in page.get_data(as_text=True)
    assert sign_in(cast.lead).post(f"/announcements/{one}/correction", data={"reason": "x" * 20}).status_code == 409


def test_the_author_or_a_lead_asks_for_a_correction(
    told: AnnouncementStory, published: str, sign_in: SignIn, cast: Cast
) -> None:
    address = f"/announcements/{published}/correction"
    assert sign_in(cast.colleague).post(address, data={"reason": "联系电话写错，应予更正"}).status_code == 403
    assert sign_in(cast.business).post(address, data={"reason": "联系电话写错，应予更正"}).status_code == 403
    assert sign_in(cast.inspector).post(address, data={"reason": "错"}).status_code == 422
    assert sign_in(cast.inspector).post(address, data={"reason": "联系电话写错，应予更正"}).status_code == 302
    assert "draft_correction" in told.open_steps()


def test_a_withdrawal_is_asked_for(told: AnnouncementStory, published: str, sign_in: SignIn, cast: Cast) -> None:
    asked = {"reason": "原通知已被新通知代替", "ground": "wrong"}
    assert sign_in(cast.lead).post(f"/announcements/{published}/withdrawal", data=asked).status_code == 302
    assert "draft_withdrawal" in told.open_steps()


def test_the_same_by_programme(told: AnnouncementStory, published: str, sign_in: SignIn, cast: Cast) -> None:
    browser = sign_in(cast.business)
    (row,) = browser.get("/api/announcements").get_json()["rows"]
    assert (row["id"], row["must_confirm"], row["confirmed_at"]) == (published, True, None)
    one = browser.get(f"/api/announcements/{published}").get_json()
    assert "落实进货查验" in one["body"] and "author_id" not in one
    receipt = browser.post(f"/api/announcements/{published}/receipt", json={"confirm": True}).get_json()
    assert receipt["confirmed_at"] is not None
    assert sign_in(cast.outsider).get(f"/api/announcements/{published}").status_code == 404
    assert sign_in(cast.outsider).get("/api/announcements?all=true").get_json()["rows"] == []


def test_the_count_follows_what_is_typed(told: AnnouncementStory, sign_in: SignIn, cast: Cast) -> None:
    told.begin()
    task = told.open_task("draft")
    with told.database.unit_of_work() as session:
        for number in range(3):
            user(Store(session, told.clock, cast.admin), username=f"lab{number}", name=f"化验{number}", role="LAB")
    browser = sign_in(cast.inspector)
    address = f"/tasks/{task.id}/facts/reach"

    def counted(browser: FlaskClient, **typed: object) -> str:
        return browser.post(address, data={"regions": DISTRICT, **typed}).get_data(as_text=True)

    assert "3 人" in counted(browser, kinds="LAB")
    assert "0 人" in counted(browser, kinds="")
    beyond = counted(browser, kinds="LAB", regions="450200")
    assert "0 人" in beyond  # not even to choose
    assert "3 人" not in sign_in(cast.outsider).post(address, data={"kinds": "LAB"}).get_data(as_text=True)
    assert browser.post(f"/tasks/{task.id}/facts/asked").status_code == 404


def test_without_script_the_count_comes_with_the_saved_draft(
    told: AnnouncementStory, sign_in: SignIn, cast: Cast
) -> None:
    told.begin()
    task = told.open_task("draft")
    browser = sign_in(cast.inspector)
    browser.post(f"/tasks/{task.id}/completion", data={"_save": "1", "regions": DISTRICT, "kinds": "BIZ"})
    page = browser.get(f"/tasks/{task.id}").get_data(as_text=True)
    assert "1 人" in page


def test_a_third_party_reads_and_answers_without_seeing_the_case(
    told: AnnouncementStory, sign_in: SignIn, cast: Cast
) -> None:
    told.until_third_party()
    task = told.open_task("third_party_opinion")
    browser = sign_in(cast.business)
    page = browser.get(f"/tasks/{task.id}")
    assert page.status_code == 200
    text = page.get_data(as_text=True)
    assert "供货商名单" in text and "检查结论" not in text
    assert browser.get(f"/cases/{task.process_instance_id}").status_code == 404
    answer = browser.post(f"/tasks/{task.id}/completion", data={"opinion": "agree"})
    assert answer.status_code == 303
    assert "disclosure_decision" in told.open_steps()


def test_each_edition_shows_and_gives_the_attachments_of_its_own(
    told: AnnouncementStory, sign_in: SignIn, cast: Cast
) -> None:
    first, second = told.paper(cast.inspector, "抽查结果.pdf"), told.paper(cast.inspector, "名单.pdf")
    told.published(attachments=[first, second])
    told.send("correction", reason="检查结论写错，应为符合")
    drafted = told.correction(kept_files=[first])
    told.do("draft_correction", cast.inspector, **drafted)
    told.do("approve_correction", cast.manager, decision="approve")
    number = told.announcement().id
    reader = sign_in(cast.business)
    page = reader.get(f"/announcements/{number}").text
    assert (page.count("抽查结果.pdf"), page.count("名单.pdf")) == (3, 1)  # the text; then edition 2; then edition 1
    for each in (first, second):
        with reader.get(f"/announcements/{number}/files/{each}") as given:
            assert given.data.startswith(b"%PDF") and "attachment" in given.headers["Content-Disposition"]
    assert sign_in(cast.outsider).get(f"/announcements/{number}/files/{first}").status_code == 404


def test_files_of_earlier_editions_stay_readable_on_their_public_page(
    told: AnnouncementStory, sign_in: SignIn, client: FlaskClient, cast: Cast
) -> None:
    wrong, right = told.paper(cast.inspector, "旧名单.pdf"), told.paper(cast.inspector, "新名单.pdf")
    told.published_publicly(attachments=[wrong])
    told.send("correction", reason="检查结论写错，应为符合")
    told.correct(kept_files=[], attachments=[right])
    number = told.announcement().id
    assert "新名单.pdf" in (now := client.get(f"/public/{number}").text) and "旧名单.pdf" not in now
    assert "旧名单.pdf" in client.get(f"/public/{number}/editions/1").text
    for each in (wrong, right):
        assert client.get(f"/public/{number}/files/{each}").data.startswith(b"%PDF")
    told.send("withdraw", reason="原处罚决定已被撤销，予以撤回", ground="revoked")
    told.do("draft_withdrawal", cast.inspector, ground="revoked", reason="原处罚决定已被撤销，予以撤回")
    told.do("approve_withdrawal", cast.manager, decision="approve")
    assert client.get(f"/public/{number}/files/{wrong}").status_code == 404
