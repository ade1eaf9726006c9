"""What the engine refuses, each a class, a slug and a sentence."""

from __future__ import annotations

from records.errors import ConflictError, DomainError


class InstanceEndedError(ConflictError):
    """The process instance has ended; nothing in it can be changed."""

    slug = "instance-ended"
    sentence = "该案件已经结束，不能再修改"


class UserTaskAlreadyCompletedError(ConflictError):
    """The user task was completed before."""

    slug = "user-task-already-completed"
    sentence = "该任务已经完成，不能重复提交"


class UserTaskCancelledError(ConflictError):
    """The user task is no longer needed: its deadline passed or the flow went another way."""

    slug = "user-task-cancelled"
    sentence = "该任务已被取消，不再需要办理"


class UserTaskNotAssignedToYouError(ConflictError):
    """The user task was given to somebody else meanwhile."""

    slug = "user-task-not-assigned-to-you"
    sentence = "该任务已由他人办理，您填写的内容已保存为草稿"


class UserTaskAlreadyClaimedError(ConflictError):
    """Somebody else claimed the user task first."""

    slug = "user-task-already-claimed"
    sentence = "该任务已被他人签收"


class UserTaskNotClaimedError(ConflictError):
    """Only a claimed user task can be released."""

    slug = "user-task-not-claimed"
    sentence = "该任务尚未签收"


class NotQualifiedError(ConflictError):
    """The person has no valid qualification of the kind the user task demands (standard 4.2)."""

    slug = "not-qualified"
    sentence = "办理该任务需要有效的资格证书：%(reason)s"


class FourEyesError(ConflictError):
    """Whoever did the step before may not do this one as well."""

    slug = "four-eyes"
    sentence = "您已办理过“%(element)s”，本步骤须由另一人办理"


class FourEyesOnBehalfError(FourEyesError):
    """Whom one stands in for did the step before; a substitute gives them no second pair of eyes."""

    sentence = "您所代的人员已办理过“%(element)s”，本步骤须由另一人办理"


class FourEyesSubstituteError(FourEyesError):
    """The actor stands in today for whoever did the step before, or passed it on to them."""

    sentence = "您是“%(element)s”办理人的代办人或转办人，本步骤须由与其无关的另一人办理"


class IdempotencyKeyReusedError(ConflictError):
    """The idempotency key belongs to another completion."""

    slug = "idempotency-key-reused"
    sentence = "请求标识已用于另一次提交"


class UnsuitableAssigneeError(ConflictError):
    """The person chosen cannot take the user task."""

    slug = "unsuitable-assignee"
    sentence = "所选人员不能办理该任务"


class ReasonMissingError(DomainError):
    """A reason is required."""

    slug = "reason-missing"
    sentence = "请填写原因"


class ClockStandsError(ConflictError):
    """The clock was stopped before."""

    slug = "clock-stands"
    sentence = "计时已经中止"


class ClockRunsError(ConflictError):
    """The clock was not stopped."""

    slug = "clock-runs"
    sentence = "计时没有中止"


class FollowUpDateError(DomainError):
    """A follow-up date lies between today and a year from now."""

    slug = "follow-up-date"
    sentence = "跟进日期须在今天至一年之内"


class PriorityError(DomainError):
    """A priority is a number from 0 to 100."""

    slug = "priority"
    sentence = "优先级须为 0 至 100 的整数"


class NothingChosenError(DomainError):
    """A bulk request names at least one user task."""

    slug = "nothing-chosen"
    sentence = "请先选择要处理的事项"


class TooManyItemsError(DomainError):
    """A bulk request names so many user tasks at most."""

    slug = "too-many-items"
    sentence = "一次最多处理 %(count)s 项"


class DifferentFormsError(ConflictError):
    """User tasks are completed together only on the same version of the same form."""

    slug = "different-forms"
    sentence = "所选事项的表单不同，请分别办理"


class OneByOneError(ConflictError):
    """The form asks for what is evidence of one case only: photos, signatures, positions, checklists."""

    slug = "one-by-one"
    sentence = "该表单含照片、签名、定位或检查表，须逐件办理"


class OpenTasksError(ConflictError):
    """Somebody who leaves still has open user tasks."""

    slug = "open-tasks"
    sentence = "%(name)s 名下还有 %(count)s 项未办结（%(cases)s），请先交接"


class ModelFaultError(DomainError):
    """The model cannot go on from here: no condition holds, a timer has no date, a budget is used up."""

    slug = "model-fault"
    sentence = "流程在“%(element)s”处无法继续：%(reason)s"

    def __init__(self, element: str, reason: str) -> None:
        super().__init__(element=element, reason=reason)
        self.element, self.reason = element, reason


class LeaseLostError(ConflictError):
    """The job was taken by another worker meanwhile; what this one did must not count."""

    slug = "lease-lost"
    sentence = "后台任务已由其他进程接手"


class MessageNotCorrelatedError(ConflictError):
    """Nobody waits for the message, and it begins nothing."""

    slug = "message-not-correlated"
    sentence = "没有案件在等待消息“%(name)s”（%(correlation)s）"


class AmbiguousMessageError(ConflictError):
    """A message is for one receiver, and several wait for it."""

    slug = "message-ambiguous"
    sentence = "有 %(count)s 处在等待消息“%(name)s”（%(correlation)s），无法确定接收者"


class MessageTooLargeError(DomainError):
    """What the message carries is larger than the engine takes."""

    slug = "message-too-large"
    sentence = "消息内容超过 %(limit)s KB 或嵌套过深"
