"""Open user tasks as rows: opened with group, assignee, due, priority; cancelled when no longer needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, exists, or_, select, update
from sqlalchemy.orm import Session

from engine.bpmn import Waiting
from engine.errors import ModelFaultError
from engine.expressions import Expressions, parse_moment
from engine.model import Job, JobKind, JobState, ProcessInstance, SideTask, TaskKind, UserTask, UserTaskState
from engine.motion import Motion
from engine.reminders import set_reminders
from feel.errors import FeelError
from forms.catalog import Form
from forms.conditions import Condition
from records import rows
from records.people import User
from records.registry import Establishment
from records.rules import RuleNotFoundError

FAR = datetime(9999, 1, 1, tzinfo=UTC)
DEFAULT_PRIORITY = 50


@dataclass(frozen=True)
class Due:
    """When a user task is due and why."""

    at: datetime | None = None
    rule: str | None = None
    basis: dict[str, Any] | None = None


@dataclass(frozen=True)
class Place:
    """Where a user task lies, and whose business does it."""

    region_code: str
    region_path: str
    establishment_id: str | None


def sync_user_tasks(motion: Motion) -> list[str]:
    """A row for every user task that this step opened; those it took away are cancelled. Gives the ids of the new."""
    closed, opened = motion.execution.closed(), motion.execution.opened()
    closed.discard(motion.completed or "")
    known = open_rows(motion.session, motion.instance.id) if closed or motion.is_replaced else []
    if motion.is_replaced:
        waiting, places = motion.execution.user_tasks(), {row.execution_id for row in known}
        closed = places - {each.execution_id for each in waiting}
        opened = [each for each in waiting if each.execution_id not in places]
    for row in known:
        if row.execution_id in closed:
            cancel(motion, row)
    return [_open(motion, waiting).id for waiting in opened]


def open_rows(session: Session, instance_id: str) -> list[UserTask]:
    """The open steps of an instance."""
    return list(
        session.scalars(
            select(UserTask).where(
                UserTask.process_instance_id == instance_id,
                UserTask.state == UserTaskState.OPEN,
                UserTask.kind == TaskKind.STEP,
            )
        )
    )


def open_side_rows(session: Session, instance: ProcessInstance, signing: str | None = None) -> list[UserTask]:
    """The open side tasks of an instance; with ``signing`` only those that are to co-sign that step."""
    if not instance.side_tasks:
        return []
    found = select(UserTask).where(
        UserTask.process_instance_id == instance.id, UserTask.state == UserTaskState.OPEN
    )  # fmt: skip
    if signing is None:
        return list(session.scalars(found.where(UserTask.kind != TaskKind.STEP)))
    of_step = exists().where(SideTask.user_task_id == UserTask.id, SideTask.main_task_id == signing)
    return list(session.scalars(found.where(UserTask.kind == TaskKind.COSIGN, of_step)))


def cancel(motion: Motion, row: UserTask) -> None:
    """The user task is not needed any more, nor are those who were to sign it."""
    for signing in open_side_rows(motion.session, motion.instance, row.id):
        cancel(motion, signing)
    rows.change(motion.session, row, state=UserTaskState.CANCELLED, version=row.version + 1)
    end_reminders(motion.session, row.id)
    motion.store.enter("user_task.cancelled", "user_task", row.id, after={"element": row.element_id})


def end_reminders(session: Session, user_task_id: str) -> None:
    """Nobody needs to be reminded of it."""
    rows.run(session, _END_REMINDERS, {"ended": user_task_id})


_END_REMINDERS = (
    update(rows.table_of(Job))
    .where(Job.user_task_id == bindparam("ended"), Job.kind == JobKind.REMINDER)
    .where(or_(Job.state == JobState.WAITING, Job.state == JobState.HELD))
    .values(state=JobState.CANCELLED)
)


def _open(motion: Motion, waiting: Waiting) -> UserTask:
    instance, now = motion.instance, motion.clock.now()
    element = motion.definition.element(waiting.process_key, waiting.element_id)
    form = motion.definition.form(waiting.process_key, waiting.element_id)
    if form is None:
        raise ModelFaultError(waiting.element_id, "缺少表单")
    due = due_of(motion.expressions, form, waiting.data, now, waiting.element_id)
    name = element.name or element.id
    place = _place(motion, form, waiting)
    assignee = _assignee(motion, form, waiting.data, place)
    values = {
        "id": motion.clock.new_id(), "process_instance_id": instance.id, "execution_id": waiting.execution_id,
        "process_key": waiting.process_key, "element_id": element.id, "name": name[:120],
        "title": f"{name} · {instance.title}"[:200], "candidate_group": element.lane or "",
        "qualification": form.properties.qualification, "assignee_id": assignee,
        "claimed_at": now if assignee else None, "region_code": place.region_code,
        "region_path": place.region_path, "establishment_id": place.establishment_id,
        "is_drill": instance.is_drill, "priority": _priority(motion, form, waiting.data), "created_at": now,
        "due_at": due.at, "due_rule": due.rule, "due_basis": due.basis, "sort_due": due.at or FAR,
    }  # fmt: skip
    row = rows.add(motion.session, UserTask, values)
    set_reminders(motion, row)
    return row


def _value(expressions: Expressions, condition: Condition, data: Mapping[str, Any]) -> Any:
    try:
        return expressions.value(condition.text, data)
    except FeelError:
        return None


def _assignee(motion: Motion, form: Form, data: Mapping[str, Any], place: Place) -> str | None:
    """Whom the model names, if that person is still there and may see what lies in that place."""
    if form.properties.assignee is None:
        return None
    user_id = _value(motion.expressions, form.properties.assignee, data)
    user = motion.session.get(User, user_id) if isinstance(user_id, str) else None
    if user is None or not user.active or user.deleted_at is not None:
        return None
    return user.id if place.region_path.startswith(user.region_path) else None


def _place(motion: Motion, form: Form, waiting: Waiting) -> Place:
    """Where a user task lies: with the business that its form names, else where its case is."""
    instance, wanted = motion.instance, form.properties.establishment
    if wanted is None:
        return Place(instance.region_code, instance.region_path, instance.establishment_id)
    named = _value(motion.expressions, wanted, waiting.data)
    business = motion.session.get(Establishment, named) if isinstance(named, str) else None
    if business is None:
        raise ModelFaultError(waiting.element_id, f"没有主体：{named}")
    return Place(business.region_code, business.region_path, business.id)


def _priority(motion: Motion, form: Form, data: Mapping[str, Any]) -> int:
    wanted = form.properties.priority
    value = _value(motion.expressions, wanted, data) if isinstance(wanted, Condition) else wanted
    return DEFAULT_PRIORITY if not isinstance(value, int | float) else max(0, min(100, int(value)))


def due_of(expressions: Expressions, form: Form, data: Mapping[str, Any], begun: datetime, element_id: str) -> Due:
    """When a user task that was opened at ``begun`` is due, by its form's date or rule."""
    wanted = form.properties.due
    if wanted is None:
        return Due()
    named = None if wanted.rule_from is None else _value(expressions, wanted.rule_from, data)
    code = named if isinstance(named, str) else wanted.rule
    if wanted.at is not None:
        moment = parse_moment(_value(expressions, wanted.at, data))
        basis = {"started_at": begun.isoformat()}
        return Due(moment, code, None if moment is None else basis)
    try:
        deadline = expressions.deadline_of_rule(code or "", begun)
    except RuleNotFoundError as error:
        raise ModelFaultError(element_id, str(error)) from error
    rule_basis: dict[str, Any] = {
        "value": deadline.value,
        "unit": deadline.unit,
        "legal_basis": deadline.legal_basis,
        "started_at": deadline.started_at.isoformat(),
        "calendar_version": deadline.calendar_version,
    }
    return Due(deadline.due_at, deadline.rule, rule_basis)
