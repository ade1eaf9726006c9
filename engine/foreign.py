"""A verdict on any model file, from anywhere: accepted, or refused with element and reason. Never raises."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.decisions import notes, refusals
from engine.findings import Finding
from engine.model_xml import SIZE_LIMIT, UnreadableModelError
from engine.neighbours import ModelRefusedError, compiled_with_neighbours

FINDINGS_SHOWN = 50


def check_file(path: Path) -> dict[str, Any]:
    """The verdict on a BPMN or DMN file; models it calls are looked for beside it."""
    try:
        if path.stat().st_size > SIZE_LIMIT:
            return _refused(
                path, [Finding("", None, "file-too-large", "文件超过 5 MB", "the file is larger than 5 MB")]
            )
        content = path.read_bytes()
    except OSError as error:
        return _refused(path, [Finding("", None, "unreadable", f"无法读取：{error.strerror}", str(error.strerror))])
    return _dmn(path, content) if path.suffix.lower() == ".dmn" else _bpmn(path, content)


def _bpmn(path: Path, content: bytes) -> dict[str, Any]:
    try:
        compiled = compiled_with_neighbours(content, path.parent)
    except UnreadableModelError as error:
        return _refused(path, [Finding("", error.line, error.slug, error.zh, error.en)])
    except ModelRefusedError as error:
        return _refused(path, error.findings)
    return _accepted(path, compiled.models[compiled.key].notes)


def _accepted(path: Path, remarks: tuple[Finding, ...]) -> dict[str, Any]:
    """With what was changed to make the model run, or what its author should know, if anything."""
    told = {"notes": [note.as_json() for note in remarks[:FINDINGS_SHOWN]]} if remarks else {}
    return {"file": str(path), "verdict": "accepted", **told}


def _dmn(path: Path, content: bytes) -> dict[str, Any]:
    refused = list(refusals(content))
    return _refused(path, refused) if refused else _accepted(path, tuple(notes(content)))


def _refused(path: Path, findings: list[Finding]) -> dict[str, Any]:
    first = findings[0]
    return {
        "file": str(path),
        "verdict": "refused",
        "element": first.element or None,
        "line": first.line,
        "reason": first.en,
        "reason_zh": first.zh,
        "slug": first.slug,
        "findings": [finding.as_json() for finding in findings[:FINDINGS_SHOWN]],
        "count": len(findings),
    }
