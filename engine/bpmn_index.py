"""An index of a running instance's tasks by what they wait for, so that no step ever looks through all of them.

SpiffWorkflow keeps ``workflow.tasks`` as a plain dict and changes states through ``Task._set_state``. Ours is a dict
that makes every task that enters it a ``LiveTask``, which tells the index what becomes of it. The same notes say what
has changed since the instance was last saved.
"""
# mypy: disallow-subclassing-any=False

from __future__ import annotations

import time
import uuid
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

NUMBERS = 2**63  # ids below it are numbers of ours; others were drawn by the first release


class LiveTask(Task):
    """A task that tells the index of its instance what becomes of it."""

    was = 0  # its state when last saved; 0: never
    rank = 0  # its place among all that became certain; 0: only foreseen

    def _set_state(self, value: int) -> None:
        if value != self._state:
            self.workflow.top_workflow.index.move(self, value)

    def _set_internal_data(self, **values: Any) -> None:
        self.internal_data.update(values)
        self.workflow.top_workflow.index.note(self)

    def _inherit_data(self) -> None:
        """Data lies in scopes, not in tasks."""


class TaskTable(dict[uuid.UUID, Any]):
    """The tasks of one workflow (the process itself, a sub-process, a called process)."""

    def __init__(self, index: Index) -> None:
        super().__init__()
        self._index = index
        self.unfinished: dict[uuid.UUID, LiveTask] = {}
        self.joins: dict[uuid.UUID, LiveTask] = {}  # waiting for other tokens
        self.of_join: dict[Any, dict[uuid.UUID, LiveTask]] = {}  # join spec -> all its tasks

    def __setitem__(self, _key: uuid.UUID, task: Any) -> None:
        task.__class__ = LiveTask
        self._index.enter(task)
        super().__setitem__(task.id, task)

    def pop(self, key: uuid.UUID, *default: Any) -> Any:
        """Take a task out for good."""
        task = super().pop(key, *default)
        if isinstance(task, LiveTask):
            self._index.leave(task, self)
        return task


class Index:
    """All tasks of one instance, those of sub-processes and calls included."""

    def __init__(self) -> None:
        self.whole: dict[uuid.UUID, LiveTask] = {}
        self.automatic: dict[uuid.UUID, LiveTask] = {}  # ready, for the machine
        self.manual: dict[uuid.UUID, LiveTask] = {}  # ready, for a person
        self.armed: dict[uuid.UUID, LiveTask] = {}  # waiting for an event
        self.started: dict[uuid.UUID, LiveTask] = {}
        self.changed: dict[uuid.UUID, LiveTask] = {}  # since the last save
        self.removed: dict[uuid.UUID, LiveTask] = {}
        self.ended: list[LiveTask] = []  # finished or gone, not yet cleared up after
        self.last = 0  # the last number given
        self.ranks = 0  # the last rank given
        self.is_loading = False
        self._fresh: list[LiveTask] = []

    def enter(self, task: LiveTask) -> None:
        """A new task: gets the next number, unless it is one that was saved."""
        if not self.is_loading:
            task.id = self.next_id()
        self.whole[task.id] = task
        self._fresh.append(task)  # its state and spec come later

    def next_id(self) -> uuid.UUID:
        """The identity of a task to come."""
        self.last += 1
        return uuid.UUID(int=self.last)

    def leave(self, task: LiveTask, table: TaskTable) -> None:
        """A task that is no more."""
        self.settle()
        self._displace(task, table)
        joined = table.of_join.get(task.task_spec)
        if joined is not None:
            joined.pop(task.id, None)
        self.whole.pop(task.id, None)
        self.changed.pop(task.id, None)
        if task.was:
            self.removed[task.id] = task
        self.ended.append(task)

    def move(self, task: LiveTask, state: int) -> None:
        """A task comes into another state."""
        self.settle()
        if task.id not in self.whole:  # taken out before; what becomes of it is of no account
            task._state = state
            return
        table = task.workflow.tasks
        self._displace(task, table)
        task._state, task.last_state_change = state, time.time()
        self._place(task, table)
        self.changed[task.id] = task
        if state & TaskState.FINISHED_MASK:
            self.ended.append(task)

    def note(self, task: LiveTask) -> None:
        """Something about a task has changed."""
        if task.id in self.whole:
            self.changed[task.id] = task

    def settle(self) -> None:
        """Put tasks that have just been made where they belong."""
        fresh, self._fresh = self._fresh, []
        for task in fresh:
            if task.id in self.whole:
                table = task.workflow.tasks
                self._place(task, table)
                if isinstance(task.task_spec, UnstructuredJoin):
                    table.of_join.setdefault(task.task_spec, {})[task.id] = task
                if not self.is_loading:
                    self.changed[task.id] = task

    def _place(self, task: LiveTask, table: TaskTable) -> None:
        state = task._state
        if not task.rank and state >= TaskState.WAITING:
            self.ranks += 1
            task.rank = self.ranks
        if state & TaskState.NOT_FINISHED_MASK:
            table.unfinished[task.id] = task
        place = self._place_of(task, state, table)
        if place is not None:
            place[task.id] = task

    def _displace(self, task: LiveTask, table: TaskTable) -> None:
        table.unfinished.pop(task.id, None)
        place = self._place_of(task, task._state, table)
        if place is not None:
            place.pop(task.id, None)

    def _place_of(self, task: LiveTask, state: int, table: TaskTable) -> dict[uuid.UUID, LiveTask] | None:
        if state == TaskState.READY:
            return self.manual if task.task_spec.manual else self.automatic
        if state == TaskState.WAITING:
            return self.armed if isinstance(task.task_spec, CatchingEvent) else table.joins
        return self.started if state == TaskState.STARTED else None

    def saved(self) -> None:
        """Everything as it stands now is kept."""
        self.settle()
        for task in self.changed.values():
            task.was = task._state
        self.changed, self.removed = {}, {}
