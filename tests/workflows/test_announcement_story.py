"""Announcements, one story per path. Rules are named by their codes."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.engine import Engine
from engine.errors import FourEyesError, FourEyesSubstituteError
from engine.invariants import check_invariants
from engine.model import Notification
from engine.queries.tasks import task_form
from forms.view import view
from records.absences import Absence, AbsenceScope
from records.announcements import AudienceMember, AudienceSnapshot, Delivery, unread
from records.audiences import Audience, member_count
from records.blobs import BlobStore
from records.clock import ZONE, FixedClock
from records.db import Database
from records.deadlines import deadline
from records.disclosure import Redaction, ThirdPartyOpinion
from records.people import User
from records.public_pages import PublicPage
from records.rules import RuleParam
from records.store import Store
from records.verification import verify_store
from tests.factories import CITY, DISTRICT, SIBLING, Cast, establishment, user
from tests.workflows.announcement_story import AnnouncementStory
from tests.workflows.story import local

IDENTITY = "11010519491231002X"


@pytest.fixture
def story(database: Database, engine: Engine, clock: FixedClock, cast: Cast, blobs: BlobStore) -> AnnouncementStory:
    """An announcement about to begin, on Wednesday 18 November 2026 at eleven."""
    clock.advance(hours=2)
    return AnnouncementStory(database, engine, clock, cast, blobs)


def at(year: int, month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE)


def told_at(moment: datetime | None) -> str:
    return local(moment) if moment is not None else "never"


def test_a_notice_goes_to_everyone_meant_and_to_nobody_else(story: AnnouncementStory) -> None:
    story.published()
    told = story.announcement()
    assert (told.status, told.number) == ("published", "鱼峰市监通〔2026〕1号")
    assert story.page() is None
    assert story.texts(story.cast.business, "announcement.published") == [told.title]
    assert story.texts(story.cast.inspector, "announcement.published") == [told.title]
    assert story.texts(story.cast.outsider, "announcement.published") == []
    assert story.texts(story.cast.manager, "announcement.published") == []
    assert "announcement_paper" in story.documents()
    snapshot = story._all(AudienceSnapshot)[0]
    assert {(each.channel, each.count) for each in story._all(Delivery)} == {
        ("in_app", snapshot.count),
        ("mail", snapshot.count),
    }


def test_a_disclosure_is_reviewed_field_by_field_and_published(story: AnnouncementStory) -> None:
    story.published_publicly()
    page = story.page()
    assert page is not None and page.title == "食品安全监督检查结果公示"
    assert [label for label, _value in page.rows] == ["抽查对象", "检查结论", "供货商名单"]
    assert "<li>落实进货查验</li>" in page.body
    assert story.disclosure_clock().status == "kept"
    with story.database.reading() as session:
        assert list(check_invariants(session)) == []
        assert list(verify_store(session)) == []


def test_r_pub_02_what_is_redacted_or_withheld_is_nowhere_on_the_page(story: AnnouncementStory) -> None:
    story.begin("result_disclosure", "食品安全监督检查结果公示")
    fields = [{"label": "法定代表人", "value": f"陈桂英 {IDENTITY}"}, {"label": "配方", "value": "秘制配方甲乙丙"}]
    story.draft_public(fields=fields)
    story.section()
    ground = {"reason": "涉及个人隐私"}
    refused = [
        {"decision": "public"},
        {"decision": "public"},
        {"decision": "withhold", "ground": "commercial", **ground},
    ]
    errors = story.refused("disclosure_review", story.cast.disclosure, items=refused)
    assert "请遮盖" in str(errors["items"])
    story.disclose(
        item1={"decision": "redact", "ground": "privacy", "public_value": "陈某某", **ground},
        item2={"decision": "withhold", "ground": "enforcement_file", "reason": "执法案卷信息"},
    )
    story.sign()
    page = story.page()
    assert page is not None
    assert page.rows == [["法定代表人", "陈某某"]]
    assert IDENTITY not in str(vars(page)) and "秘制" not in str(vars(page))
    (redaction,) = story._all(Redaction)
    assert redaction.public_value == "陈某某" and IDENTITY not in redaction.original_hash
    assert told_at(story.items()["2"].review_at) == "2027-11-19 00:00"


def test_the_case_that_asked_is_told_when_it_is_public(story: AnnouncementStory) -> None:
    story.asked()
    assert story.waits_for() == ["draft"]
    begun = story.announcement()
    assert begun.title == "食品安全监督检查结果公示" and "<th>检查日期</th>" in (begun.body or "")
    story.draft_public()
    story.section()
    story.disclose()
    story.sign()
    assert story.page() is not None
    (content,) = story.thrown("announcement_published")
    assert content["source_case_no"] == "检-450203-20261118-001"
    assert content["announcement_no"] == "鱼峰市监公示〔2026〕1号"
    assert content["published_at"].startswith("2026-11-18")


def test_the_case_that_asked_is_told_when_it_is_not(story: AnnouncementStory) -> None:
    story.asked()
    story.draft_public()
    story.section("reject", opinion="检查结论尚未定稿，不同意发布")
    assert story.instance().end_element == "unpublished"
    assert story.thrown("announcement_closed_unpublished")[0]["reason"] == "检查结论尚未定稿，不同意发布"
    assert story.disclosure_clock().status == "dropped"
    assert story.texts(story.cast.inspector, "announcement.closed") == []  # nobody of ours began it


def test_who_asks_for_another_kind_is_not_answered(story: AnnouncementStory) -> None:
    story.asked(kind="plan_disclosure", fields=None, facts=None)
    story.draft_public(kind="plan_disclosure", penalty_kind=None)
    story.section("reject", opinion="计划尚未批准，不同意发布")
    assert story.thrown("announcement_closed_unpublished") == []


def test_the_section_sends_it_back_and_it_comes_again(story: AnnouncementStory) -> None:
    story.begin()
    story.draft()
    errors = story.refused("section_review", story.cast.lead, decision="return", opinion="改")
    assert "opinion" in errors
    story.section("return", opinion="请补充法律依据和联系方式")
    assert story.open_task("draft").assignee_id == story.cast.inspector.id
    story.draft(title="关于进一步做好米粉生产监督的通知")
    story.section()
    story.sign()
    assert story.announcement().title == "关于进一步做好米粉生产监督的通知"


def test_an_approver_sends_it_back_or_refuses(story: AnnouncementStory) -> None:
    story.until_approval()
    story.sign(decision="return", opinion="摘要应写明检查时间和范围")
    assert story.waits_for() == ["draft"]
    story.draft_public()
    story.section()
    story.disclose()
    story.sign(decision="reject", opinion="结果尚有争议，不予发布")
    assert story.instance().end_element == "unpublished"
    assert story.announcement().status == "closed"


@pytest.mark.parametrize("text", [f"联系人身份证{IDENTITY}", "联系电话13800138000", "本件为内部资料"])
def test_personal_numbers_and_secret_words_stop_what_is_public(story: AnnouncementStory, text: str) -> None:
    story.begin("result_disclosure", "食品安全监督检查结果公示")
    story.draft_public(body=f"<p>{text}</p>")
    assert story.waits_for() == ["draft"]
    story.draft_public()
    assert story.waits_for() == ["section_review"]


def test_a_placeholder_stops_even_a_notice(story: AnnouncementStory) -> None:
    story.begin()
    story.draft(body="<p>请{{企业名称}}于____前整改</p>")
    assert story.waits_for() == ["draft"]


REFUSED = [
    ({"title": "通知"}, "title"),
    ({"title": "关于" + "长" * 120}, "title"),
    ({"title": "<script>alert(1)</script>标题"}, "title"),
    ({"body": "<p>请看<script>alert(1)</script></p>"}, "body"),
    ({"body": '<p><a href="javascript:alert(1)">链接</a></p>'}, "body"),
    ({"body": "长" * 20_001}, "body"),
    ({"regions": [CITY]}, "regions"),
    ({"regions": [SIBLING]}, "regions"),
    ({"kinds": ["LAB"]}, "kinds"),
    ({"publish_at": "2026-11-17T09:00"}, "publish_at"),
    ({"publish_at": "2026-11-20T09:00", "valid_to": "2026-11-19T09:00"}, "valid_to"),
    ({"is_public": True}, "category"),
    ({"kind": "emergency"}, "accident_grade"),
    ({"include": [{}]}, None),
]


@pytest.mark.parametrize(("changes", "field"), REFUSED)
def test_bad_drafts_are_refused_at_their_field(
    story: AnnouncementStory, changes: dict[str, Any], field: str | None
) -> None:
    story.begin()
    if field is None:
        story.draft(**changes)  # a blank row says nothing
        return
    errors = story.refused("draft", story.cast.inspector, **story.answers(**changes))
    assert field in {name.split(".")[0] for name in errors}


def test_r_pub_05_a_penalty_of_warning_only_is_not_disclosed(story: AnnouncementStory) -> None:
    story.begin("result_disclosure", "食品安全监督检查结果公示")
    errors = story.refused("draft", story.cast.inspector, **story.public_answers(penalty_kind="warning"))
    assert "仅给予警告" in errors["penalty_kind"][0]


def test_a_number_is_given_once(story: AnnouncementStory) -> None:
    story.published(number="鱼市监通〔2026〕特1号")
    assert story.announcement().number == "鱼市监通〔2026〕特1号"
    story.begin()
    errors = story.refused("draft", story.cast.inspector, **story.answers(number="鱼市监通〔2026〕特1号"))
    assert errors["number"] == ["文号已被使用"]
    story.draft()
    story.section()
    story.sign()
    assert story.announcement().number == "鱼峰市监通〔2026〕1号"


def test_the_author_reviews_and_approves_nothing(story: AnnouncementStory) -> None:
    story.begin(author=story.cast.lead)
    story.draft(story.cast.lead)
    with pytest.raises(FourEyesError):
        story.section()
    story.begin(author=story.cast.manager)
    story.draft(story.cast.manager)
    story.section()
    with pytest.raises(FourEyesError):
        story.sign(story.cast.manager)


def test_nor_does_who_stands_in_for_the_author(story: AnnouncementStory) -> None:
    story.begin(author=story.cast.lead)
    story.draft(story.cast.lead)
    with story.database.unit_of_work() as session:
        admin = Store(session, story.clock, story.cast.admin)
        deputy = user(admin, username="deputy", name="副组", role="LEAD")
        away = Absence(
            user_id=story.cast.lead.id, substitute_id=story.cast.manager.id, starts_on=date(2026, 11, 18),
            ends_on=date(2026, 11, 20), scope=AbsenceScope.ALL, region_code=DISTRICT,
            region_path=story.cast.lead.region_path,
        )  # fmt: skip
        admin.add(away)
        deputy_id = deputy.id
    from_deputy = story.actor(deputy_id)
    story.do("section_review", from_deputy, decision="approve")
    with pytest.raises(FourEyesSubstituteError):
        story.sign(story.cast.manager)
    story.sign(story.cast.superior)
    assert story.announcement().status == "published"


def test_r_pub_03_the_clock_stands_while_a_third_party_is_asked(story: AnnouncementStory) -> None:
    story.until_third_party()
    assert story.waits_for() == ["third_party_opinion"]
    story.clock.move_to(at(2026, 12, 8, 12, 0))
    story.fire_due()
    assert story.texts(story.cast.inspector, "announcement.clock") == []  # fourteen working days, none counts
    story.do(
        "third_party_opinion", story.cast.business, opinion="object", reason="供货渠道属于商业秘密，公开将造成损失"
    )
    story.do(
        "disclosure_decision",
        story.cast.disclosure,
        items=[{"decision": "withhold", "reason": "第三方理由成立，不予公开"}],
    )
    story.sign()
    page = story.page()
    assert page is not None and "供货商名单" not in str(page.rows)
    clock = story.disclosure_clock()
    assert clock.status == "kept"
    opinion = story._all(ThirdPartyOpinion)[0]
    assert (opinion.status, opinion.answered_by) == ("answered", story.cast.business.id)


def test_r_pub_03_after_fifteen_working_days_silence_leaves_the_decision_to_the_authority(
    story: AnnouncementStory,
) -> None:
    story.until_third_party()
    story.clock.move_to(at(2026, 12, 9, 23, 59))
    story.fire_due()
    assert story.waits_for() == ["third_party_opinion"]
    story.clock.move_to(at(2026, 12, 10, 0, 0))  # 15 working days after 18 November
    story.fire_due()
    assert story.waits_for() == ["disclosure_decision"]
    assert story._all(ThirdPartyOpinion)[0].status == "silent"
    story.do(
        "disclosure_decision",
        story.cast.disclosure,
        items=[{"decision": "public", "reason": "第三方逾期未答复，公开有利于社会监督"}],
    )
    story.sign()
    page = story.page()
    assert page is not None and ["供货商名单", "甲粮油店、乙粮油店"] in page.rows


def test_r_ins_13_reminders_at_half_four_fifths_and_the_end_over_golden_week(story: AnnouncementStory) -> None:
    story.clock.move_to(at(2026, 9, 16, 9, 0))  # Golden Week 1-7 October; 20 September and 10 October are worked
    story.asked()
    with story.database.reading() as session:
        due = deadline(session, "R-INS-13", at(2026, 9, 16, 9, 0), DISTRICT).due_at
    assert local(due) == "2026-10-21 00:00"
    for day in range(1, 36):
        story.clock.move_to(at(2026, 9, 16, 0, 0) + timedelta(days=day))
        story.fire_due()
        if story.clock.now() < due:
            assert story.disclosure_clock().reminded < 100
    assert len(story.texts(story.cast.lead, "announcement.clock")) == 3  # at 80, 95 and 100 per cent
    assert story.disclosure_clock().reminded == 100
    assert story.texts(story.cast.manager, "announcement.clock")  # the last goes up


def test_r_pub_01_after_the_deadline_a_reason_is_demanded(story: AnnouncementStory) -> None:
    story.until_approval()
    story.clock.move_to(at(2026, 12, 17, 8, 0))  # twenty working days ended with 16 December
    story.fire_due()
    story.sign()
    assert story.waits_for() == ["late_reason"]
    story.do("late_reason", story.cast.lead, reason="等待上级核定检查结论，延误发布")
    clock = story.disclosure_clock()
    assert (clock.status, clock.late_reason) == ("late", "等待上级核定检查结论，延误发布")
    assert story.page() is not None


def test_it_waits_for_its_time(story: AnnouncementStory) -> None:
    story.published(publish_at="2026-11-20T08:30", valid_to="2026-12-01T00:00")
    assert story.announcement().status != "published"
    story.clock.move_to(at(2026, 11, 20, 8, 30))
    story.fire_due()
    assert story.announcement().status == "published"


def test_r_emg_11_a_district_does_not_release_a_grave_accident(story: AnnouncementStory) -> None:
    story.begin("emergency", "食品安全突发事件情况")
    story.draft(kind="emergency", accident_grade="II", urgency="emergency")
    assert story.waits_for() == ["draft"]
    story.draft(kind="emergency", accident_grade="IV", urgency="emergency")
    story.section()
    assert {task.assignee_id for task in story.approvals()} == {story.cast.manager.id, story.cast.superior.id}
    story.sign()
    assert story.announcement().status == "published"


def test_r_emg_11_the_superior_signs_a_districts_warning(story: AnnouncementStory) -> None:
    story.begin("consumer_warning", "关于谨慎食用野生菌的消费警示")
    story.draft(kind="consumer_warning")
    story.section()
    first = story.approvals()
    assert [task.assignee_id for task in first] == [story.cast.manager.id]
    story.sign(story.cast.manager)
    assert [task.assignee_id for task in story.approvals()] == [story.cast.superior.id]
    story.sign(story.cast.superior)
    assert story.announcement().status == "published"


def test_r_ann_remind_unread_and_follow_up_when_nobody_confirms(story: AnnouncementStory) -> None:
    story.published(must_confirm=True)
    story.clock.advance(hours=24, minutes=1)
    story.fire_due()
    assert story.texts(story.cast.business, "announcement.reminded")
    story.clock.advance(hours=48)
    story.fire_due()
    assert len(story.texts(story.cast.business, "announcement.reminded")) == 2
    assert story.waits_for() == ["follow_up"]
    task = story.open_task("follow_up")
    assert (task.assignee_id, task.due_rule) == (story.cast.inspector.id, "R-ANN-FOLLOW")
    with story.database.reading() as session:
        people = [{"result": "told"} for _one in unread(session, story.announcement().id)]
    story.do("follow_up", story.cast.inspector, people=people)
    assert story.instance().end_element == "followed_up"


def test_a_plain_notice_ends_with_its_figures(story: AnnouncementStory) -> None:
    story.published()
    for _round in range(2):
        story.clock.advance(hours=49)
        story.fire_due()
    assert story.instance().end_element == "receipts_closed"
    assert story.texts(story.cast.inspector, "announcement.unread")


def test_a_correction_keeps_both_editions(story: AnnouncementStory) -> None:
    story.published_publicly()
    story.send("correction", reason="检查结论写错，应为符合")
    assert "draft_correction" in story.waits_for()
    story.correct()
    old, new = story.page(1), story.page()
    assert old is not None and new is not None
    assert (old.state, new.state, new.edition) == ("superseded", "current", 2)
    assert "更正" in new.title and old.note == new.note == "检查结论写错，应为符合"
    assert [each.edition for each in story.editions()] == [1, 2]
    assert story.texts(story.cast.business, "announcement.corrected")


def test_r_pub_06_each_edition_has_attachments_of_its_own(story: AnnouncementStory) -> None:
    first = [story.paper(story.cast.inspector, name) for name in ("检查结果.pdf", "名单.pdf")]
    story.published_publicly(attachments=first)
    story.send("correction", reason="检查结论写错，应为符合")
    new = story.paper(story.cast.inspector, "更正后的名单.pdf")
    same = story.correction()
    assert "没有任何改动" in str(story.refused("draft_correction", story.cast.inspector, **same))
    story.correct(kept_files=first[:1], attachments=[new])
    old_page, page = story.page(1), story.page()
    assert old_page is not None and page is not None
    assert [one["name"] for one in old_page.files] == ["检查结果.pdf", "名单.pdf"]
    assert [one["id"] for one in page.files] == [first[0], new]
    assert [[one["name"] for one in each.files or ()] for each in story.editions()] == [
        ["检查结果.pdf", "名单.pdf"], ["检查结果.pdf", "更正后的名单.pdf"],
    ]  # fmt: skip


def test_a_correction_that_changes_nothing_or_brings_script_is_refused(story: AnnouncementStory) -> None:
    story.published_publicly()
    story.send("correction", reason="检查结论写错，应为符合")
    same = story.correction()
    assert "没有任何改动" in str(story.refused("draft_correction", story.cast.inspector, **same))
    bad = story.correction(body="<p onclick=x>改</p>")
    assert "body" in story.refused("draft_correction", story.cast.inspector, **bad)


def test_r_pub_05_a_withdrawal_leaves_a_tombstone(story: AnnouncementStory) -> None:
    story.published_publicly()
    story.send("withdraw", reason="原处罚决定被复议机关撤销", ground="revoked")
    assert told_at(story.open_task("draft_withdrawal").due_at) == "2026-11-24 00:00"  # three working days
    story.do("draft_withdrawal", story.cast.inspector, ground="revoked", reason="原处罚决定被复议机关撤销")
    story.do("approve_withdrawal", story.cast.manager, decision="approve")
    page = story.page()
    assert page is not None
    assert (page.state, page.title, page.body, page.rows) == ("withdrawn", "", "", [])
    assert page.note == "原处罚决定被复议机关撤销"
    assert story.announcement().status == "withdrawn"
    assert story.texts(story.cast.business, "announcement.withdrawn")
    story.send("correction", reason="撤回以后不能更正")
    assert "draft_correction" not in story.waits_for()


def test_after_the_case_has_ended_a_withdrawal_begins_a_case_of_its_own(story: AnnouncementStory) -> None:
    story.published_publicly()
    for _round in range(2):
        story.clock.advance(hours=49)
        story.fire_due()
    assert story.instance().ended_at is not None
    receipt = story.send("withdraw", reason="原处罚决定被复议机关撤销", ground="revoked")
    story.case = receipt.process_instance_id or ""
    assert story.instance().business_key.startswith("更-450203")
    story.do("draft_withdrawal", story.cast.inspector, ground="revoked", reason="原处罚决定被复议机关撤销")
    story.do("approve_withdrawal", story.cast.manager, decision="approve")
    assert story.instance().end_element == "changed"
    with story.database.reading() as session:
        assert list(verify_store(session)) == []


def test_a_refused_withdrawal_leaves_everything_as_it_is(story: AnnouncementStory) -> None:
    story.published_publicly()
    story.send("withdraw", reason="企业要求撤下", ground="other")
    story.do("draft_withdrawal", story.cast.inspector, ground="other", reason="企业来函要求撤下公示")
    story.do("approve_withdrawal", story.cast.manager, decision="reject", opinion="公示期限未到，不同意撤回")
    page = story.page()
    assert page is not None and page.state == "current"


def test_r_pub_04_what_is_withheld_is_looked_at_again_after_a_year(story: AnnouncementStory) -> None:
    story.until_approval_withholding()
    story.sign()
    for _round in range(2):
        story.clock.advance(hours=49)
        story.fire_due()
    story.clock.move_to(at(2027, 11, 19, 0, 1))
    story.post()
    story.case = story.newest_case("disclosure_reevaluation")
    assert story.waits_for() == ["reevaluate"]
    story.do("reevaluate", story.cast.disclosure, items=[{"decision": "release", "reason": "商业秘密已过保护期"}])
    story.post()
    story.case = story.newest_case("announcement_change")
    assert story.waits_for() == ["draft_correction"]
    drafted = story.correction(title="食品安全监督检查结果公示（更正）", reason="复评认为可以公开，予以公开")
    assert {"label": "供货商名单", "value": "甲粮油店、乙粮油店"} in drafted["rows"]
    story.do("draft_correction", story.cast.disclosure, **drafted)
    assert story.waits_for() == ["review_correction"]


def test_a_drill_never_becomes_public_and_sends_no_mail(story: AnnouncementStory) -> None:
    story.begin("emergency", "演练：食品安全事件情况", is_drill=True)
    story.draft(kind="emergency", accident_grade="IV", urgency="emergency", is_public=True)
    assert not story.announcement().is_public
    story.section()
    story.sign()
    assert story.announcement().status == "published"
    with story.database.reading() as session:
        assert session.query(PublicPage).count() == 0
    assert {each.channel for each in story._all(Delivery)} == {"in_app"}
    assert story.texts(story.cast.inspector, "announcement.published")[0].startswith("【演练】")
    assert story.texts(story.cast.business, "announcement.published") == []  # it does not take part


def test_a_drills_request_is_never_public_either(story: AnnouncementStory) -> None:
    story.asked(is_drill=True)
    story.draft_public()
    assert story.announcement().is_drill and not story.announcement().is_public


def test_businesses_of_other_types_are_not_told(story: AnnouncementStory) -> None:
    with story.database.unit_of_work() as session:
        admin = Store(session, story.clock, story.cast.admin)
        stall = establishment(admin, name="鱼峰市场12号摊", kind="stall")
        keeper = user(admin, username="keeper", name="周摊主", role="BIZ")
        admin.correct(keeper, {"establishment_id": stall.id})
        keeper_id = keeper.id
    story.published(kinds=["BIZ"], types=["stall"])
    assert story.texts(story.actor(keeper_id), "announcement.published")
    assert story.texts(story.cast.business, "announcement.published") == []


def test_the_live_count_is_what_is_delivered_and_stays_in_the_jurisdiction(story: AnnouncementStory) -> None:
    story.begin()
    answers = story.answers(kinds=["BIZ", "INS", "LEAD", "MGR"])
    task = story.open_task("draft")
    with story.database.reading() as session:
        asked = task_form(session, task.id, story.cast.inspector, clock=story.clock)
        shown = str(view(asked.form, asked.context, answers))
        count = member_count(session, Audience.of(answers), story.instance().region_path)
    assert count > 3 and f"{count} 人" in shown
    beyond = story.refused("draft", story.cast.inspector, **(answers | {"regions": [DISTRICT, SIBLING]}))
    assert "regions" in beyond
    story.do("draft", story.cast.inspector, **answers)
    story.section()
    story.sign()
    with story.database.reading() as session:
        meant = session.scalars(select(User.region_path).join(AudienceMember, AudienceMember.user_id == User.id)).all()
        told = session.scalars(select(Notification.user_id).where(Notification.kind == "announcement.published")).all()
    assert story._all(AudienceSnapshot)[0].count == len(meant) == len(set(told)) == count
    assert all(path.startswith(story.instance().region_path) for path in meant)


def set_rule(story: AnnouncementStory, code: str, value: int) -> None:
    with story.database.unit_of_work() as session:
        rule = session.scalars(select(RuleParam).where(RuleParam.code == code)).one()
        Store(session, story.clock, story.cast.admin).correct(rule, {"value": str(value)}, reason="测试")


@pytest.mark.parametrize(("many", "approvers"), [(2, 2), (100, 1)])
def test_r_ann_many_a_wide_reach_takes_two_approvers(story: AnnouncementStory, many: int, approvers: int) -> None:
    set_rule(story, "R-ANN-MANY", many)
    story.begin()
    story.draft()
    story.section()
    for number in range(approvers):
        assert len(story.approvals()) == 1, number
        story.sign(story._approver(story.approvals()[0]))
    assert story.announcement().status == "published"


def test_r_ann_batch_people_are_told_in_batches(story: AnnouncementStory) -> None:
    set_rule(story, "R-ANN-BATCH", 2)
    story.published()
    count = story._all(AudienceSnapshot)[0].count
    told = [each.count for each in story._all(Delivery) if each.channel == "in_app"]
    assert sum(told) == count > 2 and all(each <= 2 for each in told) and len(told) == -(-count // 2)


@pytest.mark.parametrize(
    ("element_id", "rule"),
    [("draft", "R-ANN-DRAFT"), ("section_review", "R-ANN-REVIEW"), ("approve_in_turn", "R-ANN-APPROVE")],
)
def test_r_ann_draft_review_and_approve_are_due_by_their_rules(
    story: AnnouncementStory, element_id: str, rule: str
) -> None:
    """On the eve of Golden Week: the working days are 8, 9 and 10 October."""
    story.clock.move_to(at(2026, 9, 30, 16, 0))
    story.begin()
    if element_id != "draft":
        story.draft()
    if element_id == "approve_in_turn":
        story.section()
    task = story.open_task(element_id)
    day = {"R-ANN-DRAFT": 11, "R-ANN-REVIEW": 9, "R-ANN-APPROVE": 9}[rule]
    assert (task.due_rule, told_at(task.due_at)) == (rule, f"2026-10-{day:02d} 00:00")


def test_r_ann_disclose_two_working_days_over_golden_week(story: AnnouncementStory) -> None:
    story.clock.move_to(at(2026, 9, 30, 16, 0))
    story.begin("result_disclosure", "食品安全监督检查结果公示")
    story.draft_public()
    story.section()
    task = story.open_task("disclosure_review")
    assert (task.due_rule, told_at(task.due_at)) == ("R-ANN-DISCLOSE", "2026-10-10 00:00")
