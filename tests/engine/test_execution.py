"""Saving and loading after any step must equal never having saved, whatever the order of the steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bpmn import Compiled, Execution, compile_process
from engine.errors import ModelFaultError
from engine.process import ProcessError
from engine.process_model import ModelFile, ProcessModel, read_model
from engine.simulation import BEGIN, _Surroundings
from records.clock import FixedClock
from tests.engine.toys import FAMILY, HELPER, RELAY, RISKY, WAITING, chain, flow, model

LOOP = model(
    "loop",
    '<startEvent id="b"/><exclusiveGateway id="again"/><userTask id="work"/>'
    '<exclusiveGateway id="more" default="more__e"/>'
    '<boundaryEvent id="t" attachedToRef="work"><timerEventDefinition><timeDuration>PT1H</timeDuration>'
    '</timerEventDefinition></boundaryEvent><endEvent id="e"/><endEvent id="late"/>'
    + chain("b", "again", "work", "more", "e")
    + flow("more", "again", "work.n < 4")
    + flow("t", "late"),
)
NESTED = model(
    "nested",
    '<startEvent id="b"/><subProcess id="each"><multiInstanceLoopCharacteristics isSequential="SEQ">'
    '<loopDataInputRef>b.items</loopDataInputRef><inputDataItem id="thing"/><outputDataItem id="result"/>'
    "<completionCondition>numberOfCompletedInstances = 2</completionCondition></multiInstanceLoopCharacteristics>"
    '<startEvent id="eb"/><parallelGateway id="s"/><userTask id="one"/>'
    '<callActivity id="result" calledElement="helper"/>'
    '<parallelGateway id="j"/><endEvent id="ee"/>'
    + chain("eb", "s", "one", "j", "ee")
    + chain("s", "result", "j")
    + '</subProcess><boundaryEvent id="half" attachedToRef="each" cancelActivity="false"><timerEventDefinition>'
    "<timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>"
    '<userTask id="hurry"/><endEvent id="hurried"/><endEvent id="e"/>'
    + chain("b", "each", "e")
    + chain("half", "hurry", "hurried"),
)
ERRORS = model(
    "errors",
    '<startEvent id="b"/><subProcess id="try"><startEvent id="tb"/><userTask id="do"/>'
    '<exclusiveGateway id="ok" default="ok__te"/><endEvent id="te"/>'
    '<endEvent id="bad"><errorEventDefinition errorRef="err"/></endEvent>'
    + chain("tb", "do", "ok", "te")
    + flow("ok", "bad", "do.bad = true")
    + '</subProcess><boundaryEvent id="caught" attachedToRef="try"><errorEventDefinition errorRef="err"/>'
    "</boundaryEvent>"
    '<userTask id="repair"/><endEvent id="e"/><endEvent id="repaired"/>'
    + chain("b", "try", "e")
    + chain("caught", "repair", "repaired"),
    extra='<error id="err" errorCode="E-BAD"/>',
)


def compiled(content: bytes) -> Compiled:
    file = read_model(content)
    helper = read_model(HELPER.bpmn)
    called: dict[str, tuple[ProcessModel, ModelFile]] = {"helper": (helper.executable()[0], helper)}
    found = file.executable()[0]
    return compile_process(found, file, called if found.calls() else {})


MODELS = {
    "relay": RELAY.bpmn,
    "waiting": WAITING.bpmn,
    "family": FAMILY.bpmn,
    "loop": LOOP,
    "errors": ERRORS,
    "parallel items": NESTED.replace(b"SEQ", b"false"),
    "one by one": NESTED.replace(b"SEQ", b"true"),
}
COMPILED = {name: compiled(content) for name, content in MODELS.items()}
ITEMS = [{"name": "甲", "weight": 1}, {"name": "乙", "weight": 2}, {"name": "丙", "weight": 3}]


def surroundings() -> _Surroundings:
    return _Surroundings({"gather": {"items": ITEMS}}, {}, FixedClock(BEGIN))


def begun(name: str) -> Execution:
    data = {"case": {"id": "c"}, "b": {"items": ITEMS}, "begin": {"items": ITEMS}}
    return Execution.start(COMPILED[name], data, surroundings())


def seen(execution: Execution) -> object:
    """Everything but the ids of tasks, which differ between two runs."""
    return (
        execution.is_completed,
        execution.is_completed and execution.end_element,
        execution.data,
        [(t.process_key, t.element_id, t.data) for t in execution.user_tasks()],
        [(t.element_id, t.timer, t.data) for t in execution.timers()],
        sorted(execution.places()),
    )


def move(execution: Execution, choice: int, answers: Mapping[str, Any]) -> None:
    places = [("task", t.execution_id) for t in execution.user_tasks()]
    places += [("timer", t.execution_id) for t in execution.timers()]
    kind, execution_id = places[choice % len(places)]
    if kind == "task":
        execution.complete(execution_id, answers)
    else:
        execution.fire(execution_id)


steps = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 6), st.booleans()), max_size=14)


@pytest.mark.parametrize("name", MODELS)
@given(steps=steps)
@settings(max_examples=15, deadline=None)
def test_saving_changes_nothing(name: str, steps: list[tuple[int, int, bool]]) -> None:
    kept, stored, grown = begun(name), begun(name), begun(name)
    base, changes = grown.dump(), []
    grown.kept()
    for choice, number, flag in steps:
        if kept.is_completed:
            break
        stored = Execution.load(COMPILED[name], stored.dump(), surroundings())
        assert seen(Execution.load(COMPILED[name], base, surroundings(), changes)) == seen(kept)
        assert seen(stored) == seen(kept)
        places = [t.execution_id for t in stored.user_tasks()]
        assert all(stored.is_waiting(place) for place in places)
        before = len(kept.passed)
        answers = {"n": number, "bad": flag, "result": "direct" if flag else "ask"}
        move(kept, choice, answers)
        move(stored, choice, answers)
        open_before, armed_before = (
            {t.execution_id for t in grown.user_tasks()},
            {t.execution_id for t in grown.timers()},
        )
        move(grown, choice, answers)
        assert seen(stored) == seen(kept)
        assert kept.passed[before:] == stored.passed
        assert_noted(grown, open_before, armed_before)
        changes.append(grown.change())
        grown.kept()
        if len(changes) == 5:  # go on from a new base, in another place
            base, changes = grown.dump(), []
            grown = Execution.load(COMPILED[name], base, surroundings())


def assert_noted(execution: Execution, open_before: set[str], armed_before: set[str]) -> None:
    """What is said to have been opened and closed is the difference to what was open before."""
    open_now, armed_now = {t.execution_id for t in execution.user_tasks()}, {t.execution_id for t in execution.timers()}
    assert {t.execution_id for t in execution.opened()} == open_now - open_before
    assert execution.closed() == open_before - open_now
    assert execution.disarmed() == bool(armed_before - armed_now)


def finish(execution: Execution, answers: Mapping[str, Any]) -> None:
    for _ in range(60):
        if execution.is_completed:
            return
        execution.complete(execution.user_tasks()[0].execution_id, answers)


def test_iterations_end_early_when_their_condition_holds() -> None:
    for name in ("parallel items", "one by one"):
        execution = begun(name)
        finish(execution, {"text": "x", "n": 9})
        assert execution.is_completed and execution.end_element == "e"
        results = execution.data["each"]
        assert len(results) == 2 and all(set(r) == {"assist", "conclude"} for r in results)


def test_an_error_end_event_is_caught_around_its_sub_process() -> None:
    execution = begun("errors")
    execution.complete(execution.user_tasks()[0].execution_id, {"bad": True})
    assert [t.element_id for t in execution.user_tasks()] == ["repair"]
    finish(execution, {})
    assert execution.end_element == "repaired"


def test_an_error_of_a_called_process_is_caught_around_the_call() -> None:
    caller = model(
        "caller",
        '<startEvent id="b"/><callActivity id="call" calledElement="risky"/>'
        '<boundaryEvent id="c" attachedToRef="call"><errorEventDefinition/></boundaryEvent>'
        '<endEvent id="e"/><endEvent id="f"/>' + chain("b", "call", "e") + chain("c", "f"),
    )
    plain = read_model(RISKY.bpmn.replace(b'errorRef="err"', b'errorRef="other"').replace(b'"err"', b'"other"'))
    file = read_model(caller)
    made = compile_process(file.executable()[0], file, {"risky": (plain.executable()[0], plain)})

    class Failing(_Surroundings):
        def run_service(self, process_key: str, element_id: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
            assert process_key == "risky"
            raise ProcessError("E-ELSE")

    execution = Execution.start(made, {}, Failing({}, {}, FixedClock(BEGIN)))
    assert execution.is_completed and execution.end_element == "f"


def test_six_hundred_rounds_lose_nothing() -> None:
    execution = begun("loop")
    for number in range(600):
        execution.complete(execution.user_tasks()[0].execution_id, {"n": 0 if number < 599 else 9})
    assert execution.is_completed and execution.end_element == "e"


def test_five_hundred_iterations_are_quick_enough() -> None:
    data = {"begin": {}, "b": {"items": list(range(500))}}
    flat = model(
        "flat",
        '<startEvent id="b"/><userTask id="u"><multiInstanceLoopCharacteristics>'
        "<loopDataInputRef>b.items</loopDataInputRef>"
        '</multiInstanceLoopCharacteristics></userTask><endEvent id="e"/>' + chain("b", "u", "e"),
    )
    execution = Execution.start(compiled(flat), data, surroundings())
    assert len(execution.user_tasks()) == 500
    execution.complete(execution.user_tasks()[250].execution_id, {"n": 1})
    assert len(execution.user_tasks()) == 499
    with pytest.raises(ModelFaultError, match="5000"):
        Execution.start(compiled(flat), {"b": {"items": list(range(5001))}}, surroundings())
    with pytest.raises(ModelFaultError, match="列表"):
        Execution.start(compiled(flat), {"b": {"items": "abc"}}, surroundings())
    empty = Execution.start(compiled(flat), {"b": {"items": []}}, surroundings())
    assert empty.is_completed and empty.data["u"] == []
    with pytest.raises(LookupError):
        empty.fire("00000000-0000-0000-0000-000000000000")


def test_a_late_sub_process_takes_its_calls_and_tasks_with_it() -> None:
    late = model(
        "late",
        '<startEvent id="b"/><subProcess id="inner"><startEvent id="ib"/><parallelGateway id="s"/><userTask id="one"/>'
        '<callActivity id="call" calledElement="helper"/><parallelGateway id="j"/><endEvent id="ie"/>'
        + chain("ib", "s", "one", "j", "ie")
        + chain("s", "call", "j")
        + '</subProcess><boundaryEvent id="t" attachedToRef="inner"><timerEventDefinition><timeDuration>PT1H'
        "</timeDuration></timerEventDefinition></boundaryEvent>"
        '<userTask id="after"/><endEvent id="e"/><endEvent id="f"/>'
        + chain("b", "inner", "e")
        + chain("t", "after", "f"),
    )
    made = compiled(late)
    execution = Execution.start(made, {}, surroundings())
    assert {t.element_id for t in execution.user_tasks()} == {"one", "assist"}
    execution = Execution.load(made, execution.dump(), surroundings())
    execution.fire(execution.timers()[0].execution_id)
    assert [t.element_id for t in execution.user_tasks()] == ["after"] and execution.timers() == []
    execution = Execution.load(made, execution.dump(), surroundings())
    finish(execution, {})
    assert execution.is_completed and execution.end_element == "f"


def test_a_terminate_end_event_ends_everything() -> None:
    ending = model(
        "ending",
        '<startEvent id="b"/><parallelGateway id="s"/><userTask id="one"/><userTask id="two"/>'
        '<callActivity id="call" calledElement="helper"/>'
        '<endEvent id="e"/><endEvent id="f"/><endEvent id="stop"><terminateEventDefinition/></endEvent>'
        + chain("b", "s", "one", "e")
        + chain("s", "two", "stop")
        + chain("s", "call", "f"),
    )
    made = compiled(ending)
    execution = Execution.start(made, {}, surroundings())
    execution = Execution.load(made, execution.dump(), surroundings())
    two = next(t for t in execution.user_tasks() if t.element_id == "two")
    execution.complete(two.execution_id, {})
    assert execution.is_completed and execution.end_element == "stop" and execution.user_tasks() == []


def test_a_loop_through_a_parallel_block_joins_every_round() -> None:
    rounds = model(
        "rounds",
        '<startEvent id="b"/><exclusiveGateway id="in"/><parallelGateway id="s"/>'
        '<userTask id="one"/><userTask id="two"/>'
        '<parallelGateway id="j"/><exclusiveGateway id="out" default="out__e"/><endEvent id="e"/>'
        + chain("b", "in", "s", "one", "j", "out", "e")
        + chain("s", "two", "j")
        + flow("out", "in", "one.again = true"),
    )
    made = compiled(rounds)
    execution = Execution.start(made, {}, surroundings())
    for again in (True, True, False):
        assert [t.element_id for t in execution.user_tasks()] == ["one", "two"]
        for task in execution.user_tasks():
            execution.complete(task.execution_id, {"again": again})
            if not execution.is_completed:
                execution = Execution.load(made, execution.dump(), surroundings())
    assert execution.is_completed and execution.end_element == "e"
