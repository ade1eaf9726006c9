"""No model is accepted that then stands still with nothing open, and none refused that is right by construction.

``SUJIAN_NETS=20000`` looks at so many random models instead of a few hundred.
"""

from __future__ import annotations

import os
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.model_checks import check_model
from engine.neighbours import ModelRefusedError, compiled_with_neighbours
from engine.process_model import read_model
from tests.engine.random_nets import blocks, played, wild_bodies
from tests.engine.toys import chain, flow, model

NETS = int(os.environ.get("SUJIAN_NETS", "300"))
SETTINGS = settings(
    max_examples=NETS, deadline=None, derandomize=NETS == 300, database=None, suppress_health_check=list(HealthCheck)
)


@SETTINGS
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


@SETTINGS
@given(seed=st.integers(0, 2**32), size=st.integers(1, 14))
def test_nets_made_of_blocks_are_never_refused_and_never_stand_still(seed: int, size: int) -> None:
    compiled = compiled_with_neighbours(blocks(seed, size), None)
    moved, places = played(compiled, seed)
    assert moved, places


START = '<startEvent id="b"/>'
END = '<endEvent id="e"/>'


def verdict(body: str) -> list[tuple[str, str]]:
    return [(f.slug, f.element) for f in check_model(read_model(model("p", START + body)).processes[0])]


STALLING = {
    "a join behind a choice": (
        '<exclusiveGateway id="g" default="g__x"/><task id="x"/><task id="y"/><parallelGateway id="j"/>' + END
        + chain("b", "g", "x", "j", "e") + flow("g", "y", "true") + flow("y", "j"),
        [("deadlock", "j")],
    ),
    "a join that waits for its own way back": (
        '<parallelGateway id="j"/><userTask id="x"/><exclusiveGateway id="g" default="g__e"/>' + END
        + chain("b", "j", "x", "g", "e") + flow("g", "j", "true"),
        [("deadlock", "j")],
    ),
    "a join whose one way may be cut off": (
        '<parallelGateway id="f"/><userTask id="x"/><userTask id="y"/><parallelGateway id="j"/><endEvent id="z"/>' + END
        + '<boundaryEvent id="t" attachedToRef="x"><timerEventDefinition><timeDuration>P1D</timeDuration>'
        + "</timerEventDefinition></boundaryEvent>" + chain("b", "f", "x", "j", "e") + chain("f", "y", "j")
        + flow("t", "z"),
        [("deadlock", "j")],
    ),
    "a join inside a sub-process": (
        '<subProcess id="s"><startEvent id="sb"/><exclusiveGateway id="g" default="g__x"/><task id="x"/><task id="y"/>'
        + '<parallelGateway id="j"/><endEvent id="se"/>' + chain("sb", "g", "x", "j", "se") + flow("g", "y", "true")
        + flow("y", "j") + "</subProcess>" + END + chain("b", "s", "e"),
        [("deadlock", "j")],
    ),
    "a merge of parallel ways": (
        '<parallelGateway id="f"/><userTask id="x"/><userTask id="y"/><exclusiveGateway id="m"/><userTask id="z"/>'
        + END + chain("b", "f", "x", "m", "z", "e") + chain("f", "y", "m"),
        [("unsynchronised", "m")],
    ),
    "a reminder that leads back": (
        '<userTask id="x"/><userTask id="y"/>' + END
        + '<boundaryEvent id="t" attachedToRef="x" cancelActivity="false"><timerEventDefinition>'
        + "<timeDuration>P1D</timeDuration></timerEventDefinition></boundaryEvent>" + chain("b", "x", "y", "e")
        + flow("t", "y"),
        [("unsynchronised", "y")],
    ),
    "two inclusive joins that wait for each other": (
        '<parallelGateway id="f"/><inclusiveGateway id="i"/><inclusiveGateway id="k"/><parallelGateway id="p1"/>'
        + '<parallelGateway id="q"/><task id="x"/><task id="y"/>' + END + '<endEvent id="e2"/>'
        + chain("b", "f", "i", "p1", "e") + chain("f", "k", "q", "e2") + chain("p1", "x", "k") + chain("q", "y", "i"),
        [("endless-loop", "i")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STALLING)
def test_what_would_stall_is_refused_with_the_gateway_that_waits(name: str) -> None:
    body, expected = STALLING[name]
    assert verdict(body)[:1] == expected


FINE = {
    "parallel ways that each end": '<parallelGateway id="f"/><userTask id="x"/><userTask id="y"/>' + END
    + chain("b", "f", "x", "e") + chain("f", "y", "e"),
    "a merge just before the end": '<parallelGateway id="f"/><userTask id="x"/><userTask id="y"/>' + END
    + '<exclusiveGateway id="m"/>' + chain("b", "f", "x", "m", "e") + chain("f", "y", "m"),
    "the first to finish ends all": '<parallelGateway id="f"/><userTask id="x"/><userTask id="y"/>'
    + '<endEvent id="e"><terminateEventDefinition/></endEvent>' + chain("b", "f", "x", "e") + chain("f", "y", "e"),
    "reminders in a round": '<exclusiveGateway id="m"/><userTask id="x"/><userTask id="y"/>' + END
    + '<exclusiveGateway id="g" default="g__e"/><boundaryEvent id="t" attachedToRef="x" cancelActivity="false">'
    + "<timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition></boundaryEvent>"
    + chain("b", "m", "x", "g", "e") + flow("g", "m", "true") + chain("t", "y", "e"),
}  # fmt: skip


@pytest.mark.parametrize("name", FINE)
def test_what_always_moves_on_is_accepted(name: str) -> None:
    assert verdict(FINE[name]) == []


def ladder(ways: int) -> str:
    """So many parallel ways, each a round with a way out, and each crossing over to its neighbour's join."""
    body = '<parallelGateway id="f"/><parallelGateway id="j"/>' + END + chain("b", "f") + chain("j", "e")
    for way in range(ways):
        body += f'<exclusiveGateway id="m{way}"/><userTask id="u{way}"/><exclusiveGateway id="s{way}"'
        body += f' default="s{way}__j"/>' + chain("f", f"m{way}", f"u{way}", f"s{way}", "j")
        body += flow(f"s{way}", f"m{way}", "true")
    return body


def test_many_parallel_ways_are_looked_at_quickly() -> None:
    before = time.monotonic()
    assert verdict(ladder(60)) == []
    assert time.monotonic() - before < 5


def test_too_many_markings_are_refused_in_time() -> None:
    body = '<parallelGateway id="f"/>' + END + chain("b", "f")
    for way in range(16):
        body += f'<inclusiveGateway id="i{way}"/><inclusiveGateway id="k{way}"/>' + chain("f", f"i{way}")
        body += "".join(
            f'<userTask id="u{way}_{n}"/>' + flow(f"i{way}", f"u{way}_{n}", "true") + chain(f"u{way}_{n}", f"k{way}")
            for n in range(6)
        ) + chain(f"k{way}", "e")  # fmt: skip
    before = time.monotonic()
    assert verdict(body) in ([], [("too-complex", "p")])
    assert time.monotonic() - before < 5
