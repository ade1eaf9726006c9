"""Quarters and years from frozen months, cycles begun by the clock, and deadlines around Golden Week."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from engine.messages import Message
from records.assessments import AssessmentCycle, AssessmentSubject, CycleKind, CycleState, SubjectKind, SubjectState
from records.calendar import CalendarDay
from records.indicators import released_scheme
from records.store import Store
from tests.conftest import START
from tests.factories import CITY, place
from tests.workflows.assessment_story import AssessmentStory
from tests.workflows.story import local

Months = dict[int, dict[str, tuple[float, float]]]  # month → name → points, share of the month


@pytest.fixture
def story(assessment: AssessmentStory) -> AssessmentStory:
    """The city, about to roll up what its months gave."""
    return assessment


def freeze(story: AssessmentStory, months: Months, year: int = 2026) -> None:
    """These months were assessed and frozen."""
    with story.database.unit_of_work() as session:
        store = Store(session, story.clock, story.cast.admin)
        scheme = released_scheme(session)
        for month, points in months.items():
            cycle = AssessmentCycle(
                kind=CycleKind.MONTH, period=f"{year}-{month:02d}", starts_on=date(year, month, 1),
                ends_on=date(year, month, 28), scheme_id=scheme.id, status=CycleState.FROZEN, **place(session, CITY),
            )  # fmt: skip
            store.add(cycle)
            for name, (final, share) in points.items():
                one = AssessmentSubject(
                    cycle_id=cycle.id, kind=SubjectKind.NODE, peer_group="wholesaler", name=name,
                    subject_key=f"KEY{name}",
                    active_days=round(30 * share), share=Decimal(str(share)), final_points=Decimal(str(final)),
                    status=SubjectState.FINAL.value, **place(session),
                )  # fmt: skip
                store.add(one)


def finals(story: AssessmentStory) -> dict[str, float]:
    return {one.name: float(one.final_points or 0) for one in map(story.subject, story.assessed())}


def test_a_quarter_is_the_mean_of_its_frozen_months_weighted_by_the_days_that_one_was_there(
    story: AssessmentStory,
) -> None:
    months: Months = {7: {"甲": (90, 1), "乙": (60, 1)}, 8: {"甲": (80, 1), "乙": (90, 0.5)}, 9: {"甲": (70, 1)}}
    freeze(story, months)
    story.request("quarter", "2026-08-15")
    assert story.waits_for() == ["own_items"]
    assert finals(story) == {"甲": 80.0, "乙": 70.0}  # (60 × 1 + 90 × 0.5) ÷ 1.5
    subjects = {one.name: one for one in map(story.subject, story.assessed())}
    assert subjects["甲"].figures == {"2026-07": 90.0, "2026-08": 80.0, "2026-09": 70.0}
    with story.database.reading() as session:
        for period in ("2026-07", "2026-08", "2026-09"):  # no month was scored again
            cycle = session.query(AssessmentCycle).filter_by(period=period).one()
            assert cycle.version == 1
            assert all(one.version == 1 for one in session.query(AssessmentSubject).filter_by(cycle_id=cycle.id))


def test_own_items_are_added_within_their_limit(story: AssessmentStory) -> None:
    freeze(story, {month: {"甲": (90, 1), "乙": (99, 1)} for month in (7, 8, 9)})
    story.request("quarter", "2026-08-15")
    ids = {one.name: one.id for one in map(story.subject, story.assessed())}
    refused = story.refused(
        "own_items", story.cast.assessor,
        items=[{"subject": ids["甲"], "points": p, "reason": "全市演练表现突出"} for p in (3, 3)],
    )  # fmt: skip
    assert refused == {"items": ["同一对象的加减分合计超过上限"]}
    items = [
        {"subject": ids["甲"], "points": -4, "reason": "被省局通报批评一次"},
        {"subject": ids["乙"], "points": 5, "reason": "全市演练表现突出"},
    ]
    story.do("own_items", story.cast.assessor, items=items)
    assert finals(story) == {"甲": 86.0, "乙": 100.0}  # never above 100
    grades = {one.name: (one.grade, one.rank) for one in map(story.subject, story.assessed())}
    assert grades == {"甲": ("good", 2), "乙": ("excellent", 1)}
    story.analyse()
    assert story.instance().end_element == "assessment_closed"
    assert story.cycle().status == CycleState.FROZEN
    assert story.case_of("assessment_subject") == []


def test_a_year_wants_more_of_the_excellent(story: AssessmentStory) -> None:
    freeze(story, {month: {"甲": (91, 1), "乙": (92, 1)} for month in range(1, 13)}, year=2025)
    story.request("year", "2025-06-01")
    story.do("own_items", story.cast.assessor, items=[])
    assert {one.name: one.grade for one in map(story.subject, story.assessed())} == {"甲": "good", "乙": "excellent"}
    assert story.data("rollup")["own_limit"] == 10


def test_a_quarter_waits_for_its_months(story: AssessmentStory) -> None:
    freeze(story, {7: {"甲": (90, 1)}, 8: {"甲": (80, 1)}})
    story.at(10, 1, 0, 40)  # a quarter begun by hand on the first day
    story.request("quarter", "2026-08-15")
    assert story.data("check_months")["missing"] == ["2026-09"]
    assert story.waits_for() == []
    freeze(story, {9: {"甲": (70, 1)}})
    with story.database.unit_of_work() as session:
        story.engine.broadcast(session, Message("assessment_frozen"), story.cast.admin)
    story.work()
    assert story.waits_for() == ["own_items"]


def test_r_asm_rollup_months_that_never_come_are_for_a_manager_to_decide(story: AssessmentStory) -> None:
    freeze(story, {7: {"甲": (90, 1)}})
    story.at(10, 8)
    story.request("quarter", "2026-08-15")
    story.at(11, 18)  # 30 working days after 30 September, Golden Week left out
    assert story.waits_for() == ["decide_missing"]
    story.do("decide_missing", story.cast.superior, decision="proceed", opinion="八月九月系统改造未考核，按七月计")
    assert story.waits_for() == ["own_items"]
    assert finals(story) == {"甲": 90.0}


def test_a_period_without_months_is_given_up_and_may_be_taken_up_again(story: AssessmentStory) -> None:
    story.request("quarter", "2026-08-15")
    story.work()
    assert story.waits_for() == ["decide_missing"]
    refused = story.refused("decide_missing", story.cast.superior, decision="proceed", opinion="按现有月份汇总本季度")
    assert refused == {"decision": ["一个月的结果都没有，不能汇总"]}
    story.do("decide_missing", story.cast.superior, decision="abandon", opinion="本季度未开展月度考核")
    assert story.instance().end_element == "cycle_abandoned"
    assert story.request("quarter", "2026-08-15").end_element is None


def test_the_month_and_year_before_stand_beside_each_score(story: AssessmentStory) -> None:
    freeze(story, {month: {"甲": (80, 1)} for month in (4, 5, 6)})
    for quarter_day in ("2026-05-01",):
        story.request("quarter", quarter_day)
        story.do("own_items", story.cast.assessor, items=[])
        story.analyse()
    freeze(story, {month: {"甲": (90, 1)} for month in (7, 8, 9)})
    story.request("quarter", "2026-08-01")
    story.do("own_items", story.cast.assessor, items=[])
    (one,) = [story.subject(key) for key in story.assessed()]
    assert (one.previous_points, one.final_points, one.year_ago_points) == (Decimal(80), Decimal(90), None)
    assert "上升 10.0 分" in story.data("rank_subjects")["draft"]


# -- the clock ------------------------------------------------------------------------------------------------------


def test_cycles_begin_by_the_clock_and_missed_ones_count_as_one(story: AssessmentStory) -> None:
    story.at(12, 1, 0, 29)
    assert story.case_of("assessment") == []
    story.at(12, 1, 0, 30)
    (november,) = story.case_of("assessment")
    assert november.title == "月度考核 · 2026年11月"
    assert november.region_code == CITY
    story.at(3, 20, year=2027)  # nobody worked for three and a half months
    titles = [case.title for case in story.case_of("assessment")]
    assert sorted(titles) == sorted(
        ["月度考核 · 2026年11月", "月度考核 · 2027年2月", "季度考核 · 2026年第4季度", "年度考核 · 2026年度"]
    )


@pytest.mark.parametrize(
    ("month", "lock"),
    [
        (9, "2026-10-11 00:00"),  # after Golden Week: Thursday 8, Friday 9, and Saturday 10, a make-up day
        (10, "2026-11-05 00:00"),
    ],
)
def test_r_asm_lock_three_working_days_after_the_period(story: AssessmentStory, month: int, lock: str) -> None:
    story.request(day=f"2026-{month:02d}-15")
    assert local(datetime.fromisoformat(story.data("open_cycle")["data_lock_at"])) == lock


def test_r_asm_lock_nothing_is_counted_before_the_data_are_locked(story: AssessmentStory) -> None:
    story.at(12, 1, 0, 30)
    assert story.sent("assessment_invited") == []
    story.at(12, 3, 23, 59)
    assert story.sent("assessment_invited") == []
    story.at(12, 4, 0, 0)  # Tuesday, Wednesday and Thursday have passed
    assert len(story.sent("assessment_invited")) == 4


def test_r_asm_self_a_make_up_day_counts_and_a_holiday_does_not(story: AssessmentStory) -> None:
    with story.database.unit_of_work() as session:
        store = Store(session, story.clock, story.cast.admin)
        store.add(CalendarDay(day=date(2026, 11, 20), is_working=False, name="本地放假", region_code=None))
        store.add(CalendarDay(day=date(2026, 11, 22), is_working=True, name="调休上班", region_code=None))
    story.invite()
    story.turn_to(story.cast.business.establishment_id or "")
    due = story.open_task("self_assess")
    assert (due.due_rule, local(due.due_at or START)) == ("R-ASM-SELF", "2026-11-26 00:00")  # 19, 22, 23, 24, 25
