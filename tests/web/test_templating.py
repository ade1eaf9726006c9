"""What templates do with texts and rows."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace

import pytest

from records.base import Moment
from web.templating import runs, without_codes


@pytest.mark.parametrize(
    ("ground", "said"),
    [
        (
            "监督检查管理办法第23条：由2名以上监管人员参加（R-INS-06）。",
            "监督检查管理办法第23条：由2名以上监管人员参加。",
        ),
        ("食品安全法第一百零三条（R-EMG-02、R-EMG-12）。", "食品安全法第一百零三条。"),
        ("Accident grading (R-EMG-01).", "Accident grading."),
        ("行政处罚法第57条（九十日）。", "行政处罚法第57条（九十日）。"),
    ],
)
def test_a_ground_is_told_without_the_codes_of_our_rules(ground: str, said: str) -> None:
    assert without_codes(ground) == said


def test_rows_that_follow_each_other_and_agree_are_told_together() -> None:
    rows = [SimpleNamespace(kind=kind, who="韦检") for kind in ("item", "item", "paper", "item")]
    assert [[row.kind for row in run] for run in runs(rows, "kind", "who")] == [["item", "item"], ["paper"], ["item"]]
    assert runs([], "kind") == []


def test_lists_and_filters_know_a_moment_for_one() -> None:
    assert Moment().python_type is datetime
