"""Random block-structured nets: every block has one way in and one way out, so every net can come to its end."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from tests.engine.toys import chain, flow, model
from tests.engine.toys_events import REFERENCES, boundary, catch, condition, timer, triggered

MESSAGE = '<messageEventDefinition messageRef="m_news"/>'
MANY = (
    '<multiInstanceLoopCharacteristics isSequential="{}"><loopDataInputRef>b.items</loopDataInputRef>'
    '<inputDataItem id="thing"/></multiInstanceLoopCharacteristics>'
)
AGAIN = '<standardLoopCharacteristics loopMaximum="2"/>'
LOOPS = ("", "", "", MANY.format("true"), MANY.format("false"), AGAIN)

leaves = st.one_of(
    st.tuples(st.just("user"), st.sampled_from(LOOPS)),
    st.tuples(st.just("user"), st.just("")),
    st.tuples(st.sampled_from(["service", "call", "message", "pause"]), st.just("")),
    st.tuples(st.just("first"), st.just("")),
)


def _grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        st.tuples(st.just("row"), several),
        st.tuples(st.sampled_from(["exclusive", "parallel", "inclusive"]), several),
        st.tuples(st.just("sub"), inner, st.sampled_from(LOOPS), st.sampled_from(["", "message", "condition"])),
        st.tuples(st.just("late"), inner, inner, st.booleans()),
    )


blocks = st.recursive(leaves, _grown, max_leaves=9)


@dataclass
class Drawing:
    """The XML of a net in the making."""

    number: int = 0
    asked: str = "b"  # the user task that conditions look at

    def name(self, prefix: str) -> str:
        self.number += 1
        return f"{prefix}{self.number}"


def net(block: Any) -> bytes:
    """A process around a block."""
    drawing = Drawing()
    xml, first, last = _draw(drawing, block)
    body = f'<startEvent id="b"/>{xml}<endEvent id="e"/>' + chain("b", first) + chain(last, "e")
    return model("net", body, extra=REFERENCES)


def _draw(drawing: Drawing, block: Any) -> tuple[str, str, str]:
    """The XML of a block, and the ids of its way in and its way out."""
    return {
        "row": _row, "exclusive": _choice, "inclusive": _choice, "parallel": _choice, "sub": _sub, "late": _late,
        "first": _first,
    }.get(block[0], _leaf)(drawing, block)  # fmt: skip


def _leaf(drawing: Drawing, block: Any) -> tuple[str, str, str]:
    kind, loop = block
    name = drawing.name(kind[0])
    xml = {
        "user": f'<userTask id="{name}">{loop}</userTask>',
        "service": f'<serviceTask id="{name}"/>',
        "call": f'<callActivity id="{name}" calledElement="helper"/>',
        "message": catch(name, MESSAGE),
        "pause": catch(name, timer("PT1H")),
    }[kind]
    if kind == "user" and not loop:
        drawing.asked = name
    return xml, name, name


def _first(drawing: Drawing, block: Any) -> tuple[str, str, str]:
    gateway, message, pause, out = (drawing.name(prefix) for prefix in ("g", "m", "p", "x"))
    xml = f'<eventBasedGateway id="{gateway}"/>' + catch(message, MESSAGE) + catch(pause, timer("PT1H"))
    xml += f'<exclusiveGateway id="{out}"/>' + chain(gateway, message, out) + chain(gateway, pause, out)
    return xml, gateway, out


def _row(drawing: Drawing, block: Any) -> tuple[str, str, str]:
    drawn = [_draw(drawing, inner) for inner in block[1]]
    links = "".join(chain(before[2], after[1]) for before, after in pairwise(drawn))
    return "".join(xml for xml, _first_id, _last in drawn) + links, drawn[0][1], drawn[-1][2]


def _choice(drawing: Drawing, block: Any) -> tuple[str, str, str]:
    kind, inner = block
    split, join, asked = drawing.name("s"), drawing.name("j"), drawing.asked
    drawn = [_draw(drawing, one) for one in inner]
    links = ""
    for number, (_xml, first, last) in enumerate(drawn):
        text = f"{asked}.n > {number * 2}" if kind != "parallel" and number else ""
        links += flow(split, first, text) + flow(last, join)
    default = "" if kind == "parallel" else f' default="{split}__{drawn[0][1]}"'
    gateways = f'<{kind}Gateway id="{split}"{default}/><{kind}Gateway id="{join}"/>'
    return gateways + "".join(xml for xml, _f, _l in drawn) + links, split, join


def _sub(drawing: Drawing, block: Any) -> tuple[str, str, str]:
    _kind, inner, loop, event = block
    name, asked = drawing.name("sub"), drawing.asked
    xml, first, last = _draw(drawing, inner)
    body = f'{loop}<startEvent id="{name}_b"/>{xml}<endEvent id="{name}_e"/>' + chain(f"{name}_b", first)
    body += chain(last, f"{name}_e")
    if event:
        definition = MESSAGE if event == "message" else condition(f"{drawing.asked}.n = 5")
        body += triggered(f"{name}_t", definition, f"{name}_w", interrupting=event == "condition")
    drawing.asked = asked
    return f'<subProcess id="{name}">{body}</subProcess>', name, name


def _late(drawing: Drawing, block: Any) -> tuple[str, str, str]:
    _kind, inner, escape, interrupting = block
    xml, name, _last = _sub(drawing, ("sub", inner, "", ""))
    event, out = drawing.name("t"), drawing.name("x")
    way, first, last = _draw(drawing, escape)
    xml += boundary(event, name, timer("PT1H"), interrupting=interrupting) + f'<exclusiveGateway id="{out}"/>'
    xml += way + chain(name, out) + chain(event, first)
    if interrupting:
        return xml + chain(last, out), name, out
    return xml + f'<endEvent id="{event}_e"/>' + chain(last, f"{event}_e"), name, out
