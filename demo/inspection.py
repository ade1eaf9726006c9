"""What happens in the demo's inspections."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from demo.inspection_scenarios import GENERAL, KEY, scenarios
from demo.scene import Answer, Answers, Opening, Scene
from records.checklists import ChecklistTemplate, ItemAnswer
from records.clock import today
from records.inspections import Inspection
from records.people import Qualification, QualificationKind, User
from records.registry import Product

NOTES = (
    "现场抽查3批原料，1批未见承诺达标合格证", "冷藏柜门封条破损，温度记录缺两天", "生熟用具未分开存放，标识脱落",
    "进货台账缺少供货者联系方式", "操作台下水口积垢，未及时清理", "两名从业人员健康证明已过期", "留样记录不完整，少一餐次",
)  # fmt: skip


def assign(scene: Scene) -> Answers:
    """The lead sends two certified inspectors of the district."""
    team = scene.wish("team", ())
    free = [one for one in inspectors(scene) if not team or one.username in team]
    first, second = sorted(scene.chance.sample(free, 2), key=lambda one: one.username not in team[:1])
    return {
        "establishment": scene.place.id,
        "mode": scene.wish("mode", scene.chance.choice(("routine", "routine", "routine", "random", "flight"))),
        "reason": scene.wish("reason", "年度监督检查计划，按风险等级安排"),
        "lead_inspector": first.id,
        "second_inspector": second.id,
        "planned_on": scene.day(1),
    }


def inspectors(scene: Scene) -> list[User]:
    """The inspectors of the district, or else of the city, whose certificate will hold for two months yet."""
    valid = select(Qualification.user_id).where(
        Qualification.kind == QualificationKind.INSPECTION,
        Qualification.expires_on > today(scene.clock) + timedelta(days=60),
    )
    held = set(scene.session.scalars(valid))
    return [person for person in scene.people("INS") if person.id in held]


def accept(scene: Scene) -> Answers:
    """No interest in the business; the day after tomorrow."""
    return {"no_interest": True, "scheduled_on": scene.day(2), "note": "带快检试剂"}


def onsite(scene: Scene) -> Answers:
    """What is found on site, or that one could not get in."""
    access = scene.wish("access", scene.chance.choices(("granted", "refused", "not_found"), (96, 2, 2))[0])
    if access != "granted":
        seen = {"access": access, "arrived_at": scene.moment(minutes=-40), "left_at": scene.moment(minutes=-5)}
        return seen | ({"door_photos": [scene.picture()]} if access == "refused" else {})
    template = scene.session.get_one(ChecklistTemplate, scene.newest(Inspection).checklist_template_id)
    return {
        "access": "granted",
        "arrived_at": scene.moment(minutes=-95),
        "position": scene.position(),
        "door_photos": [scene.picture()],
        "both_present": True,
        "credentials_shown": True,
        "persons_present": f"{scene.place.legal_person}（负责人）",
        "checklist": _checklist(scene, template, scene.wish("failing", _chance_failings(scene))),
        "lots": [_lot(scene)],
        "rapid_tests": _rapid_tests(scene),
        "samples": _samples(scene),
        "business_statement": "对检查情况无异议。",
        "left_at": scene.moment(minutes=-5),
    }


def _rapid_tests(scene: Scene) -> list[dict[str, Any]]:
    """Now and then a rapid test; few find too much."""
    verdict = scene.wish("rapid", scene.chance.choices((None, "pass", "fail"), (80, 18, 2))[0])
    limits = scene.data.get("rapid_test_limit") or []
    if verdict is None or not limits:
        return []
    limit = scene.chance.choice([one for one in limits if one["limit"] > 0])
    value = round(limit["limit"] * (2.2 if verdict == "fail" else 0.4), 4)
    valid = scene.day(scene.chance.randint(30, 300))
    return [
        {
            "item": limit["name"], "sample": _product(scene), "kit_lot": f"K{scene.chance.randint(1000, 9999)}",
            "kit_expires_on": valid, "value": value, "lot_code": scene.day(-4).replace("-", ""), "result": verdict,
        }
    ]  # fmt: skip


def _samples(scene: Scene) -> list[dict[str, Any]]:
    """Now and then a sample for the laboratory."""
    count = scene.wish("samples", scene.chance.choices((0, 1, 2), (85, 12, 3))[0])
    reason = "年度监督抽检计划"
    return [{"product_name": _product(scene), "reason": reason, "asked_items": "铅、二氧化硫残留量、脱氢乙酸"}] * count


def _product(scene: Scene) -> str:
    own = select(Product.name).where(Product.establishment_id == scene.place.id, Product.deleted_at.is_(None))
    return scene.session.scalar(own.order_by(Product.name).limit(1)) or "湿米粉"


def obstruction(scene: Scene) -> Answers:
    """The gate was locked before the inspectors."""
    return {
        "kind": "refused", "happened_at": scene.moment(hours=-1), "person": "自称仓库主管的男子",
        "described": "检查人员出示证件后，对方锁闭仓库大门拒绝进入，告知法律后果后仍不配合。", "evidence": [scene.picture()],
        "police_called": "no", "lead_signature": scene.sign(), "second_signature": scene.sign(),
    }  # fmt: skip


def not_found(scene: Scene) -> Answers:
    """Nobody was there, twice."""
    visits = (
        (scene.moment(days=-2), "卷帘门紧闭，招牌已拆除"),
        (scene.moment(hours=-3), "仍无人经营，邻铺称已搬走一个月"),
    )
    return {
        "visits": [{"visited_at": at, "result": said, "photos": [scene.picture()]} for at, said in visits],
        "inquiries": "询问左右邻铺和社区网格员，均称该店已于上月搬离，去向不明。",
        "suggestion": "abnormal",
        "lead_signature": scene.sign(),
    }


def closed(scene: Scene) -> Answers:
    """The business had given up; two visits on different days showed it."""
    seen = not_found(scene)
    return {"visits": seen["visits"], "situation": "门面已关闭，主体登记已注销，现场无经营活动。"}


def cosign(scene: Scene) -> Answers:
    """The second inspector agrees."""
    return {"no_interest": True, "decision": "confirm", "signature": scene.sign()}


def result(scene: Scene) -> Answers:
    """Result and signatures, in one of the variants."""
    found = scene.data["list_findings"]["findings"]
    has_key = scene.data["list_findings"]["has_key"]
    overall = scene.wish("overall", "not" if has_key else "basically" if found else "conform")
    answers: Answers = {
        "overall": overall,
        "hazard": scene.wish("hazard", "no"),
        "signature": scene.wish("variant", "signed"),
        "lead_signature": scene.sign(),
        "second_signature": scene.sign(),
        "delivery": "handed",
    }
    days = scene.wish("days", 10 if found else None)
    if days is not None:
        answers |= {"rectify_days": days, "requirement": "逐项改正，提交改正前后对比照片和责任人签字的整改报告"}
    if answers["signature"] == "signed":
        return answers | {"signer_name": f"{scene.place.legal_person} 负责人", "business_signature": scene.sign()}
    return answers | {
        "refusal_reason": "负责人称需请示总部，不愿当场签字",
        "witness_name": "市场管理员 吴桂芳",
        "witness_signature": scene.sign(),
    }


def control(scene: Scene) -> Answers:
    """Goods without papers are sealed."""
    return {
        "kind": "seal", "objects": "无检疫证明猪肉 38 千克，存放于摊位后冷柜",
        "reason": "不能提供检疫合格证明和进货凭证，继续销售有安全隐患", "photos": [scene.picture()],
    }  # fmt: skip


def approve(_scene: Scene) -> Answers:
    """Agreed."""
    return {"decision": "approve"}


def referral(_scene: Scene) -> Answers:
    """The case goes on to the enforcement team."""
    return {
        "suspected": "涉嫌未按规定履行进货查验义务，重点项不符合", "transfer_to": "enforcement", "handler": "综合执法一中队",
        "materials": ["result_sheet", "checklist", "photos"],
    }  # fmt: skip


def _chance_failings(scene: Scene) -> Mapping[str, str]:
    return scene.chance.choices(({}, {"general": "on_spot"}, GENERAL, {**GENERAL, **KEY}), (50, 12, 30, 8))[0]


def _checklist(scene: Scene, template: ChecklistTemplate, failing: Mapping[str, str]) -> Answers:
    """Every item conforms but for ``failing``: ``general`` or ``key`` -> severity of the first item of that kind."""
    answers: Answers = {}
    left = dict(failing)
    for item in template.items:
        kind = "key" if item.is_key else "general"
        if item.answer is ItemAnswer.CONFORMITY and kind in left:
            answers[item.code] = _failed(scene, left.pop(kind))
        elif item.answer is ItemAnswer.MEASUREMENT:
            answers[item.code] = {"result": "conform", "measured": _within(item.minimum, item.maximum)}
        else:
            answers[item.code] = {"result": "conform"}
    return answers


def _failed(scene: Scene, severity: str) -> Answers:
    spot = severity == "on_spot"
    return {
        "result": "nonconform",
        "note": scene.chance.choice(NOTES),
        "photos": [scene.picture()],
        "severity": "minor" if spot else severity,
        "affects_safety": severity == "serious",
        "fixed_on_spot": spot,
    }


def _lot(scene: Scene) -> Answers:
    made = date.fromisoformat(scene.day(-scene.chance.randint(1, 20)))
    return {
        "lot_code": f"SY-{made:%m%d}-{scene.chance.randint(1, 30):02d}",
        "product_name": scene.chance.choice(("酸笋", "干米粉", "螺蛳汤料", "腐竹")),
        "quantity": scene.chance.randint(5, 120),
        "unit": "kg",
        "produced_on": made.isoformat(),
        "shelf_life_days": 180,
        "has_voucher": "yes",
    }


def _within(minimum: float | None, maximum: float | None) -> float:
    if minimum is None:
        return maximum if maximum is not None else 1.0
    return minimum if maximum is None else round((minimum + maximum) / 2, 1)


OPENING = Opening("LEAD", assign, a_year=220)
SCENARIOS = scenarios()
ANSWERS: Mapping[str, Answer] = {
    "accept_assignment": accept,
    "onsite_inspection": onsite,
    "obstruction_record": obstruction,
    "not_found_record": not_found,
    "closure_record": closed,
    "cosign": cosign,
    "result_and_signature": result,
    "control_order": control,
    "control_approval": approve,
    "lead_review": approve,
    "investigation_referral": referral,
}
