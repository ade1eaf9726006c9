"""Co-signatures and questions beside a step: they lie in the inbox, are answered, and move nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import queries
from engine.engine import Engine
from engine.errors import (
    InstanceEndedError,
    ReasonMissingError,
    UserTaskAlreadyCompletedError,
    UserTaskCancelledError,
    UserTaskNotAssignedToYouError,
)
from engine.invariants import check_invariants
from engine.model import Job, JobKind, JobState, Notification, ProcessInstance, TaskKind, UserTask, UserTaskState
from engine.running import Running
from engine.side_tasks import Ask, Decision, Reply
from engine.step_errors import (
    AlreadyAskedError,
    CaseNotShownError,
    CosignOpenError,
    DecisionMissingError,
    ForeignFileError,
    InstanceSuspendedError,
    TextMissingError,
    UnsuitableAddresseeError,
)
from engine.suspension import ClockPolicy
from records.clock import FixedClock
from records.errors import ForbiddenError, NotFoundError
from records.journal import JournalEntry
from records.people import Actor
from records.submissions import Submission
from tests.engine.toys import RELAY
from tests.factories import Cast

SIGN, OBJECT = Decision.SIGN, Decision.OBJECT


@pytest.fixture
def case(session: Session, engine: Engine, cast: Cast) -> ProcessInstance:
    engine.deploy(session, RELAY, cast.admin)
    return engine.start(session, "relay", {"establishment": cast.business.establishment_id}, cast.lead)


@pytest.fixture
def look(session: Session, engine: Engine, cast: Cast, case: ProcessInstance) -> UserTask:
    """The open step, claimed by the inspector."""
    task = session.scalars(select(UserTask).where(UserTask.process_instance_id == case.id)).one()
    engine.claim(session, task.id, cast.inspector)
    return task


def cosign_of(person: Actor, **more: Any) -> Ask:
    return Ask(TaskKind.COSIGN, "请核对", user_id=person.id, **more)


def question(**more: Any) -> Ask:
    return Ask(TaskKind.QUESTION, "冷库面积是多少？", **more)


def inbox(session: Session, actor: Actor, clock: FixedClock, view: str = "mine") -> list[str]:
    page = queries.inbox(session, actor, view, queries.InboxFilter(), now=clock.now())
    return [row.id for row in page.rows]


def test_a_cosigner_finds_it_in_the_inbox_and_signs(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, case: ProcessInstance, look: UserTask
) -> None:
    side = engine.ask(session, look.id, cosign_of(cast.colleague), cast.inspector)
    assert inbox(session, cast.colleague, clock) == [side]
    assert queries.inbox_counts(session, cast.colleague, now=clock.now()).mine == 1
    with pytest.raises(CosignOpenError, match="覃协"):
        engine.complete(session, look.id, {"result": "direct"}, cast.inspector)
    said = engine.answer(session, side, Reply("属实", SIGN), cast.colleague)
    submission = session.get_one(Submission, said)
    assert (submission.user_task_id, submission.answers["decision"]) == (side, "sign")
    engine.complete(session, look.id, {"result": "direct"}, cast.inspector)
    running = Running.read(session, clock, cast.inspector, case)
    [given] = running.execution.data["look"]["_cosigns"]
    assert (given["name"], given["decision"], given["opinion"]) == ("覃协", "sign", "属实")
    assert list(check_invariants(session, clock.now())) == []


def test_it_is_journaled_and_everybody_concerned_is_told(
    session: Session, engine: Engine, cast: Cast, look: UserTask
) -> None:
    side = engine.ask(session, look.id, cosign_of(cast.colleague), cast.lead)
    engine.answer(session, side, Reply("照片缺少日期", OBJECT), cast.colleague)
    entries = session.scalars(
        select(JournalEntry).where(JournalEntry.verb.in_(("user_task.cosign_asked", "user_task.objected")))
    )
    asked, objected = sorted(entries, key=lambda entry: entry.seq)
    assert (asked.user_task_id, asked.actor_id, asked.after["to_name"]) == (look.id, cast.lead.id, "覃协")
    assert (objected.user_task_id, objected.after["text"]) == (side, "照片缺少日期")
    assert objected.submission_hash is not None
    told = select(Notification.user_id).where(Notification.kind == "answered")
    assert set(session.scalars(told)) == {cast.lead.id, cast.inspector.id}
    assert session.scalars(select(Notification.user_id).where(Notification.kind == "cosign")).all() == [
        cast.colleague.id
    ]


def test_a_question_moves_nothing_and_holds_nothing_up(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, case: ProcessInstance, look: UserTask
) -> None:
    due = clock.now() + timedelta(days=3)
    side = engine.ask(session, look.id, question(role="DISC", due_at=due), cast.inspector)
    engine.complete(session, look.id, {"result": "direct"}, cast.inspector)
    assert inbox(session, cast.disclosure, clock, "group") == [side]
    reminders = select(Job).where(Job.user_task_id == side, Job.kind == JobKind.REMINDER)
    assert {job.state for job in session.scalars(reminders)} == {JobState.WAITING}
    engine.claim(session, side, cast.disclosure)
    engine.answer(session, side, Reply("约四十平方米"), cast.disclosure)
    assert {job.state for job in session.scalars(reminders)} == {JobState.CANCELLED}
    [row] = queries.side_tasks(session, cast.lead, case.id)
    assert (row.answer, row.answered_by_name, row.step) == ("约四十平方米", "蒙公", "查看")
    assert queries.side_tasks(session, cast.business, case.id) == []


def test_the_business_is_asked_once_it_knows_of_the_case(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, case: ProcessInstance, look: UserTask
) -> None:
    with pytest.raises(CaseNotShownError):
        engine.ask(session, look.id, question(), cast.inspector)
    case.is_visible_to_business = True
    side = engine.ask(session, look.id, question(), cast.inspector)
    assert inbox(session, cast.business, clock, "group") == [side]
    engine.answer(session, side, Reply("三十平方米"), cast.business)
    assert [row.id for row in queries.side_tasks(session, cast.business, case.id)] == [side]


def test_whoever_signed_counts_as_having_done_it(session: Session, engine: Engine, cast: Cast, look: UserTask) -> None:
    side = engine.ask(session, look.id, cosign_of(cast.lead), cast.inspector)
    engine.answer(session, side, Reply("", SIGN), cast.lead)
    opened = engine.complete(session, look.id, {"result": "direct"}, cast.inspector).opened
    refusal = queries.user_task(session, opened[0], cast.lead, clock=engine.clock).refusal  # type: ignore[arg-type]
    assert refusal is not None and refusal.slug == "four-eyes"


def test_what_was_asked_is_taken_back(session: Session, engine: Engine, cast: Cast, look: UserTask) -> None:
    side = engine.ask(session, look.id, cosign_of(cast.colleague), cast.inspector)
    with pytest.raises(ForbiddenError):
        engine.revoke(session, side, "不必了", cast.colleague)
    with pytest.raises(NotFoundError):
        engine.revoke(session, side, "不必了", cast.outsider)
    with pytest.raises(ReasonMissingError):
        engine.revoke(session, side, " ", cast.inspector)
    assert engine.revoke(session, side, "改由他人核对", cast.lead) == look.id
    with pytest.raises(UserTaskCancelledError):
        engine.answer(session, side, Reply("", SIGN), cast.colleague)
    engine.complete(session, look.id, {"result": "direct"}, cast.inspector)


def test_who_cannot_be_asked(session: Session, engine: Engine, cast: Cast, look: UserTask) -> None:
    nobody = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
    for wanted in (
        cosign_of(cast.inspector),
        cosign_of(cast.outsider),
        cosign_of(cast.business),
        Ask(TaskKind.COSIGN, "请核对", user_id=nobody),
        Ask(TaskKind.COSIGN, "请核对", role="INS"),
        question(role="XXX"),
        question(role="TRN"),
        question(role="BIZ"),
    ):
        with pytest.raises(UnsuitableAddresseeError):
            engine.ask(session, look.id, wanted, cast.inspector)
    engine.ask(session, look.id, cosign_of(cast.superior), cast.inspector)
    with pytest.raises(AlreadyAskedError):
        engine.ask(session, look.id, cosign_of(cast.superior), cast.lead)
    with pytest.raises(TextMissingError):
        engine.ask(session, look.id, Ask(TaskKind.QUESTION, " ", user_id=cast.colleague.id), cast.inspector)
    with pytest.raises(ForeignFileError):
        engine.ask(session, look.id, question(user_id=cast.colleague.id, files=[nobody]), cast.inspector)


def test_who_may_not_ask(session: Session, engine: Engine, cast: Cast, look: UserTask) -> None:
    side = engine.ask(session, look.id, cosign_of(cast.colleague), cast.inspector)
    with pytest.raises(ForbiddenError):
        engine.ask(session, look.id, question(user_id=cast.lead.id), cast.colleague)
    with pytest.raises(NotFoundError):
        engine.ask(session, look.id, question(user_id=cast.lead.id), cast.outsider)
    with pytest.raises(NotFoundError):
        engine.ask(session, side, question(user_id=cast.lead.id), cast.colleague)


def test_an_answer_says_something_and_only_once(session: Session, engine: Engine, cast: Cast, look: UserTask) -> None:
    signing = engine.ask(session, look.id, cosign_of(cast.colleague), cast.inspector)
    with pytest.raises(DecisionMissingError):
        engine.answer(session, signing, Reply("好"), cast.colleague)
    with pytest.raises(TextMissingError):
        engine.answer(session, signing, Reply(" ", OBJECT), cast.colleague)
    with pytest.raises(UserTaskNotAssignedToYouError):
        engine.answer(session, signing, Reply("", SIGN), cast.lead)
    engine.answer(session, signing, Reply("", SIGN), cast.colleague)
    with pytest.raises(UserTaskAlreadyCompletedError):
        engine.answer(session, signing, Reply("", SIGN), cast.colleague)
    asking = engine.ask(session, look.id, question(user_id=cast.lead.id), cast.inspector)
    with pytest.raises(TextMissingError):
        engine.answer(session, asking, Reply(""), cast.lead)


def test_a_side_task_is_no_step(session: Session, engine: Engine, cast: Cast, look: UserTask) -> None:
    side = engine.ask(session, look.id, cosign_of(cast.colleague), cast.inspector)
    with pytest.raises(NotFoundError):
        engine.complete(session, side, {"result": "direct"}, cast.colleague)
    with pytest.raises(NotFoundError):
        engine.return_to(session, side, "look", "照片与所附清单不一致", cast.colleague)
    with pytest.raises(ForbiddenError):
        engine.release(session, side, cast.colleague)
    with pytest.raises(NotFoundError):
        engine.answer(session, look.id, Reply("好", SIGN), cast.inspector)


def test_it_waits_while_the_case_is_suspended_and_its_day_moves(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, case: ProcessInstance, look: UserTask
) -> None:
    due = clock.now() + timedelta(days=3)
    side = engine.ask(session, look.id, question(user_id=cast.colleague.id, due_at=due), cast.inspector)
    engine.suspend(session, case.id, "等待检验结论", "程序规定第46条", ClockPolicy.STOP, cast.lead)
    with pytest.raises(InstanceSuspendedError):
        engine.answer(session, side, Reply("好"), cast.colleague)
    clock.advance(days=10)
    engine.resume(session, case.id, "检验结论已到", cast.lead)
    assert session.get_one(UserTask, side).due_at == due + timedelta(days=10)
    engine.answer(session, side, Reply("好"), cast.colleague)


def test_all_side_tasks_end_with_the_case_and_cosigning_with_its_step(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, case: ProcessInstance, look: UserTask
) -> None:
    asking = engine.ask(session, look.id, question(user_id=cast.colleague.id), cast.inspector)
    signing = engine.ask(session, look.id, cosign_of(cast.lead), cast.inspector)
    engine.cancel(session, case.id, cast.lead, "企业已注销")
    states = select(UserTask.state).where(UserTask.id.in_([asking, signing]))
    assert set(session.scalars(states)) == {UserTaskState.CANCELLED}
    with pytest.raises(InstanceEndedError):
        engine.answer(session, asking, Reply("好"), cast.colleague)
    assert list(check_invariants(session, clock.now())) == []
