"""One running process instance in our words. SpiffWorkflow's types and exceptions stay in here."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.util.task import TaskState

from engine import bpmn_codec as codec
from engine.bpmn_activities import UserTask
from engine.bpmn_parser import Compiled, UncompilableModelError, compile_process
from engine.bpmn_scopes import ROOT, Host, is_iteration, process_of, put, view
from engine.bpmn_specs import DueTimer
from engine.bpmn_workflow import TopWorkflow
from engine.errors import ModelFaultError
from feel.errors import FeelError

__all__ = ["Compiled", "Execution", "Host", "Passed", "UncompilableModelError", "Waiting", "compile_process"]

STEP_BUDGET = 5_000
TASK_BUDGET = 20_000


class FeelEngine:
    """Stands where SpiffWorkflow expects its Python script engine; evaluates nothing itself."""

    def __init__(self, host: Host) -> None:
        self.host = host


@dataclass(frozen=True)
class Waiting:
    """A place where an instance waits: an open user task or an armed timer."""

    execution_id: str
    process_key: str
    element_id: str
    data: Mapping[str, Any]  # everything visible there
    timer: str | None = None  # the expression of its date


@dataclass(frozen=True)
class Passed:
    """An element or a sequence flow that a token went through."""

    process_key: str
    element_id: str


class Execution:
    """A running instance in memory: start or load it, move it, dump it."""

    def __init__(self, compiled: Compiled, workflow: TopWorkflow) -> None:
        self._compiled, self._workflow = compiled, workflow
        self.passed: list[Passed] = []
        self.end_element: str | None = None

    @classmethod
    def start(cls, compiled: Compiled, data: Mapping[str, Any], host: Host) -> Execution:
        """A new instance, moved as far as it goes by itself."""
        execution = cls.prepare(compiled, data, host)
        execution.begin()
        return execution

    @classmethod
    def prepare(cls, compiled: Compiled, data: Mapping[str, Any], host: Host) -> Execution:
        """A new instance that has not begun to move."""
        workflow = TopWorkflow(compiled.spec, compiled.subprocess_specs, script_engine=FeelEngine(host))
        workflow.scopes[ROOT] = dict(data)
        return cls(compiled, workflow)

    def begin(self) -> None:
        """Move a prepared instance as far as it goes by itself."""
        self._run()

    @classmethod
    def load(cls, compiled: Compiled, blob: bytes, host: Host) -> Execution:
        """An instance as it was dumped."""
        return cls(compiled, codec.decode(compiled, blob, FeelEngine(host)))

    def dump(self) -> bytes:
        """The state, to go on from later."""
        return codec.encode(self._workflow)

    @property
    def data(self) -> Mapping[str, Any]:
        """The data of the process itself."""
        return self._workflow.scopes[ROOT]

    @property
    def is_completed(self) -> bool:
        """True when no token is left."""
        return bool(self._workflow.is_completed())

    def user_tasks(self) -> list[Waiting]:
        """The open user tasks."""
        return [self._waiting(t) for t in self._live(TaskState.READY) if isinstance(t.task_spec, UserTask)]

    def timers(self) -> list[Waiting]:
        """The armed timers."""
        armed = [t for t in self._live(TaskState.WAITING) if isinstance(_definition(t), DueTimer)]
        return [self._waiting(t, _definition(t).expression) for t in armed]

    def places(self) -> list[str]:
        """The ids of all elements where a token stands, joins included."""
        stand = self._live(TaskState.READY) + self._live(TaskState.WAITING) + self._live(TaskState.STARTED)
        return list(dict.fromkeys(t.task_spec.bpmn_id for t in stand if t.task_spec.bpmn_id is not None))

    def complete(self, execution_id: str, answers: Mapping[str, Any]) -> None:
        """Complete a user task with its answers and go on. The answers stand under the task's own id."""
        task = self._task(execution_id, TaskState.READY)
        put(task, dict(answers))
        self._run(task)

    def fire(self, execution_id: str) -> None:
        """Let a timer fire and go on."""
        task = self._task(execution_id, TaskState.WAITING)
        task._set_internal_data(event_fired=True)
        task.task_spec._update(task)
        self._run()

    def is_waiting(self, execution_id: str) -> bool:
        """True while the user task or timer is still there."""
        wanted = uuid.UUID(execution_id)
        return any(
            t.id == wanted and t._state in (TaskState.READY, TaskState.WAITING) for t in self._workflow.everything()
        )

    def _live(self, state: int) -> list[Any]:
        return [t for t in self._workflow.everything() if t._state == state]

    def _waiting(self, task: Any, timer: str | None = None) -> Waiting:
        return Waiting(str(task.id), process_of(task), task.task_spec.bpmn_id, view(task), timer)

    def _task(self, execution_id: str, state: int) -> Any:
        wanted = uuid.UUID(execution_id)
        for task in self._workflow.everything():
            if task.id == wanted and task._state == state:
                return task
        raise LookupError(execution_id)

    def _run(self, first: Any = None) -> None:
        """Move every token as far as it goes."""
        budget = STEP_BUDGET
        ready = [first] if first is not None else self._automatic()
        while ready:
            for task in ready:
                if task._state == TaskState.READY:
                    budget -= 1
                    self._run_one(task, budget)
            ready = self._automatic()
        self._workflow.forget_finished()

    def _automatic(self) -> list[Any]:
        return [t for t in self._live(TaskState.READY) if not t.task_spec.manual]

    def _run_one(self, task: Any, budget: int) -> None:
        element = _element(task.task_spec) or str(task.task_spec.name)
        if budget <= 0:
            raise ModelFaultError(element, f"一步之内经过的元素超过 {STEP_BUDGET} 个")
        if self._workflow.size() > TASK_BUDGET:
            raise ModelFaultError(element, f"实例中的元素超过 {TASK_BUDGET} 个")
        try:
            task.run()
        except (SpiffWorkflowException, FeelError, RecursionError) as error:
            raise ModelFaultError(element, str(error) or type(error).__name__) from error
        self._note(task)

    def _note(self, task: Any) -> None:
        spec, key = task.task_spec, process_of(task)
        if isinstance(spec, defaults.EndEvent) and task.workflow is self._workflow:
            self.end_element = spec.bpmn_id
        if spec.bpmn_id is None or is_iteration(task):
            return
        self.passed.append(Passed(key, spec.bpmn_id))
        for child in task.children:
            target = _element(child.task_spec)
            if target is not None and child._state >= TaskState.FUTURE:
                flow = self._compiled.models[key].flow_between(spec.bpmn_id, target)
                if flow is not None:
                    self.passed.append(Passed(key, flow))


def _definition(task: Any) -> Any:
    return getattr(task.task_spec, "event_definition", None)


def _element(spec: Any) -> str | None:
    if isinstance(spec, BoundaryEventSplit):
        return str(spec.name).removesuffix(".BoundaryEventSplit")
    return None if spec.bpmn_id is None else str(spec.bpmn_id)
