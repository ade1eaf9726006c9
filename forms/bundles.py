"""Documents that machines read: a zip of the facts as JSON, of the program that checks them, and of a note.

A template says so under ``bundle``: files with a ``name`` and ``facts`` (a place in the document's facts), ``program``
(one of PROGRAMS) or ``text``.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from forms.templates import template
from records import verify_draw

#: programs of one file that are handed out with what they check
PROGRAMS = MappingProxyType({"verify_draw": Path(verify_draw.__file__)})
SHORT, LONG = ("application/pdf", ".pdf"), ("application/zip", ".zip")
BEGIN = (2026, 1, 1, 0, 0, 0)


def form_of(kind: str) -> tuple[str, str]:
    """Media type and file ending of a kind of document."""
    return LONG if is_bundle(kind) else SHORT


def is_bundle(kind: str) -> bool:
    """True when a kind of document is no paper but a bundle of files."""
    return "bundle" in template(kind)


def bundle(kind: str, facts: Mapping[str, Any]) -> bytes:
    """The zip of a document. The same document always gives the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as zipped:
        for file in template(kind)["bundle"]:
            zipped.writestr(zipfile.ZipInfo(file["name"], BEGIN), _content(file, facts), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _content(file: Mapping[str, Any], facts: Mapping[str, Any]) -> bytes:
    if "program" in file:
        return PROGRAMS[file["program"]].read_bytes()
    if "text" in file:
        return str(file["text"]).encode()
    return json.dumps(facts[file["facts"]], ensure_ascii=False, indent=1).encode()
