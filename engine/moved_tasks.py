"""User tasks and timers of an instance that moves to another version: they stay the same rows, under the new model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.bpmn import Waiting
from engine.migration_plan import Plan
from engine.model import Job, JobKind, ProcessInstance, TaskKind, UserTask, UserTaskState
from engine.motion import Motion
from engine.open_tasks import FAR, Due, end_reminders
from engine.recalculation import due_now
from engine.reminders import move_reminders, set_reminders
from forms.catalog import Form
from forms.sentences import Sentence
from records.base import json_safe
from records.submissions import Draft

REMARK_SENTENCES = {
    "due": "“%(element)s”的期限规则已变，将重新计算",
    "group": "“%(element)s”的办理角色改为 %(role)s，现办理人不变",
    "draft": "“%(element)s”的草稿保留，但新表单没有：%(fields)s",
}
KEPT = ("element_id", "name", "title", "candidate_group", "qualification", "due_rule", "due_basis")
MOMENTS = ("due_at", "sort_due")


def rows_of(session: Session, instance: ProcessInstance) -> dict[str, Any]:
    """What undoing needs of user tasks and timers, as JSON: by id, the values that moving may change."""
    tasks = {
        row.id: {name: json_safe(getattr(row, name)) for name in (*KEPT, *MOMENTS)} for row in _tasks(session, instance)
    }
    return {"user_tasks": tasks, "jobs": {job.id: job.element_id for job in _timers(session, instance)}}


def adopt(motion: Motion, plan: Plan) -> None:
    """Give rows the ids, names and groups that the new version has; due dates anew where their rule changed."""
    waiting = {each.execution_id: each for each in motion.execution.user_tasks()}
    for row in _tasks(motion.session, motion.instance):
        before, element_id = row.element_id, plan.mapped.get(row.process_key, {}).get(row.element_id)
        if element_id is None:
            continue
        row.element_id = element_id  # finished ones, too: who did what must be found under the name that forms use now
        if row.state is UserTaskState.OPEN and row.execution_id in waiting:
            _adopt_open(motion, plan, row, before, waiting[row.execution_id])
    for job in _timers(motion.session, motion.instance):
        process_key = job.payload.get("process_key", plan.source.key)
        job.element_id = plan.mapped.get(process_key, {}).get(job.element_id or "", job.element_id)


def _adopt_open(motion: Motion, plan: Plan, row: UserTask, before: str, waiting: Waiting) -> None:
    element = motion.definition.element(row.process_key, row.element_id)
    old, new = plan.source.form(row.process_key, before), motion.definition.form(row.process_key, row.element_id)
    name = element.name or element.id
    row.name, row.title = name[:120], f"{name} · {motion.instance.title}"[:200]
    row.candidate_group = element.lane or ""
    row.qualification = None if new is None else new.properties.qualification
    row.version += 1
    if is_due_otherwise(old, new):
        _due_anew(motion, row, waiting)


def is_due_otherwise(old: Form | None, new: Form | None) -> bool:
    """The two editions of a form give another date or rule."""
    return _due(old) != _due(new)


def _due(form: Form | None) -> tuple[str | None, str | None] | None:
    wanted = None if form is None else form.properties.due
    return None if wanted is None else (wanted.rule, None if wanted.at is None else wanted.at.text)


def _due_anew(motion: Motion, row: UserTask, waiting: Waiting) -> None:
    form = motion.definition.form(row.process_key, row.element_id)
    is_due = form is not None and form.properties.due is not None
    was_due, due = row.due_at, due_now(motion, row, waiting) if is_due else Due()
    row.due_at, row.due_rule, row.due_basis, row.sort_due = due.at, due.rule, due.basis, due.at or FAR
    motion.session.flush()
    if due.at is None:
        end_reminders(motion.session, row.id)
    elif was_due is None:
        set_reminders(motion, row)
    else:
        move_reminders(motion, row)
    after = {"due_at": json_safe(due.at), "due_rule": due.rule, "element": row.element_id}
    before = {"due_at": json_safe(was_due)}
    motion.store.enter("user_task.due_moved", "user_task", row.id, before=before, after=after)


def put_back(motion: Motion, rows: Mapping[str, Any]) -> None:
    """Give user tasks and timers the values that they had before."""
    for row in _tasks(motion.session, motion.instance):
        values = rows["user_tasks"].get(row.id)
        if values is None:
            continue
        due_at = row.due_at
        for name in KEPT:
            setattr(row, name, values[name])
        for name in MOMENTS:
            setattr(row, name, None if values[name] is None else datetime.fromisoformat(values[name]))
        row.version += 1
        if row.due_at != due_at and row.state is UserTaskState.OPEN:
            move_reminders(motion, row)
    for job in _timers(motion.session, motion.instance):
        job.element_id = rows["jobs"].get(job.id, job.element_id)


def remarks(session: Session, instance: ProcessInstance, plan: Plan) -> Iterator[Sentence]:
    """What people should know of open user tasks before they move."""
    for row in _tasks(session, instance):
        element_id = plan.mapped.get(row.process_key, {}).get(row.element_id)
        if row.state is not UserTaskState.OPEN or row.kind is not TaskKind.STEP or element_id is None:
            continue
        old, new = plan.source.form(row.process_key, row.element_id), plan.target.form(row.process_key, element_id)
        if is_due_otherwise(old, new):
            yield _remark("due", element=row.name)
        lane = plan.target.element(row.process_key, element_id).lane or ""
        if lane != row.candidate_group:
            yield _remark("group", element=row.name, role=lane)
        yield from _draft_remarks(session, row, new)


def _draft_remarks(session: Session, row: UserTask, form: Form | None) -> Iterator[Sentence]:
    known = set() if form is None else {question.key for question in form.questions}
    drafts = session.scalars(select(Draft).where(Draft.user_task_id == row.id).order_by(Draft.user_id))
    for draft in drafts:
        lost = sorted(set(draft.answers) - known)
        if lost:
            yield _remark("draft", element=row.name, fields="、".join(lost))


def _remark(kind: str, **places: str) -> Sentence:
    return Sentence(REMARK_SENTENCES[kind], places)


def _tasks(session: Session, instance: ProcessInstance) -> list[UserTask]:
    mine = select(UserTask).where(UserTask.process_instance_id == instance.id).order_by(UserTask.id)
    return list(session.scalars(mine))


def _timers(session: Session, instance: ProcessInstance) -> list[Job]:
    timers = select(Job).where(Job.process_instance_id == instance.id, Job.kind == JobKind.TIMER)
    return list(session.scalars(timers.order_by(Job.id)))
