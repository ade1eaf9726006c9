"""Documents on paper: what they say, that nothing a person typed can bend them, that they are printed once."""

from __future__ import annotations

import io
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from engine.jobs import run_due
from engine.model import Job, JobKind, JobState
from forms.pdf import FontMissingError, Paper, UnknownKindError, page, render
from forms.pdf.text import NEVER_FIRST, NEVER_LAST, Style, clean, wrap
from records.documents import Document
from records.settings import Mail, Settings
from tests.workflows.story import Story
from workflows.handlers import FONTS, Postman, handlers

SERIOUS = {"severity": "serious", "fixed_on_spot": False}
FONT = next((path for path in FONTS if path.is_file()), FONTS[0])
pytestmark = pytest.mark.skipif(
    not FONT.is_file(), reason="the browser packages, which bring the font, are not installed"
)


def text_of(pdf: bytes) -> str:
    """Everything a PDF says, without line breaks."""
    return "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(pdf)).pages).replace("\n", "")


def paper(kind: str = "order_to_correct", **facts: Any) -> Paper:
    """An order to correct that says these facts."""
    said = {"authority": "柳州市鱼峰区市场监督管理局", "establishment": {"name": "老陈米粉厂"}, "findings": []} | facts
    return Paper(
        kind, "责令改正通知书", "检-450203-20261118-001-令1", said, "ab" * 32, "https://sujian.example/verify/01k"
    )


def printed(shown: Paper) -> bytes:
    """The PDF without any picture."""
    return render(shown, font=FONT, images=lambda _attachment_id: None)


@pytest.fixture
def closed(story: Story) -> Iterator[Story]:
    """A case with every kind of document, printed by the worker."""
    story.until_order({story.item(is_key=False): SERIOUS}, "basically")
    story.submit()
    story.review("yes")
    settings = Settings(public_url="https://sujian.example")
    run_due(story.database, story.engine, handlers(settings, story.blobs, story.clock), story.clock, 50)
    yield story


def test_every_document_of_a_case_is_printed_and_issued(closed: Story) -> None:
    with closed.database.reading() as session:
        documents = {each.kind: each for each in session.scalars(select(Document))}
        jobs = session.scalars(select(Job).where(Job.kind == JobKind.DOCUMENT)).all()
    assert set(documents) == {"checklist", "order_to_correct", "recheck_record", "result_sheet", "task_letter"}
    assert {each.status for each in documents.values()} == {"issued"}
    assert {job.state for job in jobs} == {JobState.DONE}


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("task_letter", ["食品生产经营监督检查任务书", "老陈米粉厂", "韦检", "覃协", "第二十四条", "年度监督检查计划"]),
        ("result_sheet", ["■ 基本符合", "陈桂英", "限期整改", "现场与要求不符", "10 个工作日"]),
        ("checklist", ["资质与责任", "★", "不符合", "合计"]),
        ("order_to_correct", ["10 个工作日内改正", "2026年12月2日", "行政复议"]),
        ("recheck_record", ["■ 远程复查", "整改到位", "已补齐凭证", "第 1 次"]),
    ],
)
def test_each_document_says_what_it_should(closed: Story, kind: str, said: list[str]) -> None:
    with closed.database.reading() as session:
        document = session.scalars(select(Document).where(Document.kind == kind)).one()
    with closed.blobs.open(document.sha256 or "") as stream:
        text = text_of(stream.read())
    for words in (*said, document.no or "", document.facts_hash, f"https://sujian.example/verify/{document.token}"):
        assert words in text, words


def test_the_document_numbers_count_by_kind(closed: Story) -> None:
    with closed.database.reading() as session:
        numbers = {each.kind: each.no for each in session.scalars(select(Document))}
    number = closed.instance().business_key
    assert numbers["task_letter"] == f"{number}-任1"
    assert numbers["order_to_correct"] == f"{number}-令1"


def test_the_same_document_is_always_the_same_bytes() -> None:
    assert printed(paper()) == printed(paper())


def test_what_people_type_is_text_never_markup() -> None:
    note = "<b>粗体</b> <img src='x'/> & {authority} <a href='http://evil'>链接</a>"
    row = {"code": "1-1", "text": "要点", "note": note, "basis": ""}
    text = text_of(printed(paper(findings=[row])))
    assert "<b>粗体</b>" in text.replace(" ", "")
    assert "{authority}" in text


def test_a_word_without_end_is_cut_and_printed_quickly() -> None:
    begun = perf_counter()
    pdf = printed(paper(findings=[{"code": "1-1", "text": "x" * 200_000, "note": "长" * 200_000, "basis": ""}]))
    assert perf_counter() - begun < 5
    assert len(PdfReader(io.BytesIO(pdf)).pages) < 20


def test_control_characters_and_unknown_glyphs_do_not_reach_the_paper() -> None:
    page.load_fonts(FONT)
    assert clean("a\x00b\x1bc\u202e米\U0001f600", page.REGULAR) == "abc米〓"


def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one() -> None:
    page.load_fonts(FONT)
    text = (
        "根据《中华人民共和国食品安全法》（以下简称“本法”），责令你单位改正；逾期不改的，依照第一百三十四条处理。" * 4
    )
    for width in range(60, 300, 7):
        lines = wrap(text, Style(page.REGULAR), width)
        assert "".join(lines) == text
        assert not [line for line in lines if line[0] in NEVER_FIRST or line[-1] in NEVER_LAST]


def test_numbers_are_not_broken_across_lines() -> None:
    page.load_fonts(FONT)
    lines = wrap("通知书编号为检-450203-20261118-021的责令改正通知书", Style(page.REGULAR), 120)
    assert any("450203-20261118-021" in line for line in lines)


def test_a_broken_picture_leaves_an_empty_field() -> None:
    signed = paper("checklist", signatures={"lead": "a", "second": "b"}, items=[], counts={}, inspectors=[])
    assert render(signed, font=FONT, images=lambda _attachment_id: b"not a picture").startswith(b"%PDF")


def test_an_unknown_kind_of_document_is_refused() -> None:
    with pytest.raises(UnknownKindError):
        printed(paper("love_letter"))


def test_without_the_font_nothing_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page.pdfmetrics, "getRegisteredFontNames", list)
    with pytest.raises(FontMissingError):
        render(paper(), font=Path("nowhere.ttf"), images=lambda _attachment_id: None)


def test_the_business_is_written_to_when_there_is_a_mail_host(story: Story) -> None:
    sent: list[EmailMessage] = []
    story.give_address("chen@plant.cn")
    story.assign()
    mail = Mail(host="mail.example", sender="sujian@example.cn")
    postman = Postman(mail, story.clock, lambda _mail, messages: sent.extend(messages))
    run_due(story.database, story.engine, {JobKind.NOTIFICATION: postman.send_mail}, story.clock)
    [message] = sent
    assert message["To"] == "chen@plant.cn"
    assert "2026年11月18日" in message.get_content()


def test_without_a_mail_host_nothing_is_sent(story: Story) -> None:
    story.assign()
    run_due(story.database, story.engine, handlers(Settings(), story.blobs, story.clock), story.clock)
    with story.database.reading() as session:
        assert set(session.scalars(select(Job.state).where(Job.kind == JobKind.NOTIFICATION))) == {JobState.DONE}
