"""The sentences that the disclosure of inspection results leaves behind."""

from __future__ import annotations

from types import MappingProxyType

LABELS = MappingProxyType(
    {
        "name": "单位名称",
        "credit_code": "统一社会信用代码",
        "address": "经营地址",
        "inspected_on": "检查日期",
        "authority": "检查部门",
        "mode": "检查方式",
        "overall": "检查结论",
        "findings": "不符合项",
        "measures": "处理措施",
        "reason": "检查事由",
        "legal_person": "负责人和电话",
        "inspectors": "检查人员",
    }
)
MEASURES = MappingProxyType(
    {"none": "无须整改", "dated": "责令限期改正", "investigate": "责令限期改正，并移交调查处理"}
)
ORDERED = "责令于 {day} 前改正"
NO_FINDINGS = "未发现不符合项"
TITLE = "食品安全监督检查结果公开：{business}"
BODY = (
    "{authority}于 {day} 对{business}进行了食品安全监督检查。"
    "依据《食品生产经营监督检查管理办法》第三十九条，现将检查结果公开如下。"
)
SUMMARY = "{business}：检查结论为“{overall}”"
REMINDED = "检查结果公开期限已过 {percent}%，请在 {day} 前公开：{no}"
OVERDUE = "检查结果公开期限（{day}）已经届满，仍未公开：{no}"
