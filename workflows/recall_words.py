"""The sentences of a recall (message ids)."""

from __future__ import annotations

from decimal import Decimal
from types import MappingProxyType

from records.recalls import RecallResponseLine

CLASSES = MappingProxyType({"I": "一级召回", "II": "二级召回", "III": "三级召回"})
METHODS = MappingProxyType(
    {
        "incinerate": "焚烧",
        "landfill": "填埋",
        "feed": "转作饲料",
        "harmless": "无害化处理",
        "relabel": "补正标签后继续销售",
    }
)
STATES = MappingProxyType(
    {
        "asked": "等待答复",
        "answered": "已答复",
        "visited": "已上门核实",
        "unreached": "没有联系上",
        "silent": "多次提醒未答复",
    }
)
STAGES = MappingProxyType(
    {
        "origin": "产地",
        "production": "生产",
        "storage": "仓储",
        "transport": "运输",
        "wholesale": "批发",
        "retail": "零售",
        "catering": "餐饮",
        "unknown": "环节不明",
    }
)
EVALUATIONS = MappingProxyType({"effective": "有效", "basically": "基本有效", "ineffective": "无效"})

PLAN_WANTED = "贵单位的{product}需要{word}，请于 {until} 前提交召回计划"
PLAN_ORDERED = "已责令召回{product}，请于 {until} 前提交召回计划"
PLAN_RETURNED = "召回计划被退回，请于 {until} 前补正：{opinion}"
HOLDER_TOLD = "{product}正在{word}：请停止销售、封存剩余食品，并尽快答复库存、已售和退回数量"
HOLDER_REMINDED = "请尽快答复{product}的召回情况（第 {number} 次提醒）"
UNREACHED_TOLD = "{count} 家持有者多次提醒仍未答复召回通知，请安排上门核实"
LATE_TOLD = "{product}的召回已超过法定完成期限"
PROGRESS_TOLD = "召回进展：{answered}/{asked} 家已答复，召回率 {recovery} %"
RECALLED, DESTROYED = "纳入召回 {no}", "召回处置完毕 {no}"
NO_ACCOUNT, SILENT = "没有平台账号", "多次提醒未答复"
NOTICE_TITLE = "关于召回{product}的公告"
NOTICE_SUMMARY = "{name}召回{product}（{word}）"
CLOCK_BEGUN = "召回公告已发布，自发布之日起计算完成期限"
NOTICE_REFUSED = "{product}的召回公告未获批准发布：{reason}。请另行安排公告"
REFUSED = "{name}被责令召回{product}（{order}）后仍不提交召回计划，涉嫌拒不召回"
TALKED = "因拒不召回被约谈：{attendee}"
PUNCTUAL, OVERDUE = "按期完成", "超过法定期限"
YES_LABEL, NO_LABEL = "是", "否"


def quantity(number: Decimal, unit: str) -> str:
    """A quantity with its unit, without trailing zeros."""
    return f"{format(number.normalize(), 'f')} {unit}"


def line(said: RecallResponseLine) -> str:
    """What a holder said of one lot, in one line."""
    parts = (("库存", said.on_hand), ("封存", said.quarantined), ("已售", said.sold), ("退回", said.returned))
    return f"{said.code}：" + "，".join(
        f"{name} {quantity(number, said.unit or '')}".rstrip() for name, number in parts
    )
