"""Going back in the executor equals never having gone on; where it would lose something, it says what."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bpmn import Execution
from engine.bpmn_returning import return_to, undone_by, way_back
from engine.simulation import BEGIN, _Surroundings
from engine.step_errors import BorderCrossedError, BranchesJoinedError, EventPassedError, ParallelWorkLostError
from records.clock import FixedClock
from tests.engine.test_execution import COMPILED, ITEMS, compiled, finish, move, seen
from tests.engine.toys import chain, model
from tests.engine.toys_steps import FORK, LINE

ALL = COMPILED | {"line": compiled(LINE.bpmn), "fork": compiled(FORK.bpmn)}


class Counting(_Surroundings):
    """Services count, as those of a loop do."""

    def run_service(self, process_key: str, element_id: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        if element_id != "count":
            return super().run_service(process_key, element_id, data)
        return {"rounds": (data.get("count") or {}).get("rounds", 0) + 1}


def surroundings() -> _Surroundings:
    return Counting({"gather": {"items": ITEMS}}, {}, FixedClock(BEGIN))


def begun(name: str) -> Execution:
    data = {"case": {"id": "c"}, "b": {"items": ITEMS}, "begin": {"items": ITEMS}}
    return Execution.start(ALL[name], data, surroundings())


def again(name: str, execution: Execution) -> Execution:
    return Execution.load(ALL[name], execution.dump(), surroundings())


def do(execution: Execution, element_id: str, **answers: Any) -> None:
    execution.complete(at(execution, element_id), answers)


def at(execution: Execution, element_id: str) -> str:
    return next(t.execution_id for t in execution.user_tasks() if t.element_id == element_id)


steps = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 6), st.sampled_from(["again", "on"])), max_size=12)


@pytest.mark.parametrize("name", ["relay", "loop", "line"])
@given(steps=steps)
@settings(max_examples=20, deadline=None)
def test_after_going_back_all_is_as_before_the_step_was_done(name: str, steps: list[tuple[int, int, str]]) -> None:
    execution, before = begun(name), {}
    for _choice, number, opinion in steps:
        if execution.is_completed:
            break
        task = execution.user_tasks()[0]
        before[task.execution_id] = deepcopy(seen(execution))
        execution.complete(task.execution_id, {"n": number, "opinion": opinion, "result": "ask"})
        execution = again(name, execution)
    if execution.is_completed:
        return
    targets, _end = way_back(execution, execution.user_tasks()[0].execution_id)
    for target in targets:
        returned = again(name, execution)
        fresh = return_to(returned, target.execution_id)
        assert fresh not in before
        assert seen(returned) == before[target.execution_id]
        assert seen(again(name, returned)) == seen(returned)


@pytest.mark.parametrize("name", ALL)
@given(steps=steps)
@settings(max_examples=15, deadline=None)
def test_wherever_one_goes_back_the_rest_stays_and_all_ends(name: str, steps: list[tuple[int, int, str]]) -> None:
    execution = begun(name)
    for choice, number, opinion in steps:
        if not execution.is_completed:
            move(execution, choice, {"n": number, "bad": number > 3, "opinion": opinion})
    for task in execution.user_tasks():
        others = {t.execution_id for t in execution.user_tasks()} - {task.execution_id}
        for target in way_back(execution, task.execution_id)[0]:
            returned = again(name, execution)
            fresh = return_to(returned, target.execution_id)
            assert {t.execution_id for t in returned.user_tasks()} == others | {fresh}
            assert returned.is_waiting(fresh)
            returned = again(name, returned)
            finish(returned, {"n": 9, "opinion": "on"})
            assert returned.is_completed


@given(steps=steps)
@settings(max_examples=20, deadline=None)
def test_what_is_taken_back_was_never_done(steps: list[tuple[int, int, str]]) -> None:
    execution = begun("fork")
    for choice, _number, _opinion in steps:
        if not execution.is_completed:
            before = deepcopy(seen(execution))
            place = execution.user_tasks()[choice % len(execution.user_tasks())].execution_id
            execution.complete(place, {"text": "x"})
            taken = again("fork", execution)
            if execution.is_completed:
                return
            try:
                undone_by(taken, place)
            except BranchesJoinedError:
                assert [t.element_id for t in execution.user_tasks()] == ["last"]
                continue
            return_to(taken, place)
            assert _sorted(seen(taken)) == _sorted(before)


def _sorted(state: Any) -> list[Any]:
    """Branches may change their order."""
    return [sorted(part, key=repr) if isinstance(part, list) else part for part in state]


def test_a_branch_beside_the_way_is_not_lost() -> None:
    execution = begun("fork")
    do(execution, "first")
    do(execution, "sealed")
    targets, end = way_back(execution, at(execution, "left"))
    assert targets == [] and isinstance(end, ParallelWorkLostError)
    do(execution, "right")
    targets, end = way_back(execution, at(execution, "left"))
    assert targets == [] and isinstance(end, ParallelWorkLostError)
    do(execution, "left")
    targets, end = way_back(execution, at(execution, "last"))
    assert targets == [] and isinstance(end, BranchesJoinedError)


def test_work_begun_beside_a_late_step_is_not_lost() -> None:
    execution = begun("line")
    execution.fire(execution.timers()[0].execution_id)
    do(execution, "draft")
    targets, end = way_back(execution, at(execution, "check"))
    assert targets == [] and isinstance(end, ParallelWorkLostError)


def test_boundary_timers_are_armed_anew() -> None:
    execution = begun("line")
    [armed] = execution.timers()
    do(execution, "draft", text="一")
    assert execution.timers() == []
    [target], _end = way_back(execution, at(execution, "check"))
    return_to(execution, target.execution_id)
    [rearmed] = execution.timers()
    assert rearmed.element_id == "late" and rearmed.execution_id != armed.execution_id
    assert "draft" not in execution.data and "count" not in execution.data


def test_a_counter_counts_a_round_once_however_often_it_was_returned() -> None:
    execution = begun("line")
    for _ in range(3):
        do(execution, "draft")
        [target], _end = way_back(execution, at(execution, "check"))
        return_to(execution, target.execution_id)
    do(execution, "draft")
    do(execution, "check")
    do(execution, "decide", opinion="again")
    do(execution, "draft")
    assert execution.data["count"] == {"rounds": 2}
    targets, _end = way_back(execution, at(execution, "check"))
    assert [t.element_id for t in targets] == ["draft", "decide", "check", "draft"]
    return_to(execution, targets[0].execution_id)
    assert execution.data["count"] == {"rounds": 1} and "draft" in execution.data


def test_nothing_goes_back_past_what_ended_a_step_or_out_of_a_called_process() -> None:
    execution = begun("waiting")
    late = next(t for t in execution.timers() if t.element_id == "late")
    execution.fire(late.execution_id)
    targets, end = way_back(execution, at(execution, "talk"))
    assert targets == [] and isinstance(end, EventPassedError)
    family = begun("family")
    assert isinstance(way_back(family, at(family, "assist"))[1], BorderCrossedError)
    assert isinstance(way_back(family, at(family, "first"))[1], BorderCrossedError)
    do(family, "assist")
    do(family, "first")
    each = at(family, "each")
    assert isinstance(way_back(family, each)[1], BorderCrossedError)
    family.complete(each, {})
    with pytest.raises(BorderCrossedError):
        undone_by(family, each)
    do(family, "each")
    do(family, "each")
    assert isinstance(way_back(family, at(family, "close"))[1], BorderCrossedError)


def test_a_wait_may_be_crossed_and_is_waited_for_again() -> None:
    pausing = model(
        "pausing",
        '<startEvent id="b"/><userTask id="one"/><intermediateCatchEvent id="p"><timerEventDefinition>'
        '<timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent><userTask id="two"/>'
        '<endEvent id="e"/>' + chain("b", "one", "p", "two", "e"),
    )
    execution = Execution.start(compiled(pausing), {}, surroundings())
    one = at(execution, "one")
    do(execution, "one")
    assert undone_by(execution, one) == ([], {"p"})
    execution.fire(execution.timers()[0].execution_id)
    [target], _end = way_back(execution, at(execution, "two"))
    return_to(execution, target.execution_id)
    do(execution, "one")
    assert [t.element_id for t in execution.timers()] == ["p"]


def test_the_other_way_may_be_taken_after_going_back() -> None:
    execution = begun("relay")
    do(execution, "look", result="ask")
    do(execution, "answer", text="x")
    targets, _end = way_back(execution, at(execution, "check"))
    assert [t.element_id for t in targets] == ["answer", "look"]
    return_to(execution, targets[1].execution_id)
    do(execution, "look", result="direct")
    assert "answer" not in execution.data
    assert [t.element_id for t in execution.user_tasks()] == ["check"]


def test_what_was_undone_is_kept_as_a_change() -> None:
    execution = begun("line")
    kept = [execution.dump()]
    execution.kept()
    do(execution, "draft", text="一")
    kept.append(execution.change())
    execution.kept()
    [target], _end = way_back(execution, at(execution, "check"))
    return_to(execution, target.execution_id)
    kept.append(execution.change())
    loaded = Execution.load(ALL["line"], kept[0], surroundings(), kept[1:])
    assert seen(loaded) == seen(execution) and "draft" not in loaded.data
    do(loaded, "draft", text="二")
    assert loaded.data["count"] == {"rounds": 1}
