"""Everything that can be said of a model by itself, for deployment and for files from anywhere alike."""

from __future__ import annotations

from engine.bpmn import UncompilableModelError
from engine.findings import Finding
from engine.process_model import ProcessModel
from engine.soundness import check_soundness
from engine.structure import check_structure


def check_model(model: ProcessModel) -> list[Finding]:
    """What has no normal form, is no BPMN, cannot be run, or would stall."""
    findings = [*model.refused, *check_structure(model), *model.misshapen]
    return findings or check_soundness(model)


def uncompilable(model: ProcessModel, error: UncompilableModelError) -> Finding:
    """What the executor says against a model that looked right."""
    element = model.elements.get(error.element_id or "")
    line = error.line or (model.line if element is None else element.line)
    place = error.element_id or model.key
    if "RecursionError" in str(error):
        zh, en = "路径过长：请用子流程分段", "the path is too long: divide it by sub-processes"
        return Finding(place, line, "not-executable", zh, en)
    return Finding(place, line, "not-executable", f"不能执行：{error}", str(error))
