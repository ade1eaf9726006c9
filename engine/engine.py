"""The verbs. Each runs inside the caller's unit of work: guard, check, record, move, save."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from engine import definitions, deployment, guards
from engine.assignment import give, take
from engine.completion import Completion, earlier, keep, motion_context, start_submission
from engine.errors import InstanceEndedError, ReasonMissingError, UserTaskNotClaimedError
from engine.firing import fire_job
from engine.messages import Message, Post, Receipt
from engine.migration import Item, Migrator
from engine.migration_plan import Plan
from engine.model import InstanceState, ProcessDefinition, ProcessInstance
from engine.open_tasks import cancel as cancel_user_task
from engine.open_tasks import open_rows
from engine.opening import Subject, case_data, new_instance
from engine.policy import allowed
from engine.process import Process
from engine.running import Running
from forms.context import FormContext
from forms.storage import to_storage
from records import rows
from records.base import Source
from records.clock import Clock
from records.errors import ForbiddenError, NotFoundError
from records.people import Actor


class Engine:
    """Moves process instances. ``processes`` is the code side of every process, by key."""

    def __init__(self, processes: Mapping[str, Process], clock: Clock) -> None:
        self.processes, self.clock = processes, clock

    def deploy(self, session: Session, bundle: deployment.Bundle, actor: Actor) -> ProcessDefinition:
        """A version of a process; the same content is the same version. Raises DeploymentRefusedError."""
        return deployment.deploy(session, self.clock, bundle, self.processes, actor)

    def deploy_all(self, session: Session, bundles: list[deployment.Bundle], actor: Actor) -> list[ProcessDefinition]:
        """Several processes, called ones first."""
        return [self.deploy(session, bundle, actor) for bundle in deployment.called_first(bundles)]

    def start(self, session: Session, key: str, answers: Mapping[str, Any], actor: Actor) -> ProcessInstance:
        """A new instance, begun with the answers to the start event's form."""
        definition = definitions.current(session, key)
        model = definition.parts[key].model
        event = model.start_event()
        form = None if event is None else definition.form(key, event.id)
        if event is None or form is None:
            raise NotFoundError
        if event.lane not in actor.roles:
            raise ForbiddenError
        cleaned = form.load(answers, FormContext(session, self.clock, {}, actor))
        subject = Subject.of_answers(session, cleaned, actor)
        instance = new_instance(
            session, self.clock, actor, subject, definition_id=definition.id, key=key, name=model.name,
            prefix=self.processes[key].prefix, is_drill=bool(cleaned.get("is_drill")),
        )  # fmt: skip
        running = Running(session, self.clock, actor, self.processes, instance, definition)
        given = start_submission(running, event.id, form, cleaned)
        running.start({"case": case_data(instance), event.id: given})
        running.save()
        return instance

    def claim(self, session: Session, user_task_id: str, actor: Actor) -> None:
        """Take a user task that is offered to one's group. Claiming one's own again changes nothing."""
        instance, user_task = guards.lock_user_task(session, user_task_id, actor, self.clock)
        guards.require_open(instance, user_task)
        take(session, self.clock, instance, user_task, actor)

    def release(self, session: Session, user_task_id: str, actor: Actor, reason: str | None = None) -> None:
        """Give a user task back to its group; the draft stays."""
        instance, user_task = guards.lock_user_task(session, user_task_id, actor, self.clock)
        guards.require_open(instance, user_task)
        if user_task.assignee_id is None:
            raise UserTaskNotClaimedError
        if not allowed("user_task.release", actor, user_task, session, self.clock):
            raise ForbiddenError
        give(session, self.clock, instance, user_task, None, actor, verb="user_task.released", reason=reason)

    def assign(self, session: Session, user_task_id: str, assignee_id: str, actor: Actor) -> None:
        """Give a user task to somebody of its group."""
        instance, user_task = guards.lock_user_task(session, user_task_id, actor, self.clock)
        guards.require_open(instance, user_task)
        if not allowed("user_task.assign", actor, user_task, session, self.clock):
            raise ForbiddenError
        give(session, self.clock, instance, user_task, assignee_id, actor, verb="user_task.assigned")

    def complete(
        self, session: Session, user_task_id: str, answers: Mapping[str, Any], actor: Actor, *,
        idempotency_key: str | None = None, source: Source = Source.TASK,
    ) -> Completion:  # fmt: skip
        """Complete a user task: check the answers, write the record, move the token, open what comes next."""
        instance, user_task = guards.lock_user_task(session, user_task_id, actor, self.clock)
        before = earlier(session, user_task, actor, idempotency_key)
        if before is not None:
            return before
        guards.require_open(instance, user_task)
        guards.require_own(user_task, actor)
        take(session, self.clock, instance, user_task, actor)
        running = Running.load(session, self.clock, actor, self.processes, instance)
        form = definitions.form_of(session, user_task)
        context = motion_context(running, running.data_at(user_task.execution_id))
        cleaned = form.load(answers, context)
        submission, records = keep(running, user_task, form, cleaned, context, source, idempotency_key)
        stamped = {**to_storage(cleaned), "_by": actor.id, "_at": self.clock.now().isoformat()}
        running.completed = user_task.execution_id
        running.execution.complete(user_task.execution_id, stamped)
        opened = running.save()
        completion = Completion(user_task.id, submission.id, records, opened, instance.state, is_repeat=False)
        rows.change(session, submission, result=completion.as_json())
        return completion

    def cancel(self, session: Session, instance_id: str, actor: Actor, reason: str) -> None:
        """End a case before its time, with a reason."""
        instance = guards.lock_instance(session, instance_id)
        if not allowed("case.read", actor, instance, session, self.clock):
            raise NotFoundError
        if not allowed("case.cancel", actor, instance, session, self.clock):
            raise ForbiddenError
        if instance.state is not InstanceState.ACTIVE:
            raise InstanceEndedError
        if not reason.strip():
            raise ReasonMissingError
        running = Running.load(session, self.clock, actor, self.processes, instance)
        for user_task in open_rows(session, instance.id):
            cancel_user_task(running, user_task)
        instance.cancel_reason = reason.strip()
        running.end(InstanceState.CANCELLED)
        running.write_step()

    def migrate(self, session: Session, instance_id: str, plan: Plan, actor: Actor, reason: str) -> Item:
        """Move a running instance to another version of its process. Raises MigrationRefusedError."""
        return Migrator(session, self.clock, self.processes, actor).migrate(instance_id, plan, reason)

    def undo_migration(self, session: Session, migration_id: str, actor: Actor, reason: str) -> None:
        """Put a migrated instance back while it has not gone on. Raises MovedSinceError."""
        Migrator(session, self.clock, self.processes, actor).undo(migration_id, reason)

    def fire(self, session: Session, job_id: str, token: int) -> None:
        """Do a due job of the engine's own kinds, once. Raises LeaseLostError when another worker has it."""
        if not self._post(session).deliver_job(job_id, token):
            fire_job(session, self.clock, self.processes, job_id, token)

    def correlate(self, session: Session, message: Message, actor: Actor) -> Receipt:
        """Give a message to the one place that waits for it, or begin the process that it starts."""
        return self._post(session).correlate(message, actor)

    def broadcast(self, session: Session, signal: Message, actor: Actor) -> Receipt:
        """Give a signal to everyone who waits for it, each in a transaction of its own."""
        return self._post(session).broadcast(signal, actor)

    def _post(self, session: Session) -> Post:
        return Post(session, self.clock, self.processes)
