"""The sentences that assessments leave in reports, notifications and lists (message ids)."""

from __future__ import annotations

from types import MappingProxyType

KINDS = MappingProxyType({"month": "月度", "quarter": "季度", "year": "年度"})
GRADES = MappingProxyType({"excellent": "优秀", "good": "良好", "passed": "合格", "failed": "不合格"})
STATES = MappingProxyType({"open": "待自评", "reviewing": "评审中", "provisional": "待确认", "final": "已确定"})
PEERS = MappingProxyType(
    {
        "district": "区县监管机构",
        "market": "市场",
        "wholesaler": "批发",
        "supermarket": "超市",
        "producer": "生产",
        "catering": "餐饮",
        "canteen": "食堂",
        "warehouse": "仓储",
        "farm": "种养殖",
        "stall": "摊位",
    }
)
MEASURES = MappingProxyType({"plan": "改进计划", "talk": "约谈", "rectification": "限期整改"})

CASE_TITLE = "{kind}考核 · {period}"
SUBJECT_TITLE = "{kind}考核 · {period} · {name}"
IMPROVEMENT_TITLE = "考核改进 · {period} · {name}"
NONE_VETOED = "没有否决情形"

INVITED = "{period}考核已开始，请于 {day} 前完成自评"
LATE = "{period}考核逾期未自评，按自动得分计并扣 {penalty} 分"
PROVISIONAL = "{period}考核暂定得分 {points} 分，请于 {day} 前确认或申诉"
FINAL = "{period}考核最终得分 {points} 分"
ENDED_EARLY = "{period}考核评分逾期，按现有得分结束：{points} 分（{reason}）"
ASK_EVIDENCE = "{period}考核评审要求补充佐证：{request}"
IMPROVE = "{period}考核等级为“{grade}”，须落实改进：{measure}"
IMPROVEMENT_LATE = "{period}考核改进逾期未提交，改为约谈"
LAUNCH_TITLE = "关于开展{period}{kind}考核的通知"
LAUNCH_BODY = (
    "{period}{kind}考核现已开始，参评对象 {count} 个。\n"
    "系统已于数据锁定后自动取数，请各参评对象按期完成自评并上传佐证材料；逾期未自评的，按自动得分计并扣分。"
)
RESULT_TITLE = "关于{period}{kind}考核结果的通报"
RESULT_BODY = "{period}{kind}考核已结束，参评对象 {count} 个，平均得分 {mean} 分。\n{narrative}\n{suggestions}"
DRAFT = (
    "{period}共考核 {count} 个对象，平均得分 {mean} 分，{change}。"
    "优秀 {excellent} 个，良好 {good} 个，合格 {passed} 个，不合格 {failed} 个，一票否决 {vetoed} 个。{best}"
)
NO_CHANGE, RISEN, FALLEN = "没有上期结果可比", "比上期上升 {points} 分", "比上期下降 {points} 分"
BEST = "{group}第一名：{names}（{points} 分）。"
PROBLEM = "{name}：平均得分率 {percent}%，{count} 个对象低于 60%。"
NO_PROBLEM = "各项指标平均得分率均不低于 80%。"
LOST = "{name}（得 {points} 分，满分 {most} 分）"
REQUIREMENT = "针对失分较多的指标落实改进：{lost}"
VETOED = "一票否决：{name}，须查明原因、落实整改"
FIGURE = "{numerator}/{denominator}，{percent}%"
NOT_APPLICABLE, BY_HAND = "不适用", "由评审判断"
FROZEN_REASON, ROLLED_REASON = "考核结果定格", "由定格的月度得分汇总"
CLOSED_EARLY = "评分逾期，按现有得分结束：{opinion}"
