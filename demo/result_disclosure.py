"""What the demo's disclosure desk says of results that are not published."""

from __future__ import annotations

from collections.abc import Mapping

from demo.scene import Answer, Answers, Scene


def explain(_scene: Scene) -> Answers:
    """The case is still being investigated."""
    reason = "已移交调查，属于行政执法案卷信息，调查终结后重新评估"
    return {"ground": "enforcement_file", "reason": reason}


ANSWERS: Mapping[str, Answer] = {"explain_unpublished": explain}
