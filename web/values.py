"""A field's stored value as people read it: in histories, tables and exports."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from flask_babel import gettext

from forms.templates import naming
from forms.wording import value_wording
from web.field_labels import CODED, field_label, is_labelled
from web.i18n import say
from web.labels import LABELS, label
from web.moments import minute
from web.value_labels import VALUE_LABELS

_ID = re.compile(r"[0-9A-Z]{26}")
#: fields that hold the ids of uploads
EVIDENCE = frozenset({"business_signature", "witness_signature", "lead_signature", "second_signature", "recording"})
#: the list of names that the kinds of a record have
KINDS = {
    "announcement": "announcement_kind", "credit_event": "credit_kind", "establishment": "establishment_kind",
    "job": "job_kind", "public_page": "announcement_kind", "qualification": "qualification",
    "voucher": "voucher_kind",
}  # fmt: skip
#: parts of a list or of particulars that are told before "and so on"
MOST_PARTS = 12
_TAG = re.compile(r"</?[a-z][a-z0-9]*(?: [^<>]*)?>")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")


def shown(kind: str, field: str, value: Any, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """The value of a record's field in words. ``kind`` is the record's type, ``names`` those behind ids and codes."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    if isinstance(value, str):
        return names.get(value) or _text(kind, field, value)
    if isinstance(value, list):
        return _several(kind, field, value, names)
    if isinstance(value, Mapping):
        return _particulars(kind, value, names)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _several(kind: str, field: str, values: list[Any], names: Mapping[str, str]) -> str:
    between = "；" if any(isinstance(part, Mapping) for part in values) else "、"
    told = [
        label("flag", part) if field == "flags" else shown(kind, field, part, names) for part in values[:MOST_PARTS]
    ]
    more = [gettext("等 %(count)s 项", count=len(values))] if len(values) > MOST_PARTS else []
    return between.join([*told, *more]) or "—"


def _particulars(kind: str, value: Mapping[str, Any], names: Mapping[str, str]) -> str:
    told = {name: shown(kind, name, part, names) for name, part in value.items() if part not in (None, "", [], {})}
    parts = [
        f"{names.get(name) or field_label(name)}：{text}" if name in names or is_labelled(name) else text
        for name, text in told.items()
    ]
    return "，".join(parts[:MOST_PARTS]) + ("……" if len(parts) > MOST_PARTS else "") or "—"


def _text(kind: str, field: str, value: str) -> str:
    if field in CODED and value in LABELS[CODED[field]]:
        return label(CODED[field], value)
    if word := value_wording(kind, field, value):
        return say(word)
    if field == "kind" and kind in KINDS:
        return label(KINDS[kind], value)
    if field == "kind" and kind == "document":
        return say(naming(value).title)
    if field == "status":
        named = "establishment_status" if kind == "establishment" else "record_status"
        return str(LABELS[named].get(value, value))
    return _plain(field, value)


def _plain(field: str, value: str) -> str:
    if _ID.fullmatch(value):
        return gettext("见证据材料") if field in EVIDENCE else f"…{value[-6:]}"
    if _MOMENT.fullmatch(value):
        return minute(datetime.fromisoformat(value))
    if value in LABELS["role"]:
        return label("role", value)
    return str(VALUE_LABELS.get(value) or say(_TAG.sub("", value)))
