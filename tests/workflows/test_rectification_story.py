"""Rectification after an inspection, one story per path. Rules are named by their codes."""

from __future__ import annotations

from datetime import datetime

import pytest

from engine.invariants import check_invariants
from records.clock import ZONE
from records.inspections import RectificationMeasure, Talk
from records.verification import verify_store
from tests.workflows.story import Story, local

SERIOUS = {"severity": "serious", "fixed_on_spot": False}


@pytest.fixture
def ordered(story: Story) -> Story:
    """Two general items are to be put right within ten working days from Wednesday 18 November."""
    failing = {story.item(is_key=False): SERIOUS, story.item(is_key=False, number=1): SERIOUS}
    story.until_order(failing, "basically", days=10)
    return story


def test_r_rect_default_the_order_gives_ten_working_days(ordered: Story) -> None:
    assert local(ordered.rectification().due_at) == "2026-12-03 00:00"  # 2 December, 24:00
    task = ordered.open_task("submit_rectification")
    assert (task.due_rule, task.due_at) == ("R-RECT-DEFAULT", ordered.rectification().due_at)
    assert ordered.told(ordered.cast.business)[-1] == "rectification.ordered"


def test_what_is_put_right_is_reviewed_and_closed(ordered: Story) -> None:
    ordered.clock.advance(days=5)
    ordered.submit()
    assert ordered.waits_for() == ["review_rectification"]
    ordered.review("yes")

    assert {finding.status for finding in ordered.findings()} == {"closed"}
    assert ordered.rectification().status == "accepted"
    assert "recheck_record" in ordered.documents()
    assert ordered.credit() == [("inspection", -2), ("rectification_closed", 3)]
    assert ordered.instance().end_element == "inspection_closed"


def test_each_measure_keeps_its_verdict_and_its_finding(ordered: Story) -> None:
    ordered.submit()
    ordered.review("yes")
    with ordered.database.reading() as session:
        measures = session.query(RectificationMeasure).all()
    assert {measure.finding_id for measure in measures} == {finding.id for finding in ordered.findings()}
    assert all(measure.is_accepted for measure in measures)


def test_what_is_rejected_once_comes_back_and_may_be_accepted(ordered: Story) -> None:
    ordered.clock.advance(days=5)
    ordered.submit()
    ordered.review("no")
    assert ordered.waits_for() == ["submit_rectification"]
    assert local(ordered.rectification().due_at) == "2026-12-08 00:00"  # ten working days from Monday 23 November
    assert ordered.told(ordered.cast.business)[-1] == "rectification.rejected"
    ordered.submit()
    ordered.review("yes")
    assert ordered.rectification().round == 2
    assert ordered.instance().end_element == "inspection_closed"
    assert ordered.documents().count("recheck_record") == 2


def test_r_talk_what_is_rejected_twice_leads_to_a_talk(ordered: Story) -> None:
    ordered.submit()
    ordered.review("no")
    ordered.submit()
    ordered.review("no")
    assert ordered.waits_for() == ["responsibility_talk"]
    assert ordered.open_task("responsibility_talk").due_rule == "R-TALK"
    ordered.talk()

    assert ordered.rectification().status == "failed"
    assert ("rectification_failed", -15) in ordered.credit()
    assert ("talk", 0) in ordered.credit()
    with ordered.database.reading() as session:
        assert session.query(Talk).one().attendee == "陈桂英（负责人）"
    assert ordered.instance().end_element == "inspection_closed"


def test_r_rect_overdue_three_working_days_after_the_date_the_head_is_called_in(ordered: Story) -> None:
    ordered.clock.move_to(datetime(2026, 12, 7, 23, 59, tzinfo=ZONE))
    ordered.fire_due()
    assert ordered.waits_for() == ["submit_rectification"]
    ordered.clock.move_to(datetime(2026, 12, 8, 0, 0, tzinfo=ZONE))  # Thursday, Friday, Monday have passed
    ordered.fire_due()
    assert ordered.waits_for() == ["responsibility_talk"]
    ordered.talk()
    assert ordered.rectification().status == "failed"


def test_an_overdue_rectification_climbs_the_ladder(ordered: Story) -> None:
    ordered.clock.move_to(datetime(2026, 12, 7, 12, 0, tzinfo=ZONE))
    ordered.fire_due()
    assert ordered.open_task("submit_rectification").escalation_level == 2
    assert "reminder" in ordered.told(ordered.cast.business)
    assert "escalation" in ordered.told(ordered.cast.lead)
    assert "escalation" in ordered.told(ordered.cast.manager)
    assert "escalation" not in ordered.told(ordered.cast.superior)


def test_an_extension_is_granted_once_and_moves_the_date(ordered: Story) -> None:
    ordered.clock.advance(days=5)
    ordered.ask_extension(5)
    assert ordered.open_task("decide_extension").due_rule == "R-RECT-EXTENSION"
    ordered.do("decide_extension", ordered.cast.lead, decision="grant", days=5)

    assert local(ordered.rectification().due_at) == "2026-12-10 00:00"  # five working days after 2 December
    assert ordered.rectification().extended_days == 5
    assert ordered.open_task("submit_rectification").due_at == ordered.rectification().due_at
    again = {"kind": "extension", "days": 3, "reason": "厂家仍未到货，请求再延长", "is_true": True}
    refused = ordered.refused("submit_rectification", ordered.cast.business, **again)
    assert refused == {"kind": ["整改期限只能申请延长一次"]}


def test_the_overdue_timer_follows_the_extended_date(ordered: Story) -> None:
    ordered.ask_extension(5)
    ordered.do("decide_extension", ordered.cast.lead, decision="grant", days=5)
    ordered.clock.move_to(datetime(2026, 12, 14, 12, 0, tzinfo=ZONE))
    ordered.fire_due()
    assert ordered.waits_for() == ["submit_rectification"]
    ordered.clock.move_to(datetime(2026, 12, 15, 0, 0, tzinfo=ZONE))
    ordered.fire_due()
    assert ordered.waits_for() == ["responsibility_talk"]


def test_a_refused_extension_leaves_the_date(ordered: Story) -> None:
    before = ordered.rectification().due_at
    ordered.ask_extension(5)
    ordered.do("decide_extension", ordered.cast.lead, decision="refuse", opinion="已有充足时间")
    assert ordered.rectification().due_at == before
    assert ordered.told(ordered.cast.business)[-1] == "rectification.extension"
    assert ordered.waits_for() == ["submit_rectification"]


def test_r_rect_extension_is_no_longer_than_the_order(ordered: Story) -> None:
    request = {"kind": "extension", "days": 11, "reason": "冷库配件需从厂家订货", "is_true": True}
    assert ordered.refused("submit_rectification", ordered.cast.business, **request) == {
        "days": ["延长的天数不能超过原整改期限"]
    }


def test_key_items_are_rechecked_on_site(story: Story) -> None:
    story.until_order({story.item(is_key=True): SERIOUS}, "not")
    story.submit()
    assert "onsite_recheck" in story.waits_for()
    story.recheck("yes")
    assert story.waits_for() == ["investigation_referral"]


def test_a_high_risk_grade_is_rechecked_on_site(story: Story) -> None:
    story.set_risk_grade("C")
    story.until_order({story.item(is_key=False): SERIOUS}, "basically")
    story.submit()
    assert story.waits_for() == ["onsite_recheck"]


def test_over_golden_week_deadlines_count_working_days_and_make_up_days(story: Story) -> None:
    """Five working days from Monday 28 September 2026: 29, 30, 8, 9 October and Saturday the 10th, which is worked."""
    story.clock.move_to(datetime(2026, 9, 28, 11, 0, tzinfo=ZONE))
    story.until_order({story.item(is_key=False): SERIOUS}, "basically", days=5)
    assert local(story.rectification().due_at) == "2026-10-11 00:00"
    # R-RECT-OVERDUE: Monday 12, Tuesday 13, Wednesday 14 October
    story.clock.move_to(datetime(2026, 10, 14, 23, 0, tzinfo=ZONE))
    story.fire_due()
    assert story.waits_for() == ["submit_rectification"]
    story.clock.move_to(datetime(2026, 10, 15, 0, 0, tzinfo=ZONE))
    story.fire_due()
    assert story.waits_for() == ["responsibility_talk"]


def test_over_golden_week_the_inspectors_have_until_the_second_working_day(story: Story) -> None:
    story.clock.move_to(datetime(2026, 9, 30, 16, 0, tzinfo=ZONE))
    story.assign()
    assert local(story.open_task("accept_assignment").due_at) == "2026-10-10 00:00"  # 8 and 9 October
    story.clock.move_to(datetime(2026, 10, 9, 16, 0, tzinfo=ZONE))
    story.assign()
    assert local(story.open_task("accept_assignment").due_at) == "2026-10-13 00:00"  # Saturday 10th worked, Monday 12th


def test_after_the_whole_story_the_journal_verifies_and_no_promise_is_broken(ordered: Story) -> None:
    ordered.submit()
    ordered.review("no")
    ordered.submit()
    ordered.review("yes")
    with ordered.database.reading() as session:
        assert list(verify_store(session)) == []
        assert list(check_invariants(session, ordered.clock.now())) == []
