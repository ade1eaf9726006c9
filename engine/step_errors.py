"""What is refused of going back in a case, of side tasks, and while a case is suspended."""

from __future__ import annotations

from records.errors import ConflictError, DomainError, ForbiddenError


class ReasonTooShortError(DomainError):
    """The reason says too little to be worth keeping."""

    slug = "reason-too-short"
    sentence = "请写明理由，至少 %(count)s 个字"


class NotDoneBeforeError(ConflictError):
    """No completed step of this name leads to the present one."""

    slug = "not-done-before"
    sentence = "所选步骤不是本步骤之前已办结的步骤"


class StepNotReturnableError(ConflictError):
    """The form of that step, or of one between, says that it is done once and for all."""

    slug = "step-not-returnable"
    sentence = "“%(element)s”办结后不能退回"


class ParallelWorkLostError(ConflictError):
    """Going back would lose what was or is being done beside the way there."""

    slug = "parallel-work-lost"
    sentence = "之后另有已办或在办的并行事项，退回会使其作废，因此不能退回"


class BranchesJoinedError(ConflictError):
    """Parallel branches came together in between; what the others did cannot be undone."""

    slug = "branches-joined"
    sentence = "并行办理的分支已经汇合，不能再退回到汇合之前"


class BorderCrossedError(ConflictError):
    """A sub-process, a called process or a step for several items lies in between."""

    slug = "border-crossed"
    sentence = "中间隔着子流程或逐项办理的步骤，不能退回"


class EventPassedError(ConflictError):
    """A message came, a deadline passed or something was sent in between; that cannot be undone."""

    slug = "event-passed"
    sentence = "其间期限已到或已有消息收发，不能退回"


class NotYoursToWithdrawError(ForbiddenError):
    """Only whoever completed a step takes it back."""

    slug = "not-yours-to-withdraw"
    sentence = "只有办结该步骤的本人可以撤回"


class UserTaskNotCompletedError(ConflictError):
    """Only what was completed can be taken back, and only once."""

    slug = "user-task-not-completed"
    sentence = "该步骤没有可撤回的提交"


class WithdrawTooLateError(ConflictError):
    """The next step is in somebody's hands already."""

    slug = "withdraw-too-late"
    sentence = "“%(element)s”已有人领取或开始办理，不能撤回"


class AlreadyEffectiveError(ConflictError):
    """What the step brought about has left the house: a document was issued, a notice sent."""

    slug = "already-effective"
    sentence = "该步骤已产生对外效力（文书或通知已发出），不能撤回"


class InstanceSuspendedError(ConflictError):
    """The case is suspended: nothing in it can be done until it is resumed."""

    slug = "instance-suspended"
    sentence = "案件已中止，恢复后才能办理"


class InstanceNotSuspendedError(ConflictError):
    """Only a suspended case can be resumed."""

    slug = "instance-not-suspended"
    sentence = "案件没有中止"


class LegalBasisMissingError(DomainError):
    """Deadlines stand still only where a law says so."""

    slug = "legal-basis-missing"
    sentence = "停止计算期限须写明法律依据"


class CosignOpenError(ConflictError):
    """A step is not completed while somebody is still to sign it."""

    slug = "cosign-open"
    sentence = "%(names)s尚未会签，会签完成或撤销后才能提交"


class AlreadyAskedError(ConflictError):
    """The same person has an open side task of this kind for this step."""

    slug = "already-asked"
    sentence = "已请此人办理，尚未答复"


class UnsuitableAddresseeError(ConflictError):
    """The person, role or business cannot be asked: not here, not active, or oneself."""

    slug = "unsuitable-addressee"
    sentence = "不能请所选对象办理"


class CaseNotShownError(ConflictError):
    """A business is not asked about a case that it does not know of."""

    slug = "case-not-shown"
    sentence = "该案件尚未告知企业，不能向企业征询"


class TextMissingError(DomainError):
    """The question, the answer or the objection has no words."""

    slug = "text-missing"
    sentence = "请填写内容"


class DecisionMissingError(DomainError):
    """Whoever co-signs signs or objects."""

    slug = "decision-missing"
    sentence = "请选择同意签署或提出异议"


class ForeignFileError(DomainError):
    """A file does not exist or belongs to another case."""

    slug = "foreign-file"
    sentence = "文件不存在或不属于本案件，请重新上传"
