"""Ranking what was scored: among peers, ties on one rank, vetoed subjects without one; grades by lowest points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from records.assessment_points import CENT
from records.assessments import AssessmentSubject


class Grade(StrEnum):
    """The grades, the best first."""

    EXCELLENT = "excellent"
    GOOD = "good"
    PASSED = "passed"
    FAILED = "failed"


def grade_of(points: Decimal, lowest: Mapping[str, float], *, is_vetoed: bool) -> Grade:
    """The best grade whose lowest points are reached; the last one for who is vetoed."""
    if is_vetoed:
        return Grade.FAILED
    reached = (grade for grade in Grade if grade in lowest and points >= Decimal(str(lowest[grade])))
    return next(reached, Grade.FAILED)


def ranks(points: Mapping[str, Decimal]) -> dict[str, int]:
    """The rank of each: equal points share one, and as many of the following are left out (1, 2, 2, 4)."""
    return {key: 1 + sum(other > own for other in points.values()) for key, own in points.items()}


def mean(points: Iterable[Decimal]) -> Decimal | None:
    """The mean, to the cent; None of nothing."""
    known = list(points)
    return (sum(known, Decimal(0)) / len(known)).quantize(CENT, ROUND_HALF_UP) if known else None


def weighted_mean(points: Sequence[tuple[Decimal, Decimal]]) -> Decimal | None:
    """The mean of points, each with its weight (the part of its month on which the subject was there)."""
    whole = sum((weight for _each, weight in points), Decimal(0))
    if whole == 0:
        return None
    return (sum((each * weight for each, weight in points), Decimal(0)) / whole).quantize(CENT, ROUND_HALF_UP)


def closest_two(three: Sequence[Decimal]) -> tuple[int, int]:
    """Which two of three scores lie closest together; of equals, the two higher ones."""
    pairs = ((0, 1), (0, 2), (1, 2))
    return min(pairs, key=lambda pair: (abs(three[pair[0]] - three[pair[1]]), -three[pair[0]] - three[pair[1]]))


def by_peers(subjects: Iterable[AssessmentSubject]) -> dict[str, list[AssessmentSubject]]:
    """Subjects by the group that each is compared with."""
    groups: dict[str, list[AssessmentSubject]] = {}
    for subject in subjects:
        groups.setdefault(subject.peer_group, []).append(subject)
    return groups


def peer_ranks(group: Sequence[AssessmentSubject]) -> dict[str, int]:
    """The ranks within a group of peers; who is vetoed has none."""
    return ranks({one.id: one.final_points or Decimal(0) for one in group if one.veto is None})
