"""What happens in the demo's recalls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from demo.scene import Answer, Answers, Scene

OPINION = "逐批核对追溯记录和企业台账，情况清楚"


def plan(scene: Scene) -> Answers:
    """A plan that says everything."""
    begun, place = scene.data["begin_recall"], scene.place
    return {
        "responsible": place.legal_person, "contact": place.contact or place.legal_person,
        "contact_phone": place.phone or "07720000000", "quantity": begun["quantity"], "unit": begun["unit"],
        "scope_text": "按追溯记录通知全部下游经营者，逐户回收", "hazard_text": "检验不合格，食用后可能引起身体不适",
        "procedure": "停止生产销售，电话和平台通知下游，门店张贴公告，凭包装退货退款", "finish_by": scene.day(5),
        "media_text": f"请消费者停止食用本公司{begun['product_name']}的召回批次，凭包装到购买处退货退款。",
        "disposal_plan": "集中后交有资质的单位焚烧", "loss_forecast": "预计收回七成以上，损失约一万元", "stopped": True,
    }  # fmt: skip


def order(scene: Scene) -> Answers:
    """The plan is overdue."""
    return {"order_text": "立即停止销售召回批次，通知全部下游经营者并提交召回计划", "hours": 24}


def talk(scene: Scene) -> Answers:
    """The head of a business that does not recall is called in."""
    return {
        "held_at": scene.moment(), "place": "局二楼约谈室", "attendee": f"{scene.place.legal_person}（负责人）",
        "matters": "责令召回后仍不提交召回计划，告知拒不召回的法律责任。", "commitment": "表示资金困难，不组织召回",
    }  # fmt: skip


def authority_plan(scene: Scene) -> Answers:
    """The authority plans in its stead."""
    return {name: value for name, value in plan(scene).items() if name != "stopped"} | {"responsible": scene.actor.name}


def review(scene: Scene) -> Answers:
    """Accepted unless it recalls too little."""
    return {"decision": "approve", "opinion": OPINION}


def answer(scene: Scene) -> Answers:
    """A holder that has sealed what is left."""
    return {
        "notified_at": scene.moment(),
        "lines": [_line(scene, lot) for lot in scene.data["notify_consignee"]["lots"]],
        "answered_by": scene.place.contact or scene.place.legal_person,
        "stopped": True,
    }


def visit(scene: Scene) -> Answers:
    """An inspector finds the holder, nine times out of ten."""
    attempts = "第一次电话无人接听，第二次上门见到负责人"
    if scene.chance.random() < 0.1:
        return {"outcome": "unreached", "attempts": "两次上门均关门停业，邻铺称已搬走"}
    holder = next(each for each in scene.data["list_unreached"]["holders"] if each["id"] == scene.data["visit_id"])
    return {
        "outcome": "visited",
        "attempts": attempts,
        "notified_at": scene.moment(),
        "answered_by": "现场负责人",
        "lines": [_line(scene, lot) for lot in holder["lots"]],
    }


def effect(scene: Scene) -> Answers:
    """As the table proposes; nobody goes on for ever."""
    proposed = scene.data["recall_effectiveness"]
    if proposed != "close" and scene.data["open_responses"]["round"] >= 2:
        return {"decision": "close", "reason": "已尽力通知和回收，其余确认已售出食用"}
    return {"decision": proposed}


def report_disposal(scene: Scene) -> Answers:
    """Told beforehand."""
    lines = [{"code": lot["code"], "planned": max(0, lot["recovered"])} for lot in scene.data["reconcile"]["lots"]]
    return {
        "planned_at": scene.moment(hours=20),
        "place": "城南垃圾焚烧厂",
        "method": "incinerate",
        "organiser": "城南环保服务公司",
        "lines": lines,
    }


def witness(scene: Scene) -> Answers:
    """Two people see it burn."""
    told = scene.data["report_disposal"]
    return {
        "done_at": scene.moment(),
        "actual_place": told["place"],
        "witnesses": [{"name": scene.actor.name, "office": "市场监管局"}, {"name": "苏宁华", "office": "街道办事处"}],
        "lines": [{"code": line["code"], "weighed": line["planned"]} for line in told["lines"]],
        "video": [scene.keep(VIDEO + scene.chance.randbytes(8), "处置录像.mp4")],
        "photos": [scene.picture(), scene.picture()],
    }


def summary(scene: Scene) -> Answers:
    """The business's account."""
    return {
        "summary": "已通知追溯到的全部经营者，能收回的全部收回并焚烧，已售部分通过公告提醒消费者停止食用。",
        "prevention": "更换供货者，加密出厂检验频次，完善批次台账。",
        "is_true": True,
    }


def evaluation(scene: Scene) -> Answers:
    """Effective where the target was met."""
    good = scene.data["reconcile"]["is_recovered"]
    return {"evaluation": "effective" if good else "basically", "evaluation_text": OPINION}


def _line(scene: Scene, lot: Mapping[str, Any]) -> Answers:
    left = max(0.0, float(lot["received"]) - float(lot["passed_on"]))
    sold = round(left * scene.chance.choice((0.1, 0.2, 0.5)), 3)
    return {"code": lot["code"], "on_hand": 0, "quarantined": round(left - sold, 3), "sold": sold, "returned": 0}


VIDEO = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08free"

ANSWERS: Mapping[str, Answer] = {
    "recall_plan": plan,
    "order_recall": order,
    "refusal_talk": talk,
    "authority_plan": authority_plan,
    "review_plan": review,
    "consignee_response": answer,
    "visit_consignee": visit,
    "confirm_effectiveness": effect,
    "report_disposal": report_disposal,
    "witness_disposal": witness,
    "recall_summary": summary,
    "evaluate_recall": evaluation,
}
