"""Toy models of events: small, each about one kind of waiting or throwing."""

from __future__ import annotations

from tests.engine.toys import chain, flow, model

REFERENCES = (
    '<message id="m_news" name="news"/><message id="m_stop" name="stop"/><signal id="s_alarm" name="alarm"/>'
    '<escalation id="x_late" escalationCode="X-LATE"/><escalation id="x_other" escalationCode="X-OTHER"/>'
    '<error id="err" errorCode="E-BAD"/>'
)
MESSAGE = '<messageEventDefinition messageRef="m_news"/>'
STOP = '<messageEventDefinition messageRef="m_stop"/>'
SIGNAL = '<signalEventDefinition signalRef="s_alarm"/>'
LATE = '<escalationEventDefinition escalationRef="x_late"/>'
ANY_ESCALATION = "<escalationEventDefinition/>"
ERROR = '<errorEventDefinition errorRef="err"/>'


def timer(text: str, kind: str = "timeDuration") -> str:
    return f"<timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>"


def condition(text: str) -> str:
    return f"<conditionalEventDefinition><condition>{text}</condition></conditionalEventDefinition>"


def catch(name: str, definition: str) -> str:
    return f'<intermediateCatchEvent id="{name}">{definition}</intermediateCatchEvent>'


def throw(name: str, definition: str) -> str:
    return f'<intermediateThrowEvent id="{name}">{definition}</intermediateThrowEvent>'


def end(name: str, definition: str = "") -> str:
    return f'<endEvent id="{name}">{definition}</endEvent>'


def boundary(name: str, on: str, definition: str, *, interrupting: bool = True) -> str:
    cancel = str(interrupting).lower()
    return f'<boundaryEvent id="{name}" attachedToRef="{on}" cancelActivity="{cancel}">{definition}</boundaryEvent>'


def triggered(name: str, definition: str, inside: str, *, interrupting: bool = True) -> str:
    """An event sub-process with one user task."""
    begin = f'<startEvent id="{name}_begin" isInterrupting="{str(interrupting).lower()}">{definition}</startEvent>'
    body = begin + f'<userTask id="{inside}"/><endEvent id="{name}_end"/>'
    return (
        f'<subProcess id="{name}" triggeredByEvent="true">{body}'
        + chain(f"{name}_begin", inside, f"{name}_end")
        + "</subProcess>"
    )


def toy(body: str, *links: str, start: str = '<startEvent id="b"/>', key: str = "p") -> bytes:
    return model(key, start + body + "".join(links), extra=REFERENCES)


def guarded(events: str, *links: str) -> bytes:
    """A user task with events at its edge; behind each a user task ``<event>_work``."""
    return toy(
        f'<userTask id="work"/><userTask id="after"/>{events}' + end("e"), chain("b", "work", "after", "e"), *links
    )


def behind(event: str) -> str:
    return f'<userTask id="{event}_work"/><endEvent id="{event}_end"/>' + chain(event, f"{event}_work", f"{event}_end")


EVENT_MODELS = {
    "waits in the flow": toy(
        catch("wait", MESSAGE) + catch("hear", SIGNAL) + '<receiveTask id="receive" messageRef="m_stop"/>' + end("e"),
        chain("b", "wait", "hear", "receive", "e"),
    ),
    "guarded": guarded(
        boundary("message", "work", MESSAGE, interrupting=False)
        + boundary("stop", "work", STOP)
        + boundary("signal", "work", SIGNAL, interrupting=False)
        + boundary("round", "work", timer("R3/PT1H", "timeCycle"), interrupting=False)
        + boundary("seen", "work", condition("message_work.n &gt; 3"), interrupting=False),
        behind("message"), behind("stop"), behind("signal"), behind("round"), behind("seen"),
    ),
    "scoped": toy(
        '<userTask id="first"/><subProcess id="inner"><startEvent id="ib"/><parallelGateway id="s"/>'
        '<userTask id="one"/><userTask id="two"/><parallelGateway id="j"/><endEvent id="ie"/>'
        + chain("ib", "s", "one", "j", "ie") + chain("s", "two", "j")
        + triggered("note", MESSAGE, "noted", interrupting=False)
        + triggered("halt", STOP, "halted")
        + "</subProcess>" + end("e"),
        triggered("alarmed", SIGNAL, "drop"),
        triggered("daily", timer("R/P1D", "timeCycle"), "daily_work", interrupting=False),
        chain("b", "first", "inner", "e"),
    ),
    "whichever": toy(
        '<eventBasedGateway id="g"/>' + catch("m", MESSAGE) + catch("t", timer("PT1H")) + catch("s", SIGNAL)
        + '<receiveTask id="r" messageRef="m_stop"/><exclusiveGateway id="x"/><userTask id="after"/>' + end("e"),
        chain("b", "g", "m", "x", "after", "e") + chain("g", "t", "x") + chain("g", "s", "x") + chain("g", "r", "x"),
    ),
    "some ways": toy(
        '<userTask id="ask"/><inclusiveGateway id="split" default="split__c"/><userTask id="a"/><userTask id="b1"/>'
        '<userTask id="b2"/><userTask id="c"/><inclusiveGateway id="join"/><userTask id="after"/>' + end("e"),
        chain("b", "ask", "split", "c", "join", "after", "e") + flow("split", "a", "ask.n > 1") + chain("a", "join"),
        flow("split", "b1", "ask.n > 2") + chain("b1", "b2", "join"),
    ),
    "again": toy(
        '<userTask id="work"><standardLoopCharacteristics loopMaximum="4"><loopCondition>work.n &lt; 4</loopCondition>'
        '</standardLoopCharacteristics></userTask><subProcess id="inner">'
        '<standardLoopCharacteristics testBefore="true"><loopCondition>one.n &lt; 5</loopCondition>'
        '</standardLoopCharacteristics><startEvent id="ib"/><userTask id="one"/><endEvent id="ie"/>'
        + chain("ib", "one", "ie") + "</subProcess>" + end("e"),
        chain("b", "work", "inner", "e"),
    ),
    "escalating": toy(
        '<subProcess id="inner"><startEvent id="ib"/><userTask id="one"/>' + throw("late", LATE)
        + '<userTask id="two"/>' + end("ie", '<escalationEventDefinition escalationRef="x_other"/>')
        + chain("ib", "one", "late", "two", "ie") + "</subProcess>"
        + boundary("told", "inner", LATE, interrupting=False) + boundary("other", "inner", ANY_ESCALATION) + end("e"),
        chain("b", "inner", "e"), behind("told"), behind("other"),
    ),
    "erring": toy(
        '<subProcess id="inner"><startEvent id="ib"/><userTask id="one"/>' + end("ie", ERROR)
        + chain("ib", "one", "ie") + triggered("mend", "<errorEventDefinition/>", "mending") + "</subProcess>"
        + boundary("never", "inner", ERROR) + end("e"),
        chain("b", "inner", "e"), behind("never"),
    ),
    "conditional": toy(
        '<parallelGateway id="s"/><userTask id="one"/><userTask id="two"/>' + catch("until", condition("one.n &gt; 3"))
        + '<exclusiveGateway id="m"/><parallelGateway id="j"/>' + boundary("cut", "two", condition("one.bad")),
        triggered("watch", condition("one.n = 5"), "watched", interrupting=False) + end("e"),
        chain("b", "s", "one", "j", "e") + chain("s", "two", "m", "j") + chain("s", "until", "j") + chain("cut", "m"),
    ),
    "many at once": toy(
        '<subProcess id="each"><multiInstanceLoopCharacteristics><loopDataInputRef>b.items</loopDataInputRef>'
        '<inputDataItem id="thing"/></multiInstanceLoopCharacteristics><startEvent id="eb"/><userTask id="one"/>'
        + boundary("half", "one", timer("PT1H"), interrupting=False)
        + boundary("over", "one", timer("PT2H")) + end("ee") + chain("eb", "one", "ee")
        + behind("half") + behind("over") + triggered("note", MESSAGE, "noted", interrupting=False)
        + "</subProcess>" + boundary("stop", "each", STOP) + end("e"),
        chain("b", "each", "e"), behind("stop"),
    ),
}  # fmt: skip
