"""What happens in the demo's assessment cycles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from demo.scene import Answer, Answers, Opening, Scenario, Scene
from records.clock import today


def request(scene: Scene) -> Answers:
    """The office begins the month that ended last."""
    ended = today(scene.clock).replace(day=1) - timedelta(days=1)
    return {"kind": "month", "any_day": ended.isoformat(), "reason": "定时任务上线前，手工发起上月考核"}


def unfinished(_scene: Scene) -> Answers:
    """Nobody waits any longer."""
    return {"decision": "close", "opinion": "已两次催办，仍未完成的按现有得分结束"}


def missing(scene: Scene) -> Answers:
    """The months there are count, if there are any."""
    if scene.data["check_months"]["frozen"]:
        return {"decision": "proceed", "opinion": "缺少的月份系统尚未上线，按已有月份汇总"}
    return {"decision": "abandon", "opinion": "本周期各月均未开展考核，不作汇总"}


def own_items(scene: Scene) -> Answers:
    """One commendation, now and then."""
    choices = scene.data["roll_up"]["choices"]
    if not choices or scene.chance.random() < 0.3:
        return {"items": []}
    one = scene.chance.choice(choices)["value"]
    return {"items": [{"subject": one, "points": 2, "reason": "承办全市追溯演练，组织得力"}]}


def analysis(scene: Scene) -> Answers:
    """The draft, with suggestions."""
    drafted = scene.data["rank_subjects"]
    return {
        "narrative": drafted["draft"],
        "problems": drafted["problems"],
        "suggestions": "对得分率低的指标逐项督促；请各区县对排名靠后的市场开展一次上门指导，下月复核上报及时性。",
    }


def approval(scene: Scene) -> Answers:
    """The manager approves."""
    return {"decision": "approve", "signature": scene.sign()}


ANSWERS: Mapping[str, Answer] = {
    "decide_unfinished": unfinished,
    "decide_missing": missing,
    "own_items": own_items,
    "write_analysis": analysis,
    "approve_results": approval,
}
#: months, quarters and years begin by the clock
OPENING = Opening("ASR", request, 0)
SCENARIOS = (Scenario("end", 62), Scenario("write_analysis", 12))
