"""Reads the vectors: plain text, so that other implementations can run them too."""

import json
from pathlib import Path

FOLDER = Path(__file__).parent / "vectors"


def read(name: str) -> list[tuple[str, object]]:
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.rpartition(" ⇒ ") for line in lines if line and not line.startswith("# "))
    return [(text, json.loads(result)) for text, _, result in pairs]
