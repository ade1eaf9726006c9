"""What happens in the demo's rectifications."""

from __future__ import annotations

from collections.abc import Mapping

from demo.scene import Answer, Answers, Scene
from records.clock import ZONE
from records.registry import Establishment

CAUSES = (
    "岗位职责不清，交接班时无人核对",
    "设备老化，未列入维护计划",
    "新进人员未经培训即上岗",
    "台账由多人填写，没有专人复核",
)
ACTIONS = (
    "已明确专人负责并张贴岗位职责",
    "已更换部件并建立每日点检表",
    "已组织全员培训并考核合格",
    "已补齐台账并由店长每日签字复核",
)


def submit(scene: Scene) -> Answers:
    """What the business did about each finding, or that it needs more time."""
    if scene.wish("extension", False) and "submit_rectification" not in scene.data:
        return {"kind": "extension", "days": 5, "reason": "更换的冷柜厂家通知下周才能到货", "is_true": True}
    done = scene.clock.now().astimezone(ZONE).date().isoformat()
    return {
        "kind": "submit",
        "measures": [
            {
                "code": code,
                "cause": scene.chance.choice(CAUSES),
                "action": scene.chance.choice(ACTIONS),
                "done_on": done,
                "photos": [scene.picture()],
                "cost": scene.chance.randint(0, 1800),
            }
            for code in _codes(scene)
        ],
        "is_true": True,
    }


def extension(_scene: Scene) -> Answers:
    """Five more days."""
    return {"decision": "grant", "days": 5}


def review(scene: Scene) -> Answers:
    """A review of each measure."""
    no = _verdict(scene) == "no"
    row = {"accepted": "no" if no else "yes"} | ({"comment": "照片只能看到局部，看不出是否全部改到位"} if no else {})
    return {
        "reviews": [{"code": code, **row} for code in _codes(scene)],
        "opinion": "改正不彻底，补充后再报" if no else "逐项核对，已按要求改正到位",
    }


def recheck(scene: Scene) -> Answers:
    """A re-check on site."""
    return review(scene) | {
        "arrived_at": scene.moment(minutes=-50),
        "position": scene.position(),
        "companion": scene.people("INS")[0].id,
        "photos": [scene.picture()],
        "left_at": scene.moment(minutes=-5),
        "lead_signature": scene.sign(),
    }


def talk(scene: Scene) -> Answers:
    """The head of the business is talked to."""
    business = scene.session.get_one(Establishment, scene.data["issue_order"]["establishment_id"])
    return {
        "held_at": scene.moment(hours=-2), "place": "市场监管局二楼约谈室", "attendee": f"{business.legal_person} 负责人",
        "matters": "两次整改均未到位，问题长期存在，责任不落实。", "commitment": "承诺一周内停业整顿，请专业机构指导并书面报告。",
    }  # fmt: skip


def _codes(scene: Scene) -> list[str]:
    return [finding["code"] for finding in scene.data["issue_order"]["findings"]]


def _verdict(scene: Scene) -> str:
    """Of this round: as wished, else good four times out of five."""
    rounds = scene.wish("rounds", (scene.chance.choices(("yes", "no"), (4, 1))[0],))
    done = int((scene.data.get("record_review") or {}).get("round") or 0)
    verdict: str = rounds[min(done, len(rounds) - 1)]
    return verdict


ANSWERS: Mapping[str, Answer] = {
    "submit_rectification": submit,
    "decide_extension": extension,
    "review_rectification": review,
    "onsite_recheck": recheck,
    "responsibility_talk": talk,
}
