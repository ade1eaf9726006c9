"""Executions moved to another version: to an equal one after every step, nothing is different from not moving."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bpmn import Compiled, Execution
from engine.bpmn_moving import Hindrance, move, obstacles_of
from tests.engine import moves
from tests.engine.moves import begun, compiled, complete, deliver, open_tasks, seen, surroundings
from tests.engine.toys import chain, flow
from tests.engine.toys_events import EVENT_MODELS, MESSAGE, SIGNAL, STOP, boundary, catch, end, timer, toy, triggered

COMPILED = {name: compiled(content) for name, content in EVENT_MODELS.items()}
EQUAL = {name: compiled(content) for name, content in EVENT_MODELS.items()}
steps = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 6), st.booleans()), max_size=14)


def as_they_are(made: Compiled, **renamed: str) -> dict[str, dict[str, str]]:
    return {key: {each: renamed.get(each, each) for each in model.elements} for key, model in made.models.items()}


def moved(execution: Execution, old: Compiled, new: Compiled, **renamed: str) -> Execution:
    mapped = as_they_are(old, **renamed)
    assert obstacles_of(execution, new, mapped) == []
    there = move(execution, new, mapped, surroundings())
    return Execution.load(new, there.dump(), surroundings())


def kept_by(execution: Execution, old: Compiled, new: Compiled, **renamed: str) -> Mapping[str, Hindrance]:
    return {each.element_id: each.hindrance for each in obstacles_of(execution, new, as_they_are(old, **renamed))}


@pytest.mark.parametrize("name", EVENT_MODELS)
@given(steps=steps)
@settings(max_examples=12, deadline=None)
def test_moving_to_an_equal_version_changes_nothing(name: str, steps: list[tuple[int, int, bool]]) -> None:
    stays, goes = begun(COMPILED[name]), begun(COMPILED[name])
    here, there = COMPILED[name], EQUAL[name]
    for choice, number, flag in steps:
        if stays.is_completed:
            break
        goes, here, there = moved(goes, here, there), there, here
        assert seen(goes) == seen(stays)
        answers = {"n": number, "bad": flag}
        if not moves.move(stays, choice, answers):
            break
        moves.move(goes, choice, answers)
        assert seen(goes) == seen(stays)


def whichever(*events: str) -> Compiled:
    inside = "".join(events)
    names = [event.split('id="')[1].split('"')[0] for event in events]
    links = [chain("b", "g"), *(chain("g", name, "x") for name in names), chain("x", "after", "e")]
    body = f'<eventBasedGateway id="g"/>{inside}<exclusiveGateway id="x"/><userTask id="after"/>'
    return compiled(toy(body + end("e"), *links))


def test_an_event_more_behind_a_gateway_is_waited_for_as_well() -> None:
    old = whichever(catch("m", MESSAGE), catch("s", SIGNAL))
    new = whichever(catch("m", MESSAGE), catch("s", SIGNAL), catch("stop", STOP))
    execution = moved(begun(old), old, new)
    assert sorted(each.element_id for each in execution.subscriptions()) == ["m", "s", "stop"]
    deliver(execution, "stop")
    assert (open_tasks(execution), execution.subscriptions()) == (["after"], [])


def test_an_event_fewer_or_another_behind_a_gateway_keeps_the_instance() -> None:
    old = whichever(catch("m", MESSAGE), catch("s", SIGNAL), catch("t", timer("PT1H")))
    new = whichever(catch("m", MESSAGE), catch("s", STOP))
    assert kept_by(begun(old), old, new) == {"s": Hindrance.KIND, "t": Hindrance.VANISHED}


def work(*beside: str) -> Compiled:
    return compiled(toy('<userTask id="work"/>' + end("e"), chain("b", "work", "e"), *beside))


def test_an_event_sub_process_more_is_listened_for() -> None:
    old, new = work(), work(triggered("halt", STOP, "halted"))
    execution = moved(begun(old), old, new)
    deliver(execution, "halt_begin")
    assert open_tasks(execution) == ["halted"]
    complete(execution, "halted")
    assert execution.is_completed


def test_an_event_sub_process_fewer_or_another_keeps_the_instance() -> None:
    old = work(triggered("halt", STOP, "halted"))
    assert kept_by(begun(old), old, work()) == {"halt": Hindrance.VANISHED}
    other = work(triggered("halt", SIGNAL, "halted"))
    assert kept_by(begun(old), old, other) == {"halt": Hindrance.KIND}
    renamed = work(triggered("stop", STOP, "stopped"))
    execution = moved(begun(old), old, renamed, halt="stop", halted="stopped", halt_begin="stop_begin")
    deliver(execution, "stop_begin")
    assert open_tasks(execution) == ["stopped"]


def some(first: str) -> Compiled:
    body = (
        f'<inclusiveGateway id="split"/><userTask id="{first}"/><userTask id="two"/><userTask id="more"/>'
        '<inclusiveGateway id="join"/><userTask id="after"/>'
    )
    ways = flow("split", first, "1 = 1") + flow("split", "two", "2 = 2")
    links = [chain("b", "split"), ways, chain(first, "join", "after", "e"), chain("two", "more", "join")]
    return compiled(toy(body + end("e"), *links))


def test_a_token_waits_at_an_inclusive_join_under_the_new_names() -> None:
    old, new = some("one"), some("first")
    execution = begun(old)
    complete(execution, "one")
    assert kept_by(execution, old, new, one="gone") == {"join": Hindrance.ARRIVAL}
    there = moved(execution, old, new, one="first")
    for element in ("two", "more", "after"):
        assert open_tasks(there) == [element]
        complete(there, element)
    assert there.is_completed


def test_a_boundary_event_that_catches_something_else_keeps_the_instance() -> None:
    guarded = [
        compiled(toy('<userTask id="work"/>' + boundary("cut", "work", each) + end("e") + end("f"), chain("b", "work", "e"), chain("cut", "f")))  # noqa: E501
        for each in (STOP, MESSAGE, SIGNAL)
    ]  # fmt: skip
    old, same_kind, other = guarded
    assert kept_by(begun(old), old, other) == {"cut": Hindrance.KIND}
    execution = moved(begun(old), old, same_kind)
    assert [each.event and each.event.name for each in execution.subscriptions()] == ["news"]
