"""What happens in the demo's problems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from demo.inspection import inspectors
from demo.scene import Answer, Answers, Opening, Scenario, Scene
from records.problems import ProblemCase

REPORTS = (
    ("additive", "群众举报该单位在米粉中添加白色粉末增加韧性，晾晒间可见未标示的袋装粉末。"),
    ("spoiled", "消费者反映购买的豆制品有酸臭味，包装标示仍在保质期内，同批次货架上还有二十余盒。"),
    ("label", "巡查群众反映预包装螺蛳粉未标示配料表和生产日期，现场陈列三十余袋。"),
    ("documents", "知情人反映该摊位长期销售没有检疫证明的冷冻鸡爪，来源不明。"),
    ("foreign", "消费者在酱料中发现塑料片，联系店家未得到处理，保留有实物和购物小票。"),
)
INFORMANTS = (("甘举实", "13900000011"), ("陆正言", "13900000012"), ("秦知味", "13900000013"))
SIX = ("time", "place", "stage", "cause", "party", "scope")
CAUSES = (
    ("process", "拌料工序没有核对配料单，交接班时误加"),
    ("material", "原料进货未查验，供货者资质已过期"),
    ("storage", "冷库断电两小时未发现，温度记录补写"),
    ("hygiene", "操作间未分区，生熟混放造成交叉污染"),
)


def register(scene: Scene) -> Answers:
    """A complaint, named or not; the lots are not known yet."""
    hazard, summary = scene.wish("report", scene.chance.choice(REPORTS))
    is_named = scene.wish("named", scene.chance.random() < 0.6)
    name, phone = scene.chance.choice(INFORMANTS) if is_named else ("", "")
    ill = scene.wish("ill", scene.chance.choices((0, 2), (95, 5))[0])
    return {
        "source": scene.wish("source", "complaint"),
        "source_no": "市监督办〔2026〕17号" if scene.wish("source", "complaint") == "superior" else "",
        "informant_name": name,
        "informant_phone": phone,
        "establishment": scene.place.id,
        "product_name": scene.wish("product", "散装食品"),
        "lots_known": "no",
        "lots_unknown_reason": "举报人未保留包装",
        "found_at": scene.moment(hours=-3),
        "place": scene.place.address[:200],
        "hazard": hazard,
        "population": "general",
        "affected": max(ill, scene.chance.randint(0, 12)),
        "ill": ill,
        "dead": 0,
        "summary": summary,
    }


def judge(scene: Scene) -> Answers:
    """Related, but another matter."""
    found = scene.data["find_duplicates"]["found"]
    return {"decision": "link", "other": found[0]["id"], "reason": "同一单位，举报事项不同"}


def assign(scene: Scene) -> Answers:
    """Two certified inspectors of the district."""
    first, second = scene.chance.sample(inspectors(scene), 2)
    return {"level": str(scene.data["set_level"]["level"]), "handler": first.id, "second": second.id}


def verify(scene: Scene) -> Answers:
    """Somebody goes there, or asks for more time first."""
    if scene.wish("extension", False) and "extend_verification" not in scene.data:
        return {"kind": "extension", "days": 5, "reason": "需要等待外地供货者所在地协查回复"}
    established = scene.wish("established", scene.chance.choices(("yes", "no"), (7, 3))[0])
    answers: Answers = {
        "kind": "result",
        "visited_at": scene.moment(hours=-2),
        "verification": "现场查看加工间和仓库，询问负责人和两名从业人员，调取近一个月台账。",
        "established": established,
    }
    if established == "no":
        return answers
    return answers | {
        "control": scene.wish("control", scene.chance.choice(("yes", "no", "no"))),
        "no_control_reason": "问题产品已全部下架封存",
        "sampling": scene.wish("sampling", "no"),
        "evidence": [scene.picture()],
    }


def extension(scene: Scene) -> Answers:
    """Granted."""
    return {"decision": "grant", "days": scene.data["preliminary_verification"]["days"]}


def unfounded(scene: Scene) -> Answers:
    """Not so; whoever gave a name is told."""
    answers: Answers = {"reason": "现场未发现所举报的情形，台账和检验报告完整，产品抽查正常。"}
    if not scene.data["open_problem"]["is_named"]:
        return answers
    reply = {
        "reply_way": "phone",
        "replied_at": scene.moment(minutes=-5),
        "reply": "经核查未发现所反映的情形，感谢监督。",
    }
    return answers | reply


def overturned(scene: Scene) -> Answers:
    """The re-test cleared the sample: closed, unless something was decided that has to be revoked first."""
    if scene.data["note_retest"]["bound"]:
        return {"decision": "continue", "reason": "已作出的决定先依法撤销，案件继续办理"}
    return unfounded(scene) | {"decision": "close", "reason": "复检合格，没有其他证据证明该批次不合格"}


def gap(scene: Scene) -> Answers:
    """Papers are found after all, where papers can help."""
    requests = scene.data["ask_for_vouchers"]["requests"]
    asked = next(request for request in requests if request["id"] == scene.data["request_id"])
    return {"papers": [_paper(scene, item) for item in asked["gaps"]], "is_true": True}


def _paper(scene: Scene, item: dict[str, Any]) -> Answers:
    if item["wants"] is None:
        return {"explanation": "两次过秤的误差，已重新核对台账"}
    paper = {
        "has_paper": "yes", "voucher_no": f"JH-{scene.chance.randint(1000, 9999)}", "voucher_on": scene.day(-6),
        "quantity": 40, "images": [scene.picture()],
    }  # fmt: skip
    return paper if item["partner"] else paper | {"counterpart": "柳州市农产品批发市场"}


def scope(scene: Scene) -> Answers:
    """The stage follows from where the business stands."""
    stage = {"catering": "catering", "sales": "retail", "farm": "origin"}.get(scene.place.segment, "production")
    return {
        "stage": stage, "stage_basis": "依现场情况、台账和询问笔录判断",
        "scope_note": "按进货台账确定同一供货者近一个月的全部进货",
        "imbalance_reason": "零售未逐笔登记", "gaps_acknowledged": True,
    }  # fmt: skip


def control(scene: Scene) -> Answers:
    """What is left is sealed."""
    return {
        "kind": scene.wish("control_kind", "seal"), "lots": [], "objects": "同类产品 36 千克", "place": "后厨冷柜",
        "reason": "继续销售有安全隐患", "photos": [scene.picture()],
    }  # fmt: skip


def approve(_scene: Scene) -> Answers:
    """Agreed."""
    return {"decision": "approve"}


def lift(_scene: Scene) -> Answers:
    """Nothing left to control."""
    return {"decision": "lift", "reason": "问题产品已处理完毕"}


def determine(scene: Scene) -> Answers:
    """The six answers; the business answers for all of it."""
    code, cause = scene.wish("cause", scene.chance.choice(CAUSES))
    problem = scene.newest(ProblemCase)
    if problem.lots and "refresh_trace" not in scene.data:
        return {"action": "trace"}
    return {
        "action": "determine",
        "began_at": scene.moment(days=-25),
        "ended_at": _before(problem),
        "region": "柳州市",
        "site": scene.place.address[:200],
        "stage": scene.data["confirm_scope"]["stage"],
        "cause_code": code,
        "cause": cause,
        "method": "five_whys",
        "analysis": [
            {"question": "为什么发生", "answer": cause},
            {"question": "为什么没有发现", "answer": "没有专人复核"},
        ],
        "parties": [{"party": scene.place.id, "share": 100, "basis": "生产经营者，现场查实"}],
        "suspected_crime": scene.wish("crime", "no"),
        "scope_confirmed": True,
        "scope_reason": "按进货台账确定同一供货者近一个月的全部进货",
        "legal_basis": "食品安全法第三十四条、第五十三条",
        "evidence": [{"answer": each, "description": "现场笔录和照片"} for each in SIX],
    }


def _before(problem: ProblemCase) -> str:
    return (problem.reported_at or problem.found_at).isoformat()


def measures(scene: Scene) -> Answers:
    """As the table proposes, or as the scenario wants."""
    chosen = list(scene.wish("measures", scene.data["problem_outcome"]))
    answers: Answers = {"measures": chosen, "reason": "依调查情况确定"}
    if "rectify" in chosen:
        answers |= {"rectify_days": 10, "requirement": "停止违法行为，逐项改正并建立复核制度"}
    if "recall" in chosen:
        answers |= {"recall_reason": "问题批次仍在市场销售", "recall_class": "2"}
    if "transfer" in chosen:
        is_crime = scene.data["determination"]["suspected_crime"] == "yes"
        answers |= {
            "transfer_to": "police" if is_crime else "department",
            "recipient": "柳州市公安局食药环侦支队" if is_crime else "柳州市农业农村局",
            "transfer_reason": "属于受移送单位职责", "materials": ["determination", "evidence"],
        }  # fmt: skip
    if "warning" in chosen:
        text = "近期检出问题的散装食品请停止食用，可向销售者退货。"
        answers |= {"warning_title": "食品安全消费提示", "warning_text": text}
    return answers


def reply(scene: Scene) -> Answers:
    """Taken on."""
    return {"decision": "accept", "reply_no": f"复〔2026〕{scene.chance.randint(1, 90)}号"}


def closure(_scene: Scene) -> Answers:
    """All is done."""
    return {
        "children_ended": True, "lots_reconciled": True, "lots_note": "由辖区所继续跟踪处理",
        "closing": "各项措施均已落实，同意办结",
    }  # fmt: skip


def lessons(_scene: Scene) -> Answers:
    """What was learnt."""
    return {"lessons": "加强进货查验和交接班复核，纳入下季度重点检查内容", "risk_alert": "no"}


def evidence(_scene: Scene) -> Answers:
    """It changes nothing."""
    return {"impact": "none", "note": "与已掌握的情况一致"}


def _scenarios() -> list[Scenario]:
    real = {"established": "yes", "control": "no", "sampling": "no"}
    sealed = {**real, "control": "yes"}
    return [
        Scenario("assign_handlers", 1, {"named": True}, ending="米粉店"),
        Scenario("preliminary_verification", 3, {"named": True}, ending="煮粉铺"),
        Scenario("decide_verification_extension", 12, {"extension": True}, ending="豆制品档"),
        Scenario("close_unfounded", 8, {"established": "no", "named": True}, ending="螺蛳档"),
        Scenario("end", 30, {"established": "no", "named": True}, ending="便民超市"),
        Scenario("approve_control", 6, sealed, ending="干货批发行"),
        Scenario("review_control", 10, sealed, ending="蔬菜档"),
        Scenario("determination", 12, real, ending="调味品有限公司"),
        Scenario("review_determination", 15, real, ending="米粉店"),
        Scenario("choose_measures", 16, real, ending="煮粉铺"),
        Scenario("police_reply", 20, {**real, "crime": "yes", "measures": ("transfer",)}, ending="豆制品档"),
        Scenario("investigate", 30, {**real, "measures": ("penalty",)}, ending="螺蛳档"),
        Scenario("party_statement", 40, {**real, "measures": ("penalty",)}, ending="便民超市"),
        Scenario("execution", 60, {**real, "measures": ("penalty",)}, ending="干货批发行"),
        Scenario("verify_closure", 50, {**real, "measures": ("rectify",)}, ending="蔬菜档"),
        Scenario("end", 80, {**real, "measures": ("rectify", "penalty")}, ending="调味品有限公司"),
    ]


OPENING = Opening("INS", register, a_year=60)
SCENARIOS = _scenarios()
ANSWERS: Mapping[str, Answer] = {
    "judge_duplicate": judge,
    "assign_handlers": assign,
    "preliminary_verification": verify,
    "decide_verification_extension": extension,
    "close_unfounded": unfounded,
    "judge_overturned": overturned,
    "fill_gap": gap,
    "confirm_scope": scope,
    "control_measures": control,
    "approve_control": approve,
    "review_control": lift,
    "determination": determine,
    "review_determination": approve,
    "choose_measures": measures,
    "police_reply": reply,
    "await_reply": reply,
    "verify_closure": closure,
    "lessons": lessons,
    "assess_evidence": evidence,
}
