"""What happens when the demo's reviewers look again at what is withheld."""

from __future__ import annotations

from collections.abc import Mapping

from demo.scene import Answer, Answers, Scene


def reevaluate(scene: Scene) -> Answers:
    """Most stays withheld; some may be public by now."""
    items = scene.data["list_withheld"]["items"]
    said = {"keep": "第三方仍主张商业秘密，理由成立", "release": "事项已过保护期，可以公开"}
    decided = [scene.chance.choices(("keep", "release"), (3, 1))[0] for _item in items]
    return {"items": [{"decision": one, "reason": said[one]} for one in decided]}


ANSWERS: Mapping[str, Answer] = {"reevaluate": reevaluate}
