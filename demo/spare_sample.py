"""What happens to the demo's spare samples when their time is over."""

from __future__ import annotations

from collections.abc import Mapping

from demo.scene import Answer, Answers, Scene


def dispose(scene: Scene) -> Answers:
    """Destroyed before a witness."""
    return {
        "disposal": "destroyed",
        "disposed_at": scene.moment(),
        "witness": "质量负责人",
        "photos": [scene.picture()],
    }


ANSWERS: Mapping[str, Answer] = {"dispose_spare": dispose}
