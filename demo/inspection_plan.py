"""What happens in the demo's inspection plans."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from demo.scene import Answer, Answers, Opening, Scenario, Scene
from records.clock import today

FEW = 5  # percent
LAST_SEASON = 11  # from November on, plans are made for the next year
SIGNED = {"approve": "同意，按计划组织实施"}


def begin(scene: Scene) -> Answers:
    """A plan of this year, or of the next when this one is nearly over."""
    day = today(scene.clock)
    return {"year": day.year + (day.month >= LAST_SEASON), "kind": scene.wish("kind", "routine")}


def draft(scene: Scene) -> Answers:
    """The region's own plan: one or two rounds from tomorrow on, or in the next year."""
    opened, day = scene.data["open_plan"], today(scene.clock)
    year = day.year if scene.wish("soon", False) else int(opened["year"])
    starts = max(day, date(year, 1, 1))
    first = starts + timedelta(days=scene.wish("first", 1))
    rounds = [first + timedelta(days=21 * number) for number in range(scene.wish("rounds", 1))]
    ends = date(year, 12, 31)
    kind = scene.wish("kind", opened["kind"])
    return {
        "title": scene.wish("title", opened["title"]),
        "year": year,
        "kind": kind,
        "mode": scene.wish("mode", "random"),
        "departments": [each["value"] for each in opened["departments"][:1]] if kind == "joint" else [],
        "regions": [opened["regions"][-1]["value"]],
        "checklists": [each["value"] for each in opened["checklists"]],
        "starts_on": starts.isoformat(),
        "ends_on": ends.isoformat(),
        "rounds": [
            {"draw_on": at.isoformat(), "inspect_by": min(ends, at + timedelta(days=20)).isoformat()} for at in rounds
        ],
        "basis": "食品生产经营监督检查管理办法第二十一条；上年度抽检不合格率和投诉举报分布",
    }


def quotas(scene: Scene) -> Answers:
    """As proposed, or a few of each stratum where nothing would be drawn."""
    rows = scene.data["propose_quotas"]["strata"]
    ratio = scene.wish("ratio", 0 if any(int(row["ratio"]) for row in rows) else FEW)
    strata = [
        {"code": row["code"], "visits": row["visits"], "ratio": max(int(row["ratio"]), ratio), "key_items": "进货查验"}
        for row in rows
    ]
    return {"strata": strata, "over_capacity": True}


def approve(scene: Scene) -> Answers:
    """Approved and signed, or what the scenario wants."""
    decision = scene.wish("plan", "approve")
    if decision == "return" and "approve_plan" in scene.data:
        decision = "approve"
    if decision == "approve":
        return {"decision": decision, "opinion": SIGNED[decision], "signature": scene.sign()}
    return {"decision": decision, "opinion": "请结合人员力量和风险分布重新测算抽查比例"}


def adjust(scene: Scene) -> Answers:
    """The plan goes on as it is, or with higher ratios."""
    if scene.wish("adjust", False):
        rows = scene.data["freeze_plan"]["strata"]
        strata = [{"code": row["code"], "ratio": min(100, row["ratio"] + 5)} for row in rows]
        return {"decision": "adjust", "strata": strata, "reason": "上半年抽检不合格率上升，适当提高抽查比例"}
    return {"decision": "keep", "reason": "执行进度正常，风险状况没有明显变化"}


def approve_adjustment(_scene: Scene) -> Answers:
    """Agreed."""
    return {"decision": "approve"}


def explain(_scene: Scene) -> Answers:
    """Why some are not covered, and when they will be."""
    return {
        "reason": "部分主体季节性停业，检查时未营业，未能完成全项目检查",
        "remedy": "列入下一年度第一季度必查名单，由各辖区监管所负责完成",
    }


OPENING = Opening("LEAD", begin, 1)
SCENARIOS = (
    Scenario("draft_plan", 3),
    Scenario("approve_plan", 12, {"soon": True, "title": "岁末米粉生产专项检查计划", "kind": "special"}),
    Scenario("end", 30, {"plan": "reject"}, district="450204"),
    Scenario("confirm_pools", 20, {"soon": True, "ratio": 20, "title": "第四季度双随机抽查计划"}),
    Scenario("witness_seed", 24, {"soon": True, "ratio": 15, "title": "校园周边联合抽查计划", "kind": "joint"}),
    Scenario("approve_list", 34, {"soon": True, "ratio": 12, "title": "冬季餐饮双随机抽查计划", "draw": "family"}),
    Scenario("adjust_plan", 40, {"soon": True, "ratio": 10, "title": "年度补充抽查计划", "rounds": 2, "adjust": True}),
)
ANSWERS: Mapping[str, Answer] = {
    "draft_plan": draft,
    "set_quotas": quotas,
    "approve_plan": approve,
    "adjust_plan": adjust,
    "approve_adjustment": approve_adjustment,
    "explain_arrears": explain,
}
