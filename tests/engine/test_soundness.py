"""No model is accepted that then stands still with nothing open, and none refused that is right by construction."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.neighbours import ModelRefusedError, compiled_with_neighbours
from tests.engine.random_nets import blocks, played, wild_bodies
from tests.engine.toys import model

WILD = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))


@WILD
@given(body=wild_bodies(), seed=st.integers(0, 2**16))
def test_whatever_is_accepted_never_stands_still(body: str, seed: int) -> None:
    try:
        compiled = compiled_with_neighbours(model("p", body), None)
    except ModelRefusedError as error:
        assert all(f.element and f.zh and f.en for f in error.findings)
        return
    for extra in range(3):
        moved, places = played(compiled, seed + extra)
        assert moved, places


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), size=st.integers(1, 14))
def test_nets_made_of_blocks_are_never_refused_and_never_stand_still(seed: int, size: int) -> None:
    compiled = compiled_with_neighbours(blocks(seed, size), None)
    moved, places = played(compiled, seed)
    assert moved, places
