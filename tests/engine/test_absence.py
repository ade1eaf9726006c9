"""Absences: recording them, what each refusal says, and what a substitute may do meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import policy, queries
from engine.absence import Away, end_absence, possible_substitutes, record_absence
from engine.engine import Engine
from engine.errors import (
    FourEyesError,
    FourEyesOnBehalfError,
    NotQualifiedError,
    ReasonMissingError,
    UserTaskAlreadyClaimedError,
    UserTaskNotAssignedToYouError,
)
from engine.model import Job, JobState, Notification, ProcessInstance, UserTask, UserTaskState
from engine.queries import InboxFilter, InboxView
from records.absences import Absence, AbsenceScope
from records.chains import verify
from records.clock import FixedClock, today
from records.errors import ConflictError, ForbiddenError, InvalidAnswersError, NotFoundError
from records.journal import JournalEntry
from records.people import Actor, Role, User, load_actor
from records.registry import Establishment
from records.store import Store
from tests import factories
from tests.engine.toys import RELAY
from tests.factories import CITY, Cast

DAY = date(2026, 11, 18)


@pytest.fixture
def case(session: Session, engine: Engine, cast: Cast) -> ProcessInstance:
    engine.deploy(session, RELAY, cast.admin)
    plant = session.scalars(select(Establishment)).one()
    return engine.start(session, "relay", {"establishment": plant.id, "note": "例行"}, cast.lead)


def open_task(session: Session, case: ProcessInstance) -> UserTask:
    return session.scalars(
        select(UserTask).where(UserTask.process_instance_id == case.id, UserTask.state == UserTaskState.OPEN)
    ).one()


def away(
    session: Session, clock: FixedClock, who: Actor, substitute: Actor, by: Actor | None = None, **changes: Any
) -> Absence:
    said: dict[str, Any] = {"starts_on": DAY, "ends_on": DAY + timedelta(days=4), "user_id": who.id}
    return record_absence(session, clock, by or who, Away(substitute_id=substitute.id, **(said | changes)))


def box(session: Session, actor: Actor, clock: FixedClock) -> list[str]:
    page = queries.inbox(session, actor, InboxView.SUBSTITUTE, InboxFilter(), now=clock.now())
    assert page.total == len(page.rows)
    return [row.id for row in page.rows]


# -- recording -----------------------------------------------------------------------------------------------------


def test_an_absence_is_a_fact_and_tells_the_substitute(session: Session, cast: Cast, clock: FixedClock) -> None:
    absence = away(session, clock, cast.inspector, cast.colleague, reason=" 年休假 ")
    assert (absence.version, absence.reason, absence.region_path) == (1, "年休假", cast.inspector.region_path)
    verbs = session.scalars(select(JournalEntry.verb).where(JournalEntry.subject_id == absence.id))
    assert list(verbs) == ["absence.added"]
    told = session.scalars(select(Notification).where(Notification.kind == "absence")).one()
    assert told.user_id == cast.colleague.id and told.text.startswith("韦检 · 2026-11-18")


def test_a_lead_records_it_for_somebody(session: Session, cast: Cast, clock: FixedClock) -> None:
    away(session, clock, cast.inspector, cast.colleague, by=cast.lead)
    told = session.scalars(select(Notification.user_id).where(Notification.kind == "absence")).all()
    assert sorted(told) == sorted([cast.inspector.id, cast.colleague.id])
    with pytest.raises(ForbiddenError):
        away(session, clock, cast.colleague, cast.inspector, by=cast.disclosure)
    with pytest.raises(NotFoundError):
        away(session, clock, cast.outsider, cast.inspector, by=cast.lead)
    with pytest.raises(NotFoundError):
        away(session, clock, cast.superior, cast.inspector, by=cast.lead)


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"starts_on": DAY - timedelta(days=1)}, "starts_on", "开始日期不能早于今天"),
        ({"ends_on": DAY - timedelta(days=1)}, "ends_on", "结束日期不能早于开始日期"),
        ({"ends_on": DAY + timedelta(days=400)}, "ends_on", "请假期间最长一年"),
        ({"substitute": "inspector"}, "substitute_id", "代办人不能是请假人本人"),
        ({"substitute": "outsider"}, "substitute_id", "代办人的辖区须包含请假人的辖区"),
        ({"substitute": "business"}, "substitute_id", "代办人须与请假人属于同一单位"),
        ({"scope": AbsenceScope.ROLE, "scope_value": "LEAD"}, "scope_value", "请假人没有所选的角色"),
        ({"scope": AbsenceScope.PROCESS, "scope_value": "none"}, "scope_value", "没有所选的流程"),
    ],
)
def test_each_refusal_names_its_field(
    session: Session, cast: Cast, clock: FixedClock, changes: dict[str, Any], field: str, sentence: str
) -> None:
    substitute = getattr(cast, changes.get("substitute", "colleague"))
    with pytest.raises(InvalidAnswersError) as refused:
        given = {name: value for name, value in changes.items() if name != "substitute"}
        away(session, clock, cast.inspector, substitute, **given)
    assert refused.value.errors == {field: [sentence]}


def test_whoever_left_or_is_nobody_cannot_stand_in(session: Session, cast: Cast, clock: FixedClock) -> None:
    person = session.get_one(User, cast.colleague.id)
    Store(session, clock, cast.admin).correct(person, {"active": False})
    for substitute in (cast.colleague, replace(cast.colleague, id="nobody")):
        with pytest.raises(InvalidAnswersError, match="1"):
            away(session, clock, cast.inspector, substitute)


def test_overlapping_absences_are_refused(session: Session, cast: Cast, clock: FixedClock, case: object) -> None:
    by_process = {"scope": AbsenceScope.PROCESS, "scope_value": "relay"}
    away(session, clock, cast.inspector, cast.colleague, **by_process)
    for changes in ({}, by_process, {"starts_on": DAY + timedelta(days=4), "ends_on": DAY + timedelta(days=9)}):
        with pytest.raises(InvalidAnswersError) as refused:
            away(session, clock, cast.inspector, cast.lead, **changes)
        assert refused.value.errors == {"starts_on": ["与 2026-11-18 至 2026-11-22 的请假重叠"]}
    away(session, clock, cast.inspector, cast.lead, starts_on=DAY + timedelta(days=5), ends_on=DAY + timedelta(days=9))


def test_who_is_away_cannot_stand_in(session: Session, cast: Cast, clock: FixedClock) -> None:
    away(session, clock, cast.colleague, cast.lead)
    with pytest.raises(InvalidAnswersError) as refused:
        away(session, clock, cast.inspector, cast.colleague)
    assert refused.value.errors == {"substitute_id": ["代办人在此期间也请假"]}


def test_an_absence_is_ended_with_a_reason(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, case: ProcessInstance
) -> None:
    absence = away(session, clock, cast.inspector, cast.lead)
    task = open_task(session, case)
    assert box(session, cast.lead, clock) == [task.id]
    with pytest.raises(ReasonMissingError):
        end_absence(session, clock, cast.inspector, absence.id, " ")
    for who in (cast.colleague, cast.lead, cast.outsider):
        if who is not cast.lead:
            with pytest.raises(NotFoundError):
                end_absence(session, clock, who, absence.id, "返岗")
    end_absence(session, clock, cast.inspector, absence.id, "提前返岗")
    session.flush()
    assert (
        box(session, cast.lead, clock) == [] and queries.substitute_count(session, cast.lead, now=clock.now()) is None
    )
    with pytest.raises(ConflictError):
        end_absence(session, clock, cast.lead, absence.id, "再次")


def test_possible_substitutes_are_of_the_same_region_or_above(session: Session, cast: Cast) -> None:
    found = {user.id for user in possible_substitutes(session, cast.inspector)}
    assert {cast.colleague.id, cast.lead.id, cast.superior.id} <= found
    assert not found & {cast.inspector.id, cast.outsider.id, cast.business.id}


# -- standing in -----------------------------------------------------------------------------------------------------


def test_a_substitute_sees_and_completes_what_the_absent_person_has(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, case: ProcessInstance
) -> None:
    task = open_task(session, case)
    engine.claim(session, task.id, cast.inspector)
    assert box(session, cast.lead, clock) == []
    away(session, clock, cast.inspector, cast.lead)
    assert box(session, cast.lead, clock) == [task.id]
    assert queries.substitute_count(session, cast.lead, now=clock.now()) == 1
    seen = queries.user_task(session, task.id, cast.lead, clock=clock)
    assert (seen.may_claim, seen.may_complete, seen.standing_in_for) == (True, True, "韦检")
    assert policy.allowed("user_task.complete", cast.lead, task, session, clock)
    engine.complete(session, task.id, {"result": "direct"}, cast.lead)
    assert (task.completed_by, task.on_behalf_of) == (cast.lead.id, cast.inspector.id)
    entries = session.scalars(
        select(JournalEntry).where(JournalEntry.user_task_id == task.id).order_by(JournalEntry.seq)
    ).all()
    assert [(one.verb, one.actor_id, one.on_behalf_of) for one in entries] == [
        ("user_task.claimed", cast.inspector.id, None),
        ("user_task.claimed", cast.lead.id, cast.inspector.id),
        ("user_task.completed", cast.lead.id, cast.inspector.id),
    ]
    told = [one.on_behalf_of for one in queries.case(session, case.id, cast.lead, clock=clock).timeline]
    assert told.count("韦检") == 2
    assert list(verify(session)) == []


def test_a_substitute_claims_what_is_offered_to_the_absent_persons_role(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, case: ProcessInstance
) -> None:
    task = open_task(session, case)
    away(session, clock, cast.inspector, cast.lead)
    assert box(session, cast.lead, clock) == [task.id]
    engine.claim(session, task.id, cast.lead)
    assert (task.assignee_id, task.on_behalf_of) == (cast.lead.id, cast.inspector.id)
    row = queries.inbox(session, cast.lead, "mine", InboxFilter(), now=clock.now()).rows[0]
    assert row.on_behalf_of_name == "韦检"
    assert box(session, cast.lead, clock) == []


def test_nothing_before_the_first_and_after_the_last_day(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, case: ProcessInstance
) -> None:
    task = open_task(session, case)
    engine.claim(session, task.id, cast.inspector)
    away(session, clock, cast.inspector, cast.lead, starts_on=DAY + timedelta(days=2), ends_on=DAY + timedelta(days=3))
    for ahead, may in ((0, False), (2, True), (3, True), (4, False)):
        clock.move_to(clock.now() + timedelta(days=ahead) - (clock.now() - case.started_at))
        assert (box(session, cast.lead, clock) == [task.id]) is may, today(clock)
    with pytest.raises(UserTaskNotAssignedToYouError):
        engine.complete(session, task.id, {"result": "direct"}, cast.lead)
    with pytest.raises(UserTaskAlreadyClaimedError):
        engine.claim(session, task.id, cast.lead)


def test_the_substitutes_own_qualification_counts(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, case: ProcessInstance
) -> None:
    task = open_task(session, case)
    engine.claim(session, task.id, cast.inspector)
    away(session, clock, cast.inspector, cast.unqualified)
    with pytest.raises(NotQualifiedError):
        engine.complete(session, task.id, {"result": "direct"}, cast.unqualified)
    rows = queries.inbox(session, cast.unqualified, "substitute", InboxFilter(), now=clock.now()).rows
    assert [row.may_claim for row in rows] == [False]


def test_reminders_reach_the_substitute_too(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, case: ProcessInstance
) -> None:
    task = open_task(session, case)
    engine.claim(session, task.id, cast.inspector)
    engine.follow_up(session, task.id, DAY + timedelta(days=1), cast.inspector)
    away(session, clock, cast.inspector, cast.colleague, ends_on=DAY + timedelta(days=9))
    clock.advance(days=9)
    due = session.scalars(select(Job).where(Job.state == JobState.WAITING, Job.due_at <= clock.now())).all()
    for job in due:
        job.state, job.fencing_token = JobState.RUNNING, 1
        engine.fire(session, job.id, 1)
    told = session.execute(select(Notification.kind, Notification.user_id).where(Notification.user_task_id == task.id))
    kinds: dict[str, set[str]] = {}
    for kind, user_id in told:
        kinds.setdefault(kind, set()).add(user_id)
    assert kinds["follow_up"] == kinds["reminder"] == {cast.inspector.id, cast.colleague.id}
    assert {cast.inspector.id, cast.colleague.id, cast.lead.id} <= kinds["escalation"]


def test_passing_on_for_somebody_says_for_whom(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, case: ProcessInstance
) -> None:
    task = open_task(session, case)
    engine.claim(session, task.id, cast.inspector)
    away(session, clock, cast.inspector, cast.lead)
    engine.claim(session, task.id, cast.lead)
    engine.delegate(session, task.id, cast.colleague.id, cast.lead, "外出")
    entry = session.scalars(select(JournalEntry).where(JournalEntry.verb == "user_task.delegated")).one()
    assert (entry.actor_id, entry.on_behalf_of, task.on_behalf_of) == (cast.lead.id, cast.inspector.id, None)


def test_one_level_only(session: Session, engine: Engine, cast: Cast, clock: FixedClock, case: ProcessInstance) -> None:
    task = open_task(session, case)
    engine.claim(session, task.id, cast.inspector)
    away(session, clock, cast.inspector, cast.lead)
    away(session, clock, cast.lead, cast.manager)
    assert box(session, cast.manager, clock) == []
    with pytest.raises(UserTaskNotAssignedToYouError):
        engine.complete(session, task.id, {"result": "direct"}, cast.manager)
    engine.claim(session, task.id, cast.lead)
    assert box(session, cast.manager, clock) == []
    with pytest.raises(UserTaskNotAssignedToYouError):
        engine.complete(session, task.id, {"result": "direct"}, cast.manager)


@pytest.mark.parametrize(
    ("scope", "value", "may"),
    [
        (AbsenceScope.PROCESS, "relay", True),
        (AbsenceScope.PROCESS, "helper", False),
        (AbsenceScope.ROLE, "INS", True),
        (AbsenceScope.ROLE, "DISC", False),
    ],
)
def test_the_scope_limits_what_is_stood_in_for(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, case: ProcessInstance,
    scope: AbsenceScope, value: str, may: bool,
) -> None:  # fmt: skip
    task = open_task(session, case)
    engine.claim(session, task.id, cast.inspector)
    absent = session.get_one(User, cast.inspector.id)
    roles = [*absent.roles, session.scalars(select(Role).where(Role.name == "DISC")).one()]
    Store(session, clock, cast.admin).correct(absent, {"roles": roles})
    absence = Absence(
        user_id=absent.id, substitute_id=cast.lead.id, starts_on=DAY, ends_on=DAY, scope=scope, scope_value=value,
        region_code=absent.region_code, region_path=absent.region_path,
    )  # fmt: skip
    Store(session, clock, cast.admin).add(absence)
    assert (box(session, cast.lead, clock) == [task.id]) is may
    if not may:
        with pytest.raises(UserTaskAlreadyClaimedError):
            engine.claim(session, task.id, cast.lead)


def test_a_substitute_does_not_give_the_absent_person_a_second_pair_of_eyes(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, case: ProcessInstance
) -> None:
    """The inspector, lead as well, looked; whoever stands in for them cannot check what they did."""
    store = Store(session, clock, cast.admin)
    second = factories.user(store, username="second", name="第二组长", role="LEAD")
    inspector = session.get_one(User, cast.inspector.id)
    store.correct(inspector, {"roles": [*inspector.roles, *second.roles]})
    engine.complete(session, open_task(session, case).id, {"result": "direct"}, cast.inspector)
    check = open_task(session, case)
    away(session, clock, load_actor(session, inspector.id), cast.manager)
    with pytest.raises(FourEyesOnBehalfError):
        engine.complete(session, check.id, {"opinion": "同意"}, cast.manager)
    assert engine.complete(session, check.id, {"opinion": "同意"}, load_actor(session, second.id)).opened == []


def test_whom_somebody_acted_for_cannot_check_it_either(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, case: ProcessInstance
) -> None:
    task = open_task(session, case)
    engine.claim(session, task.id, cast.inspector)
    away(session, clock, cast.inspector, cast.colleague)
    engine.complete(session, task.id, {"result": "direct"}, cast.colleague)
    for who in (cast.inspector, cast.colleague):
        with pytest.raises(FourEyesError):
            engine.complete(
                session, open_task(session, case).id, {"opinion": "同意"}, replace(who, roles=frozenset({"LEAD"}))
            )


def test_a_superior_stands_in_below_and_not_beside(
    session: Session, engine: Engine, cast: Cast, clock: FixedClock, case: ProcessInstance
) -> None:
    task = open_task(session, case)
    engine.claim(session, task.id, cast.inspector)
    city = factories.user(Store(session, clock, cast.admin), username="city", name="市检", role="INS", region_code=CITY)
    factories.qualification(Store(session, clock, cast.admin), city)
    away(session, clock, cast.inspector, load_actor(session, city.id))
    assert box(session, load_actor(session, city.id), clock) == [task.id]
    with pytest.raises(NotFoundError):
        engine.complete(session, task.id, {"result": "direct"}, cast.outsider)
