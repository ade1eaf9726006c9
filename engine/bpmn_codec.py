"""The state of a running instance as bytes: one base, then what each step changed.

The definition is shared, tasks are short records, data lies in scopes. What SpiffWorkflow only foresees is not kept but
foreseen again. Data is JSON only (``forms.storage.to_storage``), so nothing changes its type on the way.
"""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine import bpmn_codec_1
from engine.bpmn_index import NUMBERS, LiveTask
from engine.bpmn_parser import Compiled
from engine.bpmn_workflow import SubWorkflow, TopWorkflow

FORMAT = 2
PACKED, PLAIN, BRIEF = b"\x02z", b"\x02p", b"\x02d"
PACK_FROM = 300  # bytes
#: what is said in every state, so that none needs to say it in full; what was packed with it needs it for ever
WORDS = (
    b"replaced\xa4roundsbegun\xaeestablishment_id\xabregion_path\xabregion_code\xaastarted_by\xaastarted_at\xa8is_drill"
    b"\xa4case\xadestablishment\xc0\xa6reason\xa4note\xa3_by\xba01M\xa3_at\xd9 202-T:.+00:00"
)


class Saved(msgspec.Struct, array_like=True):
    """A base or what one step changed. Identities are numbers; those of the first release are 16 bytes."""

    last: int  # the last number given
    names: list[str]  # of task specs, referred to by place
    workflows: list[tuple[Any, str]]  # owner, name of its spec
    tasks: list[tuple[Any, Any, Any, int, int, int, bool, dict[str, Any] | None]]
    scopes: dict[str, dict[str, Any]]
    gone: list[Any] = []  # tasks
    dropped: list[str] = []  # scopes
    end: str | None = None  # the end event of the process itself that was passed last
    erased: list[tuple[str, str]] = []  # names of scopes under which nothing stands any more


_encode, _decode = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(Saved).decode


def base(workflow: TopWorkflow) -> bytes:
    """The whole state; of an instance that has ended only its data."""
    workflow.index.settle()
    tasks = () if workflow.completed else workflow.index.whole.values()
    return _blob(workflow, tasks, workflow.scopes.values, Saved(0, [], [], [], {}))


def change(workflow: TopWorkflow) -> bytes:
    """What changed since the state was last saved (``saved``)."""
    index, scopes = workflow.index, workflow.scopes
    index.settle()
    changed = {key: {name: scopes[key][name] for name in names} for key, names in scopes.changed.items()}
    gone = Saved(0, [], [], [], {}, [_key(identity) for identity in index.removed], [*scopes.dropped])
    gone.erased = [*scopes.erased]
    return _blob(workflow, index.changed.values(), changed, gone)


def saved(workflow: TopWorkflow) -> None:
    """What stands now is kept: later changes are counted from here."""
    workflow.index.saved()
    workflow.scopes.saved()


def decode(compiled: Compiled, blobs: Sequence[bytes], script_engine: Any) -> TopWorkflow:
    """The running workflow again, from a base and the changes after it, oldest first."""
    top = TopWorkflow(compiled.spec, compiled.subprocess_specs, script_engine=script_engine, deserializing=True)
    top.index.is_loading = True
    if blobs[0].startswith((PACKED, PLAIN, BRIEF)):
        _fill(top, [_decode(_unpacked(blob)) for blob in blobs])
    else:
        bpmn_codec_1.fill(top, blobs[0])
        return decode(compiled, [base(top), *blobs[1:]], script_engine)
    top.index.settle()
    top.index.is_loading = False
    top.index.changed = dict(top.index.whole)
    _foresee(top)
    saved(top)
    return top


def _blob(workflow: TopWorkflow, tasks: Iterable[LiveTask], scopes: dict[str, dict[str, Any]], into: Saved) -> bytes:
    names: dict[str, int] = {}
    kept = [task for task in tasks if _is_kept(task)]
    into.tasks = [_record(task, names) for task in kept]
    owners = {t.workflow.parent_task_id for t in kept if t.workflow is not workflow}
    into.workflows = [(_key(o), w.spec.name) for o, w in workflow.subprocesses.items() if o in owners]
    into.names, into.scopes, into.last, into.end = list(names), scopes, workflow.index.last, workflow.end_element
    encoded = _encode(into)
    return PLAIN + encoded if len(encoded) < PACK_FROM else BRIEF + _packed(encoded)


def _packed(encoded: bytes) -> bytes:
    packer = zlib.compressobj(1, zdict=WORDS)
    return packer.compress(encoded) + packer.flush()


def _unpacked(blob: bytes) -> bytes:
    if blob.startswith(BRIEF):
        return zlib.decompressobj(zdict=WORDS).decompress(blob[2:])
    return zlib.decompress(blob[2:]) if blob.startswith(PACKED) else blob[2:]


def _is_kept(task: Any) -> bool:
    """Not what is only foreseen: it is foreseen again from what is certain."""
    if task._state >= TaskState.WAITING:
        return True
    parent = task.parent
    return bool(task._state == TaskState.FUTURE and (parent is None or parent._state & TaskState.FINISHED_MASK))


def _record(task: Any, names: dict[str, int]) -> tuple[Any, ...]:
    parent, owner = task._parent, task.workflow.parent_task_id
    return (
        _key(task.id),
        None if parent is None else _key(parent),
        None if owner is None else _key(owner),
        names.setdefault(task.task_spec.name, len(names)),
        task.rank,
        task._state,
        task.triggered,
        task.internal_data or None,
    )


def _key(identity: uuid.UUID) -> int | bytes:
    return identity.int if identity.int < NUMBERS else identity.bytes


def _identity(key: int | bytes) -> uuid.UUID:
    return uuid.UUID(int=key) if isinstance(key, int) else uuid.UUID(bytes=key)


def _fill(top: TopWorkflow, parts: list[Saved]) -> None:
    records: dict[Any, tuple[Any, ...]] = {}
    specs: dict[Any, str] = {}
    for part in parts:
        _apply(part, records, specs, top)
    workflows: dict[Any, Any] = {None: top}
    for record in _oldest_first(records):
        owner = record[2]
        if owner not in workflows:
            workflows[owner] = _sub_workflow(top, _identity(owner), specs[owner])
        _task(workflows[owner], record)
    top.index.last, top.end_element = parts[-1].last, parts[-1].end
    top.index.ranks = max((record[4] for record in records.values()), default=0)
    top.completed = not any(t._state & TaskState.NOT_FINISHED_MASK for t in top.tasks.values())


def _oldest_first(records: dict[Any, tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Parents and owners before what hangs on them; else those of the first release first, then as numbers rise.

    A migration may put a younger task above an older one.
    """
    numbered = sorted(key for key in records if isinstance(key, int))
    placed: dict[Any, tuple[Any, ...]] = {}
    for key in [*(key for key in records if isinstance(key, bytes)), *numbered]:
        above, here = [], key
        while here is not None and here not in placed:
            above.append(here)
            _key, parent, owner, *_rest = records[here]
            here = owner if parent is None else parent
        placed.update((each, records[each]) for each in reversed(above))
    return list(placed.values())


def _apply(part: Saved, records: dict[Any, tuple[Any, ...]], specs: dict[Any, str], top: TopWorkflow) -> None:
    for key in part.gone:
        records.pop(key, None)
    specs.update(part.workflows)
    for record in part.tasks:
        records[record[0]] = (*record[:3], part.names[record[3]], *record[4:])
    for key in part.dropped:
        top.scopes.values.pop(key, None)
    for key, name in part.erased:
        top.scopes.values.get(key, {}).pop(name, None)
    for key, values in part.scopes.items():
        top.scopes.values.setdefault(key, {}).update(values)


def _sub_workflow(top: TopWorkflow, owner_id: uuid.UUID, spec_name: str) -> SubWorkflow:
    return top.restore_subprocess(top.get_task_from_id(owner_id), top.subprocess_specs[spec_name])


def _task(workflow: Any, record: tuple[Any, ...]) -> None:
    key, parent_key, _owner, name, rank, state, triggered, internal_data = record
    parent = None if parent_key is None else workflow.tasks[_identity(parent_key)]
    task = Task(workflow, workflow.spec.task_specs[name], parent, state=state, id=_identity(key))
    task.rank, task.triggered, task.internal_data = rank, triggered, internal_data or {}
    if parent is None:
        workflow.task_tree = task
    if state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
        workflow.top_workflow.event_manager.add_task(task)


def _foresee(top: TopWorkflow) -> None:
    for task in [t for t in top.index.whole.values() if t._state & TaskState.NOT_FINISHED_MASK]:
        task.task_spec._predict(task, mask=TaskState.NOT_FINISHED_MASK)
    top.index.settle()
