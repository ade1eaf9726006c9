"""The words that announcements leave in papers, notifications and lists (message ids)."""

from __future__ import annotations

from types import MappingProxyType

from records.announcements import AnnouncementKind
from records.disclosure import DisclosureDecision, Ground, Opinion
from records.scanning import IssueKind

KINDS = MappingProxyType(
    {
        AnnouncementKind.NOTICE: "通知",
        AnnouncementKind.ANNOUNCEMENT: "公告",
        AnnouncementKind.DOCUMENT: "公文",
        AnnouncementKind.CIRCULAR: "通报",
        AnnouncementKind.PLAN_DISCLOSURE: "抽查计划公开",
        AnnouncementKind.TASK_DISCLOSURE: "抽查任务公开",
        AnnouncementKind.ITEM_DISCLOSURE: "抽查事项公开",
        AnnouncementKind.RESULT_DISCLOSURE: "检查结果公开",
        AnnouncementKind.RECALL: "召回公告",
        AnnouncementKind.CONSUMER_WARNING: "消费警示",
        AnnouncementKind.EMERGENCY: "突发事件信息",
        AnnouncementKind.ASSESSMENT_LAUNCH: "考核启动通知",
        AnnouncementKind.ASSESSMENT_RESULTS: "考核结果公布",
    }
)
#: the word in an official number: 鱼峰市监公示〔2026〕12号
SERIES = MappingProxyType(
    {
        AnnouncementKind.NOTICE: "通",
        AnnouncementKind.DOCUMENT: "发",
        AnnouncementKind.CIRCULAR: "通报",
        AnnouncementKind.PLAN_DISCLOSURE: "公示",
        AnnouncementKind.TASK_DISCLOSURE: "公示",
        AnnouncementKind.ITEM_DISCLOSURE: "公示",
        AnnouncementKind.RESULT_DISCLOSURE: "公示",
        AnnouncementKind.ASSESSMENT_LAUNCH: "考",
        AnnouncementKind.ASSESSMENT_RESULTS: "考",
    }
)
OTHER_SERIES = "公告"
ROLES = MappingProxyType(
    {
        "INS": "监管人员",
        "LEAD": "组长",
        "MGR": "审批负责人",
        "DISC": "保密审查员",
        "COORD": "应急协调员",
        "MKT": "市场开办方",
        "BIZ": "食品经营者",
        "LAB": "检测人员",
        "ORG": "被考核单位",
        "POL": "公安联络员",
        "CDC": "疾控联络员",
        "HLT": "卫健联络员",
    }
)
TYPES = MappingProxyType(
    {
        "farm": "种植养殖",
        "producer": "食品生产",
        "wholesaler": "批发",
        "market": "集中交易市场",
        "stall": "市场摊位",
        "supermarket": "商超",
        "catering": "餐饮服务",
        "canteen": "单位食堂",
        "warehouse": "仓储",
    }
)
CATEGORIES = MappingProxyType(
    {
        "inspection": "监督检查",
        "sampling": "抽样检验",
        "penalty": "行政处罚",
        "recall": "食品召回",
        "warning": "消费警示",
        "emergency": "应急事件",
        "policy": "通知公告",
        "assessment": "考核评价",
    }
)
URGENCIES = MappingProxyType({"normal": "一般", "urgent": "加急", "emergency": "紧急"})
DECISIONS = MappingProxyType(
    {
        DisclosureDecision.PUBLIC: "公开",
        DisclosureDecision.REDACT: "遮盖后公开",
        DisclosureDecision.WITHHOLD: "不公开",
    }
)
GROUNDS = MappingProxyType(
    {
        Ground.STATE_SECRET: "国家秘密",
        Ground.LAW_FORBIDS: "法律、行政法规禁止公开",
        Ground.SECURITY: "公开可能危及国家安全、公共安全、经济安全、社会稳定",
        Ground.COMMERCIAL: "商业秘密",
        Ground.PRIVACY: "个人隐私",
        Ground.INTERNAL: "内部事务信息",
        Ground.ENFORCEMENT_FILE: "行政执法案卷信息",
    }
)
OPINIONS = MappingProxyType(
    {Opinion.AGREE: "同意公开", Opinion.OBJECT: "不同意公开", Opinion.SILENT: "逾期未答复"}
)  # fmt: skip
ISSUES = MappingProxyType(
    {
        IssueKind.IDENTITY_NUMBER: "身份证号",
        IssueKind.MOBILE_NUMBER: "手机号",
        IssueKind.BANK_CARD: "银行卡号",
        IssueKind.PLACEHOLDER: "未填写的占位符",
        IssueKind.LINK: "链接",
        IssueKind.SECRET_WORD: "敏感词",
    }
)
BODY, ATTACHMENTS, TITLE, SUMMARY = "正文", "附件", "标题", "摘要"
DRILL_MARK = "【演练】"
PLACES = ("第一审批人", "第二审批人", "第三审批人")
SUPERIOR_PLACE = "{place}（上级机关）"
ALL_TYPES = "全部类型"
DUE = "{day} 24时"

ASKED_REASON = "征求第三方意见"
ASKED_BASIS = "政府信息公开条例第三十二条、第三十三条：征求第三方意见所需时间不计算在期限内"
ANSWERED = "第三方意见已收齐"
ASKED = "{authority}拟公开涉及贵单位的信息，请于 {day} 前答复是否同意：{title}"
PUBLISHED = "{title}"
CONFIRM = "请阅读并确认：{title}"
MAIL = "{authority}发布了《{title}》（{number}）。请登录平台阅读。"
UNREAD = "您有一份公告未读：{title}"
UNCONFIRMED = "您有一份公告须确认：{title}"
UNREAD_LIST = "《{title}》应送达 {meant} 人，已读 {read} 人，{missing} 人未读或未确认"
CLOCK = "《{title}》公开期限已过 {percent}%，{day} 24时前须公开"
CLOCK_OVER = "《{title}》公开期限已届满，尚未公开，发布时须说明原因"
SAME_PERSON = "同一人不得在一次审批中表决两次"
NOT_AGREED = "未经同意发布"
CORRECTED = "《{title}》已更正：{reason}"
WITHDRAWN = "《{title}》已撤回：{reason}"
RELEASED = "复评认为可以公开：{labels}"
NUMBER = "{short}市监{word}〔{year}〕{count}号"
SCOPES = MappingProxyType({True: "向社会公开", False: "内部发布"})
EDITION = "第 {edition} 版"
LASTING = "长期"
