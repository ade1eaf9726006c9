"""An emergency, path by path: real and controlled, grave, recalled, inquired into; a drill from design to archive."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.engine import Engine
from engine.messages import Message
from engine.model import InstanceState, Job, JobKind, JobState
from records.blobs import BlobStore
from records.clock import FixedClock
from records.db import Database
from records.drills import PlanVersion
from records.journal import JournalEntry
from records.lots import LotState
from tests.factories import Cast
from tests.workflows.emergency_story import AGENCIES, REPORTS, TEXT, EmergencyStory

ACKS = sorted(f"ack_{agency}" for agency in AGENCIES)


@pytest.fixture
def story(database: Database, engine: Engine, clock: FixedClock, cast: Cast, blobs: BlobStore) -> EmergencyStory:
    clock.advance(hours=2)
    told = EmergencyStory(database, engine, clock, cast, blobs)
    told.prepare()
    told.keep_plan()
    return told


def test_a_real_emergency_is_reported_graded_acted_upon_and_ended(story: EmergencyStory) -> None:
    story.begin_real()
    assert story.waits_for() == ["initial_report"]
    story.report_first()
    assert story.waits_for() == sorted([*ACKS, "confirm_grade"])
    assert story.documents() == ["accident_initial"]
    story.acknowledge()
    event = story.event()
    assert event.acknowledged_at is not None
    assert event.traced_at is not None
    story.grade()
    story.activate()
    story.report()
    story.review_situation()
    assert {each.status for each in story.actions().values()} == {"done"}
    assert story.waits_for() == ["terminate_response"]
    story.terminate()
    assert story.course() == ["initial", "progress", "final"]
    assert story.documents() == ["accident_final", "accident_initial", "accident_progress"]
    review = {"review": "初报及时，封存彻底，流调细致", "compensation": "医疗费由企业承担", "decision": "none"}
    story.do("review_response", story.cast.manager, **review)
    assert story.instance().state is InstanceState.COMPLETED
    assert not story.instance().title.startswith("【演练】")


def test_a_message_of_a_problem_begins_a_real_emergency(story: EmergencyStory) -> None:
    told = {
        "mode": "real", "summary": "检出致病菌且已有人发病", "region_code": "450203", "place": "食堂", "event_at": None,
        "product_name": "干米粉", "lot_ids": [story.chain.noodles.id], "establishment_id": story.chain.plant.id,
        "hazard": "chemical",
        "ill": 3, "severe": 0, "dead": 0, "source_case_no": "问-450203-20261118-001",
    }  # fmt: skip
    with story.database.unit_of_work() as session:
        receipt = story.engine.correlate(session, Message("emergency_reported", payload=told), story.cast.admin)
        story.case = receipt.process_instance_id or ""
    event = story.event()
    assert (event.ill, event.source_case_no, event.lot_ids) == (3, told["source_case_no"], told["lot_ids"])
    errors = story.refused("initial_report", story.cast.coordinator, ill=2, severe=0, dead=0)
    assert "correction_reason" in errors
    story.until_controlled(recall="yes")
    assert story.recall().hazard == "chemical"  # the problem's, not every emergency's


def test_disease_control_finds_what_the_recalled_food_endangers_people_with(story: EmergencyStory) -> None:
    story.begin_real(severe=0)
    story.report_first(severe=0)
    story.acknowledge()
    story.grade()
    story.activate()
    assert story.event().hazard is None
    story.report("cdc", hazard="spoiled")
    assert story.event().hazard == "spoiled"
    story.report("regulation", "health", "police", "information", "logistics")
    story.review_situation(severe=0, recall="yes")
    assert (story.recall().hazard, story.recall().recall_class) == ("spoiled", "II")


def test_r_emg_02_after_two_hours_without_a_report_the_manager_knows(story: EmergencyStory) -> None:
    story.begin_real()
    story.clock.advance(hours=2)
    story.fire_due()
    assert "emergency.late_report" in story.told(story.cast.manager)
    assert story.waits_for() == ["initial_report"]


def test_r_emg_ack_ten_minutes_without_an_answer_call_the_next_and_then_the_coordinator(story: EmergencyStory) -> None:
    story.begin_real()
    story.report_first(agencies=["police"])
    assert story.open_task("ack_police").assignee_id == story.cast.police.id
    story.clock.advance(minutes=10)
    story.fire_due()
    assert sorted(story.waits_for()) == ["confirm_grade", "reach_agency"]
    assert "emergency.escalated" in story.told(story.cast.coordinator)
    course = "电话联系公安分局指挥中心，值班长确认出警"
    story.do("reach_agency", story.cast.coordinator, outcome="reached", by="石警", course=course)
    assert "report_police" in story.waits_for()


def test_inspectors_are_called_one_after_the_other(story: EmergencyStory) -> None:
    story.begin_real()
    story.report_first(agencies=["regulation"])
    first = story.open_task("ack_regulation").assignee_id
    story.clock.advance(minutes=10)
    story.fire_due()
    assert story.open_task("ack_regulation").assignee_id != first
    story.acknowledge("regulation")
    assert story.actions()["regulation"].contacts_tried == 1


def test_an_agency_that_cannot_be_reached_does_not_stop_the_others(story: EmergencyStory) -> None:
    story.begin_real()
    story.report_first(agencies=["police"])
    story.clock.advance(minutes=10)
    story.fire_due()
    story.do("reach_agency", story.cast.coordinator, outcome="unreachable", course="三次致电均无人接听，改由派出所出警")
    assert story.actions()["police"].status == "unreachable"
    story.grade()
    story.activate()
    story.review_situation()
    assert story.waits_for() == ["terminate_response"]


def test_r_emg_01_a_grade_other_than_the_proposed_needs_a_reason_and_a_grave_one_goes_upwards(
    story: EmergencyStory,
) -> None:
    story.begin_real()
    story.report_first(agencies=["police"], ill=120, dead=1, severe=3)
    assert "reason" in story.refused("confirm_grade", story.cast.lead, grade="III", experts="谭疾")
    story.grade("II")
    assert "emergency.upward" in story.told(story.cast.superior)
    assert story.event().grade == "II"


def test_r_emg_03_counts_fall_only_with_a_reason_and_a_change_is_graded_anew(story: EmergencyStory) -> None:
    story.begin_real()
    story.report_first(agencies=["police"])
    story.acknowledge("police")
    story.grade()
    story.activate()
    fewer = {"ill": 10, "severe": 1, "dead": 0, "text": "核对后发现重复登记两人。", "decision": "continue"}
    assert "correction_reason" in story.refused("situation_review", story.cast.coordinator, **fewer)
    story.review_situation("continue", ill=10, correction_reason="两人重复登记，已核对病历")
    assert story.open_task("situation_review").due_at == story.clock.now() + timedelta(hours=24)
    story.review_situation("regrade", ill=110)
    story.grade("III")
    assert story.waits_for() == ["report_police", "situation_review"]
    assert story.passed().count("activate_plan") == 1


def test_agencies_report_every_period_in_their_own_words(story: EmergencyStory) -> None:
    story.begin_real()
    story.report_first()
    story.acknowledge()
    story.report("cdc", finished="no")
    assert story.agency_reports()[0].details["attack_rate"] == 30
    assert story.open_task("report_cdc").due_at == story.clock.now() + timedelta(hours=24)
    told = {"reported_at": story.moment(), "text": TEXT, "finished": "no"}
    wrong = REPORTS["cdc"] | {"exposed_ill": 50} | told
    assert "exposed_ill" in story.refused("report_cdc", story.cast.disease_control, **wrong)
    fewer = REPORTS["health"] | {"patients": 3} | told
    assert "patients" in story.refused("report_health", story.cast.health, **fewer)
    declined = REPORTS["police"] | {"clue": "decline"} | told
    assert "clue_reason" in story.refused("report_police", story.cast.police, **declined)


def test_market_regulation_takes_samples_of_what_it_sealed(story: EmergencyStory) -> None:
    story.begin_real()
    story.report_first(agencies=["regulation"])
    story.acknowledge("regulation")
    sample = {"establishment_id": story.chain.plant.id, "product_name": "干米粉", "reason": "封存食品立即检验"}
    told = REPORTS["regulation"] | {"samples": [sample], "reported_at": story.moment(), "text": TEXT, "finished": "yes"}
    assert "finished" in story.refused("report_regulation", story.cast.inspector, **told)
    story.report("regulation", finished="no", samples=[sample])
    waiting = story.waits_for()
    assert {"confirm_grade", "report_regulation"} < set(waiting)
    assert len(waiting) == 3  # and whoever takes the sample


def test_r_emg_11_news_of_a_grave_accident_are_the_superiors_to_publish(story: EmergencyStory) -> None:
    news = {
        "release": "real",
        "title": "关于食物中毒事件的通报",
        "statement": "已有十二人就诊，全部得到救治，涉事食品已封存。",
    }
    story.begin_real()
    story.report_first(agencies=["information"], ill=120, dead=1, severe=1)
    story.acknowledge("information")
    story.grade("II")
    story.report("information", finished="no", **news)
    assert "emergency.referred" in story.told(story.cast.superior)
    assert thrown(story) == []


def test_news_of_an_ordinary_accident_are_ours(story: EmergencyStory) -> None:
    news = {
        "release": "real",
        "title": "关于食物中毒事件的通报",
        "statement": "已有十二人就诊，全部得到救治，涉事食品已封存。",
    }
    story.begin_real()
    story.report_first(agencies=["information"])
    story.acknowledge("information")
    story.grade()
    story.report("information", **news)
    assert thrown(story) == ["announcement_requested"]
    assert story.event().first_notice_at is not None


def test_the_food_is_recalled_when_the_situation_is_under_control(story: EmergencyStory) -> None:
    story.begin_real()
    story.until_controlled(recall="yes")
    assert story.waits_for() == ["recall_plan"]
    assert story.recall().recall_class == "I"  # somebody was gravely ill
    story.plan()
    story.approve_plan()
    assert story.lot().state is LotState.RECALLED


def test_an_inquiry_goes_to_problem_handling_by_message(story: EmergencyStory) -> None:
    story.begin_real()
    story.until_controlled()
    story.terminate()
    told = {
        "review": "封存彻底，但首报偏慢", "compensation": "医疗费由企业承担", "decision": "inquire",
        "establishment": story.chain.plant.id, "summary": "出厂检验造假，导致十二人发病",
    }  # fmt: skip
    story.do("review_response", story.cast.manager, **told)
    assert thrown(story) == ["problem_reported"]
    assert story.thrown("problem_reported")[0]["hazard"] == "other"  # it was never found out
    assert story.instance().end_element == "inquiry_begun"


def test_a_drill_is_designed_played_scored_and_learnt_from(story: EmergencyStory) -> None:
    story.begin_drill()
    story.design()
    story.approve_drill()
    assert story.waits_for() == ["initial_report"]
    assert "drill.announced" in story.told(story.plant)
    assert story.told(story.wholesaler) == []
    story.report_first()
    story.acknowledge()
    story.clock.advance(minutes=10)
    story.fire_due()
    assert "play_inject" in story.waits_for()
    reaction = {"played_at": story.moment(), "reaction": "信息组四十分钟后发布澄清", "as_expected": "yes"}
    story.do("play_inject", story.cast.assessor, **reaction)
    story.grade()
    story.activate()
    story.report()
    story.review_situation()
    story.terminate()
    assert [each.status for each in story.injects()] == ["played", "left_out"]
    assert story.waits_for() == ["evaluate", "evaluate"]
    story.evaluate()
    drill = story.drill()
    assert drill.score == 85
    assert drill.measures is not None
    assert (drill.measures["report"], drill.measures["injects"]) == (0, 100)
    story.sum_drill_up()
    assert story.open_task("improve").assignee_id == story.cast.inspector.id
    story.do("improve", story.cast.inspector, result="值班名册已核对并公示，每月一次")
    revised = {
        "decision": "revise", "changes": "值班名册每月核对；信息组一小时内澄清", "text": "预案正文第四版" * 5,
        "valid_from": story.moment(days=1)[:10],
    }  # fmt: skip
    story.do("revise_plan", story.cast.coordinator, **revised)
    story.do("approve_revision", story.cast.manager, decision="approve")
    assert story.instance().end_element == "drill_archived"
    assert story.drill().status == "archived"
    with story.database.reading() as session:
        versions = session.scalars(select(PlanVersion).order_by(PlanVersion.number)).all()
    assert [(each.number, each.status, each.is_drill) for each in versions] == [
        (3, "replaced", False), (4, "in_force", False),
    ]  # fmt: skip
    assert {"drill_plan", "inject_log", "after_action_report"} <= set(story.documents())


def test_a_drill_whose_sheet_does_not_add_up_is_refused(story: EmergencyStory) -> None:
    story.begin_drill()
    answers = story.design_answers(agencies=["police", "cdc"])
    answers["objectives"][0]["weight"] = 50
    answers["injects"][1]["code"] = "A"
    errors = story.refused("design_drill", story.cast.coordinator, **answers)
    assert {"agencies", "objectives", "injects"} <= set(errors)


def test_a_returned_design_is_designed_again(story: EmergencyStory) -> None:
    story.begin_drill()
    story.design()
    story.do("approve_drill", story.cast.manager, decision="return", opinion="情景过于简单，请增加部门失联")
    assert story.waits_for() == ["design_drill"]


def test_e_real_in_drill_a_real_publication_is_stopped_and_written_down(story: EmergencyStory) -> None:
    story.begin_drill()
    story.design()
    story.approve_drill()
    story.report_first()
    story.acknowledge("information")
    news = {
        "release": "real",
        "title": "关于食物中毒事件的通报",
        "statement": "已有十二人就诊，全部得到救治，涉事食品已封存。",
    }
    story.report("information", **news)
    assert "report_information" in story.waits_for()
    assert story.actions()["information"].real_notices_refused == 1
    assert thrown(story) == []
    with story.database.reading() as session:
        verbs = select(JournalEntry.verb).where(JournalEntry.verb == "drill.real_notice_refused")
        assert len(session.scalars(verbs).all()) == 1
    assert "drill.real_notice_refused" in story.told(story.cast.disclosure)


def thrown(story: EmergencyStory) -> list[str]:
    """The messages that the case has thrown."""
    with story.database.reading() as session:
        jobs = select(Job).where(Job.kind == JobKind.MESSAGE, Job.process_instance_id == story.case)
        return [job.payload["name"] for job in session.scalars(jobs) if job.state is not JobState.CANCELLED]
