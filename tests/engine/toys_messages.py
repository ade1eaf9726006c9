"""Toy processes that meet by message, signal and event: with forms, lanes and code, ready to be deployed."""

from __future__ import annotations

from engine.deployment import Bundle
from engine.process import Process, Step, process
from tests.engine.toys import START, chain, flow, form, lanes, model
from tests.engine.toys_events import (
    LATE,
    MESSAGE,
    REFERENCES,
    SIGNAL,
    STOP,
    boundary,
    catch,
    condition,
    end,
    throw,
    timer,
    triggered,
)

BEGIN = '<startEvent id="begin" name="开始"/>'
ONE = form("text")


def bundle(key: str, body: str, forms: dict[str, object] | None = None, extra: str = "") -> Bundle:
    return Bundle(key, model(key, body, extra=REFERENCES + extra), forms or {"begin": START}, {})


LISTENING = bundle(
    "listening",
    lanes(LEAD="begin noted work after")
    + BEGIN + '<userTask id="work" name="办理"/>' + catch("wait", MESSAGE).replace('id="wait"', 'id="wait" name="等候"')
    + '<userTask id="after" name="善后"/>' + end("done")
    + triggered("note", STOP, "noted", interrupting=False)
    + boundary("alarmed", "work", SIGNAL) + end("dropped")
    + chain("begin", "work", "wait", "after", "done") + chain("alarmed", "dropped"),
    {"begin": START, "work": ONE, "after": ONE, "noted": ONE, "wait": form("text", amount="number")},
)  # fmt: skip
#: its message carries the number of the case it is for; it begins by another message, too
SENDING = bundle(
    "sending",
    lanes(LEAD="begin told")
    + BEGIN + '<startEvent id="asked" name="受托"><messageEventDefinition messageRef="m_ask"/></startEvent>'
    + '<exclusiveGateway id="in"/><sendTask id="send" messageRef="m_addressed"><dataInputAssociation><assignment>'
    + '<from>"甲"</from>'
    + "<to>text</to></assignment></dataInputAssociation></sendTask>" + throw("call", SIGNAL) + end("sent")
    + chain("begin", "in", "send", "call", "sent") + chain("asked", "in"),
    extra='<message id="m_ask" name="ask"/><message id="m_addressed" name="news"/>'
    '<correlationProperty id="c"><correlationPropertyRetrievalExpression messageRef="m_addressed">'
    "<messagePath>if asked != null then asked.to else begin.note</messagePath>"
    "</correlationPropertyRetrievalExpression></correlationProperty>",
)  # fmt: skip
#: correlated by a value of its own
LOT = bundle(
    "lot",
    lanes(LEAD="begin")
    + '<correlationSubscription correlationKeyRef="k"><correlationPropertyBinding correlationPropertyRef="c">'
    + "<dataPath>begin.note</dataPath></correlationPropertyBinding></correlationSubscription>"
    + BEGIN + '<receiveTask id="result" name="检验结果" messageRef="m_result"/>' + end("done")
    + chain("begin", "result", "done"),
    extra='<message id="m_result" name="result"/><correlationProperty id="c">'
    '<correlationPropertyRetrievalExpression messageRef="m_result"><messagePath>lot</messagePath>'
    "</correlationPropertyRetrievalExpression></correlationProperty>",
)  # fmt: skip
#: begun by a signal, reminds by a cycle, and ends when its condition holds
WATCH = bundle(
    "watch",
    lanes(MGR="look over")
    + '<startEvent id="heard">' + SIGNAL + '</startEvent><userTask id="look" name="查看"/>'
    + boundary("daily", "look", timer("R3/P1D", "timeCycle"), interrupting=False) + '<serviceTask id="nudge"/>'
    + end("nudged") + '<exclusiveGateway id="ok" default="ok__wait"/>' + catch("wait", condition("false"))
    + '<userTask id="over" name="结束"/>' + end("done")
    + triggered("late", LATE, "catch_up", interrupting=False).replace("<userTask ", "<manualTask ")
    + chain("heard", "look", "ok", "wait", "done") + flow("ok", "over", 'look.text = "over"') + chain("over", "done")
    + chain("daily", "nudge", "nudged"),
    {"look": ONE, "over": ONE},
)  # fmt: skip


def nudge(step: Step) -> None:
    step.notify([step.instance.started_by], "nudge", "请查看")


PROCESSES: dict[str, Process] = {
    "listening": process("listening", prefix="听"),
    "sending": process("sending", prefix="发"),
    "lot": process("lot", prefix="批"),
    "watch": process("watch", nudge, prefix="望"),
}
BUNDLES = [LISTENING, SENDING, LOT, WATCH]
