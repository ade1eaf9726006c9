"""One running process instance in our words. SpiffWorkflow's types and exceptions stay in here."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.util.task import TaskState

from engine import bpmn_codec as codec
from engine.bpmn_activities import ServiceTask
from engine.bpmn_events import Again, begin_at, condition_met, element_of, ends_process, happen, kind_of, throw_error
from engine.bpmn_parser import Compiled, UncompilableModelError, compile_process
from engine.bpmn_places import Passed, Places, Thrown, Waiting
from engine.bpmn_scopes import ROOT, Host, amend, is_iteration, process_of, put
from engine.bpmn_workflow import TopWorkflow
from engine.errors import ModelFaultError
from engine.event_model import EventKind
from feel.errors import FeelError

__all__ = [
    "Again", "Compiled", "Execution", "Host", "Passed", "Thrown", "UncompilableModelError", "Waiting",
    "compile_process",
]  # fmt: skip

STEP_BUDGET = 25_000
TASK_BUDGET = 100_000


class FeelEngine:
    """Stands where SpiffWorkflow expects its Python script engine; evaluates nothing itself."""

    def __init__(self, host: Host) -> None:
        self.host = host


class Execution(Places):
    """A running instance in memory: start or load it, move it, dump it."""

    def __init__(self, compiled: Compiled, workflow: TopWorkflow) -> None:
        self._compiled, self._workflow = compiled, workflow
        self.passed: list[Passed] = []

    @classmethod
    def start(
        cls, compiled: Compiled, data: Mapping[str, Any], host: Host, start_event: str | None = None
    ) -> Execution:
        """A new instance, moved as far as it goes by itself."""
        execution = cls.prepare(compiled, data, host, start_event)
        execution.begin()
        return execution

    @classmethod
    def prepare(
        cls, compiled: Compiled, data: Mapping[str, Any], host: Host, start_event: str | None = None
    ) -> Execution:
        """A new instance that has not begun to move: at the start event given, else where people and callers begin."""
        workflow = TopWorkflow(compiled.spec, compiled.subprocess_specs, script_engine=FeelEngine(host))
        workflow.scopes.open(ROOT, data)
        begin_at(workflow, start_event)
        return cls(compiled, workflow)

    def begin(self) -> None:
        """Move a prepared instance as far as it goes by itself."""
        self._run()

    @classmethod
    def load(cls, compiled: Compiled, base: bytes, host: Host, changes: Sequence[bytes] = ()) -> Execution:
        """An instance as it was saved: a base (``dump``) and the changes after it (``change``), oldest first."""
        return cls(compiled, codec.decode(compiled, [base, *changes], FeelEngine(host)))

    def hosted_by(self, host: Host | None) -> Execution:
        """The same instance in other surroundings (None: at rest), with nothing passed yet."""
        self._workflow.script_engine = None if host is None else FeelEngine(host)
        self.passed = []
        return self

    def dump(self) -> bytes:
        """The whole state, to go on from later."""
        return codec.base(self._workflow)

    def change(self) -> bytes:
        """What changed since ``kept``; follows the last dump."""
        return codec.change(self._workflow)

    def kept(self) -> None:
        """What stands now is saved; changes are counted from here."""
        codec.saved(self._workflow)

    @property
    def size(self) -> int:
        """About how many bytes of memory the instance takes."""
        return 2_000 + 1_600 * self._workflow.size()

    @property
    def data(self) -> Mapping[str, Any]:
        """The data of the process itself."""
        return self._workflow.scopes[ROOT]

    @property
    def end_element(self) -> str | None:
        """The end event passed last, of the process itself or of an event sub-process that interrupted it."""
        return self._workflow.end_element

    @property
    def is_completed(self) -> bool:
        """True when no token is left."""
        return bool(self._workflow.is_completed())

    def complete(self, execution_id: str, answers: Mapping[str, Any]) -> None:
        """Complete a user task with its answers and go on. The answers stand under the task's own id."""
        task = self._task(execution_id, TaskState.READY)
        put(task, dict(answers))
        self._run(task)

    def fire(self, execution_id: str, again: Again | None = None) -> None:
        """Let a timer fire and go on. With ``again`` one that interrupts nothing stays armed for its next round."""
        happen(self._task(execution_id, TaskState.WAITING), None, again)
        self._run()

    def deliver(self, execution_id: str, payload: Any) -> None:
        """A message or signal has come. What it brought stands under the event's own id."""
        happen(self._task(execution_id, TaskState.WAITING), payload)
        self._run()

    def finish_service(self, execution_id: str, result: Mapping[str, Any]) -> None:
        """The call was made; go on with what it gave."""
        task = self._task(execution_id, TaskState.STARTED)
        put(task, dict(result))
        task.complete()
        self._note(task)
        self._run()

    def fail_service(self, execution_id: str, code: str) -> None:
        """The call gave an error of the model; go on where it is caught. Raises ModelFaultError when it is not."""
        throw_error(self._task(execution_id, TaskState.STARTED), code)
        self._run()

    def mend(self, path: str, value: Any) -> Any:
        """Put another value into the data; gives the one before. Raises LookupError for a path that leads nowhere."""
        return amend(self._workflow.scopes, path, value)

    def _task(self, execution_id: str, state: int) -> Any:
        task = self._index.whole.get(uuid.UUID(execution_id))
        if task is None or task._state != state:
            raise LookupError(execution_id)
        return task

    def _run(self, first: Any = None) -> None:
        """Move every token as far as it goes."""
        budget = STEP_BUDGET
        ready = [first] if first is not None else self._automatic() or self._conditions()
        while ready:
            for task in ready:
                if task._state == TaskState.READY:
                    budget -= 1
                    self._run_one(task, budget)
            ready = self._automatic() or self._conditions()
        self._workflow.forget_finished()

    def _conditions(self) -> list[Any]:
        """Let the first conditional event happen whose condition holds now; gives what is ready then."""
        self._workflow.forget_finished()
        for task in list(self._index.armed.values()) if self._compiled.has_conditions else ():
            if kind_of(task) is EventKind.CONDITION:
                with _faults_of(element_of(task)):
                    met = condition_met(task)
                if met:
                    happen(task)
                    return self._automatic()
        return []

    def _automatic(self) -> list[Any]:
        self._note_spawned()
        return list(self._index.automatic.values())

    def _run_one(self, task: Any, budget: int) -> None:
        element = _element(task.task_spec) or str(task.task_spec.name)
        if budget <= 0:
            raise ModelFaultError(element, f"一步之内经过的元素超过 {STEP_BUDGET} 个")
        if self._workflow.size() > TASK_BUDGET:
            raise ModelFaultError(element, f"实例中的元素超过 {TASK_BUDGET} 个")
        with _faults_of(element):
            task.run()
        if not (task._state == TaskState.STARTED and isinstance(task.task_spec, ServiceTask)):
            self._note(task)

    def _note(self, task: Any) -> None:
        spec, key = task.task_spec, process_of(task)
        if isinstance(spec, defaults.EndEvent) and ends_process(task):
            self._workflow.end_element = spec.bpmn_id
        if spec.bpmn_id is None or is_iteration(task):
            return
        self.passed.append(Passed(key, spec.bpmn_id))
        for child in task.children:
            if child._state >= TaskState.FUTURE:
                self._note_flow(key, spec.bpmn_id, child)

    def _note_flow(self, key: str, source: str, child: Any) -> None:
        target = _element(child.task_spec)
        flow = None if target is None else self._compiled.models[key].flow_between(source, target)
        if flow is not None:
            self.passed.append(Passed(key, flow))

    def _note_spawned(self) -> None:
        """Boundary events that happened and stay where they are."""
        spawned, self._workflow.spawned = self._workflow.spawned, []
        for event, child in spawned:
            key = process_of(event)
            self.passed.append(Passed(key, event.task_spec.bpmn_id))
            self._note_flow(key, event.task_spec.bpmn_id, child)


@contextmanager
def _faults_of(element: str) -> Iterator[None]:
    try:
        yield
    except (SpiffWorkflowException, FeelError, RecursionError) as error:
        raise ModelFaultError(element, str(error) or type(error).__name__) from error


def _element(spec: Any) -> str | None:
    if isinstance(spec, BoundaryEventSplit):
        return str(spec.name).removesuffix(".BoundaryEventSplit")
    return None if spec.bpmn_id is None else str(spec.bpmn_id)
