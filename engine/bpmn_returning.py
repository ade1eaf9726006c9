"""Going back in a running instance: where to, what stands in the way, and the move.

A completed user task is done again by taking its place in the tree of tasks: it and everything that came after it are
dropped, and a new task of the same element stands where it stood. That is right only where nothing else is lost, so the
way between is walked first. Passable are user tasks, service and rule tasks, exclusive gateways, gateways that only
fork, and timers that were waited for. In the way stand:

- branches beside the way with work that is open or was done (``ParallelWorkLostError``);
- a gateway where parallel branches came together (``BranchesJoinedError``);
- the border of a sub-process, a called process or a multi-instance or loop activity (``BorderCrossedError``);
- messages, signals, and boundary events that ended their activity (``EventPassedError``).

Data goes back with the tasks: what the dropped ones had put into a scope is replaced by what stood there before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit, BpmnStartTask
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.specs.Join import Join
from SpiffWorkflow.util.task import TaskState

from engine.bpmn import Execution
from engine.bpmn_activities import PassThroughTask, RuleTask, ServiceTask, UserTask
from engine.bpmn_events import kind_of
from engine.bpmn_places import Waiting
from engine.bpmn_scopes import is_iteration, take_back
from engine.event_model import EventKind
from engine.step_errors import (
    BorderCrossedError,
    BranchesJoinedError,
    EventPassedError,
    ParallelWorkLostError,
    UserTaskNotCompletedError,
)
from records.errors import ConflictError

STARTS = (BpmnStartTask, defaults.StartEvent)
PASSABLE = (UserTask, PassThroughTask, defaults.ExclusiveGateway, BoundaryEventSplit)
GIVING = (UserTask, ServiceTask, RuleTask)
LIVE = TaskState.READY | TaskState.STARTED | TaskState.WAITING


def way_back(execution: Execution, execution_id: str) -> tuple[list[Waiting], ConflictError | None]:
    """The completed user tasks that an open one may be returned to, the nearest first, and what ends the way."""
    found, obstacle = _way_back(execution._task(execution_id, TaskState.READY))
    return [execution._waiting(task) for task in found], obstacle


def undone_by(execution: Execution, execution_id: str) -> tuple[list[Waiting], set[str]]:
    """The open user tasks that go when a completed one is taken back, and all elements that came after it.

    Raises a ConflictError where that cannot be.
    """
    task = _done(execution, execution_id)
    elements = {each.task_spec.bpmn_id for each in _below(task) if each._state > TaskState.FUTURE}
    return [execution._waiting(each) for each in _undone_by(task)], elements


def return_to(execution: Execution, execution_id: str) -> str:
    """Open a completed user task again, undoing all that came after it; gives the execution id of the new one."""
    place = _reopen(_done(execution, execution_id))
    execution._run()
    is_itself = isinstance(place.task_spec, UserTask)
    return str((place if is_itself else next(t for t in place.children if isinstance(t.task_spec, UserTask))).id)


def _done(execution: Execution, execution_id: str) -> Any:
    try:
        return execution._task(execution_id, TaskState.COMPLETED)
    except LookupError:  # undone since, or gone with the process that it stood in
        raise UserTaskNotCompletedError from None


def _way_back(task: Any) -> tuple[list[Any], ConflictError | None]:
    """The completed user tasks that an open one may be returned to, the nearest first, and what ends the way."""
    if is_iteration(task):
        return [], BorderCrossedError()
    found: list[Any] = []
    below, node = task, task.parent
    while node is not None and not isinstance(node.task_spec, STARTS):
        obstacle = _in_the_way(node) or _lost_beside(node, below)
        if obstacle is None and isinstance(node.task_spec, UserTask):
            obstacle = _lost_beside(node.parent, node) if _place(node) is not node else None
            found += [node] if obstacle is None else []
        if obstacle is not None:
            return found, obstacle
        below, node = node, node.parent
    is_nested = task.workflow is not task.workflow.top_workflow
    return found, BorderCrossedError() if is_nested else None


def _undone_by(task: Any) -> list[Any]:
    """The open user tasks that go when a completed one is taken back. Raises a ConflictError where that cannot be."""
    if is_iteration(task):
        raise BorderCrossedError
    place = _place(task)
    open_tasks = []
    for each in _below(place):
        if each is task or not each._state & (LIVE | TaskState.FINISHED_MASK):
            continue
        obstacle = _came_after(each)
        if obstacle is not None:
            raise obstacle
        if isinstance(each.task_spec, UserTask) and each._state == TaskState.READY:
            open_tasks.append(each)
    return open_tasks


def _reopen(task: Any) -> Any:
    """Put a new task where a completed user task stands, dropping it and all that came after it. It must be run on."""
    place = _place(task)
    parent, spec, triggered = place.parent, place.task_spec, place.triggered
    workflow = place.workflow
    for each in reversed([place, *_below(place)]):
        if each._state == TaskState.COMPLETED and isinstance(each.task_spec, GIVING):
            take_back(each)
        workflow.top_workflow.event_manager.remove_task(each)
        workflow._remove_task(each.id)
    fresh = parent._add_child(spec, TaskState.FUTURE)
    fresh.triggered = triggered
    spec._predict(fresh, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
    spec._update(fresh)
    return fresh


def _place(task: Any) -> Any:
    """Where a user task begins: itself, or what arms its boundary events with it."""
    parent = task.parent
    return parent if isinstance(parent.task_spec, BoundaryEventSplit) else task


def _in_the_way(node: Any) -> ConflictError | None:
    spec = node.task_spec
    if isinstance(spec, PASSABLE) or _is_passed(node) or (isinstance(spec, UnstructuredJoin) and len(spec.inputs) == 1):
        return None
    if isinstance(spec, Join):
        return BranchesJoinedError()
    if isinstance(spec, LoopTask | SubWorkflowTask):
        return BorderCrossedError()
    return EventPassedError()


def _lost_beside(node: Any, way: Any) -> ConflictError | None:
    """Work in branches that leave the way at ``node``."""
    for branch in node.children:
        if branch is not way and any(_is_work(each) for each in [branch, *_below(branch)]):
            return ParallelWorkLostError()
    return None


def _is_work(task: Any) -> bool:
    spec, state = task.task_spec, task._state
    if isinstance(spec, defaults.BoundaryEvent) or (isinstance(spec, Join) and not isinstance(spec, UnstructuredJoin)):
        return False  # armed or disarmed together with its activity
    if isinstance(spec, UserTask | LoopTask | SubWorkflowTask):
        return bool(state & (LIVE | TaskState.COMPLETED))
    return bool(state & LIVE)


def _came_after(task: Any) -> ConflictError | None:
    """Why a task that came after a completed one cannot simply be dropped."""
    spec, state = task.task_spec, task._state
    if isinstance(spec, UserTask):
        return ParallelWorkLostError() if state == TaskState.COMPLETED else None
    if isinstance(spec, defaults.BoundaryEvent):
        return EventPassedError() if state == TaskState.COMPLETED else None
    if isinstance(spec, Join):
        has_joined = isinstance(spec, UnstructuredJoin) and len(spec.inputs) > 1 and state == TaskState.COMPLETED
        return BranchesJoinedError() if has_joined else None
    return _in_the_way(task)


def _is_passed(task: Any) -> bool:
    """A timer that was waited for, or an event that throws nothing."""
    spec, kind = task.task_spec, kind_of(task)
    if isinstance(spec, defaults.IntermediateCatchEvent):
        return kind is EventKind.TIMER
    return isinstance(spec, defaults.IntermediateThrowEvent | defaults.EndEvent) and kind is None


def _below(task: Any) -> Iterator[Any]:
    """The tasks under a task, each after its parent."""
    todo = list(reversed(task.children))
    while todo:
        each = todo.pop()
        yield each
        todo += reversed(each.children)
