"""A month of assessment, one story per path. Rules are named by their codes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.errors import FourEyesError
from engine.invariants import check_invariants
from engine.model import InstanceState
from records.assessments import CycleState
from records.verification import verify_store
from tests.conftest import START
from tests.workflows.assessment_story import IN_PERIOD, AssessmentStory
from tests.workflows.story import local


def clean(story: AssessmentStory) -> bool:
    with story.database.reading() as session:
        return list(check_invariants(session)) == [] and list(verify_store(session)) == []


def test_everyone_gets_a_case_of_their_own_at_their_place(invited: AssessmentStory) -> None:
    cases = invited.case_of("assessment_subject")
    assert len(cases) == len(invited.assessed()) == 4
    places = {(case.region_code, case.establishment_id) for case in cases}
    own = {("450203", invited.plant), ("450203", invited.market.id)}
    assert places == own | {("450203", None), ("450204", None)}  # and the authorities of both districts
    assert {case.title for case in cases} >= {"月度考核 · 2026年10月 · 柳州市鱼峰区东环市场"}
    assert all(case.is_visible_to_business for case in cases)
    assert invited.told(invited.owner)[-1] == "assessment.invited"
    (launch,) = invited.sent("announcement_requested")
    assert (launch["kind"], launch["is_public"]) == ("assessment_launch", False)
    assert invited.cycle().status == CycleState.SCORING


def test_a_month_from_self_assessment_to_frozen_results(invited: AssessmentStory) -> None:
    story = invited
    story.turn_to(story.plant)
    assert story.waits_for() == ["self_assess"]
    assert story.open_task("self_assess").assignee_id == story.owner.id
    story.settle(story.plant, story.owner)
    assert story.instance().end_element == "subject_closed"
    assert "assessment_sheet" in story.documents()
    assert len(story.scores("final")) == len(story.scores("self")) == len(story.scores("review")) / 2
    story.others(story.plant)

    story.turn_to_cycle()
    assert story.waits_for() == ["write_analysis"]
    story.analyse()
    assert story.instance().end_element == "assessment_closed"
    assert story.cycle().status == CycleState.FROZEN
    assert story.documents() == ["assessment_report"]
    launch, results = story.sent("announcement_requested")
    assert (launch["kind"], results["kind"]) == ("assessment_launch", "assessment_results")
    assert results["source_id"] == story.cycle().id
    assert clean(story)


def test_r_asm_approve_what_is_returned_is_written_again(invited: AssessmentStory) -> None:
    story = invited
    story.others()
    story.turn_to_cycle()
    story.do("write_analysis", story.cast.assessor, **story.written())
    short = story.refused("approve_results", story.cast.superior, decision="return", opinion="不够")
    assert "opinion" in short
    story.do("approve_results", story.cast.superior, decision="return", opinion="请补充与上月的对比分析")
    assert story.waits_for() == ["write_analysis"]
    story.do("write_analysis", story.cast.second_assessor, **story.written())
    assert story.waits_for() == ["approve_results"]


def test_r_asm_panel_an_appeal_goes_to_others_than_the_reviewers_and_is_final(invited: AssessmentStory) -> None:
    story = invited
    story.turn_to(story.plant)
    story.self_assess(story.owner)
    first, second = (story.reviewer(which).id for which in ("first", "second"))
    assert first != second
    low = {"maintenance": 0.0}
    story.review("first", low)
    story.review("second", low)
    task = story.open_task("confirm_score")
    assert (task.due_rule, task.assignee_id) == ("R-ASM-APPEAL", story.owner.id)
    assert "reason" in story.refused("confirm_score", story.owner, decision="appeal")
    reason = "运维记录已随自评提交，评审未予采信，请复核"
    story.do("confirm_score", story.owner, decision="appeal", reason=reason)
    panel = story.open_task("appeal_panel").assignee_id
    assert panel == story.cast.superior.id and panel not in (first, second)
    rows = [{"code": row["code"], "points": row["points"]} for row in story.data("give_provisional")["rows"]]
    for row in rows:
        if row["code"] == "maintenance":
            row |= {"points": 2, "note": "运维记录真实，予以采信"}
    signed = story.photo(story.cast.superior)
    before = story.subject(story.plant).provisional_points
    story.do("appeal_panel", story.cast.superior, items=rows, opinion="申诉成立，调整运维得分", signature=signed)
    after = story.subject(story.plant)
    assert before is not None and after.final_points is not None and after.final_points > before
    assert after.appeal_points == after.final_points
    assert after.appeal_reason == reason
    assert story.instance().end_element == "subject_closed"


def test_r_asm_spread_a_third_decides_when_two_lie_too_far_apart(invited: AssessmentStory) -> None:
    story = invited
    story.turn_to(story.plant)
    story.self_assess(story.owner)
    story.review("first")
    nought = {row["code"]: 0.0 for row in story.data("open_subject")["rows"]}
    story.review("second", nought)
    assert story.waits_for() == ["third_review"]
    assert story.data("compare_reviews")["spread"] > 10
    third = story.reviewer("third")
    involved = {each.completed_by for each in story.done("first_review") + story.done("second_review")}
    assert third.id not in involved
    story.review("third")
    subject = story.subject(story.plant)
    assert subject.provisional_points == subject.first_points == subject.third_points  # the two that lie closest
    assert subject.second_points == 0


def test_r_asm_spread_ten_points_apart_are_not_too_far(invited: AssessmentStory) -> None:
    story = invited
    story.turn_to(story.plant)
    story.self_assess(story.owner)
    story.review("first")
    story.review("second")
    assert story.data("compare_reviews")["spread"] == 0
    assert story.waits_for() == ["confirm_score"]


def test_a_reviewer_who_is_not_independent_is_replaced(invited: AssessmentStory) -> None:
    story = invited
    story.turn_to(story.plant)
    story.self_assess(story.owner)
    first, second = story.reviewer("first"), story.reviewer("second")
    asked = {"decision": "recuse", "no_interest": False, "relation": "family", "relation_note": "胞弟任该单位会计"}
    story.do("first_review", first, **asked)
    replaced = story.reviewer("first")
    assert replaced.id not in (first.id, second.id)
    story.hand("second_review", None)
    with pytest.raises(FourEyesError):  # who recused themselves does not come back by the other door
        story.do("second_review", first, **asked)
    story.hand("second_review", second)
    story.review("first")
    story.review("second")
    assert story.waits_for() == ["confirm_score"]


def test_r_asm_evidence_more_may_be_asked_for_once(invited: AssessmentStory) -> None:
    story = invited
    story.turn_to(story.plant)
    story.self_assess(story.owner)
    ask = {"decision": "evidence", "no_interest": True, "request": "请补充十月份设备巡检记录"}
    story.do("first_review", story.reviewer("first"), **ask)
    story.review("second")
    assert story.waits_for() == ["supply_evidence"]
    assert story.open_task("supply_evidence").due_rule == "R-ASM-EVIDENCE"
    given = {"files": [story.photo(story.owner)], "statement": "补充巡检记录一份"}
    outside = story.refused("supply_evidence", story.owner, **given, evidence_on="2026-11-02")
    assert outside == {"evidence_on": ["佐证材料的日期不在考核周期内"]}
    story.do("supply_evidence", story.owner, **given, evidence_on=IN_PERIOD)
    assert story.waits_for() == ["first_review", "second_review"]
    again = story.refused("first_review", story.reviewer("first"), **ask)
    assert again == {"decision": ["只能要求补充一次佐证"]}
    story.review("first")
    story.review("second")
    assert story.waits_for() == ["confirm_score"]


def test_r_asm_evidence_that_does_not_come_is_not_waited_for(invited: AssessmentStory) -> None:
    story = invited
    story.turn_to(story.plant)
    story.self_assess(story.owner)
    ask = {"decision": "evidence", "no_interest": True, "request": "请补充十月份设备巡检记录"}
    story.do("first_review", story.reviewer("first"), **ask)
    story.review("second")
    story.at(11, 21)  # two working days after Wednesday have passed
    assert story.waits_for() == ["first_review", "second_review"]


def test_r_asm_self_who_is_late_gets_the_figures_points_less_a_penalty(invited: AssessmentStory) -> None:
    story = invited
    story.turn_to(story.plant)
    assert local(story.open_task("self_assess").due_at or START) == "2026-11-26 00:00"
    story.at(11, 25, 23, 59)
    assert story.waits_for() == ["self_assess"]
    story.at(11, 26, 0, 0)
    assert story.waits_for() == ["first_review", "second_review"]
    late = story.subject(story.plant)
    assert (late.is_late, late.penalty, late.self_points) == (True, Decimal(2), None)
    assert "assessment.late" in story.told(story.owner)
    story.review("first")
    story.review("second")
    reviewed = story.data("give_provisional")["reviewed"]
    assert story.subject(story.plant).provisional_points == Decimal(str(reviewed)) - 2


def test_r_asm_appeal_silence_is_acceptance(invited: AssessmentStory) -> None:
    story = invited
    story.turn_to(story.plant)
    story.self_assess(story.owner)
    story.review("first")
    story.review("second")
    story.at(11, 23, 23, 59)
    assert story.waits_for() == ["confirm_score"]
    story.at(11, 24, 0, 0)
    assert story.instance().end_element == "subject_closed"


def test_equal_points_share_a_rank(invited: AssessmentStory) -> None:
    story = invited
    offices = [one for one in story.assessed() if story.subject(one).kind == "authority"]
    story.others()
    ranks = [story.subject(one) for one in offices]
    assert ranks[0].peer_group == ranks[1].peer_group == "district"
    same = ranks[0].final_points == ranks[1].final_points
    assert sorted(one.rank or 0 for one in ranks) == ([1, 1] if same else [1, 2])
    assert {one.peers for one in ranks} == {2}


def test_the_same_period_is_assessed_once(invited: AssessmentStory) -> None:
    again = invited.request()
    assert again.end_element == "period_already_assessed"


def test_nobody_to_assess(assessment: AssessmentStory) -> None:
    assert assessment.request(day="2020-01-15").end_element is None  # the authorities were always there


def test_r_asm_close_scores_that_do_not_come_are_closed_by_the_office(invited: AssessmentStory) -> None:
    story = invited
    story.turn_to_cycle()
    story.at(12, 24)  # 25 working days after 18 November
    assert story.waits_for() == ["decide_unfinished"]
    assert story.data("list_unfinished")["count"] == 4
    story.do("decide_unfinished", story.cast.assessor, decision="wait", opinion="个别对象申诉复核尚未结束")
    assert story.waits_for() == []
    story.at(12, 31)
    story.at(12, 31, year=2027)
    story.do("decide_unfinished", story.cast.assessor, decision="close", opinion="已多次催办，按现有得分结束")
    assert story.waits_for() == ["write_analysis"]
    assert all(story.subject(key).final_points is not None for key in story.assessed())


def test_r_asm_close_early_ends_the_cases_that_still_go_on(invited: AssessmentStory) -> None:
    story = invited
    story.turn_to(story.plant)
    story.self_assess(story.owner, {"maintenance": 2})
    story.review("first", {"maintenance": 2})
    story.turn_to_cycle()
    story.at(12, 24)
    story.do("decide_unfinished", story.cast.assessor, decision="close", opinion="已多次催办，按现有得分结束")
    story.work()
    for key in story.assessed():
        story.turn_to(key)
        assert story.instance().state is InstanceState.COMPLETED
        assert story.passed()[-2:] == ["subject_ended", "ended_early"]
    story.turn_to(story.plant)
    assert story.subject(story.plant).final_points == story.subject(story.plant).auto_points
    assert len(story.scores("final")) == len(story.scores("self"))
    assert "assessment.ended_early" in story.told(story.owner)
    assert clean(story)


def test_every_score_names_who_gave_it(invited: AssessmentStory) -> None:
    story = invited
    story.settle(story.plant, story.owner)
    assert {one.scorer_id for one in story.scores("self")} == {story.owner.id}
    first, second = ({one.scorer_id for one in story.scores("review") if one.round == n} for n in ("first", "second"))
    assert len(first) == len(second) == 1 and not first & second
    assert {one.scorer_id for one in story.scores("final")} == {None}
