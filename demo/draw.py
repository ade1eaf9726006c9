"""What happens in the demo's double-random draws, which the plans call."""

from __future__ import annotations

from collections.abc import Mapping

from demo.scene import Answer, Answers, Scene

DIGITS = "一二三四五六"


def confirm(_scene: Scene) -> Answers:
    """The pools are right."""
    return {"decision": "confirm"}


def shortage(_scene: Scene) -> Answers:
    """As many as there are people for."""
    most = 4
    return {"decision": "cut", "most": most, "reason": "人员在训，本轮按现有人手缩减，余数并入下一轮"}


def operator(scene: Scene) -> Answers:
    """Ten dice."""
    dice = "".join(scene.chance.choice(DIGITS) for _number in range(10))
    return {"method": "dice", "seed_part": f"骰子{dice}", "place": "局三楼会议室"}


def witness(scene: Scene) -> Answers:
    """A number from a lottery drum."""
    number = scene.chance.randint(10**9, 10**10 - 1)
    return {"is_present": True, "invited": "行业协会代表 莫秀英", "seed_part": f"摇号{number}"}


def declare(scene: Scene) -> Answers:
    """Nothing to declare, or a relative in the first business."""
    mine = [row for row in scene.data["ask_declarations"]["duties"] if row["inspector"] == scene.actor.id]
    is_first = scene.data["ask_declarations"]["inspector_ids"][:1] == [scene.actor.id]
    told = scene.wish("draw", "none") if is_first else "none"
    return {"interests": [{"relation": told if number == 0 else "none"} for number, _row in enumerate(mine)]}


def approve(_scene: Scene) -> Answers:
    """The list stands."""
    return {"decision": "approve"}


ANSWERS: Mapping[str, Answer] = {
    "confirm_pools": confirm,
    "resolve_shortage": shortage,
    "operator_seed": operator,
    "witness_seed": witness,
    "declare_interest": declare,
    "approve_list": approve,
}
