"""Multi-instance activities: sequential and parallel, to thousands of items, each step of one item at the same cost.

What the instances give is gathered in a scope of its own, item by item, so that a step notes one item and not all.
"""
# mypy: disallow-subclassing-any=False

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.util.task import TaskState

from engine.bpmn_scopes import GATHERED, close_iteration, open_iteration, put, view
from engine.errors import ModelFaultError

ITERATION_LIMIT = 5000
ITEMS = "items"


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
        open_iteration(child, scope)
        child.task_spec._update(child)

    def _start(self, my_task: Any) -> list[Any]:
        items = self._items(my_task)
        my_task._set_internal_data(done=0, count=len(items))
        my_task.workflow.top_workflow.scopes.open(GATHERED.format(my_task.id), {})
        return items

    def _collect(self, my_task: Any, child: Any) -> bool:
        """Keep what an instance gave; True when no more is wanted."""
        scopes, scope = my_task.workflow.top_workflow.scopes, close_iteration(child)
        name = self.bpmn_id if self.output_item is None else self.output_item.bpmn_id
        scopes.put(GATHERED.format(my_task.id), str(child.internal_data["index"]), scope.get(name))
        done, count = my_task.internal_data["done"] + 1, my_task.internal_data["count"]
        my_task._set_internal_data(done=done)
        if done == count:
            return True
        if self.condition is None:
            return False
        counters = {"numberOfInstances": count, "numberOfCompletedInstances": done}
        data = {**view(my_task), **scope, **counters}
        return my_task.workflow.script_engine.host.evaluate(self.condition, data) is True

    def _finish(self, my_task: Any) -> None:
        gathered = my_task.workflow.top_workflow.scopes.drop(GATHERED.format(my_task.id))
        gathered.pop(ITEMS, None)
        results = [gathered[index] for index in sorted(gathered, key=int)]
        put(my_task, results, None if self.data_output is None else self.data_output.bpmn_id)


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
            for other in list(self._instances(my_task)):
                other.cancel()
            self._finish(my_task)
            my_task._set_state(TaskState.READY)


class SequentialMultiInstance(_Iterating, defaults.SequentialMultiInstanceTask):
    """One instance after the other."""

    def _update_hook(self, my_task: Any) -> bool | None:
        items = self._start(my_task)
        if items:
            my_task.workflow.top_workflow.scopes.put(GATHERED.format(my_task.id), ITEMS, items)
            self._create(my_task, 0, items[0])
            my_task._set_state(TaskState.STARTED)
            return None
        self._finish(my_task)
        return True

    def merge_child(self, workflow: Any, child: Any) -> None:
        """An instance completed."""
        my_task = child.parent
        if self._collect(my_task, child):
            self._finish(my_task)
            my_task._set_state(TaskState.READY)
        else:
            index = child.internal_data["index"] + 1
            items = my_task.workflow.top_workflow.scopes[GATHERED.format(my_task.id)][ITEMS]
            self._create(my_task, index, items[index])
