"""The DMN Technology Compatibility Kit, where it is at hand."""

from pathlib import Path

import pytest

from bench.tck import KIT, rate, run_level

FOLDER = Path(__file__).parents[2] / KIT


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the conformance kit is not beside the repository")
@pytest.mark.parametrize(("level", "floor"), [(2, 0.99), (3, 0.95)])
def test_the_kit_passes(level, floor):
    outcomes = run_level(FOLDER, level)
    assert outcomes
    failed = [f"{o.case} {o.node}: {o.expected!r} != {o.actual!r}" for o in outcomes if not o.passed]
    assert rate(outcomes) >= floor, "\n".join(failed)
