"""Moving an execution by choice, and seeing all of it: what every save-and-load test compares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.bpmn import Again, Compiled, Execution, compile_process
from engine.process_model import ModelFile, ProcessModel, read_model
from engine.simulation import BEGIN, _Surroundings
from engine.structure import check_structure
from records.clock import FixedClock

ITEMS = [{"name": "甲", "weight": 1}, {"name": "乙", "weight": 2}, {"name": "丙", "weight": 3}]


def compiled(content: bytes, *called: bytes) -> Compiled:
    """A model that deployment would take, ready to run."""
    file = read_model(content)
    found = file.executable()[0]
    assert check_structure(found) == []
    others: dict[str, tuple[ProcessModel, ModelFile]] = {}
    for other in map(read_model, called):
        others[other.executable()[0].key] = (other.executable()[0], other)
    return compile_process(found, file, others)


def surroundings(answers: Mapping[str, Any] | None = None) -> _Surroundings:
    return _Surroundings(answers or {"gather": {"items": ITEMS}}, {}, FixedClock(BEGIN))


def begun(made: Compiled) -> Execution:
    data = {"case": {"id": "c"}, "b": {"items": ITEMS}, "begin": {"items": ITEMS}}
    return Execution.start(made, data, surroundings())


def again(made: Compiled, execution: Execution) -> Execution:
    """The same, saved and loaded."""
    return Execution.load(made, execution.dump(), surroundings())


def seen(execution: Execution) -> object:
    """Everything but the ids of tasks, which may differ between two runs."""
    return (
        execution.is_completed,
        execution.is_completed and execution.end_element,
        execution.data,
        [(t.process_key, t.element_id, t.data) for t in execution.user_tasks()],
        [(t.element_id, t.timer, t.rounds, t.data) for t in execution.timers()],
        [(s.element_id, s.event, s.data) for s in execution.subscriptions()],
        sorted(execution.places()),
    )


def move(execution: Execution, choice: int, answers: Mapping[str, Any]) -> bool:
    """Complete, fire or deliver the place of that number. False: nothing is open."""
    tasks = [t.execution_id for t in execution.user_tasks()]
    timers = [t for t in execution.timers()]
    waits = [s.execution_id for s in execution.subscriptions() if s.event is not None and s.event.kind != "conditional"]
    open_places = len(tasks) + len(timers) + len(waits)
    if not open_places:
        return False
    number = choice % open_places
    if number < len(tasks):
        execution.complete(tasks[number], answers)
    elif number < len(tasks) + len(timers):
        timer = timers[number - len(tasks)]
        goes_on = (timer.timer or "").startswith("R") and timer.rounds < 2
        execution.fire(timer.execution_id, Again(timer.rounds + 1, "2026-01-01") if goes_on else None)
    else:
        execution.deliver(waits[number - len(tasks) - len(timers)], dict(answers))
    return True


def open_tasks(execution: Execution) -> list[str]:
    return sorted(t.element_id for t in execution.user_tasks())


def complete(execution: Execution, element: str, answers: Mapping[str, Any] | None = None) -> None:
    task = next(t for t in execution.user_tasks() if t.element_id == element)
    execution.complete(task.execution_id, answers or {})


def deliver(execution: Execution, element: str, payload: Any = None) -> None:
    place = next(s for s in execution.subscriptions() if s.element_id == element)
    execution.deliver(place.execution_id, payload)


def fire(execution: Execution, element: str, goes_on: Again | None = None) -> None:
    timer = next(t for t in execution.timers() if t.element_id == element)
    execution.fire(timer.execution_id, goes_on)


def finish(execution: Execution, answers: Mapping[str, Any] | None = None) -> None:
    for _ in range(80):
        if execution.is_completed or not execution.user_tasks():
            return
        execution.complete(execution.user_tasks()[0].execution_id, answers or {})
