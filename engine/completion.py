"""What a completed form leaves: the submission, the records it feeds, the journal entry, the answer to a repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from engine.errors import IdempotencyKeyReusedError
from engine.model import InstanceState, UserTask, UserTaskState
from engine.motion import Motion
from engine.open_tasks import end_reminders
from forms.catalog import Form
from forms.context import FormContext
from forms.feeding import feed
from forms.storage import to_storage
from records import rows
from records.base import Source
from records.people import Actor
from records.store import Origin, Store
from records.submissions import Draft, Submission


@dataclass(frozen=True)
class Completion:
    """What a completion brought about."""

    user_task_id: str
    submission_id: str
    records: dict[str, str]  # record type -> id
    opened: list[str]  # ids of the user tasks that were opened
    instance_state: InstanceState
    is_repeat: bool

    def as_kept(self, idempotency_key: str | None) -> dict[str, Any] | None:
        """What is kept with the submission: the records; where there is a key, what a repeat gets again."""
        if idempotency_key is None:
            return {"records": self.records} if self.records else None
        return {"records": self.records, "opened": self.opened, "instance_state": self.instance_state.value}


def earlier(session: Session, user_task: UserTask, actor: Actor, idempotency_key: str | None) -> Completion | None:
    """The completion that the same request brought about before, if it did."""
    if idempotency_key is None:
        return None
    found = session.scalar(
        select(Submission).where(Submission.idempotency_key == idempotency_key, Submission.actor_id == actor.id)
    )
    if found is None:
        return None
    if found.user_task_id != user_task.id:
        raise IdempotencyKeyReusedError
    result = found.result or {}
    state = InstanceState(result["instance_state"])
    return Completion(user_task.id, found.id, result["records"], result["opened"], state, is_repeat=True)


def keep(
    motion: Motion, user_task: UserTask, form: Form, answers: Mapping[str, Any], context: FormContext, source: Source,
    idempotency_key: str | None,
) -> tuple[Submission, dict[str, str]]:  # fmt: skip
    """Keep the answers to a user task for good, and end the user task."""
    submission = _submission(motion, user_task.id, form, answers, idempotency_key)
    origin = Origin(
        source, motion.instance.id, user_task.id, submission.id, form.version, is_drill=motion.instance.is_drill
    )
    store = Store(motion.session, motion.clock, motion.actor, origin, answers_hash=submission.answers_hash())
    records = feed(store, form, answers, context)
    done = {"state": UserTaskState.COMPLETED, "completed_at": motion.clock.now(), "completed_by": motion.actor.id}
    rows.change(motion.session, user_task, version=user_task.version + 1, **done)
    end_reminders(motion.session, user_task.id)
    after = {"element": user_task.element_id} | ({"records": records} if records else {})
    store.enter("user_task.completed", "user_task", user_task.id, after=after)
    rows.run(motion.session, _DROP_DRAFT, {"task": user_task.id, "author": motion.actor.id})
    return submission, records


def start_submission(motion: Motion, event_id: str, form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the answers to a start form; gives them as the model sees them."""
    instance, actor = motion.instance, motion.actor
    submission = _submission(motion, instance.id, form, answers, None)
    origin = Origin(Source.TASK, instance.id, None, submission.id, form.version, is_drill=instance.is_drill)
    store = Store(motion.session, motion.clock, actor, origin, answers_hash=submission.answers_hash())
    after = {"process": instance.process_key, "business_key": instance.business_key}
    store.enter("process_instance.started", "process_instance", instance.id, after=after)
    case = {
        "no": instance.business_key,
        "region_code": instance.region_code,
        "region_path": instance.region_path,
        "is_drill": instance.is_drill,
        "establishment_id": instance.establishment_id,
    }
    records = feed(store, form, answers, motion_context(motion, {"case": case}))
    if records:
        rows.change(motion.session, submission, result={"records": records})
    return {**to_storage(answers), "_by": actor.id, "_at": motion.clock.now().isoformat()}


def motion_context(motion: Motion, data: Mapping[str, Any]) -> FormContext:
    """The surroundings of a form at a place where ``data`` is visible."""
    return FormContext(
        session=motion.session,
        clock=motion.clock,
        data=data,
        actor=motion.actor,
        process_instance_id=motion.instance.id,
        establishment_id=motion.instance.establishment_id,
        functions=motion.expressions.functions,
    )


def _submission(
    motion: Motion, user_task_id: str, form: Form, answers: Mapping[str, Any], idempotency_key: str | None
) -> Submission:
    values = {
        "id": motion.clock.new_id(), "user_task_id": user_task_id, "process_instance_id": motion.instance.id,
        "form_version": form.version, "answers": to_storage(answers),
        "actor_id": motion.actor.id, "at": motion.clock.now(), "idempotency_key": idempotency_key,
    }  # fmt: skip
    return rows.add(motion.session, Submission, values)


_DROP_DRAFT = delete(rows.table_of(Draft)).where(
    Draft.user_task_id == bindparam("task"), Draft.user_id == bindparam("author")
)  # fmt: skip
