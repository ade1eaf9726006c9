"""One component of a form file, typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from feel.errors import FeelError
from forms.columns import largest_number, longest_text, most_decimals
from forms.conditions import Condition

MAX_DEPTH = 6
SUBTYPES = ("date", "time", "datetime")
_LABELS = ("label", "groupLabel", "dateLabel", "timeLabel")


class FormDefinitionError(Exception):
    """A form file is not a form: ``path`` names the place, in both languages what is wrong there."""

    def __init__(self, path: str, message_zh: str, message_en: str) -> None:
        super().__init__(f"{path}: {message_en}")
        self.path, self.message_zh, self.message_en = path, message_zh, message_en


@dataclass(frozen=True)
class Limits:
    """What an answer must keep to."""

    minimum: Decimal | None = None
    maximum: Decimal | None = None
    above: Decimal | None = None  # exclusive lower bound
    below: Decimal | None = None  # exclusive upper bound: what the fed column holds
    decimals: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: re.Pattern[str] | None = None
    min_count: int | None = None
    max_count: int | None = None


@dataclass(frozen=True)
class Choice:
    """One of the values to choose from."""

    value: str
    label: str


@dataclass(frozen=True, eq=False)
class Component:
    """A question, a group of questions or a text, as its form file describes it. Equal to itself only."""

    type: str
    key: str
    label: str
    path: str
    hint: str = ""
    subtype: str = "date"  # of a datetime: date | time | datetime
    is_required: bool = False
    is_readonly: bool = False
    not_future: bool = False
    limits: Limits = field(default_factory=Limits)
    hide: Condition | None = None
    required_if: Condition | None = None
    default: Condition | None = None
    choices: tuple[Choice, ...] = ()
    choices_from: Condition | None = None
    maps_to: str | None = None
    feeds: str | None = None  # the record type that this component, or the rows of it, feed
    text: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)
    children: tuple[Component, ...] = ()

    @property
    def is_internal(self) -> bool:
        """Whether it is computed and only kept with the answers: a code that says nothing to people."""
        return self.is_readonly and self.properties.get("internal") is True

    def option(self, name: str) -> str | None:
        """A property that is text."""
        value = self.properties.get(name)
        return value if isinstance(value, str) else None

    def condition(self, name: str) -> Condition | None:
        """A property that is FEEL."""
        return read_condition(self.properties.get(name), f"{self.path}.properties.{name}")


def read_component(raw: object, path: str, feeds: str | None, depth: int = 0) -> Component:
    """The component at ``path`` of a form file whose answers feed ``feeds``."""
    if not isinstance(raw, Mapping) or not isinstance(raw.get("type"), str):
        raise FormDefinitionError(path, "组件须写明类型", "a component needs a type")
    if depth > MAX_DEPTH:
        raise FormDefinitionError(path, "嵌套过深", "nested too deeply")
    properties = _mapping(raw.get("properties"), f"{path}.properties")
    validate = _mapping(raw.get("validate"), f"{path}.validate")
    conditional = _mapping(raw.get("conditional"), f"{path}.conditional")
    rows = raw["type"] in ("dynamiclist", "inspection_checklist")
    child_feeds = text_of(properties, "feeds", path) if rows else feeds
    maps_to = text_of(properties, "mapsTo", path) if isinstance(properties.get("mapsTo"), str) else None
    return Component(
        type=raw["type"],
        key=_key(raw, path),
        label=next((each for name in _LABELS if (each := text_of(raw, name, path))), ""),
        path=path,
        hint=text_of(raw, "description", path) or "",
        subtype=_subtype(raw, properties, path),
        is_required=validate.get("required") is True or raw.get("required") is True,
        is_readonly=properties.get("readonly") is True or raw.get("readonly") is True,
        not_future=properties.get("notFuture") is True,
        limits=_limits(raw, validate, properties, path, feeds, maps_to),
        hide=read_condition(conditional.get("hide"), f"{path}.conditional.hide"),
        required_if=read_condition(properties.get("requiredIf"), f"{path}.properties.requiredIf"),
        default=read_condition(properties.get("default"), f"{path}.properties.default"),
        choices=_choices(raw.get("values"), path),
        choices_from=read_condition(raw.get("valuesExpression"), f"{path}.valuesExpression"),
        maps_to=maps_to,
        feeds=child_feeds,
        text=text_of(raw, "text", path) or "",
        properties=properties,
        children=_children(raw.get("components"), path, child_feeds, depth),
    )


def read_condition(raw: object, path: str) -> Condition | None:
    """The FEEL at this place of a form file; plain numbers and yes/no are FEEL too."""
    if raw is None or raw == "":
        return None
    if isinstance(raw, bool | int | float):
        raw = str(raw).lower()
    if not isinstance(raw, str):
        raise FormDefinitionError(path, "必须是 FEEL 表达式", "must be a FEEL expression")
    try:
        return Condition.parse(raw)
    except FeelError as error:
        raise FormDefinitionError(path, f"FEEL 表达式有误：{error}", f"not FEEL: {error}") from error


def text_of(raw: Mapping[str, Any], name: str, path: str) -> str | None:
    """The text under ``name``, None when absent."""
    value = raw.get(name)
    if value is not None and not isinstance(value, str):
        raise FormDefinitionError(f"{path}.{name}", "必须是文字", "must be text")
    return value or None


def _key(raw: Mapping[str, Any], path: str) -> str:
    key = text_of(raw, "key", path) or ""
    if key and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,59}", key):
        raise FormDefinitionError(
            f"{path}.key", "题目代码只能用字母、数字和下划线", "a key has letters, digits and _ only"
        )
    return key


def _subtype(raw: Mapping[str, Any], properties: Mapping[str, Any], path: str) -> str:
    found = text_of(raw, "subtype", path) or text_of(properties, "subtype", path) or "date"
    if found not in SUBTYPES:
        raise FormDefinitionError(f"{path}.subtype", "日期题的类型未知", f"unknown subtype {found!r}")
    return found


def _mapping(raw: object, path: str) -> Mapping[str, Any]:
    if raw is not None and not isinstance(raw, Mapping):
        raise FormDefinitionError(path, "必须是对象", "must be an object")
    return raw or {}


def _children(raw: object, path: str, feeds: str | None, depth: int) -> tuple[Component, ...]:
    if raw is not None and not isinstance(raw, list):
        raise FormDefinitionError(f"{path}.components", "必须是组件列表", "must be a list of components")
    return tuple(
        read_component(child, f"{path}.components.{index}", feeds, depth + 1) for index, child in enumerate(raw or [])
    )


def _choices(raw: object, path: str) -> tuple[Choice, ...]:
    if raw is None:
        return ()
    if not isinstance(raw, list) or not all(isinstance(each, Mapping) and "value" in each for each in raw):
        raise FormDefinitionError(f"{path}.values", "选项须有值和名称", "choices need a value and a label")
    return tuple(Choice(str(each["value"]), str(each.get("label") or each["value"])) for each in raw)


def _limits(
    raw: Mapping[str, Any],
    validate: Mapping[str, Any],
    properties: Mapping[str, Any],
    path: str,
    feeds: str | None,
    maps_to: str | None,
) -> Limits:
    where = f"{path}.validate"
    decimals = properties.get("decimalDigits", raw.get("decimalDigits"))
    return Limits(
        minimum=_number(validate.get("min"), f"{where}.min"),
        maximum=_number(validate.get("max"), f"{where}.max"),
        above=_number(properties.get("above"), f"{path}.properties.above"),
        below=largest_number(feeds, maps_to),
        decimals=_smallest(_whole(decimals, f"{path}.decimalDigits"), most_decimals(feeds, maps_to)),
        min_length=_whole(validate.get("minLength"), f"{where}.minLength"),
        max_length=_smallest(_whole(validate.get("maxLength"), f"{where}.maxLength"), longest_text(feeds, maps_to)),
        pattern=_pattern(validate.get("pattern"), f"{where}.pattern"),
        min_count=_whole(properties.get("min"), f"{path}.properties.min"),
        max_count=_whole(properties.get("max"), f"{path}.properties.max"),
    )


def _number(raw: object, path: str) -> Decimal | None:
    if raw is None or raw == "":
        return None
    try:
        number = Decimal(str(raw))
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(raw, bool) or not number.is_finite():
        raise FormDefinitionError(path, "必须是数字", "must be a number")
    return number


def _whole(raw: object, path: str) -> int | None:
    number = _number(raw, path)
    if number is not None and (number != number.to_integral_value() or number < 0):
        raise FormDefinitionError(path, "必须是非负整数", "must be a whole number, not negative")
    return None if number is None else int(number)


def _smallest(*bounds: int | None) -> int | None:
    known = [bound for bound in bounds if bound is not None]
    return min(known) if known else None


def _pattern(raw: object, path: str) -> re.Pattern[str] | None:
    if raw is None or raw == "":
        return None
    try:
        return re.compile(str(raw))
    except re.error as error:
        raise FormDefinitionError(path, "正则表达式有误", f"not a pattern: {error}") from error
