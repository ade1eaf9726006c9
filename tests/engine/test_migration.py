"""Running instances move to another version of their process, each in its own transaction, or stay and say why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine import definitions
from engine.deployment import Bundle
from engine.engine import Engine
from engine.errors import FourEyesError, InstanceEndedError
from engine.invariants import check_invariants
from engine.migration import (
    Item,
    MigrationRefusedError,
    MovedSinceError,
    NotOnThisVersionError,
    Outcome,
    ReasonTooShortError,
    examine_all,
    migrate_all,
    running_on,
)
from engine.migration_plan import Confidence, MappingRefusedError, OtherProcessError, Plan, make_plan
from engine.model import (
    EventSubscription,
    InstanceMigration,
    Job,
    JobKind,
    JobState,
    ProcessInstance,
    UserTask,
    UserTaskState,
)
from records.clock import FixedClock
from records.db import Database
from records.errors import ForbiddenError, NotFoundError
from records.journal import JournalEntry
from records.people import SYSTEM, Actor
from records.submissions import Draft
from records.verification import verify_store
from tests.engine.toys import START, chain, form
from tests.engine.toys_versions import (
    LINE_FORMS,
    ONLY_CHECK,
    PROCESSES,
    awaiting,
    callee,
    caller,
    choosing,
    fork,
    line,
    several,
    timer,
)
from tests.factories import Cast

WHY = "新版流程增加了复核环节，在办案件一并适用"


class Versions:
    """An engine whose processes get new versions while cases run."""

    def __init__(self, database: Database, clock: FixedClock, cast: Cast) -> None:
        self.database, self.clock, self.cast = database, clock, cast
        self.engine = Engine(PROCESSES, clock)

    def deploy(self, *bundles: Bundle) -> str:
        self.clock.advance(seconds=1)
        with self.database.unit_of_work() as session:
            return self.engine.deploy_all(session, list(bundles), SYSTEM)[-1].id

    def start(self, key: str) -> str:
        self.clock.advance(milliseconds=1)
        answers = {"establishment": self.cast.business.establishment_id}
        with self.database.unit_of_work() as session:
            return self.engine.start(session, key, answers, self.cast.lead).id

    def plan(self, source: str, target: str, corrections: Mapping[str, str] | None = None) -> Plan:
        with self.database.reading() as session:
            return make_plan(definitions.by_id(session, source), definitions.by_id(session, target), corrections)

    def move(self, instance_id: str, plan: Plan, actor: Actor | None = None, reason: str = WHY) -> Item:
        self.clock.advance(milliseconds=1)
        with self.database.unit_of_work() as session:
            return self.engine.migrate(session, instance_id, plan, actor or self.cast.admin, reason)

    def undo(self, item: Item) -> None:
        with self.database.unit_of_work() as session:
            self.engine.undo_migration(session, str(item.migration_id), self.cast.admin, WHY)

    def looked_at(self, instance_id: str, plan: Plan) -> Item:
        with self.database.reading() as session:
            return next(examine_all(session, self.clock, PROCESSES, plan, [instance_id]))

    def refused(self, instance_id: str, plan: Plan) -> list[tuple[str, str]]:
        """Why it stays, as the dry run and the move say it."""
        item = self.looked_at(instance_id, plan)
        with pytest.raises(MigrationRefusedError) as refusal:
            self.move(instance_id, plan)
        assert tuple(refusal.value.refused) == item.refusals
        assert item.outcome is Outcome.REFUSED
        return [(each.element_id, str(each.why)) for each in item.refusals]

    def do(self, instance_id: str, element_id: str, actor: Actor, **answers: Any) -> None:
        self.clock.advance(milliseconds=1)
        with self.database.unit_of_work() as session:
            self.engine.complete(session, self.tasks(instance_id, element_id)[0].id, answers, actor)

    def tasks(self, instance_id: str, element_id: str | None = None) -> list[UserTask]:
        with self.database.reading() as session:
            mine = select(UserTask).where(
                UserTask.process_instance_id == instance_id, UserTask.state == UserTaskState.OPEN
            )
            rows = session.scalars(mine.order_by(UserTask.id))
            return [row for row in rows if element_id in (None, row.element_id)]

    def waits_for(self, instance_id: str) -> list[str]:
        return sorted(row.element_id for row in self.tasks(instance_id))

    def timers(self, instance_id: str) -> dict[str | None, Job]:
        with self.database.reading() as session:
            jobs = select(Job).where(
                Job.process_instance_id == instance_id, Job.kind == JobKind.TIMER, Job.state == JobState.WAITING
            )
            return {job.element_id: job for job in session.scalars(jobs)}

    def fire(self, instance_id: str, element_id: str) -> None:
        with self.database.unit_of_work() as session:
            job = session.get_one(Job, self.timers(instance_id)[element_id].id)
            self.clock.move_to(max(self.clock.now(), job.due_at))
            job.state, job.fencing_token = JobState.RUNNING, 1
            session.flush()
            self.engine.fire(session, job.id, 1)

    def ended_at(self, instance_id: str) -> str | None:
        with self.database.reading() as session:
            return session.get_one(ProcessInstance, instance_id).end_element


@pytest.fixture
def versions(database: Database, clock: FixedClock, cast: Cast) -> Versions:
    return Versions(database, clock, cast)


# -- what moves ------------------------------------------------------------------------------------------------------


def test_an_instance_goes_on_under_the_new_version(versions: Versions) -> None:
    old = versions.deploy(line("look", "check"))
    case, left = versions.start("line"), versions.start("line")
    new = versions.deploy(
        line("look", "second", "check", forms=LINE_FORMS | {"second": form("text")}, lead="begin check second")
    )
    plan = versions.plan(old, new)
    before = versions.tasks(case)[0]
    assert versions.looked_at(case, plan).outcome is Outcome.MOVES
    item = versions.move(case, plan)

    [after] = versions.tasks(case)
    assert (item.outcome, after.id, after.execution_id) == (Outcome.MOVED, before.id, before.execution_id)
    versions.do(case, "look", versions.cast.inspector, text="看过")
    assert versions.waits_for(case) == ["second"]
    versions.do(case, "second", versions.cast.lead, text="再看")
    versions.do(case, "check", versions.cast.lead, opinion="好")
    assert versions.ended_at(case) == "done"
    versions.do(left, "look", versions.cast.inspector, text="看过")
    assert versions.waits_for(left) == ["check"]  # what was not moved keeps its version


def test_the_same_content_is_the_same_version_and_nothing_moves(versions: Versions) -> None:
    old = versions.deploy(line("look", "check"))
    case = versions.start("line")
    assert versions.deploy(line("look", "check")) == old
    item = versions.move(case, versions.plan(old, old))
    assert (item.outcome, item.migration_id) == (Outcome.UNCHANGED, None)


def test_assignee_and_draft_stay_and_what_the_new_form_lacks_is_said(versions: Versions) -> None:
    old = versions.deploy(line("look", "check"))
    case = versions.start("line")
    [row] = versions.tasks(case)
    with versions.database.unit_of_work() as session:
        versions.engine.claim(session, row.id, versions.cast.inspector)
        draft = Draft(user_task_id=row.id, user_id=versions.cast.inspector.id, answers={"text": "写到一半"})
        draft.saved_at = versions.clock.now()
        session.add(draft)
    new = versions.deploy(line("look", "check", forms=LINE_FORMS | {"look": form("words")}))
    item = versions.move(case, versions.plan(old, new))
    assert [str(each) for each in item.remarks] == ["“look”的草稿保留，但新表单没有：text"]
    [after] = versions.tasks(case)
    assert (after.id, after.assignee_id) == (row.id, versions.cast.inspector.id)
    with versions.database.reading() as session:
        assert session.get_one(Draft, (row.id, versions.cast.inspector.id)).answers == {"text": "写到一半"}
    versions.do(case, "look", versions.cast.inspector, words="写完")
    assert versions.waits_for(case) == ["check"]


def test_a_due_date_is_counted_anew_only_if_its_rule_changed(versions: Versions) -> None:
    ruled = LINE_FORMS | {"look": form("text", properties={"due": {"rule": "R-INS-ACCEPT"}})}
    old = versions.deploy(line("look", "check", forms=ruled))
    case, other = versions.start("line"), versions.start("line")
    [before] = versions.tasks(case)
    versions.clock.advance(hours=1)
    same = versions.deploy(line("look", "check", forms=ruled | {"check": form("opinion")}))
    versions.move(other, versions.plan(old, same))
    assert versions.tasks(other)[0].due_at == before.due_at
    new = versions.deploy(
        line(
            "look",
            "check",
            forms=ruled | {"look": form("text", properties={"due": {"rule": "R-INS-CONTROL-APPROVAL"}})},
        )
    )
    item = versions.move(case, versions.plan(old, new))
    [after] = versions.tasks(case)
    assert (after.due_rule, after.due_at) == ("R-INS-CONTROL-APPROVAL", before.created_at + timedelta(hours=2))
    assert [each.message_id for each in item.remarks] == ["“%(element)s”的期限规则已变，将重新计算"]
    versions.undo(item)
    [back] = versions.tasks(case)
    assert (back.due_rule, back.due_at, back.sort_due) == (before.due_rule, before.due_at, before.sort_due)


def test_a_due_date_may_come_and_go(versions: Versions) -> None:
    ruled = LINE_FORMS | {"look": form("text", properties={"due": {"rule": "R-INS-ACCEPT"}})}
    without, having = versions.deploy(line("look", "check")), versions.deploy(line("look", "check", forms=ruled))
    case = versions.start("line")
    versions.move(case, versions.plan(having, without))
    assert versions.tasks(case)[0].due_at is None
    again = versions.start("line")
    versions.deploy(line("look", "check"))
    bare = versions.start("line")
    versions.move(bare, versions.plan(without, having))
    assert versions.tasks(bare)[0].due_rule == versions.tasks(again)[0].due_rule == "R-INS-ACCEPT"
    with versions.database.reading() as session:
        reminders = select(Job).where(Job.process_instance_id == bare, Job.kind == JobKind.REMINDER)
        assert session.scalars(reminders).all()


def test_a_renamed_element_is_recognised_and_its_answers_with_it(versions: Versions) -> None:
    old = versions.deploy(choosing("look"))
    case = versions.start("choosing")
    versions.do(case, "look", versions.cast.inspector, text="check")
    plan = versions.plan(old, versions.deploy(choosing("view")))
    [suggestion] = plan.renamed()
    assert (suggestion.source.id, suggestion.target and suggestion.target.id) == ("look", "view")
    assert suggestion.confidence is Confidence.LIKELY
    item = versions.move(case, plan)
    versions.do(case, "wait", versions.cast.lead, text="等过")
    assert versions.waits_for(case) == ["check"]  # the new condition reads what was answered under the old name
    assert item.outcome is Outcome.MOVED


def test_four_eyes_hold_across_a_renamed_element(versions: Versions) -> None:
    old = versions.deploy(line("look", "check", inspectors="look", lead="begin check"))
    case = versions.start("line")
    with versions.database.unit_of_work() as session:
        row = session.get_one(UserTask, versions.tasks(case)[0].id)
        row.candidate_group = "LEAD"
    versions.do(case, "look", versions.cast.lead, text="看过")
    forms = {"begin": START, "view": form("text"), "check": form("opinion", properties={"separate_from": ["view"]})}
    bodies = {"view": '<userTask id="view" name="look"/>'}
    new = versions.deploy(line("view", "check", forms=forms, bodies=bodies, inspectors="view"))
    versions.move(case, versions.plan(old, new))
    with pytest.raises(FourEyesError):
        versions.do(case, "check", versions.cast.lead, opinion="好")


def test_what_is_over_may_be_gone(versions: Versions) -> None:
    forms = LINE_FORMS | {"early": form("text")}
    old = versions.deploy(line("early", "look", "check", forms=forms, inspectors="early look"))
    case = versions.start("line")
    versions.do(case, "early", versions.cast.inspector, text="早")
    versions.move(case, versions.plan(old, versions.deploy(line("look", "check"))))
    versions.do(case, "look", versions.cast.inspector, text="看过")
    versions.do(case, "check", versions.cast.lead, opinion="好")
    assert versions.ended_at(case) == "done"


def test_a_group_that_changed_is_said_and_the_row_follows(versions: Versions) -> None:
    old = versions.deploy(line("look", "check"))
    case = versions.start("line")
    new = versions.deploy(line("look", "check", lead="begin look", inspectors="check"))
    item = versions.move(case, versions.plan(old, new))
    assert [str(each) for each in item.remarks] == ["“look”的办理角色改为 LEAD，现办理人不变"]
    assert versions.tasks(case)[0].candidate_group == "LEAD"


# -- boundary events, several at once, calls, branches ---------------------------------------------------------------


def test_a_new_boundary_timer_is_armed_and_fires(versions: Versions) -> None:
    old = versions.deploy(line("look", "check"))
    case, finished = versions.start("line"), versions.start("line")
    extra = timer("late", "look", "PT2H") + '<endEvent id="failed"/>' + chain("late", "failed")
    plan = versions.plan(old, versions.deploy(line("look", "check", extra=extra)))
    for each in (case, finished):
        versions.move(each, plan)
    armed = versions.timers(case)["late"]
    assert armed.due_at == armed.created_at + timedelta(hours=2)
    versions.do(finished, "look", versions.cast.inspector, text="看过")
    assert (versions.waits_for(finished), versions.timers(finished)) == (["check"], {})
    versions.fire(case, "late")
    assert (versions.waits_for(case), versions.ended_at(case)) == ([], "failed")


def with_timer(duration: str, name: str = "late", *, more: str = "") -> Bundle:
    extra = timer(name, "look", duration) + '<endEvent id="failed"/>' + chain(name, "failed")
    return line("look", "check", extra=extra + more)


def test_a_changed_timer_is_armed_anew_from_when_it_began(versions: Versions) -> None:
    old = versions.deploy(with_timer("PT2H"))
    case = versions.start("line")
    begun = versions.timers(case)["late"].created_at
    versions.clock.advance(hours=1)
    plan = versions.plan(old, versions.deploy(with_timer("PT5H", "overdue")))
    assert [(each.source.id, each.confidence) for each in plan.renamed()] == [("late", Confidence.POSSIBLE)]
    item = versions.move(case, plan)
    assert versions.timers(case)["overdue"].due_at == begun + timedelta(hours=5)
    versions.undo(item)
    assert versions.timers(case)["late"].due_at == begun + timedelta(hours=2)


def test_a_second_timer_joins_the_first(versions: Versions) -> None:
    old = versions.deploy(with_timer("PT2H"))
    case = versions.start("line")
    more = timer("later", "look", "PT1H") + '<endEvent id="other"/>' + chain("later", "other")
    versions.move(case, versions.plan(old, versions.deploy(with_timer("PT2H", more=more))))
    assert set(versions.timers(case)) == {"late", "later"}
    versions.fire(case, "later")
    assert versions.ended_at(case) == "other"
    assert versions.timers(case) == {}


def test_an_armed_timer_that_is_gone_keeps_the_instance(versions: Versions) -> None:
    old = versions.deploy(with_timer("PT2H"))
    case = versions.start("line")
    plan = versions.plan(old, versions.deploy(line("look", "check")))
    assert versions.refused(case, plan) == [("late", "环节在新版本中不存在")]
    versions.do(case, "look", versions.cast.inspector, text="看过")  # now nothing is armed any more
    assert versions.move(case, plan).outcome is Outcome.MOVED
    versions.do(case, "check", versions.cast.lead, opinion="好")
    assert versions.ended_at(case) == "done"


def test_several_at_once_go_on_where_they_are(versions: Versions) -> None:
    old = versions.deploy(several())
    case = versions.start("several")
    versions.do(case, "each", versions.cast.inspector, text="一")
    changed = several()
    forms = dict(changed.forms) | {"check": form("opinion")}
    new = versions.deploy(Bundle("several", changed.bpmn, forms, {}))
    versions.move(case, versions.plan(old, new))
    for text in ("二", "三"):
        versions.do(case, "each", versions.cast.inspector, text=text)
    versions.do(case, "check", versions.cast.lead, opinion="好")
    assert versions.ended_at(case) == "done"


@pytest.mark.parametrize("other", [several(sequential=True), several(item="piece")])
def test_several_in_another_way_keep_the_instance(versions: Versions, other: Bundle) -> None:
    old = versions.deploy(several())
    case = versions.start("several")
    plan = versions.plan(old, versions.deploy(other))
    assert versions.refused(case, plan) == [("each", "环节在新版本中重复方式不同")]


def test_a_message_is_awaited_under_the_name_that_it_has_now(versions: Versions) -> None:
    def awaited() -> list[tuple[str, str]]:
        with versions.database.reading() as session:
            return [(row.element_id, row.name) for row in session.scalars(select(EventSubscription))]

    old = versions.deploy(awaiting("wait", "news"))
    case = versions.start("awaiting")
    versions.do(case, "look", versions.cast.inspector, text="看过")
    item = versions.move(case, versions.plan(old, versions.deploy(awaiting("hear", "tidings"))))
    assert awaited() == [("hear", "tidings")]
    versions.undo(item)
    assert awaited() == [("wait", "news")]


def test_a_called_process_moves_with_its_caller(versions: Versions) -> None:
    old = versions.deploy(callee(), caller())
    case = versions.start("caller")
    plan = versions.plan(old, versions.deploy(callee("help", "more"), caller()))
    assert plan.mapped["callee"]["assist"] == "help"
    versions.move(case, plan)
    versions.do(case, "help", versions.cast.inspector, text="帮", more="多")
    versions.do(case, "check", versions.cast.lead, text="好")
    assert versions.ended_at(case) == "done"


def test_a_branch_too_many_keeps_an_instance_inside_the_fork_only(versions: Versions) -> None:
    old = versions.deploy(fork("one", "two"))
    before, inside = versions.start("fork"), versions.start("fork")
    versions.do(inside, "ask", versions.cast.lead, text="问")
    versions.do(inside, "one", versions.cast.inspector, text="一")
    plan = versions.plan(old, versions.deploy(fork("one", "two", "three")))
    assert versions.refused(inside, plan) == [("join", "新版本的汇合点会等待永远不会到达的分支")]
    versions.move(before, plan)
    versions.do(before, "ask", versions.cast.lead, text="问")
    assert versions.waits_for(before) == ["one", "three", "two"]


def test_a_token_that_waits_at_a_join_waits_there_still(versions: Versions) -> None:
    old = versions.deploy(fork("one", "two"))
    case = versions.start("fork")
    versions.do(case, "ask", versions.cast.lead, text="问")
    versions.do(case, "one", versions.cast.inspector, text="一")
    bundle = fork("one", "two")
    new = versions.deploy(Bundle("fork", bundle.bpmn, dict(bundle.forms) | {"check": form("opinion")}, {}))
    versions.move(case, versions.plan(old, new))
    assert versions.waits_for(case) == ["two"]
    versions.do(case, "two", versions.cast.inspector, text="二")
    assert versions.waits_for(case) == ["check"]


def test_a_branch_by_which_a_token_arrived_must_still_lead_to_the_join(versions: Versions) -> None:
    old = versions.deploy(fork("one", "two"))
    case = versions.start("fork")
    versions.do(case, "ask", versions.cast.lead, text="问")
    versions.do(case, "one", versions.cast.inspector, text="一")
    plan = versions.plan(old, versions.deploy(fork("two", "else")), {"one": ""})
    assert versions.refused(case, plan) == [("join", "已到达的分支在新版本中不通向该汇合点")]


# -- what stays ------------------------------------------------------------------------------------------------------


def test_an_open_element_that_is_gone_keeps_its_instance_and_no_other(versions: Versions) -> None:
    old = versions.deploy(line("look", "check"))
    at_look, at_check = versions.start("line"), versions.start("line")
    versions.do(at_check, "look", versions.cast.inspector, text="看过")
    plan = versions.plan(old, versions.deploy(line("check", inspectors="", forms=ONLY_CHECK)))
    items = list(
        migrate_all(
            versions.database, versions.clock, PROCESSES, plan, [at_look, at_check, "X" * 26], versions.cast.admin, WHY
        )
    )
    assert [item.outcome for item in items] == [Outcome.REFUSED, Outcome.MOVED, Outcome.REFUSED]
    assert [(each.element_name, str(each.why)) for each in items[0].refusals] == [("look", "环节在新版本中不存在")]
    with versions.database.reading() as session:
        assert running_on(session, old) == [at_look]
        assert running_on(session, plan.target.id) == [at_check]
    again = list(migrate_all(versions.database, versions.clock, PROCESSES, plan, [at_check], versions.cast.admin, WHY))
    assert [item.outcome for item in again] == [Outcome.UNCHANGED]


def test_another_kind_or_another_place_keeps_the_instance(versions: Versions) -> None:
    old = versions.deploy(line("look", "check"))
    case = versions.start("line")
    inner = (
        '<subProcess id="part"><startEvent id="in"/><userTask id="look"/><endEvent id="out"/>'
        + chain("in", "look", "out")
        + "</subProcess>"
    )
    nested = versions.deploy(line("part", "check", bodies={"part": inner}))
    assert versions.refused(case, versions.plan(old, nested)) == [("look", "环节在新版本中位于另一个子流程")]
    service = '<serviceTask id="stamp" name="look"/>'
    other = versions.deploy(line("stamp", "check", bodies={"stamp": service}, forms=ONLY_CHECK, inspectors=""))
    assert versions.refused(case, versions.plan(old, other)) == [("look", "环节在新版本中不存在")]


def test_who_may_and_why(versions: Versions) -> None:
    old = versions.deploy(line("look", "check"))
    case = versions.start("line")
    plan = versions.plan(old, versions.deploy(line("look", "check", forms=LINE_FORMS | {"look": form("words")})))
    cast = versions.cast
    for actor in (cast.manager, cast.inspector, cast.lead):
        with pytest.raises(ForbiddenError):
            versions.move(case, plan, actor)
    with pytest.raises(NotFoundError):
        versions.move(case, plan, cast.outsider)
    with pytest.raises(ReasonTooShortError):
        versions.move(case, plan, reason="换版本")
    item = versions.move(case, plan)
    with versions.database.reading() as session:
        entry = session.scalars(select(JournalEntry).where(JournalEntry.verb == "process_instance.migrated")).one()
        kept = session.scalars(select(InstanceMigration)).one()
    assert (entry.actor_id, entry.reason, entry.before) == (cast.admin.id, WHY, {"version": 1})
    assert entry.after == {"version": 2, "mapping_hash": plan.hash, "migration_id": item.migration_id}
    assert (kept.migrated_by, kept.mapping, kept.mapping_hash) == (cast.admin.id, plan.mapped, plan.hash)
    other = versions.deploy(line("check", inspectors="", forms=ONLY_CHECK))
    with pytest.raises(NotOnThisVersionError):
        versions.move(case, versions.plan(old, other))


def test_what_ended_does_not_move(versions: Versions) -> None:
    old = versions.deploy(line("look", "check"))
    case = versions.start("line")
    plan = versions.plan(old, versions.deploy(line("look", "check", forms=LINE_FORMS | {"look": form("words")})))
    versions.do(case, "look", versions.cast.inspector, text="看过")
    versions.do(case, "check", versions.cast.lead, opinion="好")
    with pytest.raises(InstanceEndedError):
        versions.move(case, plan)
    assert versions.looked_at(case, plan).outcome is Outcome.REFUSED


# -- undoing ---------------------------------------------------------------------------------------------------------


def test_a_move_is_undone_from_what_was_kept(versions: Versions) -> None:
    old = versions.deploy(choosing("look"))
    case = versions.start("choosing")
    item = versions.move(case, versions.plan(old, versions.deploy(choosing("view"))))
    assert versions.waits_for(case) == ["view"]
    versions.undo(item)
    assert versions.waits_for(case) == ["look"]
    with versions.database.reading() as session:
        assert session.get_one(ProcessInstance, case).definition_id == old
    with pytest.raises(MovedSinceError):
        versions.undo(item)
    versions.do(case, "look", versions.cast.inspector, text="check")
    versions.do(case, "wait", versions.cast.lead, text="等过")
    assert versions.waits_for(case) == ["check"]
    with versions.database.reading() as session:
        assert list(check_invariants(session, versions.clock.now())) == []
        assert list(verify_store(session)) == []


def test_what_went_on_since_is_not_undone(versions: Versions) -> None:
    old = versions.deploy(choosing("look"))
    case = versions.start("choosing")
    item = versions.move(case, versions.plan(old, versions.deploy(choosing("view"))))
    versions.do(case, "view", versions.cast.inspector, text="check")
    with pytest.raises(MovedSinceError):
        versions.undo(item)


# -- the plan --------------------------------------------------------------------------------------------------------


def test_a_person_corrects_the_plan(versions: Versions) -> None:
    forms = ONLY_CHECK | {"first": form("a"), "second": form("b")}
    old = versions.deploy(line("look", "check"))
    bodies = {each: f'<userTask id="{each}" name="{each}"/>' for each in ("first", "second")}
    new = versions.deploy(line("first", "second", "check", bodies=bodies, forms=forms, inspectors="first second"))
    assert versions.plan(old, new).mapped["line"].get("look") in ("first", "second")
    chosen = versions.plan(old, new, {"look": "second"})
    assert chosen.mapped["line"]["look"] == "second"
    assert versions.plan(old, new, {"line/look": ""}).mapped["line"].get("look") is None
    assert chosen.hash != versions.plan(old, new, {"look": "first"}).hash
    for wrong in ({"look": "done"}, {"look": "nowhere"}, {"nothing": "first"}, {"look": "first", "check": "first"}):
        with pytest.raises(MappingRefusedError):
            versions.plan(old, new, wrong)


def test_only_versions_of_one_process_are_planned(versions: Versions) -> None:
    with pytest.raises(OtherProcessError):
        versions.plan(versions.deploy(line("look", "check")), versions.deploy(several()))
