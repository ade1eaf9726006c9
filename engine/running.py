"""One step of one instance: loaded under its lock, moved in memory, written back whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from engine.bpmn import Execution
from engine.definitions import of_instance
from engine.errors import ModelFaultError
from engine.model import ElementVisit, InstanceSnapshot, InstanceState, ProcessInstance
from engine.motion import Motion
from engine.open_tasks import sync_user_tasks
from engine.process import Process, Step
from engine.subscriptions import drop_subscriptions, post_thrown, sync_subscriptions
from engine.timers import cancel_jobs, sync_timers
from forms.storage import to_storage
from records.clock import Clock
from records.errors import NotFoundError
from records.people import Actor


class Running(Motion):
    """An instance in motion; also what its model asks for values, services and decisions (``bpmn.Host``)."""

    @classmethod
    def load(
        cls, session: Session, clock: Clock, actor: Actor, processes: Mapping[str, Process], instance: ProcessInstance
    ) -> Running:
        """The instance as its last step left it. The caller holds its lock."""
        running = cls(session, clock, actor, processes, instance, of_instance(session, instance))
        snapshot = session.get(InstanceSnapshot, instance.id, populate_existing=True)
        if snapshot is None or snapshot.version != instance.version:
            raise ModelFaultError(instance.business_key, "运行状态与实例版本不一致")
        running.execution = Execution.load(running.definition.compiled, snapshot.state, running)
        running.awaited = running.execution.awaited()
        return running

    def start(self, data: Mapping[str, Any], start_event: str | None = None) -> None:
        """Begin the execution."""
        self.execution = Execution.start(self.definition.compiled, data, self, start_event)

    def data_at(self, execution_id: str) -> Mapping[str, Any]:
        """What is visible at an open user task."""
        for waiting in self.execution.user_tasks():
            if waiting.execution_id == execution_id:
                return waiting.data
        raise NotFoundError

    # -- what the model asks ------------------------------------------------------------------------------------------

    def evaluate(self, expression: str, data: Mapping[str, Any]) -> Any:
        """The value of a FEEL expression."""
        return self.expressions.value(expression, data)

    def run_service(self, process_key: str, element_id: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """The result of a service function, run inside this step's transaction."""
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
        sync_subscriptions(self)
        post_thrown(self)
        self._write_visits()
        if self.execution.is_completed:
            self.end(InstanceState.COMPLETED)
        self.write_snapshot()
        self.session.flush()
        return opened

    def end(self, state: InstanceState) -> None:
        """The instance has ended."""
        self.instance.state, self.instance.ended_at = state, self.clock.now()
        self.instance.end_element = self.execution.end_element
        cancel_jobs(self.session, self.instance.id)
        drop_subscriptions(self.session, self.instance.id)
        after = {"end_element": self.instance.end_element}
        self.store.enter(f"process_instance.{state.value}", "process_instance", self.instance.id, after=after)

    def _write_visits(self) -> None:
        now = self.clock.now()
        for place, passed in enumerate(self.execution.passed):
            self.session.add(
                ElementVisit(
                    id=self.clock.new_id(),
                    process_instance_id=self.instance.id,
                    process_key=passed.process_key,
                    element_id=passed.element_id,
                    at=now + timedelta(microseconds=place),  # keeps the order of one step
                    actor_id=self.actor.id,
                )
            )

    def write_snapshot(self) -> None:
        """Keep the execution's state as the instance's next version."""
        snapshot = self.session.get(InstanceSnapshot, self.instance.id)
        if snapshot is None:
            snapshot = InstanceSnapshot(process_instance_id=self.instance.id)
            self.session.add(snapshot)
        else:
            self.instance.version += 1
        snapshot.version, snapshot.state = self.instance.version, self.execution.dump()
