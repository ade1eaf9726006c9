"""Scopes: where a running model keeps data, and what it asks of its surroundings.

SpiffWorkflow moves the tokens and never sees data. Answers and results live in scopes (``TopWorkflow.scopes``): one for
the process, one for every called process, one for every iteration of a multi-instance activity.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import CallActivity

ROOT = ""
SCOPE_KEY = "call:{}"


class Host(Protocol):
    """What a running model asks of its surroundings."""

    def evaluate(self, expression: str, data: Mapping[str, Any]) -> Any:
        """The value of a FEEL expression."""
        ...

    def run_service(self, process_key: str, element_id: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """The result of a service task. May raise ProcessError."""
        ...

    def decide(self, process_key: str, element_id: str, data: Mapping[str, Any]) -> Any:
        """The result of a business rule task."""
        ...


class FeelEngine:
    """Stands where SpiffWorkflow expects its Python script engine."""

    def __init__(self, host: Host) -> None:
        self.host = host

    def evaluate(self, task: Any, expression: str, external_context: object = None) -> Any:
        """The value of a FEEL expression in the scope of a task."""
        return self.host.evaluate(expression, view(task))


def is_iteration(task: Any) -> bool:
    """True for one of the instances of a multi-instance activity."""
    parent = task.parent
    return (
        parent is not None
        and isinstance(parent.task_spec, LoopTask)
        and parent.task_spec.task_spec == task.task_spec.name
    )


def scope_keys(task: Any) -> list[str]:
    """The scopes a task sees, innermost first."""
    top = task.workflow.top_workflow
    keys: list[str] = []
    while True:
        if is_iteration(task):
            keys.append(str(task.id))
        if task.workflow is top:
            return [*keys, ROOT]
        task = top.get_task_from_id(task.workflow.parent_task_id)
        if task.task_spec.has_own_scope:
            keys.append(SCOPE_KEY.format(task.id))


def view(task: Any) -> dict[str, Any]:
    """Everything a task sees: outer scopes first, inner ones on top."""
    scopes = task.workflow.top_workflow.scopes
    seen: dict[str, Any] = {}
    for key in reversed(scope_keys(task)):
        seen.update(scopes.get(key, {}))
    return seen


def put(task: Any, value: Any, name: str | None = None) -> None:
    """Keep what an element produced in its innermost scope, under its own id or another name."""
    task.workflow.top_workflow.scopes[scope_keys(task)[0]][name or task.task_spec.bpmn_id] = value


def open_scope(task: Any, values: Mapping[str, Any]) -> None:
    """A scope for what runs inside an event sub-process."""
    task.workflow.top_workflow.scopes[SCOPE_KEY.format(task.id)] = dict(values)


def close_scope(task: Any) -> Mapping[str, Any]:
    """The scope of an event sub-process is not needed any more; gives what was in it."""
    values: Mapping[str, Any] = task.workflow.top_workflow.scopes.pop(SCOPE_KEY.format(task.id), {})
    return values


def open_iteration(task: Any, values: Mapping[str, Any]) -> None:
    """A scope for one round of a loop."""
    task.workflow.top_workflow.scopes[str(task.id)] = dict(values)


def close_iteration(task: Any) -> Mapping[str, Any]:
    """The round has ended; gives what was in its scope."""
    values: Mapping[str, Any] = task.workflow.top_workflow.scopes.pop(str(task.id), {})
    return values


def process_of(task: Any) -> str:
    """The key of the process an element stands in (sub-processes belong to theirs)."""
    workflow = task.workflow
    while workflow is not workflow.top_workflow:
        owner = workflow.top_workflow.get_task_from_id(workflow.parent_task_id)
        if isinstance(owner.task_spec, CallActivity):
            break
        workflow = owner.workflow
    return str(workflow.spec.name)
