"""The sentences of penalties: in documents, notifications and publications (message ids)."""

from __future__ import annotations

from types import MappingProxyType

KINDS = MappingProxyType(
    {
        "warning": "警告",
        "criticism": "通报批评",
        "fine": "罚款 {fine} 元",
        "confiscate": "没收违法所得、非法财物 {confiscated} 元",
        "suspend": "责令停产停业",
        "revoke": "吊销许可证件",
        "restrict": "限制从业",
    }
)
NOTICE = "拟对贵单位作出行政处罚，告知书已送达，请于 {day} 前陈述申辩或者申请听证"
HEARING = "行政处罚听证定于 {at} 在 {place} 举行"
DECIDED = "行政处罚决定书 {no} 已作出"
EXEMPTED = "决定不予行政处罚"
CREDIT = "行政处罚：{kinds}"
LATE = "行政处罚案件超过办案期限，请督办：{party}"
TITLE = "行政处罚信息公示：{party}"
ABSTRACT = "{authority}对{party}作出行政处罚决定（{no}）：{kinds}。"
FIELDS = MappingProxyType(
    {
        "decision_no": "决定书文号",
        "party": "当事人名称",
        "credit_code": "统一社会信用代码",
        "legal_person": "法定代表人",
        "facts": "违法事实",
        "basis": "处罚依据",
        "content": "处罚内容",
        "authority": "决定机关",
        "decided_on": "决定日期",
    }
)
EXPIRED = "公示期限已经届满，依法撤下公示"
RETURNED = "处罚信息未公示：{reason}"
EXTENDED = "办案期限延长 {days} 日"
