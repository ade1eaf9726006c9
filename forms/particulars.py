"""What only some types of question show: bounds, files, records to choose, read-only facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from forms.choosing import Chooser, choices, filters_of
from forms.component import Component, read_condition
from forms.context import Scope
from forms.fields import LONGEST_LINE, LONGEST_TEXT, Moment, Number
from forms.files import MOST_FILES, file_ids, files_of, media_of
from forms.loading import QUESTIONS
from forms.sentences import say
from forms.texts import number_text, read_moment, read_number
from forms.views import FileView, OptionView
from records.clock import ZONE

_INPUTS = {"date": "date", "time": "time", "datetime": "datetime-local"}
_ACCEPTS = {"photo": "image/jpeg,image/png,image/webp", "video": "video/mp4,video/webm", "file": ""}
_SHORTEST_MOMENT = len("2026-11-18T09:00")


def input_particulars(component: Component, scope: Scope) -> dict[str, Any]:
    """Of a typed answer: the input's type, bounds and lengths."""
    limits, question = component.limits, QUESTIONS[component.type]
    if isinstance(question, Moment):
        names, latest = scope.context.names, ""
        if component.not_future and component.subtype != "time":
            latest = str(question.control(component, names["now" if component.subtype == "datetime" else "today"]))
        return {"input_type": _INPUTS[component.subtype], "max": latest}
    if isinstance(question, Number):
        return {
            "input_type": "text",
            "inputmode": "numeric" if limits.decimals == 0 else "decimal",
            "unit": component.option("unit") or "",
            "min": "" if limits.minimum is None else number_text(limits.minimum),
            "max": "" if limits.maximum is None else number_text(limits.maximum),
            "step": "any" if limits.decimals is None else number_text(Decimal(1).scaleb(-limits.decimals)),
        }
    longest = {"textfield": LONGEST_LINE, "textarea": LONGEST_TEXT}.get(component.type)
    return {
        "input_type": component.option("inputType") or "text",
        "min_length": limits.min_length,
        "max_length": limits.max_length or longest,
        "pattern": limits.pattern.pattern if limits.pattern else "",
    }


def file_particulars(component: Component, value: Any, scope: Scope) -> dict[str, Any]:
    """Of files and signatures: what may be taken, how many, and those that are there."""
    is_signature = component.type == "signature"
    media = "photo" if is_signature else media_of(component)
    seconds = component.properties.get("maxSeconds")
    return {
        "media": media,
        "accept": _ACCEPTS[media],
        "files": file_views(file_ids(value)[-1:] if is_signature else file_ids(value), scope),
        "min_count": component.limits.min_count or 0,
        "max_count": 1 if is_signature else component.limits.max_count or MOST_FILES,
        "max_seconds": seconds if isinstance(seconds, int) else None,
    }


def file_views(ids: Sequence[str], scope: Scope) -> tuple[FileView, ...]:
    """The files that may be shown here."""
    return tuple(
        FileView(each.id, each.filename, each.media_type, each.media_type.startswith("image/"), tuple(each.flags or ()))
        for each in files_of(ids, scope)
    )


def chooser_particulars(component: Component, value: Any, scope: Scope, question: Chooser) -> dict[str, Any]:
    """Of a chooser: the first records to offer, with the chosen one among them."""
    source, filters = component.option("source") or "", filters_of(component, scope)
    offered = choices(scope.context, source, "", filters)
    picked = question.option(component, value, scope)
    if picked is not None and picked.value not in [each.value for each in offered]:
        offered = [picked, *offered]
    options = tuple(OptionView(each.value, each.label, each == picked, each.hint) for each in offered)
    return {"source": source, "filters": filters, "options": options}


def fact_particulars(component: Component, scope: Scope) -> dict[str, Any]:
    """Of read-only facts: their rows, or their table."""
    columns = component.properties.get("columns") or []
    listing = component.condition("list")
    if listing is not None:
        rows = scope.value(listing)
        table = [scope.inside(row) for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
        return {
            "columns": tuple(str(column.get("label", "")) for column in columns),
            "table": tuple(tuple(_fact(column, row, component) for column in columns) for row in table),
        }
    rows = component.properties.get("rows") or []
    facts = tuple((str(row.get("label", "")), _fact(row, scope, component)) for row in rows)
    return {"facts": facts, "live": component.properties.get("live") is True}


def _fact(raw: Mapping[str, Any], scope: Scope, component: Component) -> str:
    value = scope.value(read_condition(raw.get("value"), f"{component.path}.properties.rows"))
    labels = raw.get("labels")
    if isinstance(labels, Mapping) and str(value) in labels:
        return str(labels[str(value)])
    return fact_text(value)


def fact_text(value: object) -> str:
    """A value of the case as people read it: moments in Asia/Shanghai, yes and no in words, nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return say("是") if value else say("否")
    if isinstance(value, list | tuple):
        return "、".join(map(fact_text, value))
    if isinstance(value, Mapping):
        return "；".join(f"{key}：{fact_text(each)}" for key, each in value.items())
    if isinstance(value, datetime) or (isinstance(value, str) and _looks_like_moment(value)):
        moment = read_moment(value)
        return str(value) if moment is None else moment.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
    number = None if isinstance(value, str | date) else read_number(value)
    return str(value) if number is None else number_text(number)


def _looks_like_moment(text: str) -> bool:
    return len(text) >= _SHORTEST_MOMENT and text[10:11] == "T" and text[:4].isdigit()
