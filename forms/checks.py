"""What must be true of a form before it may be deployed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forms.catalog import Form
from forms.choosing import SOURCES, filter_error
from forms.columns import POSITION, POSITION_COLUMNS, column_of, record_type
from forms.component import Component, FormDefinitionError, read_condition
from forms.loading import QUESTIONS, STATIC
from forms.rows import told_keys
from records.base import CaseMixin, Fact
from records.people import QualificationKind

#: a mapsTo of these names the field of the file's link and need not be a column
_FILES = ("filepicker", "signature")
_CHOICES = ("radio", "select", "checklist", "taglist")
_PROPERTY_EXPRESSIONS = ("template", "partial", "list")


@dataclass(frozen=True)
class Finding:
    """Something in a form that does not fit: a slug, the place, the sentence in both languages."""

    slug: str
    element: str
    message_zh: str
    message_en: str


def conformance(form: Form) -> list[Finding]:
    """Everything that speaks against deploying the form."""
    feeds = form.properties.feeds
    return [
        *_fed_record(feeds, form.properties.constants, "properties"),
        *_check_fields(form),
        *_qualification(form),
        *(finding for each in form.components for finding in _component(each, feeds)),
    ]


def _check_fields(form: Form) -> Iterator[Finding]:
    keys = {each.key for each in form.questions}
    for index, check in enumerate(form.properties.checks):
        if check.field and check.field.split(".")[0] not in keys:
            place = f"properties.checks.{index}"
            yield Finding(
                "unknown-question", place, f"没有题目“{check.field}”", f"there is no question {check.field!r}"
            )


def _qualification(form: Form) -> Iterator[Finding]:
    kind = form.properties.qualification
    if kind is not None and kind not in [each.value for each in QualificationKind]:
        yield Finding(
            "unknown-qualification", "properties.qualification", f"没有资格“{kind}”", f"no qualification {kind!r}"
        )


def _fed_record(feeds: str | None, raw: object, place: str) -> Iterator[Finding]:
    constants = raw if isinstance(raw, Mapping) else {}
    model = record_type(feeds)
    if feeds is None:
        if constants:
            yield Finding("feeds-nothing", f"{place}.with", "未写明写入哪类记录", "names no record type to fill")
        return
    if model is None or not issubclass(model, CaseMixin):
        yield Finding(
            "unknown-record", f"{place}.feeds", f"没有案件记录“{feeds}”", f"there is no case record {feeds!r}"
        )
        return
    for name, value in constants.items():
        yield from _constant(model, name, value, f"{place}.with.{name}")


def _by(component: Component) -> Iterator[Finding]:
    """The column of each row that says who filled it in."""
    model, name = record_type(component.feeds), component.option("by")
    if model is not None and name is not None:
        yield from _constant(model, name, "", f"{component.path}.properties.by")


def _constant(model: type[Fact], name: str, value: object, place: str) -> Iterator[Finding]:
    if name not in model.__mapper__.column_attrs:
        yield Finding("unknown-column", place, f"记录没有字段“{name}”", f"the record has no column {name!r}")
    if isinstance(value, str) and value.startswith("="):
        yield from _expression(value, place)


def _component(component: Component, feeds: str | None) -> Iterator[Finding]:
    if component.type not in QUESTIONS and component.type not in STATIC:
        message = f"未知的题型“{component.type}”"
        yield Finding("unknown-type", component.path, message, f"unknown type {component.type!r}")
        return
    yield from _own(component)
    yield from _mapping(component, feeds)
    for name in _PROPERTY_EXPRESSIONS:
        if component.properties.get(name) is not None:
            yield from _expression(component.properties[name], f"{component.path}.properties.{name}")
    if component.type == "facts":
        yield from _facts(component)
    if component.type == "dynamiclist":
        if component.feeds:
            yield from _fed_record(component.feeds, component.properties.get("with"), f"{component.path}.properties")
            yield from _by(component)
        feeds = component.feeds
    for child in component.children:
        yield from _component(child, feeds)


def _own(component: Component) -> Iterator[Finding]:
    """What each type of question needs."""
    path = component.path
    if component.type in QUESTIONS and not component.key:
        yield Finding("no-key", path, "题目没有代码", "the question has no key")
    if component.type in QUESTIONS and not component.label and not component.is_readonly:
        yield Finding("no-label", path, "题目没有名称", "the question has no label")
    if component.type in _CHOICES and not component.choices and component.choices_from is None:
        yield Finding("no-choices", path, "没有选项", "there is nothing to choose")
    if component.type == "inspection_checklist" and component.properties.get("template") is None:
        yield Finding("no-template", path, "未写明检查表", "names no checklist template")
    if component.type == "chooser":
        yield from _chooser(component)
    if component.type in ("dynamiclist", "group") and not component.children:
        yield Finding("no-children", path, "没有下级题目", "there is nothing inside")
    if component.type == "dynamiclist" and component.default is None and told_keys(component):
        yield Finding(
            "no-rows", path, "有只读题目的列表须写明默认行", "a list with read-only questions needs default rows"
        )


def _chooser(component: Component) -> Iterator[Finding]:
    source = component.option("source")
    if source not in SOURCES:
        yield Finding("unknown-source", component.path, f"来源“{source}”未知", f"unknown source {source!r}")
        return
    wrong = filter_error(component)
    if wrong is not None:
        yield Finding("unknown-filter", component.path, f"不能按“{wrong}”筛选", f"cannot filter by {wrong!r}")


def _mapping(component: Component, feeds: str | None) -> Iterator[Finding]:
    maps_to = component.properties.get("mapsTo")
    if maps_to is None or component.type in _FILES:
        return
    place = f"{component.path}.properties.mapsTo"
    if feeds is None or not isinstance(maps_to, str):
        yield Finding("feeds-nothing", place, "未写明写入哪类记录", "names no record type to fill")
    elif component.type == "position" and maps_to == POSITION:
        missing = [each for each in POSITION_COLUMNS.values() if column_of(feeds, each) is None]
        if missing:
            yield Finding("unknown-column", place, "记录不能保存位置", f"the record has no {', '.join(missing)}")
    elif column_of(feeds, maps_to) is None:
        yield Finding("unknown-column", place, f"记录没有字段“{maps_to}”", f"the record has no column {maps_to!r}")


def _facts(component: Component) -> Iterator[Finding]:
    for name in ("rows", "columns"):
        listing: Any = component.properties.get(name) or []
        rows: Sequence[Any] = listing if isinstance(listing, list) else [None]
        for index, row in enumerate(rows):
            place = f"{component.path}.properties.{name}.{index}"
            if not isinstance(row, Mapping) or not isinstance(row.get("value"), str):
                yield Finding("no-value", place, "须写明名称和取值", "needs a label and a value")
            else:
                yield from _expression(row["value"], place)


def _expression(raw: object, place: str) -> Iterator[Finding]:
    try:
        read_condition(raw, place)
    except FormDefinitionError as error:
        yield Finding("bad-expression", error.path, error.message_zh, error.message_en)
