"""The decision tables of problem handling and penalties: complete, and lawful."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from feel.dmn import parse_decisions
from records.problems import Hazard, ProblemSource

MODELS = Path(__file__).parents[2] / "bpmn"
PROBLEM = parse_decisions((MODELS / "problem_handling.dmn").read_bytes())
PENALTY = parse_decisions((MODELS / "penalty.dmn").read_bytes())
COUNTS = (0, 1, 29, 30, 500)


def triage(**changes: Any) -> dict[str, Any]:
    facts = {"dead": 0, "ill": 0, "population": "general", "hazard": "other", "source": "complaint"} | changes
    value: dict[str, Any] = PROBLEM.evaluate("problem_triage", {"open_problem": facts}).value
    return value


@pytest.mark.parametrize(
    ("dead", "ill", "population", "source"),
    list(product((0, 1), COUNTS, ("general", "vulnerable"), list(ProblemSource))),
)
def test_every_problem_has_a_level_and_people_come_first(dead: int, ill: int, population: str, source: str) -> None:
    for hazard in Hazard:
        value = triage(dead=dead, ill=ill, population=population, source=source, hazard=hazard.value)
        assert value["level"] in (1, 2, 3, 4)
        gravest = dead > 0 or ill >= 30 or (ill > 0 and population == "vulnerable")
        assert (value["level"] == 1) is gravest
        urgent = gravest or ill > 0 or source == "hospital"
        assert value["rule"] == ("R-PRB-URGENT" if urgent else "R-CMP-01-VERIFY")


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({"hazard": "additive", "population": "vulnerable"}, 2),
        ({"hazard": "microbial"}, 3),
        ({"hazard": "spoiled"}, 3),
        ({"hazard": "label"}, 4),
        ({"hazard": "documents", "population": "vulnerable"}, 4),
    ],
)
def test_without_anybody_ill_the_hazard_decides(changes: dict[str, Any], level: int) -> None:
    assert triage(**changes)["level"] == level


@pytest.mark.parametrize(
    ("cause", "level", "left", "crime", "is_local", "expected"),
    [
        ("process", 3, 0, "no", True, ["rectify", "penalty"]),
        ("adulteration", 1, 4, "yes", True, ["rectify", "recall", "transfer", "warning"]),
        ("material", 2, 2, "no", False, ["recall", "transfer", "warning"]),
        ("label", 3, 5, "no", True, ["rectify", "penalty"]),
        ("consumer", 2, 0, "no", True, []),
        ("unknown", 2, 3, "no", True, ["recall", "warning"]),
        ("process", 4, 9, "no", True, ["rectify", "penalty"]),
    ],
)
def test_what_follows_from_a_determination(
    cause: str, level: int, left: int, crime: str, is_local: bool, expected: list[str]
) -> None:
    context = {
        "record_determination": {"cause_code": cause, "lots_on_market": left, "is_local": is_local},
        "set_level": {"level": level},
        "determination": {"suspected_crime": crime},
    }
    assert PROBLEM.evaluate("problem_outcome", context).value == expected


@pytest.mark.parametrize(
    ("kinds", "fine", "confiscated", "is_complex", "expected"),
    [
        (["warning"], None, None, False, (False, False, False)),
        (["fine"], 99999.99, None, False, (False, False, False)),
        (["fine"], 100000, None, False, (True, True, True)),
        (["fine", "confiscate"], 60000, 40000, False, (True, True, True)),
        (["suspend"], None, None, False, (True, True, True)),
        (["revoke"], None, None, False, (True, True, True)),
        (["restrict", "warning"], None, None, False, (True, True, True)),
        (["fine"], 500, None, True, (False, False, True)),
    ],
)
def test_apl_57_58_63_which_penalties_are_heavy(
    kinds: list[str], fine: float | None, confiscated: float | None, is_complex: bool, expected: tuple[bool, ...]
) -> None:
    investigated = {"kinds": kinds, "fine": fine, "confiscated": confiscated, "is_complex": is_complex}
    context = {"investigate": investigated, "take_up": {"large_amount": 100000}}
    value = PENALTY.evaluate("penalty_route", context).value
    assert (value["heavy"], value["hearing"], value["collective"]) == expected
