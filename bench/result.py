"""The row every benchmark gives."""

from __future__ import annotations

from typing import TypedDict


class Result(TypedDict):
    """One measured figure. ``bar`` says in words what must hold, ``holds`` whether it does."""

    name: str
    db: str
    value: float
    unit: str
    reference: float | None
    ratio: float | None
    bar: str
    holds: bool
