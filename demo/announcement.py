"""What happens in the demo's announcements."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from demo.scene import Answer, Answers, Opening, Scenario, Scene
from records.registry import Establishment

PUBLIC = frozenset({"plan_disclosure", "task_disclosure", "item_disclosure", "result_disclosure", "consumer_warning"})
TEXTS: Mapping[str, tuple[str, str, str]] = {
    "notice": (
        "关于加强米粉生产加工环节监督检查的通知", "policy",
        "<p>近期气温变化较大，请各经营者重点做好下列工作：</p><ul><li>原料进货查验和索证索票</li>"
        "<li>车间温湿度记录</li><li>成品留样和出厂检验</li></ul><p>监管人员将于月底前逐户核对。</p>",
    ),
    "circular": (
        "关于十月份食品安全检查情况的通报", "inspection",
        "<p>本月共检查食品生产经营者四十六户，责令改正九户，已全部复查。</p>",
    ),
    "result_disclosure": (
        "食品生产经营监督检查结果公示", "inspection",
        "<p>根据《食品生产经营监督检查管理办法》第三十九条，现将监督检查结果公示如下，请社会监督。</p>",
    ),
    "plan_disclosure": (
        "双随机抽查工作计划公示", "inspection",
        "<p>本年度对米粉生产、集中交易市场和学校食堂开展双随机抽查，抽查比例不低于百分之五，每年不少于两轮。</p>",
    ),
    "consumer_warning": (
        "关于谨慎购买散装自制桂花酒的消费警示", "warning",
        "<p>近期发现个别摊点销售来源不明的散装酒。请消费者选购标签齐全的产品，保留购物凭证。</p>",
    ),
}  # fmt: skip
ITEMS = (("检查对象", "柳州市鱼峰区老陈米粉厂"), ("检查结论", "基本符合"), ("处理情况", "责令限期整改，已复查合格"))
SUPPLIERS = ("原料供货商", "融安山泉粮油行、柳江三都米业")


def begin(scene: Scene) -> Answers:
    """An inspector has something to tell."""
    kind = scene.wish("kind", scene.chance.choice(("notice", "notice", "circular", "result_disclosure")))
    return {"kind": kind, "title": TEXTS[kind][0]}


def draft(scene: Scene) -> Answers:
    """The text, whom it is for, and what of it is public."""
    kind = str(scene.data["open_announcement"]["kind"])
    title, category, body = TEXTS.get(kind, TEXTS["notice"])
    opened = scene.data["open_announcement"]
    is_public = bool(opened["is_public"] or kind in PUBLIC) and not (scene.case and scene.case.is_drill)
    answers: Answers = {
        "kind": kind,
        "title": opened["title"] or title,
        "body": opened["body"] or body,
        "regions": [scene.region_code],
        "kinds": ["BIZ", "INS"] if kind != "circular" else ["INS", "LEAD"],
        "urgency": scene.wish("urgency", "normal"),
        "must_confirm": scene.wish("must_confirm", kind == "notice"),
        "fields": _fields(scene, kind),
    }
    if kind == "result_disclosure":
        answers["penalty_kind"] = "none"
    if kind == "emergency":
        answers["accident_grade"] = "IV"
    if is_public:
        answers |= {"is_public": True, "category": opened["category"] or category, "summary": answers["title"]}
    return answers


def _fields(scene: Scene, kind: str) -> list[dict[str, str]]:
    """What another case asked to be disclosed, or the usual items of a result."""
    asked = list(scene.data["open_announcement"]["fields"])
    if asked or kind != "result_disclosure":
        return asked
    rows = [*ITEMS, SUPPLIERS] if scene.wish("suppliers", False) else list(ITEMS)
    return [{"label": label, "value": value} for label, value in rows]


def section(scene: Scene) -> Answers:
    """The head of the section agrees, or says why not."""
    if scene.wish("refused", False):
        return {"decision": "reject", "opinion": "检查结论尚待上级核定，暂不发布"}
    return {"decision": "approve"}


def disclose(scene: Scene) -> Answers:
    """All is public, but who supplies a business: it is asked."""
    return {"items": [_decided(scene, field) for field in scene.data["automatic_checks"]["fields"]]}


def _decided(scene: Scene, field: Mapping[str, str]) -> Answers:
    if field["label"] != SUPPLIERS[0]:
        return {"code": field["code"], "decision": "public"}
    reason = {"ground": "commercial", "reason": "供货渠道可能属于商业秘密"}
    return {"code": field["code"], "decision": "withhold", "third_party": _party(scene), **reason}


def _party(scene: Scene) -> str:
    """The business whose suppliers they are: the case's own, else one of the district."""
    if scene.establishment is not None:
        return scene.establishment.id
    near = select(Establishment.id).where(
        Establishment.region_code == scene.region_code, Establishment.status == "active"
    )  # fmt: skip
    return scene.session.scalars(near.order_by(Establishment.id).limit(1)).one()


def opinion(_scene: Scene) -> Answers:
    """The business objects."""
    return {"opinion": "object", "reason": "供货渠道是本店长期经营积累，公开后会被同行压价争抢"}


def decide(scene: Scene) -> Answers:
    """What is secret stays so."""
    rows = scene.data["close_opinions"]["items"]
    return {
        "items": [{"code": row["code"], "decision": "withhold", "reason": "第三方理由成立，不予公开"} for row in rows]
    }


def approve(_scene: Scene) -> Answers:
    """Agreed."""
    return {"decision": "approve"}


def late(_scene: Scene) -> Answers:
    """Why it is late."""
    return {"reason": "等待检验机构补正报告，延误了公示"}


def follow_up(scene: Scene) -> Answers:
    """Each was called."""
    people = scene.data["list_unread"]["people"]
    return {"people": [{"result": scene.chance.choice(("told", "told", "unreachable"))} for _one in people]}


OPENING = Opening("INS", begin, a_year=60)
SCENARIOS = [
    Scenario("draft", 1, {"kind": "notice"}),
    Scenario("section_review", 2, {"kind": "circular"}),
    Scenario("disclosure_review", 3, {"kind": "result_disclosure"}),
    Scenario("third_party_opinion", 5, {"kind": "result_disclosure", "suppliers": True}),
    Scenario("approve_in_turn", 4, {"kind": "plan_disclosure"}),
    Scenario("end", 40, {"kind": "result_disclosure", "suppliers": True}),
    Scenario("follow_up", 12, {"kind": "notice"}),
    Scenario("end", 9, {"kind": "circular"}),
    Scenario("end", 16, {"kind": "result_disclosure"}),
    Scenario("end", 21, {"kind": "plan_disclosure"}),
    Scenario("end", 26, {"kind": "consumer_warning", "urgency": "urgent"}),
    Scenario("end", 30, {"kind": "result_disclosure", "refused": True}),
]
ANSWERS: Mapping[str, Answer] = {
    "draft": draft,
    "section_review": section,
    "disclosure_review": disclose,
    "third_party_opinion": opinion,
    "disclosure_decision": decide,
    "approve_in_turn": approve,
    "approve_at_once": approve,
    "late_reason": late,
    "follow_up": follow_up,
}
