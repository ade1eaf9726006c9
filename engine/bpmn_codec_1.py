"""Reading the state that the first release (0.1) wrote: one blob of every task, the foreseen ones included."""

from __future__ import annotations

import uuid
import zlib
from typing import Any

import msgspec
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.bpmn_scopes import GATHERED
from engine.bpmn_workflow import SubWorkflow, TopWorkflow


def fill(top: TopWorkflow, blob: bytes) -> None:
    """Put what was saved into an empty workflow."""
    _format, names, parts, scopes = msgspec.msgpack.decode(zlib.decompress(blob), strict=False)
    top.scopes.values = scopes
    for owner, spec_name, completed, _success, _last, records in parts:
        workflow = top if owner is None else _sub_workflow(top, uuid.UUID(bytes=owner), spec_name)
        workflow.completed = completed
        tasks: list[Any] = []
        for record in records:
            tasks.append(_task(workflow, record, names, tasks))
        workflow.task_tree = tasks[0]
    for task in list(top.index.whole.values()):
        _gathered(top, task)


def _sub_workflow(top: TopWorkflow, owner_id: uuid.UUID, spec_name: str) -> SubWorkflow:
    return top.restore_subprocess(top.get_task_from_id(owner_id), top.subprocess_specs[spec_name])


def _task(workflow: Any, record: list[Any], names: list[str], tasks: list[Any]) -> Any:
    parent, name, state, *known = record
    task_id = uuid.UUID(bytes=known[0]) if known else uuid.uuid4()
    above = None if parent is None else tasks[parent]
    task = Task(workflow, workflow.spec.task_specs[names[name]], above, state=state, id=task_id)
    if known:
        _id, task.last_state_change, task.triggered, task.internal_data = known
    if state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
        workflow.top_workflow.event_manager.add_task(task)
    return task


def _gathered(top: TopWorkflow, task: Any) -> None:
    """What a multi-instance activity had gathered lay in the task itself."""
    kept = task.internal_data
    if "results" not in kept:
        return
    values = {str(index): value for index, value in kept.pop("results").items()}
    if "items" in kept:
        values["items"] = kept.pop("items")
    top.scopes.values[GATHERED.format(task.id)] = values
    kept["done"] = len(kept.pop("merged", ()))
