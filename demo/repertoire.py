"""What the demo modules say: how each user task is answered, how processes begin, which cases the city has."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import demo
from demo.scene import Answer, Opening, Scenario


@dataclass(frozen=True)
class Repertoire:
    """Everything the modules of this folder say; ``answers`` by process and user task."""

    answers: Mapping[tuple[str, str], Answer]
    openings: Mapping[str, Opening]
    scenarios: Sequence[tuple[str, Scenario]]

    @classmethod
    def load(cls) -> Repertoire:
        """From every module of this folder that answers user tasks; its name is the process's key."""
        answers: dict[tuple[str, str], Answer] = {}
        openings: dict[str, Opening] = {}
        scenarios: list[tuple[str, Scenario]] = []
        for found in sorted(pkgutil.iter_modules(demo.__path__), key=lambda found: found.name):
            module = importlib.import_module(f"demo.{found.name}") if not found.name.startswith("__") else None
            if not hasattr(module, "ANSWERS"):
                continue
            answers |= {(found.name, element): answer for element, answer in module.ANSWERS.items()}  # type: ignore[union-attr]
            if hasattr(module, "OPENING"):
                openings[found.name] = module.OPENING  # type: ignore[union-attr]
            scenarios += [(found.name, scenario) for scenario in getattr(module, "SCENARIOS", ())]
        return cls(answers, openings, scenarios)
