"""The draw by itself: nobody excluded, everybody alike, always the same, and every change found by the file alone."""

from __future__ import annotations

import copy
import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from records import verify_draw
from records.verify_draw import (
    DifferenceError,
    PoolTooSmallError,
    commitment_of,
    draw,
    final,
    replace,
    sealed,
    seed_of,
    verify,
)

STRATA = {"producer/B": 7, "stall/C": 5, "mandatory": 2}
QUOTAS = {"mandatory": 1, "producer/B": 2, "stall/C": 2}


def inspector(name: str, **changes: Any) -> dict[str, Any]:
    known = {"id": name, "name": name, "certificate_no": f"证{name}", "valid_until": "2028-12-31"}
    return known | {"can_lead": True, "room": 9, "barred": [], "led": []} | changes


def parts(**changes: Any) -> dict[str, Any]:
    """What is committed to: three strata and four inspectors, with some excluded."""
    objects = [
        {"id": f"{code}-{n}", "name": f"主体{n}", "credit_code": "91", "region_code": "450203", "stratum": code}
        for code, count in STRATA.items()
        for n in range(count)
    ]
    pools = {
        "objects": sorted(objects, key=lambda row: str(row["id"])),
        "excluded_objects": [{"id": "closed-1", "name": "已注销", "reason": "closed"}],
        "inspectors": [
            inspector("i1", barred=["producer/B-1"]), inspector("i2", can_lead=False),
            inspector("i3", led=["stall/C-0"]), inspector("i4"),
        ],
        "excluded_inspectors": [{"id": "i9", "name": "过期", "reason": "expired"}],
    }  # fmt: skip
    return {
        "format": verify_draw.FORMAT,
        "algorithm": verify_draw.ALGORITHM,
        "draw": {"id": "D", "no": "抽-R1", "round": 1, "plan": "年度计划", "as_of": "2026-11-18"},
        "rules": [{"code": "R-INS-06", "value": "2", "unit": "n", "id": "r", "version": 1}],
        "settings": {"team": 2, "allowance": {}},
        "quotas": [{"stratum": code, "count": count} for code, count in QUOTAS.items()],
        "pools": pools,
    } | changes


def whole() -> dict[str, Any]:
    """A draw with one replacement, sealed."""
    document = parts()
    commitment = commitment_of(document)
    seed = seed_of(commitment, "骰子三五六二四一", "witness-lottery-0721")
    drawn = draw(document, seed)
    declared = [{"inspector": drawn[0]["lead"], "object": drawn[0]["object"], "relation": "family", "at": "t"}]
    replacements = replace(document, seed, drawn, declared)
    ceremony = {
        "operator": {"id": "lead", "name": "黄组", "part": "骰子三五六二四一"},
        "witness": {"id": "auditor", "name": "审计员", "part": "witness-lottery-0721"},
        "place": "局三楼会议室", "at": "2026-11-18T03:10:00+00:00", "seed": seed,
    }  # fmt: skip
    said = {"declarations": declared, "replacements": replacements, "final": final(drawn, replacements)}
    bound = {"commitment": {"sha256": commitment, "at": "2026-11-18T03:00:00+00:00"}}
    return sealed({**document, **bound, "ceremony": ceremony, "drawn": drawn, **said})


def seeds(count: int) -> Iterator[str]:
    return (hashlib.sha256(str(number).encode()).hexdigest() for number in range(count))


def test_r_ins_01_in_ten_thousand_seeds_nobody_excluded_is_drawn() -> None:
    document = parts()
    strata = {row["id"]: row["stratum"] for row in document["pools"]["objects"]}
    for seed in seeds(10_000):
        rows = draw(document, seed)
        assert [strata[row["object"]] for row in rows] == [row["stratum"] for row in rows]
        assert Counter(row["stratum"] for row in rows) == QUOTAS
        for row in rows:
            assert row["lead"] != row["second"] and row["lead"] in ("i1", "i3", "i4") and row["second"] != "i9"
            assert not (row["object"] == "producer/B-1" and "i1" in (row["lead"], row["second"]))
            assert not (row["object"] == "stall/C-0" and row["lead"] == "i3")


def test_r_ins_01_every_business_of_a_stratum_is_drawn_equally_often() -> None:
    document, rounds = parts(), 4_000
    drawn = Counter(row["object"] for seed in seeds(rounds) for row in draw(document, seed))
    #: the 99.9 % points of chi-square for 1, 4 and 6 degrees of freedom (sampling without repetition lies below it)
    for code, bound in {"mandatory": 10.83, "stall/C": 18.47, "producer/B": 22.46}.items():
        expected = rounds * QUOTAS[code] / STRATA[code]
        found = [drawn[f"{code}-{n}"] for n in range(STRATA[code])]
        assert sum((count - expected) ** 2 / expected for count in found) < bound, code


def test_r_ins_06_each_business_gets_two_inspectors_within_their_room() -> None:
    tight = parts()
    tight["pools"]["inspectors"] = [inspector(f"i{n}", room=3) for n in range(5)]
    for seed in seeds(300):
        load = Counter(one for row in draw(tight, seed) for one in (row["lead"], row["second"]))
        assert load.total() == 10 and max(load.values()) <= 3


@pytest.mark.parametrize(("inspectors", "what"), [([inspector("i1")], "second/"), ([], "lead/")])
def test_too_few_inspectors_are_named(inspectors: list[dict[str, Any]], what: str) -> None:
    document = parts()
    document["pools"]["inspectors"] = inspectors
    with pytest.raises(PoolTooSmallError) as short:
        draw(document, "00" * 32)
    assert short.value.what.startswith(what)


def test_a_stratum_with_too_few_businesses_is_named() -> None:
    with pytest.raises(PoolTooSmallError) as short:
        draw(parts(quotas=[{"stratum": "stall/C", "count": 6}]), "00" * 32)
    assert (short.value.what, short.value.needed, short.value.found) == ("stall/C", 6, 5)


def test_r_ins_07_who_declares_an_interest_gives_way_to_the_next_in_the_same_order() -> None:
    document, seed = parts(), next(seeds(1))
    drawn = draw(document, seed)
    declared = [{"inspector": drawn[1]["second"], "object": drawn[1]["object"]}]
    (only,) = replace(document, seed, drawn, declared)
    assert only["out"] == drawn[1]["second"] and only["in"] not in (drawn[1]["lead"], drawn[1]["second"])
    assert only == replace(document, seed, drawn, declared)[0]
    assert final(drawn, [only])[1]["second"] == only["in"]


def test_the_seed_depends_on_both_and_on_the_commitment() -> None:
    first = seed_of("c" * 64, "operator", "witness1")
    assert len({first, seed_of("d" * 64, "operator", "witness1"), seed_of("c" * 64, "operator", "witness2")}) == 3
    with pytest.raises(ValueError, match="less than 8"):
        seed_of("c" * 64, "operator", "short")


def test_the_same_document_always_matches() -> None:
    document = whole()
    verify(document)
    verify(json.loads(json.dumps(document)), document["commitment"]["sha256"])


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Path, container and key of everything in a document that holds nothing else."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        place = f"{path}.{key}".lstrip(".") if isinstance(value, dict) else f"{path}[{key}]"
        if isinstance(inner, dict | list) and inner:
            yield from leaves(inner, place)
        else:
            yield place, value, key


def changed(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else f"{value}x" if isinstance(value, str) else ["x"]


def test_every_single_change_is_found_and_named() -> None:
    count = len(list(leaves(whole())))
    assert count > 150
    for number in range(count):
        document = copy.deepcopy(whole()) if number == 0 else whole()
        place, container, key = list(leaves(document))[number]
        container[key] = changed(container[key])
        with pytest.raises(DifferenceError) as found:
            verify(document)
        assert place.startswith(found.value.where), f"{place} was changed, {found.value.where} is named"


@pytest.mark.parametrize(
    ("place", "value", "named"),
    [
        ("pools.objects", "drop", "commitment.sha256"),
        ("ceremony.operator", {"id": "lead", "name": "黄组", "part": "another one"}, "ceremony.seed"),
        ("ceremony.witness", {"id": "lead", "name": "黄组", "part": "witness-lottery-0721"}, "ceremony.witness"),
        ("ceremony.at", "2026-11-18T02:00:00+00:00", "ceremony.at"),
        ("drawn", "drop", "drawn (rows)"),
        ("drawn", "swap", "drawn[0].second"),
        ("replacements", "drop", "replacements (rows)"),
        ("final", "swap", "final[0].second"),
    ],
)
def test_a_forger_who_seals_again_is_found_by_drawing_again(place: str, value: Any, named: str) -> None:
    document = verify_draw.content_of(whole())
    *above, last = place.split(".")
    inside = document[above[0]] if above else document
    if value == "drop":
        inside[last] = inside[last][:-1]
    elif value == "swap":
        inside[last][0]["second"] = "i9"
    else:
        inside[last] = value
    with pytest.raises(DifferenceError) as found:
        verify(sealed(document))
    assert found.value.where == named


def test_another_draw_does_not_match_the_published_commitment() -> None:
    with pytest.raises(DifferenceError) as found:
        verify(whole(), "0" * 64)
    assert found.value.where == "commitment.sha256"


@pytest.mark.parametrize("nonsense", [{}, {"format": verify_draw.FORMAT}, {**whole(), "drawn": None}])
def test_what_is_no_draw_is_said_to_be_none(nonsense: dict[str, Any]) -> None:
    with pytest.raises(DifferenceError):
        verify(nonsense)


def alone(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The verifier by itself: no site, no environment, nothing of ours beside it."""
    return subprocess.run([sys.executable, "-I", *arguments], capture_output=True, text=True, check=False, timeout=30)


def test_the_file_alone_verifies_and_names_the_first_difference(tmp_path: Path) -> None:
    script = tmp_path / "verify_draw.py"
    script.write_bytes(Path(verify_draw.__file__).read_bytes())
    document = whole()
    (tmp_path / "draw.json").write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    good = alone(str(script), str(tmp_path / "draw.json"), document["commitment"]["sha256"])
    assert good.returncode == 0 and good.stdout.startswith("MATCH 抽-R1: 5 drawn, 1 replaced")
    document["drawn"][2]["object"] = "closed-1"
    (tmp_path / "draw.json").write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    bad = alone(str(script), str(tmp_path / "draw.json"))
    assert bad.returncode == 1 and bad.stdout.startswith("DIFFERENCE drawn[2]: was changed")
    (tmp_path / "draw.json").write_text("{", "utf-8")
    assert alone(str(script), str(tmp_path / "draw.json")).returncode == 2
