"""The decision tables of announcements: each case has one answer, and it is the lawful one (R-EMG-11)."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from feel.dmn import parse_decisions
from records.announcements import DISCLOSURES, AnnouncementKind

TABLES = parse_decisions((Path(__file__).parents[2] / "bpmn" / "announcement.dmn").read_bytes())
LEVELS, GRADES = ("province", "city", "district"), ("none", "I", "II", "III", "IV")
WARNINGS = (AnnouncementKind.RECALL, AnnouncementKind.CONSUMER_WARNING, AnnouncementKind.EMERGENCY)


def decide(decision: str, **context: Any) -> tuple[Any, int]:
    result = TABLES.evaluate(decision, context)
    return result.value, len(result.matched_rules)


@pytest.mark.parametrize(("kind", "level", "grade"), list(product(AnnouncementKind, LEVELS, GRADES)))
def test_r_emg_11_who_may_release(kind: AnnouncementKind, level: str, grade: str) -> None:
    value, rules = decide("release_authority", automatic_checks={"kind": kind.value, "level": level, "grade": grade})
    assert rules == 1
    if kind is AnnouncementKind.EMERGENCY and grade in ("I", "II") and level != "province":
        assert value == "forbidden"  # Food Safety Law art. 118: released by the authorised level only
    elif kind in (AnnouncementKind.EMERGENCY, AnnouncementKind.CONSUMER_WARNING) and level == "district":
        assert value == "superior"
    else:
        assert value == "own"


@pytest.mark.parametrize(
    ("kind", "reach", "urgency"),
    list(product(AnnouncementKind, ("few", "many", "public"), ("normal", "urgent", "emergency"))),
)
def test_how_many_approve(kind: AnnouncementKind, reach: str, urgency: str) -> None:
    context = {"automatic_checks": {"kind": kind.value, "reach": reach}, "draft": {"urgency": urgency}}
    value, rules = decide("approval_chain", **context)
    assert rules == 1
    assert value["mode"] == ("at_once" if urgency == "emergency" else "in_turn")
    if urgency == "emergency" or kind in WARNINGS:
        assert value["approvers"] == 3
    elif reach == "public":
        assert value["approvers"] == 2
    elif kind in DISCLOSURES or reach == "few" or urgency == "urgent":
        assert value["approvers"] == 1
    else:
        assert value["approvers"] == 2
