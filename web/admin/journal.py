"""What happened and what waits: the journal, jobs and incidents. Read only, but for a second try."""

from __future__ import annotations

from typing import Any, ClassVar

import orjson
from flask import flash, redirect, request
from flask_admin import expose
from flask_admin.model.template import EndpointLinkRowAction
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from engine import incidents
from engine.model import Incident, ProcessInstance
from records.journal import JournalEntry
from web.admin.tables import TableView
from web.admin.views import ReasonForm
from web.labels import label
from web.parts import parts
from web.permissions import actor


def _json(_view: object, _context: object, row: Any, name: str) -> Markup:
    value = getattr(row, name)
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() if value else ""
    return Markup("<pre>{}</pre>").format(text)


def _deed(_view: object, _context: object, row: JournalEntry, _name: str) -> str:
    return label("action", row.verb.rpartition(".")[2])


def _kind(_view: object, _context: object, row: JournalEntry, _name: str) -> str:
    return label("record", row.subject_type)


def _short(_view: object, _context: object, row: Any, name: str) -> Markup:
    value = str(getattr(row, name) or "")
    return Markup('<span title="{}">…{}</span>').format(value, value[-6:]) if value else Markup("")


def _case(view: TableView, _context: object, row: Any, name: str) -> Markup:
    case = view.session.get(ProcessInstance, getattr(row, name) or "")
    return Markup('<a href="/cases/{}">{}</a>').format(case.id, case.business_key) if case else Markup("")


class JournalView(TableView):
    """Who did what, newest first."""

    column_list = ("at", "actor_name", "verb", "subject_type", "subject_id", "reason", "remote_address", "chain", "seq")
    column_details_list = (*(column.key for column in JournalEntry.__table__.columns), "prev_hash")
    column_searchable_list = ("actor_name", "verb", "subject_id", "reason")
    column_filters = ("verb", "subject_type", "subject_id", "actor_id", "chain", "at")
    column_default_sort = ("at", True)
    column_formatters = {"before": _json, "after": _json}
    list_formatters: ClassVar[dict[str, Any]] = {
        "verb": _deed, "subject_type": _kind, "subject_id": _short, "chain": _short,
    }  # fmt: skip
    column_labels = {
        "at": _("时间"), "actor_name": _("操作人"), "verb": _("操作"), "subject_type": _("对象类型"),
        "subject_id": _("对象"), "reason": _("理由"), "remote_address": _("来源地址"), "chain": _("链"),
        "seq": _("序号"), "before": _("更改前"), "after": _("更改后"), "hash": _("哈希"), "prev_hash": _("前一哈希"),
        "on_behalf_of": _("代表"), "form_version": _("表单版本"),
    }  # fmt: skip


class JobView(TableView):
    """Background work."""

    column_list = ("due_at", "kind", "state", "element_id", "process_instance_id", "attempts", "last_error")
    column_filters = ("kind", "state", "due_at", "process_instance_id")
    column_default_sort = ("due_at", True)
    column_formatters = {"payload": _json}
    list_formatters: ClassVar[dict[str, Any]] = {"process_instance_id": _case}
    column_labels = {
        "due_at": _("到期"), "kind": _("类别"), "state": _("状态"), "element_id": _("环节"), "attempts": _("次数"),
        "process_instance_id": _("案件"), "last_error": _("最近错误"),
    }  # fmt: skip
    column_extra_row_actions = [EndpointLinkRowAction("fa fa-repeat", ".retry_view", _("重试"))]

    @expose("/retry/", methods=("GET", "POST"))
    def retry_view(self) -> str | Response:
        """Ask why, then let the job run again."""
        return _retry_page(self, incidents.incident_of_job(self.session, request.args.get("id", "")))


class IncidentView(TableView):
    """What needs a person."""

    column_list = ("opened_at", "slug", "message", "element_id", "process_instance_id", "resolved_at", "resolution")
    column_filters = ("slug", "opened_at", "resolved_at")
    column_default_sort = ("opened_at", True)
    list_formatters: ClassVar[dict[str, Any]] = {"process_instance_id": _case}
    column_labels = {
        "opened_at": _("发生时间"), "slug": _("类别"), "message": _("说明"), "element_id": _("环节"),
        "process_instance_id": _("案件"), "resolved_at": _("解决时间"), "resolution": _("处理结果"),
    }  # fmt: skip
    column_extra_row_actions = [EndpointLinkRowAction("fa fa-repeat", ".retry_view", _("重试"))]

    @expose("/retry/", methods=("GET", "POST"))
    def retry_view(self) -> str | Response:
        """Ask why, then let the job behind it run again."""
        return _retry_page(self, request.args.get("id", ""))


def _retry_page(view: TableView, incident_id: str | None) -> str | Response:
    back = view.get_url(".index_view")
    incident = view.session.get(Incident, incident_id or "")
    if incident is None or incident.resolved_at is not None:
        flash(gettext("此项无需重试"), "warning")
        return redirect(back)
    form = ReasonForm(request.form if request.method == "POST" else None)
    if view.validate_form(form):
        here = parts()
        with here.database.unit_of_work() as session:
            incidents.retry(session, here.clock, incident.id, actor(), str(form.reason.data).strip())
        flash(gettext("已重新排队"), "success")
        return redirect(back)
    return str(view.render("admin/reason.html", form=form, model=incident, title=gettext("重试"), back=back))
