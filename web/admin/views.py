"""Master data in the back office: Flask-Admin shows and asks, the records store writes, with a reason, journaled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from flask import abort, flash, redirect, request
from flask_admin import expose
from flask_admin.form import BaseForm, recreate_field
from flask_admin.model.template import EndpointLinkRowAction
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import Form, TextAreaField
from wtforms.validators import InputRequired, Length

from records.base import Fact, Source
from records.errors import DomainError
from records.people import Region
from records.store import Origin, Store
from web.admin.tables import TableView, field_of
from web.errors import sentence_of
from web.parts import parts
from web.permissions import actor

SHORTEST_REASON = 4
WHY = [InputRequired(), Length(min=SHORTEST_REASON, max=500)]


class ReasonForm(BaseForm):
    """Why."""

    reason = TextAreaField(_("理由"), WHY)


class MasterView(TableView):
    """One kind of master data. Subclasses name the columns; every change goes through the one writer."""

    can_create = can_edit = True
    can_end: ClassVar[bool] = True
    #: fields of the form that are no plain columns, by name
    extra_fields: ClassVar[dict[str, Any]] = {}

    def scaffold_form(self) -> type[Form]:
        """The named columns, the extra fields, and why."""
        fields = {
            name: field_of(self.table.columns[name], self.column_labels.get(name, name))
            for name in self.form_columns or ()
        }
        reason = TextAreaField(_("更改理由"), WHY, description=_("写入日志，不可更改"))
        extra = {name: recreate_field(field) for name, field in self.extra_fields.items()}  # in the order of this form
        form: type[Form] = type("MasterForm", (BaseForm,), {**fields, **extra, "reason": recreate_field(reason)})
        return form

    def get_list_row_actions(self) -> list[Any]:
        """Open, edit, end."""
        actions = super().get_list_row_actions()
        if self.can_end:
            actions.append(EndpointLinkRowAction("fa fa-archive", ".end_view", _("停用")))
        return list(actions)

    def condition(self) -> ColumnElement[bool]:
        """Only what has not ended."""
        ended: ColumnElement[bool] = self.model.deleted_at.is_(None)
        return ended

    def create_model(self, form: Form) -> Fact | bool:
        """A new fact, with the reason given."""
        return self._written(lambda store: self.write_new(store, self.facts_of(form), _reason(form)))

    def update_model(self, form: Form, model: Fact) -> bool:
        """A new version of the fact, with the reason given."""

        def write(store: Store) -> Fact:
            fact = store.session.get_one(type(model), model.id)
            self.write_change(store, fact, self.facts_of(form), _reason(form))
            return fact

        return bool(self._written(write))

    def write_new(self, store: Store, values: dict[str, Any], reason: str) -> Fact:
        """Add the fact. Kinds of data with more to do extend this."""
        return store.add(self.model(**self.completed(store.session, values)), reason=reason)

    def write_change(self, store: Store, fact: Fact, values: dict[str, Any], reason: str) -> None:
        """Correct the fact. Kinds of data with more to do extend this."""
        store.correct(fact, self.completed(store.session, values), reason=reason)

    def write_end(self, store: Store, fact: Fact, reason: str) -> None:
        """Set the tombstone. Kinds of data that may not always end extend this."""
        store.tombstone(store.session.get_one(type(fact), fact.id), reason=reason)

    def completed(self, session: Session, values: dict[str, Any]) -> dict[str, Any]:
        """The values with what follows from them (the region's path)."""
        if "region_code" in values and hasattr(self.model, "region_path"):
            values["region_path"] = region_path(session, values["region_code"])
        return values

    def facts_of(self, form: Form) -> dict[str, Any]:
        """The form's values that are columns of the fact; empty text is no value."""
        columns = {column.key for column in self.model.__table__.columns}
        return {field.name: _tidy(field.data) for field in form if field.name in columns}

    @expose("/end/", methods=("GET", "POST"))
    def end_view(self) -> str | Response:
        """Ask for the reason, then set the tombstone."""
        if not self.can_end:
            abort(404)
        model = self.get_one(request.args.get("id", ""))
        if model is None or model.deleted_at is not None:
            abort(404)
        return self.with_reason(gettext("停用"), model, lambda store, reason: self.write_end(store, model, reason))

    def with_reason(self, title: str, model: Fact, write: Callable[[Store, str], object]) -> str | Response:
        """A page that asks why; then ``write`` is done and the list is shown again."""
        form = ReasonForm(request.form if request.method == "POST" else None)
        if self.validate_form(form) and self._written(lambda store: write(store, _reason(form)) or True):
            flash(gettext("已完成：%(title)s", title=title), "success")
            return redirect(self.get_url(".index_view"))
        return str(
            self.render("admin/reason.html", form=form, model=model, title=title, back=self.get_url(".index_view"))
        )

    def _written(self, write: Any) -> Any:
        here = parts()
        try:
            with here.database.unit_of_work() as session:
                return write(Store(session, here.clock, actor(), Origin(source=Source.ADMIN)))
        except DomainError as error:
            flash(sentence_of(error), "error")
        except IntegrityError:
            flash(gettext("与已有数据重复，或引用的数据不存在"), "error")
        return False


def region_path(session: Session, code: str) -> str:
    """The path of a region; a code that is none is refused."""
    path = session.scalar(select(Region.path).where(Region.code == code, Region.deleted_at.is_(None)))
    if path is None:
        raise UnknownRegionError(code=code)
    return path


class UnknownRegionError(DomainError):
    """No region has this code."""

    slug = "unknown-region"
    sentence = "没有区划代码 %(code)s"


def _reason(form: Form) -> str:
    return str(form.reason.data).strip()


def _tidy(value: object) -> object:
    if isinstance(value, str):
        return value.strip() or None
    return value
