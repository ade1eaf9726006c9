"""The state of a running instance as bytes: the definition is shared, tasks are short records, data lies in scopes.

Data is JSON only (``forms.storage.to_storage``), so nothing changes its type on the way.
"""

from __future__ import annotations

import uuid
import zlib
from typing import Any

import msgspec
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.bpmn_parser import Compiled
from engine.bpmn_workflow import SubWorkflow, TopWorkflow

FORMAT = 1


def encode(workflow: TopWorkflow) -> bytes:
    """The whole state; decoding it gives a workflow that goes on as if it had never been saved."""
    names: dict[str, int] = {}
    parts = [_part(None, workflow, names)]
    parts += [_part(owner.bytes, part, names) for owner, part in workflow.subprocesses.items()]
    state = [FORMAT, list(names), parts, workflow.scopes]
    return zlib.compress(msgspec.msgpack.encode(state), 1)


def _part(owner: bytes | None, workflow: Any, names: dict[str, int]) -> list[Any]:
    places = {task_id: place for place, task_id in enumerate(workflow.tasks)}
    records = [_record(task, places, names) for task in workflow.tasks.values()]
    last = None if workflow.last_task is None else places.get(workflow.last_task.id)
    return [owner, workflow.spec.name, workflow.completed, workflow.success, last, records]


def _record(task: Any, places: dict[Any, int], names: dict[str, int]) -> list[Any]:
    parent = places.get(task._parent)
    name = names.setdefault(task.task_spec.name, len(names))
    record = [parent, name, task._state]
    if task._state > TaskState.FUTURE:  # nothing refers to a task that is only foreseen
        record += [task.id.bytes, task.last_state_change, task.triggered, task.internal_data]
    return record


def decode(compiled: Compiled, blob: bytes, script_engine: Any) -> TopWorkflow:
    """The running workflow again."""
    _format, names, parts, scopes = msgspec.msgpack.decode(zlib.decompress(blob))
    top = TopWorkflow(compiled.spec, compiled.subprocess_specs, script_engine=script_engine, deserializing=True)
    top.scopes = scopes
    for owner, spec_name, *rest in parts:
        workflow = top if owner is None else _sub_workflow(top, uuid.UUID(bytes=owner), spec_name)
        _fill(workflow, rest, names)
    return top


def _sub_workflow(top: TopWorkflow, owner_id: uuid.UUID, spec_name: str) -> SubWorkflow:
    owner = top.get_task_from_id(owner_id)
    workflow = SubWorkflow(top.subprocess_specs[spec_name], owner.id, top, deserializing=True)
    workflow.completed_event.connect(owner.task_spec._on_subworkflow_completed, owner)
    top.subprocesses[owner.id] = workflow
    return workflow


def _fill(workflow: Any, rest: list[Any], names: list[str]) -> None:
    completed, success, last, records = rest
    tasks: list[Any] = []
    for record in records:
        tasks.append(_task(workflow, record, names, tasks))
    workflow.task_tree = tasks[0]
    workflow.completed, workflow.success = completed, success
    workflow.last_task = None if last is None else tasks[last]


def _task(workflow: Any, record: list[Any], names: list[str], tasks: list[Any]) -> Any:
    parent, name, state, *known = record
    identity = uuid.UUID(bytes=known[0]) if known else None
    task = Task(workflow, workflow.spec.task_specs[names[name]], state=state, id=identity)
    if known:
        _id, task.last_state_change, task.triggered, task.internal_data = known
    if parent is not None:
        task._parent = tasks[parent].id
        tasks[parent]._children.append(task.id)
    if state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
        workflow.top_workflow.event_manager.add_task(task)
    return task
