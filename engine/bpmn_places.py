"""Where a running instance waits, what it throws and what it passes, in our words."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.bpmn_activities import ServiceTask, UserTask
from engine.bpmn_events import element_of, kind_of
from engine.bpmn_index import Index
from engine.bpmn_scopes import process_of, view
from engine.bpmn_workflow import TopWorkflow
from engine.event_model import EventKind, EventModel
from engine.vocabulary import SUPPLIED

AWAITED = (EventKind.MESSAGE, EventKind.SIGNAL, EventKind.CONDITION)
TIMED = (EventKind.TIMER,)


@dataclass(frozen=True)
class Waiting:
    """A place where an instance waits: an open user task, an armed timer, or another event that may happen."""

    execution_id: str
    process_key: str
    element_id: str
    data: Mapping[str, Any]  # everything visible there
    timer: str | None = None  # the expression of its date
    event: EventModel | None = None  # what is waited for
    rounds: int = 0  # of a timer that goes on: how often it was due, fired or missed
    begun: str | None = None  # since when its rounds are counted


@dataclass(frozen=True)
class Thrown:
    """A message or signal that the model threw in this step."""

    execution_id: str
    process_key: str
    element_id: str
    event: EventModel
    data: Mapping[str, Any]  # everything visible there


@dataclass(frozen=True)
class Passed:
    """An element or a sequence flow that a token went through."""

    process_key: str
    element_id: str


class Places:
    """What can be seen of an instance from outside, and what of it changed since its state was last kept."""

    _workflow: TopWorkflow
    passed: list[Passed]

    def user_tasks(self) -> list[Waiting]:
        """The open user tasks, oldest first."""
        return [self._waiting(t) for t in _by_age(self._index.manual.values()) if isinstance(t.task_spec, UserTask)]

    def opened(self) -> list[Waiting]:
        """The user tasks that were not open when the state was last kept."""
        new = self._fresh(self._index.manual, TaskState.READY)
        return [self._waiting(t) for t in new if isinstance(t.task_spec, UserTask)]

    def closed(self) -> set[str]:
        """The execution ids of user tasks that were open when the state was last kept."""
        return {str(t.id) for t in self._gone(TaskState.READY) if isinstance(t.task_spec, UserTask)}

    def timers(self) -> list[Waiting]:
        """The armed timers, oldest first."""
        return [self._awaiting(t) for t in self._armed(TIMED)]

    def disarmed(self) -> bool:
        """Whether timers are gone that were armed when the state was last kept."""
        return any(kind_of(t) in TIMED for t in self._gone(TaskState.WAITING))

    def subscriptions(self) -> list[Waiting]:
        """The messages, signals and conditions that are waited for, oldest first."""
        return [self._awaiting(t) for t in self._armed(AWAITED)]

    def subscribed(self) -> list[Waiting]:
        """The subscriptions that were not there when the state was last kept."""
        new = self._fresh(self._index.armed, TaskState.WAITING)
        return [self._awaiting(t) for t in new if kind_of(t) in AWAITED]

    def unsubscribed(self) -> set[str]:
        """The execution ids of subscriptions that were there when the state was last kept."""
        return {str(t.id) for t in self._gone(TaskState.WAITING) if kind_of(t) in AWAITED}

    def take_thrown(self) -> list[Thrown]:
        """The messages and signals thrown since they were last taken."""
        thrown, self._workflow.thrown = self._workflow.thrown, []
        return [
            Thrown(str(t.id), key, t.task_spec.bpmn_id, t.task_spec.event_definition.model, seen)
            for t, key, seen in thrown
        ]

    def services(self) -> list[Waiting]:
        """The service tasks whose call is made outside the step, oldest first."""
        started = _by_age(self._index.started.values())
        return [self._waiting(t) for t in started if isinstance(t.task_spec, ServiceTask)]

    def places(self) -> list[str]:
        """The ids of all elements where a token stands, joins included."""
        live = TaskState.READY | TaskState.WAITING | TaskState.STARTED
        stand = [t for t in self._index.whole.values() if t._state & live]
        return list(dict.fromkeys(t.task_spec.bpmn_id for t in stand if t.task_spec.bpmn_id is not None))

    def passed_by_process(self) -> dict[str, list[str]]:
        """The drawn elements and flows passed, in order, by process key."""
        by_process: dict[str, list[str]] = {}
        for passed in (each for each in self.passed if not each.element_id.startswith(SUPPLIED)):
            by_process.setdefault(passed.process_key, []).append(passed.element_id)
        return by_process

    def waiting_at(self, execution_id: str) -> Waiting:
        """An open user task or armed timer. Raises LookupError."""
        task = self._index.whole.get(uuid.UUID(execution_id))
        if task is None or task._state not in (TaskState.READY, TaskState.WAITING):
            raise LookupError(execution_id)
        return self._waiting(task)

    def is_waiting(self, execution_id: str) -> bool:
        """True while the user task or timer is still there."""
        task = self._index.whole.get(uuid.UUID(execution_id))
        return task is not None and task._state in (TaskState.READY, TaskState.WAITING)

    @property
    def _index(self) -> Index:
        index: Index = self._workflow.index
        index.settle()
        return index

    def _armed(self, kinds: Sequence[EventKind]) -> list[Any]:
        return _by_age(t for t in self._index.armed.values() if kind_of(t) in kinds)

    def _fresh(self, place: Mapping[uuid.UUID, Any], state: int) -> list[Any]:
        return _by_age(t for t in self._index.changed.values() if t.id in place and t.was != state)

    def _gone(self, state: int) -> list[Any]:
        index = self._index
        return [t for t in (*index.changed.values(), *index.removed.values()) if t.was == state != _state_in(t, index)]

    def _waiting(self, task: Any) -> Waiting:
        return Waiting(str(task.id), process_of(task), task.task_spec.bpmn_id, view(task))

    def _awaiting(self, task: Any) -> Waiting:
        definition, known = task.task_spec.event_definition, task._get_internal_data
        timer = definition.expression if kind_of(task) is EventKind.TIMER else None
        return Waiting(
            str(task.id), process_of(task), element_of(task), view(task), timer, definition.model,
            known("rounds", 0), known("begun"),
        )  # fmt: skip


def _by_age(tasks: Iterable[Any]) -> list[Any]:
    return sorted(tasks, key=lambda task: task.rank)


def _state_in(task: Any, index: Index) -> int:
    return int(task._state) if task.id in index.whole else 0
