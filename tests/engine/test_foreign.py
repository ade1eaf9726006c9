"""Files from anywhere get a verdict: no crash, no hang, and what is accepted runs.

``SUJIAN_FOREIGN=5000`` looks at so many files, ``SUJIAN_FOREIGN_SEED=7`` at others.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from engine.foreign import check_file
from engine.process_model import GATEWAYS, read_model
from engine.simulation import simulate
from tests.engine.foreign_files import MIWG, foreign_files

FILES = int(os.environ.get("SUJIAN_FOREIGN", "300"))
SEED = int(os.environ.get("SUJIAN_FOREIGN_SEED", "1"))
SECONDS = 5.0


def awaited(content: bytes, places: list[str]) -> list[str]:
    """The places that are not just gateways."""
    elements = {key: e for model in read_model(content).processes for key, e in model.elements.items()}
    return [place for place in places if elements[place].kind not in GATEWAYS - {"eventBasedGateway"}]


def test_foreign_files_get_a_verdict_in_time(tmp_path: Path) -> None:
    path = tmp_path / "m.bpmn"
    accepted = 0
    for number, content in enumerate(foreign_files(SEED, FILES)):
        path.write_bytes(content)
        before = time.process_time()
        found = check_file(path)
        outcome = simulate(content, beside=tmp_path)
        assert time.process_time() - before < SECONDS * 2, number
        assert json.dumps(found) and json.dumps(outcome, default=str)
        if found["verdict"] == "accepted":
            accepted += 1
            assert outcome["state"] in ("completed", "waiting", "incident"), number
            assert outcome["state"] != "waiting" or awaited(content, outcome["on"]), number
        else:
            assert found["reason"] and found["reason_zh"] and found["slug"], number
    assert accepted > FILES // 50


@pytest.mark.skipif(not MIWG.is_dir(), reason="the interchange group's models are not here")
def test_the_interchange_models_run_or_are_refused_with_element_and_reason() -> None:
    for path in sorted(MIWG.glob("*.bpmn")):
        found, outcome = check_file(path), simulate(path.read_bytes(), beside=path.parent)
        if found["verdict"] == "accepted":
            names_gateway = outcome["state"] == "incident" and "没有一个条件成立" in outcome["why"] and outcome["on"]
            assert outcome["state"] in ("completed", "waiting") or names_gateway, path.name  # nobody answered it
        else:
            assert found["element"] and found["line"] and found["reason"] and found["reason_zh"], path.name
            assert outcome["state"] == "incident" and outcome["why"] == found["reason"], path.name
