"""The built browser files: page code asks for ``app.js`` and gets the hashed name from the bundle's manifest."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from flask import Flask, url_for

DIST = Path(__file__).parent / "static" / "dist"


@cache
def _manifest(stamp: float) -> dict[str, str]:
    """The manifest as it stood at ``stamp`` (its modification time): rebuilt bundles are seen without a restart."""
    content: dict[str, str] = json.loads((DIST / "manifest.json").read_text("utf-8"))
    return content


def asset(name: str) -> str:
    """The address of a built file."""
    path = DIST / "manifest.json"
    built = _manifest(path.stat().st_mtime).get(name, name) if path.exists() else name
    return url_for("static", filename=f"dist/{built}")


def register(app: Flask) -> None:
    """Give templates ``asset()``; hashed files may be kept by browsers for a year."""
    app.jinja_env.globals["asset"] = asset
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 31_536_000 if not app.debug else 0
