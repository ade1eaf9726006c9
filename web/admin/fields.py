"""Choices that the back office offers: regions, organisations, users, roles, enumerations."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from wtforms import SelectField, SelectMultipleField
from wtforms.validators import InputRequired, Optional

from records.people import Organisation, Region, RoleCode, User
from records.registry import Establishment
from web.admin.session import reading
from web.labels import choices, label

NONE = ("", "—")
#: names of codes that only the back office shows
NAMES: dict[str, dict[str, Any]] = {
    "qualification": {
        "inspection": _("监督检查"), "sampling": _("抽样检验"), "emergency": _("应急处置"), "disclosure": _("信息公开"),
        "assessment": _("考核评价"),
    },
    "indicator_source": {
        "group": _("分组"), "formula": _("公式取数"), "manual": _("人工评分"), "veto": _("一票否决"),
    },
    "indicator_direction": {"higher": _("越高越好"), "lower": _("越低越好")},
    "indicator_scope": {"all": _("全部对象"), "node": _("追溯节点"), "authority": _("区县监管机构")},
    "item_answer": {"conformity": _("符合 / 不符合 / 不适用"), "measurement": _("测量值")},
}  # fmt: skip


def _word(names: str, code: str) -> str:
    return str(NAMES[names][code]) if names in NAMES else label(names, code)


def _name(value: Any) -> str:
    """What a choice is kept as: an enumeration by its value, a role by its name, nothing as empty text."""
    if value is None:
        return ""
    return str(getattr(value, "name", value)) if not isinstance(value, StrEnum) else value.value


def choice_field(title: Any, kind: type[StrEnum], names: str) -> SelectField:
    """One of an enumeration; ``names`` is the table of web.labels that names its members."""
    return SelectField(
        title,
        [InputRequired()],
        coerce=_name,
        choices=lambda: [(each.value, _word(names, each.value)) for each in kind],
    )


def region_field(title: Any) -> SelectField:
    """One region, by its place in the tree."""
    return SelectField(title, [InputRequired()], coerce=_name, choices=_regions)


def parent_region_field(title: Any) -> SelectField:
    """The region above, or none."""
    return SelectField(title, [Optional()], coerce=_name, choices=lambda: [NONE, *_regions()])


def organisation_field(title: Any) -> SelectField:
    """An organisation, or none."""
    return SelectField(title, [Optional()], coerce=_name, choices=lambda: [NONE, *_organisations()])


def user_field(title: Any) -> SelectField:
    """A person."""
    return SelectField(title, [InputRequired()], coerce=_name, choices=_users)


def market_field(title: Any) -> SelectField:
    """The market in which a stall stands, or none."""
    return SelectField(title, [Optional()], coerce=_name, choices=lambda: [NONE, *_markets()])


def roles_field(title: Any) -> SelectMultipleField:
    """Any number of roles."""
    return SelectMultipleField(
        title,
        [InputRequired()],
        coerce=_name,
        choices=lambda: [(r.value, f"{r.value} {label('role', r.value)}") for r in RoleCode],
    )


def grade_field(title: Any) -> SelectField:
    """A risk grade."""
    return SelectField(title, [InputRequired()], choices=lambda: [(grade, grade) for grade in "ABCD"])


def status_field(title: Any, names: str) -> SelectField:
    """One of the states that a table of web.labels names."""
    return SelectField(title, [InputRequired()], choices=lambda: choices(names))


def _regions() -> list[tuple[str, str]]:
    rows = reading().execute(
        select(Region.code, Region.name, Region.path).where(Region.deleted_at.is_(None)).order_by(Region.path)
    )
    return [(code, f"{'　' * (path.count('/') - 2)}{name} {code}") for code, name, path in rows]


def _organisations() -> list[tuple[str, str]]:
    rows = reading().execute(
        select(Organisation.id, Organisation.name)
        .where(Organisation.deleted_at.is_(None))
        .order_by(Organisation.region_path)
    )
    return [(id_, name) for id_, name in rows]


def _users() -> list[tuple[str, str]]:
    rows = reading().execute(
        select(User.id, User.name, User.username).where(User.deleted_at.is_(None)).order_by(User.username)
    )
    return [(id_, gettext("%(name)s（%(username)s）", name=name, username=username)) for id_, name, username in rows]


def _markets() -> list[tuple[str, str]]:
    rows = reading().execute(
        select(Establishment.id, Establishment.name)
        .where(Establishment.kind == "market", Establishment.deleted_at.is_(None))
        .order_by(Establishment.name_key)
    )
    return [(id_, name) for id_, name in rows]
