"""A case is suspended and resumed: nothing is done in it meanwhile, no timer fires, no reminder comes.

The law says whether its deadlines stand still for that time (``ClockPolicy.STOP``; the ground must be named) or run on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from engine.errors import InstanceEndedError
from engine.model import InstanceState, ProcessInstance
from engine.motion import Motion
from engine.notices import notify_of_case, responsible_for
from engine.open_tasks import open_rows, open_side_rows
from engine.pauses import clock_stands, pause_clocks, resume_clocks
from engine.reasons import LONGEST, reason_of
from engine.reminders import move_reminders
from engine.step_errors import InstanceNotSuspendedError, InstanceSuspendedError, LegalBasisMissingError
from engine.subscriptions import let_held_go
from records.base import Source, json_safe
from records.store import Origin, Store


class ClockPolicy(StrEnum):
    """What becomes of the deadlines of a suspended case."""

    STOP = "stop"
    RUN = "run"


@dataclass(frozen=True)
class Suspension:
    """How a case was suspended."""

    at: datetime
    by: str
    by_name: str
    reason: str
    legal_basis: str
    clocks: ClockPolicy

    @classmethod
    def of(cls, instance: ProcessInstance) -> Suspension | None:
        """Of a case that is suspended."""
        kept = instance.suspension
        if kept is None:
            return None
        return cls(**{**kept, "at": datetime.fromisoformat(kept["at"]), "clocks": ClockPolicy(kept["clocks"])})


def suspend(motion: Motion, reason: str, legal_basis: str, clocks: ClockPolicy) -> None:
    """Suspend an active case. Raises InstanceEndedError, InstanceSuspendedError, ReasonMissingError,
    LegalBasisMissingError.
    """
    instance = motion.instance
    if instance.state is InstanceState.SUSPENDED:
        raise InstanceSuspendedError
    if instance.state is not InstanceState.ACTIVE:
        raise InstanceEndedError
    said, ground = reason_of(reason), legal_basis.replace("\x00", "").strip()[:LONGEST]
    if clocks is ClockPolicy.STOP and not ground:
        raise LegalBasisMissingError
    if clocks is ClockPolicy.STOP:
        pause_clocks(motion, instance, said, motion.actor, legal_basis=ground)
    instance.state = InstanceState.SUSPENDED
    instance.suspension = {
        "at": json_safe(motion.clock.now()), "by": motion.actor.id, "by_name": motion.actor.name, "reason": said,
        "legal_basis": ground, "clocks": clocks.value,
    }  # fmt: skip
    _enter(motion, "process_instance.suspended", {"legal_basis": ground, "clocks": clocks.value}, said)
    _tell(motion, "suspended")


def resume(motion: Motion, reason: str) -> None:
    """Let a suspended case go on; deadlines that stood still move by that time. Raises InstanceNotSuspendedError."""
    instance = motion.instance
    if instance.state is not InstanceState.SUSPENDED:
        raise InstanceNotSuspendedError
    said = reason_of(reason)
    suspension = instance.suspension or {}
    since, stopped = suspension.get("at"), suspension.get("clocks") == ClockPolicy.STOP
    instance.state, instance.suspension = InstanceState.ACTIVE, None
    _enter(motion, "process_instance.resumed", {"since": since}, said)
    if stopped or not clock_stands(motion.session, instance):  # what else stopped the clock still stops it
        resume_clocks(motion, instance, said, motion.actor)
    let_held_go(motion.session, instance.id)
    if stopped and since is not None:
        _move_side_tasks(motion, datetime.fromisoformat(since))
    _tell(motion, "resumed")


def _move_side_tasks(motion: Motion, since: datetime) -> None:
    """What was asked for by a day is due as much later as the case was suspended; no rule counts these days anew."""
    for row in open_side_rows(motion.session, motion.instance):
        if row.due_at is not None and row.due_at > since:
            row.due_at = row.sort_due = row.due_at + (motion.clock.now() - since)
            move_reminders(motion, row)


def _enter(motion: Motion, verb: str, after: dict[str, Any], reason: str) -> None:
    origin = Origin(Source.TASK, motion.instance.id, is_drill=motion.instance.is_drill)
    store = Store(motion.session, motion.clock, motion.actor, origin)
    store.enter(verb, "process_instance", motion.instance.id, after=after, reason=reason)


def _tell(motion: Motion, kind: str) -> None:
    """Those who work on the case, and whoever began it."""
    people = {motion.instance.started_by}
    for row in open_rows(motion.session, motion.instance.id):
        people |= {user.id for user in responsible_for(motion.session, row)}
    notify_of_case(motion.session, motion.clock, people - {motion.actor.id}, kind, motion.instance)
