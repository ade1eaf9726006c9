"""What keeps a running instance from going on under another version of its process, token by token.

Only what is live matters: an element where a token stands must be there in the other version, of the same kind, in the
same place, and every parallel join that can still be reached must still be able to let its tokens through.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.util.task import TaskState

from engine.bpmn_events import Happening, Listener
from engine.bpmn_inclusive import InclusiveGateway
from engine.bpmn_parser import Compiled
from engine.bpmn_scopes import process_of
from engine.bpmn_specs import BoundaryJoin, ParallelGateway
from engine.event_model import EventKind
from engine.process_model import Element

#: process key → element id in the one version → element id in the other
Mapped = Mapping[str, Mapping[str, str]]

LIVE = TaskState.WAITING | TaskState.READY | TaskState.STARTED
SUFFIXES = (".BoundaryEventSplit", ".BoundaryEventJoin", " [child]", ".Listener")
EVERYWHERE = ("Start", "End")


class Hindrance(StrEnum):
    """Why a token cannot go on at its place in the other version."""

    VANISHED = "vanished"  # the element is not there
    KIND = "kind"  # it is of another kind, or of another kind of event
    SCOPE = "scope"  # it stands in another sub-process
    LOOP = "loop"  # it is repeated in another way
    CALLED = "called"  # it calls another process
    ATTACHMENT = "attachment"  # the boundary event belongs to another activity
    ARRIVAL = "arrival"  # the join has no such incoming branch
    STARVED = "starved"  # the join would wait for a token that can never come


@dataclass(frozen=True)
class Obstacle:
    """An element at which an instance cannot go on, and why."""

    process_key: str
    element_id: str
    hindrance: Hindrance


class Correspondence:
    """Which spec of the one compiled version is which of the other, those with made-up names included."""

    def __init__(self, source: Compiled, target: Compiled, mapped: Mapped) -> None:
        self.source, self.target, self.mapped = source, target, mapped

    def element(self, process_key: str, element_id: str) -> str | None:
        """The id of an element in the other version, or None."""
        return self.mapped.get(process_key, {}).get(element_id)

    def spec_of(self, workflow: Any) -> Any:
        """The spec of a running workflow (the process, a sub-process, a call) in the other version, or None."""
        top = workflow.top_workflow
        if workflow is top:
            return self.target.spec
        owner = self.of_task(top.get_task_from_id(workflow.parent_task_id))
        return self.target.subprocess_specs.get(owner.spec) if isinstance(owner, SubWorkflowTask) else None

    def of_task(self, task: Any) -> Any:
        """The spec of a task in the other version: same kind, or None."""
        spec = self.beside(task, task.task_spec.name)
        return spec if type(spec) is type(task.task_spec) else None

    def beside(self, task: Any, name: str) -> Any:
        """What a spec of this name in the task's own process or sub-process is in the other version, or None."""
        around = self.spec_of(task.workflow)
        return None if around is None else around.task_specs.get(self._name(task, name, around))

    def _name(self, task: Any, name: str, around: Any) -> str | None:
        if name in EVERYWHERE:
            return name
        if name == task.workflow.spec.end.name:
            return str(around.end.name)
        suffix = next((each for each in SUFFIXES if name.endswith(each)), "")
        element_id = self.element(process_of(task), name.removesuffix(suffix))
        return None if element_id is None else element_id + suffix


def is_definite(task: Any) -> bool:
    """Not only foreseen."""
    return bool(task._state >= TaskState.WAITING)


def workflows_of(top: Any) -> list[Any]:
    """The process and all that runs inside it, owners first."""
    return [top, *top.subprocesses.values()]


def obstacles(top: Any, correspondence: Correspondence) -> list[Obstacle]:
    """Every obstacle, each once. None: the instance can move."""
    found: dict[Obstacle, None] = {}
    for workflow in workflows_of(top):
        live = [task for task in workflow.tasks.values() if task._state & LIVE]
        for task in live:
            found.update(dict.fromkeys(_of_token(task, correspondence)))
        if not found:
            found.update(dict.fromkeys(_starved(workflow, live, correspondence)))
    return list(found)


def _of_token(task: Any, correspondence: Correspondence) -> Iterator[Obstacle]:
    key, element_id = process_of(task), _stands_for(task)
    if element_id is None:
        return
    model = correspondence.target.models.get(key)
    there = correspondence.element(key, element_id)
    new = None if there is None or model is None else model.elements.get(there)
    if new is None:
        yield Obstacle(key, element_id, Hindrance.VANISHED)
        return
    old = correspondence.source.models[key].elements[element_id]
    hindrance = _difference(key, old, new, correspondence)
    if hindrance is None and _happening(task.task_spec) != _happening(correspondence.of_task(task)):
        hindrance = Hindrance.KIND
    if hindrance is not None:
        yield Obstacle(key, element_id, hindrance)
    elif not _has_arrived_well(task, correspondence):
        yield Obstacle(key, element_id, Hindrance.ARRIVAL)


def _stands_for(task: Any) -> str | None:
    """The element where a token stands; for what listens, the event sub-process that it would start."""
    spec = task.task_spec
    return str(spec.target) if isinstance(spec, Listener) else spec.bpmn_id


def _happening(spec: Any) -> EventKind | None:
    definition = getattr(spec, "event_definition", None)
    return definition.model.kind if isinstance(definition, Happening) else None


def _difference(key: str, old: Element, new: Element, correspondence: Correspondence) -> Hindrance | None:
    scope = key if old.scope == key else correspondence.element(key, old.scope)
    attached = None if old.attached_to is None else correspondence.element(key, old.attached_to)
    differences = {
        Hindrance.KIND: (old.kind, old.events) != (new.kind, new.events),
        Hindrance.SCOPE: scope != new.scope,
        Hindrance.LOOP: _loop(old) != _loop(new),
        Hindrance.CALLED: old.called != new.called,
        Hindrance.ATTACHMENT: attached != new.attached_to,
    }
    return next((hindrance for hindrance, differs in differences.items() if differs), None)


def _loop(element: Element) -> tuple[str, str | None] | None:
    return None if element.loop is None else (element.loop.kind, element.loop.item)


def _arrived(task: Any) -> list[str]:
    """The names of the specs from which tokens have come to the join where this one waits."""
    spec = task.task_spec
    if isinstance(spec, InclusiveGateway):
        return [*task.internal_data.get("arrived", ())]
    if isinstance(spec, ParallelGateway):
        missing = spec.missing(task)
        return [each.name for each in spec.inputs if each not in missing]
    return []


def _has_arrived_well(task: Any, correspondence: Correspondence) -> bool:
    """A token that waits at a join came through branches that lead there in the other version as well."""
    arrived = _arrived(task)
    join = correspondence.of_task(task) if arrived else None
    return join is None or all(correspondence.beside(task, name) in join.inputs for name in arrived)


def _starved(workflow: Any, live: list[Any], correspondence: Correspondence) -> Iterator[Obstacle]:
    tokens = [(task, correspondence.of_task(task)) for task in live]
    reached = _reachable([spec for _task, spec in tokens if spec is not None])
    arrived = {(spec, correspondence.beside(task, name)) for task, spec in tokens for name in _arrived(task)}
    for spec in reached:
        if not isinstance(spec, ParallelGateway) or len(spec.inputs) < 2:
            continue
        if any(before not in reached and (spec, before) not in arrived for before in spec.inputs):
            yield Obstacle(process_of(live[0]), str(spec.bpmn_id), Hindrance.STARVED)


def _reachable(specs: list[Any]) -> dict[Any, None]:
    """The specs, the boundary events beside them, and all that can follow."""
    reached: dict[Any, None] = {}
    todo = [*specs, *(split for spec in specs for split in spec.inputs if is_main_of(split, spec))]
    while todo:
        spec = todo.pop()
        if spec not in reached:
            reached[spec] = None
            todo += spec.outputs
    return reached


def is_main_of(split: Any, spec: Any) -> bool:
    """The activity that a split for boundary events guards."""
    return isinstance(split, BoundaryEventSplit) and spec.name == split.name.removesuffix(SUFFIXES[0])


def is_left_out(task: Any, kept: Mapping[Any, Any]) -> bool:
    """A waiting join of boundary events whose event is not kept: it joins nothing any more."""
    return isinstance(task.task_spec, BoundaryJoin) and task._parent not in kept
