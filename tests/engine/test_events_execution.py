"""Events of a running model: what happens when they happen, and that saving in between changes nothing."""

from __future__ import annotations

from statistics import median
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bpmn import Again, Execution
from engine.errors import ModelFaultError
from tests.engine.moves import (
    again,
    begun,
    compiled,
    complete,
    deliver,
    finish,
    fire,
    move,
    open_tasks,
    seen,
    surroundings,
)  # fmt: skip
from tests.engine.toys import chain, flow
from tests.engine.toys_events import (
    ERROR,
    EVENT_MODELS,
    LATE,
    MESSAGE,
    SIGNAL,
    STOP,
    behind,
    boundary,
    catch,
    condition,
    end,
    throw,
    toy,
    triggered,
)  # fmt: skip

COMPILED = {name: compiled(content) for name, content in EVENT_MODELS.items()}
steps = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 6), st.booleans()), max_size=14)


@pytest.mark.parametrize("name", EVENT_MODELS)
@given(steps=steps)
@settings(max_examples=12, deadline=None)
def test_saving_changes_nothing(name: str, steps: list[tuple[int, int, bool]]) -> None:
    kept, stored = begun(COMPILED[name]), begun(COMPILED[name])
    for choice, number, flag in steps:
        if kept.is_completed:
            break
        stored = again(COMPILED[name], stored)
        assert seen(stored) == seen(kept)
        before = len(kept.passed)
        answers = {"n": number, "bad": flag}
        if not move(kept, choice, answers):
            break
        move(stored, choice, answers)
        assert seen(stored) == seen(kept)
        assert kept.passed[before:] == stored.passed


@pytest.mark.parametrize("name", EVENT_MODELS)
@given(steps=steps)
@settings(max_examples=12, deadline=None)
def test_a_live_instance_always_waits_for_something(name: str, steps: list[tuple[int, int, bool]]) -> None:
    execution = begun(COMPILED[name])
    for choice, number, flag in steps:
        if execution.is_completed:
            assert not (execution.user_tasks() or execution.timers() or execution.subscriptions())
            break
        assert execution.user_tasks() or execution.timers() or execution.subscriptions()
        move(execution, choice, {"n": number, "bad": flag})


def begin(name: str) -> Execution:
    return again(COMPILED[name], begun(COMPILED[name]))


def test_what_is_waited_for_in_the_flow_brings_its_payload() -> None:
    execution = begin("waits in the flow")
    for element, payload in (("wait", {"text": "甲"}), ("hear", 7), ("receive", [1])):
        assert [s.element_id for s in execution.subscriptions()] == [element]
        deliver(execution, element, payload)
        assert execution.data[element] == payload
    assert execution.is_completed and execution.end_element == "e"


def test_a_boundary_event_that_interrupts_nothing_happens_as_often_as_it_likes() -> None:
    execution = begin("guarded")
    for number in range(3):
        deliver(execution, "message", {"number": number})
    deliver(execution, "signal")
    assert open_tasks(execution) == ["message_work"] * 3 + ["signal_work", "work"]
    assert execution.data["message"] == {"number": 2}
    complete(execution, "work")
    assert open_tasks(execution) == ["after"] + ["message_work"] * 3 + ["signal_work"]
    assert execution.subscriptions() == [] and execution.timers() == []
    finish(execution)
    assert execution.is_completed


def test_what_a_boundary_event_started_is_seen_on_the_diagram() -> None:
    execution = begin("guarded")
    deliver(execution, "message")
    assert [p.element_id for p in execution.passed] == ["message", "message__message_work"]


def test_a_boundary_event_that_interrupts_ends_the_activity_and_its_other_events() -> None:
    execution = begin("guarded")
    deliver(execution, "message")
    deliver(execution, "stop", {"why": "x"})
    assert open_tasks(execution) == ["message_work", "stop_work"] and execution.data["stop"] == {"why": "x"}
    assert execution.subscriptions() == [] and execution.timers() == []
    finish(execution)
    assert execution.is_completed


def test_a_cycle_goes_on_until_its_rounds_are_spent() -> None:
    execution = begin("guarded")
    fire(execution, "round", Again(1, "2026-01-05T01:00:00+00:00"))
    execution = again(COMPILED["guarded"], execution)
    (timer_again,) = execution.timers()
    assert (timer_again.rounds, timer_again.begun) == (1, "2026-01-05T01:00:00+00:00")
    fire(execution, "round")
    assert execution.timers() == [] and open_tasks(execution) == ["round_work", "round_work", "work"]
    finish(execution)
    assert execution.is_completed


def test_a_condition_happens_when_it_becomes_true_and_not_while_it_stays_true() -> None:
    execution = begin("guarded")
    for value in (4, 5, 1, 9):
        deliver(execution, "message")
        complete(execution, "message_work", {"n": value})
        execution = again(COMPILED["guarded"], execution)
    assert open_tasks(execution) == ["seen_work", "seen_work", "work"]


def test_an_event_sub_process_runs_beside_its_scope_and_sees_its_own_payload() -> None:
    execution = begin("scoped")
    complete(execution, "first")
    deliver(execution, "note_begin", {"n": 1})
    deliver(execution, "note_begin", {"n": 2})
    noted = [t.data["note_begin"]["n"] for t in execution.user_tasks() if t.element_id == "noted"]
    assert noted == [1, 2]
    complete(execution, "noted", {"text": "甲"})
    assert execution.data["noted"] == {"text": "甲"} and execution.data["note_begin"] == {"n": 1}
    complete(execution, "one")
    complete(execution, "two")
    assert open_tasks(execution) == ["noted"] and not execution.is_completed
    finish(execution)
    assert execution.is_completed and execution.end_element == "e"


def test_an_interrupting_event_sub_process_ends_what_else_runs_in_its_scope() -> None:
    execution = begin("scoped")
    complete(execution, "first")
    deliver(execution, "note_begin", {})
    deliver(execution, "halt_begin", {})
    assert open_tasks(execution) == ["halted"]
    assert [s.element_id for s in execution.subscriptions()] == ["alarmed_begin"]
    complete(execution, "halted")
    assert execution.is_completed and execution.end_element == "e"


def test_an_interrupting_event_sub_process_of_the_process_takes_calls_and_timers_with_it() -> None:
    execution = begin("scoped")
    complete(execution, "first")
    fire(execution, "daily_begin", Again(1, "2026-01-01"))
    assert "daily_work" in open_tasks(execution)
    deliver(execution, "alarmed_begin", {"level": 1})
    assert open_tasks(execution) == ["drop"] and execution.timers() == [] and execution.subscriptions() == []
    complete(again(COMPILED["scoped"], execution), "drop")
    complete(execution, "drop")
    assert execution.is_completed and execution.data["alarmed_begin"] == {"level": 1}
    assert execution.end_element == "alarmed_end"


def test_what_runs_beside_does_not_say_how_the_process_ended() -> None:
    execution = begin("scoped")
    complete(execution, "first")
    fire(execution, "daily_begin", Again(1, "2026-01-01"))
    for element in ("one", "two"):
        complete(execution, element)
    assert execution.end_element == "e" and not execution.is_completed
    complete(execution, "daily_work")
    assert execution.end_element == "e"


@pytest.mark.parametrize("first", ["m", "t", "s", "r"])
def test_behind_an_event_gateway_the_first_event_ends_the_others(first: str) -> None:
    execution = begin("whichever")
    if first == "t":
        fire(execution, "t")
    else:
        deliver(execution, first, {})
    assert open_tasks(execution) == ["after"] and execution.timers() == [] and execution.subscriptions() == []
    finish(execution)
    assert execution.is_completed


@pytest.mark.parametrize(("number", "ways"), [(0, ["c"]), (2, ["a"]), (3, ["a", "b1"])])
def test_an_inclusive_join_waits_for_the_ways_that_were_taken(number: int, ways: list[str]) -> None:
    execution = begin("some ways")
    complete(execution, "ask", {"n": number})
    assert open_tasks(execution) == ways
    while open_tasks(execution) != ["after"]:
        assert "after" not in open_tasks(execution)
        complete(execution, open_tasks(execution)[0])
        execution = again(COMPILED["some ways"], execution)
    finish(execution)
    assert execution.is_completed and execution.end_element == "e"


def test_an_inclusive_gateway_without_a_way_is_a_fault() -> None:
    made = compiled(toy(
        '<userTask id="u"/><inclusiveGateway id="g"/><userTask id="x"/><userTask id="y"/>' + end("e"),
        chain("b", "u", "g") + flow("g", "x", "u.n > 1") + flow("g", "y", "u.n > 2"), chain("x", "e") + chain("y", "e"),
    ))  # fmt: skip
    execution = begun(made)
    with pytest.raises(ModelFaultError, match="g"):
        complete(execution, "u", {"n": 0})


def test_inclusive_ways_in_a_loop_join_in_every_round() -> None:
    made = compiled(toy(
        '<exclusiveGateway id="in"/><inclusiveGateway id="s" default="s__c"/><userTask id="a"/><userTask id="c"/>'
        '<inclusiveGateway id="j"/><userTask id="more"/><exclusiveGateway id="out" default="out__e"/>' + end("e"),
        chain("b", "in", "s", "c", "j", "more", "out", "e") + flow("s", "a", "true") + chain("a", "j"),
        flow("out", "in", "more.n = 1"),
    ))  # fmt: skip
    execution = begun(made)
    for number in (1, 1, 0):
        assert open_tasks(execution) == ["a"]
        complete(execution, "a")
        complete(execution, "more", {"n": number})
    assert execution.is_completed


def test_a_standard_loop_goes_on_while_its_condition_holds() -> None:
    execution = begin("again")
    for number in (1, 2, 9):
        assert open_tasks(execution) == ["work"]
        (task,) = execution.user_tasks()
        assert task.data["loopCounter"] == {1: 1, 2: 2, 9: 3}[number]
        complete(execution, "work", {"n": number})
    assert execution.data["work"] == {"n": 9} and execution.is_completed  # null < 5 does not hold: no round at all


def test_a_standard_loop_ends_at_its_maximum() -> None:
    execution = begin("again")
    for _ in range(4):
        complete(execution, "work", {"n": 0})
    assert execution.is_completed


def test_a_loop_around_a_sub_process_leaves_what_was_done_in_it() -> None:
    made = compiled(EVENT_MODELS["again"].replace(b'testBefore="true"', b""))
    execution = begun(made)
    complete(execution, "work", {"n": 9})
    for number in (1, 7):
        complete(execution, "one", {"n": number})
        if number == 1:
            execution = again(made, execution)
    assert execution.is_completed and execution.data["one"] == {"n": 7}


def test_an_escalation_is_caught_by_its_code_and_the_work_goes_on() -> None:
    execution = begin("escalating")
    complete(execution, "one")
    assert open_tasks(execution) == ["told_work", "two"] and execution.data["told"] == {"code": "X-LATE"}
    execution = again(COMPILED["escalating"], execution)
    complete(execution, "two")
    assert open_tasks(execution) == ["other_work", "told_work"] and execution.data["other"] == {"code": "X-OTHER"}
    finish(execution)
    assert execution.is_completed


def test_an_escalation_that_nobody_catches_changes_nothing() -> None:
    execution = begun(compiled(toy(throw("x", LATE) + end("e"), chain("b", "x", "e"))))
    assert execution.is_completed and execution.end_element == "e"


def test_an_interrupting_escalation_stops_the_branch_that_threw_it() -> None:
    made = compiled(toy(
        '<subProcess id="inner"><startEvent id="ib"/>' + throw("x", LATE) + '<serviceTask id="never"/>' + end("ie")
        + chain("ib", "x", "never", "ie") + "</subProcess>" + boundary("c", "inner", LATE) + end("e"),
        chain("b", "inner", "e"), behind("c"),
    ))  # fmt: skip
    execution = begun(made)
    assert open_tasks(execution) == ["c_work"]
    assert "never" not in [p.element_id for p in execution.passed]
    finish(execution)
    assert execution.end_element == "c_end"


def test_an_error_is_caught_by_the_event_sub_process_before_the_boundary() -> None:
    execution = begin("erring")
    complete(execution, "one")
    assert open_tasks(execution) == ["mending"]
    finish(execution)
    assert execution.is_completed and execution.end_element == "e"


def test_what_an_event_sub_process_throws_leaves_its_scope() -> None:
    inside = triggered("mend", ERROR, "mending").replace('<endEvent id="mend_end"/>', end("mend_end", ERROR))
    made = compiled(toy(
        '<subProcess id="inner"><startEvent id="ib"/>' + end("ie", ERROR) + chain("ib", "ie") + inside + "</subProcess>"
        + boundary("c", "inner", ERROR) + end("e"), chain("b", "inner", "e"), behind("c"),
    ))  # fmt: skip
    execution = begun(made)
    complete(execution, "mending")
    assert open_tasks(execution) == ["c_work"]


def test_conditions_are_looked_at_whenever_the_instance_moves() -> None:
    execution = begin("conditional")
    assert {s.element_id for s in execution.subscriptions()} == {"until", "cut", "watch_begin"}
    complete(execution, "one", {"n": 5, "bad": True})
    assert open_tasks(execution) == ["watched"]
    assert [s.element_id for s in execution.subscriptions()] == ["watch_begin"]
    finish(execution)
    assert execution.is_completed


def test_a_condition_that_holds_at_once_is_not_waited_for() -> None:
    execution = begun(compiled(toy(catch("x", condition("1 = 1")) + end("e"), chain("b", "x", "e"))))
    assert execution.is_completed


def test_a_condition_that_cannot_be_evaluated_names_its_element() -> None:
    made = compiled(toy(catch("x", condition("for i in 1..100000 return i")) + end("e"), chain("b", "x", "e")))
    with pytest.raises(ModelFaultError, match="x"):
        begun(made)


def test_iterations_have_their_own_timers_messages_and_event_sub_processes() -> None:
    execution = begin("many at once")
    assert len(execution.user_tasks()) == 3 and len(execution.timers()) == 6
    deliver(execution, "note_begin", {"n": 1})
    fire(execution, "over")
    assert open_tasks(execution) == ["noted", "one", "one", "over_work"]
    execution = again(COMPILED["many at once"], execution)
    deliver(execution, "stop", {})
    assert open_tasks(execution) == ["stop_work"] and execution.timers() == []
    finish(execution)
    assert execution.is_completed and execution.end_element == "stop_end"


def test_messages_and_signals_that_are_thrown_are_told_with_what_is_seen_there() -> None:
    sender = (
        '<sendTask id="send" messageRef="m_news"><dataInputAssociation><assignment><from>b.items[1].name</from>'
        "<to>who</to></assignment></dataInputAssociation></sendTask>"
    )
    made = compiled(toy(
        sender + throw("call", SIGNAL) + end("e", STOP), chain("b", "send", "call", "e"),
    ))  # fmt: skip
    execution = begun(made)
    assert execution.is_completed
    told = [(t.element_id, t.event.kind.value, t.event.name, t.event.payload) for t in execution.take_thrown()]
    assert told == [
        ("send", "message", "news", (("who", "b.items[1].name"),)), ("call", "signal", "alarm", ()),
        ("e", "message", "stop", ()),
    ]  # fmt: skip


def test_what_is_thrown_at_the_end_of_a_scope_says_what_was_seen_in_it() -> None:
    inner = (
        '<subProcess id="each"><multiInstanceLoopCharacteristics><loopDataInputRef>b.items</loopDataInputRef>'
        '<inputDataItem id="thing"/></multiInstanceLoopCharacteristics><startEvent id="eb"/>'
        + throw("tell", MESSAGE)
        + end("ee", STOP)
        + chain("eb", "tell", "ee")
        + "</subProcess>"
    )
    execution = begun(compiled(toy(inner + end("e"), chain("b", "each", "e"))))
    assert execution.is_completed
    seen = [(t.element_id, t.data["thing"]["name"]) for t in execution.take_thrown()]
    assert sorted(seen) == sorted((element, name) for element in ("tell", "ee") for name in "甲乙丙")


def test_a_process_with_several_start_events_begins_at_the_one_that_is_named() -> None:
    made = compiled(toy(
        '<startEvent id="told">' + MESSAGE + '</startEvent><userTask id="one"/><userTask id="two"/>' + end("e"),
        chain("b", "one", "e") + chain("told", "two", "e"),
    ))  # fmt: skip
    assert open_tasks(begun(made)) == ["one"]
    execution = Execution.start(made, {"told": {"n": 1}}, surroundings(), "told")
    assert open_tasks(again(made, execution)) == ["two"]
    finish(execution)
    assert execution.is_completed


def test_a_thousand_messages_at_one_edge_stay_quick() -> None:
    execution = begin("guarded")
    (place,) = [s for s in execution.subscriptions() if s.element_id == "message"]
    for number in range(300):
        execution.deliver(place.execution_id, {"n": number})
        complete(execution, "message_work", {"n": 0})
    complete(execution, "work")
    finish(execution)
    assert execution.is_completed


def test_five_thousand_places_that_wait_make_a_step_no_slower() -> None:
    many = (
        '<receiveTask id="r" messageRef="m_news"><multiInstanceLoopCharacteristics><loopDataInputRef>b.items'
        "</loopDataInputRef></multiInstanceLoopCharacteristics></receiveTask>"
    )
    made = compiled(toy(many + end("e"), chain("b", "r", "e")))

    def step(size: int) -> float:
        execution = Execution.start(made, {"b": {"items": list(range(size))}}, surroundings())
        places = [place.execution_id for place in execution.subscriptions()]
        assert len(places) == size
        times = []
        for place in places[:40]:
            begin_at = perf_counter()
            execution.deliver(place, {})
            times.append(perf_counter() - begin_at)
        return median(times)

    assert step(5000) < 4 * step(500)
