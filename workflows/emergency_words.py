"""The sentences of emergencies and drills (message ids)."""

from __future__ import annotations

from types import MappingProxyType

AGENCIES = MappingProxyType(
    {
        "regulation": "市场监管",
        "cdc": "疾控机构",
        "health": "卫生健康",
        "police": "公安机关",
        "information": "信息发布",
        "logistics": "后勤保障",
    }
)
GRADES = MappingProxyType(
    {
        "I": "特别重大（Ⅰ级）",
        "II": "重大（Ⅱ级）",
        "III": "较大（Ⅲ级）",
        "IV": "一般（Ⅳ级）",
        "none": "未达到分级标准",
    }
)
INJECTS = MappingProxyType(
    {
        "second_lot": "发现第二批次",
        "rumour": "媒体谣言",
        "unreachable": "部门失联",
        "refusal": "追溯节点拒绝配合",
        "death": "报告死亡，重新定级",
        "other": "其他",
    }
)
#: what the engine measures of a drill -> its name and unit
MEASURES = MappingProxyType(
    {
        "report": ("接报到初报", "分钟"),
        "acknowledge": ("报警到全部确认", "分钟"),
        "activate": ("初报到启动响应", "分钟"),
        "first_agency_report": ("接警到首个部门报告", "分钟"),
        "trace": ("接警到追溯完成", "分钟"),
        "first_notice": ("初报到首次发布", "分钟"),
        "reached_80": ("公告到八成持有者答复", "分钟"),
        "recovery": ("召回率", "%"),
        "gap": ("去向不明比例", "%"),
        "punctual": ("续报按时率", "%"),
        "injects": ("情景处置符合预期", "%"),
    }
)
REPORT_KINDS = MappingProxyType({"initial": "初报", "progress": "续报", "final": "终报"})
INJECT_STATES = MappingProxyType({"planned": "未到时间", "due": "待导入", "played": "已导入", "left_out": "未导入"})
AS_EXPECTED = MappingProxyType({True: "符合预期", False: "不符合预期", None: ""})

ALERTED = "突发事件请立即确认接警：{summary}"
NO_ANSWER = "{agency}无人应答，请直接联系部门负责人"
REAL_REFUSED = "演练中不得正式对外发布，已阻止并记录"
REFERRED = "事故信息超出本级发布权限，请上级统一发布：{title}"
UPWARD = "{region}发生{grade}食品安全事故，请上级指挥：{summary}"
LATE_REPORT = "事故初报已超过规定时限"
SOMEBODY_SILENT = "联合处置有部门未应答，或追溯超时，请指挥部处理（{code}）"
DRILL_TOLD = "将于近期举行应急演练：{title}"
EVALUATE = "请为演练评分：{title}"
IMPROVE = "演练改进任务：{action}（{day}前完成）"
RESPONSE_PROBLEM = "应急响应终止后开展责任调查：{summary}"
RECALL_REASON = "突发事件处置：{summary}"
WITHOUT_NOTICE, WITH_NOTICE = "不预先通知", "预先通知参演单位"
UNNAMED, NO_PLAN = "演练", "没有现行预案"
MANUAL = "人工评价"
DEFAULT_PLAN = "食品安全事故应急预案"
CLOCK = "{hours}小时{minutes}分钟"
