"""A field's stored value as people read it: in histories, tables and exports."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext

from web.field_labels import CODED, field_label
from web.i18n import say
from web.labels import LABELS, label
from web.moments import minute

_ID = re.compile(r"[0-9A-Z]{26}")
#: fields that hold the ids of uploads
EVIDENCE = frozenset({"business_signature", "witness_signature", "lead_signature", "second_signature", "recording"})
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")


def shown(kind: str, field: str, value: Any) -> str:
    """The value of a record's field in words. ``kind`` is the record's type."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    if isinstance(value, str):
        return _text(kind, field, value)
    if isinstance(value, list):
        return "、".join(label("flag", part) if field == "flags" else shown(kind, field, part) for part in value) or "—"
    if isinstance(value, Mapping):
        told = {name: part for name, part in value.items() if part not in (None, "", [])}
        return "；".join(f"{field_label(name)}：{shown(kind, name, part)}" for name, part in told.items()) or "—"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _text(kind: str, field: str, value: str) -> str:
    if field in CODED:
        return label(CODED[field], value)
    if field == "kind":
        return label(
            {"establishment": "establishment_kind", "credit_event": "credit_kind"}.get(kind, "qualification"), value
        )
    if field == "status":
        named = "establishment_status" if kind == "establishment" else "record_status"
        return str(LABELS[named].get(value, value))
    if field in EVIDENCE and _ID.fullmatch(value):
        return gettext("见证据材料")
    if _MOMENT.fullmatch(value):
        return minute(datetime.fromisoformat(value))
    return say(value)
