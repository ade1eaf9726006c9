"""A recall, told path by path: all comes back, nobody plans, someone is silent, too little, too late, a drill."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from engine.engine import Engine
from engine.model import InstanceState, Job, JobKind
from records.blobs import BlobStore
from records.clock import ZONE, FixedClock
from records.db import Database
from records.errors import InvalidAnswersError
from records.lots import LotState
from records.recalls import RecallClass
from records.trace_events import TraceEvent
from records.trace_words import BusinessStep
from tests.factories import Cast
from tests.workflows.recall_story import PLAN, RecallStory
from tests.workflows.story import local

SERIOUS = {"hazard": "microbial", "ill": 3, "severe": 1, "dead": 0}


@pytest.fixture
def story(database: Database, engine: Engine, clock: FixedClock, cast: Cast, blobs: BlobStore) -> RecallStory:
    clock.advance(hours=2)
    told = RecallStory(database, engine, clock, cast, blobs)
    told.prepare(**SERIOUS)
    return told


def test_everything_comes_back_and_is_destroyed_before_witnesses(story: RecallStory) -> None:
    story.until_answers()
    assert story.lot().state is LotState.RECALLED
    recall = story.recall()
    assert recall.recall_class is RecallClass.FIRST
    assert (recall.quantity_produced, recall.quantity_quarantined, recall.quantity_returned) == (90, 20, 50)
    assert (recall.quantity_sold, recall.quantity_unaccounted, recall.recovery, recall.unreached) == (20, 0, 100, 0)
    assert recall.reached_80_at is not None
    assert story.holders() == {"乙粉厂": "answered", "丙批发": "answered", "丁粉店": "visited"}
    story.confirm_effect()
    story.dispose()
    assert story.lot().state is LotState.DESTROYED
    assert story.disposal().status == "done"
    story.sum_up()
    story.judge()
    assert story.instance().state is InstanceState.COMPLETED
    assert story.recall().status == "closed"
    assert story.recall().quantity_destroyed == 70
    assert story.documents() == ["recall_disposal", "recall_plan", "recall_summary"]
    assert {"request_notice", "recall_closed"} <= set(story.passed())


def test_the_public_is_told_by_message_with_the_approved_text(story: RecallStory) -> None:
    story.begin()
    story.plan()
    story.approve_plan()
    with story.database.reading() as session:
        thrown = session.scalars(select(Job).where(Job.kind == JobKind.MESSAGE)).one()
    told = thrown.payload["content"]
    assert (thrown.payload["name"], told["kind"], told["is_public"]) == ("announcement_requested", "recall", True)
    assert told["title"] == "关于召回干米粉的公告"
    assert told["body"].startswith("请消费者停止食用")
    assert told["facts"]["批次"] == "粉-1（90 kg）"
    assert told["source_case_no"] == story.instance().business_key


def test_r_rec_01_without_a_plan_in_24_hours_the_authority_orders_the_recall(story: RecallStory) -> None:
    story.begin()
    story.clock.advance(hours=23, minutes=59)
    story.fire_due()
    assert story.waits_for() == ["recall_plan"]
    story.clock.advance(minutes=1)
    story.fire_due()
    assert story.waits_for() == ["order_recall"]
    story.do("order_recall", story.cast.lead, order_text="立即停止销售并召回粉-1批次", hours=6)
    assert story.recall().is_ordered
    assert story.documents() == ["recall_order"]
    assert story.open_task("recall_plan").due_at == story.clock.now() + timedelta(hours=6)
    story.plan()
    assert story.waits_for() == ["review_plan"]


def test_r_rec_order_times_who_is_ordered_and_still_does_not_recall_is_called_in_and_the_authority_plans(
    story: RecallStory,
) -> None:
    story.begin()
    story.clock.advance(hours=24)
    story.fire_due()
    story.do("order_recall", story.cast.lead, order_text="立即停止销售并召回粉-1批次", hours=6)
    story.clock.advance(hours=6)
    story.fire_due()
    assert story.waits_for() == ["refusal_talk"]  # not ordered again and again
    story.do(
        "refusal_talk", story.cast.lead, held_at=story.moment(), place="局二楼约谈室", attendee="乙老板（负责人）",
        matters="责令召回后仍不提交召回计划，告知法律责任。", commitment="表示不组织召回",
    )  # fmt: skip
    assert story.credit() == [("recall_refused", -20), ("talk", 0)]
    [reported] = story.thrown("problem_reported")
    assert (reported["source_record_id"], reported["hazard"]) == (story.recall().id, "microbial")
    assert "涉嫌拒不召回" in reported["summary"]
    assert reported["lot_ids"] == [story.chain.noodles.id]
    assert story.waits_for() == ["authority_plan"]
    written = PLAN | {"finish_by": story.moment(days=5)[:10], "responsible": "韦检"}
    written.pop("stopped")
    story.do("authority_plan", story.cast.lead, **written)
    story.do("review_plan", story.cast.manager, decision="return", opinion="召回范围请写明下游三家")
    assert story.waits_for() == ["authority_plan"]
    story.do("authority_plan", story.cast.lead, **written)
    story.approve_plan()
    assert (story.recall().is_by_authority, story.recall().status) == (True, "announced")
    assert "consignee_response" in story.waits_for()


AUTUMN = datetime(2026, 9, 24, 11, tzinfo=ZONE)  # Thursday; then Mid-Autumn, the weekend, Golden Week from 1 October
GENERAL, LABEL = {"hazard": "foreign", "ill": 0}, {"hazard": "label", "ill": 0}
Begun = Callable[[Mapping[str, object], datetime], RecallStory]


@pytest.fixture
def begun(database: Database, engine: Engine, clock: FixedClock, cast: Cast, blobs: BlobStore) -> Begun:
    """A recall that begins at a moment."""

    def begin(told: Mapping[str, object], at: datetime) -> RecallStory:
        clock.move_to(at)
        story = RecallStory(database, engine, clock, cast, blobs)
        story.prepare(**told)
        story.begin()
        return story

    return begin


@pytest.mark.parametrize(
    ("code", "told", "due"),
    [
        # 29, 30 September; 8, 9, 10 (a Saturday worked), 12 to 16 October; then Monday to Friday
        ("R-REC-01-FINISH", SERIOUS, "2026-10-17 00:00"),
        ("R-REC-02-FINISH", GENERAL, "2026-10-31 00:00"),
        ("R-REC-03-FINISH", LABEL, "2026-11-14 00:00"),
    ],
)
def test_r_rec_finish_runs_from_the_publication_of_the_notice_over_golden_week(
    begun: Begun, code: str, told: Mapping[str, object], due: str
) -> None:
    story = begun(told, AUTUMN)
    story.plan()
    story.approve_plan()
    provisional = story.recall().finish_due_at
    assert story.recall().announced_at is None and provisional is not None
    story.clock.move_to(datetime(2026, 9, 28, 15, tzinfo=ZONE))
    story.publish()
    recall = story.recall()
    assert recall.announced_at == story.clock.now()
    assert recall.finish_due_at is not None and recall.finish_due_at > provisional
    assert local(recall.finish_due_at) == due, code
    story.clock.advance(days=1)
    story.publish()  # the notice of a wider recall does not begin the time anew
    assert local(story.recall().finish_due_at or AUTUMN) == due


@pytest.mark.parametrize(
    ("code", "told", "due"),
    [
        ("R-REC-01-START", SERIOUS, "2026-10-01 11:00"),
        ("R-REC-02-START", GENERAL, "2026-10-02 11:00"),
        ("R-REC-03-START", LABEL, "2026-10-03 11:00"),
    ],
)
def test_r_rec_start_is_counted_in_hours_that_no_holiday_stops(
    begun: Begun, code: str, told: Mapping[str, object], due: str
) -> None:
    story = begun(told, datetime(2026, 9, 30, 11, tzinfo=ZONE))
    task = story.open_task("recall_plan")
    assert (task.due_rule, local(task.due_at or AUTUMN)) == (code, due)


def test_r_rec_01_finish_a_summary_is_late_only_after_the_time_that_the_publication_began(begun: Begun) -> None:
    story = begun(SERIOUS, AUTUMN)
    story.plan()
    story.approve_plan()
    story.clock.move_to(datetime(2026, 9, 28, 15, tzinfo=ZONE))
    story.answer(story.plant, sold=10)
    story.answer(story.wholesaler, sold=50)
    story.visit(sold=30)
    story.confirm_effect()
    story.publish()
    story.fire_due()
    assert local(story.open_task("recall_summary").due_at or AUTUMN) == "2026-10-17 00:00"
    story.clock.move_to(datetime(2026, 10, 16, 23, 59, tzinfo=ZONE))
    story.fire_due()
    assert "recall.late" not in story.told(story.cast.manager)
    story.clock.move_to(datetime(2026, 10, 17, 0, 0, tzinfo=ZONE))
    story.fire_due()
    assert "recall.late" in story.told(story.cast.manager)


def test_a_notice_that_is_refused_is_told_to_the_lead_and_the_clock_stays(story: RecallStory) -> None:
    story.begin()
    story.plan()
    story.approve_plan()
    before = story.recall().finish_due_at
    story.publish("announcement_closed_unpublished", reason="文字有误")
    assert "recall.notice_refused" in story.told(story.cast.lead)
    assert (story.recall().finish_due_at, story.recall().announced_at) == (before, None)


def test_a_plan_that_says_too_little_goes_back(story: RecallStory) -> None:
    story.begin()
    story.plan(quantity=50)
    errors = story.refused("review_plan", story.cast.manager, decision="approve")
    assert "少于追溯到的生产数量" in errors["decision"][0]
    story.do("review_plan", story.cast.manager, decision="return", opinion="数量与追溯记录不符，请核对")
    assert story.open_task("recall_plan").due_at == story.recall().opened_at + timedelta(hours=24)
    story.plan()
    story.approve_plan()
    assert "consignee_response" in story.waits_for()


def test_r_rec_08_a_plan_lacks_nothing_that_the_law_asks_for(story: RecallStory) -> None:
    story.begin()
    errors = story.refused("recall_plan", story.plant)
    assert set(errors) >= {
        "responsible", "contact", "contact_phone", "scope_text", "hazard_text", "procedure", "finish_by",
        "media_text", "disposal_plan", "loss_forecast", "stopped",
    }  # fmt: skip
    late = story.moment(days=60)[:10]
    assert "法定完成期限" in story.refused("recall_plan", story.plant, **_plan(late))["finish_by"][0]


def test_a_holder_that_stays_silent_is_reminded_then_visited_and_the_lead_learns_of_it(story: RecallStory) -> None:
    story.begin()
    story.plan()
    story.approve_plan()
    story.answer(story.plant, quarantined=10)
    for _hours in range(3):
        story.clock.advance(hours=4)
        story.fire_due()
    story.clock.advance(hours=2)
    story.fire_due()
    assert story.waits_for() == ["visit_consignee", "visit_consignee"]
    assert "recall.unreached" in story.told(story.cast.lead)
    assert story.told(story.wholesaler).count("recall.reminder") == 3


def test_more_than_was_received_needs_a_reason_and_nothing_is_less_than_none(story: RecallStory) -> None:
    story.begin()
    story.plan()
    story.approve_plan()
    told = {"notified_at": story.moment(), "answered_by": "乙老板", "stopped": True}
    line = {"code": "粉-1", "on_hand": 50, "quarantined": 10, "sold": 0, "returned": 0}
    for quantities, field in ((line, "difference_reason"), (line | {"on_hand": -1}, "on_hand")):
        errors = _refused_of(story, lines=[quantities], **told)
        assert any(place.startswith("lines.0") and place.endswith(field) for place in errors), errors
    story.answer(story.plant, on_hand=50, difference_reason="退回的货物已计入库存")


def test_too_little_goes_on_with_those_who_still_have_goods(story: RecallStory) -> None:
    story.begin()
    story.plan()
    story.approve_plan()
    story.answer(story.plant, quarantined=10)
    story.answer(story.wholesaler, on_hand=50)
    story.visit(sold=20, quarantined=10)
    assert story.recall().recovery < 95
    story.confirm_effect("continue")
    assert story.waits_for() == ["consignee_response"]
    story.answer(story.wholesaler, returned=50)
    assert story.recall().recovery == 100
    assert story.waits_for() == ["confirm_effectiveness"]


def test_r_rec_10_too_many_unreached_widens_the_recall(story: RecallStory) -> None:
    story.begin()
    story.plan()
    story.approve_plan()
    story.answer(story.plant, quarantined=10)
    story.answer(story.wholesaler, returned=50)
    story.visit("unreached")
    errors = story.refused("confirm_effectiveness", story.cast.lead, decision="close")
    assert "reason" in errors
    with story.database.unit_of_work() as session:
        story.chain.store.session = session
        story.chain.store.clock = story.clock
        other = story.chain.business("戊粉店", story.chain.shop.kind)
        story.chain.move(story.lot_in(session), story.chain.wholesaler, other, 5)
    story.confirm_effect("extend")
    assert set(story.holders()) == {"乙粉厂", "丙批发", "丁粉店", "戊粉店"}
    assert story.passed().count("request_notice") == 2


def test_an_ineffective_recall_is_widened(story: RecallStory) -> None:
    story.until_answers()
    story.confirm_effect()
    story.dispose()
    story.sum_up()
    story.judge("ineffective")
    assert "extend_scope" in story.passed()
    assert story.recall().round == 2


def test_nothing_to_destroy_goes_to_the_summary(story: RecallStory) -> None:
    story.begin()
    story.plan()
    story.approve_plan()
    story.answer(story.plant, sold=10)
    story.answer(story.wholesaler, sold=50)
    story.visit(sold=30)
    story.confirm_effect()
    assert story.waits_for() == ["recall_summary"]


def test_r_rec_06_the_disposal_is_told_beforehand_and_seen_by_two(story: RecallStory) -> None:
    story.until_answers()
    story.confirm_effect()
    told = {
        "planned_at": story.moment(hours=-1), "place": "城南焚烧厂", "method": "relabel", "organiser": "城南环保公司",
        "lines": [{"code": "粉-1", "planned": 71}],
    }  # fmt: skip
    errors = story.refused("report_disposal", story.plant, **told)
    assert {"planned_at", "method", "lines"} <= set(errors)
    story.do(
        "report_disposal", story.plant, **(told | {"planned_at": story.moment(hours=1), "method": "harmless"}
        | {"lines": [{"code": "粉-1", "planned": 70}]}),
    )  # fmt: skip
    story.clock.advance(hours=1)
    alone = story.refused(
        "witness_disposal", story.cast.inspector, done_at=story.moment(), actual_place="别处",
        witnesses=[{"name": "韦检", "office": "市场监管局"}], lines=[{"code": "粉-1", "weighed": 60}],
    )  # fmt: skip
    assert {"witnesses", "difference_reason", "video", "photos"} <= set(alone)


def test_r_rec_01_a_summary_after_ten_working_days_is_late_and_told_to_the_manager(story: RecallStory) -> None:
    story.until_answers()
    story.confirm_effect()
    story.dispose()
    recall = story.recall()
    assert recall.finish_due_at is not None
    story.clock.advance(seconds=(recall.finish_due_at - story.clock.now()).total_seconds() + 1)
    story.fire_due()
    assert "recall.late" in story.told(story.cast.manager)
    assert story.waits_for() == ["recall_summary"]


def test_r_rec_04_the_interim_report_is_written_twice_a_day(story: RecallStory) -> None:
    story.begin()
    story.plan()
    story.approve_plan()
    story.clock.advance(hours=12)
    story.fire_due()
    assert "recall_progress" in story.documents()


def test_a_drill_leaves_the_lot_as_it_is_and_asks_nobody_who_takes_no_part(story: RecallStory) -> None:
    story.begin(is_drill=True)
    story.plan()
    story.approve_plan()
    assert story.instance().title.startswith("【演练】")
    assert story.lot().state is LotState.ACTIVE
    assert [each.state for each in story.scope()] == ["recalled"]
    assert story.waits_for() == ["visit_consignee"] * 3
    assert story.told(story.wholesaler) == []
    with story.database.reading() as session:
        events = session.scalars(select(TraceEvent).where(TraceEvent.business_step == BusinessStep.HOLDING)).all()
        assert all(event.is_drill for event in events)


def _plan(finish_by: str) -> dict[str, object]:
    return PLAN | {"finish_by": finish_by}


def _refused_of(story: RecallStory, **answers: object) -> dict[str, list[str]]:
    with pytest.raises(InvalidAnswersError) as refusal:
        story.do_of(story.plant, "consignee_response", **answers)
    return refusal.value.errors
