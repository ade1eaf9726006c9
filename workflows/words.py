"""The sentences that service tasks leave behind in documents, notifications and the credit file (message ids)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import MappingProxyType

from records.clock import ZONE

MODES = MappingProxyType(
    {
        "routine": "日常检查",
        "random": "双随机抽查",
        "targeted": "专项检查",
        "complaint": "投诉举报核查",
        "flight": "飞行检查",
    }
)
OVERALL = MappingProxyType({"conform": "符合", "basically": "基本符合", "not": "不符合"})
RESULTS = MappingProxyType({"conform": "符合", "nonconform": "不符合", "not_applicable": "不适用"})
DISPOSITIONS = MappingProxyType({"on_spot": "已当场改正", "dated": "限期整改", "investigate": "调查处理并限期整改"})
DELIVERIES = MappingProxyType(
    {"handed": "当场交付", "electronic": "平台电子送达", "posted": "邮寄送达", "left": "留置送达"}
)
SUGGESTIONS = MappingProxyType(
    {"abnormal": "列入经营异常名录", "cancel_filing": "注销备案", "keep_looking": "继续查找"}
)
VERDICTS = MappingProxyType({"yes": "到位", "no": "不到位"})
LEAD_ROLE, SECOND_ROLE = "主检", "协检"
#: added to the name of a person when a substitute acted
ACTED_FOR, ACTED_FOR_BY = "（代%s）", "（%s代）"

ANNOUNCED = "监管部门将于 {day} 对贵单位实施{mode}，请准备好许可证、进货凭证和有关记录"
RESULT_GIVEN = "本次监督检查结果为“{overall}”，结果记录表已送达，请查看"
INSPECTED = "{day} 的监督检查"
KEY_ITEM = "★ {text}"
ORDERED = "责令改正通知书已送达，请于 {day} 前完成整改并提交整改情况"
EXTENDED = "延期申请已同意，整改期限延长至 {day}"
NOT_EXTENDED = "延期申请未获同意，请于 {day} 前完成整改"
REJECTED = "整改复查未通过，请于 {day} 前继续整改：{opinion}"
ACCEPTED = "整改复查已通过，问题已销号"

RAPID_FAILED = "现场快速检测不合格：{item}"
EMERGENCY_RAISED = "应急响应级别已提高 {level}，请注意现场安全并及时报告"
SUPERSEDED = "已出具新的文书"
CONCLUDED = "检查结论为“{overall}”，不符合 {count} 项"
OBSTRUCTED = "拒绝、阻挠监督检查：{kind}"
NOT_FOUND = "登记地址查无此处，建议{suggestion}"
RECTIFIED = "责令改正的 {count} 项问题已整改到位"
NOT_RECTIFIED = "责令改正的问题未按要求整改到位"
TALKED = "已对 {attendee} 进行责任约谈"
TERM = "{days} 个工作日"


def day(moment: datetime | date | str | None) -> str:
    """A day as documents write it: 2026年11月18日. Moments are days in Asia/Shanghai."""
    if moment is None or moment == "":
        return ""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    if isinstance(moment, datetime):
        moment = moment.astimezone(ZONE) if moment.tzinfo else moment
    return f"{moment.year}年{moment.month}月{moment.day}日"


def minute(moment: str | None) -> str:
    """A moment as documents write it, in Asia/Shanghai."""
    return datetime.fromisoformat(moment).astimezone(ZONE).strftime("%Y-%m-%d %H:%M") if moment else ""


def last_moment(due_at: datetime | str) -> datetime:
    """The last second of a deadline that ends at 24:00 (which is the next day's 0:00)."""
    moment = datetime.fromisoformat(due_at) if isinstance(due_at, str) else due_at
    return moment - timedelta(seconds=1)


def last_day(due_at: datetime | str) -> str:
    """The last day of a deadline."""
    return day(last_moment(due_at))
