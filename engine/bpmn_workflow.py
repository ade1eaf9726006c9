"""Running workflows whose look-ups are flat: SpiffWorkflow's tree walks stop at depth 1000 and lose tasks."""
# mypy: disallow-subclassing-any=False

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.util.task import TaskState

for _name in ("spiff", "spiff.task", "spiff.workflow"):
    logging.getLogger(_name).setLevel(logging.WARNING)  # at INFO every state change lists every task


class _Flat:
    """Flat look-ups over ``workflow.tasks``."""

    tasks: dict[Any, Any]
    completed: bool
    top_workflow: Any

    def get_tasks(self, first_task: Any = None, **wanted: Any) -> list[Any]:
        """The tasks that match, in the order they came to be; below ``first_task`` when it is given."""
        if first_task is not None or set(wanted) - {"state", "spec_name"}:
            return super().get_tasks(first_task, **wanted)  # type: ignore[misc,no-any-return]
        state, name = wanted.get("state", TaskState.ANY_MASK), wanted.get("spec_name")
        return [t for t in self.tasks.values() if t._state & state and name in (None, t.task_spec.name)]

    def update_waiting_tasks(self) -> None:
        """Let every waiting task look again."""
        for task in [t for t in self.tasks.values() if t._state == TaskState.WAITING]:
            if task._state == TaskState.WAITING:
                task.task_spec._update(task)

    def cancel(self, workflow: Any = None) -> list[Any]:
        """End whatever is unfinished, the sub-processes and calls included."""
        self.completed = True
        cancelled = [t for t in self.tasks.values() if t._state & TaskState.NOT_FINISHED_MASK]
        for task in cancelled:
            task._set_state(TaskState.CANCELLED)
            self._cancel_inside(task)
        return cancelled

    def _task_removed_notify(self, task: Any) -> None:
        self._cancel_inside(task)

    def _cancel_inside(self, task: Any) -> None:
        inside = self.top_workflow.subprocesses.get(task.id)
        if inside is not None and not inside.completed:
            inside.cancel()

    def is_completed(self) -> bool:
        """True when no token is left."""
        if not self.completed:
            self.completed = not any(t._state & TaskState.NOT_FINISHED_MASK for t in self.tasks.values())
        return self.completed


class SubWorkflow(_Flat, BpmnSubWorkflow):
    """A running sub-process or called process."""


class TopWorkflow(_Flat, BpmnWorkflow):
    """A running process instance with its scopes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.scopes: dict[str, dict[str, Any]] = {}
        self.thrown: list[Any] = []  # tasks that threw a message or signal in this step
        self.spawned: list[tuple[Any, Any]] = []  # boundary events that started a branch in this step, and its task
        super().__init__(*args, **kwargs)

    def create_subprocess(self, my_task: Any, spec_name: str) -> SubWorkflow:
        """Start the workflow of a sub-process or call."""
        workflow = SubWorkflow(self.subprocess_specs[spec_name], parent_task_id=my_task.id, top_workflow=self)
        self.subprocesses[my_task.id] = workflow
        return workflow

    def everything(self) -> Iterator[Any]:
        """All tasks of this instance, the called processes' included."""
        for workflow in [self, *self.subprocesses.values()]:
            yield from list(workflow.tasks.values())

    def size(self) -> int:
        """How many tasks there are."""
        return sum(len(workflow.tasks) for workflow in (self, *self.subprocesses.values()))

    def forget_finished(self) -> None:
        """Drop the workflows of activities that ended and the scopes of iterations that are gone."""
        for task_id in list(self.subprocesses):
            owner = self._owner(task_id)
            if owner is None or owner._state & TaskState.FINISHED_MASK:
                del self.subprocesses[task_id]
        alive = {str(t.id) for t in self.everything() if t._state & TaskState.NOT_FINISHED_MASK}
        for key in list(self.scopes):
            if key and key.removeprefix("call:") not in alive:
                del self.scopes[key]

    def _owner(self, task_id: Any) -> Any:
        for workflow in [self, *self.subprocesses.values()]:
            if task_id in workflow.tasks:
                return workflow.tasks[task_id]
        return None
