"""The live diagram: the model's XML with what was passed, where the tokens stand, what is known of each element."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.definitions import Definition, Part, of_instance
from engine.model import (
    Incident,
    InstanceState,
    InstanceStep,
    Job,
    JobKind,
    JobState,
    ProcessInstance,
    TaskKind,
    UserTask,
)
from engine.model import UserTaskState as State
from engine.queries.cases import find_case
from engine.queries.names import user_names
from engine.queries.waits import waits
from records.clock import ZONE, Clock
from records.people import SYSTEM, Actor

WAITING_JOBS = (JobState.WAITING, JobState.RUNNING, JobState.INCIDENT)


class _Seen:
    """Everything one instance's diagrams need, read once."""

    def __init__(self, session: Session, instance: ProcessInstance, clock: Clock) -> None:
        self.now, self.is_active = clock.now(), instance.state is InstanceState.ACTIVE
        of = InstanceStep.process_instance_id == instance.id
        shown = (InstanceStep.at, InstanceStep.actor_id, InstanceStep.passed)
        self.steps = session.execute(select(*shown).where(of).order_by(InstanceStep.version)).all()
        self.tasks = list(
            session.scalars(
                select(UserTask)
                .where(UserTask.process_instance_id == instance.id, UserTask.kind == TaskKind.STEP)
                .order_by(UserTask.created_at)
            )
        )
        timers = select(Job).where(
            Job.process_instance_id == instance.id, Job.kind == JobKind.TIMER, Job.state.in_(WAITING_JOBS)
        )
        self.timers = list(session.scalars(timers))
        self.waits = waits(session, instance)
        self.incidents = list(
            session.scalars(
                select(Incident).where(Incident.process_instance_id == instance.id, Incident.resolved_at.is_(None))
            )
        )
        ids = [actor_id for _at, actor_id, _passed in self.steps] + [
            i for t in self.tasks for i in (t.assignee_id, t.completed_by)
        ]
        self.people = user_names(session, ids)


def diagram(session: Session, case_id: str, actor: Actor, *, clock: Clock) -> dict[str, Any]:
    """The diagram of a case as JSON.

    ``children`` holds, by call activity, the called process's own diagram; ``entered`` names those the case came to.
    """
    instance = find_case(session, case_id, actor)
    definition = of_instance(session, instance)
    seen = _Seen(session, instance, clock)
    return _drawn(definition, definition.parts[definition.key], seen, actor, frozenset())


def _drawn(definition: Definition, part: Part, seen: _Seen, actor: Actor, above: frozenset[str]) -> dict[str, Any]:
    model, key = part.model, part.model.key
    passed = list(dict.fromkeys(e for _at, _actor, elements in seen.steps for e in elements.get(key, ())))
    current, overdue = _tokens(part, seen)
    children = {
        call: _drawn(definition, definition.parts[called], seen, actor, above | {key})
        for call, called in model.calls().items()
        if called in definition.parts and called not in above
    }
    reached = {model.flows[flow].target for flow in passed if flow in model.flows}
    entered = [call for call in children if call in reached]
    current += [call for call in entered if children[call]["current"]]
    return {
        "process": key,
        "name": model.name,
        "xml": part.bpmn,
        "passed": [e for e in passed if e in model.elements],
        "flows": [e for e in passed if e in model.flows],
        "current": sorted(set(current)),
        "overdue": sorted(set(overdue)),
        "incident": sorted({i.element_id for i in seen.incidents if i.element_id in model.elements}),
        "details": _details(part, seen, actor),
        "entered": entered,
        "children": children,
    }


def _tokens(part: Part, seen: _Seen) -> tuple[list[str], list[str]]:
    key = part.model.key
    open_tasks = [t for t in seen.tasks if t.process_key == key and t.state is State.OPEN]
    current = [t.element_id for t in open_tasks]
    current += [wait.element_id for wait in seen.waits if wait.process_key == key]
    scopes = [part.model.elements[e].scope for e in current]
    current += [scope for scope in scopes if scope in part.model.elements]
    return current, [t.element_id for t in open_tasks if t.due_at is not None and t.due_at < seen.now]


def _details(part: Part, seen: _Seen, actor: Actor) -> dict[str, dict[str, Any]]:
    details: dict[str, dict[str, Any]] = {}
    for at, actor_id, passed in seen.steps:
        who = "" if actor_id == SYSTEM.id else seen.people.get(actor_id, "")
        own = [e for e in passed.get(part.model.key, ()) if e in part.model.elements]
        details |= {element_id: _detail(part, element_id, who, at) for element_id in own}
    for task in _shown(seen.tasks, part, actor):
        details[task.element_id] = _task_detail(part, seen, task)
    _add_waits(details, part, seen)
    for incident in seen.incidents:
        if incident.element_id in details:
            details[incident.element_id]["what"] = incident.message
    return details


def _add_waits(details: dict[str, dict[str, Any]], part: Part, seen: _Seen) -> None:
    for wait in seen.waits:
        if wait.process_key == part.model.key:
            details.setdefault(wait.element_id, _detail(part, wait.element_id, "", None))
    for job in seen.timers:
        if job.payload.get("process_key") == part.model.key and job.element_id is not None:
            detail = details.setdefault(job.element_id, _detail(part, job.element_id, "", None))
            detail["due_at"] = job.due_at.isoformat()


def _task_detail(part: Part, seen: _Seen, task: UserTask) -> dict[str, Any]:
    people = seen.people.get(task.completed_by or task.assignee_id or "", task.candidate_group)
    detail = _detail(part, task.element_id, people, task.completed_at)
    detail["due_at"] = None if task.due_at is None else task.due_at.isoformat()
    detail["href"] = f"/tasks/{task.id}"
    return detail


def _shown(tasks: Iterable[UserTask], part: Part, actor: Actor) -> list[UserTask]:
    own = [t for t in tasks if t.process_key == part.model.key and t.state is not State.CANCELLED]
    return [t for t in own if not actor.is_business or t.candidate_group in actor.roles]


def _detail(part: Part, element_id: str, who: str, at: Any) -> dict[str, Any]:
    element = part.model.elements[element_id]
    when = "" if at is None else f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}"
    return {"title": element.name or element.id, "who": who, "when": when, "what": ""}
