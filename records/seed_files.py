"""The files of master data beside the code (``records/seeds``): words and numbers are data, not program."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "seeds"


def read_seed(name: str) -> list[dict[str, str]]:
    """The rows of ``seeds/<name>.csv``."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_seed_document(name: str) -> Any:
    """The content of ``seeds/<name>.json``."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
