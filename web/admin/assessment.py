"""Indicator tables of assessments in the back office: drafts are edited, checked, released; released ones stay."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from flask import abort, request
from flask_admin import expose
from flask_admin.model.template import EndpointLinkRowAction
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired

from records.base import Fact
from records.indicators import (
    AssessmentIndicator,
    AssessmentScheme,
    Direction,
    IndicatorSource,
    ReleasedSchemeError,
    SchemeState,
    Scope,
    new_edition,
    release,
)
from records.registry import EstablishmentKind
from records.store import Store
from web.admin.fields import choice_field
from web.admin.session import reading
from web.admin.views import MasterView
from web.labels import label

BETWEEN = "，"


class AssessmentSchemeView(MasterView):
    """Assessment schemes. A released edition stays; a new one begins as a draft with the same indicators."""

    can_create = False
    can_end = False
    column_list = ("code", "edition", "name", "status", "node_kinds", "has_authorities", "released_at")
    column_filters = ("code", "status")
    column_default_sort = [("code", False), ("edition", True)]
    column_labels = {
        "edition": _("版次"), "node_kinds": _("参评节点类别"), "has_authorities": _("考核区县机构"),
        "released_at": _("发布时间"),
    }  # fmt: skip
    form_columns = ("name", "legal_basis", "has_authorities")
    extra_fields: ClassVar[dict[str, Any]] = {
        "node_kinds": SelectMultipleField(
            _("参评节点类别"),
            choices=lambda: [(each.value, label("establishment_kind", each.value)) for each in EstablishmentKind],
        ),
    }  # fmt: skip
    column_extra_row_actions = [
        EndpointLinkRowAction("fa fa-copy", ".new_edition_view", _("新建版本")),
        EndpointLinkRowAction("fa fa-check", ".release_view", _("发布")),
    ]

    def write_change(self, store: Store, fact: Fact, values: dict[str, Any], reason: str) -> None:
        """Correct a draft."""
        store.correct(_draft(store, fact.id), values, reason=reason)

    @expose("/new-edition/", methods=("GET", "POST"))
    def new_edition_view(self) -> str | Response:
        """Ask why, then copy the edition as a draft."""
        asked = self._asked_for()
        return self.with_reason(
            gettext("新建版本"),
            asked,
            lambda store, reason: new_edition(store, store.session.get_one(AssessmentScheme, asked.id), reason),
        )

    @expose("/release/", methods=("GET", "POST"))
    def release_view(self) -> str | Response:
        """Ask why, then check the draft and put it in force; its faults are told one by one."""
        asked = self._asked_for()
        if asked.status is not SchemeState.DRAFT:
            abort(404)
        return self.with_reason(
            gettext("发布"),
            asked,
            lambda store, reason: release(store, store.session.get_one(AssessmentScheme, asked.id), reason),
        )

    def _asked_for(self) -> AssessmentScheme:
        found = self.get_one(request.args.get("id", ""))
        if found is None:
            abort(404)
        scheme: AssessmentScheme = found
        return scheme


def _drafts() -> list[tuple[str, str]]:
    rows = reading().execute(
        select(AssessmentScheme.id, AssessmentScheme.name, AssessmentScheme.edition).where(
            AssessmentScheme.status == SchemeState.DRAFT, AssessmentScheme.deleted_at.is_(None)
        )
    )
    return [(id_, gettext("%(name)s 第 %(edition)s 版", name=name, edition=edition)) for id_, name, edition in rows]


class ThresholdsField(StringField):
    """``0=0，0.9=0.5，1=1``: from a ratio on, this share of the points."""

    def _value(self) -> str:
        if isinstance(self.data, list):
            return BETWEEN.join(f"{step['from']}={step['share']}" for step in self.data)
        return self.data or ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the steps; what is no step is refused."""
        text = (valuelist[0] if valuelist else "").strip()
        try:
            self.data = [_step(part) for part in text.replace(",", BETWEEN).split(BETWEEN)] if text else None
        except (ValueError, InvalidOperation):
            raise ValueError(gettext("请按“0=0，0.9=0.5，1=1”填写")) from None


def _step(text: str) -> dict[str, float]:
    start, share = text.split("=")
    return {"from": float(Decimal(start.strip())), "share": float(Decimal(share.strip()))}


class AssessmentIndicatorView(MasterView):
    """Indicators. Only those of a draft change; what is wrong with the table is said when it is released."""

    column_list = (
        "scheme_id",
        "code",
        "parent_code",
        "name",
        "max_points",
        "weight",
        "source",
        "formula",
        "thresholds",
    )
    column_searchable_list = ("code", "name")
    column_filters = ("scheme_id", "source")
    column_default_sort = [("scheme_id", False), ("position", False)]
    column_labels = {
        "scheme_id": _("考核方案"), "parent_code": _("上级指标代码"), "explanation": _("考核内容"),
        "max_points": _("满分"),
        "weight": _("权重"), "formula": _("公式"), "thresholds": _("阈值"), "position": _("次序"),
        "needs_evidence": _("须附佐证"),
    }  # fmt: skip
    column_formatters = {"scheme_id": lambda view, _context, row, _name: view.edition_of(row.scheme_id)}
    form_columns = (
        "position", "code", "parent_code", "name", "explanation", "max_points", "weight", "formula", "needs_evidence",
    )  # fmt: skip
    extra_fields: ClassVar[dict[str, Any]] = {
        "scheme_id": SelectField(_("考核方案（草稿）"), [InputRequired()], choices=_drafts),
        "source": choice_field(_("数据来源"), IndicatorSource, "indicator_source"),
        "direction": choice_field(_("方向"), Direction, "indicator_direction"),
        "scope": choice_field(_("适用对象"), Scope, "indicator_scope"),
        "thresholds": ThresholdsField(
            _("阈值"), description=_("如 0=0，0.9=0.5，1=1：达到该比例得该份额；不填按比例得分")
        ),
    }

    def edition_of(self, scheme_id: str) -> str:
        """Name and edition of the scheme."""
        scheme = self.session.get_one(AssessmentScheme, scheme_id)
        return gettext("%(name)s 第 %(edition)s 版", name=scheme.name, edition=scheme.edition)

    def write_new(self, store: Store, values: dict[str, Any], reason: str) -> Fact:
        """An indicator of a draft."""
        _draft(store, values["scheme_id"])
        return super().write_new(store, values, reason)

    def write_change(self, store: Store, fact: Fact, values: dict[str, Any], reason: str) -> None:
        """Correct an indicator of a draft."""
        row = store.session.get_one(AssessmentIndicator, fact.id)
        _draft(store, row.scheme_id)
        store.correct(row, values, reason=reason)

    def write_end(self, store: Store, fact: Fact, reason: str) -> None:
        """Take an indicator out of a draft."""
        row = store.session.get_one(AssessmentIndicator, fact.id)
        _draft(store, row.scheme_id)
        store.tombstone(row, reason=reason)


def _draft(store: Store, scheme_id: str) -> AssessmentScheme:
    """The scheme, as long as it is a draft. Raises ReleasedSchemeError."""
    scheme = store.session.get_one(AssessmentScheme, scheme_id)
    if scheme.status is not SchemeState.DRAFT:
        raise ReleasedSchemeError
    return scheme
