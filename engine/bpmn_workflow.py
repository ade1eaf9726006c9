"""Running workflows whose look-ups are indexed: SpiffWorkflow's tree walks stop at depth 1000 and lose tasks."""
# mypy: disallow-subclassing-any=False

from __future__ import annotations

import logging
import uuid
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.exceptions import TaskNotFoundException
from SpiffWorkflow.util.task import TaskState

from engine.bpmn_index import Index, LiveTask, TaskTable
from engine.bpmn_scopes import Scopes, scopes_of

for _name in ("spiff", "spiff.task", "spiff.workflow"):
    logging.getLogger(_name).setLevel(logging.WARNING)  # at INFO every state change lists every task


class _Indexed:
    """Look-ups through the instance's index."""

    completed: bool
    top_workflow: Any
    _tasks: TaskTable

    @property
    def tasks(self) -> TaskTable:
        """The tasks of this workflow."""
        return self._tasks

    @tasks.setter
    def tasks(self, _empty: dict[uuid.UUID, Any]) -> None:
        self._tasks = TaskTable(self.top_workflow.index)

    def get_tasks(self, first_task: Any = None, **wanted: Any) -> list[Any]:
        """The tasks that match, in the order they came to be; below ``first_task`` when it is given."""
        if first_task is not None or set(wanted) - {"state", "spec_name"}:
            return super().get_tasks(first_task, **wanted)  # type: ignore[misc,no-any-return]
        state, name = wanted.get("state", TaskState.ANY_MASK), wanted.get("spec_name")
        return [t for t in self.tasks.values() if t._state & state and name in (None, t.task_spec.name)]

    def update_waiting_tasks(self) -> None:
        """Let every join look again. What waits for an event is moved by that event alone."""
        self.top_workflow.index.settle()
        for task in list(self.tasks.joins.values()):
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
            self.top_workflow.index.settle()
            self.completed = not self.tasks.unfinished
        return self.completed


class SubWorkflow(_Indexed, BpmnSubWorkflow):
    """A running sub-process or called process."""


class TopWorkflow(_Indexed, BpmnWorkflow):
    """A running process instance with its index and its scopes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.index = Index()
        self.scopes = Scopes()
        self.end_element: str | None = None  # of the process itself, passed last
        #: what threw a message or signal in this step, of which process, and what it saw
        self.thrown: list[tuple[Any, str, dict[str, Any]]] = []
        self.spawned: list[tuple[Any, Any]] = []  # boundary events that started a branch in this step, and its task
        super().__init__(*args, **kwargs)

    def create_subprocess(self, my_task: Any, spec_name: str) -> SubWorkflow:
        """Start the workflow of a sub-process or call."""
        workflow = SubWorkflow(self.subprocess_specs[spec_name], parent_task_id=my_task.id, top_workflow=self)
        self.subprocesses[my_task.id] = workflow
        return workflow

    def restore_subprocess(self, owner: LiveTask, spec: Any) -> SubWorkflow:
        """The empty workflow of a sub-process or call that runs already, to be filled with its tasks."""
        workflow = SubWorkflow(spec, owner.id, self, deserializing=True)
        workflow.completed_event.connect(owner.task_spec._on_subworkflow_completed, owner)
        self.subprocesses[owner.id] = workflow
        return workflow

    def get_task_from_id(self, task_id: uuid.UUID) -> LiveTask:
        """Any task of the instance."""
        task = self.index.whole.get(task_id)
        if task is None:
            raise TaskNotFoundException(f"no task {task_id}", task_spec=self.spec)
        return task

    def size(self) -> int:
        """How many tasks there are."""
        return len(self.index.whole)

    def forget_finished(self) -> None:
        """Drop the workflows of activities that ended and the scopes of what is gone."""
        while self.index.ended:
            self._clear_up_after(self.index.ended.pop())

    def _clear_up_after(self, task: LiveTask) -> None:
        for key in scopes_of(task):
            self.scopes.drop(key)
        workflow = self.subprocesses.pop(task.id, None)
        if workflow is None:
            return
        for inner in list(workflow.tasks.values()):
            workflow.tasks.pop(inner.id)
