"""Activities: SpiffWorkflow's, with scopes for task data and our services and decisions for Python."""
# mypy: disallow-subclassing-any=False

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.util.task import TaskState

from engine.bpmn_events import throw_error
from engine.bpmn_scopes import SCOPE_KEY, close_scope, process_of, put, scope_keys, view
from engine.errors import ModelFaultError
from engine.process import ProcessError

ITERATION_LIMIT = 5000
NESTING_LIMIT = 20


class PassThroughTask(defaults.NoneTask):
    """A plain or manual task: nothing for the engine to do."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.manual = False


class UserTask(defaults.UserTask):
    """Work for a person; completed by ``Execution.complete``."""


class ServiceTask(PassThroughTask):
    """A function of the process, run inside the step. A ProcessError becomes a BPMN error."""

    def _run_hook(self, my_task: Any) -> bool | None:
        host = my_task.workflow.script_engine.host
        try:
            result = host.run_service(process_of(my_task), self.bpmn_id, view(my_task))
        except ProcessError as error:
            throw_error(my_task, error.code)
            return None
        put(my_task, result)
        return True


class RuleTask(PassThroughTask):
    """A decision table."""

    def _run_hook(self, my_task: Any) -> bool:
        host = my_task.workflow.script_engine.host
        put(my_task, host.decide(process_of(my_task), self.bpmn_id, view(my_task)))
        return True


class _Nested(SubWorkflowTask):
    """Sub-processes and calls carry no data through tasks; scopes do that."""

    has_own_scope = False

    def copy_data(self, my_task: Any, subworkflow: Any) -> None:
        if subworkflow.depth > NESTING_LIMIT:
            raise ModelFaultError(my_task.task_spec.bpmn_id, f"嵌套超过 {NESTING_LIMIT} 层")

    def update_data(self, my_task: Any, subworkflow: Any) -> None:
        pass


class SubProcess(_Nested, defaults.SubWorkflowTask):
    """An embedded sub-process; shares the scope of its surroundings."""


class EventSubProcess(SubProcess):
    """A sub-process that an event starts; what it leaves stands in the scope around it when it ends."""

    has_own_scope = True

    def update_data(self, my_task: Any, subworkflow: Any) -> None:
        """What it produced is seen outside from now on."""
        for name, value in close_scope(my_task).items():
            put(my_task, value, name)


class CallActivity(_Nested, defaults.CallActivity):
    """A called process: sees the caller's data, returns its own under the call's id."""

    has_own_scope = True

    def copy_data(self, my_task: Any, subworkflow: Any) -> None:
        """A scope for the called process."""
        super().copy_data(my_task, subworkflow)
        my_task.workflow.top_workflow.scopes[SCOPE_KEY.format(my_task.id)] = {}

    def update_data(self, my_task: Any, subworkflow: Any) -> None:
        """What the called process produced stands under the call."""
        put(my_task, my_task.workflow.top_workflow.scopes.pop(SCOPE_KEY.format(my_task.id), {}))


class _Iterating(LoopTask):
    """Multi-instance over a FEEL collection or cardinality; results in order under the activity's id."""

    def _items(self, my_task: Any) -> list[Any]:
        host, data = my_task.workflow.script_engine.host, view(my_task)
        if self.data_input is not None:
            items = host.evaluate(self.data_input.bpmn_id, data)
            items = [] if items is None else items
            if not isinstance(items, list):
                raise ModelFaultError(self.bpmn_id, "多实例的集合不是列表")
        else:
            number = host.evaluate(self.cardinality, data)
            items = list(range(1, min(int(number or 0), ITERATION_LIMIT + 1) + 1))
        if len(items) > ITERATION_LIMIT:
            raise ModelFaultError(self.bpmn_id, f"多实例超过 {ITERATION_LIMIT} 项")
        return items

    def _create(self, my_task: Any, index: int, item: Any) -> None:
        child = my_task._add_child(my_task.workflow.spec.task_specs[self.task_spec], TaskState.WAITING)
        child.triggered = True
        child.internal_data["index"] = index
        scope: dict[str, Any] = {"loopCounter": index + 1}
        if self.input_item is not None:
            scope[self.input_item.bpmn_id] = item
        my_task.workflow.top_workflow.scopes[str(child.id)] = scope
        child.task_spec._update(child)

    def _start(self, my_task: Any) -> list[Any]:
        my_task._inherit_data()
        items = self._items(my_task)
        my_task.internal_data.update(merged=[], results={}, count=len(items))
        return items

    def _collect(self, my_task: Any, child: Any) -> bool:
        scope = my_task.workflow.top_workflow.scopes.pop(str(child.id))
        name = self.bpmn_id if self.output_item is None else self.output_item.bpmn_id
        my_task.internal_data["results"][child.internal_data["index"]] = scope.get(name)
        my_task.internal_data["merged"].append(str(child.id))
        done = len(my_task.internal_data["merged"])
        counters = {"numberOfInstances": my_task.internal_data["count"], "numberOfCompletedInstances": done}
        if done == my_task.internal_data["count"]:
            return True
        condition = self.condition
        data = {**view(my_task), **scope, **counters}
        return condition is not None and my_task.workflow.script_engine.host.evaluate(condition, data) is True

    def _finish(self, my_task: Any) -> None:
        results = my_task.internal_data.pop("results")
        if self.data_output is None:
            put(my_task, [results[index] for index in sorted(results)])
        else:
            scopes = my_task.workflow.top_workflow.scopes
            name = self.data_output.bpmn_id
            scopes[scope_keys(my_task)[0]][name] = [results[index] for index in sorted(results)]


class ParallelMultiInstance(_Iterating, defaults.ParallelMultiInstanceTask):
    """All instances at once."""

    def _update_hook(self, my_task: Any) -> bool | None:
        items = self._start(my_task)
        for index, item in enumerate(items):
            self._create(my_task, index, item)
        if items:
            my_task._set_state(TaskState.STARTED)
            return None
        self._finish(my_task)
        return True

    def merge_child(self, workflow: Any, child: Any) -> None:
        """An instance completed."""
        my_task = child.parent
        if self._collect(my_task, child):
            for other in self._instances(my_task):
                other.cancel()
            self._finish(my_task)
            my_task._set_state(TaskState.READY)


class SequentialMultiInstance(_Iterating, defaults.SequentialMultiInstanceTask):
    """One instance after the other."""

    def _update_hook(self, my_task: Any) -> bool | None:
        items = self._start(my_task)
        my_task.internal_data["items"] = items
        if items:
            self._create(my_task, 0, items[0])
            my_task._set_state(TaskState.STARTED)
            return None
        self._finish(my_task)
        return True

    def merge_child(self, workflow: Any, child: Any) -> None:
        """An instance completed."""
        my_task = child.parent
        if self._collect(my_task, child):
            my_task.internal_data.pop("items")
            self._finish(my_task)
            my_task._set_state(TaskState.READY)
        else:
            index = child.internal_data["index"] + 1
            self._create(my_task, index, my_task.internal_data["items"][index])
