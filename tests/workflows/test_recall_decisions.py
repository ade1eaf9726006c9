"""The decision tables of recalls: every case has exactly one answer."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from feel.dmn import parse_decisions

RECALL = parse_decisions((Path(__file__).parents[2] / "bpmn" / "recall.dmn").read_bytes())


@pytest.mark.parametrize(
    ("given", "harm"), list(product(("none", "I", "II", "III"), ("serious", "general", "label")))
)  # fmt: skip
def test_r_rec_01_to_03_every_recall_has_one_class(given: str, harm: str) -> None:
    result = RECALL.evaluate("recall_class", {"begin_recall": {"given_class": given, "harm": harm}})
    assert len(result.matched_rules) == 1
    assert result.value == (given if given != "none" else {"serious": "I", "general": "II", "label": "III"}[harm])


@pytest.mark.parametrize(
    ("is_recovered", "is_reached", "decision"),
    [(True, True, "close"), (False, True, "continue"), (True, False, "extend"), (False, False, "extend")],
)
def test_r_rec_10_the_effect_says_how_it_goes_on(is_recovered: bool, is_reached: bool, decision: str) -> None:
    facts = {"is_recovered": is_recovered, "is_reached": is_reached}
    result = RECALL.evaluate("recall_effectiveness", {"reconcile": facts})
    assert (result.value, len(result.matched_rules)) == (decision, 1)
