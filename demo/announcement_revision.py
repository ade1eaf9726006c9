"""What happens when the demo's announcements are corrected or withdrawn."""

from __future__ import annotations

from collections.abc import Mapping

from demo.scene import Answer, Answers, Scene


def correct(scene: Scene) -> Answers:
    """The same text with a clearer title."""
    now = scene.data["open_revision"]
    kept = {name: now[name] for name in ("body", "summary", "rows")}
    files = {"kept_files": now["file_ids"]} if now["file_ids"] else {}
    return {
        **kept,
        **files,
        "title": f"{now['title']}（更正）"[:120],
        "reason": now["reason"] or "原文表述有误，现予更正说明",
    }


def withdraw(scene: Scene) -> Answers:
    """As it was asked for: revoked, or its time is over."""
    now = scene.data["open_revision"]
    asked = now["reason"] or ""
    return {
        "ground": now["ground"] or "revoked",
        "reason": asked if len(asked) >= 10 else f"原决定已被撤销，现予撤回。{asked}",
    }


def approve(_scene: Scene) -> Answers:
    """Agreed."""
    return {"decision": "approve"}


ANSWERS: Mapping[str, Answer] = {
    "draft_correction": correct,
    "review_correction": approve,
    "approve_correction": approve,
    "draft_withdrawal": withdraw,
    "approve_withdrawal": approve,
}
