"""One user task as a page: what it is, what the actor may do with it, and its form with everything around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import guards
from engine.completion import motion_context
from engine.definitions import form_of, independent_of, separate_from
from engine.model import InstanceState, ProcessInstance, TaskKind, UserTask, UserTaskState
from engine.policy import allowed
from engine.queries.inbox import seen_tasks
from engine.queries.inbox_rows import InboxRow, inbox_rows
from engine.queries.names import user_names
from engine.returning import undoing, way_back
from engine.running import Running
from engine.standing_in import acting
from forms.catalog import Form
from forms.context import FormContext
from records.clock import Clock
from records.errors import ConflictError, DomainError, NotFoundError
from records.people import Actor
from records.submissions import Draft, Submission


@dataclass(frozen=True)
class TaskDetail(InboxRow):
    """A user task and what the actor may do with it. ``refusal`` says why it cannot be claimed."""

    case_title: str
    version: int
    qualification: str | None
    claimed_at: datetime | None
    completed_by: str | None
    completed_by_name: str | None
    due_rule: str | None
    due_basis: dict[str, Any] | None
    region_path: str
    reopens_id: str | None
    may_release: bool
    may_assign: bool
    may_delegate: bool
    may_follow_up: bool
    may_prioritise: bool
    may_complete: bool
    may_ask: bool
    refusal: DomainError | None
    standing_in_for: str | None  # the name of whom one would act for

    @property
    def is_open(self) -> bool:
        """True while it is still to be done."""
        return self.state is UserTaskState.OPEN and self.case_state is InstanceState.ACTIVE

    @property
    def is_suspended(self) -> bool:
        """True while it is to be done, but not now."""
        return self.state is UserTaskState.OPEN and self.case_state is InstanceState.SUSPENDED


@dataclass(frozen=True)
class TaskForm:
    """The form of a user task: answers are the draft's, the submission's, or empty."""

    task: UserTask
    form: Form
    context: FormContext
    answers: Mapping[str, Any]
    draft: Draft | None
    submission: Submission | None
    returns: list[UserTask]  # the completed steps that whoever does it may send the case back to, the nearest first
    may_withdraw: bool


def user_task(session: Session, user_task_id: str, actor: Actor, *, clock: Clock) -> TaskDetail:
    """A user task inside the actor's sight. Raises NotFoundError."""
    task = find_user_task(session, user_task_id, actor)
    instance = session.get_one(ProcessInstance, task.process_instance_id)
    as_whom = acting(session, clock, task, actor)
    refusal = _refusal(session, clock, instance, task, as_whom)
    is_open = task.state is UserTaskState.OPEN and instance.state is InstanceState.ACTIVE
    is_step = is_open and task.kind is TaskKind.STEP
    people = user_names(session, [task.completed_by, as_whom.on_behalf_of])
    row = dict(vars(inbox_rows(session, actor, [task], clock.now())[0]))
    row["may_claim"] = is_open and task.assignee_id != actor.id and refusal is None
    return TaskDetail(
        **row,
        case_title=instance.title,
        version=task.version,
        qualification=task.qualification,
        claimed_at=task.claimed_at,
        completed_by=task.completed_by,
        completed_by_name=people.get(task.completed_by or ""),
        due_rule=task.due_rule,
        due_basis=task.due_basis,
        region_path=task.region_path,
        reopens_id=task.reopens_id,
        may_release=is_open and task.assignee_id is not None and _may("release", actor, task, session, clock),
        may_assign=is_open and _may("assign", actor, task, session, clock),
        may_delegate=is_step and _may("delegate", actor, task, session, clock),
        may_follow_up=is_step and _may("follow_up", actor, task, session, clock),
        may_prioritise=is_step and _may("prioritise", actor, task, session, clock),
        may_complete=is_open and refusal is None,
        may_ask=is_step and _may("consult", actor, task, session, clock),
        refusal=refusal,
        standing_in_for=people.get(as_whom.on_behalf_of or ""),
    )


def find_user_task(session: Session, user_task_id: str, actor: Actor) -> UserTask:
    """The row. Raises NotFoundError."""
    task = session.scalar(select(UserTask).where(UserTask.id == user_task_id, seen_tasks(actor)))
    if task is None:
        raise NotFoundError
    return task


def task_form(session: Session, user_task_id: str, actor: Actor, *, clock: Clock) -> TaskForm:
    """The form of a user task with its surroundings and what was answered so far. Raises NotFoundError."""
    task = find_user_task(session, user_task_id, actor)
    instance = session.get_one(ProcessInstance, task.process_instance_id)
    form = form_of(session, task)
    running = Running.read(session, clock, actor, instance)
    waits = task.state is UserTaskState.OPEN and running.execution.is_waiting(task.execution_id)
    data = running.data_at(task.execution_id) if waits else running.execution.data
    draft = session.get(Draft, (task.id, actor.id)) if task.state is UserTaskState.OPEN else None
    submission = session.scalar(select(Submission).where(Submission.user_task_id == task.id))
    given = submission or draft
    answers = earlier_answers(session, task) if given is None else given.answers
    returns, may_withdraw = _ways_back(running, task)
    return TaskForm(task, form, motion_context(running, data), answers, draft, submission, returns, may_withdraw)


def confirms_identity(session: Session, user_task_id: str, actor: Actor) -> bool:
    """Whether whoever does this step enters the password once more. Raises NotFoundError."""
    task = find_user_task(session, user_task_id, actor)
    return task.kind is TaskKind.STEP and form_of(session, task).properties.confirms_identity


def earlier_answers(session: Session, task: UserTask) -> dict[str, Any]:
    """What was answered when the step was done the last time, for a step that is done again; else nothing."""
    if task.reopens_id is None:
        return {}
    former = session.scalar(select(Submission).where(Submission.user_task_id == task.reopens_id))
    return {} if former is None else form_of(session, task).load_draft(former.answers)


def returns(session: Session, user_task_id: str, actor: Actor, *, clock: Clock) -> list[UserTask]:
    """The completed steps that the actor may send the case back to, the nearest first. Raises NotFoundError."""
    task = find_user_task(session, user_task_id, actor)
    instance = session.get_one(ProcessInstance, task.process_instance_id)
    if not _may("return", actor, task, session, clock):
        return []
    return _ways_back(Running.read(session, clock, actor, instance), task)[0]


def _ways_back(running: Running, task: UserTask) -> tuple[list[UserTask], bool]:
    """Where whoever does an open user task may return it to; whether the actor may take back a completed one."""
    actor = running.actor
    if running.instance.state is not InstanceState.ACTIVE:
        return [], False
    if task.state is UserTaskState.OPEN:
        is_others = actor.is_business or task.assignee_id not in (None, actor.id)
        return [] if is_others else way_back(running, task).targets, False
    if task.state is not UserTaskState.COMPLETED or task.completed_by != actor.id:
        return [], False
    try:
        undoing(running, task)
    except ConflictError:
        return [], False
    return [], True


def _may(verb: str, actor: Actor, task: UserTask, session: Session, clock: Clock) -> bool:
    return allowed(f"user_task.{verb}", actor, task, session, clock)


def _refusal(
    session: Session, clock: Clock, instance: ProcessInstance, task: UserTask, actor: Actor
) -> DomainError | None:
    try:
        guards.require_open(instance, task)
        guards.require_own(task, actor)
        guards.require_qualified(session, clock, task, actor)
        guards.require_other_eyes(session, task, separate_from(session, task), actor)
        guards.require_independence(session, clock, task, independent_of(session, task), actor)
    except DomainError as refusal:
        return refusal
    return None
