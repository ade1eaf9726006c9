"""Lines in people's notifications about a user task or a case."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from engine.model import Notification, ProcessInstance, UserTask
from records.clock import Clock
from records.drill_marks import marked, may_be_told
from records.people import Actor, RoleCode, User, users_of_establishment, users_with_role


def notify(session: Session, clock: Clock, user_ids: Iterable[str | None], kind: str, user_task: UserTask) -> None:
    """A line for each of these people, once; its text is the user task's title."""
    case = session.get_one(ProcessInstance, user_task.process_instance_id)
    tell(session, clock, user_ids, kind, user_task.title, case, user_task.id)


def notify_from(
    session: Session, clock: Clock, user_ids: Iterable[str | None], kind: str, user_task: UserTask, sender: Actor
) -> None:  # fmt: skip
    """The same, naming who did it."""
    case = session.get_one(ProcessInstance, user_task.process_instance_id)
    tell(session, clock, user_ids, kind, f"{user_task.title} · {sender.name}", case, user_task.id)


def notify_of_case(
    session: Session, clock: Clock, user_ids: Iterable[str | None], kind: str, instance: ProcessInstance
) -> None:
    """A line for each of these people, once; its text is the case's title."""
    tell(session, clock, user_ids, kind, instance.title, instance)


def tell(
    session: Session, clock: Clock, user_ids: Iterable[str | None], kind: str, text: str, case: ProcessInstance,
    user_task_id: str | None = None,
) -> None:  # fmt: skip
    """A line about a case for each of these people, once. A drill tells only the businesses that take part in it.

    Whatever tells people of a case does it here; a test sees to it.
    """
    for user_id in may_be_told(session, case, sorted({each for each in user_ids if each is not None})):
        session.add(
            Notification(
                id=clock.new_id(),
                user_id=user_id,
                kind=kind,
                text=marked(text, case)[:300],
                process_instance_id=case.id,
                user_task_id=user_task_id,
                at=clock.now(),
            )
        )


def responsible_for(session: Session, user_task: UserTask) -> list[User]:
    """Who is to do a user task: its assignee, else the people it is offered to."""
    if user_task.assignee_id is not None:
        return [session.get_one(User, user_task.assignee_id)]
    if user_task.candidate_group == RoleCode.BUSINESS and user_task.establishment_id is not None:
        return users_of_establishment(session, user_task.establishment_id)
    return users_with_role(session, user_task.candidate_group, user_task.region_path)
