"""Uploads, downloads, documents, public verification."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from records.documents import Document, attach_pdf
from records.people import SYSTEM
from records.store import Store
from tests.factories import Cast
from tests.web.casework.posting import picture
from tests.web.conftest import SignIn
from tests.workflows.story import Story
from web.parts import Parts

JSON = {"Accept": "application/json"}
PDF = b"%PDF-1.7\n%test\n"


@pytest.fixture
def onsite(story: Story) -> str:
    story.assign()
    story.accept()
    return story.open_task("onsite_inspection").id


@pytest.fixture
def letter(story: Story, onsite: str) -> Document:
    """The task letter of the case, not yet printed."""
    with story.database.reading() as session:
        of_case = select(Document).where(Document.process_instance_id == story.case)
        return session.scalars(of_case.order_by(Document.id).limit(1)).one()


def send(browser: FlaskClient, task_id: str, content: io.BytesIO, name: str = "门头.png"):
    return browser.post(f"/attachments?user_task_id={task_id}", data={"file": (content, name)}, headers=JSON)


def test_a_photo_is_kept_with_a_thumbnail(sign_in: SignIn, cast: Cast, onsite: str) -> None:
    browser = sign_in(cast.inspector)
    answer = send(browser, onsite, picture())
    assert answer.status_code == 201
    assert answer.json["filename"] == "门头.png"
    small = browser.get(answer.json["thumb"], buffered=True)
    assert small.mimetype == "image/jpeg"
    whole = browser.get(f"/attachments/{answer.json['id']}", buffered=True)
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert whole.headers["Content-Disposition"].startswith("inline")
    assert "filename*=UTF-8''%E9%97%A8" in whole.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"MZ\x90\x00\x03\x00", "照片.jpg", "类型"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "图.svg", "类型"),
        (b"<html><script>alert(1)</script></html>", "页.html", "类型"),
        (b"", "空.png", "空"),
    ],
)
def test_what_is_no_evidence_is_refused_in_words(
    sign_in: SignIn, cast: Cast, onsite: str, content: bytes, name: str, words: str
) -> None:
    answer = send(sign_in(cast.inspector), onsite, io.BytesIO(content), name)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert words in answer.json["detail"]


def test_too_large_a_file_is_refused(app: Flask, sign_in: SignIn, cast: Cast, onsite: str) -> None:
    here: Parts = app.extensions["sujian"]
    app.extensions["sujian"] = replace(here, settings=replace(here.settings, max_upload_mb=0))
    answer = send(sign_in(cast.inspector), onsite, picture())
    assert answer.status_code == 422
    assert answer.json["type"].endswith("file-too-large")


def test_an_upload_without_a_file_is_refused(sign_in: SignIn, cast: Cast, onsite: str) -> None:
    answer = sign_in(cast.inspector).post(f"/attachments?user_task_id={onsite}", headers=JSON)
    assert answer.status_code == 422


def test_uploads_for_foreign_tasks_find_nothing(sign_in: SignIn, cast: Cast, onsite: str) -> None:
    assert send(sign_in(cast.outsider), onsite, picture()).status_code == 404
    assert send(sign_in(cast.business), onsite, picture()).status_code == 404


def test_the_same_photo_on_another_case_is_flagged(sign_in: SignIn, cast: Cast, onsite: str, story: Story) -> None:
    browser = sign_in(cast.inspector)
    assert send(browser, onsite, picture(7)).json["flags"] == []
    story.assign()
    story.accept()
    again = send(browser, story.open_task("onsite_inspection").id, picture(7)).json
    assert [flag["code"] for flag in again["flags"]] == ["photo_reused"]
    assert "其他案件" in again["flags"][0]["text"]


def test_evidence_is_seen_inside_the_jurisdiction_only(sign_in: SignIn, cast: Cast, onsite: str) -> None:
    photo = send(sign_in(cast.inspector), onsite, picture()).json["id"]
    assert sign_in(cast.manager).get(f"/attachments/{photo}", buffered=True).status_code == 200
    for who in (cast.outsider, cast.business):
        assert sign_in(who).get(f"/attachments/{photo}").status_code == 404
        assert sign_in(who).get(f"/attachments/{photo}/thumb").status_code == 404


def test_a_photo_for_a_case_not_yet_begun_is_ones_own(sign_in: SignIn, cast: Cast, story: Story) -> None:
    answer = sign_in(cast.lead).post("/attachments", data={"file": (picture(), "线索.png")}, headers=JSON)
    assert answer.status_code == 201
    assert sign_in(cast.lead).get(f"/attachments/{answer.json['id']}", buffered=True).status_code == 200


def test_a_document_in_the_making_says_so(sign_in: SignIn, cast: Cast, letter: Document) -> None:
    answer = sign_in(cast.inspector).get(f"/documents/{letter.id}.pdf")
    assert answer.status_code == 202
    assert "正在生成" in answer.text
    assert f"/documents/{letter.id}.pdf" in answer.text


def printed(story: Story, letter: Document) -> None:
    with story.database.unit_of_work() as session:
        document = session.get_one(Document, letter.id)
        attach_pdf(Store(session, story.clock, SYSTEM), story.blobs, document, PDF)


def test_a_printed_document_is_downloaded(sign_in: SignIn, cast: Cast, letter: Document, story: Story) -> None:
    printed(story, letter)
    answer = sign_in(cast.inspector).get(f"/documents/{letter.id}.pdf?save", buffered=True)
    assert answer.data == PDF
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert sign_in(cast.outsider).get(f"/documents/{letter.id}.pdf").status_code == 404


def test_an_unannounced_task_letter_is_not_for_the_business(
    sign_in: SignIn, cast: Cast, letter: Document, story: Story
) -> None:
    printed(story, letter)
    seen = sign_in(cast.business).get(f"/documents/{letter.id}.pdf", buffered=True).status_code
    assert seen == (200 if story.instance().is_visible_to_business else 404)


def test_anyone_verifies_a_paper(client: FlaskClient, letter: Document, story: Story) -> None:
    printed(story, letter)
    page = client.get(f"/verify/{letter.token}")
    assert page.status_code == 200
    assert letter.title in page.text
    assert letter.facts_hash in page.text
    assert "内容未被更改" in page.text
    for person in ("韦检", "覃协", "陈桂英", "陈老板", "13800000000"):
        assert person not in page.text


@pytest.mark.parametrize(("content", "words"), [(PDF, "一致："), (PDF + b" ", "不一致"), (b"", "不一致")])
def test_anyone_compares_a_pdf(client: FlaskClient, letter: Document, story: Story, content: bytes, words: str) -> None:
    printed(story, letter)
    answer = client.post(f"/verify/{letter.token}", data={"pdf": (io.BytesIO(content), "文书.pdf")})
    assert words in answer.text


def test_comparing_nothing_asks_for_the_file(client: FlaskClient, letter: Document) -> None:
    assert "请先选择" in client.post(f"/verify/{letter.token}").text


@pytest.mark.parametrize("token", ["x", "01jd0000000000000000000000", "..%2F..%2Fetc", "é" * 12])
def test_an_unknown_token_is_no_document(client: FlaskClient, token: str) -> None:
    assert client.get(f"/verify/{token}").status_code == 404


def test_a_tampered_document_is_told(client: FlaskClient, letter: Document, story: Story) -> None:
    with story.database.engine.begin() as connection:
        connection.execute(Document.__table__.update().values(facts={"establishment": "假"}))
    assert "不一致" in client.get(f"/verify/{letter.token}").text


def test_choosers_offer_what_the_form_filters(sign_in: SignIn, cast: Cast, story: Story) -> None:
    browser = sign_in(cast.lead)
    names = {each["label"] for each in browser.get("/choose/users?role=INS&qualification=inspection").json}
    assert names == {"韦检", "覃协"}
    assert browser.get("/choose/establishments?q=laochen").json[0]["label"].endswith("老陈米粉厂")
    assert browser.get("/choose/establishments?q=nothere").json == []
    assert browser.get("/choose/users?password=x").status_code == 200
    assert browser.get("/choose/secrets").status_code == 404
    assert sign_in(cast.outsider).get("/choose/establishments?q=laochen").json == []
