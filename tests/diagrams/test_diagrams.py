"""Every model's diagram is in order."""

from pathlib import Path

import pytest

from tools.diagram_check import check

ROOT = Path(__file__).parents[2]
MODELS = sorted([*(ROOT / "bpmn").glob("*.bpmn"), *(ROOT / "tests" / "diagrams" / "models").glob("*.bpmn")])


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_the_diagram_is_in_order(path: Path):
    assert check(path) == []
