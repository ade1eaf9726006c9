"""What the law counts: rule parameters (new versions), working days, checklists (new editions)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from flask import abort, flash, request
from flask_admin import expose
from flask_admin.model.template import EndpointLinkRowAction
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectField
from wtforms.validators import InputRequired

from engine.deadline_changes import announce, dry_count
from records.base import Fact
from records.calendar import CalendarDay
from records.checklists import ChecklistItem, ChecklistTemplate, ItemAnswer
from records.errors import ConflictError
from records.rules import RuleParam
from records.store import Store
from web.admin.fields import choice_field, parent_region_field
from web.admin.session import reading
from web.admin.views import MasterView

ITEM_FIELDS = ("position", "code", "section", "text", "basis", "is_key", "answer", "unit", "minimum", "maximum")


class EarlierVersionError(ConflictError):
    """A new version cannot begin before the one it replaces."""

    slug = "earlier-version"
    sentence = "新版本的生效日期必须晚于现行版本（%(day)s）"


class ReleasedEditionError(ConflictError):
    """A released edition never changes."""

    slug = "released-edition"
    sentence = "已发布的检查表不能更改，请新建版本"


class DeadlineView(MasterView):
    """Data that deadlines are counted from: after a change, those of its region are counted anew by a job."""

    def counts_anew(self, store: Store, reason: str, *facts: Fact, also: str | None = None) -> None:
        """Have it done, and say how much that is."""
        codes = {getattr(fact, "region_code", None) for fact in facts} | ({also} if also else set())
        session = store.session
        session.flush()
        announce(session, store.clock, codes, reason, f"{facts[-1].id}:{facts[-1].version}")
        count = dry_count(session, codes)
        if count.cases:
            text = gettext(
                "将重新计算 %(cases)s 件案件的期限（待办任务 %(tasks)s 项，定时器 %(timers)s 个），"
                "其中已知 %(moving)s 项任务的到期时间会变化，经办人会收到通知",
                cases=count.cases, tasks=count.user_tasks, timers=count.timers, moving=count.moving,
            )  # fmt: skip
            flash(text, "info")


class RuleParamView(DeadlineView):
    """Saving an open version begins a new one on its day of validity and ends the old one the day before."""

    can_end = False
    column_list = (
        "code",
        "title",
        "value",
        "unit",
        "region_code",
        "valid_from",
        "valid_to",
        "is_verified",
        "legal_basis",
    )
    column_searchable_list = ("code", "title", "legal_basis")
    column_filters = ("code", "unit", "is_verified")
    column_default_sort = [("code", False), ("valid_from", True)]
    column_labels = {
        "title": _("名称"), "value": _("值"), "unit": _("单位"), "valid_from": _("生效日期"), "valid_to": _("失效日期"),
        "is_verified": _("已核对"),
    }  # fmt: skip
    form_columns = ("code", "title", "value", "unit", "legal_basis", "is_verified", "valid_from")
    extra_fields: ClassVar[dict[str, Any]] = {"region_code": parent_region_field(_("适用区划（空为通用）"))}

    def completed(self, session: Session, values: dict[str, Any]) -> dict[str, Any]:
        """Rules have a region without a path."""
        return values

    def write_change(self, store: Store, fact: Fact, values: dict[str, Any], reason: str) -> None:
        """End the version and begin the next."""
        rule = store.session.get_one(RuleParam, fact.id)
        begins = values["valid_from"]
        if rule.valid_to is not None or begins <= rule.valid_from:
            raise EarlierVersionError(day=rule.valid_from.isoformat())
        store.correct(rule, {"valid_to": begins - timedelta(days=1)}, reason=reason)
        begun = store.add(RuleParam(**{**values, "code": rule.code, "region_code": rule.region_code}), reason=reason)
        self.counts_anew(store, reason, begun)

    def write_new(self, store: Store, values: dict[str, Any], reason: str) -> Fact:
        """A rule, or a region's own value of one."""
        rule = super().write_new(store, values, reason)
        self.counts_anew(store, reason, rule)
        return rule


class CalendarDayView(DeadlineView):
    """Days that differ from their weekday."""

    column_list = ("day", "is_working", "name", "region_code")
    column_filters = ("day", "is_working")
    column_default_sort = ("day", True)
    column_labels = {"day": _("日期"), "is_working": _("工作日")}
    form_columns = ("day", "is_working", "name")
    extra_fields: ClassVar[dict[str, Any]] = {"region_code": parent_region_field(_("适用区划（空为通用）"))}

    def completed(self, session: Session, values: dict[str, Any]) -> dict[str, Any]:
        """Calendar days have a region without a path."""
        return values

    def write_new(self, store: Store, values: dict[str, Any], reason: str) -> Fact:
        """A holiday or a make-up day."""
        day = super().write_new(store, values, reason)
        self.counts_anew(store, reason, day)
        return day

    def write_change(self, store: Store, fact: Fact, values: dict[str, Any], reason: str) -> None:
        """Another day, or another region: both regions count anew."""
        before = getattr(fact, "region_code", None)
        super().write_change(store, fact, values, reason)
        self.counts_anew(store, reason, fact, also=before)

    def write_end(self, store: Store, fact: Fact, reason: str) -> None:
        """The day is like its weekday again."""
        day = store.session.get_one(CalendarDay, fact.id)
        store.tombstone(day, reason=reason)
        self.counts_anew(store, reason, day)


class ChecklistTemplateView(MasterView):
    """Checklists. A released edition stays; a new one begins as a draft with the same items."""

    can_create = False
    can_edit = False
    can_end = False
    column_list = ("code", "edition", "name", "segment", "status", "legal_basis", "updated_at")
    column_filters = ("code", "status", "segment")
    column_default_sort = [("code", False), ("edition", True)]
    column_labels = {"edition": _("版次"), "segment": _("环节")}
    column_extra_row_actions = [
        EndpointLinkRowAction("fa fa-copy", ".new_edition_view", _("新建版本")),
        EndpointLinkRowAction("fa fa-check", ".release_view", _("发布")),
    ]

    @expose("/new-edition/", methods=("GET", "POST"))
    def new_edition_view(self) -> str | Response:
        """Ask why, then copy the edition as a draft."""
        template = self._asked_for()
        return self.with_reason(
            gettext("新建版本"), template, lambda store, reason: new_edition(store, template.id, reason)
        )

    @expose("/release/", methods=("GET", "POST"))
    def release_view(self) -> str | Response:
        """Ask why, then release the draft and retire the edition before it."""
        template = self._asked_for()
        if template.status != "draft":
            abort(404)
        return self.with_reason(gettext("发布"), template, lambda store, reason: release(store, template.id, reason))

    def _asked_for(self) -> ChecklistTemplate:
        found = self.get_one(request.args.get("id", ""))
        if found is None:
            abort(404)
        template: ChecklistTemplate = found
        return template


def new_edition(store: Store, template_id: str, reason: str) -> ChecklistTemplate:
    """A draft with the next edition number and copies of all items."""
    old = store.session.get_one(ChecklistTemplate, template_id)
    last = store.session.scalar(select(func.max(ChecklistTemplate.edition)).where(ChecklistTemplate.code == old.code))
    draft = ChecklistTemplate(
        code=old.code, edition=(last or 0) + 1, name=old.name, segment=old.segment, legal_basis=old.legal_basis,
        status="draft",
    )  # fmt: skip
    store.add(draft, reason=reason)
    store.session.flush()
    for item in old.items:
        copied = {name: getattr(item, name) for name in ITEM_FIELDS}
        store.add(ChecklistItem(template_id=draft.id, **copied), reason=reason)
    return draft


def release(store: Store, template_id: str, reason: str) -> None:
    """The draft becomes the edition in force; the released one before it retires."""
    draft = store.session.get_one(ChecklistTemplate, template_id)
    before = store.session.scalars(
        select(ChecklistTemplate).where(ChecklistTemplate.code == draft.code, ChecklistTemplate.status == "released")
    )
    for old in list(before):
        store.correct(old, {"status": "retired"}, reason=reason)
    store.correct(draft, {"status": "released"}, reason=reason)


def _drafts() -> list[tuple[str, str]]:
    rows = reading().execute(
        select(ChecklistTemplate.id, ChecklistTemplate.name, ChecklistTemplate.edition).where(
            ChecklistTemplate.status == "draft", ChecklistTemplate.deleted_at.is_(None)
        )
    )
    return [(id_, gettext("%(name)s 第 %(edition)s 版", name=name, edition=edition)) for id_, name, edition in rows]


class ChecklistItemView(MasterView):
    """Items. Only those of a draft edition change."""

    column_list = ("template_id", "code", "section", "text", "is_key", "answer", "minimum", "maximum", "unit", "basis")
    column_searchable_list = ("text", "basis", "code")
    column_filters = ("template_id", "is_key", "section")
    column_default_sort = [("template_id", False), ("position", False)]
    column_labels = {
        "template_id": _("检查表"), "section": _("章节"), "text": _("检查内容"), "basis": _("依据"),
        "is_key": _("重点项"), "answer": _("答案类型"), "unit": _("单位"),
        "minimum": _("下限"), "maximum": _("上限"), "position": _("次序"),
    }  # fmt: skip
    column_formatters = {"template_id": lambda view, _context, row, _name: view.edition_of(row.template_id)}
    form_columns = ("position", "code", "section", "text", "basis", "is_key", "unit", "minimum", "maximum")
    extra_fields: ClassVar[dict[str, Any]] = {
        "template_id": SelectField(_("检查表（草稿）"), [InputRequired()], choices=_drafts),
        "answer": choice_field(_("答案类型"), ItemAnswer, "item_answer"),
    }

    def edition_of(self, template_id: str) -> str:
        """Name and edition of the checklist."""
        template = self.session.get_one(ChecklistTemplate, template_id)
        return gettext("%(name)s 第 %(edition)s 版", name=template.name, edition=template.edition)

    def write_change(self, store: Store, fact: Fact, values: dict[str, Any], reason: str) -> None:
        """Correct an item of a draft."""
        item = store.session.get_one(ChecklistItem, fact.id)
        if store.session.get_one(ChecklistTemplate, item.template_id).status != "draft":
            raise ReleasedEditionError
        store.correct(item, values, reason=reason)

    def write_end(self, store: Store, fact: Fact, reason: str) -> None:
        """Take an item out of a draft."""
        item = store.session.get_one(ChecklistItem, fact.id)
        if store.session.get_one(ChecklistTemplate, item.template_id).status != "draft":
            raise ReleasedEditionError
        store.tombstone(item, reason=reason)
