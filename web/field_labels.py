"""Names of the fields of records, as message ids: for version histories and exports."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

FIELD_LABELS: dict[str, str] = {
    "accuracy": _("误差"), "action": _("整改措施"), "active": _("启用"), "address": _("地址"), "affects_safety": _("影响食品安全"),
    "arrived_at": _("到达时间"), "attendee": _("参加人"), "attributes": _("其他属性"), "basis": _("依据"),
    "business_statement": _("当事人陈述"), "category": _("类别"), "cause": _("原因"), "certificate_no": _("证书编号"),
    "checklist_item_id": _("检查表条目"), "checklist_template_id": _("检查表"), "closed_at": _("关闭时间"), "code": _("编号"),
    "commitment": _("承诺"), "contact": _("联系人"), "cost": _("费用"), "credentials_shown": _("已出示执法证件"),
    "credit_code": _("统一社会信用代码"), "credit_score": _("信用分"), "days": _("期限（工作日）"), "deleted_at": _("作废时间"),
    "device": _("设备"), "disposition": _("处置"), "distance": _("距登记地址（米）"), "distance_reason": _("距离说明"),
    "done_on": _("完成日期"), "due_at": _("到期"), "edition": _("版次"), "effective_at": _("生效时间"), "email": _("邮箱"),
    "establishment_id": _("主体"), "exam_score": _("考核成绩"), "expires_at": _("失效时间"), "expires_on": _("有效期至"),
    "extended_days": _("延期（工作日）"), "extension_reason": _("延期理由"), "facts": _("文书内容"), "filed_on": _("建档日期"),
    "filename": _("文件名"), "finding_id": _("不符合项"), "flags": _("提示"), "has_voucher": _("有进货凭证"),
    "height": _("高"), "held_at": _("约谈时间"), "inspection_id": _("检查"), "inspection_item_id": _("检查项"),
    "is_accepted": _("复查通过"), "is_drill": _("演练"), "is_key": _("重点项"), "is_key_monitored": _("重点监控品种"),
    "is_managing": _("主管部门"), "is_verified": _("已核实"), "is_working": _("工作日"), "issued_at": _("出具时间"),
    "issued_on": _("发证日期"), "kind": _("种类"), "language": _("语言"), "latitude": _("纬度"),
    "lead_inspector_id": _("主办检查人员"), "left_at": _("离开时间"), "legal_basis": _("法律依据"), "legal_person": _("法定代表人"),
    "level": _("层级"), "licence_expires_on": _("许可证有效期至"), "licence_no": _("许可证号"), "longitude": _("经度"),
    "lot_code": _("批号"), "market_id": _("所在市场"), "matters": _("约谈事项"), "maximum": _("上限"), "measured": _("实测值"),
    "media_type": _("文件类型"), "minimum": _("下限"), "mode": _("检查方式"), "name": _("名称"), "net_content": _("净含量"),
    "no": _("文号"), "note": _("情况说明"), "objects": _("控制对象"), "ordered_at": _("责令时间"), "overall": _("检查结论"),
    "parent_code": _("上级辖区"), "parent_id": _("上级机构"), "path": _("辖区路径"), "persons_present": _("在场人员"),
    "phone": _("电话"), "place": _("地点"), "planned_on": _("计划日期"), "points": _("记分"), "position": _("序号"),
    "position_accuracy": _("定位误差（米）"), "produced_on": _("生产日期"), "product_name": _("产品名称"), "quantity": _("数量"),
    "reason": _("理由"), "recheck_mode": _("复查方式"), "rectification_id": _("责令改正"), "rectify_days": _("改正期限（工作日）"),
    "region_code": _("辖区"), "repeat_of": _("重复发生"), "result": _("结果"), "result_at": _("结果时间"),
    "retention_until": _("保存至"), "review_comment": _("复查意见"), "review_opinion": _("复查意见"), "reviewed_at": _("复查时间"),
    "risk_grade": _("风险等级"), "round": _("轮次"), "second_inspector_id": _("协办检查人员"), "section": _("部分"),
    "segment": _("环节"), "severity": _("严重程度"), "sha256": _("文件校验值"), "shelf_life_days": _("保质期（天）"),
    "signature": _("签字方式"), "signature_detail": _("签字详情"), "size": _("大小"), "source": _("来源"), "stall_no": _("摊位号"),
    "status": _("状态"), "storage": _("储存条件"), "submitted_at": _("提交时间"), "summary": _("摘要"),
    "suspended_at": _("暂停时间"), "taken_at": _("拍摄时间"), "text": _("内容"), "title": _("标题"), "token": _("验证码"),
    "unit": _("单位"), "user_id": _("人员"), "username": _("用户名"), "valid_from": _("生效日期"), "valid_to": _("失效日期"),
    "value": _("取值"), "width": _("宽"), "day": _("日期"), "answer": _("答案类型"), "template_id": _("检查表"),
    "organisation_id": _("机构"), "answers": _("填写内容"), "hazard": _("风险情形"),
}  # fmt: skip

#: fields whose values are codes, and where their names are
CODED = {
    "mode": "mode", "overall": "overall", "result": "result", "severity": "severity", "disposition": "disposition",
    "signature": "signature", "recheck_mode": "recheck_mode", "segment": "segment", "source": "source",
}  # fmt: skip


def field_label(name: str) -> str:
    """The name of a record's field; the field itself where it has none yet."""
    return str(FIELD_LABELS.get(name, name))
