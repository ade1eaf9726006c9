"""The markup of announcements: a subset, safe whatever is given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.markup import as_paragraphs, clean_markup, markup_faults, plain_text

BLNS = Path(__file__).parents[3] / "shared" / "conformance" / "blns.json"
ATTACKS = [
    "<script>alert(1)</script>",
    "<p onclick=alert(1)>a</p>",
    '<a href="javascript:alert(1)">a</a>',
    '<a href="java\nscript:alert(1)">a</a>',
    '<a href="data:text/html,x">a</a>',
    '<a href="//evil.example">a</a>',
    "<img src=x onerror=alert(1)>",
    "<iframe src=x></iframe>",
    "<svg/onload=alert(1)>",
    "<style>p{}</style>",
    "<!-- hidden -->",
    "<?php 1 ?>",
    "<form action=x>",
    '<p style="display:none">a</p>',
    "<math><mi></math>",
]


@pytest.mark.parametrize("markup", ATTACKS)
def test_r_pub_injected_markup_is_named_and_does_not_survive(markup: str) -> None:
    assert markup_faults(markup)
    safe = clean_markup(markup)
    assert markup_faults(safe) == []
    assert "alert" not in safe or "<script" not in safe


def test_the_subset_stays_as_it_is() -> None:
    markup = "<h2>通告</h2><p>第<strong>一</strong>条</p><ul><li>甲</li></ul>"
    markup += "<table><tbody><tr><td>乙</td></tr></tbody></table>"
    assert markup_faults(markup) == []
    assert clean_markup(markup) == markup


def test_links_get_no_referrer() -> None:
    assert 'rel="nofollow noopener noreferrer"' in clean_markup('<p><a href="https://example.org">链接</a></p>')


def test_plain_text_is_a_line_for_each_block() -> None:
    assert plain_text("<h2>一</h2><p>二 &lt;三&gt;</p><ul><li>四</li></ul>") == "一\n二 <三>\n四"
    assert plain_text(as_paragraphs("甲 < 乙\n\n丙 & 丁")) == "甲 < 乙\n丙 & 丁"


@given(st.text(max_size=300))
def test_whatever_is_cleaned_is_safe_and_stays(text: str) -> None:
    safe = clean_markup(text)
    assert markup_faults(safe) == []
    assert clean_markup(safe) == safe
    assert markup_faults(as_paragraphs(text)) == []


@pytest.mark.skipif(not BLNS.exists(), reason="the list of naughty strings is not here")
def test_naughty_strings_are_harmless() -> None:
    for text in json.loads(BLNS.read_text("utf-8")):
        assert markup_faults(clean_markup(text)) == [], text
        assert markup_faults(as_paragraphs(text)) == [], text
