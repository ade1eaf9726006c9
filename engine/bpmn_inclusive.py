"""Inclusive gateways: every way whose condition holds, and a join that waits for every token that may still come."""
# mypy: disallow-subclassing-any=False

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.util.task import TaskState

from engine.bpmn_scopes import view
from engine.errors import ModelFaultError

LIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED


class InclusiveGateway(defaults.InclusiveGateway):
    """BPMN 2.0.2, 13.4.3: it goes on when no token that cannot come over a used way can come over an unused one."""

    def _update_hook(self, my_task: Any) -> bool | None:
        arrived = {my_task.parent.task_spec.name, *my_task._get_internal_data("arrived", ())}
        for other in [t for t in my_task.workflow.tasks.values() if t.task_spec is self and t is not my_task]:
            if other._state == TaskState.WAITING:
                arrived |= set(other._get_internal_data("arrived", ()))
                other.cancel()
        if sorted(arrived) != my_task._get_internal_data("arrived"):
            my_task._set_internal_data(arrived=sorted(arrived))
        if self._is_awaited(my_task, arrived):
            my_task._set_state(TaskState.WAITING)
            return None
        return True

    def _is_awaited(self, my_task: Any, arrived: set[str]) -> bool:
        unused = [spec for spec in self.inputs if spec.name not in arrived]
        if not unused:
            return False
        before_unused = self._before(unused)
        before_used = self._before([spec for spec in self.inputs if spec.name in arrived])
        places = {spec for spec in self._tokens(my_task)}
        return any(spec in before_unused and spec not in before_used for spec in places)

    def _tokens(self, my_task: Any) -> Iterator[str]:
        for task in my_task.workflow.tasks.values():
            if task is my_task or task.parent is None:
                continue
            is_on_its_way = task._state == TaskState.FUTURE and task.parent._state == TaskState.COMPLETED
            if task._state & LIVE or is_on_its_way:
                yield task.parent.task_spec.name if task.task_spec is self else task.task_spec.name

    def _before(self, ends: list[Any]) -> set[str]:
        """The names of everything from which one of the ends can be reached without passing this gateway."""
        seen: set[str] = set()
        todo = [spec for spec in ends if spec is not self]
        while todo:
            spec = todo.pop()
            if spec.name not in seen:
                seen.add(spec.name)
                todo += [one for one in spec.inputs if one is not self]
        return seen

    def _run_hook(self, my_task: Any) -> bool:
        host, data = my_task.workflow.script_engine.host, view(my_task)
        chosen = [
            name
            for condition, name in self.cond_task_specs
            if condition is not None and host.evaluate(condition.args[0], data) is True
        ]
        chosen = chosen or [name for condition, name in self.cond_task_specs if condition is None]
        if not chosen:
            raise ModelFaultError(self.bpmn_id, "没有一个条件成立，也没有默认流")
        my_task._sync_children([self._wf_spec.task_specs[name] for name in chosen], TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True
