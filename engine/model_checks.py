"""Everything that can be said of a model by itself, for deployment and for files from anywhere alike."""

from __future__ import annotations

from engine.findings import Finding
from engine.process_model import ProcessModel
from engine.soundness import check_soundness
from engine.structure import check_structure


def check_model(model: ProcessModel) -> list[Finding]:
    """What speaks against running a model: what has no normal form, what the engine cannot do, where it would stall."""
    findings = [*model.refused, *check_structure(model)]
    return findings or check_soundness(model)
