"""Online patrols, one story per path (group standard 6.2)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.errors import FourEyesError
from engine.invariants import check_invariants
from engine.model import Job, JobKind, ProcessInstance, UserTask, UserTaskState
from engine.running import Running
from records.clock import ZONE
from records.errors import InvalidAnswersError, NotFoundError
from records.inspections import Rectification
from records.patrols import Explanation, Patrol, PatrolAction, Suspect, Verdict
from records.people import SYSTEM, Actor
from records.registry import Establishment, EstablishmentKind
from records.store import Store
from records.verification import verify_store
from tests.factories import establishment
from tests.workflows.story import Story

CLASSES = ["vouchers", "market_checks", "abnormal_vouchers", "key_products", "tests"]


class PatrolStory(Story):
    """A patrol of the district in which the plant's licence ran out."""

    def licence_ends(self, days_ago: int) -> None:
        """The plant's licence ran out so many days ago."""
        with self.database.unit_of_work() as session:
            plant = session.get_one(Establishment, self.cast.business.establishment_id)
            ended = self.clock.now().astimezone(ZONE).date() - timedelta(days=days_ago)
            Store(session, self.clock, self.cast.admin).correct(plant, {"licence_expires_on": ended})

    def begin(self, classes: list[str] | None = None, actor: Actor | None = None) -> ProcessInstance:
        """The lead begins a patrol."""
        with self.database.unit_of_work() as session:
            answers = {"classes": classes or CLASSES}
            instance = self.engine.start(session, "patrol", answers, actor or self.cast.lead)
            self.case = instance.id
            return instance

    def judge(self, verdict: str, actor: Actor | None = None, **changes: Any) -> None:
        """The inspector judges every suspect of the one area alike."""
        rows = [self.row(suspect, verdict, changes) for suspect in self.suspects()]
        self.do("review_suspects", actor or self.cast.inspector, reviews=rows)

    def row(self, suspect: Suspect, verdict: str, changes: dict[str, Any]) -> dict[str, Any]:
        """What is said about one suspect."""
        more: dict[str, Any] = {"reason": "已换发新证，系统未更新"}
        if verdict == "real":
            more = {"severity": "1", "proof": "许可证登记信息"}
        if verdict == "need_info":
            more = {"reason": "请说明是否已申请延续"}
        return {"no": suspect.no, "looked": True, "verdict": verdict} | more | changes

    def patrol(self) -> Patrol:
        """The patrol's record."""
        found: Patrol = self._all(Patrol)[0]
        return found

    def suspects(self) -> list[Suspect]:
        """The suspects by number."""
        return sorted(self._all(Suspect), key=lambda one: one.no or "")

    def promises(self) -> list[str]:
        """What does not hold."""
        with self.database.reading() as session:
            return [str(each) for each in (*check_invariants(session), *verify_store(session))]


@pytest.fixture
def patrol(story: Story) -> PatrolStory:
    found = PatrolStory(story.database, story.engine, story.clock, story.cast, story.blobs)
    found.licence_ends(40)
    return found


def test_nothing_odd_ends_at_once(patrol: PatrolStory) -> None:
    patrol.licence_ends(-400)
    patrol.begin()
    assert patrol.instance().end_element == "patrol_closed"
    assert (patrol.patrol().status, patrol.patrol().suspects) == ("closed", 0)
    assert "列为疑点 0 条" in (patrol.patrol().summary or "")
    assert patrol.documents() == ["patrol_report"]


def test_a_slight_one_gets_a_reminder(patrol: PatrolStory) -> None:
    patrol.begin()
    assert patrol.waits_for() == ["review_suspects"]
    (suspect,) = patrol.suspects()
    assert (suspect.what, suspect.score) == ("许可证已过期 40 天（有效期至 2026-10-09）", 50)
    task = patrol.open_task("review_suspects")
    assert (task.due_rule, task.candidate_group) == ("R-PAT-REVIEW", "INS")
    patrol.judge("real")
    assert patrol.instance().end_element == "patrol_closed"
    assert patrol.told(patrol.cast.business) == ["patrol.reminded"]
    assert [(one.action, one.status) for one in patrol.suspects()] == [(PatrolAction.REMIND, "real")]
    assert (patrol.patrol().real, patrol.patrol().false_alarms) == (1, 0)
    assert patrol.promises() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": None},
        {"reason": "没事"},
        {"looked": False},
    ],
)
def test_a_false_alarm_needs_a_reason_and_a_look(patrol: PatrolStory, wrong: dict[str, Any]) -> None:
    patrol.begin()
    with pytest.raises(InvalidAnswersError):
        patrol.judge("false_alarm", **wrong)
    patrol.judge("false_alarm")
    assert (patrol.patrol().real, patrol.patrol().false_alarms) == (0, 1)
    assert patrol.told(patrol.cast.business) == []


@pytest.mark.parametrize("missing", ["severity", "proof"])
def test_a_real_one_needs_severity_and_evidence(patrol: PatrolStory, missing: str) -> None:
    patrol.begin()
    with pytest.raises(InvalidAnswersError):
        patrol.judge("real", **{missing: None})


def test_only_suspects_of_the_patrol_are_judged(patrol: PatrolStory) -> None:
    patrol.begin()
    (suspect,) = patrol.suspects()
    (first,) = [patrol.row(suspect, "real", {})]
    with pytest.raises(InvalidAnswersError):
        patrol.do(
            "review_suspects", patrol.cast.inspector, reviews=[first, {**first, "no": "巡-450204-20261118-001-01"}]
        )


def test_the_business_explains_itself(patrol: PatrolStory) -> None:
    patrol.begin()
    patrol.judge("need_info")
    assert patrol.waits_for() == ["explain_suspect"]
    asked = patrol.open_task("explain_suspect")
    assert (asked.due_rule, asked.establishment_id) == ("R-PAT-EXPLAIN", patrol.cast.business.establishment_id)
    patrol.do("explain_suspect", patrol.cast.business, text="延续申请已受理，附受理通知书。", is_true=True)
    assert [one.text for one in patrol._all(Explanation)] == ["延续申请已受理，附受理通知书。"]
    (suspect,) = patrol.suspects()
    patrol.do(
        "judge_explanations", patrol.cast.inspector,
        reviews=[{"no": suspect.no, "verdict": "false_alarm", "reason": "受理通知书有效"}],
    )  # fmt: skip
    assert [one.verdict for one in patrol.suspects()] == [Verdict.FALSE_ALARM]
    assert patrol.instance().end_element == "patrol_closed"


def test_r_pat_explain_silence_counts_as_real_after_two_working_days(patrol: PatrolStory) -> None:
    patrol.begin()
    patrol.judge("need_info")  # Wednesday 18 November
    patrol.clock.move_to(datetime(2026, 11, 20, 23, 50, tzinfo=ZONE))
    patrol.fire_due()
    assert patrol.waits_for() == ["explain_suspect"]
    patrol.clock.move_to(datetime(2026, 11, 21, 0, 1, tzinfo=ZONE))
    patrol.fire_due()
    assert patrol.waits_for() == ["judge_explanations"]
    (suspect,) = patrol.suspects()
    assert suspect.is_silent
    with pytest.raises(InvalidAnswersError):
        patrol.do(
            "judge_explanations", patrol.cast.inspector,
            reviews=[{"no": suspect.no, "verdict": "false_alarm", "reason": "不像有问题"}],
        )  # fmt: skip
    patrol.do(
        "judge_explanations", patrol.cast.inspector, reviews=[{"no": suspect.no, "verdict": "real", "severity": "1"}]
    )
    assert patrol.instance().end_element == "patrol_closed"
    assert patrol.suspects()[0].action is PatrolAction.REMIND


def test_an_ordinary_one_is_to_be_put_right(patrol: PatrolStory) -> None:
    patrol.begin()
    patrol.judge("real", severity="2")
    assert patrol.waits_for() == ["submit_rectification"]
    (order,) = patrol._all(Rectification)
    assert order.establishment_id == patrol.cast.business.establishment_id
    (suspect,) = patrol.suspects()
    code = (suspect.no or "")[-20:]
    patrol.do(
        "submit_rectification", patrol.cast.business, kind="submit", is_true=True,
        measures=[{"code": code, "cause": "忘记申请延续", "action": "已补办延续手续", "done_on": "2026-11-18",
                   "photos": [patrol.photo(patrol.cast.business)]}],
    )  # fmt: skip
    (review,) = patrol.waits_for()
    assert review == "review_rectification"
    patrol.do(
        "review_rectification", patrol.cast.inspector, opinion="已核对新证，改正到位",
        reviews=[{"code": code, "accepted": "yes"}],
    )  # fmt: skip
    assert patrol.instance().end_element == "patrol_closed"
    assert patrol.promises() == []


def test_a_grave_one_is_inspected(patrol: PatrolStory) -> None:
    patrol.begin()
    patrol.judge("real", severity="3")
    cast, day = patrol.cast, "2026-11-19"
    assert patrol.refused(
        "assign_inspection",
        cast.lead,
        lead_inspector=cast.inspector.id,
        second_inspector=cast.inspector.id,
        planned_on=day,
    )
    patrol.do(
        "assign_inspection",
        cast.lead,
        lead_inspector=cast.inspector.id,
        second_inspector=cast.colleague.id,
        planned_on=day,
    )
    ((name, said),) = patrol.messages()
    assert (name, said["mode"], said["establishment"]) == (
        "inspection_requested", "targeted", cast.business.establishment_id,
    )  # fmt: skip
    assert said["reason"].startswith("线上巡检发现：许可证已过期")


def test_the_gravest_is_handled_as_a_problem(patrol: PatrolStory) -> None:
    patrol.begin()
    patrol.judge("real", severity="4")
    ((name, said),) = patrol.messages()
    assert (name, said["source"], said["hazard"], said["source_case_no"]) == (
        "problem_reported", "patrol", "unlicensed", patrol.instance().business_key,
    )  # fmt: skip
    assert patrol.instance().end_element == "patrol_closed"


def test_the_reviewer_may_ask_for_more_but_not_for_less(patrol: PatrolStory) -> None:
    patrol.begin()
    patrol.judge("real", severity="1", suggestion="control")
    assert patrol.suspects()[0].action is PatrolAction.CONTROL
    patrol.clock.advance(days=20)
    patrol.begin()
    patrol.judge("real", severity="4", suggestion="remind")
    assert patrol.suspects()[0].action is PatrolAction.CONTROL


def test_r_pat_repeat_the_same_is_not_raised_again_for_fourteen_days_unless_it_was_a_false_alarm(
    patrol: PatrolStory,
) -> None:
    patrol.begin()
    patrol.judge("real")
    patrol.clock.advance(days=13)
    patrol.begin()
    assert (patrol.patrol().suspects, patrol.patrol().repeated) == (0, 1)
    patrol.clock.advance(days=2)
    patrol.begin()
    assert patrol.patrol().suspects == 1
    patrol.judge("false_alarm")
    patrol.clock.advance(days=1)
    patrol.begin()
    assert patrol.patrol().suspects == 1


def test_each_market_and_trade_is_judged_by_itself(patrol: PatrolStory) -> None:
    with patrol.database.unit_of_work() as session:
        store = Store(session, patrol.clock, SYSTEM)
        market = establishment(
            store, name="柳州市鱼峰区柳石农贸市场", kind=EstablishmentKind.MARKET, filed_on=date(2020, 1, 2)
        )
        establishment(
            store, name="柳石农贸市场 A-03", kind=EstablishmentKind.STALL, market_id=market.id,
            licence_expires_on=date(2026, 11, 1),
        )  # fmt: skip
    patrol.begin()
    with patrol.database.reading() as session:
        open_tasks = select(UserTask).where(
            UserTask.process_instance_id == patrol.case, UserTask.state == UserTaskState.OPEN
        )
        assert len(list(session.scalars(open_tasks))) == 2  # the market's stall; the trade of production
    assert {one.kind.value for one in patrol.suspects()} == {"licence_expired", "market_unchecked"}


def test_classes_that_are_not_asked_for_are_not_looked_through(patrol: PatrolStory) -> None:
    patrol.begin(classes=["tests"])
    assert patrol.patrol().signals == 0


def test_another_district_sees_nothing_of_it(patrol: PatrolStory) -> None:
    patrol.begin()
    with pytest.raises((NotFoundError, FourEyesError)):
        patrol.do("review_suspects", patrol.cast.outsider, reviews=[])
    patrol.begin(actor=patrol.cast.outsider)
    assert patrol.patrol().signals == 0


@pytest.mark.parametrize(
    ("day", "districts"),
    [
        (date(2026, 10, 1), 0),  # Golden Week
        (date(2026, 10, 10), 2),  # a Saturday made up for it
        (date(2026, 10, 11), 0),  # a Sunday
        (date(2026, 10, 12), 2),
    ],
)
def test_the_roster_calls_each_district_with_inspectors_on_working_days(
    patrol: PatrolStory, day: date, districts: int
) -> None:
    patrol.clock.move_to(datetime(day.year, day.month, day.day, 0, 5, tzinfo=ZONE))
    with patrol.database.unit_of_work() as session:
        start = select(Job).where(Job.kind == JobKind.START, Job.element_id == "roster_due")
        job = session.scalars(start).one()
        job.due_at, job.state, job.fencing_token = patrol.clock.now(), job.state.RUNNING, 1
        job_id = job.id
    with patrol.database.unit_of_work() as session:
        patrol.engine.fire(session, job_id, 1)
    with patrol.database.reading() as session:
        roster = session.scalars(select(ProcessInstance).where(ProcessInstance.process_key == "patrol_roster")).one()
        assert roster.end_element == "roster_done"
        patrol.case = roster.id
        assert Running.read(session, patrol.clock, SYSTEM, roster).execution.is_completed
    codes = [said["region_code"] for name, said in patrol.messages() if name == "patrol_due"]
    assert len(set(codes)) == districts
