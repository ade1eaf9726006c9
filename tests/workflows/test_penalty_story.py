"""Penalties, one story per path. Rules are named by their codes; the case is filed on Wednesday 18 November 2026."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import pytest

from engine.engine import Engine
from engine.invariants import check_invariants
from engine.messages import Message
from records.blobs import BlobStore
from records.clock import ZONE, FixedClock
from records.db import Database
from records.penalties import Penalty, is_published
from records.verification import verify_store
from tests.factories import Cast
from tests.workflows.problem_story import ProblemStory
from tests.workflows.story import local


@pytest.fixture
def story(
    database: Database, engine: Engine, clock: FixedClock, cast: Cast, blobs: BlobStore
) -> Iterator[ProblemStory]:  # fmt: skip
    """A determined problem whose plant is to be punished. Everything holds at the end."""
    clock.advance(hours=2)
    story = ProblemStory(database, engine, clock, cast, blobs)
    story.until_measures()
    story.choose("penalty")
    yield story
    with database.reading() as session:
        assert list(verify_store(session)) == []
        assert list(check_invariants(session)) == []


@pytest.fixture
def filed(story: ProblemStory) -> ProblemStory:
    """The case is filed."""
    story.file_penalty()
    return story


def until_notice(story: ProblemStory, *kinds: str, **changes: object) -> None:
    story.investigate(*kinds, **changes)
    story.review_law()


def test_a_fine_from_filing_to_execution_and_publication(filed: ProblemStory) -> None:
    until_notice(filed, "fine")
    assert filed.waits_for() == ["party_statement"]
    filed.do("party_statement", filed.cast.business, kind="accept")
    filed.decide()
    penalty = filed.one(Penalty)
    assert (penalty.status, penalty.fine, penalty.decision_no) == ("decided", 50000, "鱼市监处罚〔2026〕3号")
    filed.serve()
    assert filed.thrown("penalty_published")[0]["months"] == 36
    [asked] = filed.thrown("announcement_requested")
    assert (asked["kind"], asked["establishment_id"]) == ("result_disclosure", penalty.party_id)
    assert {row["name"] for row in asked["fields"]} >= {"decision_no", "party", "content", "authority"}
    filed.execute()
    assert filed.one(Penalty).status == "executed"
    assert filed.waits_for() == ["verify_closure"]
    assert ("penalty", -10) in filed.credit()
    assert [kind for kind in filed.documents() if kind.startswith("penalty")] == [
        "penalty_decision", "penalty_filing", "penalty_notice",
    ]  # fmt: skip
    filed.close()
    assert filed.instance().end_element == "problem_closed"


def test_the_lead_may_send_the_form_back_or_not_file_at_all(story: ProblemStory) -> None:
    form = {"matter": "生产添加硼砂的米粉", "violated": "食品安全法第三十四条", "source": "problem",
            "clues": "现场查见硼砂两袋，投料记录载明用量"}  # fmt: skip
    alone = story.refused("file_case", story.cast.inspector, **form, companion=story.cast.inspector.id)
    assert alone == {"companion": ["协办人员不能是主办人本人"]}
    story.do("file_case", story.cast.inspector, **form, companion=story.cast.colleague.id)
    task = story.open_task("approve_filing")
    assert (task.due_rule, local(task.due_at)) == ("R-PEN-FILE", "2026-12-10 00:00")
    story.do("approve_filing", story.cast.lead, decision="return", opinion="补充数量")
    story.do("file_case", story.cast.inspector, **form, companion=story.cast.colleague.id)
    story.do("approve_filing", story.cast.lead, decision="reject", opinion="情节轻微，不予立案")
    assert story.one(Penalty).status == "not_filed"
    assert story.waits_for() == ["verify_closure"]


def test_what_an_investigation_refuses(filed: ProblemStory) -> None:
    who = filed.cast.inspector
    base = {"found": "当事人在拌料时添加硼砂，共生产五百千克。", "evidence": [{"name": "笔录", "kind": "record"}],
            "kinds": ["fine"], "punished_under": "食品安全法第一百二十三条", "discretion": "从轻处罚",
            "violated": "食品安全法第三十四条",
            "is_cross_province": "no", "both_present": True, "recorded": True}  # fmt: skip
    assert set(filed.refused("investigate", who, **base)) == {"fine"}
    assert filed.refused("investigate", who, **base, fine=0)["fine"] == ["罚款应当大于零"]
    said = filed.refused("investigate", who, **(base | {"fine": 1, "recorded": False, "evidence": []}))
    assert set(said) == {"recorded", "evidence"}


def test_apl_58_whoever_investigated_does_not_review_the_law(filed: ProblemStory) -> None:
    filed.investigate("fine")
    partly = filed.refused("legal_review", filed.lawyer(), checked=["facts"], decision="approve")
    assert partly == {"checked": ["六项全部通过才能审核通过"]}
    filed.do("legal_review", filed.lawyer(), checked=["facts"], decision="return", opinion="证据不足，请补充进货记录")
    assert filed.waits_for() == ["investigate"]


def test_r_pen_01_hearing_five_days_of_silence_waive_it(filed: ProblemStory) -> None:
    until_notice(filed, "fine")
    assert local(filed.open_task("party_statement").due_at) == "2026-11-24 00:00"
    filed.clock.move_to(datetime(2026, 11, 23, 23, 59, tzinfo=ZONE))
    filed.fire_due()
    assert filed.waits_for() == ["party_statement"]
    filed.clock.move_to(datetime(2026, 11, 24, 0, 0, tzinfo=ZONE))
    filed.fire_due()
    assert filed.waits_for() == ["decide"]


def test_a_hearing_only_where_the_law_gives_it(filed: ProblemStory) -> None:
    until_notice(filed, "fine")
    ask = {"kind": "hearing", "statement": "罚款过重，请求听证并重新裁量"}
    assert filed.refused("party_statement", filed.cast.business, **ask) == {
        "kind": ["本案不属于听证范围，可以陈述、申辩"]
    }
    filed.do("party_statement", filed.cast.business, kind="statement", statement="已主动召回并整改，请求从轻")
    said = {"decision": "punish", "decision_no": "鱼市监处罚〔2026〕4号", "kinds": ["fine"], "fine": 1}
    assert set(filed.refused("decide", filed.cast.manager, **said)) == {"opinion"}


def test_r_pen_01_notice_a_hearing_is_told_seven_days_before_and_grave_cases_are_discussed(
    filed: ProblemStory,
) -> None:
    until_notice(filed, "fine", "suspend")
    filed.do("party_statement", filed.cast.business, kind="hearing", statement="停产处罚过重，请求听证")
    plan = {"place": "区局三楼听证室", "presider": filed.cast.lead.id, "is_public": "yes"}
    early = filed.refused("arrange_hearing", filed.cast.lead, held_at="2026-11-25T09:00", **plan)
    assert early == {"held_at": ["应当在举行听证的七日前通知当事人"]}
    filed.do("arrange_hearing", filed.cast.lead, held_at="2026-11-26T09:00", **plan)
    assert "penalty.hearing" in filed.told(filed.cast.business)
    filed.clock.move_to(datetime(2026, 11, 26, 12, 0, tzinfo=ZONE))
    filed.do(
        "hold_hearing", filed.cast.lead, begun_at="2026-11-26T09:05", attended="yes",
        record="双方充分发表意见，质证完毕。", opinion="建议维持", files=[filed.photo(filed.cast.lead)],
    )  # fmt: skip
    assert filed.waits_for() == ["collective_discussion"]
    two = [{"name": "梁局", "post": "局长", "view": "同意"}, {"name": "陆副", "post": "副局长", "view": "同意"}]
    meeting = {"held_at": filed.moment(), "conclusion": "同意处罚建议，罚款并停产整顿"}
    assert set(filed.refused("collective_discussion", filed.cast.manager, **meeting, attendees=two)) == {"attendees"}
    three = [*two, {"name": "黄组", "post": "科长", "view": "同意"}]
    filed.do("collective_discussion", filed.cast.manager, **meeting, attendees=three)
    filed.decide(opinion="听证意见不予采纳，理由见讨论记录")
    penalty = filed.one(Penalty)
    assert (penalty.is_heavy, penalty.heard_at is not None, penalty.deliberated_at is not None) == (True, True, True)
    filed.serve()
    assert ("penalty", -30) in filed.credit()


def test_apl_45_a_statement_never_makes_it_heavier(filed: ProblemStory) -> None:
    until_notice(filed, "fine")
    filed.do("party_statement", filed.cast.business, kind="accept")
    more = {"decision": "punish", "decision_no": "鱼市监处罚〔2026〕5号", "kinds": ["fine"], "fine": 50001}
    assert set(filed.refused("decide", filed.cast.manager, **more)) == {"fine"}
    beyond = more | {"kinds": ["fine", "revoke"], "fine": 1}
    assert set(filed.refused("decide", filed.cast.manager, **beyond)) == {"kinds"}
    filed.decide(fine=30000)
    assert filed.one(Penalty).fine == 30000


def test_the_manager_may_send_it_back_or_not_punish(filed: ProblemStory) -> None:
    until_notice(filed, "fine")
    filed.do("party_statement", filed.cast.business, kind="accept")
    filed.do("decide", filed.cast.manager, decision="return", opinion="事实不清，请补充调查")
    assert filed.waits_for() == ["investigate"]
    until_notice(filed, "fine")
    filed.do("party_statement", filed.cast.business, kind="accept")
    filed.do("decide", filed.cast.manager, decision="exempt", opinion="首违轻微且及时改正，不予处罚")
    assert filed.one(Penalty).status == "dropped"
    assert filed.thrown("announcement_requested") == []
    assert filed.waits_for() == ["verify_closure"]


def test_r_pub_05_a_warning_alone_is_not_published(filed: ProblemStory) -> None:
    until_notice(filed, "warning")
    filed.do("party_statement", filed.cast.business, kind="accept")
    filed.decide()
    assert not is_published(filed.one(Penalty))
    filed.serve()
    filed.execute(paid=None)
    assert filed.thrown("announcement_requested") == []
    assert filed.waits_for() == ["verify_closure"]


def test_r_pub_05_twenty_working_days_ten_across_provinces(filed: ProblemStory) -> None:
    until_notice(filed, "fine", is_cross_province="yes")
    filed.do("party_statement", filed.cast.business, kind="accept")
    filed.decide()
    filed.serve()
    assert local(filed.one(Penalty).publish_by) == "2026-12-03 00:00"


def test_r_pen_01_ninety_days_with_one_extension(filed: ProblemStory) -> None:
    assert local(filed.one(Penalty).due_at) == "2027-02-17 00:00"
    filed.clock.move_to(datetime(2027, 2, 1, 9, 0, tzinfo=ZONE))  # past 80 per cent
    filed.fire_due()
    assert "request_extension" in filed.waits_for()
    ask = {"needed": "yes", "reason": "等待外地协查结果和检验报告"}
    assert set(filed.refused("request_extension", filed.cast.inspector, **ask, days=31)) == {"days"}
    filed.do("request_extension", filed.cast.inspector, **ask, days=30)
    filed.do("approve_extension", filed.cast.manager, decision="grant")
    assert local(filed.one(Penalty).due_at) == "2027-03-19 00:00"
    filed.clock.move_to(datetime(2027, 2, 17, 0, 0, tzinfo=ZONE))
    filed.fire_due()
    assert "penalty.late" not in filed.told(filed.cast.manager)


def test_r_pen_01_without_an_extension_the_manager_hears_of_it(filed: ProblemStory) -> None:
    filed.clock.move_to(datetime(2027, 2, 17, 0, 0, tzinfo=ZONE))
    filed.fire_due()
    assert "penalty.late" in filed.told(filed.cast.manager)


def test_less_than_the_fine_is_not_carried_out(filed: ProblemStory) -> None:
    until_notice(filed, "fine")
    filed.do("party_statement", filed.cast.business, kind="accept")
    filed.decide()
    filed.serve()
    task = filed.open_task("execution")
    assert (task.due_rule, local(task.due_at)) == ("R-PEN-EXECUTE", "2026-12-04 00:00")
    short = {"way": "fulfilled", "done_at": filed.moment(), "execution": "缴纳了一部分", "paid": 100,
             "receipts": [filed.photo(filed.cast.inspector)]}  # fmt: skip
    assert set(filed.refused("execution", filed.cast.inspector, **short)) == {"paid"}


# -- how long it stays public --------------------------------------------------------------------------------------


@pytest.fixture
def published(filed: ProblemStory) -> ProblemStory:
    """The penalty is public since today; the case of its publication watches."""
    until_notice(filed, "fine")
    filed.do("party_statement", filed.cast.business, kind="accept")
    filed.decide()
    filed.serve()
    filed.post()
    tell(filed, "announcement_published", source_case_no="鱼市监处罚〔2026〕3号",
         published_at=filed.clock.now().isoformat())  # fmt: skip
    return filed


def tell(story: ProblemStory, name: str, **content: object) -> None:
    message = Message(name, "鱼市监处罚〔2026〕3号", content)
    with story.database.unit_of_work() as session:
        story.engine.correlate(session, message, story.cast.admin)


def test_r_pub_05_expire_three_years_from_publication_in_a_case_of_its_own(published: ProblemStory) -> None:
    assert published.one(Penalty).publication_ends_on == date(2029, 11, 18)
    published.execute()
    published.close()
    assert published.instance().end_element == "problem_closed"  # long before the three years
    penalty_case, published.case = published.case, published.case_of("penalty_publication")
    published.clock.move_to(datetime(2029, 11, 19, 0, 0, tzinfo=ZONE))
    published.fire_due()
    assert published.instance().end_element == "publication_ended"
    assert published.thrown("withdraw")[0]["ground"] == "expired"
    published.case = penalty_case
    assert published.one(Penalty).ended_publication_at is not None


def test_r_pub_05_withdraw_three_working_days_when_the_decision_is_revoked(published: ProblemStory) -> None:
    tell(
        published,
        "decision_revoked",
        reason="行政复议撤销",
        authority="柳州市人民政府",
        decision_no="鱼市监处罚〔2026〕3号",
    )
    assert published.one(Penalty).status == "revoked"
    published.case = published.case_of("penalty_publication")
    task = published.open_task("confirm_withdrawal")
    assert (task.due_rule, local(task.due_at)) == ("R-PUB-05-WITHDRAW", "2026-11-24 00:00")
    assert published.thrown("withdraw")[0]["reason"] == "行政复议撤销"
    published.do("confirm_withdrawal", published.cast.disclosure, outcome="withdrawn", note="已撤回并公开说明理由")
    assert published.instance().end_element == "publication_withdrawn"
