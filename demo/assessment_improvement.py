"""What happens in the demo after a low grade."""

from __future__ import annotations

from collections.abc import Mapping

from demo.scene import Answer, Answers, Scene


def choose(scene: Scene) -> Answers:
    """A plan, or a talk after a veto."""
    proposed = scene.data["propose_measure"]
    measure = "talk" if proposed == "talk" else "plan"
    why = {} if measure == proposed else {"why": "首次不合格，先提交改进计划"}
    return {"measure": measure, "requirement": str(scene.data["open_improvement"]["requirement"])[:900]} | why


def improve(scene: Scene) -> Answers:
    """Somebody is in charge now."""
    return {
        "cause": "上传人员变动，交接不到位，凭证补录滞后",
        "action": "已指定专人和备岗，每日十七时前核对上传",
        "done_on": scene.day(),
        "files": [scene.picture()],
    }


def accept(_scene: Scene) -> Answers:
    """It is accepted."""
    return {"accepted": "yes", "opinion": "改进措施已落实"}


def talk(scene: Scene) -> Answers:
    """The head came."""
    return {
        "held_at": scene.moment(hours=-1), "place": "市局三楼会议室", "attendee": "单位主要负责人",
        "matters": "通报考核结果，指出追溯信息上报存在的问题", "commitment": "一个月内整改到位并书面报告",
        "signature": scene.sign(),
    }  # fmt: skip


ANSWERS: Mapping[str, Answer] = {
    "choose_measure": choose,
    "submit_improvement": improve,
    "accept_improvement": accept,
    "improvement_talk": talk,
}
