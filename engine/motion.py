"""What belongs to one step of one instance: the session it runs in, who moves it, and what it is about."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from engine.bpmn import Execution
from engine.definitions import Definition
from engine.expressions import Expressions
from engine.model import ProcessInstance
from engine.process import Process
from records.base import Source
from records.clock import Clock
from records.pauses import NO_PAUSES, Pauses, pauses_of
from records.people import Actor
from records.store import Origin, Store


class Motion:
    """The parts that every piece of a step works with."""

    execution: Execution
    completed: str | None = None  # the execution id of the user task that this step completes
    is_replaced = False  # another execution has taken the place of the one whose rows there are

    def __init__(
        self, session: Session, clock: Clock, actor: Actor, processes: Mapping[str, Process],
        instance: ProcessInstance, definition: Definition,
    ) -> None:  # fmt: skip
        self.session, self.clock, self.actor, self.processes = session, clock, actor, processes
        self.instance, self.definition = instance, definition
        self.expressions = Expressions.of_region(session, clock, instance.region_code, self.pauses)
        self.store = Store(session, clock, actor, Origin(Source.SYSTEM, instance.id, is_drill=instance.is_drill))

    def pauses(self, rule_code: str | None = None, user_task_id: str | None = None) -> Pauses:
        """The times that do not count in this case: at all, for a rule, or for one of its user tasks."""
        if not self.instance.clock_pauses:
            return NO_PAUSES
        return Pauses.of(pauses_of(self.session, self.instance.id, user_task_id, rule_code), self.clock.now())
