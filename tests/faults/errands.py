"""The models that the faults happen to: two branches, a timer, an order outside the house, a poisoned one."""

from __future__ import annotations

from engine.deployment import Bundle
from engine.model import JobKind
from engine.process import Process, Step, process
from records.registry import Product
from tests.engine.toys import START, chain, form, lanes, model

#: fork, two people at once, a fact and an order for the worker, a timer, a last step
ERRAND = Bundle(
    "errand",
    model(
        "errand",
        lanes(LEAD="begin right check", INS="left")
        + '<startEvent id="begin"/><parallelGateway id="fork"/>'
        + '<userTask id="left" name="左"/><userTask id="right" name="右"/><parallelGateway id="join"/>'
        + '<serviceTask id="order"/><intermediateCatchEvent id="pause"><timerEventDefinition>'
        + "<timeDuration>PT1S</timeDuration></timerEventDefinition></intermediateCatchEvent>"
        + '<userTask id="check" name="审核"/><endEvent id="done"/>'
        + chain("begin", "fork", "left", "join", "order", "pause", "check", "done")
        + chain("fork", "right", "join"),
    ),
    {"begin": START, "left": form("text"), "right": form("text"), "check": form("text")},
    {},
)
#: work that a timer takes away
HURRY = Bundle(
    "hurry",
    model(
        "hurry",
        lanes(LEAD="begin talk", INS="work")
        + '<startEvent id="begin"/><userTask id="work" name="办理"/>'
        + '<boundaryEvent id="late" attachedToRef="work"><timerEventDefinition>'
        + "<timeDuration>PT2S</timeDuration></timerEventDefinition></boundaryEvent>"
        + '<userTask id="talk" name="约谈"/><endEvent id="done"/><endEvent id="failed"/>'
        + chain("begin", "work", "done")
        + chain("late", "talk", "failed"),
    ),
    {"begin": START, "work": form("text"), "talk": form("text")},
    {},
)
#: nothing but a timer; the one whose note is "poison" breaks when it fires
BREW = Bundle(
    "brew",
    model(
        "brew",
        lanes(LEAD="begin")
        + '<startEvent id="begin"/><intermediateCatchEvent id="wait"><timerEventDefinition>'
        + "<timeDuration>PT1S</timeDuration></timerEventDefinition></intermediateCatchEvent>"
        + '<serviceTask id="drink"/><endEvent id="done"/>'
        + chain("begin", "wait", "drink", "done"),
    ),
    {"begin": START},
    {},
)
BUNDLES = [ERRAND, HURRY, BREW]


def order(step: Step) -> dict[str, str]:
    """A fact of this step, and something to be done outside."""
    product = step.store.add(
        Product(
            establishment_id=step.data["begin"]["establishment"],
            code=step.clock.new_id()[-20:],
            name=step.instance.business_key,
            category="粮食加工品/米粉制品",
            unit="kg",
            shelf_life_days=365,
            region_code=step.instance.region_code,
            region_path=step.instance.region_path,
        )
    )
    step.job(JobKind.NOTIFICATION, {"case": step.instance.id}, f"errand:{step.instance.id}")
    return {"product": product.id}


def drink(step: Step) -> None:
    """Go down well, unless poisoned."""
    if step.data["begin"]["note"] == "poison":
        raise RuntimeError("poisoned")


PROCESSES: dict[str, Process] = {
    "errand": process("errand", order, prefix="差"),
    "hurry": process("hurry", prefix="急"),
    "brew": process("brew", drink, prefix="酿"),
}
