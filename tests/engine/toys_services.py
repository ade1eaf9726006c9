"""Toy processes whose service tasks reach outside: a notice to another system, with an error that the model knows."""

from __future__ import annotations

from collections.abc import Mapping

from engine.deployment import Bundle
from engine.process import Call, Process, ProcessError, process
from tests.engine.toys import START, chain, flow, form, lanes, model

NOTICE = Bundle(
    "notice",
    model(
        "notice",
        lanes(LEAD="begin read mend")
        + '<startEvent id="begin"/><serviceTask id="announce" name="推送"/>'
        + '<boundaryEvent id="refused" attachedToRef="announce"><errorEventDefinition errorRef="err"/></boundaryEvent>'
        + '<exclusiveGateway id="which" default="which__done"/>'
        + '<userTask id="read" name="查看回执"/><userTask id="mend" name="补正"/><endEvent id="done"/>'
        + '<endEvent id="mended"/>'
        + chain("begin", "announce", "which")
        + flow("which", "read", "announce.receipt != null")
        + chain("which", "done")
        + chain("read", "done2")
        + '<endEvent id="done2"/>'
        + chain("refused", "mend", "mended"),
        extra='<error id="err" errorCode="E-REFUSED"/>',
    ),
    {"begin": START, "read": form("text"), "mend": form("text")},
    {},
)


class Outside:
    """Another system: remembers what it was told, under which key, and fails as often as it is asked to."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.failures = 0
        self.refuses = False

    def announce(self, call: Call) -> Mapping[str, object]:
        """Take the notice."""
        self.calls.append(call)
        if self.failures:
            self.failures -= 1
            raise OSError("no route")
        if self.refuses:
            raise ProcessError("E-REFUSED")
        return {"receipt": f"回执-{call.business_key}"}

    def process(self) -> Process:
        """The code side of the toy."""
        return process("notice", prefix="告", external=[self.announce])


FORK = Bundle(
    "forked",
    model(
        "forked",
        lanes(LEAD="begin")
        + '<startEvent id="begin"/><intermediateCatchEvent id="later"><timerEventDefinition>'
        + "<timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>"
        + '<exclusiveGateway id="which"/><endEvent id="left"/><endEvent id="right"/>'
        + chain("begin", "later", "which")
        + flow("which", "left", 'begin.note = "left"')
        + flow("which", "right", 'begin.note = "right"'),
    ),
    {"begin": START},
    {},
)
FORKED = process("forked", prefix="岔")
