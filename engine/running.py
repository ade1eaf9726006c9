"""One step of one instance: loaded under its lock, moved in memory, written back whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, null, select, update
from sqlalchemy.orm import Session

from engine.bpmn import Execution
from engine.definitions import Definition, of_instance
from engine.errors import ModelFaultError
from engine.live import Kept, LiveExecutions
from engine.model import InstanceState, InstanceStep, ProcessInstance
from engine.motion import Motion
from engine.open_tasks import cancel, open_side_rows, sync_user_tasks
from engine.process import Process, Step
from engine.service_jobs import sync_services
from engine.subscriptions import drop_subscriptions, post_thrown, sync_subscriptions
from engine.timers import cancel_jobs, sync_timers
from forms.storage import to_storage
from records import rows
from records.clock import Clock
from records.db import after_commit
from records.errors import NotFoundError
from records.people import Actor


class Running(Motion):
    """An instance in motion; also what its model asks for values, services and decisions (``bpmn.Host``)."""

    _kept: Kept

    @classmethod
    def load(
        cls, session: Session, clock: Clock, actor: Actor, processes: Mapping[str, Process], instance: ProcessInstance
    ) -> Running:
        """The instance as its last step left it, to be moved. The caller holds its lock."""
        running = cls(session, clock, actor, processes, instance, of_instance(session, instance))
        kept = LiveExecutions.of(session).take(instance.id, instance.version)
        running._kept = kept or running._as_saved()
        running.execution = running._kept.execution.hosted_by(running)
        return running

    @classmethod
    def read(cls, session: Session, clock: Clock, actor: Actor, instance: ProcessInstance) -> Running:
        """The instance as its last step left it, to be looked at."""
        running = cls(session, clock, actor, {}, instance, of_instance(session, instance))
        running.execution = running._as_saved().execution
        return running

    def _as_saved(self) -> Kept:
        steps = self.session.execute(_STATES, {"wanted": self.instance.id}).all()
        if not steps or steps[-1].version != self.instance.version:
            raise ModelFaultError(self.instance.business_key, "运行状态与实例版本不一致")
        base, *changes = [bytes(step.state) for step in steps]
        execution = Execution.load(self.definition.compiled, base, self, changes)
        return Kept(execution, self.instance.version, len(base), sum(map(len, changes)))

    def start(self, data: Mapping[str, Any], start_event: str | None = None) -> None:
        """Begin the execution."""
        self.execution = Execution.start(self.definition.compiled, data, self, start_event)
        self._kept = Kept(self.execution, 0, 0, 0)

    def become(self, definition: Definition, execution: Execution) -> None:
        """Go on as another execution, under another version of the process; the next step keeps it whole."""
        self.definition, self.execution, self.is_replaced = definition, execution, True

    def data_at(self, execution_id: str) -> Mapping[str, Any]:
        """What is visible at an open user task."""
        try:
            return self.execution.waiting_at(execution_id).data
        except LookupError:
            raise NotFoundError from None

    # -- what the model asks ------------------------------------------------------------------------------------------

    def evaluate(self, expression: str, data: Mapping[str, Any]) -> Any:
        """The value of a FEEL expression."""
        return self.expressions.value(expression, data)

    def run_service(self, process_key: str, element_id: str, data: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The result of a service function, run inside this step's transaction; None for one that a job will call."""
        if element_id in self.processes[process_key].external:
            return None
        function = self.processes[process_key].services[element_id]
        loop = self.definition.element(process_key, element_id).loop
        item = data.get(loop.item) if loop is not None and loop.item is not None else None
        step = Step(self.session, self.clock, self.store, self.actor, self.instance, data, element_id, item)
        result: Mapping[str, Any] = to_storage(function(step) or {})
        return result

    def decide(self, process_key: str, element_id: str, data: Mapping[str, Any]) -> Any:
        """The value of a decision table."""
        names = self.expressions.names(data)
        return to_storage(self.definition.decide(process_key, element_id, names, self.expressions.functions))

    # -- back to the database -----------------------------------------------------------------------------------------

    def save(self) -> list[str]:
        """Write the new state, what is open now and what was passed. Gives the user tasks that were opened."""
        opened = sync_user_tasks(self)
        sync_timers(self)
        sync_services(self)
        sync_subscriptions(self)
        post_thrown(self)
        if self.execution.is_completed:
            self.end(InstanceState.COMPLETED)
        self.write_step()
        return opened

    def end(self, state: InstanceState) -> None:
        """The instance has ended."""
        ended = {"state": state, "ended_at": self.clock.now(), "end_element": self.execution.end_element}
        rows.change(self.session, self.instance, **ended)
        for row in open_side_rows(self.session, self.instance):
            cancel(self, row)
        cancel_jobs(self.session, self.instance.id)
        drop_subscriptions(self.session, self.instance.id)
        after = {"end_element": self.instance.end_element}
        self.store.enter(f"process_instance.{state.value}", "process_instance", self.instance.id, after=after)

    def write_step(self) -> None:
        """Keep what this step changed as the instance's next version; now and then, and at the end, the whole state."""
        kept, instance = self._kept, self.instance
        is_ended = instance.state in (InstanceState.COMPLETED, InstanceState.CANCELLED)
        is_due = kept.grown >= max(BASE_AT_LEAST, kept.base_size)
        is_base = is_ended or is_due or self.is_replaced or not kept.version
        state = self.execution.dump() if is_base else self.execution.change()
        if kept.version:
            rows.change(self.session, instance, version=instance.version + 1)
        step = {
            "process_instance_id": instance.id, "version": instance.version, "at": self.clock.now(),
            "actor_id": self.actor.id, "passed": self.execution.passed_by_process(), "is_base": is_base, "state": state,
        }  # fmt: skip
        rows.insert_values(self.session, InstanceStep, step)
        if is_base and kept.version:
            rows.run(self.session, _EMPTY_OLDER, {"instance": instance.id, "base": instance.version})
        self._remember(is_ended, len(state), is_base)

    def _remember(self, is_ended: bool, size: int, is_base: bool) -> None:
        live, instance, kept = LiveExecutions.of(self.session), self.instance, self._kept
        if is_ended:
            return
        grown = kept.grown + size
        after = Kept(self.execution, instance.version, *((size, 0) if is_base else (kept.base_size, grown)))
        self.execution.kept()

        def keep() -> None:
            after.execution.hosted_by(None)
            live.keep(instance.id, after)

        after_commit(self.session, keep)


BASE_AT_LEAST = 4_000  # bytes of changes before a new base is worth its writing
_STATES = (
    select(InstanceStep.version, InstanceStep.state)
    .where(InstanceStep.process_instance_id == bindparam("wanted"), InstanceStep.state.is_not(None))
    .order_by(InstanceStep.version)
)
_EMPTY_OLDER = (
    update(rows.table_of(InstanceStep))
    .where(InstanceStep.process_instance_id == bindparam("instance"), InstanceStep.version < bindparam("base"))
    .where(InstanceStep.state.is_not(None))
    .values(state=null())
)
