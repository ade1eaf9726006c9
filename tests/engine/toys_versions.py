"""Versions of one small process, and what may differ between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.deployment import Bundle
from engine.process import Process, Step, process
from tests.engine.toys import START, chain, flow, form, lanes, model

LINE_FORMS = {"begin": START, "look": form("text"), "check": form("opinion", properties={"separate_from": ["look"]})}

ONLY_CHECK = {"begin": START, "check": form("opinion")}


def timer(element_id: str, attached_to: str, duration: str, *, kind: str = "timer") -> str:
    inside = f"<timeDuration>{duration}</timeDuration>" if kind == "timer" else ""
    return (
        f'<boundaryEvent id="{element_id}" attachedToRef="{attached_to}">'
        f"<{kind}EventDefinition>{inside}</{kind}EventDefinition></boundaryEvent>"
    )


def line(
    *middle: str, bodies: Mapping[str, str] | None = None, forms: Mapping[str, Any] | None = None, extra: str = "",
    lead: str = "begin check", inspectors: str = "look",
) -> Bundle:  # fmt: skip
    """begin → the elements named → done. ``bodies`` for those that are not user tasks; ``extra`` goes beside them."""
    known = dict(bodies or {})
    inside = "".join(known.get(each, f'<userTask id="{each}" name="{each}"/>') for each in middle)
    body = (
        lanes(LEAD=lead, INS=inspectors)
        + '<startEvent id="begin"/>'
        + inside
        + '<endEvent id="done"/>'
        + chain("begin", *middle, "done")
        + extra
    )
    return Bundle("line", model("line", body), dict(forms or LINE_FORMS), {})


def fork(*branches: str) -> Bundle:
    """begin → fork → each branch → join → check → done."""
    inside = "".join(f'<userTask id="{each}" name="{each}"/>' for each in branches)
    flows = "".join(chain("fork", each, "join") for each in branches)
    body = (
        lanes(LEAD="begin check ask", INS=" ".join(branches))
        + '<startEvent id="begin"/><userTask id="ask"/><parallelGateway id="fork"/>'
        + inside
        + '<parallelGateway id="join"/><userTask id="check"/><endEvent id="done"/>'
        + chain("begin", "ask", "fork")
        + flows
        + chain("join", "check", "done")
    )
    forms = {each: form("text") for each in (*branches, "check", "ask")} | {"begin": START}
    return Bundle("fork", model("fork", body), forms, {})


def several(*, sequential: bool = False, item: str = "thing") -> Bundle:
    """One user task for each of three things, then a check."""
    body = (
        lanes(LEAD="begin check", INS="each")
        + '<startEvent id="begin"/><serviceTask id="three"/>'
        + f'<userTask id="each"><multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        + f'<loopDataInputRef>three.items</loopDataInputRef><inputDataItem id="{item}"/>'
        + "</multiInstanceLoopCharacteristics></userTask>"
        + '<userTask id="check"/><endEvent id="done"/>'
        + chain("begin", "three", "each", "check", "done")
    )
    return Bundle("several", model("several", body), {"begin": START, "each": form("text"), "check": form("text")}, {})


def caller() -> Bundle:
    """Calls ``callee``."""
    body = (
        lanes(LEAD="begin check")
        + '<startEvent id="begin"/><callActivity id="called" calledElement="callee"/>'
        + '<userTask id="check"/><endEvent id="done"/>'
        + chain("begin", "called", "check", "done")
    )
    return Bundle("caller", model("caller", body), {"begin": START, "check": form("text")}, {})


def callee(task: str = "assist", *keys: str) -> Bundle:
    """One user task and a service that repeats what it was told."""
    body = (
        lanes(INS=task)
        + f'<startEvent id="asked"/><userTask id="{task}" name="协助"/><serviceTask id="repeat"/>'
        + '<endEvent id="helped"/>'
        + chain("asked", task, "repeat", "helped")
    )
    return Bundle("callee", model("callee", body), {task: form("text", *keys)}, {})


def choosing(task: str) -> Bundle:
    """What the task says decides whether a check follows."""
    body = (
        lanes(LEAD="begin wait check", INS=task)
        + f'<startEvent id="begin"/><userTask id="{task}" name="查看"/><userTask id="wait" name="等候"/>'
        + '<exclusiveGateway id="which" default="which__done"/><userTask id="check" name="审核"/><endEvent id="done"/>'
        + chain("begin", task, "wait", "which", "done")
        + flow("which", "check", f'{task}.text = "check"')
        + chain("check", "done")
    )
    check = form("opinion", properties={"separate_from": [task]})
    return Bundle(
        "choosing",
        model("choosing", body),
        {"begin": START, task: form("text"), "wait": form("text"), "check": check},
        {},
    )


def awaiting(element_id: str, message: str) -> Bundle:
    """Waits for a message after a look."""
    body = (
        lanes(LEAD="begin", INS="look")
        + '<startEvent id="begin"/><userTask id="look"/>'
        + f'<intermediateCatchEvent id="{element_id}"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>'
        + '<endEvent id="done"/>'
        + chain("begin", "look", element_id, "done")
    )
    made = model("awaiting", body, extra=f'<message id="m" name="{message}"/>')
    return Bundle("awaiting", made, {"begin": START, "look": form("text")}, {})


def three(step: Step) -> dict[str, object]:
    return {"items": ["甲", "乙", "丙"]}


def repeat(step: Step) -> dict[str, object]:
    return {"said": step.data.get("assist", step.data.get("help", {})).get("text")}


def stamp(step: Step) -> None:
    """Nothing."""


PROCESSES: dict[str, Process] = {
    "line": process("line", stamp, prefix="线"),
    "fork": process("fork", prefix="叉"),
    "several": process("several", three, prefix="多"),
    "caller": process("caller", prefix="呼"),
    "callee": process("callee", repeat),
    "awaiting": process("awaiting", prefix="候"),
    "choosing": process("choosing", prefix="选"),
}
