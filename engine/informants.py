"""Informants shown to those who need to know (FSL art. 115): the handling pair and their own manager."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.orm import Session

from engine.model import ProcessInstance
from engine.policy import allowed
from engine.queries.cases import find_case
from records.base import Source
from records.clock import Clock
from records.errors import ForbiddenError, NotFoundError
from records.informants import Identity, informant_of, read_informant
from records.people import Actor
from records.problems import ProblemCase
from records.store import Origin, Store


class InformantAccess(StrEnum):
    """Nothing (also for businesses, whatever there is), that there is one, or who it is."""

    NONE = "none"
    KNOWN = "known"
    READABLE = "readable"


def show_informant(
    session: Session, clock: Clock, case_id: str, actor: Actor, reason: str
) -> tuple[ProcessInstance, Identity]:  # fmt: skip
    """Who informed us in a case; the reading is in its journal. Raises NotFoundError, ForbiddenError."""
    case = find_case(session, case_id, actor)
    informant = informant_of(session, case.id)
    if informant is None or actor.is_business:
        raise NotFoundError
    problem = session.get_one(ProblemCase, informant.problem_case_id)
    if not allowed("informant.read", actor, problem, session, clock):
        raise ForbiddenError
    store = Store(session, clock, actor, Origin(Source.TASK, case.id, is_drill=case.is_drill))
    return case, read_informant(store, informant, reason)


def informant_access(session: Session, clock: Clock, case_id: str, actor: Actor) -> InformantAccess:
    """What a reader of the case may know of its informant."""
    informant = None if actor.is_business else informant_of(session, case_id)
    if informant is None:
        return InformantAccess.NONE
    problem = session.get_one(ProblemCase, informant.problem_case_id)
    may_read = allowed("informant.read", actor, problem, session, clock)
    return InformantAccess.READABLE if may_read else InformantAccess.KNOWN
