"""The draw of a re-test laboratory: fair, committed to, and done again by anybody."""

from __future__ import annotations

import hashlib
from collections import Counter

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from records.retest_draw import ALGORITHM, commitment_of, first_difference, ranked, seed_of
from records.sampling import RetestDraw

POOL = [{"id": f"01LAB{number:021d}", "name": f"{number}所", "accreditation_no": f"CMA{number}"} for number in range(6)]


def drawn(hidden: str = "ab" * 32, given_number: str = "20261118") -> RetestDraw:
    seed = seed_of(hidden, given_number)
    ranking = ranked(POOL, seed)
    from_pool = {"pool": POOL}
    return RetestDraw(
        status="drawn", algorithm=ALGORITHM, pool=POOL, excluded=[], pool_hash=_hash(from_pool), hidden=hidden,
        commitment=commitment_of(POOL, hidden), given=given_number, seed=seed, ranking=ranking,
        chosen_id=ranking[0]["id"],
    )  # fmt: skip


def _hash(content: dict[str, object]) -> str:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def test_a_draw_is_done_again_from_its_record() -> None:
    assert first_difference(drawn()) is None


def test_the_first_part_that_was_changed_is_named() -> None:
    for part, changed in (
        ("pool", {"pool": POOL[:5]}),
        ("commitment", {"hidden": "cd" * 32}),
        ("seed", {"given": "20261119"}),
        ("ranking", {"ranking": ranked(POOL, seed_of("x", "y"))}),
        ("chosen_id", {"chosen_id": POOL[0]["id"] if drawn().chosen_id != POOL[0]["id"] else POOL[1]["id"]}),
    ):
        draw = drawn()
        for name, value in changed.items():
            setattr(draw, name, value)
        assert first_difference(draw) == part


@given(hidden=st.text(alphabet="0123456789abcdef", min_size=64, max_size=64), number=st.text(min_size=8, max_size=20))
@settings(max_examples=200)
def test_whoever_is_drawn_is_in_the_list(hidden: str, number: str) -> None:
    ranking = ranked(POOL, seed_of(hidden, number))
    assert sorted(one["id"] for one in ranking) == [one["id"] for one in POOL]
    assert [one["mac"] for one in ranking] == sorted(one["mac"] for one in ranking)


def test_every_laboratory_has_the_same_chance() -> None:
    rounds = 6000
    counts = Counter(ranked(POOL, seed_of("00" * 32, str(number)))[0]["id"] for number in range(rounds))
    expected = rounds / len(POOL)
    chi_square = sum((counts[one["id"]] - expected) ** 2 / expected for one in POOL)
    assert chi_square < 20.5  # 5 degrees of freedom, p = 0.001
