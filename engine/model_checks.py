"""Everything that can be said of a model by itself, for deployment and for files from anywhere alike."""

from __future__ import annotations

from engine.findings import Finding
from engine.process_model import ProcessModel
from engine.soundness import check_soundness
from engine.structure import check_structure


def check_model(model: ProcessModel) -> list[Finding]:
    """What has no normal form, is no BPMN, cannot be run, or would stall."""
    findings = [*model.refused, *check_structure(model), *model.misshapen]
    return findings or check_soundness(model)
