"""The sentences that sampling leaves behind in documents, notifications and the credit file."""

from __future__ import annotations

from types import MappingProxyType

STORAGE = MappingProxyType({"normal": "常温", "chilled": "冷藏", "frozen": "冷冻"})
UNITS = MappingProxyType(
    {"kg": "千克", "g": "克", "L": "升", "mL": "毫升", "bag": "袋", "box": "盒", "bottle": "瓶", "piece": "件"}
)
PORTIONS = MappingProxyType({"test": "检验样品", "spare": "备用样品"})
VERDICTS = MappingProxyType({"pass": "合格", "fail": "不合格"})
KINDS = MappingProxyType({"food": "食品", "farm": "食用农产品"})
REJECTIONS = MappingProxyType(
    {
        "seal": "封签破损或者与抽样单不符",
        "short": "数量不足",
        "temperature": "温度超出要求",
        "package": "包装破损或者样品变质",
    }
)
BEARERS = MappingProxyType({"applicant": "申请人承担", "authority": "监管部门承担"})
DISPOSALS = MappingProxyType(
    {"destroyed": "无害化销毁", "returned": "退还被抽样单位", "used": "留作质量控制样品"}
)  # fmt: skip
LIMITS = MappingProxyType(
    {"at_most": "≤ {high}", "at_least": "≥ {low}", "between": "{low}～{high}", "absent": "不得检出"}
)
RAPID_REPORT = "现场快速检测"

TAKEN = "已对贵单位的“{product}”抽样（{no}），抽样单和告知书已送达"
SENT = "样品 {no} 将送达贵机构检验，请查验收样"
REJECTED = "样品 {no} 被检验机构拒收：{reasons}"
PASSED = "样品“{product}”（{no}）检验合格，检验结果通知书已送达"
FAILED = "样品“{product}”（{no}）检验不合格：{failed}。对结论有异议的，请在 {until} 前申请复检"
FAILED_PRODUCER = "贵单位生产的“{product}”（批号 {lot}）抽检不合格：{failed}"
SUMMARY = "监督抽检不合格：{business}的“{product}”（批号 {lot}），{failed}"
DRAWN = "复检机构已随机抽取：{name}，抽取记录可以核验"
CONFIRMED = "样品 {no} 的不合格结论成立"
OVERTURNED = "样品 {no} 复检合格，初检不合格结论被推翻，复检费用由监管部门承担"
SPARE = "备用样品 {no} 请移交复检机构"
RETEST_COMES = "样品 {no} 的备用样品将移交贵机构复检"
HELD = "监督抽检不合格（{no}）"
RELEASED = "复检合格（{no}），解除控制"
PAUSED = "复检期间不计入核查处置期限"
RETESTED = "复检已有结论"
PAUSE_BASIS = "食品安全抽样检验管理办法；食品安全法第八十八条"
