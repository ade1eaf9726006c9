"""The sentences of patrols: what is odd, and what was done about it (message ids)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from records.patrols import AnomalyKind, PatrolAction

WHAT: Mapping[AnomalyKind, str] = MappingProxyType(
    {
        AnomalyKind.VOUCHER_MISSING: "已有 {measure} {unit}未上传进货凭证，最近一次为 {names}",
        AnomalyKind.QUANTITY_SPIKE: "进货量突增，高出近一个月平均 {measure} 倍标准差：{names}",
        AnomalyKind.SOLD_MORE: "售出多于购进 {measure} {unit}：{names}",
        AnomalyKind.VOUCHER_ABNORMAL: "近期有 {measure} {unit}异常凭证：{names}",
        AnomalyKind.IMAGE_REUSED: "有 {measure} {unit}凭证与其他凭证使用同一图片：{names}",
        AnomalyKind.SUPPLIER_UNLICENSED: "从证照过期或者已关闭的供货者处进货，凭证 {measure} {unit}：{names}",
        AnomalyKind.LICENCE_EXPIRED: "许可证已过期 {measure} {unit}（有效期至 {names}）",
        AnomalyKind.GOODS_EXPIRED: "仍有过期食品 {measure} {unit}：{names}",
        AnomalyKind.TEST_FAILED: "检验不合格 {measure} {unit}：{names}",
        AnomalyKind.MARKET_UNCHECKED: "已有 {measure} {unit}未接受检查，最近一次为 {names}",
        AnomalyKind.CORRECTION_OVERDUE: "逾期未提交整改 {measure} {unit}：{names}",
    }
)
#: kind of problem that a kind of anomaly is reported as
HAZARDS: Mapping[AnomalyKind, str] = MappingProxyType(
    {
        AnomalyKind.TEST_FAILED: "chemical",
        AnomalyKind.GOODS_EXPIRED: "spoiled",
        AnomalyKind.LICENCE_EXPIRED: "unlicensed",
        AnomalyKind.SUPPLIER_UNLICENSED: "unlicensed",
    }
)
OTHER_HAZARD = "documents"
ACTIONS: Mapping[PatrolAction, str] = MappingProxyType(
    {
        PatrolAction.REMIND: "提醒",
        PatrolAction.RECTIFY: "责令整改",
        PatrolAction.INSPECT: "定向检查",
        PatrolAction.CONTROL: "紧急控制",
    }
)
VERDICTS = MappingProxyType({"real": "属实", "false_alarm": "误报", "need_info": "须说明"})
REMINDER = "线上巡检提醒：{what}。请尽快自查改正，下次巡检将重点关注"
ASKED = "线上巡检请你单位说明：{what}"
REASON = "线上巡检发现：{what}"
SILENT = "逾期未说明，按属实处理"
SUMMARY = (
    "巡检经营主体 {establishments} 家，命中异常 {signals} 条，其中近期已提示 {repeated} 条；"
    "列为疑点 {suspects} 条，属实 {real} 条，误报 {false_alarms} 条"
)
TOO_MANY = "；信号过多，只列分值最高的 {most} 条"


def evidence_text(evidence: list[dict[str, str]]) -> str:
    """The records that show it, as one line."""
    return "、".join(each["label"] for each in evidence if each["label"])
