"""Who one may sign in as while developing: read from the file that ``python -m demo`` leaves beside the database."""

from __future__ import annotations

import json
from typing import Any

from web.parts import parts

FILE = "demo-sign-ins.json"


def _hints() -> dict[str, Any]:
    settings = parts().settings
    path = settings.blob_dir.parent / FILE
    if settings.environment != "development" or not path.exists():
        return {}
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content


def demo_people() -> list[dict[str, Any]]:
    """Demo people as ``{username, name, roles}``; none outside development."""
    people: list[dict[str, Any]] = _hints().get("people", [])
    return people


def demo_password() -> str:
    """The password they share."""
    return str(_hints().get("password", ""))
