"""Keeping a user task in mind: follow-up dates, priorities, passing it on, who could take it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import queries
from engine.engine import Engine
from engine.errors import (
    FollowUpDateError,
    InstanceEndedError,
    NotQualifiedError,
    PriorityError,
    ReasonMissingError,
    UnsuitableAssigneeError,
)
from engine.model import Job, JobState, Notification, ProcessInstance, UserTask, UserTaskState
from engine.queries import FollowUp, InboxFilter
from engine.suitability import suitable_people
from records.clock import FixedClock, today
from records.errors import ForbiddenError, NotFoundError
from records.journal import JournalEntry
from records.people import Actor
from records.registry import Establishment
from records.store import Store
from tests import factories
from tests.engine.toys import RELAY
from tests.factories import Cast


@pytest.fixture
def cases(session: Session, engine: Engine, cast: Cast) -> list[ProcessInstance]:
    engine.deploy(session, RELAY, cast.admin)
    plant = session.scalars(select(Establishment)).one()
    return [engine.start(session, "relay", {"establishment": plant.id, "note": n}, cast.lead) for n in "ab"]


@pytest.fixture
def task(session: Session, engine: Engine, cast: Cast, cases: list[ProcessInstance]) -> UserTask:
    """Looking, claimed by the inspector."""
    found = open_task(session, cases[0])
    engine.claim(session, found.id, cast.inspector)
    return found


def open_task(session: Session, case: ProcessInstance) -> UserTask:
    return session.scalars(
        select(UserTask).where(UserTask.process_instance_id == case.id, UserTask.state == UserTaskState.OPEN)
    ).one()


def last_entry(session: Session, task: UserTask, verb: str) -> JournalEntry:
    return session.scalars(
        select(JournalEntry)
        .where(JournalEntry.user_task_id == task.id, JournalEntry.verb == verb)
        .order_by(JournalEntry.seq.desc())
    ).all()[0]


def fire_due(session: Session, engine: Engine, clock: FixedClock) -> int:
    due = session.scalars(select(Job).where(Job.state == JobState.WAITING, Job.due_at <= clock.now())).all()
    for job in due:
        job.state, job.fencing_token = JobState.RUNNING, 1
        engine.fire(session, job.id, 1)
    return len(due)


def follow_ups(session: Session) -> list[Notification]:
    return list(session.scalars(select(Notification).where(Notification.kind == "follow_up")))


def inbox(session: Session, actor: Actor, clock: FixedClock, follow_up: FollowUp) -> list[str]:
    wanted = InboxFilter(follow_up=follow_up)
    return [row.id for row in queries.inbox(session, actor, "mine", wanted, now=clock.now()).rows]


def test_a_follow_up_date_is_kept_and_reminds_on_its_day(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, task: UserTask
) -> None:
    day = today(clock) + timedelta(days=1)
    engine.follow_up(session, task.id, day, cast.inspector)
    assert task.follow_up_on == day
    entry = last_entry(session, task, "user_task.follow_up_set")
    assert (entry.before, entry.after) == ({"follow_up_on": None}, {"follow_up_on": day.isoformat()})
    assert fire_due(session, engine, clock) == 0
    clock.advance(hours=23, minutes=45)
    fire_due(session, engine, clock)
    assert [(each.user_id, each.user_task_id) for each in follow_ups(session)] == [(cast.inspector.id, task.id)]


def test_a_moved_follow_up_date_reminds_once(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, task: UserTask
) -> None:
    for ahead in (1, 2, 1, 1):
        engine.follow_up(session, task.id, today(clock) + timedelta(days=ahead), cast.inspector)
    clock.advance(days=3)
    fire_due(session, engine, clock)
    assert len(follow_ups(session)) == 1


def test_no_reminder_once_the_date_is_gone_or_the_task_is_done(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, task: UserTask, cases: list[ProcessInstance]
) -> None:
    other = open_task(session, cases[1])
    engine.claim(session, other.id, cast.inspector)
    for each in (task, other):
        engine.follow_up(session, each.id, today(clock) + timedelta(days=1), cast.inspector)
    engine.follow_up(session, task.id, None, cast.inspector)
    engine.complete(session, other.id, {"result": "direct"}, cast.inspector)
    clock.advance(days=2)
    fire_due(session, engine, clock)
    assert task.follow_up_on is None and follow_ups(session) == []


@pytest.mark.parametrize("day", [date(2026, 11, 17), date(2028, 1, 1)])
def test_a_follow_up_date_lies_ahead(session: Session, engine: Engine, cast: Cast, task: UserTask, day: date) -> None:
    with pytest.raises(FollowUpDateError):
        engine.follow_up(session, task.id, day, cast.inspector)


def test_only_the_assignee_sets_a_follow_up_date(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, task: UserTask
) -> None:
    for who, error in ((cast.colleague, ForbiddenError), (cast.lead, ForbiddenError), (cast.outsider, NotFoundError)):
        with pytest.raises(error):
            engine.follow_up(session, task.id, today(clock), who)
    engine.cancel(session, task.process_instance_id, cast.lead, "误立")
    with pytest.raises(InstanceEndedError):
        engine.follow_up(session, task.id, today(clock), cast.inspector)


def test_the_inbox_finds_what_is_to_be_followed_up(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, task: UserTask, cases: list[ProcessInstance]
) -> None:
    later = open_task(session, cases[1])
    engine.claim(session, later.id, cast.inspector)
    engine.follow_up(session, later.id, today(clock) + timedelta(days=3), cast.inspector)
    assert inbox(session, cast.inspector, clock, FollowUp.TODAY) == []
    engine.follow_up(session, task.id, today(clock), cast.inspector)
    assert inbox(session, cast.inspector, clock, FollowUp.TODAY) == [task.id]
    assert inbox(session, cast.inspector, clock, FollowUp.SET) == [task.id, later.id]
    page = queries.inbox(session, cast.inspector, "mine", InboxFilter(follow_up=FollowUp.SET), limit=1, now=clock.now())
    rest = queries.inbox(
        session, cast.inspector, "mine", InboxFilter(follow_up=FollowUp.SET), page.next_cursor, 1, now=clock.now()
    )
    assert [row.id for row in (*page.rows, *rest.rows)] == [task.id, later.id]


def test_a_lead_changes_the_priority_with_a_reason(
    session: Session, engine: Engine, cast: Cast, task: UserTask
) -> None:
    engine.prioritise(session, task.id, 95, cast.lead, " 市局督办 ")
    assert task.priority == 95
    entry = last_entry(session, task, "user_task.prioritised")
    assert (entry.before, entry.after, entry.reason) == ({"priority": 70}, {"priority": 95}, "市局督办")


def test_who_may_not_change_the_priority_and_to_what(
    session: Session, engine: Engine, cast: Cast, task: UserTask
) -> None:
    with pytest.raises(ForbiddenError):
        engine.prioritise(session, task.id, 95, cast.inspector, "急")
    with pytest.raises(NotFoundError):
        engine.prioritise(session, task.id, 95, cast.outsider, "急")
    with pytest.raises(ReasonMissingError):
        engine.prioritise(session, task.id, 95, cast.lead, " ")
    with pytest.raises(PriorityError):
        engine.prioritise(session, task.id, 101, cast.lead, "急")


def test_the_assignee_passes_a_task_on_and_is_named(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, task: UserTask
) -> None:
    engine.delegate(session, task.id, cast.colleague.id, cast.inspector, "外出培训")
    assert (task.assignee_id, task.delegated_by) == (cast.colleague.id, cast.inspector.id)
    entry = last_entry(session, task, "user_task.delegated")
    assert (entry.actor_id, entry.reason) == (cast.inspector.id, "外出培训")
    seen = queries.user_task(session, task.id, cast.colleague, clock=clock)
    assert (seen.delegated_by_name, seen.may_complete) == ("韦检", True)
    told = session.scalars(select(Notification).where(Notification.kind == "delegated")).one()
    assert told.user_id == cast.colleague.id and told.text.endswith("· 韦检")
    engine.release(session, task.id, cast.colleague)
    assert task.delegated_by is None


def test_who_may_not_pass_a_task_on_and_to_whom(session: Session, engine: Engine, cast: Cast, task: UserTask) -> None:
    with pytest.raises(ForbiddenError):
        engine.delegate(session, task.id, cast.inspector.id, cast.colleague, "代办")
    with pytest.raises(NotFoundError):
        engine.delegate(session, task.id, cast.colleague.id, cast.outsider, "代办")
    with pytest.raises(ReasonMissingError):
        engine.delegate(session, task.id, cast.colleague.id, cast.inspector, "")
    for unsuitable in (cast.inspector, cast.outsider, cast.lead, cast.business):
        with pytest.raises(UnsuitableAssigneeError):
            engine.delegate(session, task.id, unsuitable.id, cast.inspector, "外出")
    with pytest.raises(NotQualifiedError):
        engine.delegate(session, task.id, cast.unqualified.id, cast.inspector, "外出")


def test_giving_a_task_to_whoever_has_it_changes_nothing(
    session: Session, engine: Engine, cast: Cast, task: UserTask
) -> None:
    version = task.version
    engine.assign(session, task.id, cast.inspector.id, cast.lead)
    assert task.version == version


def test_suitable_people_are_those_who_could_take_it_the_least_busy_first(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, cases: list[ProcessInstance], task: UserTask
) -> None:
    free = open_task(session, cases[1])
    assert [(one.name, one.open_count) for one in suitable_people(session, clock, cast.lead, [free])] == [
        ("覃协", 0),
        ("韦检", 1),
    ]
    assert [one.name for one in suitable_people(session, clock, cast.lead, [task])] == ["覃协"]
    clock.advance(days=9)
    assert [one.overdue_count for one in suitable_people(session, clock, cast.lead, [free])] == [0, 1]
    assert suitable_people(session, clock, cast.outsider, [free]) == []


def test_whoever_did_the_step_before_is_not_suitable(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, task: UserTask
) -> None:
    store = Store(session, clock, cast.admin)
    second = factories.user(store, username="second", name="第二组长", role="LEAD")
    both = Actor(cast.lead.id, cast.lead.name, frozenset({"INS", "LEAD"}), cast.lead.region_path)
    engine.assign(session, task.id, cast.colleague.id, cast.lead)
    engine.release(session, task.id, cast.colleague)
    engine.complete(session, task.id, {"result": "direct"}, both)
    check = session.scalars(select(UserTask).where(UserTask.element_id == "check")).one()
    assert [one.id for one in suitable_people(session, clock, cast.manager, [check], ["look"])] == [second.id]
