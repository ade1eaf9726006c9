"""The back office at /admin/: master data through the one writer, the journal, jobs and incidents. ADM only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from flask import Flask
from flask_admin import Admin, AdminIndexView, expose
from flask_admin.base import BaseView
from flask_admin.theme import Bootstrap4Theme
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine.model import Incident, Job, JobState
from records.calendar import CalendarDay
from records.checklists import ChecklistItem, ChecklistTemplate
from records.indicators import AssessmentIndicator, AssessmentScheme
from records.journal import JournalEntry
from records.people import Organisation, Qualification, Region, User
from records.registry import Establishment, Product
from records.rules import RuleParam
from web.admin import session
from web.admin.assessment import AssessmentIndicatorView, AssessmentSchemeView
from web.admin.journal import IncidentView, JobView, JournalView
from web.admin.people import OrganisationView, QualificationView, RegionView, UserView
from web.admin.registry import EstablishmentView, ProductView
from web.admin.rules import CalendarDayView, ChecklistItemView, ChecklistTemplateView, RuleParamView
from web.admin.tables import may_enter
from web.permissions import permission


class FrontView(AdminIndexView):
    """What there is, and how much of it needs a person."""

    def is_accessible(self) -> bool:
        """Administrators only."""
        return may_enter()

    @expose("/")
    def index(self) -> str | Response:
        """The front page."""
        read = session.reading()
        figures = [
            (_("未解决的异常"), "admin_incident.index_view", _count(read, Incident, Incident.resolved_at.is_(None))),
            (_("待执行的作业"), "admin_job.index_view", _count(read, Job, Job.state == JobState.WAITING)),
            (
                _("主体"),
                "admin_establishment.index_view",
                _count(read, Establishment, Establishment.deleted_at.is_(None)),
            ),
            (_("人员"), "admin_user.index_view", _count(read, User, User.deleted_at.is_(None))),
        ]
        return str(self.render("admin/front.html", figures=figures))


def _count(read: Session, model: type, condition: object) -> int:
    return read.scalar(select(func.count()).select_from(model).where(condition)) or 0  # type: ignore[arg-type]


def register(app: Flask) -> None:
    """Bind the back office to the application."""
    session.register(app)
    admin = Admin(
        app,
        name="溯监",
        index_view=FrontView(name=_("概览"), url="/admin"),
        theme=Bootstrap4Theme(base_template="admin/layout_sujian.html", fluid=True),
    )
    admin.add_views(*_views())
    for endpoint, view in list(app.view_functions.items()):
        if endpoint.split(".")[0] == "admin" or endpoint.startswith("admin_"):
            guarded: Any = permission("admin.use")(cast("Callable[..., Any]", view))
            app.view_functions[endpoint] = guarded


def _views() -> list[BaseView]:
    registry, people, rules, running = _("主体与产品"), _("人员与机构"), _("规则与检查表"), _("运行")
    return [
        EstablishmentView(Establishment, _("主体"), registry),
        ProductView(Product, _("产品"), registry),
        UserView(User, _("用户"), people),
        OrganisationView(Organisation, _("机构"), people),
        QualificationView(Qualification, _("资质"), people),
        RegionView(Region, _("区划"), people),
        RuleParamView(RuleParam, _("规则参数"), rules),
        CalendarDayView(CalendarDay, _("工作日历"), rules),
        ChecklistTemplateView(ChecklistTemplate, _("检查表"), rules),
        ChecklistItemView(ChecklistItem, _("检查项目"), rules),
        AssessmentSchemeView(AssessmentScheme, _("考核方案"), rules),
        AssessmentIndicatorView(AssessmentIndicator, _("考核指标"), rules),
        JournalView(JournalEntry, _("日志"), running),
        JobView(Job, _("作业"), running),
        IncidentView(Incident, _("异常"), running),
    ]
