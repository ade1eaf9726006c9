"""The papers of sampling: what each says, printed by the worker."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from engine.jobs import run_due
from records.documents import Document
from records.settings import Settings
from tests.workflows.sampling_story import SamplingStory
from workflows.handlers import FONTS, handlers

FONT = next((path for path in FONTS if path.is_file()), FONTS[0])
pytestmark = pytest.mark.skipif(not FONT.is_file(), reason="the font comes with the browser packages")


def printed(told: SamplingStory) -> dict[str, str]:
    """What the case's papers say, by kind."""
    run_due(told.database, told.engine, handlers(Settings(), told.blobs, told.clock), told.clock, 60)
    with told.database.reading() as session:
        papers = session.scalars(select(Document).where(Document.process_instance_id == told.case)).all()
        texts = {}
        for paper in papers:
            assert paper.status == "issued"
            with told.blobs.open(paper.sha256 or "") as file:
                pages = PdfReader(io.BytesIO(file.read())).pages
            texts[paper.kind] = "".join(page.extract_text() for page in pages).replace("\n", "")
        return texts


def test_every_paper_of_a_re_test_says_what_was_done(picked: SamplingStory) -> None:
    picked.until_failed()
    picked.object()
    picked.send_spare()
    picked.retest("0.11")
    texts = printed(picked)
    lacking = [(kind, part) for kind, parts in SAID.items() for part in parts if part not in texts[kind]]
    assert lacking == []
    draw = picked.draw()
    for part in (draw.commitment, draw.seed, draw.hidden, draw.given):
        assert (part or "?") in texts["retest_draw"].replace(" ", "")


SAID = {
    "sampling_form": ["监督抽检抽样单", "封001A", "备用样品", "400克/袋", "48 元", "成品库", "6 袋", "陈桂英"],
    "sampling_notice": ["不收取检验费用", "七个工作日", "复检不得采用快速检测方法"],
    "test_failure": ["不合格告知书", "铅 0.35 mg/kg", "申请复检", "2026-11-27"],
    "retest_draw": ["随机抽取记录", "初检机构", "HMAC-SHA256", "二所"],
    "retest_result": ["复检结果通知书", "■ 合格", "1200 元", "监管部门承担", "≤ 0.2"],
}


def test_the_result_of_a_good_sample_says_how_long_its_spare_is_kept(picked: SamplingStory) -> None:
    picked.begin()
    picked.take()
    picked.ship()
    picked.receive()
    picked.report()
    said = printed(picked)["test_result"]
    assert all(part in said for part in ("■ 合格", "2027年2月18日", "JC-2026-001", "GB 5009.12—2023"))
