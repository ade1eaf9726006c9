"""The engine's own tables: definitions, instances, their state, open user tasks, jobs, incidents."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.case_numbers import CaseNumber as CaseNumber
from engine.event_model import EventKind
from engine.execution_ids import ExecutionId
from engine.side_model import SideTask as SideTask
from engine.task_indexes import open_tasks_index, part_index, scope_index
from records.base import WITHOUT_ROWID, Base, Json, choice, refers_to


class ProcessDefinition(Base):
    """A deployed version of a process: the model, its forms and its decision tables, addressed by their content."""

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    key: Mapped[str] = mapped_column(String(60), index=True)
    version: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    content_hash: Mapped[str] = mapped_column(String(64), unique=True)
    bpmn: Mapped[str] = mapped_column(Text)
    forms: Mapped[dict[str, Any]] = mapped_column(Json)  # user task id -> form JSON
    decisions: Mapped[dict[str, Any]] = mapped_column(Json)  # decision id -> DMN XML
    called: Mapped[dict[str, Any]] = mapped_column(Json)  # called process key -> definition id bound at deployment
    deployed_at: Mapped[datetime]
    deployed_by: Mapped[str] = mapped_column(String(64))

    __table_args__ = (UniqueConstraint("key", "version"),)


class InstanceState(StrEnum):
    """Where a process instance stands."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class ProcessInstance(Base):
    """One run of a process; on screen a case. ``version`` guards against two writers."""

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    definition_id: Mapped[str] = mapped_column(refers_to("process_definition.id"))
    process_key: Mapped[str] = mapped_column(String(60), index=True)
    business_key: Mapped[str] = mapped_column(String(48), unique=True)  # case number
    title: Mapped[str] = mapped_column(String(200))
    state: Mapped[InstanceState] = mapped_column(choice(InstanceState), default=InstanceState.ACTIVE, index=True)
    version: Mapped[int] = mapped_column(default=1)
    region_code: Mapped[str] = mapped_column(String(12))
    region_path: Mapped[str] = mapped_column(String(80))
    establishment_id: Mapped[str | None] = mapped_column(String(26), index=True)
    is_visible_to_business: Mapped[bool] = mapped_column(default=False)
    is_drill: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime] = mapped_column(index=True)
    started_by: Mapped[str] = mapped_column(String(64))
    ended_at: Mapped[datetime | None]
    end_element: Mapped[str | None] = mapped_column(String(100))
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    side_tasks: Mapped[int] = mapped_column(default=0, server_default="0")  # how many were ever asked for
    suspension: Mapped[dict[str, Any] | None] = mapped_column(Json)  # at, by, by_name, reason, legal_basis, clocks
    search_text: Mapped[str] = mapped_column(String(400), default="")
    clock_pauses: Mapped[int] = mapped_column(default=0, server_default="0")  # how many it has had: none, none to count

    __table_args__ = (scope_index("ix_process_instance_scope", "region_path", "state", "started_at"),)


class InstanceStep(Base):
    """One step of an instance: who moved it when past what, and what that changed in the executor's state.

    ``state`` is the whole state (``is_base``) or the change since the step before; a new base empties the older ones.
    """

    process_instance_id: Mapped[str] = mapped_column(refers_to("process_instance.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[str] = mapped_column(String(64))
    passed: Mapped[dict[str, Any]] = mapped_column(Json)  # process key -> elements and flows in order
    is_base: Mapped[bool] = mapped_column(default=False)
    state: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = WITHOUT_ROWID


class InstanceMigration(Base):
    """A move of an instance to another version of its process, with the state before it, to undo it from."""

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    process_instance_id: Mapped[str] = mapped_column(refers_to("process_instance.id"), index=True)
    from_definition_id: Mapped[str] = mapped_column(refers_to("process_definition.id"))
    to_definition_id: Mapped[str] = mapped_column(refers_to("process_definition.id"))
    mapping: Mapped[dict[str, Any]] = mapped_column(Json)  # process key -> element id -> element id
    mapping_hash: Mapped[str] = mapped_column(String(64), index=True)
    reason: Mapped[str] = mapped_column(Text)
    migrated_by: Mapped[str] = mapped_column(String(64))
    migrated_at: Mapped[datetime] = mapped_column(index=True)
    instance_version: Mapped[int]  # of the instance right after; undone only while it is the same
    before: Mapped[bytes] = mapped_column(LargeBinary)
    rows: Mapped[dict[str, Any]] = mapped_column(Json)  # user tasks and timers as they were
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(64))


class UserTaskState(StrEnum):
    """Where a user task stands."""

    OPEN = "open"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    RETURNED = "returned"  # whoever had it sent the case back to an earlier step


class TaskKind(StrEnum):
    """What a user task asks of a person. All but steps are side tasks: they move no token (engine/side_tasks.py)."""

    STEP = "step"  # of the model
    COSIGN = "cosign"  # to sign what somebody else does, or object
    QUESTION = "question"  # to answer


class UserTask(Base):
    """Work for a person. Unassigned = offered to its candidate group; assigned = claimed by or given to someone."""

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    process_instance_id: Mapped[str] = mapped_column(refers_to("process_instance.id"), index=True)
    kind: Mapped[TaskKind] = mapped_column(choice(TaskKind), default=TaskKind.STEP, server_default="step")
    execution_id: Mapped[str] = mapped_column(ExecutionId)  # the executor's own id; empty for side tasks
    process_key: Mapped[str] = mapped_column(String(60))  # of the process that the element stands in
    element_id: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(String(200))  # name + what it is about
    candidate_group: Mapped[str] = mapped_column(String(20))
    qualification: Mapped[str | None] = mapped_column(String(40))
    assignee_id: Mapped[str | None] = mapped_column(String(26))
    state: Mapped[UserTaskState] = mapped_column(choice(UserTaskState), default=UserTaskState.OPEN)
    version: Mapped[int] = mapped_column(default=1)
    region_code: Mapped[str] = mapped_column(String(12))
    region_path: Mapped[str] = mapped_column(String(80))
    establishment_id: Mapped[str | None] = mapped_column(String(26))
    is_drill: Mapped[bool] = mapped_column(default=False)
    on_behalf_of: Mapped[str | None] = mapped_column(String(26))  # whom the assignee stands in for
    delegated_by: Mapped[str | None] = mapped_column(String(26))  # who passed it on to the assignee
    follow_up_on: Mapped[date | None]
    priority: Mapped[int] = mapped_column(default=50)
    created_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    completed_by: Mapped[str | None] = mapped_column(String(64))
    due_at: Mapped[datetime | None]
    due_rule: Mapped[str | None] = mapped_column(String(40))
    due_basis: Mapped[dict[str, Any] | None] = mapped_column(Json)  # value, unit, legal basis, start, calendar version
    escalation_level: Mapped[int] = mapped_column(default=0)  # 0 none, 1 lead, 2 manager, 3 superior organisation
    reopens_id: Mapped[str | None] = mapped_column(String(26))  # the completed one it is done instead of
    sort_due: Mapped[datetime]  # due_at or a far date: the keyset of the inbox

    __table_args__ = (
        part_index("ix_user_task_mine", "state = 'open' AND assignee_id IS NOT NULL", "assignee_id", "sort_due", "id"),
        part_index("ix_user_task_reopens_id", "reopens_id IS NOT NULL", "reopens_id"),
        part_index("ix_user_task_done", "state = 'completed'", "completed_by", "completed_at"),
        open_tasks_index("group", "candidate_group", "region_path", "assignee_id", "sort_due", "id"),
        open_tasks_index("scope", "region_path", "sort_due", "id", "process_key"),
        open_tasks_index("step", "element_id", "process_key", "region_path", "sort_due", "id"),
        open_tasks_index("place", "establishment_id", "region_path", "sort_due", "id"),
        open_tasks_index("urgency", "sort_due", "id", "region_path", "process_key"),
    )


class EventSubscription(Base):
    """A message, signal or condition that an instance waits for. Gone when it waits no longer."""

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    process_instance_id: Mapped[str] = mapped_column(refers_to("process_instance.id"), index=True)
    execution_id: Mapped[str] = mapped_column(ExecutionId)
    process_key: Mapped[str] = mapped_column(String(60))
    element_id: Mapped[str] = mapped_column(String(100))
    kind: Mapped[EventKind] = mapped_column(choice(EventKind))
    name: Mapped[str] = mapped_column(String(200))  # of the message or signal; the text of a condition
    correlation: Mapped[str] = mapped_column(String(200))  # what a message must carry: a case number or a value
    is_drill: Mapped[bool]
    created_at: Mapped[datetime]

    __table_args__ = (Index("ix_event_subscription_awaited", "kind", "name", "correlation"),)


class MessageState(StrEnum):
    """Where a received message or signal stands."""

    KEPT = "kept"  # nobody waits for it yet
    TAKEN = "taken"


class ReceivedMessage(Base):
    """A message or signal that was received, once for all by its id."""

    id: Mapped[str] = mapped_column(String(120), primary_key=True)  # the sender's
    kind: Mapped[EventKind] = mapped_column(choice(EventKind))
    name: Mapped[str] = mapped_column(String(200))
    correlation: Mapped[str] = mapped_column(String(200))
    content_hash: Mapped[str] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)  # {"content": whatever was sent}
    is_drill: Mapped[bool | None]
    sent_from: Mapped[str | None] = mapped_column(String(26))  # the instance that threw it
    region_path: Mapped[str] = mapped_column(String(80))  # the sender's: where a case that it begins belongs
    state: Mapped[MessageState] = mapped_column(choice(MessageState))
    received_at: Mapped[datetime]
    keep_until: Mapped[datetime | None]
    process_instance_id: Mapped[str | None] = mapped_column(String(26))  # that took it
    receivers: Mapped[int] = mapped_column(default=0)

    __table_args__ = (Index("ix_received_message_kept", "state", "name", "correlation"),)


class JobKind(StrEnum):
    """What a job does."""

    TIMER = "timer"
    REMINDER = "reminder"
    MESSAGE = "message"
    SIGNAL = "signal"
    DOCUMENT = "document"
    NOTIFICATION = "notification"
    SERVICE = "service"
    RECALCULATION = "recalculation"
    START = "start"
    IMPORT = "import"


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    HELD = "held"  # its case is suspended or its clock stands
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    INCIDENT = "incident"


OPEN_JOBS = (JobState.WAITING, JobState.HELD, JobState.RUNNING, JobState.INCIDENT)


class Job(Base):
    """Background work as a row: the memory; Celery is only the doorbell."""

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    kind: Mapped[JobKind] = mapped_column(choice(JobKind))
    state: Mapped[JobState] = mapped_column(choice(JobState), default=JobState.WAITING)
    due_at: Mapped[datetime]
    process_instance_id: Mapped[str | None] = mapped_column(String(26), index=True)
    user_task_id: Mapped[str | None] = mapped_column(String(26), index=True)
    element_id: Mapped[str | None] = mapped_column(String(100))
    execution_id: Mapped[str | None] = mapped_column(ExecutionId)
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    fencing_token: Mapped[int] = mapped_column(default=0)
    idempotency_key: Mapped[str] = mapped_column(String(120), unique=True)
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_job_due", "state", "due_at"),)


class Incident(Base):
    """A job or instance that needs a person: what, where, since when, and how it ended."""

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    process_instance_id: Mapped[str | None] = mapped_column(String(26), index=True)
    job_id: Mapped[str | None] = mapped_column(String(26))
    element_id: Mapped[str | None] = mapped_column(String(100))
    region_path: Mapped[str] = mapped_column(String(80))
    slug: Mapped[str] = mapped_column(String(60))
    message: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolution: Mapped[str | None] = mapped_column(String(200))


class Notification(Base):
    """A line in someone's notifications: a reminder, an escalation, a mention, an assignment."""

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(26), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(String(300))
    process_instance_id: Mapped[str | None] = mapped_column(String(26))
    user_task_id: Mapped[str | None] = mapped_column(String(26))
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
