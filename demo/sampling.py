"""What happens in the demo's samplings; they begin within inspections and other cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from demo.scene import Answer, Answers, Scene

#: item, method, unit, highest value allowed
ITEMS = (
    ("铅（以Pb计）", "contaminant", "GB 5009.12—2023", "mg/kg", 0.2),
    ("二氧化硫残留量", "additive", "GB 5009.34—2022", "g/kg", 0.1),
    ("脱氢乙酸", "additive", "GB 5009.121—2016", "g/kg", 0.3),
)
CARRIERS = (("self", None), ("courier", "SF"))


def take(scene: Scene) -> Answers:
    """Six bags of which four are for the test, or nothing left to take."""
    if not scene.wish("possible", scene.chance.random() < 0.95):
        return {
            "possible": "no", "impossible_reason": "该批次产品已经售完，现场没有库存", "taken_at": scene.moment(minutes=-10),
            "sampler_signature": scene.sign(),
        }  # fmt: skip
    seal = _number(scene, "封")
    open_sample = scene.data["open_sample"]
    return {
        "possible": "yes",
        "product_name": open_sample["product_name"],
        "kind": open_sample["kind"],
        "specification": "400克/袋",
        "lot_code": open_sample.get("lot_code") or f"{scene.day(-12).replace('-', '')}",
        "produced_on": scene.day(-12),
        "shelf_life_days": 180,
        "producer_name": scene.place.name,
        "standard": "DBS45/ 034—2021",
        "base_quantity": scene.chance.randint(40, 200),
        "quantity": 6,
        "unit": "bag",
        "price": scene.chance.randint(30, 90),
        "portions": [
            {"kind": "test", "seal_no": f"{seal}A", "quantity": 4},
            {"kind": "spare", "seal_no": f"{seal}B", "quantity": 2},
        ],
        "storage": "normal",
        "place": "成品库货架",
        "taken_at": scene.moment(minutes=-10),
        "photos": [scene.picture() for _ in range(3)],
        "companion": "同行抽样人员",
        "signer_name": f"{scene.place.legal_person} 负责人",
        "business_signature": scene.sign(),
        "sampler_signature": scene.sign(),
    }


def ship(scene: Scene) -> Answers:
    """To one of the accredited laboratories."""
    carrier, mark = scene.chance.choice(CARRIERS)
    sent = {"carrier": carrier} | ({"tracking_no": _number(scene, mark)} if mark else {})
    laboratory = scene.chance.choice(scene.data["open_sample"]["laboratories"])["value"]
    return sent | {"laboratory": laboratory, "shipped_at": scene.moment(), "photos": [scene.picture()]}


def receive(scene: Scene) -> Answers:
    """Nearly always as it should be."""
    said: Answers = {"received_at": scene.moment(), "photos": [scene.picture()]}
    if scene.wish("rejected", scene.chance.random() < 0.03):
        return said | {"decision": "reject", "reasons": ["seal"], "note": "检验样品封条断裂，与抽样单不符"}
    return said | {"decision": "accept", "seals_intact": True}


def report(scene: Scene) -> Answers:
    """One report in eight finds too much."""
    return _report(scene, scene.wish("verdict", "fail" if scene.chance.random() < 0.125 else "pass"))


def objection(scene: Scene) -> Answers:
    """Most accept what was found."""
    if not scene.wish("objects", scene.chance.random() < 0.3):
        return {"decision": "accept", "is_true": True}
    return {
        "decision": "retest", "reason": "同批产品出厂自检合格，对该项检测值有异议", "given": _number(scene, "").upper(),
        "fee": 1200, "fee_proof": [scene.picture()], "applicant": f"{scene.place.legal_person} {scene.place.phone or ''}",
        "is_true": True,
    }  # fmt: skip


def agree(scene: Scene) -> Answers:
    """The list has nobody else: one is agreed on."""
    laboratory = scene.data["tell_failed"]["agreeable"][0]["value"]
    reason = "名录内没有其他机构，已与申请人协商一致"
    return {"laboratory": laboratory, "reason": reason, "consent": [scene.picture()]}


def spare(scene: Scene) -> Answers:
    """Handed over with its seals intact; a rapid test needs a portion sealed anew."""
    fresh = {"seal_no": _number(scene, "封"), "quantity": 2} if scene.data["open_sample"]["route"] == "rapid" else {}
    return fresh | {
        "seals_intact": True, "sent_at": scene.moment(), "companion": "初检机构样品管理员", "photos": [scene.picture()],
    }  # fmt: skip


def retest(scene: Scene) -> Answers:
    """Two in three re-tests say the same."""
    verdict = scene.wish("final", scene.chance.choices(("fail", "pass"), (2, 1))[0])
    received = {"received_at": scene.moment(), "seals_intact": True, "approach": "laboratory"}
    return _report(scene, verdict) | received


def _report(scene: Scene, verdict: str) -> Answers:
    rows: list[dict[str, Any]] = []
    for number, (name, category, method, unit, limit) in enumerate(ITEMS):
        is_over = verdict == "fail" and number == 0
        value = round(limit * (scene.chance.uniform(1.3, 2.5) if is_over else scene.chance.uniform(0, 0.6)), 4)
        rows.append(
            {
                "name": name, "category": category, "method": method, "value": value, "unit": unit,
                "limit_kind": "at_most",
                "limit_high": limit, "verdict": "fail" if is_over else "pass",
            }
        )  # fmt: skip
    return {
        "report_no": _number(scene, "JC"), "reported_on": scene.day(), "standard": "GB 2760—2024、GB 2762—2022",
        "items": rows, "conclusion": verdict, "report_file": [scene.picture()],
    }  # fmt: skip


def _number(scene: Scene, mark: str) -> str:
    return f"{mark}{scene.clock.now():%y%m%d}{scene.chance.randrange(10**8):08d}"


ANSWERS: Mapping[str, Answer] = {
    "take_sample": take,
    "ship_sample": ship,
    "receive_sample": receive,
    "report_test": report,
    "request_retest": objection,
    "name_laboratory": agree,
    "send_spare": spare,
    "report_retest": retest,
}
