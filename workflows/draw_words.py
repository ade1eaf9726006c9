"""The sentences of plans and draws (message ids)."""

from __future__ import annotations

from types import MappingProxyType

KINDS = MappingProxyType(
    {
        "farm": "种养殖场",
        "producer": "生产企业",
        "wholesaler": "批发商",
        "market": "市场",
        "stall": "市场摊位",
        "supermarket": "商超",
        "catering": "餐饮单位",
        "canteen": "集中用餐单位食堂",
        "warehouse": "仓储单位",
    }
)
PLAN_KINDS = MappingProxyType({"routine": "年度计划", "special": "专项检查", "joint": "部门联合抽查"})
REASONS = MappingProxyType(
    {
        "closed": "已停业或者注销",
        "out_of_scope": "不在计划范围",
        "repeat": "三个月内已检查，不重复（R-INS-14）",
        "due_elsewhere": "已有检查或者抽取在办",
        "visited": "本计划内已达检查次数",
        "elsewhere": "不属于抽取机关本级",
        "no_certificate": "没有检查资格证书",
        "expired": "资格证书过期或者在检查截止日前到期",
        "suspended": "资格证书被暂停",
        "not_passed": "培训考核不合格",
        "absent": "不在岗",
        "busy": "在办检查已满额",
    }
)
ROLES = MappingProxyType({"lead": "主检", "second": "协检"})
RELATIONS = MappingProxyType(
    {
        "none": "无",
        "family": "亲属关系",
        "shareholding": "持股或者投资",
        "former_employer": "三年内曾任职",
        "dispute": "纠纷",
        "other": "其他",
    }
)
MANDATORY = "两年未做全项目检查（必抽）"
STRATUM = "{kind} {grade}级"
SHORTAGES = MappingProxyType(
    {
        "team": "监管人员（名）",
        "visits": "监管人员（人次）",
        "lead": "可任主检（人次）",
        "drawn": "抽取中无人可派",
    }
)
CHANGED = "承诺之后名录库已变化：{where}"
#: parts of what was published, as they are called
PARTS = MappingProxyType(
    {
        "commitment": "承诺", "draw": "抽取信息", "pools": "名录库", "quotas": "各层数量", "rules": "规则",
        "settings": "设置",
    }
)  # fmt: skip

TOO_SMALL = "抽取或者补抽时无人可派"
TITLE = "{plan}第{number}轮双随机抽查任务"
BODY = (
    "根据{plan}，{day}随机抽取检查对象 {objects} 家，随机选派监管人员 {inspectors} 名，"
    "于 {by} 前完成检查。抽取承诺值：{commitment}"
)
SUMMARY = "随机抽取检查对象 {objects} 家"
REASON = "{plan}第{number}轮双随机抽查"
PLAN_TITLE = "{year}年度食品安全监督检查计划"
SEASON_BASIS = "食品生产经营监督检查管理办法第二十一条：按风险等级编制年度监督检查计划"
PLAN_BODY = "{title}：检查期间 {starts} 至 {ends}，共 {rounds} 轮，计划检查 {quota} 家次。依据：{basis}"
PLAN_SUMMARY = "计划检查 {quota} 家次，分 {rounds} 轮随机抽取"
UNIT = "家"
CHECKED, CUT = "计划 {quota} 家次", "已抽 {drawn} 家次"


def stratum(code: str) -> str:
    """A stratum as people read it."""
    kind, _, grade = code.partition("/")
    return STRATUM.format(kind=KINDS.get(kind, kind), grade=grade) if grade else MANDATORY


def part(place: str) -> str:
    """The part of the published document that a place in it (``pools.objects[3].id``) belongs to."""
    return PARTS.get(place.split(".")[0].split("[")[0], place)
