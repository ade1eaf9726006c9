"""From clean answers to facts: the record that a form feeds, its rows, its files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, select

from forms.catalog import Form
from forms.checklist import template_of
from forms.columns import POSITION, POSITION_COLUMNS, column_of, column_value, record_type
from forms.component import Component, read_condition
from forms.context import FormContext, Scope
from forms.files import file_ids
from forms.linking import Links
from forms.loading import Asked, questions
from forms.sentences import say
from records.base import CaseMixin, Fact, json_safe
from records.inspections import Inspection, InspectionItem
from records.store import Store


def feed(store: Store, form: Form, answers: Mapping[str, Any], context: FormContext) -> dict[str, str]:
    """Write what ``answers`` (as ``Form.load`` gave them) say; returns the id of each fed record by its type.

    The case's current record of the fed type is corrected, or added when there is none; the rows of an earlier
    submission of the same form are corrected or, when gone, tombstoned; files are linked to the record that they prove.
    """
    return _Feeding(store, form, answers, context).run()


class _Feeding:
    """One submission on its way into the store."""

    def __init__(self, store: Store, form: Form, answers: Mapping[str, Any], context: FormContext) -> None:
        self.store, self.form, self.answers, self.context = store, form, answers, context
        self.scope = Scope(context).inside({each.key: None for each in form.questions} | dict(answers))
        self.level = questions(form.components)
        self.links = Links(store, context)
        self.fed: dict[str, str] = {}
        self.belonging: dict[type[Fact], dict[str, Any]] = {}
        self.reason = str(say("提交表单：%(title)s", title=form.properties.title))

    def run(self) -> dict[str, str]:
        """Record, rows, links."""
        model = record_type(self.form.properties.feeds)
        record = self._record(model) if model is not None else None
        self._link_files(self.level, self.answers, record)
        for each in self.level:
            rows = self.answers.get(each.component.key)
            if record is None or rows is None:
                continue
            kind = record_type(each.component.feeds)
            if each.component.type == "dynamiclist" and kind is not None:
                self._rows(each.component, kind, rows, record)
            elif each.component.type == "inspection_checklist" and isinstance(record, Inspection):
                self._items(each.component, rows, record)
        self.links.write(_all_files(self.level, self.answers))
        return self.fed

    def _record(self, model: type[Fact]) -> Fact:
        values = mapped(self.level, self.answers, self.form.properties.feeds)
        values |= constants(model, self.form.properties.constants, self.scope)
        current = self._named(model) if self.form.properties.record else self._current(model)
        if "flags" in model.__mapper__.column_attrs:
            flags = self.links.flags(_all_files(self.level, self.answers))
            before = getattr(current, "flags", None) or []
            values["flags"] = sorted({*before, *(values.get("flags") or []), *flags}) or None
        record = self._write(model, current, values)
        self.fed[model.__tablename__] = record.id
        return record

    def _named(self, model: type[Fact]) -> Fact | None:
        """The record of this case that the form names; None (so a new one is made) when it names none."""
        named = self.scope.value(self.form.properties.record)
        found = self.store.session.get(model, named) if isinstance(named, str) else None
        belongs = getattr(found, "process_instance_id", None) == self.context.process_instance_id
        return found if belongs and found is not None and found.deleted_at is None else None

    def _current(self, model: type[Fact]) -> Fact | None:
        """The case's latest record of this type."""
        if not issubclass(model, CaseMixin) or self.context.process_instance_id is None:
            return None
        statement = select(model).where(
            model.process_instance_id == self.context.process_instance_id, model.deleted_at.is_(None)
        )
        found: Fact | None = self.store.session.scalars(statement.order_by(model.id.desc()).limit(1)).first()
        return found

    def _write(self, model: type[Fact], current: Fact | None, values: Mapping[str, Any]) -> Fact:
        nullable = model.__table__.columns
        values = {name: value for name, value in values.items() if value is not None or nullable[name].nullable}
        if current is None:
            said = {name: value for name, value in values.items() if value is not None}
            return self.store.add(model(**{**self._belonging(model), **said}))
        changed = any(json_safe(getattr(current, name)) != json_safe(value) for name, value in values.items())
        if not changed:
            return current
        return self.store.correct(current, {**values, **self._provenance(model)}, reason=self.reason)

    def _provenance(self, model: type[Fact]) -> dict[str, Any]:
        origin = self.store.origin
        if not issubclass(model, CaseMixin):
            return {}
        return {
            "user_task_id": origin.user_task_id,
            "submission_id": origin.submission_id,
            "form_version": self.form.version,
        }

    def _belonging(self, model: type[Fact]) -> dict[str, Any]:
        """Region, establishment, case number and parents of a new record."""
        if not issubclass(model, CaseMixin):
            return {}
        if model in self.belonging:
            return self.belonging[model]
        case = self.context.data.get("case") or {}
        names = ("no", "region_code", "region_path", "is_drill")
        belonging = {name: case[name] for name in names if case.get(name) is not None}
        belonging["establishment_id"] = self.context.establishment_id or case.get("establishment_id")
        belonging["process_instance_id"] = self.context.process_instance_id
        self.belonging[model] = {**self._provenance(model), **belonging, **self._parents(model)}
        return self.belonging[model]

    def _parents(self, model: type[Fact]) -> dict[str, str]:
        parents = {}
        for key in model.__table__.foreign_keys:
            parent = record_type(key.column.table.name)
            current = self._current(parent) if parent is not None and parent is not model else None
            if current is not None:
                parents[key.parent.name] = current.id
        return parents

    def _rows(self, component: Component, model: type[Fact], rows: Sequence[Mapping[str, Any]], record: Fact) -> None:
        """One record of ``model`` for each row, with its files."""
        fixed = constants(model, component.properties.get("with") or {}, self.scope)
        fixed |= parent_key(model, record)
        level = questions(component.children)
        by = component.option("by")
        given = {by: self.store.actor.id} if by else {}
        wanted = [{**mapped(level, row, component.feeds), **fixed, **given} for row in rows]
        for row, written in zip(rows, self._children(model, wanted, fixed), strict=True):
            self._link_files(level, row, written)

    def _items(self, component: Component, answers: Mapping[str, Any], record: Fact) -> None:
        template = template_of(component, self.scope)
        items = [item for item in template.items if item.code in answers] if template else []
        fixed = {"inspection_id": record.id}
        wanted = []
        for item in items:
            answer = answers[item.code]
            wanted.append(
                {
                    **fixed,
                    "checklist_item_id": item.id,
                    **{name: getattr(item, name) for name in ("code", "section", "text", "is_key", "unit")},
                    **{name: column_value(_item_column(name), answer.get(name)) for name in _ITEM_ANSWERS},
                    **{name: answer.get(name) is True for name in _ITEM_MARKS},
                    "lots": answer.get("lots") or None,
                }
            )
        for item, written in zip(items, self._children(InspectionItem, wanted, fixed), strict=True):
            self.links.want(written, "photos", file_ids(answers[item.code].get("photos")))

    def _children(self, model: type[Fact], wanted: Sequence[dict[str, Any]], fixed: Mapping[str, Any]) -> list[Fact]:
        """The rows written: those of an earlier submission of this form are corrected, by code or place, or ended."""
        earlier = self._earlier(model, fixed)
        written = []
        for index, values in enumerate(wanted):
            written.append(self._write(model, earlier.pop(values.get("code", index), None), values))
        for gone in earlier.values():
            self.links.want_nothing(gone)
            self.store.tombstone(gone, reason=self.reason)
        return written

    def _earlier(self, model: type[Fact], fixed: Mapping[str, Any]) -> dict[object, Fact]:
        columns: Any = model
        statement = select(model).where(
            columns.process_instance_id == self.context.process_instance_id,
            columns.form_version.startswith(f"{self.form.key}@", autoescape=True),
            model.deleted_at.is_(None),
            *(getattr(model, name) == value for name, value in fixed.items()),
        )
        found = self.store.session.scalars(statement.order_by(model.id)).all()
        return {getattr(each, "code", index): each for index, each in enumerate(found)}

    def _link_files(self, level: Iterable[Asked], answers: Mapping[str, Any], record: Fact | None) -> None:
        for each in level:
            if each.component.type in ("filepicker", "signature"):
                ids = file_ids(answers.get(each.component.key))
                self.links.want(record, each.component.maps_to or each.component.key, ids)


_ITEM_ANSWERS = ("result", "note", "measured", "severity")
_ITEM_MARKS = ("affects_safety", "fixed_on_spot")


def _item_column(name: str) -> Any:
    return InspectionItem.__mapper__.column_attrs[name]


def mapped(level: Iterable[Asked], answers: Mapping[str, Any], feeds: str | None) -> dict[str, Any]:
    """What the answers say, column by column; a question that was hidden or left empty says null."""
    values: dict[str, Any] = {}
    for each in level:
        component, answer = each.component, answers.get(each.component.key)
        if component.type == "position" and component.maps_to == POSITION:
            place = answer or {}
            values |= {column: place.get(part) for part, column in POSITION_COLUMNS.items()}
            continue
        column = column_of(feeds, component.maps_to)
        if column is None or component.maps_to is None:
            continue
        if "." in component.maps_to:
            inner = values.setdefault(column.key, {})
            inner[component.maps_to.split(".", 1)[1]] = column_value(column, answer)
            continue
        value = None if answer == [] and not isinstance(column.columns[0].type, JSON) else column_value(column, answer)
        if value is not None or column.key not in values:
            values[column.key] = value
    return values


def constants(model: type[Fact], raw: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """The columns that a form fills by itself: literals, and texts that begin with ``=`` as FEEL."""
    values = {}
    for name, value in raw.items():
        if isinstance(value, str) and value.startswith("="):
            value = scope.value(read_condition(value, f"with.{name}"))
        values[name] = column_value(model.__mapper__.column_attrs[name], value)
    return values


def parent_key(model: type[Fact], record: Fact) -> dict[str, str]:
    """The column by which a row of ``model`` belongs to ``record``."""
    keys = [key.parent.name for key in model.__table__.foreign_keys if key.column.table is record.__table__]
    return {keys[0]: record.id} if keys else {}


def _all_files(level: Iterable[Asked], answers: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for each in level:
        value = answers.get(each.component.key)
        if each.component.type in ("filepicker", "signature"):
            found += file_ids(value)
        elif each.component.type == "dynamiclist":
            inner = questions(each.component.children)
            found += [file for row in value or [] for file in _all_files(inner, row)]
        elif each.component.type == "inspection_checklist":
            found += [file for item in (value or {}).values() for file in file_ids(item.get("photos"))]
    return found
