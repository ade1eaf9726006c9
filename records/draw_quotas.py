"""How many of each stratum a round draws, and how a decision about a pool that is too small changes that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from records.draw_objects import MANDATORY
from records.plans import PlanStratum


def quotas_of(
    strata: Iterable[PlanStratum],
    objects: Iterable[Mapping[str, Any]],
    number: int,
    rounds: int,
    allowance: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """``{stratum, count}``: the arrears first (R-INS-05), spread over the rounds that are left, then the plan's strata.

    ``objects``: the pool. What is drawn of the arrears counts for the strata it would be in otherwise. ``allowance``:
    ``cut`` takes what there is, ``shift`` takes what one stratum lacks from others of the same kind, the riskier first.
    """
    rows = list(objects)
    there, owed = Counter(row["stratum"] for row in rows), Counter(row.get("of") for row in rows)
    left = max(1, rounds - number + 1)
    arrears = -(-there[MANDATORY] // left)
    shares = {each.code: _share(each.quota, number, rounds) for each in strata if each.quota}
    wanted = {code: max(0, share - owed[code] // left) for code, share in shares.items()}
    decision = allowance.get("decision")
    if decision == "shift":
        wanted = _shifted(wanted, there)
    if decision in ("shift", "cut"):
        wanted = {code: min(count, there.get(code, 0)) for code, count in wanted.items()}
    counts = {MANDATORY: arrears, **dict(sorted(wanted.items()))}
    most = allowance.get("most")
    if decision == "cut" and isinstance(most, int):
        counts = _at_most(counts, most)
    return [{"stratum": code, "count": count} for code, count in counts.items() if count]


def _share(quota: int, number: int, rounds: int) -> int:
    """What of a plan's quota falls to one of its rounds, so that all of them together give the quota."""
    return quota * number // rounds - quota * (number - 1) // rounds


def _shifted(wanted: Mapping[str, int], there: Mapping[str, int]) -> dict[str, int]:
    """What is missing in a stratum is drawn in others of its kind, grade D before A."""
    counts = dict(wanted)
    for code in wanted:
        missing = max(0, wanted[code] - there.get(code, 0))
        kind = code.partition("/")[0]
        for other in sorted(counts, reverse=True):
            taken = min(missing, max(0, there.get(other, 0) - counts[other]))
            if other != code and other.partition("/")[0] == kind and taken:
                counts[other] += taken
                missing -= taken
    return counts


def _at_most(counts: Mapping[str, int], most: int) -> dict[str, int]:
    """Fewer in all, the last strata first; the arrears are cut last."""
    kept, left = {}, most
    for code, count in counts.items():
        kept[code] = min(count, left)
        left -= kept[code]
    return kept
