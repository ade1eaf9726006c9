"""The verbs of the engine on a relay: look (INS) -> answer (BIZ) or straight on -> check (LEAD)."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import queries
from engine.engine import Engine
from engine.errors import (
    FourEyesError,
    IdempotencyKeyReusedError,
    InstanceEndedError,
    NotQualifiedError,
    ReasonMissingError,
    UnsuitableAssigneeError,
    UserTaskAlreadyClaimedError,
    UserTaskAlreadyCompletedError,
    UserTaskNotAssignedToYouError,
    UserTaskNotClaimedError,
)
from engine.model import InstanceState, InstanceStep, Job, JobKind, JobState, ProcessInstance, UserTask, UserTaskState
from records.chains import verify
from records.clock import FixedClock
from records.errors import ForbiddenError, InvalidAnswersError, NotFoundError
from records.journal import JournalEntry
from records.people import Actor
from records.registry import Establishment
from records.submissions import Draft, Submission
from tests.engine.toys import RELAY
from tests.factories import Cast


@pytest.fixture
def case(session: Session, engine: Engine, cast: Cast) -> ProcessInstance:
    engine.deploy(session, RELAY, cast.admin)
    plant = session.scalars(select(Establishment)).first()
    assert plant is not None
    return engine.start(session, "relay", {"establishment": plant.id, "note": "例行"}, cast.lead)


def open_task(session: Session, case: ProcessInstance) -> UserTask:
    return session.scalars(
        select(UserTask).where(UserTask.process_instance_id == case.id, UserTask.state == UserTaskState.OPEN)
    ).one()


def test_a_started_case_has_its_number_its_subject_and_its_first_task(session: Session, case: ProcessInstance) -> None:
    task = open_task(session, case)
    assert case.business_key == "玩-450203-20261118-001"
    assert case.title == "玩具 relay · 柳州市鱼峰区老陈米粉厂"
    assert (task.element_id, task.candidate_group, task.priority, task.assignee_id) == ("look", "INS", 70, None)
    assert task.due_at is not None and task.due_rule == "R-INS-ACCEPT"
    assert task.due_basis is not None and task.due_basis["unit"] == "wd"


def test_case_numbers_count_up(session: Session, engine: Engine, cast: Cast, case: ProcessInstance) -> None:
    again = engine.start(session, "relay", {"note": "无单位"}, cast.lead)
    assert again.business_key == "玩-450203-20261118-002"
    assert again.establishment_id is None


def test_only_the_lane_of_the_start_event_starts(session: Session, engine: Engine, cast: Cast, case: object) -> None:
    with pytest.raises(ForbiddenError):
        engine.start(session, "relay", {}, cast.inspector)
    with pytest.raises(NotFoundError):
        engine.start(session, "unheard", {}, cast.lead)


def test_a_foreign_establishment_does_not_exist(session: Session, engine: Engine, cast: Cast, case: object) -> None:
    with pytest.raises((NotFoundError, InvalidAnswersError)):
        engine.start(session, "relay", {"establishment": "01JD0000000000000000000000"}, cast.lead)


def test_the_whole_relay_reaches_its_end(session: Session, engine: Engine, cast: Cast, case: ProcessInstance) -> None:
    look = open_task(session, case)
    engine.claim(session, look.id, cast.inspector)
    first = engine.complete(session, look.id, {"result": "ask"}, cast.inspector)
    answer = open_task(session, case)
    assert first.opened == [answer.id] and answer.candidate_group == "BIZ"
    engine.complete(session, answer.id, {"text": "已改"}, cast.business)
    last = engine.complete(session, open_task(session, case).id, {"opinion": "同意"}, cast.lead)
    assert last.instance_state is InstanceState.COMPLETED
    assert (case.state, case.end_element) == (InstanceState.COMPLETED, "done")
    passed = {e for step in session.scalars(select(InstanceStep.passed)) for each in step.values() for e in each}
    assert {"begin", "look", "which", "answer", "check", "done", "which__answer", "check__done"} <= passed
    assert "which__check" not in passed
    assert list(verify(session)) == []


def test_the_condition_chooses_the_way(session: Session, engine: Engine, cast: Cast, case: ProcessInstance) -> None:
    engine.complete(session, open_task(session, case).id, {"result": "direct"}, cast.inspector)
    assert open_task(session, case).element_id == "check"


def test_a_completion_leaves_a_submission_and_journal_entries(
    session: Session, engine: Engine, cast: Cast, case: ProcessInstance
) -> None:
    look = open_task(session, case)
    session.add(Draft(user_task_id=look.id, user_id=cast.inspector.id, answers={}, saved_at=case.started_at))
    done = engine.complete(session, look.id, {"result": "direct"}, cast.inspector)
    submission = session.get_one(Submission, done.submission_id)
    assert submission.answers == {"result": "direct"} and submission.form_version.startswith("relay/look@")
    verbs = list(session.scalars(select(JournalEntry.verb).where(JournalEntry.user_task_id == look.id)))
    assert sorted(verbs) == ["user_task.claimed", "user_task.completed"]
    assert session.scalar(select(func.count()).select_from(Draft)) == 0


def test_the_second_completion_is_told_so(session: Session, engine: Engine, cast: Cast, case: ProcessInstance) -> None:
    look = open_task(session, case)
    engine.complete(session, look.id, {"result": "direct"}, cast.inspector)
    with pytest.raises(UserTaskAlreadyCompletedError):
        engine.complete(session, look.id, {"result": "ask"}, cast.colleague)


def test_a_repeat_with_the_same_key_gives_the_same_answer(
    session: Session, engine: Engine, cast: Cast, case: ProcessInstance
) -> None:
    look = open_task(session, case)
    first = engine.complete(session, look.id, {"result": "direct"}, cast.inspector, idempotency_key="k1")
    again = engine.complete(session, look.id, {"result": "direct"}, cast.inspector, idempotency_key="k1")
    assert (again.submission_id, again.opened, again.is_repeat) == (first.submission_id, first.opened, True)
    with pytest.raises(IdempotencyKeyReusedError):
        engine.complete(session, first.opened[0], {"opinion": "x"}, cast.inspector, idempotency_key="k1")


def test_unknown_answers_are_refused(session: Session, engine: Engine, cast: Cast, case: ProcessInstance) -> None:
    with pytest.raises(InvalidAnswersError):
        engine.complete(session, open_task(session, case).id, {"result": "x", "approved": True}, cast.inspector)


def test_what_somebody_else_has_is_not_yours(
    session: Session, engine: Engine, cast: Cast, case: ProcessInstance
) -> None:
    look = open_task(session, case)
    engine.claim(session, look.id, cast.inspector)
    engine.claim(session, look.id, cast.inspector)
    with pytest.raises(UserTaskAlreadyClaimedError):
        engine.claim(session, look.id, cast.colleague)
    with pytest.raises(UserTaskNotAssignedToYouError):
        engine.complete(session, look.id, {"result": "x"}, cast.colleague)


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("unqualified", NotQualifiedError),
        ("outsider", NotFoundError),
        ("lead", ForbiddenError),
        ("business", NotFoundError),
    ],
)
def test_who_may_not_claim(
    session: Session, engine: Engine, cast: Cast, case: ProcessInstance, who: str, error: type[Exception]
) -> None:
    actor: Actor = getattr(cast, who)
    with pytest.raises(error):
        engine.claim(session, open_task(session, case).id, actor)


def test_four_eyes(session: Session, engine: Engine, cast: Cast, case: ProcessInstance) -> None:
    both = Actor(cast.inspector.id, cast.inspector.name, frozenset({"INS", "LEAD"}), cast.inspector.region_path)
    engine.complete(session, open_task(session, case).id, {"result": "direct"}, both)
    with pytest.raises(FourEyesError):
        engine.claim(session, open_task(session, case).id, both)


def test_release_and_assign(session: Session, engine: Engine, cast: Cast, case: ProcessInstance) -> None:
    look = open_task(session, case)
    with pytest.raises(UserTaskNotClaimedError):
        engine.release(session, look.id, cast.inspector)
    engine.claim(session, look.id, cast.inspector)
    with pytest.raises(ForbiddenError):
        engine.release(session, look.id, cast.colleague)
    engine.release(session, look.id, cast.inspector, "另有任务")
    with pytest.raises(ForbiddenError):
        engine.assign(session, look.id, cast.colleague.id, cast.colleague)
    for unsuitable in (cast.business.id, cast.outsider.id, "nobody"):
        with pytest.raises(UnsuitableAssigneeError):
            engine.assign(session, look.id, unsuitable, cast.lead)
    with pytest.raises(NotQualifiedError):
        engine.assign(session, look.id, cast.unqualified.id, cast.lead)
    engine.assign(session, look.id, cast.colleague.id, cast.lead)
    assert look.assignee_id == cast.colleague.id


def test_cancelling_ends_everything(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, case: ProcessInstance
) -> None:
    look = open_task(session, case)
    for who, error in ((cast.outsider, NotFoundError), (cast.inspector, ForbiddenError)):
        with pytest.raises(error):
            engine.cancel(session, case.id, who, "误立")
    with pytest.raises(ReasonMissingError):
        engine.cancel(session, case.id, cast.lead, " ")
    engine.cancel(session, case.id, cast.lead, "误立案")
    assert (case.state, look.state) == (InstanceState.CANCELLED, UserTaskState.CANCELLED)
    session.expire_all()
    left = select(Job).where(Job.kind == JobKind.REMINDER, Job.state == JobState.WAITING)
    assert session.scalars(left).all() == []
    assert queries.task_form(session, look.id, cast.inspector, clock=clock).answers == {}
    with pytest.raises(InstanceEndedError):
        engine.cancel(session, case.id, cast.lead, "再次")
    with pytest.raises(InstanceEndedError):
        engine.complete(session, look.id, {"result": "x"}, cast.inspector)


def test_the_same_content_is_the_same_version(session: Session, engine: Engine, cast: Cast, clock: FixedClock) -> None:
    first = engine.deploy(session, RELAY, cast.admin)
    assert engine.deploy(session, RELAY, cast.admin).id == first.id
