"""Toy processes: small models with the smallest forms, put together from short descriptions."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import escape

from engine.deployment import Bundle
from engine.process import Process, ProcessError, Step, process

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="t">'
)


def flow(source: str, target: str, condition: str = "") -> str:
    inner = f"<conditionExpression>{escape(condition)}</conditionExpression>" if condition else ""
    return f'<sequenceFlow id="{source}__{target}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'


def chain(*ids: str) -> str:
    return "".join(flow(a, b) for a, b in pairwise(ids))


def lanes(**members: str) -> str:
    inside = "".join(
        f'<lane id="{role}" name="{role}">'
        + "".join(f"<flowNodeRef>{e}</flowNodeRef>" for e in ids.split())
        + "</lane>"
        for role, ids in members.items()
    )
    return f'<laneSet id="lanes">{inside}</laneSet>'


def model(key: str, body: str, extra: str = "") -> bytes:
    process = f'<process id="{key}" name="玩具 {key}" isExecutable="true">{body}</process>'
    return f"{HEAD}{extra}{process}</definitions>".encode()


def form(*keys: str, properties: Mapping[str, Any] | None = None, **typed: str) -> dict[str, Any]:
    components = [{"type": "textfield", "key": key, "label": key} for key in keys]
    components += [{"type": kind, "key": key, "label": key} for key, kind in typed.items()]
    return {
        "schemaVersion": 16,
        "type": "default",
        "id": "f",
        "components": components,
        "properties": {"title": "表单", **(properties or {})},
    }


START = form(properties={}) | {
    "components": [
        {
            "type": "chooser",
            "key": "establishment",
            "label": "单位",
            "properties": {"source": "establishments"},
        },
        {"type": "textfield", "key": "note", "label": "说明"},
    ]
}

RELAY = Bundle(
    "relay",
    model(
        "relay",
        lanes(LEAD="begin check", INS="look", BIZ="answer")
        + '<startEvent id="begin" name="开始"/><userTask id="look" name="查看"/>'
        + '<exclusiveGateway id="which" default="which__answer"/>'
        + '<userTask id="answer" name="答复"/><userTask id="check" name="审核"/><endEvent id="done" name="办结"/>'
        + chain("begin", "look", "which")
        + flow("which", "check", 'look.result = "direct"')
        + chain("which", "answer", "check", "done"),
    ),
    {
        "begin": START,
        "look": form(
            "result", properties={"qualification": "inspection", "due": {"rule": "R-INS-ACCEPT"}, "priority": 70}
        ),
        "answer": form("text"),
        "check": form("opinion", properties={"separate_from": ["look"]}),
    },
    {},
)

WAITING = Bundle(
    "waiting",
    model(
        "waiting",
        lanes(LEAD="begin talk", INS="work")
        + '<startEvent id="begin"/><userTask id="work" name="办理"/>'
        + '<boundaryEvent id="late" attachedToRef="work"><timerEventDefinition>'
        + "<timeDuration>PT2H</timeDuration></timerEventDefinition></boundaryEvent>"
        + '<boundaryEvent id="half" attachedToRef="work" cancelActivity="false"><timerEventDefinition>'
        + "<timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>"
        + '<serviceTask id="note_half"/><endEvent id="half_done"/>'
        + '<intermediateCatchEvent id="pause"><timerEventDefinition>'
        + '<timeDate>deadline("R-INS-CONTROL-APPROVAL", work._at)</timeDate></timerEventDefinition>'
        + '</intermediateCatchEvent><userTask id="talk" name="约谈"/><endEvent id="done"/><endEvent id="failed"/>'
        + chain("begin", "work", "pause", "done")
        + chain("late", "talk", "failed")
        + chain("half", "note_half", "half_done"),
    ),
    {"begin": START, "work": form("text"), "talk": form("text")},
    {},
)

FAMILY_BODY = (
    lanes(LEAD="begin first second close", INS="each")
    + '<startEvent id="begin"/><serviceTask id="gather"/><parallelGateway id="fork"/>'
    + '<subProcess id="inner"><startEvent id="inner_begin"/><userTask id="first" name="第一"/>'
    + '<endEvent id="inner_end"/>'
    + chain("inner_begin", "first", "inner_end")
    + "</subProcess>"
    + '<callActivity id="helped" calledElement="helper"/><parallelGateway id="join"/>'
    + '<userTask id="each" name="逐项"><multiInstanceLoopCharacteristics>'
    + '<loopDataInputRef>gather.items</loopDataInputRef><inputDataItem id="thing"/>'
    + "</multiInstanceLoopCharacteristics></userTask>"
    + '<userTask id="close" name="结案"/><endEvent id="done"/>'
    + chain("begin", "gather", "fork", "inner", "join", "each", "close", "done")
    + chain("fork", "helped", "join")
)
FAMILY = Bundle(
    "family",
    model("family", FAMILY_BODY),
    {
        "begin": START,
        "first": form("text"),
        "each": form("verdict", properties={"priority": "=thing.weight"}),
        "close": form("text"),
    },
    {},
)
HELPER = Bundle(
    "helper",
    model(
        "helper",
        lanes(INS="assist")
        + '<startEvent id="asked"/><userTask id="assist" name="协助"/><serviceTask id="conclude"/>'
        + '<endEvent id="helped_end"/>'
        + chain("asked", "assist", "conclude", "helped_end"),
    ),
    {"assist": form("text", properties={"assignee": "=begin.note"})},
    {},
)

RISKY = Bundle(
    "risky",
    model(
        "risky",
        lanes(LEAD="begin mend")
        + '<startEvent id="begin"/><serviceTask id="attempt"/>'
        + '<boundaryEvent id="broken" attachedToRef="attempt"><errorEventDefinition errorRef="err"/></boundaryEvent>'
        + '<userTask id="mend" name="补正"/><endEvent id="done"/><endEvent id="mended"/>'
        + chain("begin", "attempt", "done")
        + chain("broken", "mend", "mended"),
        extra='<error id="err" errorCode="E-BROKEN"/>',
    ),
    {"begin": START, "mend": form("text")},
    {},
)


def gather(step: Step) -> dict[str, object]:
    return {"items": [{"name": "甲", "weight": 10}, {"name": "乙", "weight": 20}]}


def conclude(step: Step) -> dict[str, object]:
    return {"seen": step.data["assist"]["text"]}


def note_half(step: Step) -> None:
    step.notify([step.instance.started_by], "half", "时间过半")


def attempt(step: Step) -> None:
    note = step.data["begin"]["note"]
    if note == "break":
        raise ProcessError("E-BROKEN")
    if note == "other":
        raise ProcessError("E-OTHER")


PROCESSES: dict[str, Process] = {
    "relay": process("relay", prefix="玩"),
    "waiting": process("waiting", note_half, prefix="等"),
    "family": process("family", gather, prefix="家"),
    "helper": process("helper", conclude),
    "risky": process("risky", attempt, prefix="险"),
}
