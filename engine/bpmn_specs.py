"""Gateways, events and whole processes: SpiffWorkflow's, with FEEL for Python and no clock."""
# mypy: disallow-subclassing-any=False

from __future__ import annotations

from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BpmnStartTask, SimpleBpmnTask, _EndJoin
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.specs import WorkflowSpec
from SpiffWorkflow.util.task import TaskState

from engine.bpmn_events import BoundaryEvent, Listener, listeners, retire, throw
from engine.bpmn_scopes import view
from engine.errors import ModelFaultError


class ExclusiveGateway(defaults.ExclusiveGateway):
    """Exactly one way on; none is a fault that names the gateway."""

    def _run_hook(self, my_task: Any) -> bool:
        host, data = my_task.workflow.script_engine.host, view(my_task)
        chosen = self.default_task_spec
        for condition, name in self.cond_task_specs:
            if condition is not None and host.evaluate(condition.args[0], data) is True:
                chosen = name
                break
        if chosen is None:
            raise ModelFaultError(self.bpmn_id, "没有一个条件成立，也没有默认流")
        my_task._sync_children([self._wf_spec.task_specs[chosen]], TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True


class _IndexedJoin(UnstructuredJoin):
    """A join that finds its own tasks in the index and carries no data."""

    def _update_hook(self, my_task: Any) -> bool:
        may_fire = self._check_threshold_unstructured(my_task)
        for task in _of_join(self, my_task):
            if task is not my_task and task._state == TaskState.WAITING:
                task.cancel()  # only the latest needs to wait
        if not may_fire:
            my_task._set_state(TaskState.WAITING)
        return may_fire

    def _run_hook(self, my_task: Any) -> bool:
        above = _ancestors(my_task)
        for task in _of_join(self, my_task):
            if task is not my_task and task._state == TaskState.COMPLETED and task.id not in above:
                task._drop_children(force=True)  # an earlier passage, from before a branch went back
        return True

    def _check_threshold_unstructured(self, my_task: Any) -> bool:
        raise NotImplementedError


def _of_join(spec: Any, my_task: Any) -> list[Any]:
    my_task.workflow.top_workflow.index.settle()
    return list(my_task.workflow.tasks.of_join.get(spec, {}).values())


class ParallelGateway(_IndexedJoin, defaults.ParallelGateway):
    """A token on every incoming flow. Ancestors are followed without recursion, so long loops are safe."""

    def _check_threshold_unstructured(self, my_task: Any) -> bool:
        waiting, joined = self._round(my_task)
        if not waiting:
            my_task._set_internal_data(joined=[str(task.id) for task in joined if task is not my_task])
        return not waiting

    def missing(self, my_task: Any) -> set[Any]:
        """The specs from which a token is still to come in this round."""
        return self._round(my_task)[0]

    def _round(self, my_task: Any) -> tuple[set[Any], list[Any]]:
        """The specs from which a token is still to come in this round, and the tasks that came."""
        waiting, joined = set(self.inputs), []
        above = _ancestors(my_task)
        for task in _of_join(self, my_task):
            if task.id in above:  # an earlier round of a loop
                continue
            if my_task.id in _ancestors(task):  # a later round: its branch does not arrive before this one
                waiting -= {_first_input(task, waiting)}
            elif task.parent.state == TaskState.COMPLETED:
                waiting.discard(task.parent.task_spec)
                joined.append(task)
        return waiting, joined


def _ancestors(task: Any) -> set[Any]:
    """All that led to a task: its parents, and at every join passed those of each branch that was joined."""
    seen: set[Any] = set()
    todo, tasks = [task.parent], task.workflow.tasks
    while todo:
        current = todo.pop()
        if current is None or current.id in seen:
            continue
        seen.add(current.id)
        todo.append(current.parent)
        todo += [tasks.get(UUID(each)) for each in current.internal_data.get("joined", ())]
    return seen


def _first_input(task: Any, inputs: set[Any]) -> Any:
    while task is not None and task.task_spec not in inputs:
        task = task.parent
    return None if task is None else task.task_spec


class BoundaryJoin(BoundaryEventJoin):
    """Ends what is left of an activity and its boundary events; looks only at this round's own branches."""

    def _check_threshold_structured(self, my_task: Any) -> tuple[bool, list[Any]]:
        events, activity = [], None
        for task in my_task.parent.parent.children:
            if isinstance(task.task_spec, BoundaryEvent):
                events.append(task)
            else:
                activity = task
        interrupted = any(
            t.task_spec.cancel_activity and t._state & (TaskState.READY | TaskState.COMPLETED) for t in events
        )
        if activity is None or not (interrupted or activity._state & TaskState.FINISHED_MASK):
            return False, []
        waiting = [t for t in events if t._state == TaskState.WAITING]
        for task in waiting:
            if any(child.triggered for child in task.children):
                retire(task)
        ended = [t for t in waiting if t._state == TaskState.WAITING]
        return True, [*ended, activity] if interrupted else ended

    def _find_tasks(self, my_task: Any) -> list[Any]:
        split = my_task.parent.parent
        return [task for branch in split.children for task in branch.children if task.task_spec is self]


class EndEvent(defaults.EndEvent):
    """An end event; it may throw."""

    def _run_hook(self, my_task: Any) -> bool | None:
        return throw(my_task)


class EndJoin(_IndexedJoin, _EndJoin):
    """Waits for every other token of its process."""

    def _check_threshold_unstructured(self, my_task: Any) -> bool:
        my_task.workflow.top_workflow.index.settle()
        return not any(
            t is not my_task and t.task_spec.name != "End" and not isinstance(t.task_spec, Listener)
            for t in my_task.workflow.tasks.unfinished.values()
        )

    def _run_hook(self, my_task: Any) -> bool:
        for listener in listeners(my_task.workflow):
            listener._set_state(TaskState.CANCELLED)
        result: bool = super()._run_hook(my_task)
        return result


class ProcessSpec(BpmnProcessSpec):
    """A compiled process."""

    def __init__(self, name: str) -> None:
        WorkflowSpec.__init__(self, name=name)
        self.start = BpmnStartTask(self, "Start")
        self.end = EndJoin(self, f"{name}.EndJoin")
        self.end.connect(SimpleBpmnTask(self, "End"))
        self.svg = None
        self.description = name
        self.io_specification = None
        self.data_objects: dict[str, Any] = {}
        self.data_stores: dict[str, Any] = {}
        self.correlation_keys: dict[str, Any] = {}
        self.bpmn_start_events: list[Any] = []
