"""Where a document breaks across pages: headings keep what they head, the seal and its note keep what they close."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from forms.pdf import Paper, render
from workflows.handlers import FONTS

FONT = next((path for path in FONTS if path.is_file()), FONTS[0])
pytestmark = pytest.mark.skipif(
    not FONT.is_file(), reason="the browser packages, which bring the font, are not installed"
)


def pages_of(kind: str, **facts: object) -> list[str]:
    """What each page says."""
    shown = Paper(
        kind, "考核评分表", "考-001", {"authority": "柳州市市场监督管理局"} | facts, "ab" * 32, "https://x.example/v"
    )
    made = render(shown, font=FONT, images=lambda _attachment_id: None)
    return [page.extract_text() for page in PdfReader(io.BytesIO(made)).pages]


@pytest.mark.parametrize("count", range(8, 26))
def test_a_table_before_the_seal_breaks_where_the_page_ends(count: int) -> None:
    pages = pages_of("assessment_sheet", rows=[{"name": f"指标{n}号", "most": "5"} for n in range(count)])
    assert "逐项得分" in pages[0]
    assert "指标0号" in pages[0], "the heading stands without its table"
    assert f"指标{count - 1}号" in pages[-1], "the seal stands alone"
    assert "（印章）" in pages[-1]
    assert "分母为零" in pages[-1]
    assert sum(page.count("满分") for page in pages) == len(pages), "the table was broken where it need not be"


@pytest.mark.parametrize("length", range(60, 1100, 80))
def test_a_heading_moves_with_the_paragraph_that_the_seal_closes(length: int) -> None:
    pages = pages_of("accident_initial", summary="情" * 400, measures="措" * length)
    heading = next(page for page in pages if "已采取的措施" in page)
    assert "措措" in heading


def test_a_sentence_that_somebody_ended_is_not_ended_again() -> None:
    (ended,) = pages_of("recall_order", order_text="立即停止销售。")
    (open_ended,) = pages_of("recall_order", order_text="立即停止销售")
    assert "现责令你单位：立即停止销售。" in ended.replace("\n", "")
    assert "。。" not in ended
    assert "立即停止销售。" in open_ended.replace("\n", "")
