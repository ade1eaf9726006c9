"""What happens in the demo's emergencies and drills."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from demo.scene import Answer, Answers, Opening, Scenario, Scene
from records.lots import Lot
from records.registry import Establishment

AGENCIES = ["regulation", "cdc", "health", "police", "information", "logistics"]
TITLE = "食品安全事故应急演练"
TICKS = ("treated", "removed", "no_new", "recalled")


def begin(scene: Scene) -> Answers:
    """Mostly drills; now and then a real one."""
    if scene.wish("kind", scene.chance.choices(("drill", "real"), (3, 1))[0]) == "drill":
        return {"kind": "drill", "title": scene.wish("title", TITLE), "establishment": scene.place.id}
    return {
        "kind": "real",
        "summary": "多人集体用餐后呕吐、腹泻，已送医救治",
        "event_at": scene.moment(hours=-2),
        "place": scene.place.address,
        "establishment": scene.place.id,
        "product_name": "凉拌米粉",
        "ill": scene.wish("ill", scene.chance.randint(3, 20)),
        "severe": 0,
        "dead": 0,
    }


def design(scene: Scene) -> Answers:
    """A drill with four objectives and two injects; two inspectors evaluate."""
    business = (
        scene.establishment
        or scene.session.scalars(
            select(Establishment).where(Establishment.region_code == scene.region_code).order_by(Establishment.id)
        ).first()
    )
    evaluators = scene.people("INS")[:2]
    lots = [lot.id for lot in _lots(scene, business)]
    return {
        "title": scene.data["emergency_started"]["title"],
        "scenario": "某学校食堂二十名学生午餐后陆续呕吐、腹泻，可疑食品为当日供应的米粉，已送区人民医院。",
        "notice": scene.chance.choice(("no", "yes")),
        "safety_rule": "一切通话以“演练”开头；出现真实事件立即停止演练；不进入真实生产区域封存。",
        "clock_factor": "10",
        "agencies": AGENCIES,
        "businesses": [{"establishment": business.id}],
        "lots": [{"lot": lot} for lot in lots],
        "evaluators": [{"evaluator": person.id} for person in evaluators],
        "objectives": [
            {"code": "1", "objective": "两小时内完成初报", "metric": "report", "target": 120, "weight": 30},
            {"code": "2", "objective": "一小时内启动响应", "metric": "activate", "target": 60, "weight": 20},
            {"code": "3", "objective": "情景处置得当", "metric": "injects", "target": 80, "weight": 20},
            {"code": "4", "objective": "部门配合顺畅", "metric": "manual", "weight": 30},
        ],
        "injects": [
            {"code": "A", "kind": "rumour", "minute": 60, "text": "网传中毒三百人", "expected": "一小时内澄清"},
            {"code": "B", "kind": "death", "minute": 600, "text": "一名学生死亡", "expected": "重新定级并上报"},
        ],
    }


def approve(scene: Scene) -> Answers:
    """Approved."""
    return {"decision": "approve"}


def first_report(scene: Scene) -> Answers:
    """The initial report of what is known."""
    known = scene.data["open_event"]
    return {
        "event_at": scene.moment(hours=-2), "place": known["place"] or "某学校食堂",
        "product_name": known["product_name"] or "米粉", "lots": [{"lot": lot} for lot in known["lot_ids"]],
        "ill": max(int(known["ill"]), 20 if known["is_drill"] else 0), "severe": known["severe"],
        "dead": known["dead"], "symptoms": ["呕吐", "腹泻"], "spread": "county", "reporter": "区人民医院",
        "reporter_phone": "07720002200", "measures": "送医救治，封存剩余食品和原料，保护现场", "agencies": AGENCIES,
    }  # fmt: skip


def grade(scene: Scene) -> Answers:
    """As proposed."""
    return {"grade": scene.data["accident_grade"], "experts": "疾控、临床、食品专家各一名"}


def activate(scene: Scene) -> Answers:
    """The command."""
    return {
        "commander": scene.actor.name,
        "command_group": "市场监管、疾控、卫健、公安、宣传、后勤各一名负责人",
        "orders": "立即救治、封存、流调、追溯，每日会商一次",
    }


def situation(scene: Scene) -> Answers:
    """Under control once in two reviews; the same number of people."""
    last = scene.data.get("situation_review") or scene.data["grade_facts"]
    decision = scene.wish("decision", scene.chance.choice(("continue", "controlled")))
    counts = {name: last[name] for name in ("ill", "severe", "dead")}
    recall = "yes" if scene.wish("recall", False) and scene.data["initial_report"]["lots"] else "no"
    more = {"recall": recall} if decision == "controlled" else {}
    return {**counts, **more, "text": "各部门按时报告，救治顺利，未见新发病例。", "decision": decision}


def terminate(scene: Scene) -> Answers:
    """Every condition is met."""
    summary = "患者全部治愈出院，可疑食品已封存销毁，环境消毒完毕，连续三日无新发病例。"
    return {**dict.fromkeys(TICKS, True), "summary": summary}


def inquiry(scene: Scene) -> Answers:
    """Nobody is held responsible."""
    return {
        "review": "报告及时，救治和封存迅速，流调报告偏慢",
        "compensation": "医疗费由用餐单位承担，已全部结清",
        "decision": "none",
    }


def play(scene: Scene) -> Answers:
    """Mostly as expected."""
    return {
        "played_at": scene.moment(),
        "reaction": "相关小组在规定时间内作出反应，口径一致",
        "as_expected": scene.chance.choices(("yes", "no"), (4, 1))[0],
    }


def evaluate(scene: Scene) -> Answers:
    """Between three quarters and the whole of each weight."""
    rows: list[Mapping[str, Any]] = scene.data["open_evaluation"]["objectives"]
    return {
        "scores": [
            {
                "code": row["code"],
                "score": round(row["weight"] * scene.chance.choice((0.75, 0.9, 1))),
                "evidence": f"测量值 {row['measured']}，现场记录相符" if row["measured"] else "现场观察记录",
            }
            for row in rows
        ]
    }


def after_action(scene: Scene) -> Answers:
    """One thing to better."""
    owner = scene.people("INS")[0]
    action = {
        "code": "1", "gap": "值班名册更新不及时", "action": "每月核对一次值班名册并公示", "owner": owner.id,
        "due_on": scene.day(15),
    }  # fmt: skip
    return {
        "strengths": "初报及时，部门到位迅速，追溯完整。",
        "gaps": "个别部门确认接警偏慢，信息澄清口径不够统一。",
        "actions": [action],
    }


def improve(scene: Scene) -> Answers:
    """Done."""
    return {"result": "已核对全部值班人员电话并在平台更新，今后每月核对一次"}


def revise(scene: Scene) -> Answers:
    """A new version of the plan."""
    return {
        "decision": "revise",
        "changes": "补充值班名册核对制度和信息澄清时限",
        "text": "一、组织指挥；二、分级响应；三、报告和信息发布；四、部门职责；五、后期处置。（全文见附件）",
        "valid_from": scene.day(1),
    }


def _lots(scene: Scene, business: Establishment) -> list[Lot]:
    return list(scene.session.scalars(select(Lot).where(Lot.establishment_id == business.id).order_by(Lot.id).limit(1)))


OPENING = Opening("COORD", begin, 4)
SCENARIOS = (
    Scenario("design_drill", 1, {"kind": "drill", "title": "校园食品安全应急演练"}),
    Scenario("approve_drill", 4, {"kind": "drill", "title": "冷链食品应急演练"}),
    Scenario("situation_review", 6, {"kind": "drill", "title": "集体用餐应急演练", "decision": "continue"}, times=2),
    Scenario("evaluate", 30, {"kind": "drill", "decision": "controlled", "finished": "yes"}),
    Scenario("end", 90, {"kind": "drill", "decision": "controlled", "finished": "yes"}),
    Scenario("initial_report", 0, {"kind": "real", "ill": 6}),
    Scenario("terminate_response", 20, {"kind": "real", "ill": 8, "decision": "controlled", "finished": "yes"}),
    Scenario("end", 60, {"kind": "real", "ill": 5, "decision": "controlled", "finished": "yes"}),
)

ANSWERS: Mapping[str, Answer] = {
    "design_drill": design,
    "approve_drill": approve,
    "initial_report": first_report,
    "confirm_grade": grade,
    "activate_plan": activate,
    "situation_review": situation,
    "terminate_response": terminate,
    "review_response": inquiry,
    "play_inject": play,
    "evaluate": evaluate,
    "after_action_report": after_action,
    "improve": improve,
    "revise_plan": revise,
    "approve_revision": approve,
}
