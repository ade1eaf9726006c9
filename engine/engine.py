"""The verbs. Each runs inside the caller's unit of work: guard, check, record, move, save."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from engine import definitions, deployment, guards, leaving
from engine.assignment import give, pass_on, take
from engine.attention import set_follow_up, set_priority
from engine.completion import Completion, earlier, keep, motion_context, start_submission
from engine.errors import InstanceEndedError, UserTaskNotClaimedError
from engine.firing import fire_job, heading
from engine.messages import POSTED, Message, Post, Receipt
from engine.migration import Item, Migrator
from engine.migration_plan import Plan
from engine.model import InstanceState, ProcessDefinition, ProcessInstance, UserTask
from engine.open_tasks import cancel as cancel_user_task
from engine.open_tasks import open_rows
from engine.opening import Subject, case_data, new_instance
from engine.policy import allowed
from engine.process import Process
from engine.reasons import reason_of
from engine.rebinding import rebind_callers
from engine.returning import send_back, take_back
from engine.running import Running
from engine.side_tasks import Ask, Reply, answer, ask, motion_of, require_signed, revoke, signed
from engine.standing_in import acting
from engine.suspension import ClockPolicy, resume, suspend
from engine.timer_starts import arm_starts
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
        return self.deploy_all(session, [bundle], actor)[0]

    def deploy_all(self, session: Session, bundles: list[deployment.Bundle], actor: Actor) -> list[ProcessDefinition]:
        """Several processes, called ones first; whatever calls them is bound to them from now on."""
        ordered = deployment.called_first(bundles)
        rows = [deployment.deploy(session, self.clock, bundle, self.processes, actor) for bundle in ordered]
        rebind_callers(session, self.clock, self.processes, actor)
        arm_starts(session, self.clock)
        return rows

    def start(self, session: Session, key: str, answers: Mapping[str, Any], actor: Actor) -> ProcessInstance:
        """A new instance, begun with the answers to the start event's form."""
        definition = definitions.current(session, key)
        model = definition.parts[key].model
        event = model.start_event()
        form = None if event is None else definition.form(key, event.id)
        if event is None or form is None:
            raise NotFoundError
        if not definitions.starters(definition) & actor.roles:
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
        take(session, self.clock, instance, user_task, acting(session, self.clock, user_task, actor))

    def release(self, session: Session, user_task_id: str, actor: Actor, reason: str | None = None) -> None:
        """Give a user task back to its group; the draft stays."""
        instance, user_task = guards.lock_user_task(session, user_task_id, actor, self.clock)
        guards.require_open(instance, user_task)
        if user_task.assignee_id is None:
            raise UserTaskNotClaimedError
        if not allowed("user_task.release", actor, user_task, session, self.clock):
            raise ForbiddenError
        actor = acting(session, self.clock, user_task, actor)
        give(session, self.clock, instance, user_task, None, actor, verb="user_task.released", reason=reason)

    def assign(self, session: Session, user_task_id: str, assignee_id: str, actor: Actor) -> None:
        """Give a user task to somebody of its group."""
        instance, user_task = guards.lock_user_task(session, user_task_id, actor, self.clock)
        guards.require_open(instance, user_task)
        if not allowed("user_task.assign", actor, user_task, session, self.clock):
            raise ForbiddenError
        if user_task.assignee_id != assignee_id:
            give(session, self.clock, instance, user_task, assignee_id, actor, verb="user_task.assigned")

    def delegate(self, session: Session, user_task_id: str, assignee_id: str, actor: Actor, reason: str) -> None:
        """Pass one's own user task on to somebody of its group, with a reason."""
        instance, user_task = self._open_for("user_task.delegate", session, user_task_id, actor)
        actor = acting(session, self.clock, user_task, actor)
        pass_on(session, self.clock, instance, user_task, assignee_id, actor, reason_of(reason))

    def hand_over(
        self, session: Session, user_task_id: str, assignee_id: str | None, actor: Actor, reason: str
    ) -> None:
        """Move a leaver's user task to somebody of its group, or back to the group; a suspended case stays so."""
        instance, user_task = guards.lock_user_task(session, user_task_id, actor, self.clock)
        guards.require_pending(user_task)
        if not allowed("user_task.hand_over", actor, user_task, session, self.clock):
            raise ForbiddenError
        leaving.move(session, self.clock, instance, user_task, assignee_id, actor, reason)

    def follow_up(self, session: Session, user_task_id: str, day: date | None, actor: Actor) -> None:
        """Set the day on which to come back to one's own user task; None takes it away."""
        instance, user_task = self._open_for("user_task.follow_up", session, user_task_id, actor)
        set_follow_up(session, self.clock, instance, user_task, day, actor)

    def prioritise(self, session: Session, user_task_id: str, priority: int, actor: Actor, reason: str) -> None:
        """Give a user task another priority, with a reason."""
        instance, user_task = self._open_for("user_task.prioritise", session, user_task_id, actor)
        reason = reason_of(reason)
        set_priority(session, self.clock, instance, user_task, priority, reason, actor)

    def _open_for(
        self, permission: str, session: Session, user_task_id: str, actor: Actor
    ) -> tuple[ProcessInstance, UserTask]:
        instance, user_task = guards.lock_step(session, user_task_id, actor, self.clock)
        guards.require_open(instance, user_task)
        if not allowed(permission, actor, user_task, session, self.clock):
            raise ForbiddenError
        return instance, user_task

    def complete(
        self, session: Session, user_task_id: str, answers: Mapping[str, Any], actor: Actor, *,
        idempotency_key: str | None = None, source: Source = Source.TASK,
    ) -> Completion:  # fmt: skip
        """Complete a user task: check the answers, write the record, move the token, open what comes next."""
        instance, user_task = guards.lock_step(session, user_task_id, actor, self.clock)
        before = earlier(session, user_task, actor, idempotency_key)
        if before is not None:
            return before
        guards.require_open(instance, user_task)
        actor = acting(session, self.clock, user_task, actor)
        guards.require_own(user_task, actor)
        take(session, self.clock, instance, user_task, actor)
        require_signed(session, instance, user_task)
        running = Running.load(session, self.clock, actor, self.processes, instance)
        form = definitions.form_of(session, user_task)
        context = motion_context(running, running.data_at(user_task.execution_id))
        cleaned = form.load(answers, context)
        submission, records = keep(running, user_task, form, cleaned, context, source, idempotency_key)
        stamped = {**to_storage(cleaned), **signed(session, instance, user_task)}
        stamped |= {"_by": actor.id, "_at": self.clock.now().isoformat()}
        running.completed = user_task.execution_id
        running.execution.complete(user_task.execution_id, stamped)
        opened = running.save()
        completion = Completion(user_task.id, submission.id, records, opened, instance.state, is_repeat=False)
        rows.change(session, submission, result=completion.as_kept(idempotency_key))
        return completion

    def return_to(
        self, session: Session, user_task_id: str, element_id: str, reason: str, actor: Actor
    ) -> str:  # fmt: skip
        """Send the case back to an earlier step, with a reason; gives the id of the user task open there now."""
        instance, user_task = guards.lock_step(session, user_task_id, actor, self.clock)
        guards.require_open(instance, user_task)
        actor = acting(session, self.clock, user_task, actor)
        guards.require_own(user_task, actor)
        if not allowed("user_task.return", actor, user_task, session, self.clock):
            raise ForbiddenError
        take(session, self.clock, instance, user_task, actor)
        running = Running.load(session, self.clock, actor, self.processes, instance)
        return send_back(running, user_task, element_id, reason).id

    def withdraw(self, session: Session, user_task_id: str, reason: str, actor: Actor) -> str:
        """Take back a completed step while nobody began the next one; gives the id of the user task open now."""
        instance, user_task = guards.lock_step(session, user_task_id, actor, self.clock)
        guards.require_withdrawable(session, self.clock, instance, user_task, actor)
        running = Running.load(session, self.clock, actor, self.processes, instance)
        return take_back(running, user_task, reason).id

    def ask(self, session: Session, user_task_id: str, asked: Ask, actor: Actor) -> str:
        """Have somebody co-sign a step, or ask for information; gives the id of the side task."""
        instance, user_task = guards.lock_step(session, user_task_id, actor, self.clock)
        guards.require_open(instance, user_task)
        if not allowed("user_task.consult", actor, user_task, session, self.clock):
            raise ForbiddenError
        return ask(motion_of(session, self.clock, actor, self.processes, instance), user_task, asked).id

    def answer(self, session: Session, user_task_id: str, reply: Reply, actor: Actor) -> str:
        """Do a side task: sign, object or answer; gives the id of what was submitted."""
        instance, user_task = guards.lock_user_task(session, user_task_id, actor, self.clock)
        guards.require_open(instance, user_task)
        guards.require_own(user_task, actor)
        take(session, self.clock, instance, user_task, actor)
        return answer(motion_of(session, self.clock, actor, self.processes, instance), user_task, reply).id

    def revoke(self, session: Session, user_task_id: str, reason: str, actor: Actor) -> str:
        """Take back an open side task, with a reason; gives the id of the step it was asked from."""
        instance, user_task = guards.lock_user_task(session, user_task_id, actor, self.clock)
        guards.require_open(instance, user_task)
        return revoke(motion_of(session, self.clock, actor, self.processes, instance), user_task, reason)

    def cancel(self, session: Session, instance_id: str, actor: Actor, reason: str) -> None:
        """End a case before its time, with a reason."""
        instance = guards.lock_case(session, instance_id, "case.cancel", actor, self.clock)
        if instance.state not in (InstanceState.ACTIVE, InstanceState.SUSPENDED):
            raise InstanceEndedError
        said = reason_of(reason)
        running = Running.load(session, self.clock, actor, self.processes, instance)
        if instance.state is InstanceState.SUSPENDED:
            resume(running, said)
        for user_task in open_rows(session, instance.id):
            cancel_user_task(running, user_task)
        instance.cancel_reason = said
        running.end(InstanceState.CANCELLED)
        running.write_step()

    def suspend(
        self, session: Session, instance_id: str, reason: str, legal_basis: str, clocks: ClockPolicy, actor: Actor
    ) -> None:
        """Suspend a case, with its ground and what becomes of its deadlines. Nothing is done in it meanwhile."""
        instance = guards.lock_case(session, instance_id, "case.suspend", actor, self.clock)
        suspend(Running.read(session, self.clock, actor, instance), reason, legal_basis, clocks)

    def resume(self, session: Session, instance_id: str, reason: str, actor: Actor) -> None:
        """Let a suspended case go on; deadlines that stood still move by that time."""
        instance = guards.lock_case(session, instance_id, "case.suspend", actor, self.clock)
        resume(Running.read(session, self.clock, actor, instance), reason)

    def migrate(self, session: Session, instance_id: str, plan: Plan, actor: Actor, reason: str) -> Item:
        """Move a running instance to another version of its process. Raises MigrationRefusedError."""
        return Migrator(session, self.clock, self.processes, actor).migrate(instance_id, plan, reason)

    def undo_migration(self, session: Session, migration_id: str, actor: Actor, reason: str) -> None:
        """Put a migrated instance back while it has not gone on. Raises MovedSinceError."""
        Migrator(session, self.clock, self.processes, actor).undo(migration_id, reason)

    def fire(self, session: Session, job_id: str, token: int) -> None:
        """Do a due job of the engine's own kinds, once. Raises LeaseLostError when another worker has it."""
        kind, instance_id = heading(session, job_id)
        if kind in POSTED:
            self._post(session).deliver_job(job_id, token)
        else:
            fire_job(session, self.clock, self.processes, instance_id, job_id, token)

    def correlate(self, session: Session, message: Message, actor: Actor) -> Receipt:
        """Give a message to the one place that waits for it, or begin the process that it starts."""
        return self._post(session).correlate(message, actor)

    def broadcast(self, session: Session, signal: Message, actor: Actor) -> Receipt:
        """Give a signal to everyone who waits for it, each in a transaction of its own."""
        return self._post(session).broadcast(signal, actor)

    def _post(self, session: Session) -> Post:
        return Post(session, self.clock, self.processes)
