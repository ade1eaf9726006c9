"""Nested answers as a browser without script would post them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from PIL import Image


def posted(answers: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """(name, value) pairs: ``lots.0.code``; several values repeat the name."""
    if isinstance(answers, dict):
        for key, value in answers.items():
            yield from posted(value, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(answers, list):
        for index, value in enumerate(answers):
            yield from posted(value, f"{prefix}.{index}" if isinstance(value, dict) else prefix)
    elif answers is not None and answers is not False:
        yield prefix, "true" if answers is True else str(answers)


def form_of(answers: dict[str, Any]) -> dict[str, list[str]]:
    """The same, as the test client wants it."""
    form: dict[str, list[str]] = {}
    for name, value in posted(answers):
        form.setdefault(name, []).append(value)
    return form


def picture(shade: int = 1) -> io.BytesIO:
    """A small PNG."""
    target = io.BytesIO()
    Image.new("RGB", (40, 30), (shade, 200, 9)).save(target, "PNG")
    target.seek(0)
    return target
