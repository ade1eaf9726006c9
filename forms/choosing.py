"""Choosing a record: establishments, products and people inside the actor's jurisdiction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Enum, Select, exists, or_, select, true

from forms.component import Component, FormDefinitionError, read_condition
from forms.context import FormContext, Scope
from forms.question import Question, asked, listed, refuse
from forms.sentences import Sentence, say
from forms.texts import clean_line
from records.clock import is_id, today
from records.people import Actor, Qualification, Role, User
from records.registry import Establishment, Product
from records.scope import visible
from records.trace_model import Lot

SOURCES: Mapping[str, Any] = {"establishments": Establishment, "lots": Lot, "products": Product, "users": User}
MOST_OPTIONS = 50
LONGEST_QUERY = 60


@dataclass(frozen=True)
class Option:
    """A record to choose: its id, its name and what tells it from its namesakes."""

    value: str
    label: str
    hint: str


def choices(
    context: FormContext, source: str, query: str = "", filters: Mapping[str, Any] | None = None
) -> list[Option]:
    """Records of ``source`` that match ``query``, first fifty by name; FormDefinitionError for an unknown source."""
    model = _model(source)
    statement = _statement(context, source, filters or {}).limit(MOST_OPTIONS)
    words = clean_line(query)[:LONGEST_QUERY].split()
    for word in words:
        statement = statement.where(or_(*(column.contains(word, autoescape=True) for column in _searched(model))))
    order = model.name if model is User else model.tlc if model is Lot else model.name_key
    return [_option(each) for each in context.session.scalars(statement.order_by(order, model.id))]


def chosen(
    context: FormContext, source: str, record_id: str, filters: Mapping[str, Any] | None = None
) -> Option | None:
    """The record with this id, when the actor may choose it."""
    if not is_id(record_id):
        return None
    statement = _statement(context, source, filters or {}).where(_model(source).id == record_id)
    record = context.session.scalars(statement).one_or_none()
    return _option(record) if record else None


def filters_of(component: Component, scope: Scope) -> dict[str, Any]:
    """What the chooser's records must be: texts as written, those that begin with ``=`` as FEEL."""
    raw = component.properties.get("filter")
    return {name: _filter_value(value, scope, component) for name, value in dict(raw or {}).items()}


def filter_error(component: Component) -> str | None:
    """The first name in the filter that the source does not have; None when all fit."""
    raw = component.properties.get("filter") or {}
    model = SOURCES.get(component.option("source") or "")
    if model is None or not isinstance(raw, Mapping):
        return "filter"
    own = {"role", "qualification"} if model is User else set()
    return next((name for name in raw if name not in own and name not in model.__mapper__.column_attrs), None)


def _filter_value(value: object, scope: Scope, component: Component) -> Any:
    if isinstance(value, str) and value.startswith("="):
        return scope.value(read_condition(value, f"{component.path}.properties.filter"))
    return value


def _model(source: str) -> Any:
    if source not in SOURCES:
        raise FormDefinitionError("source", "来源未知", f"unknown source {source!r}")
    return SOURCES[source]


def _statement(context: FormContext, source: str, filters: Mapping[str, Any]) -> Select[Any]:
    model = _model(source)
    statement = select(model).where(_seen(model, context.actor), model.deleted_at.is_(None))
    if model is User:
        statement = statement.where(User.active.is_(True))
    for name, value in filters.items():
        statement = statement.where(_condition(context, model, name, value))
    return statement


def _seen(model: Any, actor: Actor) -> ColumnElement[bool]:
    """What an actor may choose: the jurisdiction's; of lots an authority may name any, since food crosses borders."""
    return true() if model is Lot and not actor.is_business else visible(model, actor)


def _condition(context: FormContext, model: Any, name: str, value: Any) -> ColumnElement[bool]:
    values = listed(value)
    if model is User and name == "role":
        return User.roles.any(Role.name.in_(values))
    if model is User and name == "qualification":
        on = today(context.clock)
        return exists().where(
            Qualification.user_id == User.id,
            Qualification.kind.in_(values),
            Qualification.expires_on >= on,
            Qualification.issued_on <= on,
            Qualification.suspended_at.is_(None),
            Qualification.deleted_at.is_(None),
        )
    column: ColumnElement[Any] = getattr(model, name)
    if isinstance(column.type, Enum) and column.type.enum_class is not None:
        known = {each.value for each in column.type.enum_class}
        values = [column.type.enum_class(each) for each in values if each in known]
    return column.in_(values)


def _searched(model: Any) -> list[Any]:
    if model is Establishment:
        return [model.name, model.name_key, model.credit_code, model.licence_no, model.address]
    if model is Lot:
        return [model.tlc, model.product_name, model.name_key]
    return [model.name, model.username] if model is User else [model.name, model.name_key, model.code]


def _option(record: Any) -> Option:
    if isinstance(record, Establishment):
        return Option(record.id, record.name, f"{record.credit_code} · {record.address}")
    if isinstance(record, Lot):
        made = "" if record.produced_on is None else f" · {record.produced_on.isoformat()}"
        return Option(record.id, record.tlc, f"{record.product_name}{made}")
    if isinstance(record, User):
        return Option(record.id, record.name, record.certificate_no or record.username)
    return Option(record.id, record.name, f"{record.code} · {record.category}")


class Chooser(Question):
    """A record: its id."""

    def wanted(self, component: Component) -> Sentence:
        """Choose."""
        return say("请选择%(label)s", label=asked(component))

    def clean(self, component: Component, value: object, scope: Scope) -> str:
        """A record that the actor may choose."""
        found = self.option(component, value, scope)
        if found is None:
            refuse(say("未找到所选的%(label)s，或不在您的辖区内", label=asked(component)))
        return found.value

    def option(self, component: Component, value: object, scope: Scope) -> Option | None:
        """The chosen record, when the actor may choose it."""
        given = next(reversed(listed(value)), None)  # a page without script posts the former choice before the new one
        if not isinstance(given, str):
            return None
        return chosen(scope.context, component.option("source") or "", given, filters_of(component, scope))

    def display(self, component: Component, value: object, scope: Scope) -> str:
        """The record's name, whether or not it could be chosen now."""
        record = scope.context.session.get(_model(component.option("source") or ""), str(value))
        return str(value) if record is None else str(record.tlc if isinstance(record, Lot) else record.name)
