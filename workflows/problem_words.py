"""The sentences of problem handling: in documents, notifications, the credit file and the journal (message ids)."""

from __future__ import annotations

from types import MappingProxyType

STAGES = MappingProxyType(
    {
        "origin": "产地", "production": "生产加工", "storage": "贮存", "transport": "运输", "wholesale": "批发",
        "retail": "零售", "catering": "餐饮", "unknown": "不明",
    }
)  # fmt: skip
CAUSES = MappingProxyType(
    {
        "process": "生产加工过程失控", "material": "原料不合格", "storage": "贮存运输不当",
        "adulteration": "掺假、非法添加", "hygiene": "环境、人员卫生",
        "records": "未查验、无记录", "label": "标签标识", "consumer": "消费者自身原因",
        "unknown": "原因不明",
    }
)  # fmt: skip
METHODS = MappingProxyType({"five_whys": "五问法", "fishbone": "鱼骨图"})
ANSWERS = MappingProxyType(
    {"time": "时间", "place": "地点", "stage": "环节", "cause": "原因", "party": "责任主体", "scope": "产品范围"}
)
CONTROLS = MappingProxyType({"stop_sale": "责令停止生产经营、销售", "seal": "查封、扣押", "preserve": "先行登记保存"})
MATERIALS = MappingProxyType(
    {
        "determination": "问题认定书", "evidence": "证据材料", "trace": "追溯报告", "seals": "查封扣押清单",
        "reports": "检验报告",
    }
)  # fmt: skip
GAPS = MappingProxyType(
    {
        "no_origin": "来源凭证", "no_counterpart": "上下家凭证", "quantity_differs": "收发数量说明",
        "out_exceeds_in": "进货凭证（出大于进）", "holder_unknown": "持有者信息", "holder_unregistered": "持有者信息",
        "units_differ": "计量单位换算", "stock_differs": "盘点差异说明", "loop": "批次往来说明",
    }
)  # fmt: skip

MERGED = "与 {no} 为同一问题，并入该案"
SAME_SUBJECT, SAME_LOT = "单位相同", "批次相同"
VOUCHERS_WANTED = "监管部门要求补充 {missing}，请于 {at} 前在平台提交"
GAP_OF = "{kind}（批次 {tlc}）"
OF_GAP = "第 {no} 项：{text}"
SILENT, NOT_SAID, NOT_ASKED = "逾期未答复", "未说明", "未要求补证"
NOT_ENOUGH = "提交的凭证不足以补齐"
OWN_PAPER = "凭证的对方是本单位，不予采信"
NOBODY_TO_ASK = "持有者不明或者未登记，无法要求补证"
CONTROLLED = "对贵单位的{objects}采取{kind}措施，期限至 {day}"
CONTROL_ENDED = "对{objects}的控制措施已解除"
CONTROL_EXPIRED = "控制措施到期，自动解除"
HELD = "问题处置案件 {no} 控制"
RELEASED = "问题处置案件 {no} 解除控制"
DETERMINED = "食品安全问题认定：{cause}，责任比例 {share}%"
ORDERED_BY = "食品安全问题调查（{no}）"
PENALTY_MATTER = "涉嫌{cause}，由问题处置案件 {no} 提请"
OVERDUE = "问题处置已满 {days} 日未办结，请督办"
RISK = "风险提示：{text}"
NEW_EVIDENCE = "问题处置收到新证据：{summary}"
RETEST_PAUSE, RETEST_OVER = "复检期间不计入核查处置期限", "复检已有结论"
RETEST_BASIS = "食品安全抽样检验管理办法；食品安全法第八十八条"
RETEST_TOLD = MappingProxyType(
    {
        "overturned": "样品 {sample} 复检合格，初检不合格结论被推翻，请决定案件怎样办理",
        "confirmed": "样品 {sample} 复检仍不合格，不合格结论成立",
    }
)
NOT_ESTABLISHED = "复检合格，问题不成立"
WITHDRAWN = "问题处置案件 {no} 按不成立办结，控制措施已解除"
RECTIFICATION, PENALTY, TRANSFER, CONTROL, RECALL = "责令改正", "行政处罚", "移送", "控制措施", "产品召回"
WHOLE_SCOPE = "未能确定批次"
OF_LOT = "{tlc}　{product}　{holders} 家持有，在市 {left} {unit}"
