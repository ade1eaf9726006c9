"""The registry: establishments and products."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from records.clock import today
from records.errors import DomainError
from records.registry import Establishment, EstablishmentKind, Segment, credit_code_is_valid
from records.store import Store
from web.admin.fields import choice_field, grade_field, market_field, region_field, status_field
from web.admin.people import establishment_id
from web.admin.views import MasterView


class CreditCodeError(DomainError):
    """The checksum of the credit code is wrong (GB 32100)."""

    slug = "credit-code"
    sentence = "统一社会信用代码 %(code)s 校验未通过"


class EstablishmentView(MasterView):
    """Food businesses and markets."""

    column_list = ("name", "credit_code", "kind", "region_code", "risk_grade", "status", "licence_expires_on")
    column_searchable_list = ("name", "credit_code", "name_key", "licence_no")
    column_filters = ("kind", "segment", "region_code", "risk_grade", "status", "licence_expires_on")
    column_default_sort = "name_key"
    named: ClassVar[dict[str, str]] = {
        "kind": "establishment_kind",
        "segment": "segment",
        "status": "establishment_status",
    }
    column_labels = {
        "credit_code": _("统一社会信用代码"), "segment": _("环节"), "stall_no": _("摊位号"),
        "licence_no": _("许可证号"), "licence_expires_on": _("许可证有效期至"),
        "address": _("地址"), "latitude": _("纬度"), "longitude": _("经度"),
        "legal_person": _("法定代表人"), "contact": _("联系人"), "phone": _("电话"), "risk_grade": _("风险等级"),
    }  # fmt: skip
    form_columns = (
        "name", "credit_code", "licence_no", "licence_expires_on", "address", "latitude", "longitude", "legal_person",
        "contact", "phone", "stall_no",
    )  # fmt: skip
    extra_fields: ClassVar[dict[str, Any]] = {
        "kind": choice_field(_("类别"), EstablishmentKind, "establishment_kind"),
        "segment": choice_field(_("环节"), Segment, "segment"),
        "region_code": region_field(_("区划")),
        "market_id": market_field(_("所在市场")),
        "risk_grade": grade_field(_("风险等级")),
        "status": status_field(_("状态"), "establishment_status"),
    }

    def completed(self, session: Session, values: dict[str, Any]) -> dict[str, Any]:
        """Checks the credit code; adds the region's path."""
        if not credit_code_is_valid(values["credit_code"]):
            raise CreditCodeError(code=values["credit_code"])
        return super().completed(session, values)

    def write_new(self, store: Store, values: dict[str, Any], reason: str) -> Any:
        """Filed today."""
        return super().write_new(store, {**values, "filed_on": today(store.clock)}, reason)


class ProductView(MasterView):
    """Products of establishments."""

    column_list = ("name", "code", "category", "establishment_id", "is_key_monitored", "shelf_life_days")
    column_searchable_list = ("name", "code", "name_key")
    column_filters = ("category", "is_key_monitored", "region_code")
    column_default_sort = "name_key"
    column_labels = {
        "category": _("品类"), "is_key_monitored": _("重点监测"), "unit": _("单位"),
        "shelf_life_days": _("保质期（天）"), "storage": _("贮存条件"),
        "net_content": _("净含量"), "establishment_id": _("生产经营者"),
    }  # fmt: skip
    column_formatters = {"establishment_id": lambda view, _context, row, _name: view.owner(row.establishment_id).name}
    form_columns = ("name", "code", "category", "is_key_monitored", "unit", "shelf_life_days", "storage", "net_content")
    extra_fields: ClassVar[dict[str, Any]] = {
        "credit_code": StringField(_("生产经营者（统一社会信用代码）"), [InputRequired(), Length(18, 18)]),
    }

    def owner(self, owner_id: str) -> Establishment:
        """Whose product it is."""
        found: Establishment = self.session.get_one(Establishment, owner_id)
        return found

    def on_form_prefill(self, form: Any, id: str) -> None:
        """Show whose product it is."""
        product = self.get_one(id)
        if product and not form.credit_code.data:
            form.credit_code.data = self.owner(product.establishment_id).credit_code

    def facts_of(self, form: Any) -> dict[str, Any]:
        """The columns, and whose product it is."""
        return {**super().facts_of(form), "credit_code": form.credit_code.data.strip()}

    def completed(self, session: Session, values: dict[str, Any]) -> dict[str, Any]:
        """The owner by its credit code, and the owner's region."""
        owner = session.get_one(Establishment, establishment_id(session, values.pop("credit_code")))
        place = {"establishment_id": owner.id, "region_code": owner.region_code, "region_path": owner.region_path}
        return {**values, **place}
