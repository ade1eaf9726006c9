"""Who has a user task: taken by oneself, given by others, given back."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine import guards
from engine.definitions import independent_of, separate_from
from engine.errors import UnsuitableAssigneeError
from engine.model import ProcessInstance, UserTask
from engine.notices import notify_from
from engine.policy import in_jurisdiction
from records import rows
from records.base import Source
from records.clock import Clock
from records.errors import NotFoundError
from records.people import Actor, load_actor
from records.store import Origin, Store

DELEGATED = "user_task.delegated"


def take(session: Session, clock: Clock, instance: ProcessInstance, user_task: UserTask, actor: Actor) -> None:
    """The actor takes the user task, if the rules allow; taking one's own again only checks them.

    Who stands in for somebody acts on that person's behalf (engine.standing_in) and may take what is theirs.
    """
    guards.require_unclaimed(user_task, actor)
    is_own = user_task.assignee_id == actor.id
    if not is_own:
        guards.require_candidate(user_task, actor)
    guards.require_qualified(session, clock, user_task, actor)
    guards.require_other_eyes(session, user_task, separate_from(session, user_task), actor)
    guards.require_independence(session, clock, user_task, independent_of(session, user_task), actor)
    if not is_own:
        hand(session, clock, instance, user_task, actor.id, actor, "user_task.claimed", None)


def give(
    session: Session, clock: Clock, instance: ProcessInstance, user_task: UserTask, assignee_id: str | None,
    actor: Actor, *, verb: str, reason: str | None = None,
) -> None:  # fmt: skip
    """The user task goes to somebody, or back to its group."""
    if assignee_id is not None:
        require_suitable(session, clock, user_task, assignee_id)
    hand(session, clock, instance, user_task, assignee_id, actor, verb, reason)
    if assignee_id is not None and assignee_id != actor.id:
        notify_from(session, clock, [assignee_id], verb.removeprefix("user_task."), user_task, actor)


def pass_on(
    session: Session, clock: Clock, instance: ProcessInstance, user_task: UserTask, assignee_id: str, actor: Actor,
    reason: str,
) -> None:  # fmt: skip
    """The user task goes from the one who has it to somebody else, who is told by whom and why."""
    if assignee_id == actor.id:
        raise UnsuitableAssigneeError
    give(session, clock, instance, user_task, assignee_id, actor, verb=DELEGATED, reason=reason)


def require_suitable(session: Session, clock: Clock, user_task: UserTask, assignee_id: str) -> None:
    """Somebody who could claim the user task. Raises UnsuitableAssigneeError, NotQualifiedError, FourEyesError."""
    try:
        assignee = load_actor(session, assignee_id)
    except NotFoundError:
        raise UnsuitableAssigneeError from None
    in_group = user_task.candidate_group in assignee.roles
    if not in_group or not in_jurisdiction(assignee, user_task, session, clock):
        raise UnsuitableAssigneeError
    guards.require_qualified(session, clock, user_task, assignee)
    guards.require_other_eyes(session, user_task, separate_from(session, user_task), assignee)
    guards.require_independence(session, clock, user_task, independent_of(session, user_task), assignee)


def hand(
    session: Session, clock: Clock, instance: ProcessInstance, user_task: UserTask, assignee_id: str | None,
    actor: Actor, verb: str, reason: str | None,
) -> None:  # fmt: skip
    """Write down who has the user task now; the caller has judged whether they may."""
    before = {"assignee_id": user_task.assignee_id} if user_task.assignee_id is not None else None
    rows.change(
        session, user_task, assignee_id=assignee_id, claimed_at=None if assignee_id is None else clock.now(),
        on_behalf_of=actor.on_behalf_of if assignee_id == actor.id else None,
        delegated_by=actor.id if verb == DELEGATED else None, version=user_task.version + 1,
    )  # fmt: skip
    store = Store(session, clock, actor, Origin(Source.TASK, instance.id, user_task.id, is_drill=instance.is_drill))
    store.enter(verb, "user_task", user_task.id, before=before, after={"assignee_id": assignee_id}, reason=reason)
