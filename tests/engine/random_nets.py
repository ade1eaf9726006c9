"""Random models for the token game: wild graphs, and graphs made of blocks that are right by construction."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from engine.bpmn import Compiled, Execution
from tests.engine.toys import flow, model

STEPS = 120
TIMER = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
TAGS = {
    "user": "userTask", "auto": "manualTask", "choice": "exclusiveGateway", "fork": "parallelGateway",
    "join": "parallelGateway", "some": "inclusiveGateway", "end": "endEvent", "wait": "intermediateCatchEvent",
    "terminate": "endEvent",
}  # fmt: skip
INSIDE = {"wait": TIMER, "terminate": "<terminateEventDefinition/>"}


class Chance:
    """A host whose conditions come out either way."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def evaluate(self, expression: str, data: Mapping[str, Any]) -> Any:
        return self.random.random() < 0.5

    def run_service(self, process_key: str, element_id: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        return {}

    def decide(self, process_key: str, element_id: str, data: Mapping[str, Any]) -> Any:
        return None


def played(compiled: Compiled, seed: int) -> tuple[bool, list[str]]:
    """Whether anything was open, or all was done, after each random step; and where tokens stood at the end."""
    host = Chance(seed)
    execution = Execution.start(compiled, {}, host)
    for _ in range(STEPS):
        if execution.is_completed:
            return True, []
        waiting = [*execution.user_tasks(), *execution.timers()]
        if not waiting:
            return False, execution.places()
        chosen = host.random.choice(waiting)
        if chosen.timer is None:
            execution.complete(chosen.execution_id, {})
        else:
            execution.fire(chosen.execution_id)
    return True, execution.places()


def _node(name: str, kind: str, *, default: str = "") -> str:
    attribute = f' default="{default}"' if default else ""
    return f'<{TAGS[kind]} id="{name}"{attribute}>{INSIDE.get(kind, "")}</{TAGS[kind]}>'


def _event(name: str, host: str, *, interrupting: bool) -> str:
    cancel = "" if interrupting else ' cancelActivity="false"'
    return f'<boundaryEvent id="{name}" attachedToRef="{host}"{cancel}>{TIMER}</boundaryEvent>'


@st.composite
def wild_bodies(draw: st.DrawFn, prefix: str = "", depth: int = 0) -> str:
    """A start event, nodes of any kind, each led to from an earlier one, and more flows from anywhere to anywhere."""
    kinds = [*TAGS, "event", "reminder", *(["nested"] if depth < 1 else [])]
    chosen = ["user", *draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=9))]
    exits = _exits(draw, chosen)
    parts = [f'<startEvent id="{prefix}b"/>', flow(f"{prefix}b", f"{prefix}n0")]
    for number, kind in enumerate(chosen):
        name = f"{prefix}n{number}"
        if kind in ("event", "reminder"):
            host = draw(st.sampled_from([i for i in range(number) if chosen[i] in ("user", "nested")]))
            parts.append(_event(name, f"{prefix}n{host}", interrupting=kind == "event"))
        elif kind == "nested":
            inner = draw(wild_bodies(prefix=f"{name}_", depth=depth + 1))
            parts.append(f'<subProcess id="{name}">{inner}</subProcess>')
        else:
            parts.append(_node(name, kind, default=f"{name}__0" if kind in ("choice", "some") else ""))
        for place, target in enumerate(exits[number]):
            condition = (
                "<conditionExpression>true</conditionExpression>" if kind in ("choice", "some") and place else ""
            )
            parts.append(
                f'<sequenceFlow id="{name}__{place}" sourceRef="{name}" targetRef="{prefix}n{target}">'
                f"{condition}</sequenceFlow>"
            )
    return "".join(parts)


def _exits(draw: st.DrawFn, chosen: list[str]) -> dict[int, list[int]]:
    """Where flows lead from each node."""
    inner = [i for i, kind in enumerate(chosen) if kind not in ("event", "reminder")]
    exits: dict[int, list[int]] = {i: [] for i in range(len(chosen))}
    open_ended = [i for i, kind in enumerate(chosen) if kind not in ("end", "terminate")]
    for number in inner[1:]:
        earlier = [i for i in open_ended if i < number]
        bare = [i for i in earlier if not exits[i] or chosen[i] in ("choice", "fork", "some")]
        exits[draw(st.sampled_from(bare or earlier))].append(number)
    for number in open_ended:
        wanted = draw(st.integers(1, 2)) if chosen[number] in ("choice", "fork", "some") else 1
        while len(exits[number]) < wanted:
            later = [i for i in inner if i > number] if chosen[number] not in ("choice", "wait", "some") else []
            exits[number].append(draw(st.sampled_from(later or inner[1:] or inner)))
    return exits


class _Blocks:
    """Writes a block-structured body."""

    def __init__(self, rng: random.Random) -> None:
        self.random, self.parts, self.count = rng, [], 0

    def new(self, kind: str, **options: str) -> str:
        self.count += 1
        name = f"k{self.count}"
        self.parts.append(_node(name, kind, **options))
        return name

    def line(self, source: str, target: str, *, when: bool = False) -> str:
        self.count += 1
        inner = "<conditionExpression>true</conditionExpression>" if when else ""
        self.parts.append(
            f'<sequenceFlow id="f{self.count}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'
        )
        return f"f{self.count}"

    def block(self, size: int) -> tuple[str, str]:
        """The first and the last element of a block of about that size."""
        if size <= 1:
            name = self.new(self.random.choice(("user", "auto", "wait")))
            return name, name
        shape = self.random.choice(
            (self.sequence, self.parallel, self.choice, self.some, self.loop, self.guarded, self.nested)
        )
        return shape(size)

    def sequence(self, size: int) -> tuple[str, str]:
        first, end = self.block(size // 2)
        begin, last = self.block(size - size // 2)
        self.line(end, begin)
        return first, last

    def parallel(self, size: int) -> tuple[str, str]:
        fork, join = self.new("fork"), self.new("join")
        for _ in range(self.random.randint(2, 4)):
            first, last = self.block(size // 2)
            self.line(fork, first)
            self.line(last, join)
        return fork, join

    def choice(self, size: int) -> tuple[str, str]:
        split, merge = self.new("choice"), self.new("choice")
        for place in range(2):
            first, last = self.block(size // 2)
            self.line(split, first, when=place > 0)
            self.line(last, merge)
        return self._default(split), merge

    def some(self, size: int) -> tuple[str, str]:
        split, merge = self.new("some"), self.new("some")
        for place in range(self.random.randint(2, 3)):
            first, last = self.block(size // 2)
            self.line(split, first, when=place > 0)
            self.line(last, merge)
        return self._default(split), merge

    def loop(self, size: int) -> tuple[str, str]:
        merge, split = self.new("choice"), self.new("choice")
        first, last = self.block(size - 1)
        self.line(merge, first)
        self.line(last, split)
        after = self.new("auto")
        self.line(split, after)
        self.line(split, merge, when=True)
        self._default(split)
        return merge, after

    def guarded(self, size: int) -> tuple[str, str]:
        """A user task with a deadline that leads round it, or a reminder that leads nowhere else."""
        task = self.new("user")
        merge = self.new("choice")
        self.line(task, merge)
        event = f"{task}_t"
        interrupting = self.random.random() < 0.5
        self.parts.append(_event(event, task, interrupting=interrupting))
        first, last = self.block(size // 2)
        self.line(event, first)
        self.line(last, merge if interrupting else self.new("end"))
        return task, merge

    def nested(self, size: int) -> tuple[str, str]:
        self.count += 1
        name, outer = f"s{self.count}", self.parts
        self.parts = []
        self.whole(size - 1)
        outer.append(f'<subProcess id="{name}">{"".join(self.parts)}</subProcess>')
        self.parts = outer
        return name, name

    def whole(self, size: int) -> None:
        self.count += 1
        start = f"b{self.count}"
        self.parts.append(f'<startEvent id="{start}"/>')
        first, last = self.block(size)
        self.line(start, first)
        self.line(last, self.new("end"))

    def _default(self, split: str) -> str:
        """The first flow out of a gateway is its default."""
        text = "".join(self.parts)
        place = text.index(f'sourceRef="{split}"')
        flow_id = text[:place].rpartition('id="')[2].partition('"')[0]
        self.parts = [text.replace(f'id="{split}">', f'id="{split}" default="{flow_id}">', 1)]
        return split


def blocks(seed: int, size: int) -> bytes:
    """A model made of nested blocks."""
    writer = _Blocks(random.Random(seed))
    writer.whole(size)
    return model("p", "".join(writer.parts))
