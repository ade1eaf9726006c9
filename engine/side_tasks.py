"""Side tasks: somebody co-signs a step, or answers a question. They move no token and lie in the inbox like steps.

A side task is a user task of its own kind, without execution, beside the step it was asked from (``SideTask``); its
answer is its submission. A step is not completed while somebody is still to sign it. Questions outlive their step; all
side tasks end with the case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from engine.definitions import of_instance
from engine.model import ProcessInstance, SideTask, TaskKind, UserTask, UserTaskState
from engine.motion import Motion
from engine.notices import notify, responsible_for
from engine.open_tasks import DEFAULT_PRIORITY, FAR, end_reminders
from engine.policy import allowed, in_jurisdiction, is_shown_to_business
from engine.process import Process
from engine.reasons import reason_of
from engine.reminders import set_reminders
from engine.step_errors import (
    AlreadyAskedError,
    CaseNotShownError,
    CosignOpenError,
    DecisionMissingError,
    ForeignFileError,
    TextMissingError,
    UnsuitableAddresseeError,
)
from records.attachments import Attachment
from records.base import Source, json_safe
from records.clock import Clock
from records.errors import ForbiddenError, NotFoundError
from records.people import Actor, RoleCode, User, load_actor, users_with_role
from records.store import Origin, Store
from records.submissions import Submission

LONGEST = 2000
MOST_FILES = 20
#: in titles, as the model's names are: message ids
NAMES = {TaskKind.COSIGN: "会签", TaskKind.QUESTION: "征询"}
ASKED_VERBS = {TaskKind.COSIGN: "user_task.cosign_asked", TaskKind.QUESTION: "user_task.question_asked"}


class Decision(StrEnum):
    """What whoever co-signs says."""

    SIGN = "sign"
    OBJECT = "object"


@dataclass(frozen=True)
class Ask:
    """Who is asked for what: one of ``user_id``, ``role`` or (with neither) the business of the case."""

    kind: TaskKind
    question: str
    user_id: str | None = None
    role: str | None = None
    due_at: datetime | None = None
    files: Sequence[str] = ()


@dataclass(frozen=True)
class Reply:
    """What is answered. Only whoever co-signs decides."""

    text: str
    decision: Decision | None = None
    files: Sequence[str] = ()


def motion_of(
    session: Session, clock: Clock, actor: Actor, processes: Mapping[str, Process], instance: ProcessInstance
) -> Motion:
    """What belongs to a deed that moves no token."""
    return Motion(session, clock, actor, processes, instance, of_instance(session, instance))


def ask(motion: Motion, main: UserTask, asked: Ask) -> UserTask:
    """Open a side task of a step and tell those it is for."""
    text = _said(asked.question, required=asked.kind is TaskKind.QUESTION)
    group, assignee_id = _addressee(motion, main, asked)
    files = _files(motion, asked.files)
    now, name = motion.clock.now(), NAMES[asked.kind]
    row = UserTask(
        id=motion.clock.new_id(), process_instance_id=main.process_instance_id, kind=asked.kind, execution_id="",
        process_key=main.process_key, element_id=main.element_id, name=main.name,
        title=f"{name} · {main.title}"[:200], candidate_group=group, assignee_id=assignee_id,
        claimed_at=now if assignee_id else None, state=UserTaskState.OPEN, version=1, region_code=main.region_code,
        region_path=main.region_path, establishment_id=main.establishment_id, is_drill=main.is_drill,
        priority=DEFAULT_PRIORITY, created_at=now, due_at=asked.due_at, sort_due=asked.due_at or FAR,
        escalation_level=0,
    )  # fmt: skip
    motion.session.add(row)
    side = SideTask(
        user_task_id=row.id, main_task_id=main.id, process_instance_id=main.process_instance_id,
        asked_by=motion.actor.id, question=text, files=files,
    )  # fmt: skip
    motion.session.add(side)
    motion.instance.side_tasks += 1
    motion.session.flush()
    set_reminders(motion, row)
    people = responsible_for(motion.session, row)
    after = {
        "user_task_id": row.id, "to": assignee_id or group, "to_name": people[0].name if assignee_id else None,
        "question": text, "due_at": json_safe(asked.due_at), "files": files,
    }  # fmt: skip
    _store(motion, main.id).enter(ASKED_VERBS[asked.kind], "user_task", main.id, after=after)
    notify(motion.session, motion.clock, [user.id for user in people], asked.kind.value, row)
    return row


def answer(motion: Motion, row: UserTask, reply: Reply) -> Submission:
    """Keep what whoever was asked says, end the side task and tell those who wait for it."""
    side = _side(motion.session, row)
    if row.kind is TaskKind.COSIGN and reply.decision is None:
        raise DecisionMissingError
    text = _said(reply.text, required=row.kind is TaskKind.QUESTION or reply.decision is Decision.OBJECT)
    answers: dict[str, Any] = {"text": text, "files": _files(motion, reply.files)}
    verb = "user_task.answered"
    if row.kind is TaskKind.COSIGN and reply.decision is not None:
        answers["decision"] = reply.decision.value
        verb = "user_task.cosigned" if reply.decision is Decision.SIGN else "user_task.objected"
    key = f"side/{row.kind.value}"
    submission = Submission(
        id=motion.clock.new_id(), user_task_id=row.id, process_instance_id=row.process_instance_id,
        form_version=f"{key}@1", answers=answers, actor_id=motion.actor.id, at=motion.clock.now(), result={},
    )  # fmt: skip
    motion.session.add(submission)
    motion.session.flush()
    row.state, row.version = UserTaskState.COMPLETED, row.version + 1
    row.completed_at, row.completed_by = motion.clock.now(), motion.actor.id
    end_reminders(motion.session, row.id)
    store = _store(motion, row.id, submission)
    store.enter(verb, "user_task", row.id, after={"main_task_id": side.main_task_id, **answers})
    main = motion.session.get_one(UserTask, side.main_task_id)
    notify(motion.session, motion.clock, {side.asked_by, main.assignee_id} - {motion.actor.id}, "answered", row)
    return submission


def revoke(motion: Motion, row: UserTask, reason: str) -> str:
    """Take back an open side task; gives the step's id. Whoever asked may, and whoever may ask from that step."""
    side = _side(motion.session, row)
    main = motion.session.get_one(UserTask, side.main_task_id)
    may_ask = allowed("user_task.consult", motion.actor, main, motion.session, motion.clock)
    if motion.actor.id != side.asked_by and not may_ask:
        raise ForbiddenError
    said = reason_of(reason)
    row.state, row.version = UserTaskState.CANCELLED, row.version + 1
    end_reminders(motion.session, row.id)
    after = {"user_task_id": row.id, "kind": row.kind.value}
    _store(motion, main.id).enter("user_task.revoked", "user_task", main.id, after=after, reason=said)
    people = {user.id for user in responsible_for(motion.session, row)} if row.assignee_id else set()
    notify(motion.session, motion.clock, people - {motion.actor.id}, "revoked", row)
    return main.id


def require_signed(session: Session, instance: ProcessInstance, main: UserTask) -> None:
    """Nobody is still to sign the step. Raises CosignOpenError."""
    if not instance.side_tasks:
        return
    waiting = (
        select(User.name)
        .join(UserTask, UserTask.assignee_id == User.id)
        .join(SideTask, SideTask.user_task_id == UserTask.id)
        .where(SideTask.main_task_id == main.id, UserTask.kind == TaskKind.COSIGN)
        .where(UserTask.state == UserTaskState.OPEN)
    )
    names = list(session.scalars(waiting.order_by(User.id)))
    if names:
        raise CosignOpenError(names="、".join(names))


def signed(session: Session, instance: ProcessInstance, main: UserTask) -> dict[str, list[dict[str, Any]]]:
    """Who co-signed a step, for the model and its documents: ``_cosigns`` of its answers, when there are any."""
    if not instance.side_tasks:
        return {}
    rows = (
        select(Submission, User.name)
        .join(SideTask, SideTask.user_task_id == Submission.user_task_id)
        .join(User, User.id == Submission.actor_id)
        .where(SideTask.main_task_id == main.id, Submission.form_version.startswith(f"side/{TaskKind.COSIGN.value}@"))
        .order_by(Submission.at, Submission.id)
    )
    given = [
        {"by": one.actor_id, "name": name, "decision": one.answers["decision"], "opinion": one.answers["text"],
         "at": one.at.isoformat()}
        for one, name in session.execute(rows)
    ]  # fmt: skip
    return {"_cosigns": given} if given else {}


def _side(session: Session, row: UserTask) -> SideTask:
    side = session.get(SideTask, row.id)
    if side is None:
        raise NotFoundError
    return side


def _said(text: str, *, required: bool) -> str:
    said = text.replace("\x00", "").strip()[:LONGEST]
    if required and not said:
        raise TextMissingError
    return said


def _files(motion: Motion, ids: Sequence[str]) -> list[str]:
    """Files of this case that the actor uploaded."""
    wanted = list(dict.fromkeys(ids))[:MOST_FILES]
    found = select(Attachment.id).where(
        Attachment.id.in_(wanted),
        Attachment.process_instance_id == motion.instance.id,
        Attachment.created_by == motion.actor.id,
        Attachment.deleted_at.is_(None),
    )
    if wanted and set(motion.session.scalars(found)) != set(wanted):
        raise ForeignFileError
    return wanted


def _addressee(motion: Motion, main: UserTask, asked: Ask) -> tuple[str, str | None]:
    """The group and the person a side task is for."""
    if asked.user_id is not None:
        return _person(motion, main, asked)
    if asked.kind is TaskKind.COSIGN:
        raise UnsuitableAddresseeError
    if asked.role is not None:
        known = asked.role in {role.value for role in RoleCode} - {RoleCode.BUSINESS.value}
        if not known or not users_with_role(motion.session, asked.role, main.region_path):
            raise UnsuitableAddresseeError
        return asked.role, None
    if motion.instance.establishment_id is None:
        raise UnsuitableAddresseeError
    business = Actor("", "", frozenset({RoleCode.BUSINESS.value}), main.region_path,
                     establishment_id=motion.instance.establishment_id)  # fmt: skip
    if not is_shown_to_business(business, motion.instance, motion.session, motion.clock):
        raise CaseNotShownError
    return RoleCode.BUSINESS.value, None


def _person(motion: Motion, main: UserTask, asked: Ask) -> tuple[str, str]:
    """Somebody of an authority who may see the case, and neither asks nor does the step."""
    try:
        person = load_actor(motion.session, asked.user_id or "")
    except NotFoundError:
        raise UnsuitableAddresseeError from None
    is_here = not person.is_business and in_jurisdiction(person, main, motion.session, motion.clock)
    if not is_here or person.id in (motion.actor.id, main.assignee_id):
        raise UnsuitableAddresseeError
    same = (
        exists()
        .where(SideTask.main_task_id == main.id, SideTask.user_task_id == UserTask.id)
        .where(UserTask.kind == asked.kind, UserTask.assignee_id == person.id, UserTask.state == UserTaskState.OPEN)
    )
    if motion.session.scalar(select(same)):
        raise AlreadyAskedError
    return "", person.id


def _store(motion: Motion, user_task_id: str, submission: Submission | None = None) -> Store:
    origin = Origin(
        Source.TASK, motion.instance.id, user_task_id, None if submission is None else submission.id,
        None if submission is None else submission.form_version, is_drill=motion.instance.is_drill,
    )  # fmt: skip
    return Store(motion.session, motion.clock, motion.actor, origin)
