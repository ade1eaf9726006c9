"""Toy processes for going back: a line of steps with all that may lie between two of them."""

from __future__ import annotations

from engine.deployment import Bundle
from engine.process import Process, Step, process
from tests.engine.toys import START, chain, flow, form, lanes, model

#: draft (INS) -> number it -> check (LEAD) -> decide (MGR), back to draft from decide while it says so
LINE = Bundle(
    "line",
    model(
        "line",
        lanes(LEAD="begin check", INS="draft", MGR="decide urge")
        + '<startEvent id="begin"/><exclusiveGateway id="again"/><userTask id="draft" name="起草"/>'
        + '<serviceTask id="count"/><userTask id="check" name="审核"/><userTask id="decide" name="决定"/>'
        + '<boundaryEvent id="late" attachedToRef="draft" cancelActivity="false"><timerEventDefinition>'
        + "<timeDuration>PT5H</timeDuration></timerEventDefinition></boundaryEvent>"
        + '<userTask id="urge" name="催办"/><endEvent id="urged"/>'
        + '<exclusiveGateway id="which" default="which__done"/><endEvent id="done"/>'
        + chain("begin", "again", "draft", "count", "check", "decide", "which", "done")
        + chain("late", "urge", "urged")
        + flow("which", "again", 'decide.opinion = "again"'),
    ),
    {
        "begin": START,
        "draft": form("text", properties={"due": {"rule": "R-INS-ACCEPT"}}),
        "check": form("opinion", properties={"separate_from": ["draft"]}),
        "decide": form("opinion"),
        "urge": form("text"),
    },
    {},
)

#: first -> fork -> left | right -> join -> last; "sealed" is done once and for all
FORK = Bundle(
    "fork",
    model(
        "fork",
        lanes(LEAD="begin last", INS="first sealed left right")
        + '<startEvent id="begin"/><userTask id="first" name="首办"/><userTask id="sealed" name="签章"/>'
        + '<parallelGateway id="split"/><userTask id="left" name="左"/><userTask id="right" name="右"/>'
        + '<parallelGateway id="join"/><userTask id="last" name="末办"/><endEvent id="done"/>'
        + chain("begin", "first", "sealed", "split", "left", "join", "last", "done")
        + chain("split", "right", "join"),
    ),
    {
        "begin": START,
        "first": form("text"),
        "sealed": form("text", properties={"returnable": False}),
        "left": form("text"),
        "right": form("text"),
        "last": form("text"),
    },
    {},
)

#: make -> issue a paper -> read
PAPER = Bundle(
    "paper",
    model(
        "paper",
        lanes(LEAD="begin read", INS="make")
        + '<startEvent id="begin"/><userTask id="make" name="制作"/><serviceTask id="issue_paper"/>'
        + '<userTask id="read" name="审阅"/><endEvent id="done"/>'
        + chain("begin", "make", "issue_paper", "read", "done"),
    ),
    {"begin": START, "make": form("text"), "read": form("text")},
    {},
)


def count(step: Step) -> dict[str, object]:
    """How often a draft was handed in, counted from what stood there before."""
    return {"rounds": (step.data.get("count") or {}).get("rounds", 0) + 1}


def issue_paper(step: Step) -> None:
    step.document("task_letter", "通知书", {"text": step.data["make"]["text"]})


PROCESSES: dict[str, Process] = {
    "line": process("line", count, prefix="线"),
    "fork": process("fork", prefix="叉"),
    "paper": process("paper", issue_paper, prefix="文"),
}
