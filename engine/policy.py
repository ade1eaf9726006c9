"""Who may do what: permission -> alternatives, each a tuple of predicates. One alternative must hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from engine.model import ProcessInstance, UserTask
from engine.standing_in import acting
from records.clock import Clock, today
from records.people import Actor, RoleCode, has_valid_qualification

Predicate = Callable[[Actor, Any, Session, Clock], bool]


def is_authority(actor: Actor, thing: Any, session: Session, clock: Clock) -> bool:
    """Not a business."""
    return not actor.is_business


def in_jurisdiction(actor: Actor, thing: Any, session: Session, clock: Clock) -> bool:
    """The thing lies in the actor's region; for a business: concerns its own establishment."""
    if actor.is_system:
        return True
    if not str(thing.region_path).startswith(actor.region_path):
        return False
    return not actor.is_business or is_business_of(actor, thing, session, clock)


def is_business_of(actor: Actor, thing: Any, session: Session, clock: Clock) -> bool:
    """The thing concerns the actor's own establishment."""
    return actor.establishment_id is not None and thing.establishment_id == actor.establishment_id


def is_shown_to_business(actor: Actor, thing: ProcessInstance, session: Session, clock: Clock) -> bool:
    """The case was opened to the business, or gave it a user task."""
    if not actor.is_business:
        return True
    own_task = (
        (UserTask.process_instance_id == thing.id)
        & (UserTask.candidate_group == RoleCode.BUSINESS)
        & (UserTask.establishment_id == (actor.establishment_id or ""))
    )
    return thing.is_visible_to_business or bool(session.scalar(select(exists().where(own_task))))


def is_candidate(actor: Actor, thing: UserTask, session: Session, clock: Clock) -> bool:
    """The user task is offered to one of the actor's roles."""
    return thing.candidate_group in actor.roles


def is_offered(actor: Actor, thing: UserTask, session: Session, clock: Clock) -> bool:
    """The user task is for a group; a side task may be for one person only."""
    return thing.candidate_group != ""


def is_assignee(actor: Actor, thing: UserTask, session: Session, clock: Clock) -> bool:
    """The user task is the actor's own."""
    return thing.assignee_id == actor.id


def has_completed(actor: Actor, thing: UserTask, session: Session, clock: Clock) -> bool:
    """The actor completed the user task."""
    return thing.completed_by == actor.id


def is_unassigned(actor: Actor, thing: UserTask, session: Session, clock: Clock) -> bool:
    """Nobody has the user task yet."""
    return thing.assignee_id is None


def stands_in(actor: Actor, thing: UserTask, session: Session, clock: Clock) -> bool:
    """The user task is an absent person's, or offered to a role of theirs, and the actor is the substitute."""
    return thing.assignee_id != actor.id and acting(session, clock, thing, actor).on_behalf_of is not None


def is_oneself(actor: Actor, thing: Any, session: Session, clock: Clock) -> bool:
    """The thing is the actor, or the actor's own absence."""
    return actor.id in (thing.id, getattr(thing, "user_id", None))


def is_qualified(actor: Actor, thing: UserTask, session: Session, clock: Clock) -> bool:
    """The actor holds the qualification that the user task demands (standard 4.2)."""
    if thing.qualification is None or actor.is_system:
        return True
    return has_valid_qualification(session, actor.id, thing.qualification, today(clock))


def has_role(*roles: RoleCode) -> Predicate:
    """The actor has one of the roles."""
    wanted = frozenset(role.value for role in roles)

    def holds(actor: Actor, thing: Any, session: Session, clock: Clock) -> bool:
        return bool(wanted & actor.roles)

    return holds


def handles_problem(actor: Actor, thing: Any, session: Session, clock: Clock) -> bool:
    """The actor is one of the pair that handles the problem."""
    return actor.id in (thing.handler_id, thing.second_handler_id)


def is_of_region(actor: Actor, thing: Any, session: Session, clock: Clock) -> bool:
    """The thing lies in the actor's own region, not in one below."""
    return bool(thing.region_path == actor.region_path)


_leads = has_role(RoleCode.LEAD, RoleCode.MANAGER)

#: what may be done with one thing; which pages a role may open is web/permissions.py's
POLICY: Mapping[str, tuple[tuple[Predicate, ...], ...]] = {
    "user_task.read": ((in_jurisdiction, is_candidate), (in_jurisdiction, is_authority)),
    "user_task.claim": (
        (in_jurisdiction, is_candidate, is_unassigned, is_qualified),
        (in_jurisdiction, stands_in, is_qualified),
    ),
    "user_task.release": ((in_jurisdiction, is_assignee, is_offered), (in_jurisdiction, _leads, is_offered)),
    "user_task.assign": ((in_jurisdiction, _leads),),
    "user_task.delegate": ((in_jurisdiction, is_assignee),),
    "user_task.follow_up": ((in_jurisdiction, is_assignee),),
    "user_task.hand_over": ((in_jurisdiction, _leads), (has_role(RoleCode.ADMINISTRATOR),)),
    "user_task.prioritise": ((in_jurisdiction, _leads),),
    "user_task.complete": (
        (in_jurisdiction, is_assignee, is_qualified),
        (in_jurisdiction, is_candidate, is_unassigned, is_qualified),
        (in_jurisdiction, stands_in, is_qualified),
    ),
    "user_task.return": (
        (in_jurisdiction, is_authority, is_assignee, is_qualified),
        (in_jurisdiction, is_authority, is_candidate, is_unassigned, is_qualified),
        (in_jurisdiction, is_authority, stands_in, is_qualified),
    ),
    "user_task.consult": ((in_jurisdiction, is_authority, is_assignee), (in_jurisdiction, _leads)),
    "user_task.withdraw": ((in_jurisdiction, has_completed),),
    "user_task.draft": ((in_jurisdiction, is_assignee), (in_jurisdiction, is_candidate), (in_jurisdiction, stands_in)),
    "absence.record": ((is_oneself,), (_leads, in_jurisdiction)),
    "absence.end": ((is_oneself,), (_leads, in_jurisdiction)),
    "case.read": ((in_jurisdiction, is_shown_to_business),),
    "case.comment": ((in_jurisdiction, is_shown_to_business),),
    "case.cancel": ((in_jurisdiction, _leads),),
    "case.suspend": ((in_jurisdiction, _leads),),
    "case.migrate": ((in_jurisdiction, has_role(RoleCode.ADMINISTRATOR)),),
    "informant.read": ((in_jurisdiction, handles_problem), (is_of_region, has_role(RoleCode.MANAGER))),
    "message.send": ((has_role(RoleCode.ADMINISTRATOR),),),
    "incident.resolve": (
        (has_role(RoleCode.MANAGER), in_jurisdiction),
        (has_role(RoleCode.ADMINISTRATOR),),
    ),
}


def allowed(permission: str, actor: Actor, thing: Any, session: Session, clock: Clock) -> bool:
    """True when one of the permission's alternatives holds entirely. KeyError for an unknown permission."""
    return any(all(p(actor, thing, session, clock) for p in alternative) for alternative in POLICY[permission])
