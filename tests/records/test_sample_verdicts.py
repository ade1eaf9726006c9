"""What hazard a failed report is, from the categories of its items."""

from __future__ import annotations

import pytest

from records.problems import Hazard
from records.sample_verdicts import HAZARD_OF, ItemCategory, hazard_of_items


def test_every_category_is_a_hazard() -> None:
    assert set(HAZARD_OF) == set(ItemCategory)


@pytest.mark.parametrize(
    ("failed", "hazard"),
    [
        (["microbial"], "microbial"),
        (["pesticide"], "chemical"),
        (["veterinary"], "chemical"),
        (["contaminant"], "chemical"),
        (["additive"], "additive"),
        (["illegal"], "additive"),
        (["label", "quality"], "label"),
        (["quality", "microbial", "additive"], "microbial"),  # the gravest
        ([None, "spoilage"], "spoiled"),
        ([None], "other"),
        ([], "other"),
    ],
)
def test_the_gravest_failure_names_the_hazard(failed: list[str | None], hazard: str) -> None:
    assert hazard_of_items(ItemCategory(each) if each else None for each in failed) == Hazard(hazard)
