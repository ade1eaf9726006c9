"""Flask-Admin over our tables: lists, search, filters, details. (Its own SQLAlchemy support wants Flask-SQLAlchemy.)"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from flask_admin.form import BaseForm
from flask_admin.model.base import BaseModelView
from flask_admin.model.filters import BaseFilter
from flask_admin.tools import iterdecode, iterencode
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Date,
    Float,
    Integer,
    Numeric,
    Select,
    Text,
    func,
    inspect,
    or_,
    select,
)
from sqlalchemy.orm import Session
from werkzeug import Response
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    Field,
    FloatField,
    Form,
    IntegerField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from records.base import Base
from records.exports import harmless, text_of
from web.admin.session import reading
from web.labels import label
from web.moments import minute
from web.permissions import holds
from web.values import shown

SECRET = frozenset({"password", "fs_uniquifier", "tf_totp_secret", "mf_recovery_codes"})
PAGE_SIZE, LARGEST_PAGE, LAST_PAGE = 50, 500, 1_000_000
#: columns that hold a code, whatever their type
CODES = frozenset({"answer", "kind", "level", "source", "state", "status"})
SHARED_LABELS: dict[str, Any] = {
    "name": _("名称"), "code": _("编码"), "region_code": _("区划"), "status": _("状态"), "kind": _("类别"),
    "created_at": _("建立时间"), "updated_at": _("更改时间"), "version": _("版本"), "legal_basis": _("依据"),
    "reason": _("更改理由"), "created_by": _("建立人"), "deleted_at": _("停用时间"), "region_path": _("区划路径"),
}  # fmt: skip


class Equals(BaseFilter):
    """Rows whose column has exactly this value."""

    def __init__(self, column: Any, name: Any) -> None:
        self.column = column
        kind = getattr(column.type, "enum_class", None)
        options = [(each.value, each.value) for each in kind] if kind else None
        if isinstance(column.type, Boolean):
            options = [("1", _("是")), ("0", _("否"))]
        super().__init__(name, options)

    def clean(self, value: str) -> Any:
        """The text as the column wants it; ValueError when it cannot be that."""
        if isinstance(self.column.type, Boolean):
            return value == "1"
        if isinstance(self.column.type, Integer):
            return int(value)
        if isinstance(self.column.type, Date):
            return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a day, not a moment
        kind = getattr(self.column.type, "enum_class", None)
        return kind(value) if kind else value

    def apply(self, query: Select[Any], value: Any) -> Select[Any]:
        """Narrow the query."""
        return query.where(self.column == value)

    def operation(self) -> Any:
        """What it does, in words."""
        return _("等于")


class TableView(BaseModelView):
    """One table, to look at."""

    can_create = can_edit = can_delete = False
    can_view_details = True
    can_export = True
    can_set_page_size = True
    page_size = PAGE_SIZE
    named_filter_urls = True
    column_formatters: Any = {}
    column_labels: Any = {}
    column_details_list: Any = None
    column_extra_row_actions: Any = None
    #: column → table of web.labels that names its codes
    named: ClassVar[dict[str, str]] = {}
    #: formatters of the list alone; a row's own page shows everything as it is kept
    list_formatters: ClassVar[dict[str, Any]] = {}

    def __init__(self, model: type[Base], name: object, category: object) -> None:
        table: str = model.__tablename__
        self.table = model.__table__
        self.column_labels = {**SHARED_LABELS, **(self.column_labels or {})}
        keys = [column.key for column in self.table.columns]
        if self.column_details_list is None:
            self.column_details_list = [key for key in keys if key not in SECRET]
        moments = [column.key for column in self.table.columns if column.type.python_type is datetime]
        codes = [
            column.key
            for column in self.table.columns
            if column.key in CODES or getattr(column.type, "enum_class", None)
        ]
        self.column_formatters_detail = {
            **dict.fromkeys(moments, moment),
            **dict.fromkeys(codes, code),
            **dict.fromkeys(self.named, code),
            **(self.column_formatters or {}),
        }
        self.column_formatters = {**self.column_formatters_detail, **self.list_formatters}
        super().__init__(model, name, category, f"admin_{table}", f"/admin/{table.replace('_', '-')}")

    @property
    def session(self) -> Session:
        """The session of this request, to read with."""
        return reading()

    def is_accessible(self) -> bool:
        """Administrators only; others are refused."""
        return may_enter()

    def condition(self) -> ColumnElement[bool] | None:
        """What every row must be; None for all rows."""
        return None

    # -- what Flask-Admin asks a backend -------------------------------------------------------------------------------

    def get_pk_value(self, model: Any) -> str:
        """The row's id, or what its key consists of."""
        return str(iterencode(inspect(model).identity))

    def _export_csv(self, return_url: Any) -> Response:
        """Written while the session is open that its rows' relations are read with, not after the request."""
        answer: Response = super()._export_csv(return_url)
        answer.freeze()
        return answer

    def get_export_value(self, model: Any, name: str) -> str:
        """A cell of an export: never a formula."""
        return harmless(text_of(super().get_export_value(model, name)))

    def scaffold_list_columns(self) -> list[str]:
        """Every column, unless the view names its own."""
        return [column.key for column in self.table.columns if column.key not in SECRET]

    def scaffold_sortable_columns(self) -> dict[str, str]:
        """Every plain column."""
        return {column.key: column.key for column in self.table.columns}

    def scaffold_form(self) -> type[Form]:
        """An empty form; views that write have their own."""
        return BaseForm

    def scaffold_list_form(self, widget: Any = None, validators: Any = None) -> type[Form]:
        """Nothing is edited in lists."""
        return BaseForm

    def search_placeholder(self) -> str:
        """What stands in the empty search box."""
        return gettext("搜索")

    def init_search(self) -> bool:
        """Search where the view names columns."""
        return bool(self.column_searchable_list)

    def scaffold_filters(self, name: Any) -> list[BaseFilter]:
        """One filter per column."""
        return [Equals(getattr(self.model, name), self.column_labels.get(name, name))]

    def is_valid_filter(self, filter: Any) -> bool:
        """True for a ready-made filter."""
        return isinstance(filter, BaseFilter)

    def get_list(
        self,
        page: int | None,
        sort_field: Any,
        sort_desc: bool,
        search: str | None,
        filters: Sequence[tuple[int, str, str]] | None,
        page_size: int | None = None,
    ) -> tuple[int, list[Any]]:
        """How many there are, and one page of them."""
        query = select(self.model)
        for condition in self._conditions(search):
            query = query.where(condition)
        for index, _name, value in filters or ():
            one: Any = self._filters[index]
            query = one.apply(query, one.clean(value))
        count = self.session.scalar(select(func.count()).select_from(query.subquery())) or 0
        size = min(page_size or self.page_size, LARGEST_PAGE)
        ordered = (
            query.order_by(*self._order(sort_field, sort_desc))
            .limit(size)
            .offset(min(max(page or 0, 0), LAST_PAGE) * size)
        )
        return count, list(self.session.scalars(ordered).unique())

    def get_one(self, id: str) -> Any:
        """One row, or None."""
        key = iterdecode(id)
        return self.session.get(self.model, key) if len(key) == len(self.key) else None

    @property
    def key(self) -> tuple[Any, ...]:
        """The columns that a row is known by."""
        return tuple(inspect(self.model).primary_key)

    def _conditions(self, search: str | None) -> list[ColumnElement[bool]]:
        own = self.condition()
        conditions = [] if own is None else [own]
        columns = [getattr(self.model, name) for name in self.column_searchable_list or ()]
        for word in (search or "").split() if columns else ():
            conditions.append(or_(*(column.contains(word, autoescape=True) for column in columns)))
        return conditions

    def _order(self, sort_field: Any, sort_desc: bool) -> list[Any]:
        chosen = self.column_default_sort
        pairs = [(sort_field, sort_desc)] if sort_field else chosen if isinstance(chosen, list) else [chosen]
        order = []
        for pair in pairs:
            name, descending = pair if isinstance(pair, tuple) else (pair, False)
            column = getattr(self.model, name or "id")
            order.append(column.desc() if descending else column.asc())
        return [*order, *self.key]

    def create_model(self, form: Form) -> Any:
        """Nothing is written here."""
        return False

    def update_model(self, form: Form, model: Any) -> bool:
        """Nothing is written here."""
        return False

    def delete_model(self, model: Any) -> bool:
        """Nothing is deleted, ever."""
        return False


def may_enter() -> bool:
    """True for administrators."""
    return bool(current_user.is_authenticated) and holds("admin.use")


def moment(_view: object, _context: object, row: Any, name: str) -> str:
    """A moment on the clocks of Asia/Shanghai."""
    return minute(getattr(row, name))


def code(view: TableView, _context: object, row: Any, name: str) -> str:
    """A code by its name where it has one."""
    value = getattr(row, name)
    return label(view.named[name], value) if name in view.named else shown(view.model.__tablename__, name, value)


_FIELDS: tuple[tuple[type, type[Field]], ...] = (
    (Boolean, BooleanField),
    (Integer, IntegerField),
    (Float, FloatField),
    (Numeric, DecimalField),
    (Date, DateField),
    (Text, TextAreaField),
)


def field_of(column: Column[Any], title: Any) -> Field:
    """The question for a column: required where the column must have a value."""
    kind = next((field for kind, field in _FIELDS if isinstance(column.type, kind)), StringField)
    if kind is BooleanField:
        return BooleanField(title, default=bool(getattr(column.default, "arg", False)))
    needed = not column.nullable and column.default is None
    checks: list[Any] = [InputRequired() if needed else Optional()]
    length = getattr(column.type, "length", None)
    if length:
        checks.append(Length(max=length))
    return kind(title, checks)
