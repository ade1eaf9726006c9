"""What stands before a verb: locks, then every reason to refuse, each as its own error."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import String, bindparam, exists, literal_column, or_, select, type_coerce
from sqlalchemy.orm import Session

from engine import policy
from engine.errors import (
    FourEyesError,
    FourEyesOnBehalfError,
    FourEyesSubstituteError,
    InstanceEndedError,
    NotQualifiedError,
    UserTaskAlreadyClaimedError,
    UserTaskAlreadyCompletedError,
    UserTaskCancelledError,
    UserTaskNotAssignedToYouError,
)
from engine.model import InstanceState, ProcessInstance, TaskKind, UserTask, UserTaskState
from engine.step_errors import InstanceSuspendedError, NotYoursToWithdrawError, UserTaskNotCompletedError
from records import rows
from records.absences import Absence, in_force
from records.base import KEPT_CASE
from records.clock import Clock, today
from records.errors import ForbiddenError, NotFoundError
from records.journal import JournalChain, chain_of_case, know_head
from records.people import Actor, QualificationKind

QUALIFICATION_NAMES = {
    QualificationKind.INSPECTION: "监督检查资格",
    QualificationKind.SAMPLING: "抽样检验资格",
    QualificationKind.EMERGENCY: "应急处置资格",
    QualificationKind.DISCLOSURE: "信息公开资格",
    QualificationKind.ASSESSMENT: "评估考核资格",
}


def lock_instance(session: Session, instance_id: str) -> ProcessInstance:
    """The instance, locked until the end of the transaction, as it stands now. Raises NotFoundError."""
    instance = session.get(ProcessInstance, instance_id, with_for_update=True, populate_existing=True)
    if instance is None:
        raise NotFoundError
    return instance


def lock_case(session: Session, instance_id: str, permission: str, actor: Actor, clock: Clock) -> ProcessInstance:
    """The case, locked, when the actor may do this with it. Raises NotFoundError, ForbiddenError."""
    instance = lock_instance(session, instance_id)
    if not policy.allowed("case.read", actor, instance, session, clock):
        raise NotFoundError
    if not policy.allowed(permission, actor, instance, session, clock):
        raise ForbiddenError
    return instance


def lock_user_task(session: Session, user_task_id: str, actor: Actor, clock: Clock) -> tuple[ProcessInstance, UserTask]:
    """The user task with its instance, locked, when the actor may know of it. Raises NotFoundError."""
    found = rows.find(session, _OF_USER_TASK, {"wanted": user_task_id})
    if not found:
        raise NotFoundError
    *values, seq, digest = found[0]
    instance = rows.loaded(session, ProcessInstance, values[:_WIDTH])
    user_task = rows.loaded(session, UserTask, values[_WIDTH:])
    know_head(session, chain_of_case(instance.id), seq, digest)
    if not policy.allowed("user_task.read", actor, user_task, session, clock):
        raise NotFoundError
    return instance, user_task


_INSTANCE, _USER_TASK, _CHAIN = map(rows.table_of, (ProcessInstance, UserTask, JournalChain))
_WIDTH = len(_INSTANCE.columns)
#: all three are locked, so that each is read as the last step left it, however long the first lock took to get
_OF_USER_TASK = (
    select(_INSTANCE, _USER_TASK, _CHAIN.c.seq, _CHAIN.c.hash)
    .join(_USER_TASK, _USER_TASK.c.process_instance_id == _INSTANCE.c.id)
    .join(_CHAIN, type_coerce(_CHAIN.c.chain, String) == literal_column(f"'{KEPT_CASE}'") + _INSTANCE.c.id)
    .where(_USER_TASK.c.id == bindparam("wanted"))
    .with_for_update()
)


def require_open(instance: ProcessInstance, user_task: UserTask) -> None:
    """The user task is still to be done, and its case goes on."""
    if user_task.state is UserTaskState.COMPLETED:
        raise UserTaskAlreadyCompletedError
    require_active(instance)
    if user_task.state is not UserTaskState.OPEN:
        raise UserTaskCancelledError


def lock_step(session: Session, user_task_id: str, actor: Actor, clock: Clock) -> tuple[ProcessInstance, UserTask]:
    """The same, for what is done with steps of the model only. Raises NotFoundError for a side task."""
    instance, user_task = lock_user_task(session, user_task_id, actor, clock)
    if user_task.kind is not TaskKind.STEP:
        raise NotFoundError
    return instance, user_task


def require_active(instance: ProcessInstance) -> None:
    """The case goes on. Raises InstanceSuspendedError, InstanceEndedError."""
    if instance.state is InstanceState.SUSPENDED:
        raise InstanceSuspendedError
    if instance.state is not InstanceState.ACTIVE:
        raise InstanceEndedError


def require_withdrawable(
    session: Session, clock: Clock, instance: ProcessInstance, user_task: UserTask, actor: Actor
) -> None:  # fmt: skip
    """The user task was completed, by the actor, in a case that goes on."""
    require_active(instance)
    if user_task.state is not UserTaskState.COMPLETED:
        raise UserTaskNotCompletedError
    if not policy.allowed("user_task.withdraw", actor, user_task, session, clock):
        raise NotYoursToWithdrawError


def require_pending(user_task: UserTask) -> None:
    """The user task is still to be done, whether or not its case stands still."""
    if user_task.state is UserTaskState.COMPLETED:
        raise UserTaskAlreadyCompletedError
    if user_task.state is not UserTaskState.OPEN:
        raise UserTaskCancelledError


def require_candidate(user_task: UserTask, actor: Actor) -> None:
    """The user task is offered to the actor's group, or is the absent person's whom the actor stands in for."""
    if user_task.candidate_group not in actor.roles and actor.on_behalf_of is None:
        raise ForbiddenError


def require_unclaimed(user_task: UserTask, actor: Actor) -> None:
    """Nobody else has the user task (whom one stands in for is nobody else)."""
    if user_task.assignee_id not in (None, actor.id, actor.on_behalf_of):
        raise UserTaskAlreadyClaimedError


def require_own(user_task: UserTask, actor: Actor) -> None:
    """The user task is the actor's, or free for the actor to take by completing it."""
    if user_task.assignee_id is None:
        require_candidate(user_task, actor)
    elif user_task.assignee_id not in (actor.id, actor.on_behalf_of):
        raise UserTaskNotAssignedToYouError


def require_qualified(session: Session, clock: Clock, user_task: UserTask, actor: Actor) -> None:
    """The actor holds the qualification that the user task demands."""
    if not policy.is_qualified(actor, user_task, session, clock):
        kind = user_task.qualification or ""
        raise NotQualifiedError(reason=QUALIFICATION_NAMES.get(QualificationKind(kind), kind))


def require_other_eyes(session: Session, user_task: UserTask, separate_from: Sequence[str], actor: Actor) -> None:
    """Neither the actor nor whom they act for has done a step that this one must be separate from."""
    if not separate_from:
        return
    eyes = [one for one in (actor.id, actor.on_behalf_of) if one is not None]
    done = select(UserTask.name, UserTask.completed_by, UserTask.on_behalf_of).where(
        UserTask.process_instance_id == user_task.process_instance_id,
        UserTask.element_id.in_(separate_from),
        UserTask.kind != TaskKind.QUESTION,  # whoever signed it did it, too
        UserTask.state == UserTaskState.COMPLETED,
        or_(UserTask.completed_by.in_(eyes), UserTask.on_behalf_of.in_(eyes)),
    )
    found = session.execute(done.limit(1)).first()
    if found is not None:
        name, *by = found
        raise FourEyesError(element=name) if actor.id in by else FourEyesOnBehalfError(element=name)


def require_independence(
    session: Session, clock: Clock, user_task: UserTask, independent_of: Sequence[str], actor: Actor
) -> None:
    """The actor neither stands in today for whoever did one of these steps, nor passed it on to them.

    Absences of every scope count: who may act for the other is not independent of them.
    """
    if not independent_of:
        return
    eyes = [one for one in (actor.id, actor.on_behalf_of) if one is not None]
    stands_in = exists().where(
        Absence.user_id.in_((UserTask.completed_by, UserTask.on_behalf_of)),
        Absence.substitute_id.in_(eyes),
        in_force(today(clock)),
    )
    related = select(UserTask.name).where(
        UserTask.process_instance_id == user_task.process_instance_id,
        UserTask.element_id.in_(independent_of),
        UserTask.kind != TaskKind.QUESTION,
        UserTask.state == UserTaskState.COMPLETED,
        or_(stands_in, UserTask.delegated_by.in_(eyes)),
    )
    name = session.scalar(related.limit(1))
    if name is not None:
        raise FourEyesSubstituteError(element=name)
