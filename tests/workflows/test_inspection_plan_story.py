"""The inspection plan, path by path: draft, quotas, approval, freezing, rounds, mid-year review, coverage."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from engine.engine import Engine
from engine.errors import FourEyesError
from engine.messages import Message
from engine.model import ProcessInstance
from records.blobs import BlobStore
from records.clock import ZONE, FixedClock, today
from records.db import Database
from records.hashing import content_hash
from records.registry import Establishment
from records.rules import RuleParam
from records.store import Store
from tests.factories import Cast
from tests.workflows.draw_story import REASON, DrawStory


@pytest.fixture
def told(database: Database, engine: Engine, clock: FixedClock, cast: Cast, blobs: BlobStore) -> DrawStory:
    """Nine plants beside the business's own; it is eleven o'clock."""
    clock.advance(hours=2)
    story = DrawStory(database, engine, clock, cast, blobs)
    story.found(9)
    return story


def later(story: DrawStory, day: date) -> None:
    """It is ten o'clock of that day, and the worker has done what was due."""
    story.clock.move_to(datetime.combine(day, datetime.min.time(), ZONE) + timedelta(hours=10))
    story.fire_due()


def rounds(story: DrawStory, *days: int) -> list[dict[str, str]]:
    begin = today(story.clock)
    return [
        {
            "draw_on": (begin + timedelta(days=day)).isoformat(),
            "inspect_by": (begin + timedelta(days=day + 5)).isoformat(),
        }
        for day in days
    ]


def test_r_ins_18_a_plan_is_drafted_approved_made_public_executed_and_closed(told: DrawStory) -> None:
    with told.database.unit_of_work() as session:
        plant = session.get_one(Establishment, told.cast.business.establishment_id)
        Store(session, told.clock, told.cast.admin).correct(plant, {"filed_on": date(2026, 2, 1)})
    told.until_approval(ratio=30)
    assert told.waits_for() == ["approve_plan"]
    told.decide()
    plan, (edition,) = told.plan(), told.editions()
    assert (plan.status, plan.edition) == ("approved", 1) and told.quotas() == {"producer/A": 3}
    assert edition.pool_hash == content_hash(edition.pool) and len(edition.pool) == 10
    (said,) = told.thrown("announcement_requested")
    assert said["kind"] == "plan_disclosure" and said["source_id"] == plan.id and said["is_public"] is True
    told.fire_due()
    told.confirm_pools()
    told.contribute()
    told.witness()
    told.all_declare()
    told.approve_list()
    later(told, date(2026, 12, 10))
    told.do("adjust_plan", told.cast.lead, decision="keep", reason="执行进度正常，不需要调整")
    later(told, date(2027, 1, 1))
    assert told.waits_for() == [] and told.instance().end_element == "plan_executed"
    assert told.plan().status == "executed" and len(told.papers("plan_report")) == 1
    assert told.papers("plan_report")[0].facts["coverage"] == {"arrears": 0, "drawn": 3, "quota": 3}


def test_r_ins_05_whoever_is_not_covered_is_named_and_explained(told: DrawStory) -> None:
    told.until_pools(ratio=10)
    told.do("confirm_pools", told.cast.lead, decision="abandon", reason=REASON)
    later(told, date(2026, 12, 10))
    told.do("adjust_plan", told.cast.lead, decision="keep", reason="执行进度正常，不需要调整")
    later(told, date(2027, 1, 1))
    assert told.waits_for() == ["explain_arrears"]
    remedy = "2027年第一季度全部补查，由鱼峰区局负责"
    told.do("explain_arrears", told.cast.lead, reason="人员不足，第一轮放弃抽取", remedy=remedy)
    assert told.instance().end_element == "plan_executed"
    facts = told.papers("plan_report")[0].facts
    assert facts["coverage"]["arrears"] == 1 and "第一季度" in facts["remedy"]


def test_a_plan_is_returned_and_then_rejected(told: DrawStory) -> None:
    told.until_approval()
    assert list(told.refused("approve_plan", told.cast.manager, decision="return", opinion="再改")) == ["opinion"]
    told.decide("return", opinion="比例偏高，请结合人手重新测算")
    assert told.waits_for() == ["draft_plan"]
    told.draft(title="2026年度食品安全监督检查计划（修改）")
    told.count(20)
    assert told.plan().title.endswith("（修改）") and told.quotas().keys() == {"producer/A"}
    told.decide("reject", opinion="本年度不再安排专项检查")
    assert told.instance().end_element == "plan_rejected" and told.plan().status == "rejected"


def test_whoever_drafted_does_not_approve(told: DrawStory) -> None:
    told.until_approval()
    both = told.cast.lead.__class__(told.cast.lead.id, "黄组", frozenset({"LEAD", "MGR"}), told.cast.lead.region_path)
    with pytest.raises(FourEyesError):
        told.do("approve_plan", both, decision="approve", signature=told.photo(both))


def test_rounds_are_drawn_on_their_days_and_the_mid_year_review_makes_another_edition(told: DrawStory) -> None:
    told.begin_plan()
    told.draft(rounds=rounds(told, 0, 30))
    told.count(60)
    told.decide()
    told.fire_due()
    told.confirm_pools()
    told.contribute()
    told.witness()
    told.all_declare()
    told.approve_list()
    assert len(told.members()) == 4, "half of six, and the one that must be drawn"
    later(told, date(2026, 12, 10))
    assert told.waits_for() == ["adjust_plan"]
    strata = [{"code": "producer/A", "ratio": 20}]
    told.do("adjust_plan", told.cast.lead, decision="adjust", strata=strata, reason="人手紧张，下半年减少抽查")
    assert list(told.refused("approve_adjustment", told.cast.manager, decision="reject")) == ["opinion"]
    told.do("approve_adjustment", told.cast.manager, decision="approve")
    first, second = told.editions()
    assert (first.number, second.number) == (1, 2) and told.quotas() == {"producer/A": 2}
    assert first.said["strata"][0]["quota"] == 6 and second.reason == "人手紧张，下半年减少抽查"
    later(told, date(2026, 12, 18))
    assert told.waits_for() == ["confirm_pools"]
    draw = told.draws()[-1].document
    assert draw["draw"]["plan_edition"] == 2 and draw["quotas"] == [{"stratum": "producer/A", "count": 1}]
    assert {row["reason"] for row in draw["pools"]["excluded_objects"]} <= {"due_elsewhere", "visited", "repeat"}


def test_an_adjustment_that_is_not_approved_changes_nothing(told: DrawStory) -> None:
    told.until_approval()
    told.decide()
    later(told, date(2026, 12, 10))
    strata = [{"code": "producer/A", "ratio": 5}]
    told.do("adjust_plan", told.cast.lead, decision="adjust", strata=strata, reason="人手紧张，下半年减少抽查")
    told.do("approve_adjustment", told.cast.manager, decision="reject", opinion="按原计划执行，人手由市局支援")
    assert len(told.editions()) == 1 and "adjustment_refused" in told.passed()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"year": 2025}, "year"),
        ({"year": 2029}, "year"),
        ({"starts_on": "2026-12-31"}, "ends_on"),
        ({"ends_on": "2027-01-31"}, "starts_on"),
        ({"kind": "joint"}, "departments"),
        ({"title": "计"}, "title"),
        ({"regions": ["450204"]}, "regions"),
        ({"regions": []}, "regions"),
        ({"checklists": []}, "checklists"),
        ({"rounds": []}, "rounds"),
        ({"rounds": [{"draw_on": "2026-11-20", "inspect_by": "2026-11-20"}]}, "rounds"),
        ({"rounds": [{"draw_on": "2026-11-20", "inspect_by": "2027-02-20"}]}, "rounds"),
    ],
)
def test_bad_drafts_are_refused_where_they_are_wrong(told: DrawStory, changes: dict[str, Any], field: str) -> None:
    told.begin_plan()
    assert field in told.refused("draft_plan", told.cast.lead, **told.draft_answers(**changes))


def test_r_ins_capacity_more_work_than_there_are_people_is_acknowledged(told: DrawStory) -> None:
    with told.database.unit_of_work() as session:
        rule = session.query(RuleParam).filter_by(code="R-INS-CAPACITY").one()
        Store(session, told.clock, told.cast.admin).correct(rule, {"value": "1"})
    told.begin_plan()
    told.draft()
    strata = told.strata(100)
    assert list(told.refused("set_quotas", told.cast.lead, strata=strata)) == ["over_capacity"]
    assert list(told.refused("set_quotas", told.cast.lead, strata=told.strata(0))) == ["strata"]
    told.do("set_quotas", told.cast.lead, strata=strata, over_capacity=True)
    assert told.waits_for() == ["approve_plan"]


def test_r_ins_03_grades_follow_from_what_a_business_is_and_what_happened(told: DrawStory) -> None:
    with told.database.unit_of_work() as session:
        place = session.get_one(Establishment, told.cast.business.establishment_id)
        Store(session, told.clock, told.cast.admin).correct(place, {"credit_score": 40})
    told.begin_plan()
    told.draft()
    task = told.open_task("set_quotas")
    with told.database.reading() as session:
        rows = told.data(session, task)["propose_quotas"]["strata"]
    assert [(row["code"], row["population"], row["visits"], row["ratio"]) for row in rows] == [
        ("producer/A", 9, 1, 5),
        ("producer/C", 1, 2, 40),
    ]


def test_a_superior_may_order_a_plan_by_message(told: DrawStory) -> None:
    ordered = {"year": 2027, "kind": "special", "title": "米粉专项检查", "reason": "市局食药安办〔2026〕12号"}
    with told.database.unit_of_work() as session:
        message = Message("plan_requested", "市-1", ordered, "order-1")
        receipt = told.engine.correlate(session, message, told.cast.admin)
        told.case = receipt.process_instance_id or ""
    with told.database.reading() as session:
        assert session.get_one(ProcessInstance, told.case).process_key == "inspection_plan"
        opened = told.data(session, told.task("draft_plan", session))["open_plan"]
    assert (opened["year"], opened["kind"], opened["title"]) == (2027, "special", "米粉专项检查")
