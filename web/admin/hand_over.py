"""Somebody leaves: their open tasks go to others, each by itself, and then the account closes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.bulk import MOST_AT_ONCE, Bulk, ItemResult
from engine.leaving import close_account, open_tasks_of
from engine.model import ProcessInstance, UserTask
from engine.suitability import Suitable, suitable_people
from records.base import Source
from records.clock import Clock
from records.people import Actor, User
from records.store import Origin, Store
from web.parts import Parts

Place = tuple[str, str | None, str, str | None]


@dataclass(frozen=True)
class Handing:
    """An open task of the leaver and who could take it."""

    task: UserTask
    business_key: str
    people: list[Suitable]


def handings(session: Session, clock: Clock, actor: Actor, user_id: str) -> list[Handing]:
    """What the leaver has in hand, the most urgent first; people are looked for once for tasks of one kind."""
    tasks = open_tasks_of(session, user_id, MOST_AT_ONCE)
    numbers = _numbers(session, tasks)
    suitable: dict[Place, list[Suitable]] = {}
    for task in tasks:
        if _place(task) not in suitable:
            suitable[_place(task)] = suitable_people(session, clock, actor, [task])
    return [Handing(task, numbers[task.process_instance_id], suitable[_place(task)]) for task in tasks]


def hand_over(
    here: Parts, actor: Actor, user: User, given: dict[str, str], reason: str
) -> tuple[list[ItemResult], bool]:
    """Move each task to whom it was given (empty: back to its group); close the account when nothing is left.

    Gives the results and whether the account was closed. Raises OpenTasksError when something is left.
    """
    moves = {task_id: assignee_id or None for task_id, assignee_id in given.items()}
    results = Bulk(here.database, here.engine, actor).hand_over(moves, reason) if moves else []
    if not all(result.is_done for result in results):
        return results, False
    with here.database.unit_of_work() as session:
        store = Store(session, here.clock, actor, Origin(source=Source.ADMIN))
        close_account(store, session.get_one(User, user.id), reason)
    return results, True


def _place(task: UserTask) -> Place:
    return task.candidate_group, task.qualification, task.region_path, task.establishment_id


def _numbers(session: Session, tasks: Sequence[UserTask]) -> dict[str, str]:
    cases = {task.process_instance_id for task in tasks}
    rows = select(ProcessInstance.id, ProcessInstance.business_key).where(ProcessInstance.id.in_(cases))
    return dict(session.execute(rows).all())
