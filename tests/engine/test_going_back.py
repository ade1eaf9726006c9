"""Returning to an earlier step and taking a step back: it works, and every refusal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import queries
from engine.deployment import Bundle
from engine.engine import Engine
from engine.errors import (
    InstanceEndedError,
    ReasonMissingError,
    UserTaskAlreadyClaimedError,
    UserTaskAlreadyCompletedError,
    UserTaskCancelledError,
    UserTaskNotAssignedToYouError,
)
from engine.invariants import check_invariants
from engine.model import InstanceState, Job, JobKind, JobState, Notification, ProcessInstance, UserTask, UserTaskState
from engine.step_errors import (
    AlreadyEffectiveError,
    BranchesJoinedError,
    NotDoneBeforeError,
    NotYoursToWithdrawError,
    ParallelWorkLostError,
    ReasonTooShortError,
    StepNotReturnableError,
    UserTaskNotCompletedError,
    WithdrawTooLateError,
)
from records.clock import FixedClock
from records.errors import ForbiddenError, NotFoundError
from records.journal import JournalEntry
from records.people import User
from records.submissions import Draft, Submission
from tests.engine import toys, toys_steps
from tests.engine.toys_steps import FORK, LINE, PAPER
from tests.factories import Cast

WHY = "照片与所附清单不一致，请核对后重报"


@pytest.fixture
def engine(clock: FixedClock) -> Engine:
    return Engine(toys.PROCESSES | toys_steps.PROCESSES, clock)


def start(session: Session, engine: Engine, cast: Cast, bundle: Bundle) -> ProcessInstance:
    engine.deploy(session, bundle, cast.admin)
    return engine.start(session, bundle.key, {}, cast.lead)


@pytest.fixture
def line(session: Session, engine: Engine, cast: Cast) -> ProcessInstance:
    return start(session, engine, cast, LINE)


def open_task(session: Session, case: ProcessInstance, element: str) -> UserTask:
    return session.scalars(
        select(UserTask).where(
            UserTask.process_instance_id == case.id,
            UserTask.element_id == element,
            UserTask.state == UserTaskState.OPEN,
        )
    ).one()


def to_decision(session: Session, engine: Engine, cast: Cast, case: ProcessInstance) -> tuple[UserTask, UserTask]:
    """Draft and check done; gives the draft's user task and the open decision."""
    draft = open_task(session, case, "draft")
    engine.complete(session, draft.id, {"text": "初稿"}, cast.inspector)
    engine.complete(session, open_task(session, case, "check").id, {"opinion": "可"}, cast.lead)
    return draft, open_task(session, case, "decide")


def test_a_case_returned_to_an_earlier_step_is_done_again_by_whoever_did_it(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, line: ProcessInstance
) -> None:
    draft, decide = to_decision(session, engine, cast, line)
    first_due = draft.due_at
    clock.advance(days=1)
    fresh_id = engine.return_to(session, decide.id, "draft", WHY, cast.manager)
    fresh = open_task(session, line, "draft")
    assert fresh.id == fresh_id and fresh.reopens_id == draft.id
    assert (fresh.assignee_id, fresh.claimed_at) == (cast.inspector.id, clock.now())
    assert first_due is not None and fresh.due_at is not None and fresh.due_at > first_due
    assert (draft.state, decide.state) == (UserTaskState.COMPLETED, UserTaskState.RETURNED)
    assert session.scalar(select(Submission).where(Submission.user_task_id == draft.id)) is not None
    form = queries.task_form(session, fresh.id, cast.inspector, clock=clock)
    assert form.answers == {"text": "初稿"} and form.draft is None


def test_the_journal_says_from_where_to_where_and_why_and_those_concerned_are_told(
    session: Session, engine: Engine, cast: Cast, line: ProcessInstance
) -> None:
    _draft, decide = to_decision(session, engine, cast, line)
    fresh = engine.return_to(session, decide.id, "draft", f"  {WHY} ", cast.manager)
    entry = session.scalars(select(JournalEntry).where(JournalEntry.verb == "user_task.returned")).one()
    assert (entry.subject_id, entry.actor_id, entry.reason) == (decide.id, cast.manager.id, WHY)
    assert entry.after == {"from": "decide", "to": "draft", "to_name": "起草", "user_task_id": fresh}
    told = select(Notification.user_id).where(Notification.kind == "returned", Notification.user_task_id == fresh)
    assert set(session.scalars(told)) == {cast.inspector.id, cast.lead.id}


def test_done_again_it_goes_on_and_each_row_has_one_submission(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, line: ProcessInstance
) -> None:
    _draft, decide = to_decision(session, engine, cast, line)
    engine.return_to(session, decide.id, "draft", WHY, cast.manager)
    _again, decide = to_decision(session, engine, cast, line)
    engine.complete(session, decide.id, {"opinion": "同意"}, cast.manager)
    assert line.state is InstanceState.COMPLETED
    assert len(session.scalars(select(Submission).where(Submission.form_version.startswith("line/draft@"))).all()) == 2
    assert list(check_invariants(session, clock.now())) == []


def test_whoever_left_does_not_get_it_back(session: Session, engine: Engine, cast: Cast, line: ProcessInstance) -> None:
    _draft, decide = to_decision(session, engine, cast, line)
    session.execute(User.__table__.update().where(User.id == cast.inspector.id).values(active=False))
    engine.return_to(session, decide.id, "draft", WHY, cast.manager)
    assert open_task(session, line, "draft").assignee_id is None


def test_the_four_eyes_still_look(session: Session, engine: Engine, cast: Cast, line: ProcessInstance) -> None:
    _draft, decide = to_decision(session, engine, cast, line)
    engine.return_to(session, decide.id, "check", WHY, cast.manager)
    check = open_task(session, line, "check")
    assert check.assignee_id == cast.lead.id
    engine.return_to(session, check.id, "draft", WHY, cast.lead)
    assert open_task(session, line, "draft").assignee_id == cast.inspector.id


def test_a_reason_of_fewer_than_ten_characters_is_none(
    session: Session, engine: Engine, cast: Cast, line: ProcessInstance
) -> None:
    _draft, decide = to_decision(session, engine, cast, line)
    with pytest.raises(ReasonMissingError):
        engine.return_to(session, decide.id, "draft", "  ", cast.manager)
    with pytest.raises(ReasonTooShortError):
        engine.return_to(session, decide.id, "draft", "不行，重来。", cast.manager)


def test_only_what_was_done_before_can_be_returned_to(
    session: Session, engine: Engine, cast: Cast, line: ProcessInstance
) -> None:
    _draft, decide = to_decision(session, engine, cast, line)
    for element in ("decide", "urge", "count", "nothing"):
        with pytest.raises(NotDoneBeforeError):
            engine.return_to(session, decide.id, element, WHY, cast.manager)


def test_nothing_goes_back_past_a_step_that_is_done_once_and_for_all(
    session: Session, engine: Engine, cast: Cast
) -> None:
    case = start(session, engine, cast, FORK)
    engine.complete(session, open_task(session, case, "first").id, {}, cast.inspector)
    sealed = open_task(session, case, "sealed")
    engine.return_to(session, sealed.id, "first", WHY, cast.inspector)
    engine.complete(session, open_task(session, case, "first").id, {}, cast.inspector)
    engine.complete(session, open_task(session, case, "sealed").id, {}, cast.inspector)
    with pytest.raises(ParallelWorkLostError):
        engine.return_to(session, open_task(session, case, "left").id, "first", WHY, cast.inspector)
    for element in ("left", "right"):
        engine.complete(session, open_task(session, case, element).id, {}, cast.inspector)
    with pytest.raises(BranchesJoinedError):
        engine.return_to(session, open_task(session, case, "last").id, "left", WHY, cast.lead)
    once = Bundle(LINE.key, LINE.bpmn, {**LINE.forms, "draft": FORK.forms["sealed"]}, {})
    other = start(session, engine, cast, once)
    _draft, decide = to_decision(session, engine, cast, other)
    with pytest.raises(StepNotReturnableError):
        engine.return_to(session, decide.id, "draft", WHY, cast.manager)


def test_who_may_not_return(session: Session, engine: Engine, cast: Cast, line: ProcessInstance) -> None:
    _draft, decide = to_decision(session, engine, cast, line)
    with pytest.raises(ForbiddenError):
        engine.return_to(session, decide.id, "draft", WHY, cast.lead)
    with pytest.raises(NotFoundError):
        engine.return_to(session, decide.id, "draft", WHY, cast.outsider)
    engine.claim(session, decide.id, cast.manager)
    with pytest.raises(UserTaskNotAssignedToYouError):
        engine.return_to(session, decide.id, "draft", WHY, cast.superior)
    engine.complete(session, decide.id, {"opinion": "again"}, cast.manager)
    with pytest.raises(UserTaskAlreadyCompletedError):
        engine.return_to(session, decide.id, "draft", WHY, cast.manager)
    engine.cancel(session, line.id, cast.lead, "重复")
    with pytest.raises(InstanceEndedError):
        engine.return_to(session, open_after_cancel(session, line).id, "draft", WHY, cast.inspector)


def open_after_cancel(session: Session, case: ProcessInstance) -> UserTask:
    return session.scalars(
        select(UserTask).where(
            UserTask.process_instance_id == case.id, UserTask.state == UserTaskState.CANCELLED
        )
    ).one()  # fmt: skip


def test_a_business_does_not_return_what_the_authority_did(session: Session, engine: Engine, cast: Cast) -> None:
    engine.deploy(session, toys.RELAY, cast.admin)
    case = engine.start(session, "relay", {"establishment": cast.business.establishment_id}, cast.lead)
    engine.complete(session, open_task(session, case, "look").id, {"result": "ask"}, cast.inspector)
    with pytest.raises(ForbiddenError):
        engine.return_to(session, open_task(session, case, "answer").id, "look", WHY, cast.business)


def test_what_was_returned_is_open_to_nobody(
    session: Session, engine: Engine, cast: Cast, line: ProcessInstance
) -> None:
    _draft, decide = to_decision(session, engine, cast, line)
    engine.return_to(session, decide.id, "draft", WHY, cast.manager)
    with pytest.raises(UserTaskCancelledError):
        engine.complete(session, decide.id, {"opinion": "x"}, cast.manager)


# -- taking back ------------------------------------------------------------------------------------------------------


def test_a_step_is_taken_back_before_the_next_is_begun(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, line: ProcessInstance
) -> None:
    draft = open_task(session, line, "draft")
    done = engine.complete(session, draft.id, {"text": "初稿"}, cast.inspector)
    check = open_task(session, line, "check")
    clock.advance(hours=3)
    fresh_id = engine.withdraw(session, draft.id, "附件传错", cast.inspector)
    fresh = open_task(session, line, "draft")
    assert (fresh.id, fresh.reopens_id, fresh.assignee_id) == (fresh_id, draft.id, cast.inspector.id)
    assert (fresh.due_at, fresh.due_rule, fresh.due_basis) == (draft.due_at, draft.due_rule, draft.due_basis)
    assert check.state is UserTaskState.CANCELLED
    submission = session.get_one(Submission, done.submission_id)
    assert submission.withdrawn_at == clock.now() and submission.answers == {"text": "初稿"}
    entry = session.scalars(select(JournalEntry).where(JournalEntry.verb == "user_task.withdrawn")).one()
    assert (entry.subject_id, entry.reason) == (draft.id, "附件传错")
    engine.complete(session, fresh_id, {"text": "定稿"}, cast.inspector)
    assert open_task(session, line, "check").assignee_id is None
    assert list(check_invariants(session, clock.now())) == []


def test_the_reminders_that_are_left_stay_where_they_were(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, line: ProcessInstance
) -> None:
    draft = open_task(session, line, "draft")
    rungs = select(Job.due_at).where(Job.kind == JobKind.REMINDER).order_by(Job.due_at)
    planned = list(session.scalars(rungs.where(Job.user_task_id == draft.id)))
    clock.move_to(planned[0] + timedelta(minutes=1))
    engine.complete(session, draft.id, {}, cast.inspector)
    fresh = engine.withdraw(session, draft.id, "附件传错", cast.inspector)
    kept = session.scalars(rungs.where(Job.user_task_id == fresh, Job.state == JobState.WAITING))
    assert list(kept) == planned[1:]


@pytest.mark.parametrize("begun", ["claimed", "drafted", "given and taken away"])
def test_too_late_is_when_somebody_began_the_next_step(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, line: ProcessInstance, begun: str
) -> None:
    draft = open_task(session, line, "draft")
    engine.complete(session, draft.id, {}, cast.inspector)
    check = open_task(session, line, "check")
    if begun == "drafted":
        session.add(Draft(user_task_id=check.id, user_id=cast.lead.id, answers={}, saved_at=clock.now()))
    else:
        engine.claim(session, check.id, cast.lead)
    if begun == "given and taken away":
        engine.release(session, check.id, cast.lead)
    with pytest.raises(WithdrawTooLateError, match="审核"):
        engine.withdraw(session, draft.id, "附件传错", cast.inspector)


def test_both_branches_go_when_neither_was_begun(session: Session, engine: Engine, cast: Cast) -> None:
    case = start(session, engine, cast, FORK)
    engine.complete(session, open_task(session, case, "first").id, {}, cast.inspector)
    sealed = open_task(session, case, "sealed")
    engine.complete(session, sealed.id, {}, cast.inspector)
    engine.withdraw(session, sealed.id, "签章不清", cast.inspector)
    engine.complete(session, open_task(session, case, "sealed").id, {}, cast.inspector)
    left = open_task(session, case, "left")
    engine.complete(session, left.id, {}, cast.inspector)
    with pytest.raises(UserTaskNotCompletedError):
        engine.withdraw(session, sealed.id, "再来一次", cast.inspector)
    engine.withdraw(session, left.id, "填错一栏", cast.inspector)
    engine.complete(session, open_task(session, case, "left").id, {}, cast.inspector)
    right = open_task(session, case, "right")
    engine.complete(session, right.id, {}, cast.colleague)
    with pytest.raises(BranchesJoinedError):
        engine.withdraw(session, right.id, "填错一栏", cast.colleague)


def test_a_paper_that_was_issued_cannot_be_taken_back(session: Session, engine: Engine, cast: Cast) -> None:
    case = start(session, engine, cast, PAPER)
    make = open_task(session, case, "make")
    engine.complete(session, make.id, {"text": "正文"}, cast.inspector)
    with pytest.raises(AlreadyEffectiveError):
        engine.withdraw(session, make.id, "正文有误", cast.inspector)


def test_who_may_not_take_back(session: Session, engine: Engine, cast: Cast, line: ProcessInstance) -> None:
    draft = open_task(session, line, "draft")
    with pytest.raises(UserTaskNotCompletedError):
        engine.withdraw(session, draft.id, "附件传错", cast.inspector)
    engine.complete(session, draft.id, {}, cast.inspector)
    with pytest.raises(NotYoursToWithdrawError):
        engine.withdraw(session, draft.id, "附件传错", cast.colleague)
    with pytest.raises(NotFoundError):
        engine.withdraw(session, draft.id, "附件传错", cast.outsider)
    with pytest.raises(ReasonMissingError):
        engine.withdraw(session, draft.id, " ", cast.inspector)
    engine.withdraw(session, draft.id, "附件传错", cast.inspector)
    with pytest.raises(UserTaskNotCompletedError):
        engine.withdraw(session, draft.id, "附件传错", cast.inspector)
    with pytest.raises(UserTaskAlreadyClaimedError):
        engine.claim(session, open_task(session, line, "draft").id, cast.colleague)
    engine.cancel(session, line.id, cast.lead, "重复")
    with pytest.raises(InstanceEndedError):
        engine.withdraw(session, draft.id, "附件传错", cast.inspector)
