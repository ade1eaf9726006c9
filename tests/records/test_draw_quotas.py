"""How many of each stratum a round draws."""

from __future__ import annotations

from typing import Any

import pytest

from records.draw_quotas import quotas_of
from records.plans import PlanStratum


def strata(**quotas: int) -> list[PlanStratum]:
    return [PlanStratum(code=code.replace("_", "/"), kind=code[:-2], quota=quota) for code, quota in quotas.items()]


def pool(**counts: int) -> list[dict[str, Any]]:
    """So many businesses in each stratum; ``owed_…``: in arrears, of that stratum."""
    rows: list[dict[str, Any]] = []
    for name, count in counts.items():
        own = name.removeprefix("owed_").replace("_", "/")
        rows += [{"stratum": "mandatory", "of": own} if name.startswith("owed_") else {"stratum": own}] * count
    return rows


def counted(*given: Any) -> dict[str, int]:
    return {row["stratum"]: row["count"] for row in quotas_of(*given)}


@pytest.mark.parametrize(("number", "count"), [(1, 2), (2, 2), (3, 3)])
def test_the_rounds_together_give_the_quota_of_the_plan(number: int, count: int) -> None:
    assert counted(strata(producer_B=7), pool(producer_B=20), number, 3, {}) == {"producer/B": count}


def test_r_ins_05_arrears_are_spread_over_the_rounds_left_and_count_for_their_strata() -> None:
    given = strata(producer_B=6), pool(producer_B=20, owed_producer_B=5)
    assert counted(*given, 1, 2, {}) == {"mandatory": 3, "producer/B": 1}
    assert counted(*given, 2, 2, {}) == {"mandatory": 5}


def test_what_a_stratum_lacks_is_drawn_in_another_of_its_kind() -> None:
    given = strata(producer_B=4, producer_D=1, stall_D=1), pool(producer_B=1, producer_D=3, stall_D=9), 1, 1
    assert counted(*given, {}) == {"producer/B": 4, "producer/D": 1, "stall/D": 1}
    assert counted(*given, {"decision": "shift"}) == {"producer/B": 1, "producer/D": 3, "stall/D": 1}


def test_a_cut_takes_what_there_is_and_not_more_than_decided() -> None:
    given = strata(producer_B=4, stall_D=3), pool(producer_B=2, stall_D=9, owed_stall_C=1), 1, 1
    assert counted(*given, {"decision": "cut"}) == {"mandatory": 1, "producer/B": 2, "stall/D": 3}
    assert counted(*given, {"decision": "cut", "most": 2}) == {"mandatory": 1, "producer/B": 1}
