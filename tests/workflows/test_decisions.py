"""The decision tables: every case has exactly one answer, and it is the lawful one."""

from __future__ import annotations

from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from feel.dmn import DecisionModel, parse_decisions
from records.registry import EstablishmentKind
from records.rules import find_rule, whole_number
from tests.factories import DISTRICT

MODELS = Path(__file__).parents[2] / "bpmn"
INSPECTION = parse_decisions((MODELS / "inspection.dmn").read_bytes())
PLAN = parse_decisions((MODELS / "inspection_plan.dmn").read_bytes())
RECTIFICATION = parse_decisions((MODELS / "rectification.dmn").read_bytes())


def decide(model: DecisionModel, decision: str, **context: Any) -> tuple[Any, list[str]]:
    result = model.evaluate(decision, context)
    return result.value, list(result.matched_rules)


@pytest.mark.parametrize(
    ("is_key", "affects_safety", "severity", "repeat_count", "fixed_on_spot"),
    list(product((True, False), (True, False), ("minor", "serious"), (0, 1, 4), (True, False))),
)
def test_every_finding_has_exactly_one_disposition(
    is_key: bool, affects_safety: bool, severity: str, repeat_count: int, fixed_on_spot: bool
) -> None:
    finding = {
        "is_key": is_key,
        "affects_safety": affects_safety,
        "severity": severity,
        "repeat_count": repeat_count,
        "fixed_on_spot": fixed_on_spot,
    }
    value, rules = decide(INSPECTION, "finding_disposition", finding=finding)
    assert len(rules) == 1
    if is_key or affects_safety:  # SAMR Order 49 art. 33
        assert value["disposition"] == "investigate"
    else:
        is_trifle = severity == "minor" and repeat_count == 0 and fixed_on_spot
        assert value["disposition"] == ("on_spot" if is_trifle else "dated")
    assert (value["days"] > 0) is (value["disposition"] != "on_spot")


@pytest.mark.parametrize(
    ("segment", "kind", "template"),
    [
        ("production", "producer", "rice_noodle_producer"),
        ("catering", "catering", "catering"),
        ("sales", "canteen", "catering"),
        ("sales", "stall", "market_stall"),
        ("farm", "farm", "market_stall"),
        (None, None, "market_stall"),
    ],
)
def test_every_business_has_a_checklist(segment: str | None, kind: str | None, template: str) -> None:
    facts = {"segment": segment, "kind": kind}
    assert decide(INSPECTION, "checklist_select", gather_facts=facts)[0] == template


@pytest.mark.parametrize(
    ("has_key", "grade", "mode"),
    [
        (True, "A", "on_site"),
        (False, "A", "remote"),
        (False, "B", "remote"),
        (False, "C", "on_site"),
        (False, "D", "on_site"),
        (None, None, "remote"),
    ],
)
def test_key_items_and_high_grades_are_rechecked_on_site(has_key: bool | None, grade: str | None, mode: str) -> None:
    order = {"has_key": has_key, "risk_grade": grade}
    assert decide(RECTIFICATION, "recheck_mode", issue_order=order)[0] == mode


@pytest.mark.parametrize("grade", "ABCD")
def test_r_ins_04_each_grade_has_its_yearly_minimum(session: Session, grade: str) -> None:
    """A and B one visit, C two, D three (grading rule of 2016), by the rule that the table names."""
    rule, rules = decide(PLAN, "visit_frequency", stratum={"risk_grade": grade})
    assert rule == f"R-INS-04-{grade}" and len(rules) == 1
    assert (
        whole_number(find_rule(session, rule, date(2026, 11, 18), DISTRICT)) == {"A": 1, "B": 1, "C": 2, "D": 3}[grade]
    )


@pytest.mark.parametrize("kind", [each.value for each in EstablishmentKind])
def test_r_ins_02_the_ratio_rises_with_the_risk_and_is_never_below_the_base(kind: str) -> None:
    """SAMR Order 49 art. 21: the plan considers food category, management, safety status and risk grade."""
    found = [decide(PLAN, "sampling_ratio", layer={"risk_grade": grade, "kind": kind, "base": 5}) for grade in "ABCD"]
    assert all(len(rules) == 1 for _ratio, rules in found)
    ratios = [ratio for ratio, _rules in found]
    assert ratios == sorted(ratios) and ratios[0] == 5 and ratios[-1] == 100


@pytest.mark.parametrize("kind", ["producer", "canteen"])
def test_r_ins_03_producers_and_canteens_of_grade_c_are_key_supervision(kind: str) -> None:
    ratio = decide(PLAN, "sampling_ratio", layer={"risk_grade": "C", "kind": kind, "base": 5})[0]
    assert ratio == 2 * decide(PLAN, "sampling_ratio", layer={"risk_grade": "C", "kind": "stall", "base": 5})[0]


def test_r_ins_19_no_ratio_is_beyond_everyone() -> None:
    for grade, base in product("ABCD", (5, 40, 100)):
        ratio = decide(PLAN, "sampling_ratio", layer={"risk_grade": grade, "kind": "catering", "base": base})[0]
        assert base <= ratio <= 100
