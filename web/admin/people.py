"""People, where they belong and what they may do: users, organisations, qualifications, regions."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import abort, flash, redirect, request
from flask_admin import expose
from flask_admin.model.template import EndpointLinkRowAction
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_security import hash_password
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, Form, PasswordField, StringField
from wtforms.validators import Length, Optional

from records.base import Fact
from records.errors import ConflictError, DomainError
from records.people import QualificationKind, Region, Role, RoleCode, User
from records.registry import Establishment
from records.store import Store
from web.admin.fields import (
    choice_field,
    organisation_field,
    parent_region_field,
    region_field,
    roles_field,
    user_field,
)
from web.admin.hand_over import hand_over, handings
from web.admin.views import MasterView, ReasonForm, region_path
from web.errors import sentence_of
from web.labels import label
from web.parts import parts
from web.permissions import actor

PASSWORD_LENGTH = 10


class LastAdministratorError(ConflictError):
    """Administrators cannot lock themselves out."""

    slug = "own-account"
    sentence = "不能停用自己的账号或取消自己的管理员角色"


class PasswordNeededError(DomainError):
    """A new account has no password yet."""

    slug = "password-needed"
    sentence = "新账号需要设置密码"


class UnknownEstablishmentError(DomainError):
    """No establishment has this credit code."""

    slug = "unknown-establishment"
    sentence = "没有统一社会信用代码为 %(code)s 的主体"


def establishment_id(session: Session, credit_code: str) -> str:
    """The establishment with this credit code; a code that is none is refused."""
    found = session.scalar(
        select(Establishment.id).where(Establishment.credit_code == credit_code, Establishment.deleted_at.is_(None))
    )
    if found is None:
        raise UnknownEstablishmentError(code=credit_code)
    return found


class UserView(MasterView):
    """Accounts. A password is set here, never shown; new roles and passwords end the sessions of the person."""

    column_list = ("username", "name", "roles", "region_code", "certificate_no", "active", "updated_at")
    column_searchable_list = ("username", "name", "email", "certificate_no")
    column_filters = ("active", "region_code")
    column_default_sort = "username"
    column_labels = {
        "username": _("用户名"), "name": _("姓名"), "email": _("邮箱"), "phone": _("电话"), "active": _("启用"),
        "roles": _("角色"), "organisation_id": _("机构"), "certificate_no": _("执法证号"),
    }  # fmt: skip
    column_formatters = {
        "roles": lambda _view, _context, user, _name: "、".join(label("role", role.name) for role in user.roles)
    }
    form_columns = ("username", "name", "email", "phone", "certificate_no", "active")
    extra_fields: ClassVar[dict[str, Any]] = {
        "region_code": region_field(_("辖区")),
        "organisation_id": organisation_field(_("机构")),
        "credit_code": StringField(_("经营主体（统一社会信用代码）"), [Optional(), Length(18, 18)]),
        "roles": roles_field(_("角色")),
        "new_password": PasswordField(_("设置新密码"), [Optional(), Length(min=PASSWORD_LENGTH, max=128)]),
    }

    def on_form_prefill(self, form: Form, id: str) -> None:
        """Show whose business it is."""
        user = self.get_one(id)
        if user and user.establishment_id and not form.credit_code.data:
            place = self.session.get(Establishment, user.establishment_id)
            form.credit_code.data = place.credit_code if place else ""

    def facts_of(self, form: Form) -> dict[str, Any]:
        """The columns, and beside them what is not part of the fact."""
        return {
            **super().facts_of(form),
            "credit_code": (form.credit_code.data or "").strip(),
            "roles": list(form.roles.data or ()),
            "new_password": form.new_password.data or "",
        }

    def write_new(self, store: Store, values: dict[str, Any], reason: str) -> Fact:
        """Add the account; it needs a password."""
        secret = values.pop("new_password")
        if not secret:
            raise PasswordNeededError
        user = User(**self.completed(store.session, values), fs_uniquifier=store.clock.new_id())
        store.add(user, reason=reason)
        _set_password(store, user, secret, reason)
        return user

    def write_change(self, store: Store, fact: Fact, values: dict[str, Any], reason: str) -> None:
        """Correct the account, its roles, and its password when one is given."""
        secret = values.pop("new_password")
        user = store.session.get_one(User, fact.id)
        if user.id == actor().id and not (values["active"] and RoleCode.ADMINISTRATOR in values["roles"]):
            raise LastAdministratorError
        before = set(user.roles)
        store.correct(user, self.completed(store.session, values), reason=reason)
        if set(user.roles) != before:
            user.fs_uniquifier = store.clock.new_id()
        if secret:
            _set_password(store, user, secret, reason)

    def get_list_row_actions(self) -> list[Any]:
        """Beside editing: handing over what somebody who leaves has in hand."""
        handing = EndpointLinkRowAction("fa fa-share", ".hand_over_view", _("交接并停用"))
        return [*super().get_list_row_actions(), handing]

    @expose("/hand-over/", methods=("GET", "POST"))
    def hand_over_view(self) -> str | Response:
        """Give each open task of a leaver to somebody; then the account is closed."""
        user = self.get_one(request.args.get("id", ""))
        if user is None or user.deleted_at is not None:
            abort(404)
        form = ReasonForm(request.form if request.method == "POST" else None)
        if self.validate_form(form) and self._handed_over(user, str(form.reason.data).strip()):
            return redirect(self.get_url(".index_view"))
        with parts().database.reading() as session:
            rows = handings(session, parts().clock, actor(), user.id)
        back = self.get_url(".index_view")
        return str(self.render("admin/hand_over.html", form=form, user=user, handings=rows, back=back))

    def _handed_over(self, user: User, reason: str) -> bool:
        given = {name[3:]: value for name, value in request.form.items() if name.startswith("to.")}
        try:
            if user.id == actor().id:
                raise LastAdministratorError
            results, is_closed = hand_over(parts(), actor(), user, given, reason)
        except DomainError as error:
            flash(sentence_of(error), "error")
            return False
        for result in results:
            if result.refusal is not None:
                flash(f"{result.business_key or ''} {sentence_of(result.refusal)}", "error")
        if is_closed:
            flash(gettext("已移交 %(count)s 项，账号已停用", count=len(results)), "success")
        return is_closed

    def completed(self, session: Session, values: dict[str, Any]) -> dict[str, Any]:
        """The region's path, the roles by their codes, and the business by its credit code."""
        values["roles"] = list(session.scalars(select(Role).where(Role.name.in_(values["roles"]))))
        code = values.pop("credit_code", "")
        values["establishment_id"] = establishment_id(session, code) if code else None
        return super().completed(session, values)


def _set_password(store: Store, user: User, secret: str, reason: str) -> None:
    user.password = hash_password(secret)
    user.fs_uniquifier = store.clock.new_id()
    store.enter("user.password_set", "user", user.id, reason=reason)


class OrganisationView(MasterView):
    """Authorities, market operators, laboratories."""

    column_list = ("name", "level", "kind", "region_code", "is_managing")
    column_searchable_list = ("name",)
    column_filters = ("level", "kind", "region_code")
    column_default_sort = "region_path"
    column_labels = {"level": _("层级"), "is_managing": _("主管部门"), "parent_id": _("上级机构")}
    form_columns = ("name", "level", "kind", "is_managing")
    extra_fields: ClassVar[dict[str, Any]] = {
        "region_code": region_field(_("辖区")),
        "parent_id": organisation_field(_("上级机构")),
    }


class QualificationView(MasterView):
    """Certificates of training and examination (standard 4.2)."""

    column_list = ("certificate_no", "user_id", "kind", "exam_score", "issued_on", "expires_on", "suspended_at")
    column_searchable_list = ("certificate_no",)
    column_filters = ("kind", "expires_on")
    column_labels = {
        "user_id": _("持证人"), "certificate_no": _("证书编号"), "exam_score": _("考核成绩"),
        "issued_on": _("发证日期"), "expires_on": _("有效期至"), "suspended_at": _("暂停时间"),
    }  # fmt: skip
    named: ClassVar[dict[str, str]] = {"kind": "qualification"}
    column_formatters = {"user_id": lambda view, _context, row, _name: view.holder(row.user_id)}
    form_columns = ("certificate_no", "exam_score", "issued_on", "expires_on")
    extra_fields: ClassVar[dict[str, Any]] = {
        "user_id": user_field(_("持证人")),
        "kind": choice_field(_("类别"), QualificationKind, "qualification"),
        "is_suspended": BooleanField(_("暂停使用")),
    }

    def holder(self, user_id: str) -> str:
        """The holder's name."""
        user = self.session.get(User, user_id)
        return user.name if user else user_id

    def on_form_prefill(self, form: Form, id: str) -> None:
        """Show whether it is suspended."""
        row = self.get_one(id)
        form.is_suspended.data = bool(row and row.suspended_at)

    def facts_of(self, form: Form) -> dict[str, Any]:
        """The columns, and whether it is suspended."""
        return {**super().facts_of(form), "is_suspended": bool(form.is_suspended.data)}

    def write_new(self, store: Store, values: dict[str, Any], reason: str) -> Fact:
        """Add the certificate."""
        return super().write_new(store, _suspended(store, values, None), reason)

    def write_change(self, store: Store, fact: Fact, values: dict[str, Any], reason: str) -> None:
        """Correct, suspend or reinstate."""
        super().write_change(store, fact, _suspended(store, values, getattr(fact, "suspended_at", None)), reason)


def _suspended(store: Store, values: dict[str, Any], since: Any) -> dict[str, Any]:
    wanted = values.pop("is_suspended")
    values["suspended_at"] = (since or store.clock.now()) if wanted else None
    return values


class RegionView(MasterView):
    """The region tree. The path follows from the region above."""

    column_list = ("code", "name", "level", "parent_code", "path")
    column_searchable_list = ("code", "name")
    column_default_sort = "path"
    column_labels = {"level": _("层级"), "parent_code": _("上级区划"), "path": _("路径")}
    form_columns = ("code", "name", "level")
    extra_fields: ClassVar[dict[str, Any]] = {"parent_code": parent_region_field(_("上级区划"))}

    def completed(self, session: Session, values: dict[str, Any]) -> dict[str, Any]:
        """The path below the region above."""
        above = values.get("parent_code")
        values["path"] = f"{region_path(session, above) if above else '/'}{values['code']}/"
        return values

    def write_change(self, store: Store, fact: Fact, values: dict[str, Any], reason: str) -> None:
        """Names may change; the place in the tree only while nothing hangs on it."""
        region = store.session.get_one(Region, fact.id)
        completed = self.completed(store.session, values)
        if completed["path"] != region.path:
            raise RegionMovedError
        store.correct(region, completed, reason=reason)


class RegionMovedError(ConflictError):
    """A region keeps its code and its place; records carry its path."""

    slug = "region-moved"
    sentence = "区划的代码和上级不能更改，请新建区划"
