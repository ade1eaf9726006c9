"""Compiling a file by itself, with the models that lie beside it and without the product around it."""

from __future__ import annotations

from pathlib import Path

from engine.bpmn import Compiled, UncompilableModelError, compile_process
from engine.findings import Finding
from engine.graph import in_rounds
from engine.model_checks import check_model, uncompilable
from engine.model_xml import UnreadableModelError
from engine.process_model import ModelFile, ProcessModel, read_model


class ModelRefusedError(Exception):
    """The model cannot be run."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(findings[0].en)
        self.findings = findings


def compiled_with_neighbours(content: bytes, beside: Path | None) -> Compiled:
    """The one process of a file, compiled. Raises UnreadableModelError, ModelRefusedError."""
    file = read_model(content)
    model = _the_process(file)
    _check(model)
    called = _called(model, beside)
    for one, _file in called.values():
        _check(one)
    try:
        return compile_process(model, file, called)
    except UncompilableModelError as error:
        raise ModelRefusedError([uncompilable(model, error)]) from None


def _check(model: ProcessModel) -> None:
    findings = check_model(model)
    if findings:
        raise ModelRefusedError(findings)


def _the_process(file: ModelFile) -> ProcessModel:
    """The executable process, else the only one that has elements."""
    candidates = file.executable() or [p for p in file.processes if p.elements]
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        raise _refused("", None, "no-process", "文件中没有流程", "there is no process in the file")
    keys = "、".join(p.key for p in candidates)
    second = candidates[1]
    raise _refused(
        second.key, second.line, "several-processes", f"文件中有多个流程：{keys}", f"several processes: {keys}"
    )


def _called(model: ProcessModel, beside: Path | None) -> dict[str, tuple[ProcessModel, ModelFile]]:
    called: dict[str, tuple[ProcessModel, ModelFile]] = {}
    todo = [(model, element, key) for element, key in model.calls().items()]
    while todo:
        caller, element, key = todo.pop()
        line = caller.elements[element].line
        if key in called or key == model.key:
            continue
        found = _beside(key, beside)
        if found is None:
            zh, en = f"找不到被调用的流程“{key}”", f"the called process {key!r} is not at hand"
            raise _refused(element, line, "unknown-process", zh, en)
        called[key] = found
        todo += [(found[0], inner, inner_key) for inner, inner_key in found[0].calls().items()]
    _no_rounds(model, {model.key: model, **{key: found for key, (found, _file) in called.items()}})
    return called


def _no_rounds(model: ProcessModel, models: dict[str, ProcessModel]) -> None:
    """No process ends up calling itself."""
    callers: dict[str, list[str]] = {}
    for key, one in models.items():
        for called in one.calls().values():
            callers.setdefault(called, []).append(key)
    round_about = in_rounds(models, callers)
    for key in sorted(round_about, key=lambda each: each != model.key):
        element = next(e for e, called in models[key].calls().items() if called in round_about)
        line = models[key].elements[element].line
        raise _refused(element, line, "call-cycle", "流程最终会调用自身", "the process ends up calling itself")


def _beside(key: str, folder: Path | None) -> tuple[ProcessModel, ModelFile] | None:
    path = None if folder is None or not key else folder / f"{Path(key).name}.bpmn"
    if path is None or not path.is_file():
        return None
    try:
        file = read_model(path.read_bytes())
    except (UnreadableModelError, OSError):
        return None
    found = next((p for p in file.processes if p.key == key), None)
    return None if found is None else (found, file)


def _refused(element: str, line: int | None, slug: str, zh: str, en: str) -> ModelRefusedError:
    return ModelRefusedError([Finding(element, line, slug, zh, en)])
