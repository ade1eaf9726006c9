"""Vetoes, what forms refuse, and what follows a low grade."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.invariants import check_invariants
from records.assessments import AssessmentImprovement
from records.errors import InvalidAnswersError
from records.inspections import Rectification, Talk
from records.verification import verify_store
from tests.conftest import START
from tests.workflows.assessment_story import IN_PERIOD, AssessmentStory
from tests.workflows.story import local


def clean(story: AssessmentStory) -> bool:
    with story.database.reading() as session:
        return list(check_invariants(session)) == [] and list(verify_store(session)) == []


FAKED: dict[str, Any] = {"veto": "veto_fabrication", "veto_reason": "十月份检测记录系事后编造，查证属实"}


def test_a_veto_that_two_assert_makes_the_score_nought_and_takes_the_rank(invited: AssessmentStory) -> None:
    story = invited
    story.turn_to(story.plant)
    story.self_assess(story.owner)
    for which in ("first", "second"):
        story.review(which, **FAKED, veto_evidence=[story.photo(story.cast.assessor)])
    vetoed = story.subject(story.plant)
    assert (vetoed.provisional_points, vetoed.veto) == (Decimal(0), "veto_fabrication")
    story.do("confirm_score", story.owner, decision="accept")
    story.others(story.plant)
    story.turn_to_cycle()
    ranked = story.subject(story.plant)
    assert (ranked.final_points, ranked.rank, ranked.grade) == (Decimal(0), None, "failed")
    assert story.data("rank_subjects")["vetoed"] == 1


def test_a_veto_that_one_asserts_is_for_a_third_to_decide(invited: AssessmentStory) -> None:
    story = invited
    story.turn_to(story.plant)
    story.self_assess(story.owner)
    story.review("first", **FAKED, veto_evidence=[story.photo(story.cast.assessor)])
    story.review("second")
    assert story.waits_for() == ["third_review"]
    story.review("third")
    assert story.subject(story.plant).veto is None


def test_the_appeal_panel_may_lift_a_veto(invited: AssessmentStory) -> None:
    story = invited
    story.turn_to(story.plant)
    story.self_assess(story.owner)
    for which in ("first", "second"):
        story.review(which, **FAKED, veto_evidence=[story.photo(story.cast.assessor)])
    story.do("confirm_score", story.owner, decision="appeal", reason="检测记录有原始数据，并非编造")
    rows = [{"code": row["code"], "points": row["points"]} for row in story.data("give_provisional")["rows"]]
    signed = story.photo(story.cast.superior)
    story.do(
        "appeal_panel",
        story.cast.superior,
        items=rows,
        veto="lift",
        opinion="原始记录属实，撤销一票否决",
        signature=signed,
    )
    lifted = story.subject(story.plant)
    assert lifted.veto is None and lifted.final_points is not None and lifted.final_points > 0


# -- what forms refuse -----------------------------------------------------------------------------------------------


def test_bad_self_assessments_are_refused(invited: AssessmentStory) -> None:
    story = invited
    story.turn_to(story.plant)
    asked = {row["code"]: row for row in story.data("open_subject")["rows"]}
    proof = {"evidence": [story.photo(story.owner)], "evidence_on": IN_PERIOD}

    def refusal(**change: object) -> dict[str, list[str]]:
        items = [
            row | {"note": "凭证缺失"} | (proof if asked[row["code"]]["needs_evidence"] else {}) for row in story.rows()
        ]
        place = next(n for n, row in enumerate(items) if row["code"] == "maintenance")
        items[place] |= change
        return story.refused("self_assess", story.owner, items=items, is_true=True)

    assert refusal(points=3) == {"items": ["自评得分不能超过满分"]}
    assert refusal(points=1.3) == {"items": ["得分以0.5分为一档"]}
    assert refusal(evidence_on="2026-09-30") == {"items": ["佐证材料的日期不在考核周期内"]}
    assert [key.rsplit(".", 1)[1] for key in refusal(points=1, note="")] == ["note"]
    assert [key.rsplit(".", 1)[1] for key in refusal(evidence=[], evidence_on=None)] == ["evidence"]


def test_r_asm_deviation_a_score_far_from_the_self_assessment_needs_a_reason(invited: AssessmentStory) -> None:
    story = invited
    story.turn_to(story.plant)
    story.self_assess(story.owner, {"maintenance": 2})
    items = story.rows({"maintenance": 1.5})
    refused = story.refused(
        "first_review", story.reviewer("first"), decision="score", no_interest=True, items=items, veto="none"
    )
    assert [key.rsplit(".", 1)[1] for key in refused] == ["note"]


def test_a_period_that_has_not_ended_is_refused(assessment: AssessmentStory) -> None:
    with pytest.raises(InvalidAnswersError) as refused:
        assessment.request(day="2026-11-05")
    assert refused.value.errors == {"any_day": ["该周期尚未结束，不能考核"]}


# -- what follows a low grade ----------------------------------------------------------------------------------------


@pytest.fixture
def failed(invited: AssessmentStory) -> AssessmentStory:
    """The wholesaler failed in October; its improvement has begun."""
    story = invited
    nought = {row: 0.0 for row in codes(story)}
    story.settle(story.plant, story.owner, nought)
    story.others(story.plant)
    story.analyse()
    (case,) = [one for one in story.case_of("assessment_improvement") if one.establishment_id == story.plant]
    story.case = case.id
    return story


def codes(story: AssessmentStory) -> list[str]:
    story.turn_to(story.plant)
    return [row["code"] for row in story.data("open_subject")["rows"]]


def test_a_plan_is_answered_and_accepted_or_comes_back(failed: AssessmentStory) -> None:
    story = failed
    assert story.data("propose_measure") == "rectification"
    plan = {"measure": "plan", "requirement": "逐项改进失分指标，十日内报告"}
    assert "why" in story.refused("choose_measure", story.cast.assessor, **plan)
    story.do("choose_measure", story.cast.assessor, **plan, why="首次不合格且已主动整改")
    assert story.open_task("submit_improvement").due_rule == "R-ASM-IMPROVE"
    for verdict in ("no", "yes"):
        story.do(
            "submit_improvement", story.owner, cause="专人离岗后无人上传凭证", action="已指定两名专人每日上传",
            done_on="2026-11-18", files=[story.photo(story.owner)],
        )  # fmt: skip
        story.do("accept_improvement", story.cast.assessor, accepted=verdict, opinion="逐项核对完毕")
    assert story.instance().end_element == "improvement_closed"
    (kept,) = story._all(AssessmentImprovement)
    assert (kept.measure, kept.cause) == ("plan", "专人离岗后无人上传凭证")
    assert story.subject(story.plant).measure == "plan"


def test_r_asm_improve_overdue_a_plan_that_does_not_come_becomes_a_talk(failed: AssessmentStory) -> None:
    story = failed
    plan = {"measure": "plan", "requirement": "逐项改进失分指标，十日内报告", "why": "首次不合格且已主动整改"}
    story.do("choose_measure", story.cast.assessor, **plan)
    task = story.open_task("submit_improvement")
    assert (task.due_rule, local(task.due_at or START)) == ("R-ASM-IMPROVE", "2026-12-17 00:00")
    story.at(12, 17, 0, 0)
    assert "reminder" in story.told(story.owner)
    story.at(12, 21, 23, 59)
    assert story.waits_for() == ["submit_improvement"]  # Thursday, Friday and Monday are of grace
    story.at(12, 22, 0, 0)
    assert story.waits_for() == ["improvement_talk"]
    story.do(
        "improvement_talk", story.cast.superior, held_at=story.moment(), place="市局三楼会议室", attendee="陈桂英",
        matters="逾期未提交改进情况，当面提出要求", commitment="五日内提交改进情况",
        signature=story.photo(story.cast.superior),
    )  # fmt: skip
    assert story.instance().end_element == "improvement_closed"
    (kept,) = story._all(AssessmentImprovement)
    assert (kept.measure, kept.status) == ("talk", "overdue")
    assert "assessment.improvement_late" in story.told(story.owner)
    assert story.subject(story.plant).measure == "talk"
    assert clean(story)


def test_a_business_may_be_ordered_to_correct(failed: AssessmentStory) -> None:
    story = failed
    story.do(
        "choose_measure",
        story.cast.assessor,
        measure="rectification",
        requirement="逐项改进失分指标，限期整改",
        days=10,
    )
    assert story.waits_for() == ["submit_rectification"]
    (order,) = story._all(Rectification)
    assert (order.days, order.establishment_id) == (10, story.plant)
    story.submit()
    story.review_business("yes")
    assert story.instance().end_element == "improvement_closed"


def test_a_manager_talks_to_the_head(failed: AssessmentStory) -> None:
    story = failed
    story.do(
        "choose_measure",
        story.cast.assessor,
        measure="talk",
        requirement="约谈主要负责人，当面提出要求",
        why="情节较重",
    )
    story.do(
        "improvement_talk", story.cast.superior, held_at=story.moment(), place="市局三楼会议室", attendee="陈桂英",
        matters="追溯信息上报长期不及时不完整", commitment="一个月内恢复正常上报",
        signature=story.photo(story.cast.superior),
    )  # fmt: skip
    assert story.instance().end_element == "improvement_closed"
    (talk,) = story._all(Talk)
    assert talk.attendee == "陈桂英"
    assert clean(story)
