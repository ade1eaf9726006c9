"""The columns of exported lists, in the reader's language."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from web.i18n import say
from web.labels import label
from web.lists import Column
from web.moments import minute
from web.values import shown

DRILL = Column(_("演练"), lambda row: _("演练") if row.is_drill else "")
ESTABLISHMENTS = (
    Column(_("名称"), lambda row: row.name),
    Column(_("统一社会信用代码"), lambda row: row.credit_code),
    Column(_("业态"), lambda row: label("establishment_kind", row.kind)),
    Column(_("辖区"), lambda row: row.region_name),
    Column(_("地址"), lambda row: row.address),
    Column(_("风险等级"), lambda row: row.risk_grade),
    Column(_("信用分"), lambda row: row.credit_score),
    Column(_("许可证有效期至"), lambda row: row.licence_expires_on),
    Column(_("法定代表人"), lambda row: row.legal_person),
    Column(_("状态"), lambda row: label("establishment_status", row.status)),
)
PRODUCTS = (
    Column(_("名称"), lambda row: row.name),
    Column(_("编码"), lambda row: row.code),
    Column(_("类别"), lambda row: row.category),
    Column(_("主体"), lambda row: row.establishment_name),
    Column(_("单位"), lambda row: row.unit),
    Column(_("保质期（天）"), lambda row: row.shelf_life_days),
    Column(_("重点监控品种"), lambda row: shown("product", "is_key_monitored", row.is_key_monitored)),
)
INSPECTIONS = (
    Column(_("到达时间"), lambda row: minute(row.arrived_at)),
    Column(_("计划日期"), lambda row: row.planned_on),
    Column(_("文号"), lambda row: row.no),
    Column(_("主体"), lambda row: row.establishment_name),
    Column(_("辖区"), lambda row: row.region_name),
    Column(_("检查方式"), lambda row: label("mode", row.mode)),
    Column(_("主办检查人员"), lambda row: row.lead_inspector_name),
    Column(_("检查结论"), lambda row: label("overall", row.overall)),
    Column(_("处置"), lambda row: label("disposition", row.disposition)),
    DRILL,
)
CASES = (
    Column(_("案件"), lambda row: row.business_key),
    Column(_("主体"), lambda row: row.establishment_name),
    Column(_("业务"), lambda row: say(row.process_name)),
    Column(_("状态"), lambda row: label("case_state", row.state)),
    Column(_("当前步骤"), lambda row: "、".join(say(name) for name in row.open_steps)),
    Column(_("期限"), lambda row: minute(row.due_at)),
    Column(_("发起时间"), lambda row: minute(row.started_at)),
    DRILL,
)
LOTS = (
    Column(_("追溯批次代码"), lambda row: row.tlc),
    Column(_("产品名称"), lambda row: row.product_name),
    Column(_("来源主体"), lambda row: row.source_name),
    Column(_("辖区"), lambda row: row.region_name),
    Column(_("数量"), lambda row: row.quantity),
    Column(_("单位"), lambda row: row.unit),
    Column(_("生产日期"), lambda row: row.produced_on),
    Column(_("保质期至"), lambda row: row.expires_on),
    Column(_("状态"), lambda row: label("lot_state", row.state)),
)
VOUCHERS = (
    Column(_("凭证编号"), lambda row: row.no),
    Column(_("凭证种类"), lambda row: label("voucher_kind", row.kind)),
    Column(_("登记主体"), lambda row: row.holder_name),
    Column(_("对方名称"), lambda row: row.partner_name),
    Column(_("凭证日期"), lambda row: row.dated_on),
    Column(_("批次数"), lambda row: row.lots),
    Column(_("重量（kg）"), lambda row: row.weight),
    Column(_("完整度"), lambda row: row.completeness),
    Column(_("异常"), lambda row: "、".join(label("anomaly", flag) for flag in row.anomalies)),
)
