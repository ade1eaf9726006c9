"""What happens while the demo's penalties are public."""

from __future__ import annotations

from collections.abc import Mapping

from demo.scene import Answer, Answers, Scene


def confirm(_scene: Scene) -> Answers:
    """The page is gone."""
    return {"outcome": "withdrawn", "note": "公示信息已撤回并公开说明理由"}


ANSWERS: Mapping[str, Answer] = {"confirm_withdrawal": confirm}
