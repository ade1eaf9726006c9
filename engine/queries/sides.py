"""Side tasks as they are read: what was asked of whom from a step or in a case, and what they said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.model import SideTask, TaskKind, UserTask, UserTaskState
from engine.queries.inbox import seen_tasks
from engine.queries.names import user_names
from engine.queries.tasks import TaskForm, find_user_task, task_form
from records.attachments import Attachment
from records.clock import Clock
from records.errors import NotFoundError
from records.people import Actor
from records.submissions import Draft, Submission


@dataclass(frozen=True)
class SideRow:
    """A side task with its answer, if there is one."""

    id: str
    kind: TaskKind
    state: UserTaskState
    main_task_id: str
    step: str  # the name of the step it was asked from
    question: str
    asked_by: str
    asked_by_name: str
    asked_at: datetime
    due_at: datetime | None
    candidate_group: str
    assignee_name: str | None
    files: list[Attachment]
    answered_by_name: str | None
    answered_at: datetime | None
    decision: str | None
    answer: str | None
    answer_files: list[Attachment]

    @property
    def is_open(self) -> bool:
        """True while nobody answered."""
        return self.state is UserTaskState.OPEN


def side_tasks(session: Session, actor: Actor, case_id: str, main_task_id: str | None = None) -> list[SideRow]:
    """The side tasks of a case, or of one of its steps, that the actor may know of, oldest first."""
    wanted = SideTask.process_instance_id == case_id
    if main_task_id is not None:
        wanted = wanted & (SideTask.main_task_id == main_task_id)
    found = session.execute(
        select(UserTask, SideTask, Submission)
        .join(SideTask, SideTask.user_task_id == UserTask.id)
        .outerjoin(Submission, Submission.user_task_id == UserTask.id)
        .where(wanted, seen_tasks(actor))
        .order_by(UserTask.created_at, UserTask.id)
    )
    return _rows(session, [(task, side, said) for task, side, said in found])


def side_task(session: Session, user_task_id: str, actor: Actor) -> SideRow:
    """One side task. Raises NotFoundError."""
    found = session.execute(
        select(UserTask, SideTask, Submission)
        .join(SideTask, SideTask.user_task_id == UserTask.id)
        .outerjoin(Submission, Submission.user_task_id == UserTask.id)
        .where(UserTask.id == user_task_id, seen_tasks(actor))
    ).one_or_none()
    if found is None:
        raise NotFoundError
    return _rows(session, [(found[0], found[1], found[2])])[0]


def _rows(session: Session, found: list[tuple[UserTask, SideTask, Submission | None]]) -> list[SideRow]:
    people = user_names(
        session, (i for task, side, _said in found for i in (task.assignee_id, task.completed_by, side.asked_by))
    )
    answers = [said.answers if said else {} for _task, _side, said in found]
    files = _files(session, (i for _t, side, _s in found for i in side.files), *(a.get("files", ()) for a in answers))
    return [
        SideRow(
            id=task.id, kind=task.kind, state=task.state, main_task_id=side.main_task_id, step=task.name,
            question=side.question, asked_by=side.asked_by, asked_by_name=people.get(side.asked_by, ""),
            asked_at=task.created_at, due_at=task.due_at, candidate_group=task.candidate_group,
            assignee_name=people.get(task.assignee_id or ""), files=[files[i] for i in side.files if i in files],
            answered_by_name=people.get(task.completed_by or ""), answered_at=task.completed_at,
            decision=said.get("decision"), answer=said.get("text"),
            answer_files=[files[i] for i in said.get("files", ()) if i in files],
        )
        for (task, side, _submission), said in zip(found, answers, strict=True)
    ]  # fmt: skip


def _files(session: Session, *ids: Iterable[str]) -> dict[str, Attachment]:
    wanted = {each for some in ids for each in some}
    found = select(Attachment).where(Attachment.id.in_(wanted), Attachment.deleted_at.is_(None))
    return {one.id: one for one in session.scalars(found)} if wanted else {}


def main_answers(session: Session, row: SideRow, actor: Actor, *, clock: Clock) -> TaskForm:
    """The form of the step that a side task was asked from, with what its assignee has answered so far."""
    main = find_user_task(session, row.main_task_id, actor)
    asked = task_form(session, main.id, actor, clock=clock)
    draft = session.get(Draft, (main.id, main.assignee_id)) if main.assignee_id else None
    if asked.submission is not None or draft is None:
        return asked
    return replace(asked, answers=draft.answers, draft=draft)
