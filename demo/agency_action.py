"""What the agencies of the demo do in an emergency."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from demo.scene import Answer, Answers, Scene

AGENCIES = ("regulation", "cdc", "health", "police", "information", "logistics")


def acknowledge(scene: Scene) -> Answers:
    """Confirmed."""
    return {"by": scene.actor.name, "phone": "07720001100", "people": scene.chance.randint(2, 8)}


def reach(scene: Scene) -> Answers:
    """The coordinator telephones."""
    return {"outcome": "reached", "by": "值班长", "course": "电话联系部门值班室，值班长确认立即响应"}


def regulation(scene: Scene) -> Answers:
    """Sealed and stopped."""
    return _report(
        scene, sealed="可疑食品及原料全部封存于企业仓库，贴封条两张", stopped=scene.chance.randint(1, 5),
        inspected=scene.chance.randint(1, 6), disinfected="yes", recall="later",
    )  # fmt: skip


def disease_control(scene: Scene) -> Answers:
    """The investigation."""
    exposed = scene.chance.randint(30, 80)
    ill = int(scene.data["open_action"]["ill"])
    return _report(
        scene, cases=ill, probable=ill - ill // 3, confirmed=ill // 3, exposed=max(exposed, ill), exposed_ill=ill,
        unexposed=20, unexposed_ill=0, food="可疑食品", agent="细菌性，待检", samples=6, sanitary="厨房清洗消毒一遍",
        told_both=True,
    )  # fmt: skip


def health(scene: Scene) -> Answers:
    """The patients."""
    told = scene.data["open_action"]
    ill, severe, dead = (int(told[name]) for name in ("ill", "severe", "dead"))
    return _report(
        scene, patients=ill, mild=max(0, ill - severe - dead), severe=severe, critical=0, discharged=0, dead=dead,
        beds=40, hospitals="区人民医院",
    )  # fmt: skip


def police(scene: Scene) -> Answers:
    """The scene."""
    return _report(
        scene, scene="秩序正常，设置警戒带", evidence="调取监控录像，固定进货单据", controlled=0, rumours=0, clue="none"
    )


def information(scene: Scene) -> Answers:
    """Nothing is published yet, or simulated in a drill."""
    news = {"title": "演练通报", "statement": "演练：患者均已得到救治，涉事食品已封存，请市民勿信谣传谣。"}
    is_drill = scene.case is not None and scene.case.is_drill
    return _report(scene, hot=scene.chance.randint(0, 3), **({"release": "exercise"} | news if is_drill else QUIET))


def logistics(scene: Scene) -> Answers:
    """Means."""
    return _report(scene, vehicles=4, kits=10, cold_storage="区冷链中心二号库", destruction_site="城南垃圾焚烧厂")


def _report(at: Scene, **details: Any) -> Answers:
    told = {"reported_at": at.moment(), "text": "按职责开展处置，进展正常，人员装备到位。"}
    return {**told, "finished": at.wish("finished", at.chance.choice(("no", "yes"))), **details}


QUIET: Answers = {"release": "none"}
REPORTS: Mapping[str, Callable[[Scene], Answers]] = {
    "regulation": regulation,
    "cdc": disease_control,
    "health": health,
    "police": police,
    "information": information,
    "logistics": logistics,
}

ANSWERS: Mapping[str, Answer] = {
    **{f"ack_{agency}": acknowledge for agency in AGENCIES},
    **{f"report_{agency}": report for agency, report in REPORTS.items()},
    "reach_agency": reach,
}
