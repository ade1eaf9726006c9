"""Names for codes, as message ids: what people read where the store keeps a code."""

from __future__ import annotations

from http import HTTPStatus

from flask_babel import lazy_gettext as _

HTTP_SENTENCES: dict[int | str, str] = {
    HTTPStatus.BAD_REQUEST: "请求有误，请返回后重试",
    HTTPStatus.UNAUTHORIZED: "请先登录",
    HTTPStatus.FORBIDDEN: "您的角色不能进行此操作",
    HTTPStatus.NOT_FOUND: "未找到该内容，或您无权查看",
    HTTPStatus.METHOD_NOT_ALLOWED: "此地址不支持该操作",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "提交的内容过大",
    HTTPStatus.TOO_MANY_REQUESTS: "操作过于频繁，请稍候再试",
    HTTPStatus.INTERNAL_SERVER_ERROR: "系统出现故障，已记录，请稍后再试",
    HTTPStatus.SERVICE_UNAVAILABLE: "服务暂不可用，请稍后再试",
    "csrf": "页面已过期，请刷新后再提交",
}

LABELS: dict[str, dict[str, str]] = {
    "role": {
        "INS": _("监管人员"),
        "LEAD": _("组长"),
        "MGR": _("审批负责人"),
        "DISC": _("保密审查员"),
        "COORD": _("应急协调员"),
        "POL": _("公安联络员"),
        "CDC": _("疾控联络员"),
        "HLT": _("卫健联络员"),
        "MKT": _("市场开办方"),
        "BIZ": _("食品经营者"),
        "LAB": _("检测人员"),
        "ASR": _("考核人员"),
        "ORG": _("被考核单位"),
        "TRN": _("培训管理员"),
        "OPS": _("平台运维"),
        "ADM": _("系统管理员"),
        "AUD": _("审计员"),
    },
    "establishment_kind": {
        "farm": _("种植养殖"),
        "producer": _("食品生产"),
        "wholesaler": _("批发"),
        "market": _("集中交易市场"),
        "stall": _("市场摊位"),
        "supermarket": _("商超"),
        "catering": _("餐饮服务"),
        "canteen": _("单位食堂"),
        "warehouse": _("仓储"),
    },
    "segment": {
        "production": _("生产环节"),
        "sales": _("流通环节"),
        "catering": _("餐饮环节"),
        "farm": _("产地环节"),
    },
    "establishment_status": {"active": _("正常经营"), "suspended": _("暂停经营"), "closed": _("已注销")},
    "case_state": {
        "active": _("办理中"),
        "suspended": _("已挂起"),
        "completed": _("已办结"),
        "cancelled": _("已撤销"),
    },
    "process": {"inspection": _("现场检查"), "rectification": _("责令改正")},
    "mode": {
        "routine": _("日常检查"),
        "random": _("双随机"),
        "targeted": _("专项检查"),
        "complaint": _("投诉举报"),
        "flight": _("飞行检查"),
    },
    "overall": {"conform": _("符合"), "basically": _("基本符合"), "not": _("不符合")},
    "result": {"conform": _("符合"), "nonconform": _("不符合"), "not_applicable": _("不适用")},
    "severity": {"minor": _("一般"), "serious": _("严重")},
    "disposition": {
        "none": _("无需处置"),
        "on_spot": _("当场改正"),
        "dated": _("限期改正"),
        "investigate": _("移送调查"),
    },
    "signature": {
        "signed": _("当事人签字"),
        "refused_witness": _("拒签，见证人签字"),
        "refused_recording": _("拒签，录音录像"),
    },
    "recheck_mode": {"remote": _("书面复查"), "on_site": _("现场复查")},
    "record_status": {
        "active": _("有效"),
        "open": _("待处置"),
        "corrected_on_spot": _("已当场改正"),
        "rectifying": _("整改中"),
        "closed": _("已关闭"),
        "ordered": _("已责令"),
        "submitted": _("已提交"),
        "accepted": _("已通过"),
        "rejected": _("未通过"),
        "failed": _("整改失败"),
        "pending": _("生成中"),
        "issued": _("已出具"),
        "superseded": _("已更替"),
        "concluded": _("已办结"),
        "draft": _("草稿"),
        "released": _("已发布"),
    },
    "qualification": {
        "inspection": _("监督检查"),
        "sampling": _("抽样检验"),
        "emergency": _("应急处置"),
        "disclosure": _("信息公开审查"),
        "assessment": _("工作考核"),
    },
    "credit_kind": {
        "inspection": _("检查结果"),
        "rectification_closed": _("整改完成"),
        "rectification_failed": _("整改失败"),
        "talk": _("责任约谈"),
    },
    "record": {
        "inspection": _("检查"),
        "inspection_item": _("检查项"),
        "lot_observation": _("抽查批次"),
        "finding": _("不符合项"),
        "rectification": _("责令改正"),
        "rectification_measure": _("整改措施"),
        "talk": _("责任约谈"),
        "control_measure": _("控制措施"),
        "document": _("文书"),
        "attachment": _("附件"),
        "establishment": _("主体"),
        "product": _("产品"),
        "credit_event": _("信用记录"),
        "user": _("人员"),
        "region": _("辖区"),
        "organisation": _("机构"),
        "qualification": _("资质"),
        "checklist_template": _("检查表"),
        "checklist_item": _("检查表条目"),
        "rule_param": _("规则参数"),
        "calendar_day": _("工作日历"),
        "user_task": _("待办"),
        "process_instance": _("案件"),
        "process_definition": _("流程版本"),
    },
    "action": {
        "added": _("新增"),
        "corrected": _("更正"),
        "tombstoned": _("作废"),
        "started": _("已发起"),
        "claimed": _("已领取"),
        "released": _("已退回"),
        "assigned": _("已转办"),
        "completed": _("已办结"),
        "cancelled": _("已撤销"),
        "signed_in": _("已登录"),
        "password_changed": _("已修改密码"),
        "commented": _("留言"),
        "reminded": _("催办"),
        "escalated": _("上报"),
        "deployed": _("发布"),
        "exported": _("已导出"),
        "issued": _("已出具"),
        "opened": _("产生"),
    },
    "source": {
        "task": _("办理页面"),
        "api": _("接口"),
        "import": _("导入"),
        "offline": _("离线办理"),
        "admin": _("后台"),
        "system": _("系统"),
    },
    "flag": {
        "photo_reused": _("照片曾用于其他案件"),
        "reused": _("照片曾用于其他案件"),
        "time_drift": _("拍摄时间与办理时间相差较大"),
        "position_far": _("定位距登记地址较远"),
    },
    "unit": {
        "wd": _("个工作日"),
        "d": _("天"),
        "h": _("小时"),
        "m": _("米"),
        "%": _("%%"),
        "n": _("次"),
    },
}


def label(kind: str, code: object) -> str:
    """The name of a code; the code itself where it has none yet."""
    text = "" if code is None else str(getattr(code, "value", code))
    return str(LABELS[kind].get(text, text))


def choices(kind: str) -> list[tuple[str, str]]:
    """(code, name) pairs for a filter."""
    return [(code, str(name)) for code, name in LABELS[kind].items()]
