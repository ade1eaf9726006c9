"""Standard loops: an activity again and again, as long as its condition holds."""
# mypy: disallow-subclassing-any=False

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.util.task import TaskState

from engine.bpmn_scopes import close_iteration, open_iteration, put, view
from engine.errors import ModelFaultError

ROUND_LIMIT = 5_000


class StandardLoop(defaults.StandardLoopTask):
    """Each round sees ``loopCounter``; what it produces stands outside when it ends, the next round replaces it."""

    def _update_hook(self, my_task: Any) -> bool | None:
        my_task._set_internal_data(rounds=0)
        if self.test_before and not self._goes_on(my_task):
            return True
        my_task._set_state(TaskState.STARTED)
        self.create_child(my_task)
        return None

    def create_child(self, my_task: Any) -> None:
        """The next round."""
        child = my_task._add_child(my_task.workflow.spec.task_specs[self.task_spec], TaskState.WAITING)
        child.triggered = True
        open_iteration(child, {"loopCounter": my_task._get_internal_data("rounds") + 1})
        child.task_spec._update(child)

    def merge_child(self, workflow: Any, child: Any) -> None:
        """A round has ended."""
        my_task = child.parent
        for name, value in close_iteration(child).items():
            if name != "loopCounter":
                put(my_task, value, name)
        my_task._set_internal_data(rounds=my_task._get_internal_data("rounds") + 1)
        if self._goes_on(my_task):
            self.create_child(my_task)
        else:
            my_task._set_state(TaskState.READY)

    def _goes_on(self, my_task: Any) -> bool:
        rounds: int = my_task._get_internal_data("rounds")
        if self.maximum is not None and rounds >= self.maximum:
            return False
        if rounds >= ROUND_LIMIT:
            raise ModelFaultError(self.bpmn_id, f"循环超过 {ROUND_LIMIT} 次")
        if self.condition is None:
            return True
        host = my_task.workflow.script_engine.host
        return host.evaluate(self.condition, {**view(my_task), "loopCounter": rounds}) is True
