"""Moving a running instance to another version of its process: the same tokens, under the other specs.

What is over and has no place in the other version is left out and its children hang on what came before. What is only
foreseen is foreseen again. Boundary events that the other version adds to an open activity are armed.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit, BpmnStartTask
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.bpmn import Execution, FeelEngine
from engine.bpmn_events import BoundaryEvent, CatchEvent, EventGateway, Listener, ReceiveTask
from engine.bpmn_obstacles import (
    LIVE,
    Correspondence,
    Hindrance,
    Mapped,
    Obstacle,
    is_definite,
    is_left_out,
    is_main_of,
    obstacles,
    workflows_of,
)
from engine.bpmn_parser import Compiled
from engine.bpmn_scopes import CALL, ROOT, Host, Scopes, process_of
from engine.bpmn_workflow import TopWorkflow

__all__ = ["Hindrance", "Mapped", "Obstacle", "move", "obstacles_of"]


def obstacles_of(execution: Execution, target: Compiled, mapped: Mapped) -> list[Obstacle]:
    """What keeps an instance from moving to another version; nothing is changed."""
    return obstacles(execution._workflow, Correspondence(execution._compiled, target, mapped))


def move(execution: Execution, target: Compiled, mapped: Mapped, host: Host) -> Execution:
    """The instance under another version, every token where it stood. Only when there are no obstacles."""
    correspondence = Correspondence(execution._compiled, target, mapped)
    return Execution(target, _Move(execution._workflow, correspondence, host).done())


class _Move:
    """One instance on its way."""

    def __init__(self, old: Any, correspondence: Correspondence, host: Host) -> None:
        self.old, self.correspondence = old, correspondence
        target = correspondence.target
        self.new = TopWorkflow(target.spec, target.subprocess_specs, script_engine=FeelEngine(host), deserializing=True)
        end = correspondence.element(old.spec.name, old.end_element or "")
        self.new.end_element = end or old.end_element
        self.kept: dict[uuid.UUID, Any] = {}  # old id → new task
        self.instead: dict[uuid.UUID, Any] = {}  # id of what was left out → what its children hang on

    def done(self) -> TopWorkflow:
        """Everything moved and what follows foreseen."""
        index, before = self.new.index, self.old.index
        index.is_loading, index.last, index.ranks = True, before.last, before.ranks
        for workflow in workflows_of(self.old):
            self._workflow(workflow)
        index.settle()
        self.new.scopes = Scopes(self._scopes())
        for workflow in workflows_of(self.new):
            for task in list(workflow.tasks.values()):
                self._arm_beside(task)
        index.settle()
        index.is_loading, index.changed = False, dict(index.whole)
        for workflow in workflows_of(self.new):
            for task in [t for t in workflow.tasks.values() if t._state & LIVE]:
                task.task_spec._predict(task, mask=TaskState.NOT_FINISHED_MASK)
        return self.new

    def _workflow(self, old: Any) -> None:
        new = self.new if old is self.old else self._sub_workflow(old)
        for task in old.tasks.values():
            if is_definite(task):
                self._task(new, task)
        new.completed, new.success = old.completed, old.success

    def _sub_workflow(self, old: Any) -> Any:
        return self.new.restore_subprocess(self.kept[old.parent_task_id], self.correspondence.spec_of(old))

    def _task(self, new: Any, old: Any) -> None:
        parent = self.kept.get(old._parent) or self.instead.get(old._parent)
        spec = self.correspondence.of_task(old)
        if spec is None or is_left_out(old, self.kept):
            self.instead[old.id] = parent
            return
        split = _split_before(spec) if old._state & LIVE else None
        if split is not None and parent is not None and parent.task_spec is not split:
            parent = Task(new, split, parent, state=TaskState.COMPLETED, id=self.new.index.next_id())
        task = Task(new, spec, parent, state=old._state, id=old.id)
        task.triggered, task.internal_data = old.triggered, dict(old.internal_data)
        if "arrived" in task.internal_data:  # at an inclusive join: names of specs
            specs = [self.correspondence.beside(old, name) for name in task.internal_data["arrived"]]
            task.internal_data["arrived"] = sorted(str(each.name) for each in specs if each is not None)
        task.rank = old.rank
        self.kept[old.id] = task
        if parent is None:
            new.task_tree = task
        if old._state == TaskState.WAITING and isinstance(spec, CatchingEvent):
            self.new.event_manager.add_task(task)

    def _arm_beside(self, before: Any) -> None:
        """Where something waits still, arm the events that the other version has beside it and this instance not yet.

        Boundary events of an open activity, event sub-processes of what runs, events behind an event-based gateway.
        """
        if not isinstance(before.task_spec, BoundaryEventSplit | EventGateway | BpmnStartTask):
            return
        if not any(_keeps_waiting(child) for child in before.children) and before.parent is not None:
            return
        known = {child.task_spec for child in before.children}
        for spec in before.task_spec.outputs:
            if isinstance(spec, BoundaryEvent | Listener | CatchEvent | ReceiveTask) and spec not in known:
                identity = self.new.index.next_id()
                event = Task(before.workflow, spec, before, state=TaskState.WAITING, id=identity)
                self.new.event_manager.add_task(event)

    # -- data ---------------------------------------------------------------------------------------------------------

    def _scopes(self) -> dict[str, dict[str, Any]]:
        processes = {ROOT: self.old.spec.name}
        for workflow in workflows_of(self.old):
            for task in workflow.tasks.values():
                processes[str(task.id)] = process_of(task)
            if workflow is not self.old:
                processes[CALL.format(workflow.parent_task_id)] = workflow.spec.name
        return {key: self._renamed(processes.get(key, ROOT), values) for key, values in self.old.scopes.values.items()}

    def _renamed(self, process_key: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """What elements left, under the ids they have in the other version."""
        renamed: dict[str, Any] = {}
        for name, value in values.items():
            called = self._called(process_key, name)
            inner = value if called is None else self._inner(called, value)
            renamed[self.correspondence.element(process_key, name) or name] = inner
        return renamed

    def _called(self, process_key: str, element_id: str) -> str | None:
        model = self.correspondence.source.models.get(process_key)
        element = None if model is None else model.elements.get(element_id)
        return None if element is None else element.called

    def _inner(self, called: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self._inner(called, each) for each in value]
        return self._renamed(called, value) if isinstance(value, dict) else value


def _keeps_waiting(task: Any) -> bool:
    """An activity that boundary events guard, or an event behind an event-based gateway, that is still open."""
    split = task.parent.task_spec
    is_awaited = is_main_of(split, task.task_spec) if isinstance(split, BoundaryEventSplit) else True
    return is_awaited and bool(task._state & LIVE)


def _split_before(spec: Any) -> Any:
    """The split for the boundary events of an activity, or None where it has none."""
    return next((before for before in spec.inputs if is_main_of(before, spec)), None)
