"""Events: what a running model waits for and throws. All of it is state in tasks; nobody listens behind their back.

An event that interrupts becomes READY when it happens and ends what it interrupts when it runs. One that does not stays
WAITING and starts a branch of its own each time (``spawn``), until it has happened as often as it may (``retire``).
"""
# mypy: disallow-subclassing-any=False

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.util.task import TaskState

from engine.bpmn_scopes import is_iteration, open_scope, process_of, put, view
from engine.errors import ModelFaultError
from engine.event_model import EventKind, EventModel

FIRED = "event_fired"


class Happening(EventDefinition):
    """What an event waits for or throws. Nothing fires by itself: the engine says when it happened."""

    def __init__(self, model: EventModel, expression: str = "") -> None:
        super().__init__(model.name)
        self.model, self.expression = model, expression  # of a timer


@dataclass(frozen=True)
class Again:
    """A timer goes on after it fired: how many rounds are spent, and since when they are counted (ISO moment)."""

    rounds: int
    begun: str


class _Waiting:
    """What everything that waits has in common."""

    event_definition: Any

    def _update_hook(self, my_task: Any) -> bool | None:
        if my_task._get_internal_data(FIRED, False):
            return True
        if my_task._state != TaskState.WAITING:
            my_task._set_state(TaskState.WAITING)
        return None

    def _on_ready_hook(self, my_task: Any) -> None:
        pass

    def _run_hook(self, my_task: Any) -> bool:
        return True

    def _on_cancel(self, my_task: Any) -> None:
        pass


class StartEvent(_Waiting, defaults.StartEvent):
    """A start event never waits: whoever starts the process, or triggers the event sub-process, has seen to it."""

    def _update_hook(self, my_task: Any) -> bool:
        return True


class _InTheFlow(_Waiting):
    """A wait in the normal flow; behind an event-based gateway, the first that happens ends the others."""

    def _run_hook(self, my_task: Any) -> bool:
        gateway = my_task.parent
        if isinstance(gateway.task_spec, EventGateway):
            for other in gateway.children:
                if other is not my_task:
                    other.cancel()
        return True


class CatchEvent(_InTheFlow, defaults.IntermediateCatchEvent):
    """An intermediate event that is waited for."""


class ReceiveTask(_InTheFlow, defaults.ReceiveTask):
    """A task that waits for a message."""


class EventGateway(BpmnTaskSpec):
    """Waits for whatever comes first of the events behind it."""

    def __init__(self, wf_spec: Any, bpmn_id: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.bpmn_id = bpmn_id


class BoundaryEvent(_Waiting, defaults.BoundaryEvent):
    """An event at the edge of an activity. What was a mere possibility behind it is certain when it happens."""

    def _run_hook(self, my_task: Any) -> bool:
        my_task._sync_children(self.outputs, TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True


class Listener(_Waiting, CatchingEvent, BpmnTaskSpec):
    """Waits, as long as its process or sub-process runs, for the start event of an event sub-process."""

    def __init__(self, wf_spec: Any, target: Any, start: Any, *, interrupting: bool) -> None:
        super().__init__(wf_spec, f"{target.name}.Listener", start.event_definition)
        self.target, self.start_id, self.cancel_activity = target.name, str(start.bpmn_id), interrupting
        target._connect_notify(self)

    def _run_hook(self, my_task: Any) -> bool:
        workflow = my_task.workflow
        for task in list(workflow.tasks.values()):
            if task is not my_task and task.id in workflow.tasks and task._state & TaskState.NOT_FINISHED_MASK:
                task.cancel()
        spawn(my_task, my_task._get_internal_data("given"))
        return True


class ThrowEvent(defaults.IntermediateThrowEvent):
    """An intermediate event that is thrown; a plain one is only passed."""

    def _run_hook(self, my_task: Any) -> bool | None:
        return throw(my_task)


class SendTask(defaults.SendTask):
    """A task that sends a message."""

    def _run_hook(self, my_task: Any) -> bool | None:
        return throw(my_task)


def kind_of(task: Any) -> EventKind | None:
    """What a task waits for, if it is an event."""
    definition = getattr(task.task_spec, "event_definition", None)
    return definition.model.kind if isinstance(definition, Happening) else None


def element_of(task: Any) -> str:
    """The element a task stands for: for a listener, the start event it listens for."""
    spec = task.task_spec
    return spec.start_id if isinstance(spec, Listener) else str(spec.bpmn_id)


def ends_process(task: Any) -> bool:
    """True for an end event of the process itself, or of an event sub-process that took its place."""
    top = task.workflow.top_workflow
    if task.workflow is top:
        return True
    owner = top.get_task_from_id(task.workflow.parent_task_id)
    begun_by = owner.parent.task_spec
    return owner.workflow is top and isinstance(begun_by, Listener) and bool(begun_by.cancel_activity)


def happen(task: Any, given: Any = None, again: Again | None = None) -> None:
    """The event that a task waits for has happened; ``given`` is what it brought, for the element's own name."""
    spec = task.task_spec
    if not isinstance(spec, BoundaryEvent | Listener) or spec.cancel_activity:
        _interrupt(task, given)
        return
    spawn(task, given)
    if again is not None:
        task._set_internal_data(rounds=again.rounds, begun=again.begun)
    elif kind_of(task) is EventKind.TIMER:
        retire(task)


def _interrupt(task: Any, given: Any) -> None:
    if isinstance(task.task_spec, Listener):
        task._set_internal_data(given=given)
    elif given is not None:
        put(task, given)
    task._set_internal_data(**{FIRED: True})
    task.task_spec._update(task)


def spawn(task: Any, given: Any) -> None:
    """Start the branch behind an event."""
    spec, specs = task.task_spec, task.workflow.spec.task_specs
    is_listener = isinstance(spec, Listener)
    if given is not None and not is_listener:
        put(task, given)
    targets = [specs[spec.target]] if is_listener else [o for o in spec.outputs if not _is_join(o)]
    for target in targets:
        child = task._add_child(target, TaskState.FUTURE)
        child.triggered = True
        if is_listener:
            open_scope(child, {} if given is None else {spec.start_id: given})
        else:
            task.workflow.top_workflow.spawned.append((task, child))
        child.task_spec._predict(child, mask=TaskState.NOT_FINISHED_MASK)
        child.task_spec._update(child)


def retire(task: Any) -> None:
    """The event will not happen again; what it started goes on."""
    for child in task.children:
        if not child.triggered and child._state & TaskState.NOT_FINISHED_MASK:
            task.workflow._remove_task(child.id)
    task._set_state(TaskState.COMPLETED)


def throw(my_task: Any) -> bool | None:
    """Throw the event of a task. None: an interruption is on its way, the token goes no further."""
    definition = my_task.task_spec.event_definition
    if not isinstance(definition, Happening):
        return True
    kind, name = definition.model.kind, definition.model.name
    if kind is EventKind.ERROR:
        throw_error(my_task, name or "")
        return None
    if kind is EventKind.ESCALATION:
        catcher = _catcher(my_task, kind, name)
        if catcher is not None:
            happen(catcher, {"code": name})
            return None if catcher.task_spec.cancel_activity else True
    elif kind in (EventKind.MESSAGE, EventKind.SIGNAL):
        my_task.workflow.top_workflow.thrown.append((my_task, process_of(my_task), view(my_task)))
    return True


def throw_error(task: Any, code: str) -> None:
    """Hand an error to the nearest event that catches it, or refuse the step."""
    catcher = _catcher(task, EventKind.ERROR, code)
    if catcher is None:
        raise ModelFaultError(task.task_spec.bpmn_id, f"未捕获的错误 {code}")
    happen(catcher, {"code": code})


def _catcher(task: Any, kind: EventKind, code: str | None) -> Any:
    """From the inside out: boundary events of an activity, then event sub-processes of what it stands in."""
    top, thrower = task.workflow.top_workflow, task
    while True:
        waiting = _boundary_events(thrower)
        if not isinstance(thrower.parent.task_spec, Listener):  # what an event sub-process throws leaves its scope
            waiting = [*waiting, *listeners(thrower.workflow)]
        suiting = [t for t in waiting if kind_of(t) is kind and _name_of(t) in (None, code)]
        if suiting:
            return next((t for t in suiting if _name_of(t) is not None), suiting[0])
        if thrower.workflow is top:
            return None
        thrower = top.get_task_from_id(thrower.workflow.parent_task_id)


def _name_of(task: Any) -> str | None:
    name: str | None = task.task_spec.event_definition.model.name
    return name


def _boundary_events(task: Any) -> list[Any]:
    activity = task.parent if is_iteration(task) else task
    split = activity.parent
    if split is None or not isinstance(split.task_spec, BoundaryEventSplit):
        return []
    return [t for t in split.children if isinstance(t.task_spec, BoundaryEvent) and t._state == TaskState.WAITING]


def listeners(workflow: Any) -> list[Any]:
    """The event sub-processes that a process or sub-process still waits for."""
    tasks = workflow.task_tree.children
    return [t for t in tasks if isinstance(t.task_spec, Listener) and t._state == TaskState.WAITING]


def condition_met(task: Any) -> bool:
    """True when a conditional event happens now: its condition holds and did not hold when it was last looked at."""
    model = task.task_spec.event_definition.model
    holds = task.workflow.script_engine.host.evaluate(model.condition, view(task)) is True
    was = task._get_internal_data("held", False)
    if holds != was:
        task._set_internal_data(held=holds)
    return holds and not was


def _is_join(spec: Any) -> bool:
    return isinstance(spec, BoundaryEventJoin)


def begin_at(workflow: Any, start_event: str | None) -> None:
    """Leave one of several start events: the one given, else the one without a definition, else the first."""
    starts = [t for t in workflow.task_tree.children if isinstance(t.task_spec, StartEvent)]
    if start_event is not None:
        chosen = next(t for t in starts if t.task_spec.bpmn_id == start_event)
    else:
        chosen = next((t for t in starts if kind_of(t) is None), starts[0])
    for task in starts:
        if task is not chosen:
            workflow._remove_task(task.id)
