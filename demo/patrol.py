"""What happens in the demo's online patrols."""

from __future__ import annotations

from collections.abc import Mapping

from demo.inspection import inspectors
from demo.scene import Answer, Answers, Opening, Scenario, Scene

REASONS = (
    "新证已换发，登记信息待更新",
    "凭证已在次日补传，经电话核实",
    "节日备货，进货量属正常",
    "已转让停业，正在办理变更",
)
QUESTIONS = ("请说明原因并补传凭证", "请说明是否已申请延续", "请说明该批食品的去向")
SAID = ("系统账号遗失，凭证已补传", "延续申请已受理，附受理通知书", "该批食品已下架退回供货商")


def begin(_scene: Scene) -> Answers:
    """All five classes."""
    return {
        "classes": ["vouchers", "market_checks", "abnormal_vouchers", "key_products", "tests"],
        "note": "节前专项巡检",
    }


def review(scene: Scene) -> Answers:
    """Each suspect of the area is judged."""
    here = scene.data["here"]
    numbers = [one["no"] for one in scene.data["score"]["suspects"] if one["area"] == here]
    return {"reviews": [_reviewed(scene, no) for no in numbers]}


def _reviewed(scene: Scene, no: str) -> Answers:
    verdicts = ("real", "false_alarm", "need_info")
    verdict = scene.wish("verdict", scene.chance.choices(verdicts, (55, 30, 15))[0])
    row: Answers = {"no": no, "looked": True, "verdict": verdict}
    if verdict == "real":
        severity = scene.wish("severity", scene.chance.choices("1234", (60, 25, 12, 3))[0])
        return row | {"severity": severity, "proof": "登记信息和凭证记录"}
    return row | {"reason": scene.chance.choice(REASONS if verdict == "false_alarm" else QUESTIONS)}


def explain(scene: Scene) -> Answers:
    """The business says how it came."""
    return {"text": scene.chance.choice(SAID), "is_true": True}


def judge(scene: Scene) -> Answers:
    """Whoever was silent has the problem; of the others half convince."""
    rows = []
    for asked in scene.data["gather_explanations"]["rows"]:
        if asked["is_silent"] or scene.chance.random() < 0.5:
            rows.append({"no": asked["no"], "verdict": "real", "severity": "1"})
        else:
            rows.append({"no": asked["no"], "verdict": "false_alarm", "reason": "说明与凭证相符"})
    return {"reviews": rows}


def send(scene: Scene) -> Answers:
    """Two certified inspectors go there tomorrow."""
    first, second = scene.chance.sample(inspectors(scene), 2)
    return {"lead_inspector": first.id, "second_inspector": second.id, "planned_on": scene.day(1)}


OPENING = Opening("LEAD", begin, a_year=2)
SCENARIOS = [
    Scenario("end", 24, {"verdict": "real", "severity": "1"}),
    Scenario("explain_suspect", 1, {"verdict": "need_info"}, district="450204"),
    Scenario("review_suspects", 0, district="450223"),
]
ANSWERS: Mapping[str, Answer] = {
    "review_suspects": review,
    "explain_suspect": explain,
    "judge_explanations": judge,
    "assign_inspection": send,
}
