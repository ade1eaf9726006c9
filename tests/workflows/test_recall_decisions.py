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


EMERGENCY = parse_decisions((Path(__file__).parents[2] / "bpmn" / "recall_emergency.dmn").read_bytes())
AGENCY = parse_decisions((Path(__file__).parents[2] / "bpmn" / "agency_action.dmn").read_bytes())
QUIET = {
    "spread": "county",
    "is_serious": False,
    "is_new_and_spreading": False,
    "has_many_ill": False,
    "has_many_dead": False,
    "has_dead": False,
    "has_ill": False,
}


@pytest.mark.parametrize(
    ("facts", "grade"),
    [
        ({"spread": "provinces", "is_serious": True}, "I"),
        ({"spread": "cities", "is_serious": True}, "II"),
        ({"is_new_and_spreading": True}, "II"),
        ({"has_many_ill": True, "has_dead": True, "has_ill": True}, "II"),
        ({"has_many_dead": True, "has_dead": True}, "II"),
        ({"spread": "counties", "is_serious": True}, "III"),
        ({"has_many_ill": True, "has_ill": True}, "III"),
        ({"has_dead": True, "has_ill": True}, "III"),
        ({"has_ill": True}, "IV"),
        ({"is_serious": True}, "IV"),
        ({}, "none"),
    ],
)
def test_r_emg_01_the_gravest_grade_that_applies_is_proposed(facts: dict[str, object], grade: str) -> None:
    assert EMERGENCY.evaluate("accident_grade", {"grade_facts": QUIET | facts}).value == grade


def test_r_emg_01_every_accident_has_a_grade() -> None:
    names = [name for name in QUIET if name != "spread"]
    for spread, *marks in product(("county", "counties", "cities", "provinces"), *([(True, False)] * len(names))):
        facts = {"spread": spread, **dict(zip(names, marks, strict=True))}
        assert EMERGENCY.evaluate("accident_grade", {"grade_facts": facts}).value in ("I", "II", "III", "IV", "none")


@pytest.mark.parametrize(
    ("is_wanted", "grade"), list(product((True, False), ("I", "II", "III", "IV", "none", "unknown")))
)  # fmt: skip
def test_r_emg_11_only_ordinary_accidents_are_ours_to_publish(is_wanted: bool, grade: str) -> None:
    result = AGENCY.evaluate("emergency_release", {"check_release": {"is_wanted": is_wanted, "grade": grade}})
    assert len(result.matched_rules) == 1
    ours = "release" if grade in ("III", "IV", "none") else "refer_up"
    assert result.value == (ours if is_wanted else "none")
