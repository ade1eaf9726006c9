"""Every check of every form: the answers that it refuses, its sentence at its field, and the answers that mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from forms.context import FormContext
from records.errors import InvalidAnswersError
from tests.factories import Cast
from tests.forms.asking import all_forms
from tests.forms.conftest import CASE

TESTS = Path(__file__).parents[1]
YESTERDAY, TODAY, TOMORROW = "2026-11-17", "2026-11-18", "2026-11-19"
EARLIER, NOW, LATER = "2026-11-18T08:00", "2026-11-18T09:00", "2026-11-18T10:00"


@dataclass(frozen=True)
class Refused:
    """``answers`` in the light of ``data`` are refused with ``sentence``; with ``mended`` instead they are not."""

    form: str
    sentence: str
    answers: Mapping[str, Any]
    mended: Mapping[str, Any]
    data: Mapping[str, Any] = field(default_factory=dict)
    place: str = ""  # where the same is said of several


def rows(*values: Any, key: str = "code") -> list[dict[str, Any]]:
    return [{key: value} for value in values]


CDC, HEALTH = "agency_action/report_cdc", "agency_action/report_health"
DRAFT, REVIEW, PENALTY = "announcement/draft", "announcement/disclosure_review", "penalty"
PLAN, PROBLEM, RECALL, DRILL = "inspection_plan/draft_plan", "problem_handling", "recall", "recall_emergency"
PHONE = "联系人 13812345678"
YEAR = {"year": 2027, "starts_on": "2027-01-01", "ends_on": "2027-12-31"}
ROUND = {"draw_on": "2027-03-01", "inspect_by": "2027-04-01"}
SHEET = {"assign_reviewers": {"sheet": [{"code": "A", "name": "上传及时", "max": 10, "self": 8}]}}
QUOTAS = {"propose_quotas": {"capacity": 5, "strata": [{"code": "A", "population": 10, "visits": 2, "ratio": 50}]}}
LIMITS = {"value": 5, "verdict": "fail", "limit_kind": "between", "limit_low": 9, "limit_high": 1}
SECRET = {"decision": "withhold", "ground": "state_secret", "reason": "依法定密"}
OPEN = {"decision": "public"}
ITEMS = [{"code": "A", "label": "联系方式", "value": PHONE}]

CASES = (
    Refused(CDC, "发病人数不能多于进食人数", {"exposed": 5, "exposed_ill": 6}, {"exposed_ill": 5}),
    Refused(CDC, "发病人数不能多于未进食人数", {"unexposed": 5, "unexposed_ill": 6}, {"unexposed_ill": 5}),
    Refused(CDC, "个案登记人数不能少于疑似与确诊之和", {"cases": 3, "probable": 2, "confirmed": 2}, {"cases": 4}),
    Refused(CDC, "流行病学调查报告须同时提交两个部门", {"finished": "yes"}, {"told_both": True}),
    Refused(
        HEALTH, "各类人数之和不能多于累计就诊人数",
        {"patients": 3, "mild": 2, "severe": 1, "critical": 1, "discharged": 0, "dead": 0}, {"patients": 4},
    ),
    Refused(HEALTH, "死亡人数不能少于已报告人数", {"dead": 1}, {"dead": 2}, {"open_action": {"dead": 2}}),
    Refused("agency_action/report_information", "真实事件没有演练发布", {"release": "exercise"}, {"release": "none"}),
    Refused(
        "agency_action/report_regulation", "要抽样检验的，得到结果以后再结束本部门任务",
        {"samples": [{"establishment_id": "@plant", "product_name": "湿米粉", "reason": "疑似污染"}],
         "finished": "yes"},
        {"finished": "no"},
    ),
    Refused(
        "announcement/disclosure_decision", "公开的内容含有身份证号、手机号、银行卡号或者敏感词，请遮盖",
        {"items": [{"decision": "public", "reason": "公众有权知道"}]},
        {"items": [{"decision": "redact", "public_value": "联系人 138****5678", "reason": "已经遮盖号码"}]},
        {"close_opinions": {"items": ITEMS}},
    ),
    Refused(
        REVIEW, "公开的内容含有身份证号、手机号、银行卡号或者敏感词，请遮盖", {"items": [{"decision": "public"}]},
        {"items": [{"decision": "withhold", "ground": "privacy", "reason": "个人信息"}]},
        {"automatic_checks": {"fields": ITEMS}},
    ),
    Refused(
        REVIEW, "全部内容都不公开的，请退回改为不向社会公开",
        {"items": [{"decision": "withhold", "ground": "internal", "reason": "内部事务信息"}]},
        {"items": [{"decision": "redact", "ground": "privacy", "public_value": "（略）", "reason": "个人信息"}]},
        {"automatic_checks": {"fields": ITEMS}},
    ),
    Refused(
        REVIEW, "保密期限须晚于今天",
        {"items": [SECRET | {"secret_until": TODAY}, OPEN]}, {"items": [SECRET | {"secret_until": TOMORROW}, OPEN]},
        {"automatic_checks": {"fields": [*ITEMS, {"code": "B", "label": "结论", "value": "符合"}]}},
    ),
    Refused(
        DRAFT, "正文含有不允许的标记、脚本或者链接，请删除",
        {"body": "<p>请注意</p><script>alert(1)</script>"}, {"body": "<p>请注意</p>"},
    ),
    Refused(
        DRAFT, "发送范围超出本辖区", {"include": [{"establishment": "@plant"}]}, {"include": []},
        {"case": {"region_code": "450203001", "region_path": "/450000/450200/450203/450203001/"}},
    ),
    *(
        Refused(DRAFT, "每行须指定人员或者企业", {each: [{"user": "@outsider"}]}, {each: []}, place=each)
        for each in ("include", "exclude")
    ),
    Refused(
        DRAFT, "发送范围内没有接收人",
        {"is_public": False, "regions": ["450203"], "kinds": ["CDC"], "exclude": [{"user": "@disease_control"}]},
        {"exclude": []},
    ),
    Refused(
        DRAFT, "发布时间不能早于现在", {"publish_at": EARLIER}, {"publish_at": LATER},
    ),
    Refused(DRAFT, "有效期须晚于发布时间", {"publish_at": LATER, "valid_to": LATER}, {"valid_to": "2026-12-01T00:00"}),
    Refused(
        DRAFT, "仅给予警告的行政处罚不予公示（行政处罚信息公示规定）",
        {"kind": "result_disclosure", "is_public": True, "penalty_kind": "warning"}, {"penalty_kind": "other"},
    ),
    Refused(
        "announcement_revision/draft_correction", "正文含有不允许的标记、脚本或者链接，请删除",
        {"body": '<a href="javascript:alert(1)">详情</a>'}, {"body": "详情"},
    ),
    Refused(
        "assessment/decide_unfinished", "全部评分已完成，请选择继续等待", {"decision": "close"}, {"decision": "wait"},
        {"list_unfinished": {"count": 0}},
    ),
    Refused(
        "assessment/own_items", "加减分不能为0", {"items": [{"subject": "a", "points": 0, "reason": "专项工作突出"}]},
        {"items": [{"subject": "a", "points": 1, "reason": "专项工作突出"}]},
        {"roll_up": {"choices": [{"value": "a", "label": "甲"}]}},
    ),
    Refused(
        "assessment_subject/appeal_panel", "复核得分不能超过满分", {"items": [{"points": 11, "note": "核实有误"}]},
        {"items": [{"points": 10, "note": "核实有误"}]},
        {"give_provisional": {"rows": [{"code": "A", "name": "上传及时", "max": 10, "reviewed": 8}]}},
    ),
    *(
        Refused(
            f"assessment_subject/{each}_review", "评审得分不能超过满分",
            {"decision": "score", "items": [{"points": 11, "note": "核实有误"}]},
            {"items": [{"points": 10, "note": "核实有误"}]}, SHEET,
        )
        for each in ("first", "second", "third")
    ),
    Refused("draw/witness_seed", "见证人应当在场", {"is_present": False}, {"is_present": True}),
    Refused(
        "inspection/accept_assignment", "存在利害关系的应当回避，请联系组长改派（监督检查管理办法第23条）", {},
        {"no_interest": True},
    ),
    Refused(
        "inspection/accept_assignment", "检查日期不能早于今天", {"scheduled_on": YESTERDAY}, {"scheduled_on": TODAY},
    ),
    Refused(
        "inspection/cosign", "存在利害关系的应当回避，请联系组长改派（监督检查管理办法第23条）", {},
        {"no_interest": True},
    ),
    *(
        Refused(form, "计划检查日期不能早于今天", {"planned_on": YESTERDAY}, {"planned_on": TODAY})
        for form in ("inspection/inspection_assigned", "inspection/inspection_requested", "patrol/assign_inspection")
    ),
    Refused(
        "inspection/lead_review", "退回意见不少于10个字", {"decision": "return", "opinion": "请补充照片"},
        {"opinion": "请补充不符合项的照片"},
    ),
    Refused(
        "inspection/not_found_record", "须上门查找两次以上", {},
        {"visits": [{"visited_at": EARLIER, "result": "无人应答"}, {"visited_at": NOW, "result": "无人应答"}]},
    ),
    Refused(
        "inspection/result_and_signature", "没有不符合项的，结论应当为“符合”", {"overall": "basically"},
        {"overall": "conform"}, {"list_findings": {"findings": [], "has_key": False}},
    ),
    *(
        Refused(f"inspection_plan/{each}", "意见不少于10个字", {"decision": "reject", "opinion": "不同意"},
                {"opinion": "与上级专项安排重复，不同意"})
        for each in ("approve_adjustment", "approve_plan")
    ),
    Refused(PLAN, "计划年度只能是本年度至后两个年度", {"year": 2025}, {"year": 2028}),
    Refused(PLAN, "计划年度只能是本年度至后两个年度", {"year": 2029}, {"year": 2026}),
    Refused(
        PLAN, "结束日期应当晚于开始日期", {"starts_on": "2027-06-01", "ends_on": "2027-06-01"},
        {"ends_on": "2027-06-02"},
    ),
    Refused(PLAN, "检查期间应当在计划年度内", YEAR | {"ends_on": "2028-01-01"}, {"ends_on": "2027-12-31"}),
    Refused(PLAN, "至少安排一轮抽查", YEAR, {"rounds": [ROUND]}),
    Refused(
        PLAN, "每一轮的抽取日和检查截止日应当在检查期间内",
        YEAR | {"rounds": [ROUND, ROUND | {"inspect_by": "2028-01-05"}]}, {"rounds": [ROUND]},
    ),
    Refused(
        PLAN, "检查截止日应当晚于抽取日", YEAR | {"rounds": [ROUND | {"inspect_by": "2027-03-01"}]},
        {"rounds": [ROUND]},
    ),
    Refused(
        PLAN, "抽取日不能早于今天", {"rounds": [{"draw_on": YESTERDAY, "inspect_by": TOMORROW}]}, {"rounds": [ROUND]},
    ),
    Refused("inspection_plan/plan_begun", "计划年度只能是本年度至后两个年度", {"year": 2025}, {"year": 2026}),
    Refused(
        "inspection_plan/set_quotas", "至少有一层的抽查比例大于 0", {"strata": [{"visits": 1, "ratio": 0}]},
        {"strata": [{"visits": 1, "ratio": 20}]}, QUOTAS,
    ),
    Refused(
        "inspection_plan/set_quotas", "工作量超过检查能力，请降低比例，或者勾选确认",
        {"strata": [{"visits": 1, "ratio": 100}]},
        {"over_capacity": True}, QUOTAS,
    ),
    Refused(
        "patrol/assign_inspection", "主检人员和协检人员不能是同一人",
        {"lead_inspector": "@inspector", "second_inspector": "@inspector"}, {"second_inspector": "@colleague"},
    ),
    Refused(
        "patrol/judge_explanations", "逾期未说明的按属实处理，不能判为误报",
        {"reviews": [{"verdict": "false_alarm", "reason": "已经补报凭证"}]},
        {"reviews": [{"verdict": "real", "severity": "2", "suggestion": "inspect"}]},
        {"gather_explanations": {"rows": [{"no": "1", "establishment": "甲", "what": "缺凭证", "is_silent": True}]}},
    ),
    Refused(
        "penalty/arrange_hearing", "主持人不得是本案调查人员", {"presider": "@lead"}, {"presider": "@manager"},
        {"take_up": {"handler": "@lead"}, "file_case": {"companion": "@colleague"}},
    ),
    Refused(
        "penalty/decide", "不得因当事人陈述申辩而加重处罚，罚款不能高于告知的数额",
        {"decision": "punish", "kinds": ["fine"], "fine": 6000}, {"fine": 5000},
        {"investigate": {"kinds": ["fine"], "fine": 5000}},
    ),
    Refused(
        "penalty/decide", "不能超出告知的处罚种类，需要增加的退回补充调查并重新告知",
        {"decision": "punish", "kinds": ["fine", "revoke"]}, {"kinds": ["fine"]},
        {"investigate": {"kinds": ["fine"], "fine": 5000}},
    ),
    Refused(
        "penalty/execution", "实缴金额少于应缴金额的，不能登记为履行完毕", {"way": "fulfilled", "paid": 5999},
        {"paid": 6000},
        {"decide": {"fine": 5000, "confiscated": 1000}},
    ),
    Refused(
        "penalty/hold_hearing", "实际时间不能早于通知的时间", {"begun_at": "2026-11-10T09:00"}, {"begun_at": EARLIER},
        {"arrange_hearing": {"held_at": "2026-11-18T01:00:00+00:00"}},
    ),
    Refused("penalty/investigate", "调查取证应当全过程记录（行政处罚法第47条）", {}, {"recorded": True}),
    Refused("penalty/investigate", "执法人员不得少于两人（行政处罚法第42条）", {}, {"both_present": True}),
    Refused(
        "penalty/serve", "送达时间不能早于决定时间", {"served_at": "2026-11-17T09:00"}, {"served_at": EARLIER},
        {"record_decision": {"decided_at": "2026-11-18T00:00:00+00:00"}},
    ),
    Refused(
        "problem_handling/await_reply", "答复期限未到，不能按逾期登记", {"decision": "silent"}, {"decision": "decline"},
        {"hand_over": {"due_at": "2026-11-20T00:00:00+00:00"}},
    ),
    Refused(
        "problem_handling/judge_duplicate", "该问题已经办结，不能并入，请关联办理", {"decision": "merge", "other": "A"},
        {"decision": "link"},
        {"find_duplicates": {"found": [{"id": "A", "no": "问-1", "establishment": "甲", "is_open": False}]}},
    ),
    Refused(
        "problem_handling/preliminary_verification", "有人发病的问题须说明是否采取控制措施",
        {"kind": "result", "established": "yes"}, {"control": "yes"}, {"open_problem": {"ill": 3}},
    ),
    Refused(
        "problem_handling/verify_closure", "尚有子事项未办结，不能办结本案", {"children_ended": True}, {},
        {"check_children": {"open_children": 1}},
    ),
    Refused("problem_handling/verify_closure", "请核实子事项", {}, {"children_ended": True},
            {"check_children": {"open_children": 0}}),
    Refused("problem_handling/verify_closure", "请核实涉及批次", {}, {"lots_reconciled": True}),
    Refused(
        "recall/consignee_response", "获知时间不能早于召回启动时间", {"notified_at": EARLIER}, {"notified_at": NOW},
        {"approve_recall": {"started_at": "2026-11-18T00:30:00+00:00"}},
    ),
    Refused(
        "recall/evaluate_recall", "召回率未达到目标，不能评为有效", {"evaluation": "effective"},
        {"evaluation": "basically"}, {"reconcile": {"is_recovered": False}},
    ),
    *(
        Refused(form, "计划完成日期不能早于今天", {"finish_by": YESTERDAY}, {"finish_by": TODAY})
        for form in ("recall/authority_plan", "recall/recall_plan")
    ),
    *(
        Refused(
            form, "计划完成日期不能晚于法定完成期限", {"finish_by": "2026-12-02"}, {"finish_by": "2026-12-01"},
            {counted: {"finish_latest": "2026-12-01"}},
        )
        for form, counted in (("recall/authority_plan", "record_refusal"), ("recall/recall_plan", "open_plan"))
    ),
    Refused(
        "recall/report_disposal", "处置前须先报告，处置时间必须晚于现在", {"planned_at": NOW}, {"planned_at": LATER},
    ),
    Refused(
        "recall/report_disposal", "只有标签、标识不符的三级召回才可以补正标签后继续销售", {"method": "relabel"},
        {"method": "landfill"}, {"set_class": {"recall_class": "III"}, "recall_plan": {"label_only": False}},
    ),
    Refused(
        "recall/report_disposal", "违法添加、腐败变质、病死畜禽等食品应当就地销毁，只能焚烧或者无害化处理",
        {"method": "feed"}, {"method": "incinerate"}, {"begin_recall": {"destroy_only": True}},
    ),
    Refused(
        "recall/report_disposal", "处置数量不能多于已收回数量", {"lines": [{"planned": 11}]},
        {"lines": [{"planned": 10}]},
        {"reconcile": {"lots": [{"code": "A", "unit": "kg", "recovered": 10}]}},
    ),
    Refused(
        "recall/review_plan", "计划召回数量少于追溯到的生产数量，请退回企业补正", {"decision": "approve"},
        {"decision": "return"},
        {"file_plan": {"quantity": 5, "unit": "kg"}, "begin_recall": {"quantity": 6, "unit": "kg"}},
    ),
    Refused("recall/witness_disposal", "见证人不得少于两名", {},
            {"witnesses": rows("陆一", "陆二", key="name")}),
    Refused("recall/witness_disposal", "见证人不能重复", {"witnesses": rows("陆一", "陆一", key="name")},
            {"witnesses": rows("陆一", "陆二", key="name")}),
    Refused(
        "recall/witness_disposal", "处置时间不能早于报告时间", {"done_at": EARLIER}, {"done_at": NOW},
        {"file_disposal": {"reported_at": "2026-11-18T00:30:00+00:00"}},
    ),
    Refused(
        "recall_emergency/after_action_report", "完成期限必须晚于今天", {"actions": rows(TODAY, key="due_on")},
        {"actions": rows(TOMORROW, key="due_on")},
    ),
    Refused(
        "recall_emergency/after_action_report", "改进措施的编号不能重复", {"actions": rows("A", "A")},
        {"actions": rows("A", "B")},
    ),
    Refused(
        "recall_emergency/design_drill", "评估表的权重合计必须为100", {"objectives": rows(60, 39, key="weight")},
        {"objectives": rows(60, 40, key="weight")},
    ),
    Refused(
        "recall_emergency/design_drill", "评估目标的编号不能重复",
        {"objectives": [{"code": "A", "weight": 60}, {"code": "A", "weight": 40}]},
        {"objectives": [{"code": "A", "weight": 60}, {"code": "B", "weight": 40}]},
    ),
    Refused("recall_emergency/design_drill", "情景的编号不能重复", {"injects": rows("A", "A")},
            {"injects": rows("A", "B")}),
    Refused(
        "recall_emergency/design_drill", "演练至少有公安、疾控、卫生健康参加（规范7.1）",
        {"agencies": ["regulation", "cdc"]},
        {"agencies": ["police", "cdc", "health"]},
    ),
    *(
        Refused(f"recall_emergency/{each}", "重症与死亡之和不能多于发病人数",
                {"kind": "real", "ill": 3, "severe": 2, "dead": 2} if each == "emergency_started" else
                {"ill": 3, "severe": 2, "dead": 2}, {"ill": 4})
        for each in ("emergency_started", "initial_report", "situation_review")
    ),
    Refused(
        "recall_emergency/revise_plan", "生效日期不能早于今天", {"decision": "revise", "valid_from": YESTERDAY},
        {"valid_from": TODAY},
    ),
    Refused(
        "recall_emergency/revise_plan", "有效期须晚于生效日期",
        {"decision": "revise", "valid_from": TODAY, "valid_until": TODAY}, {"valid_until": TOMORROW},
    ),
    Refused(
        "recall_emergency/situation_review", "没有涉事批次，不能召回", {"decision": "controlled", "recall": "yes"},
        {"recall": "no"}, {"initial_report": {"lots": []}},
    ),
    Refused(
        "rectification/decide_extension", "同意的天数不能超过申请的天数", {"decision": "grant", "days": 6}, {"days": 5},
        {"submit_rectification": {"days": 5}},
    ),
    Refused(
        "rectification/onsite_recheck", "至少两名监管人员参加（监督检查管理办法第23条），同行人员不能是本人",
        {"companion": "@inspector"}, {"companion": "@colleague"}, {"issue_order": {"lead_inspector": "@inspector"}},
    ),
    Refused(
        "sampling/receive_sample", "封签完好的，请选择其他拒收原因",
        {"decision": "reject", "reasons": ["seal"], "seals_intact": True}, {"reasons": ["seal", "short"]},
    ),
    Refused(
        "sampling/receive_sample", "冷藏样品温度高于 10 ℃，应当拒收", {"decision": "accept", "temperature": 10.5},
        {"temperature": 10}, {"take_sample": {"storage": "chilled"}},
    ),
    *(
        Refused(f"sampling/{each}", "下限不能大于上限", {"items": [LIMITS]}, {"items": [LIMITS | {"limit_high": 9}]})
        for each in ("report_retest", "report_test")
    ),
    Refused(
        "sampling/report_retest", "封签不完好的备用样品不能复检，请退回监管部门", {"seals_intact": False},
        {"seals_intact": True},
    ),
    Refused(
        "sampling/report_retest", "收样时间不能早于移交时间", {"received_at": EARLIER}, {"received_at": NOW},
        {"send_spare": {"sent_at": "2026-11-18T00:30:00+00:00"}},
    ),
    Refused("sampling/send_spare", "封签不完好的备用样品不能复检", {"seals_intact": False}, {"seals_intact": True}),
    Refused(
        "sampling/ship_sample", "送出时间不能早于抽样时间", {"shipped_at": EARLIER}, {"shipped_at": NOW},
        {"take_sample": {"taken_at": "2026-11-18T00:30:00+00:00"}},
    ),
    Refused(
        "spare_sample/dispose_spare", "保管期未满，不能处置", {"disposed_at": EARLIER}, {"disposed_at": NOW},
        {"spare_kept": {"kept_until": "2026-11-18T00:30:00+00:00"}},
    ),
)  # fmt: skip


def said(case: Refused, answers: Mapping[str, Any], context: FormContext) -> dict[str, list[str]]:
    """What is said of the answers, field by field."""
    try:
        all_forms()[case.form].load(answers, context)
    except InvalidAnswersError as refused:
        return {path: [str(each) for each in sentences] for path, sentences in refused.errors.items()}
    return {}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.form}-{case.sentence}")
def test_what_a_form_refuses_and_what_mends_it(context: FormContext, cast: Cast, case: Refused) -> None:
    names = {f"@{name}": actor.id for name, actor in vars(cast).items()} | {"@plant": context.establishment_id}
    data = filled({**context.data, **case.data}, names)
    here = FormContext(context.session, context.clock, data, context.actor, CASE, context.establishment_id)
    places = {each.field for each in all_forms()[case.form].properties.checks if each.message == case.sentence}
    [check] = {case.place} & places if case.place else places
    wrong = said(case, filled(case.answers, names), here)
    assert case.sentence in wrong.get(check, []), wrong
    mended = said(case, filled({**case.answers, **case.mended}, names), here)
    assert not case.mended or case.sentence not in mended.get(check, []), mended


def filled(value: Any, names: Mapping[str, Any]) -> Any:
    """The value with people and places for their names."""
    if isinstance(value, Mapping):
        return {key: filled(each, names) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, names) for each in value]
    return names.get(value, value) if isinstance(value, str) else value


def test_every_check_of_every_form_is_shown_by_a_test() -> None:
    """Here, or where its sentence stands in another test."""
    here = {(case.form, case.sentence) for case in CASES}
    texts = [path.read_text("utf-8") for path in TESTS.rglob("*.py") if path != Path(__file__)]
    unshown = [
        f"{key}: {check.message}"
        for key, form in all_forms().items()
        for check in form.properties.checks
        if (key, check.message) not in here and not any(check.message in text for text in texts)
    ]
    assert unshown == []
