"""What happens in the demo's assessments of one subject."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from demo.scene import Answer, Answers, Scene


def self_assess(scene: Scene) -> Answers:
    """Nearly what the figures say, with photos of the period where they are wanted."""
    items = []
    for row in scene.data["open_subject"]["rows"]:
        points = row["points"] if row["points"] is not None else scene.chance.choice((1, 1.5, 2))
        points = min(points, row["max"])
        note = {"note": "个别凭证补录较晚，已整改"} if points < row["max"] else {}
        proof = {"evidence": [scene.picture()], "evidence_on": _within(scene)} if row["needs_evidence"] else {}
        items.append({"code": row["code"], "points": points} | note | proof)
    return {"items": items, "summary": "本周期追溯系统运行正常。", "is_true": True}


def review(scene: Scene) -> Answers:
    """What the assessed says, half a point less here and there; a veto on papers that were written afterwards."""
    items = []
    for row in scene.data["assign_reviewers"]["sheet"]:
        own = row["self"] if row["self"] is not None else row["points"]
        points = max(0, (own if own is not None else row["max"]) - scene.chance.choice((0, 0, 0, 0.5)))
        items.append({"code": row["code"], "points": points, "note": _why(row["self"], points, scene)})
    veto = _veto(scene) if _is_forged(scene) else {"veto": "none"}
    return {"decision": "score", "no_interest": True, "items": items} | veto


def third(scene: Scene) -> Answers:
    """The same, by a third."""
    return review(scene)


def evidence(scene: Scene) -> Answers:
    """A photo of the record."""
    return {"files": [scene.picture()], "evidence_on": _within(scene), "statement": "补充设备巡检记录一份"}


def confirm(scene: Scene) -> Answers:
    """Most accept; a few appeal."""
    if scene.chance.random() < 0.08:
        return {"decision": "appeal", "reason": "运维记录齐全，请对该项得分予以复核"}
    return {"decision": "accept"}


def appeal(scene: Scene) -> Answers:
    """The panel stays with the reviewers."""
    rows = scene.data["give_provisional"]["rows"]
    kept = {"veto": "keep"} if scene.data["give_provisional"]["vetoed"] else {}
    return kept | {
        "items": [{"code": row["code"], "points": row["points"]} for row in rows],
        "opinion": "经复核，评审依据充分，维持原得分",
        "signature": scene.sign(),
    }


def _is_forged(scene: Scene) -> bool:
    """Not one paper came in time, and half of what they should say is missing."""
    rows = {row["code"]: row for row in scene.data["open_subject"]["rows"]}
    soon, whole = rows.get("timeliness"), rows.get("completeness")
    return bool(soon and whole and soon["auto"] == 0 and whole["auto"] <= whole["max"] / 2)


def _veto(scene: Scene) -> Answers:
    return {
        "veto": "veto_fabrication",
        "veto_reason": "本期凭证全部事后批量补录，无生产日期和供货者，经核对系编造",
        "veto_evidence": [scene.picture()],
    }


def _within(scene: Scene) -> str:
    opened = scene.data["open_subject"]
    return date.fromisoformat(str(opened["starts_on"])).replace(day=20).isoformat()


def _why(own: Any, points: float, scene: Scene) -> str | None:
    allowed = scene.data["open_subject"]["deviation"] / 100
    return "佐证只反映部分时段" if own is not None and abs(points - own) > own * allowed else None


ANSWERS: Mapping[str, Answer] = {
    "self_assess": self_assess,
    "first_review": review,
    "second_review": review,
    "third_review": third,
    "supply_evidence": evidence,
    "confirm_score": confirm,
    "appeal_panel": appeal,
}
