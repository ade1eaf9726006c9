"""What happens in the demo's penalties."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select

from demo.inspection import inspectors
from demo.scene import Answer, Answers, Scene
from records.clock import today
from records.penalties import Penalty


def file_case(scene: Scene) -> Answers:
    """Filed by the handler with somebody beside."""
    second = next(one for one in inspectors(scene) if one.id != scene.data["take_up"]["handler"])
    return {
        "matter": "未按规定履行食品安全义务", "violated": "食品安全法第三十四条", "source": "problem",
        "clues": "问题认定书查明的事实和证据，详见卷宗", "companion": second.id,
    }  # fmt: skip


def approve(_scene: Scene) -> Answers:
    """Agreed."""
    return {"decision": "approve"}


def investigate(scene: Scene) -> Answers:
    """A fine within the usual, sometimes a warning."""
    kinds = list(scene.wish("kinds", scene.chance.choice((["fine"], ["fine"], ["warning"], ["fine", "confiscate"]))))
    answers: Answers = {
        "found": "当事人未按规定查验和记录，违法事实清楚，有现场笔录、照片和台账证实。",
        "evidence": [{"name": "现场笔录", "kind": "record"}, {"name": "进货台账", "kind": "document"}],
        "recorded": True, "both_present": True, "kinds": kinds, "violated": "食品安全法第三十四条、第五十三条",
        "punished_under": "食品安全法第一百二十四条", "discretion": "首次违法，积极改正，从轻", "is_cross_province": "no",
    }  # fmt: skip
    if "fine" in kinds:
        answers["fine"] = scene.chance.choice((2000, 5000, 10000, 50000))
    if "confiscate" in kinds:
        answers["confiscated"] = scene.chance.choice((300, 1260, 4800))
    return answers


def review(_scene: Scene) -> Answers:
    """The law was kept."""
    checked = ["subject", "facts", "law", "discretion", "procedure", "crime"]
    return {"checked": checked, "decision": "approve"}


def statement(scene: Scene) -> Answers:
    """No objection, or a plea."""
    if scene.chance.random() < 0.7:
        return {"kind": "accept"}
    return {"kind": "statement", "statement": "已主动下架并整改，经营困难，请求从轻处罚。"}


def arrange(scene: Scene) -> Answers:
    """In nine days, before a lead who did not investigate."""
    others = [one.id for one in scene.people("LEAD") if one.region_code == scene.region_code]
    presider = next(iter(others), scene.actor.id)
    return {"held_at": scene.moment(days=9), "place": "区局三楼听证室", "presider": presider, "is_public": "yes"}


def hearing(scene: Scene) -> Answers:
    """Held as arranged."""
    return {
        "begun_at": scene.data["arrange_hearing"]["held_at"], "attended": "yes", "record": "双方充分发表意见，质证完毕。",
        "opinion": "建议维持拟处罚内容", "files": [scene.picture()],
    }  # fmt: skip


def discuss(scene: Scene) -> Answers:
    """Three of those in charge agree."""
    people = (("局长", "同意"), ("副局长", "同意"), ("法规科长", "同意"))
    rows = [{"name": f"负责人{n}", "post": post, "view": view} for n, (post, view) in enumerate(people, 1)]
    return {"held_at": scene.moment(minutes=-30), "attendees": rows, "conclusion": "同意办案机构的处罚建议"}


def decide(scene: Scene) -> Answers:
    """As proposed."""
    proposed = scene.data["investigate"]
    earlier = select(func.count()).select_from(Penalty).where(Penalty.decision_no.is_not(None))
    decided = scene.session.scalar(earlier) or 0
    answers: Answers = {
        "decision": "punish", "decision_no": f"市监处罚〔{today(scene.clock).year}〕{decided + 1}号", "kinds": proposed["kinds"],
        "opinion": "当事人的陈述已在裁量中考虑",
    }  # fmt: skip
    return answers | {name: proposed[name] for name in ("fine", "confiscated") if proposed.get(name) is not None}


def extension(_scene: Scene) -> Answers:
    """No more time is needed."""
    return {"needed": "no"}


def grant(_scene: Scene) -> Answers:
    """Granted."""
    return {"decision": "grant"}


def serve(scene: Scene) -> Answers:
    """Handed over."""
    return {"method": "direct", "served_at": scene.moment(), "receiver": "负责人", "receipt": [scene.picture()]}


def execute(scene: Scene) -> Answers:
    """Paid in full."""
    decided = scene.data["decide"]
    due = sum(float(decided.get(name) or 0) for name in ("fine", "confiscated"))
    return {
        "way": "fulfilled", "done_at": scene.moment(), "paid": due, "execution": "当事人已足额缴纳",
        "receipts": [scene.picture()],
    }  # fmt: skip


ANSWERS: Mapping[str, Answer] = {
    "file_case": file_case,
    "approve_filing": approve,
    "investigate": investigate,
    "legal_review": review,
    "party_statement": statement,
    "arrange_hearing": arrange,
    "hold_hearing": hearing,
    "collective_discussion": discuss,
    "decide": decide,
    "request_extension": extension,
    "approve_extension": grant,
    "serve": serve,
    "execution": execute,
}
