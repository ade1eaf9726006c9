"""Scopes: where a running model keeps data, and what it asks of its surroundings.

SpiffWorkflow moves the tokens and never sees data. Answers and results live in scopes (``TopWorkflow.scopes``): one for
the process, one for every called process, one for every iteration of a multi-instance activity, and one for what a
multi-instance activity has gathered so far.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import CallActivity

ROOT = ""
CALL = "call:{}"
GATHERED = "gathered:{}"


class Host(Protocol):
    """What a running model asks of its surroundings."""

    def evaluate(self, expression: str, data: Mapping[str, Any]) -> Any:
        """The value of a FEEL expression."""
        ...

    def run_service(self, process_key: str, element_id: str, data: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The result of a service task; None when a job will bring it later. May raise ProcessError."""
        ...

    def decide(self, process_key: str, element_id: str, data: Mapping[str, Any]) -> Any:
        """The result of a business rule task."""
        ...


class Scopes:
    """Values by scope and name, which are replaced and never changed inside. Notes what changed since the last save."""

    def __init__(self, values: dict[str, dict[str, Any]] | None = None) -> None:
        self.values: dict[str, dict[str, Any]] = values or {}
        self.changed: dict[str, set[str]] = {}
        self.dropped: set[str] = set()
        self.erased: set[tuple[str, str]] = set()

    def __getitem__(self, key: str) -> dict[str, Any]:
        return self.values[key]

    def __contains__(self, key: object) -> bool:
        return key in self.values

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def get(self, key: str) -> dict[str, Any]:
        """A scope's values; empty when there is none."""
        return self.values.get(key, {})

    def open(self, key: str, values: Mapping[str, Any]) -> None:
        """A new scope."""
        self.values[key] = dict(values)
        self.changed[key] = set(values)

    def put(self, key: str, name: str, value: Any) -> None:
        """A value under its name."""
        self.values[key][name] = value
        self.changed.setdefault(key, set()).add(name)
        self.erased.discard((key, name))

    def erase(self, key: str, name: str) -> None:
        """Nothing stands under a name any more."""
        if self.values[key].pop(name, None) is not None:
            self.changed.get(key, set()).discard(name)
            self.erased.add((key, name))

    def drop(self, key: str) -> dict[str, Any]:
        """A scope is not needed any more; gives what was in it."""
        self.changed.pop(key, None)
        if key in self.values:
            self.dropped.add(key)
        return self.values.pop(key, {})

    def saved(self) -> None:
        """Everything as it stands now is kept."""
        self.changed, self.dropped, self.erased = {}, set(), set()


def scopes_of(task: Any) -> tuple[str, ...]:
    """The keys of the scopes that live as long as a task."""
    return str(task.id), CALL.format(task.id), GATHERED.format(task.id)


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
            keys.append(CALL.format(task.id))


def view(task: Any) -> dict[str, Any]:
    """Everything a task sees: outer scopes first, inner ones on top."""
    scopes = task.workflow.top_workflow.scopes
    seen: dict[str, Any] = {}
    for key in reversed(scope_keys(task)):
        seen.update(scopes.get(key))
    return seen


def put(task: Any, value: Any, name: str | None = None) -> None:
    """Keep what an element produced in its innermost scope, under its own id or another name."""
    scopes, key, name = task.workflow.top_workflow.scopes, scope_keys(task)[0], name or task.task_spec.bpmn_id
    if name in scopes[key]:
        task._set_internal_data(replaced=scopes[key][name])
    scopes.put(key, name, value)


def take_back(task: Any) -> None:
    """Undo ``put``: what stood there before stands there again."""
    scopes, key, name = task.workflow.top_workflow.scopes, scope_keys(task)[0], task.task_spec.bpmn_id
    if "replaced" in task.internal_data:
        scopes.put(key, name, task.internal_data["replaced"])
    else:
        scopes.erase(key, name)


def open_scope(task: Any, values: Mapping[str, Any]) -> None:
    """A scope for what runs inside a call or an event sub-process."""
    task.workflow.top_workflow.scopes.open(CALL.format(task.id), values)


def close_scope(task: Any) -> Mapping[str, Any]:
    """The scope of a call or an event sub-process is not needed any more; gives what was in it."""
    values: Mapping[str, Any] = task.workflow.top_workflow.scopes.drop(CALL.format(task.id))
    return values


def open_iteration(task: Any, values: Mapping[str, Any]) -> None:
    """A scope for one round of a loop."""
    task.workflow.top_workflow.scopes.open(str(task.id), values)


def close_iteration(task: Any) -> Mapping[str, Any]:
    """The round has ended; gives what was in its scope."""
    values: Mapping[str, Any] = task.workflow.top_workflow.scopes.drop(str(task.id))
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


def amend(scopes: Scopes, path: str, value: Any) -> Any:
    """Put another value where ``path`` leads (``inspect.rows.0.result``); gives the one before, None for none.

    The first part must be a name of the process's own data, else of one called process or iteration only; the last may
    be new. What the engine itself noted (``case``, ``_by``) is not to be changed. Raises LookupError.
    """
    name, *parts = path.split(".")
    if name == "case" or not name or any(part.startswith("_") for part in (name, *parts)):
        raise LookupError(path)
    places = [ROOT] if name in scopes[ROOT] else [key for key in scopes if name in scopes[key]]
    if len(places) != 1:
        raise LookupError(path)
    before, new = _replaced(scopes[places[0]][name], parts, value)
    scopes.put(places[0], name, new)
    return before


def _replaced(old: Any, parts: list[str], value: Any) -> tuple[Any, Any]:
    """What stood at the place, and a copy of ``old`` with the other value in it; what is shared is not touched."""
    if not parts:
        return old, value
    part, *rest = parts
    if isinstance(old, list) and part.isdecimal() and int(part) < len(old):
        before, new = _replaced(old[int(part)], rest, value)
        return before, [*old[: int(part)], new, *old[int(part) + 1 :]]
    if isinstance(old, Mapping) and (part in old or not rest):
        before, new = _replaced(old.get(part), rest, value)
        return before, {**old, part: new}
    raise LookupError(part)
