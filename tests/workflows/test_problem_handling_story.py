"""Problem handling, one story per path. Rules are named by their codes; 18 November 2026 is a Wednesday."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import select

from engine.engine import Engine
from engine.invariants import check_invariants
from engine.messages import Message
from engine.model import UserTask, UserTaskState
from records.blobs import BlobStore
from records.clock import ZONE, FixedClock
from records.controls import ControlMeasure
from records.db import Database
from records.errors import InvalidAnswersError
from records.inspections import Finding, Rectification
from records.problems import Determination, GapRequest, ResponsibleParty, Transfer
from records.recalls import Recall
from records.trace_model import LotState, TraceRun
from records.verification import verify_store
from records.vouchers import Voucher, VoucherKind
from tests.factories import Cast
from tests.workflows.problem_story import ProblemStory
from tests.workflows.story import local


@pytest.fixture
def story(
    database: Database, engine: Engine, clock: FixedClock, cast: Cast, blobs: BlobStore
) -> Iterator[ProblemStory]:  # fmt: skip
    """A problem about to be registered, on Wednesday 18 November 2026 at eleven. Everything holds at the end."""
    clock.advance(hours=2)
    yield ProblemStory(database, engine, clock, cast, blobs)
    with database.reading() as session:
        assert list(verify_store(session)) == []
        assert list(check_invariants(session)) == []


# -- intake -----------------------------------------------------------------------------------------------------------


def test_a_complaint_is_registered_graded_and_given_to_a_pair(story: ProblemStory) -> None:
    story.register()
    problem = story.problem()
    assert (problem.origin, problem.level, problem.status) == ("complaint", 3, "triaged")
    assert (problem.has_informant, problem.is_named) == (True, True)
    assert story.waits_for() == ["assign_handlers"]
    same = story.refused("assign_handlers", story.cast.lead, level="3", handler=story.cast.inspector.id,
                         second=story.cast.inspector.id)  # fmt: skip
    assert same == {"second": ["主办人和协办人不能是同一人"]}
    story.assign_pair()
    assert story.problem().handler_id == story.cast.inspector.id
    assert story.open_task("preliminary_verification").assignee_id == story.cast.inspector.id


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"dead": 13, "ill": 12}, "dead", "死亡人数不能多于涉及人数"),
        ({"ill": 13}, "ill", "发病人数不能多于涉及人数"),
        ({"ill": 1, "dead": 2}, "dead", "死亡人数不能多于发病人数"),
        ({"summary": "太短"}, "summary", "至少填写 10 个字"),
        ({"lots_unknown_reason": ""}, "lots_unknown_reason", "请填写批次不明的原因"),
        ({"product_name": ""}, "product_name", "请填写产品名称"),
        ({"found_at": "2026-11-19T10:00"}, "found_at", "发现时间不能晚于现在"),
        ({"affected": -1}, "affected", "涉及人数不能小于 0"),
        ({"source": "superior"}, "source_no", "请填写交办、移送文号"),
        (
            {"summary": "甘举实说该厂在米粉中添加硼砂增加韧性"},
            "informant_name",
            "其他栏目写有此项内容，请删去：举报人姓名只在此处密存",
        ),
    ],
)
def test_what_a_registration_refuses(story: ProblemStory, changes: dict[str, object], field: str, said: str) -> None:
    with pytest.raises(InvalidAnswersError) as refusal:
        story.register(**changes)
    assert refusal.value.errors[field] == [said]


def test_a_businesss_report_is_a_self_report_whatever_it_says(story: ProblemStory) -> None:
    story.register(story.cast.business, source="complaint", informant_name="", informant_phone="", informant_note="")
    assert story.problem().origin == "self_report"
    assert story.instance().is_visible_to_business


def test_a_hospitals_report_is_urgent(story: ProblemStory) -> None:
    none = {"informant_name": "", "informant_phone": "", "informant_note": ""}
    story.register(story.cast.health, source="hospital", **none)
    assert (story.problem().origin, story.problem().level) == ("hospital", 2)


def test_another_process_reports_by_message(story: ProblemStory) -> None:
    lot = story.lot()
    story.report(lot_ids=[lot], ill=2)
    problem = story.problem()
    assert (problem.origin, problem.lots, problem.ill, problem.source_case_no) == ("sampling", [lot], 2, "检-1")
    assert problem.level == 2
    assert story.waits_for() == ["assign_handlers"]


def test_r_cmp_duplicate_a_problem_of_the_same_lot_within_thirty_days_is_put_before_a_person(
    story: ProblemStory,
) -> None:
    lot = story.lot()
    first = story.register(lots_known="yes", lots=[{"lot": lot}], lots_unknown_reason="").id
    story.assign_pair()
    story.clock.advance(days=30)
    story.register(lots_known="yes", lots=[{"lot": lot}], lots_unknown_reason="")
    assert story.waits_for() == ["judge_duplicate"]
    [known] = story.data()["find_duplicates"]["found"]
    assert (known["same"], known["is_open"]) == ("单位相同、批次相同", True)
    other = known["id"]
    story.do("judge_duplicate", story.cast.lead, decision="merge", other=other, reason="同一批次、同一举报事项")
    assert story.instance().end_element == "problem_merged"
    assert (story.problem().status, story.problem().duplicate_of) == ("merged", other)
    story.post()

    story.case = first
    assert story.waits_for() == ["assess_evidence", "preliminary_verification"]
    story.do("assess_evidence", story.cast.inspector, impact="none", note="与已有举报内容一致")
    assert story.waits_for() == ["preliminary_verification"]


def test_r_cmp_duplicate_after_thirty_one_days_it_is_a_new_problem(story: ProblemStory) -> None:
    story.register()
    story.clock.advance(days=31)
    story.register()
    assert story.waits_for() == ["assign_handlers"]


def test_a_linked_problem_goes_on_by_itself(story: ProblemStory) -> None:
    story.register()
    story.register()
    other = story.data()["find_duplicates"]["found"][0]["id"]
    refused = story.refused("judge_duplicate", story.cast.lead, decision="link", reason="同一单位")
    assert set(refused) == {"other", "reason"}
    story.do("judge_duplicate", story.cast.lead, decision="link", other=other, reason="同一单位不同产品")
    assert story.waits_for() == ["assign_handlers"]
    assert story.problem().duplicate_of == other


def test_the_gravest_start_the_emergency_response_beside(story: ProblemStory) -> None:
    story.register(ill=3, population="vulnerable")
    assert story.problem().level == 1
    [thrown] = story.thrown("emergency_reported")
    assert (thrown["mode"], thrown["ill"], thrown["source_case_no"]) == ("real", 3, story.instance().business_key)
    assert thrown["hazard"] == "additive"
    assert story.waits_for() == ["assign_handlers"]


# -- verification -----------------------------------------------------------------------------------------------------


def test_r_cmp_01_verify_fifteen_working_days_over_golden_week_and_its_make_up_days(story: ProblemStory) -> None:
    story.clock.move_to(datetime(2026, 9, 21, 10, 0, tzinfo=ZONE))  # Monday; Golden Week 1-7 October lies ahead
    story.register()
    story.assign_pair()
    due = story.open_task("preliminary_verification").due_at
    assert due is not None
    assert local(due) == "2026-10-20 00:00"  # 25 September and 1-7 October off, Saturday 10th worked


def test_r_prb_urgent_two_hours_when_people_are_ill(story: ProblemStory) -> None:
    story.register(ill=1)
    assert local(story.open_task("assign_handlers").due_at) == "2026-11-18 13:00"
    story.assign_pair()
    assert local(story.open_task("preliminary_verification").due_at) == "2026-11-18 13:00"
    refused = {"kind": "result", "visited_at": story.moment(), "verification": "现场查见硼砂两袋，与举报相符",
               "established": "yes", "control": "no", "sampling": "no"}  # fmt: skip
    said = story.refused("preliminary_verification", story.cast.inspector, **refused)
    assert set(said) == {"evidence", "no_control_reason"}


def test_r_cmp_01_extend_once_and_only_with_the_leads_word(story: ProblemStory) -> None:
    story.register()
    story.assign_pair()
    before = story.open_task("preliminary_verification").due_at
    ask = {"kind": "extension", "days": 16, "reason": "需要等待外省协查回复"}
    said = story.refused("preliminary_verification", story.cast.inspector, **ask)
    assert said == {"days": ["延长的天数超过了规定的上限"]}
    story.do("preliminary_verification", story.cast.inspector, **(ask | {"days": 15}))
    story.do("decide_verification_extension", story.cast.lead, decision="grant", days=15)
    after = story.open_task("preliminary_verification").due_at
    assert (local(before), local(after)) == ("2026-12-10 00:00", "2026-12-31 00:00")
    said = story.refused("preliminary_verification", story.cast.inspector, **(ask | {"days": 3}))
    assert said["kind"] == ["核查期限只能申请延长一次"]


def test_what_is_unfounded_ends_with_an_answer_to_the_named_informant(story: ProblemStory) -> None:
    story.register()
    story.assign_pair()
    story.verify("no")
    task = story.open_task("close_unfounded")
    assert (task.due_rule, local(task.due_at)) == ("R-CMP-01-REPLY", "2026-11-26 00:00")
    said = story.refused("close_unfounded", story.cast.inspector, reason="未查见任何添加物，投料记录完整")
    assert set(said) == {"reply_way", "replied_at", "reply"}
    story.do(
        "close_unfounded", story.cast.inspector, reason="未查见任何添加物，投料记录完整", reply_way="phone",
        replied_at=story.moment(), reply="经核查未发现添加硼砂，感谢您的监督。",
    )  # fmt: skip
    assert story.instance().end_element == "problem_unfounded"
    assert (story.problem().status, story.problem().is_established) == ("dismissed", False)


def test_an_anonymous_report_needs_no_answer(story: ProblemStory) -> None:
    story.register(informant_name="", informant_phone="", informant_note="")
    story.assign_pair()
    story.verify("no")
    story.do("close_unfounded", story.cast.inspector, reason="未查见任何添加物，投料记录完整")
    assert story.instance().end_element == "problem_unfounded"


# -- trace ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def traced(story: ProblemStory) -> ProblemStory:
    """A lot of known origin that has left the plant to nobody yet."""
    story.lot_id = story.lot()
    story.register(lots_known="yes", lots=[{"lot": story.lot_id}], lots_unknown_reason="")
    story.assign_pair()
    return story


def test_a_known_lot_is_traced_and_its_scope_frozen(traced: ProblemStory) -> None:
    traced.verify()
    traced.answer_gaps()
    traced.confirm()
    traced.determine()
    traced.approve_determination()
    found, run = traced.one(Determination), traced.all(TraceRun)[-1]
    assert (found.trace_run_id, found.trace_hash) == (run.id, run.sha256)
    assert [row["tlc"] for row in found.scope] == ["LZ20261101"]
    assert traced.one(ResponsibleParty).is_on_path is True


def test_e_trace_gap_a_paper_handed_in_is_a_voucher_and_closes_the_gap(traced: ProblemStory) -> None:
    shop = traced.give_to_shop()
    traced.verify()
    assert traced.waits_for() == ["fill_gap"]
    [request] = traced.all(GapRequest)
    assert request.status == "asked"
    assert request.due_at - request.asked_at == traced.hours(24)  # R-TRC-06
    [item] = request.items
    assert (item["kind"], item["wants"], item["partner"]) == ("no_counterpart", "purchase", traced.plant_name())
    traced.answer_gaps()
    voucher = traced.one(Voucher)
    assert (voucher.kind, voucher.no, voucher.establishment_id) == (VoucherKind.PURCHASE, "XS-1", shop)
    assert (voucher.from_id, voucher.to_id) == (traced.cast.business.establishment_id, shop)
    assert [line["quantity"] for line in voucher.lines] == ["200"]
    assert voucher.images
    [answered] = traced.all(GapRequest)
    assert (answered.status, answered.voucher_no) == ("answered", "XS-1")
    assert [(one["voucher_id"], one["is_open"]) for one in answered.items] == [(voucher.id, False)]
    found = {run.id: run.figures["gaps"] for run in traced.all(TraceRun)}
    assert found.pop(traced.problem().trace_run_id) == {}
    assert list(found.values()) == [{"no_counterpart": 1}]
    assert traced.data()["trace_again"]["gap_list"] == []
    assert traced.waits_for() == ["confirm_scope"]


def test_e_trace_gap_a_paper_of_another_quantity_leaves_it_open_with_its_reason(traced: ProblemStory) -> None:
    traced.give_to_shop()
    traced.verify()
    traced.answer_gaps(quantity=150)
    assert traced.data()["trace_again"]["gap_count"] == 1
    assert [one["is_open"] for one in traced.one(GapRequest).items] == [False]
    [gap] = traced.data()["trace_again"]["gap_list"]
    assert (gap["kind"], gap["reason"]) == ("quantity_differs", "未要求补证")


def test_e_trace_gap_who_has_no_paper_says_why_and_the_gap_stays(traced: ProblemStory) -> None:
    traced.give_to_shop()
    traced.verify()
    task = traced.asked()
    assert task is not None
    said = traced.refused("fill_gap", traced.owner, papers=[{"has_paper": "no"}], is_true=True)
    assert said == {"papers.0.explanation": ["请填写说明"]}
    traced.do("fill_gap", traced.owner, papers=[{"has_paper": "no", "explanation": "送货单遗失"}], is_true=True)
    assert traced.all(Voucher) == []
    [item] = traced.one(GapRequest).items
    assert (item["reason"], item["is_open"]) == ("送货单遗失", True)
    [gap] = traced.data()["trace_again"]["gap_list"]
    assert (gap["kind"], gap["reason"]) == ("no_counterpart", "送货单遗失")


def test_e_trace_gap_an_origin_paper_of_a_registered_supplier(story: ProblemStory) -> None:
    story.lot_id = story.lot(is_made=False)
    farm = story.shop("都安县蓝家种养合作社")
    story.register(lots_known="yes", lots=[{"lot": story.lot_id}], lots_unknown_reason="")
    story.sell(10)
    story.assign_pair()
    story.verify()
    [item] = story.one(GapRequest).items
    assert (item["kind"], item["wants"], item["partner"]) == ("no_origin", "origin_certificate", None)
    said = story.refused("fill_gap", story.cast.business, is_true=True, papers=[{"has_paper": "yes"}])
    assert "papers.0.counterpart" in said
    story.answer_gaps(counterpart="都安县蓝家种养合作社")
    voucher = story.one(Voucher)
    assert (voucher.kind, voucher.from_id) == (VoucherKind.ORIGIN_CERTIFICATE, farm)
    assert story.data()["trace_again"]["gap_list"] == []


def test_r_trc_06_who_does_not_answer_within_a_day_is_noted(traced: ProblemStory) -> None:
    traced.give_to_shop()
    traced.verify()
    traced.clock.advance(hours=24)
    traced.fire_due()
    assert {one.status for one in traced.all(GapRequest)} == {"silent"}
    assert [gap["reason"] for gap in traced.data()["trace_again"]["gap_list"]] == ["逾期未答复"]
    assert traced.waits_for() == ["confirm_scope"]
    said = traced.refused("confirm_scope", traced.cast.inspector, stage="production", stage_basis="投料记录")
    assert "gaps_acknowledged" in said
    traced.confirm(gaps_acknowledged=True, imbalance_reason="零售店未登记销售")
    assert traced.waits_for() == ["determination"]


def test_a_stale_snapshot_is_traced_again_before_the_determination(traced: ProblemStory) -> None:
    traced.verify()
    traced.answer_gaps()
    traced.confirm()
    traced.clock.advance(hours=25)
    said = traced.refused("determination", traced.cast.inspector, **traced.six())
    assert said == {"action": ["追溯快照已超过二十四小时或者之后又有追溯信息，请先重新追溯"]}
    traced.do("determination", traced.cast.inspector, action="trace")
    traced.determine()
    assert traced.waits_for() == ["review_determination"]


def test_new_evidence_adds_lots_and_traces_again(traced: ProblemStory) -> None:
    traced.verify()
    traced.answer_gaps()
    before = traced.problem().trace_run_id
    second = traced.lot("LZ20261102")
    evidence = Message("new_evidence", traced.instance().business_key, {"summary": "又一批次", "lot_ids": [second]})
    with traced.database.unit_of_work() as session:
        traced.engine.correlate(session, evidence, traced.cast.admin)
    assert traced.problem().lots == [traced.lot_id, second]
    assert traced.problem().trace_run_id != before
    assert "assess_evidence" in traced.waits_for()
    traced.do("assess_evidence", traced.cast.inspector, impact="scope", note="同一原料的另一批次")
    assert "problem.evidence" in traced.told(traced.cast.colleague)


# -- control ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def controlled(traced: ProblemStory) -> ProblemStory:
    """The lot is to be sealed."""
    traced.verify(control="yes")
    traced.control(lots=[traced.lot_id])
    return traced


def test_r_prb_control_a_sealing_lasts_thirty_days_and_holds_the_lots(controlled: ProblemStory) -> None:
    controlled.do("approve_control", controlled.cast.lead, decision="approve")
    measure = controlled.one(ControlMeasure)
    assert (measure.status, local(measure.expires_at)) == ("in_force", "2026-12-19 00:00")
    assert controlled.lot_state() is LotState.HELD
    assert "seal_list" in controlled.documents()
    controlled.clock.move_to(datetime(2026, 12, 19, 0, 0, tzinfo=ZONE))
    controlled.fire_due()
    assert controlled.one(ControlMeasure).status == "expired"
    assert controlled.lot_state() is LotState.ACTIVE
    assert "review_control" not in controlled.waits_for()


def test_a_sealing_is_extended_once_and_lifted(controlled: ProblemStory) -> None:
    controlled.do("approve_control", controlled.cast.lead, decision="approve")
    controlled.do("review_control", controlled.cast.lead, decision="extend", reason="检验结果未出")
    assert local(controlled.one(ControlMeasure).expires_at) == "2027-01-19 00:00"
    said = controlled.refused("review_control", controlled.cast.lead, decision="extend", reason="还需要时间")
    assert said == {"decision": ["控制措施只能延长一次"]}
    controlled.do("review_control", controlled.cast.lead, decision="lift", reason="检验合格，解除")
    assert (controlled.one(ControlMeasure).status, controlled.lot_state()) == ("lifted", LotState.ACTIVE)


def test_r_pen_01_preserve_a_preservation_lasts_seven_days(traced: ProblemStory) -> None:
    traced.verify(control="yes")
    traced.control("preserve")
    traced.do("approve_control", traced.cast.lead, decision="approve")
    assert local(traced.one(ControlMeasure).expires_at) == "2026-11-26 00:00"
    said = traced.refused("review_control", traced.cast.lead, decision="extend", reason="还需要时间")
    assert said == {"decision": ["先行登记保存不能延长，请解除或者转入查封、处罚"]}


def test_a_measure_that_is_not_approved_holds_nothing(controlled: ProblemStory) -> None:
    controlled.do("approve_control", controlled.cast.lead, decision="reject", opinion="危害已消除")
    assert (controlled.one(ControlMeasure).status, controlled.lot_state()) == ("lifted", LotState.ACTIVE)


# -- determination ----------------------------------------------------------------------------------------------------


@pytest.fixture
def to_determine(story: ProblemStory) -> ProblemStory:
    """Everything is there for the six answers; lots unknown."""
    story.register()
    story.assign_pair()
    story.verify()
    story.confirm()
    return story


def test_every_one_of_the_six_answers_is_mandatory(to_determine: ProblemStory) -> None:
    said = to_determine.refused("determination", to_determine.cast.inspector, action="determine")
    assert {"began_at", "ended_at", "region", "site", "cause_code", "cause", "method", "analysis", "parties",
            "scope_reason", "legal_basis", "evidence", "suspected_crime"} <= set(said)  # fmt: skip


def test_what_a_determination_refuses(to_determine: ProblemStory) -> None:
    who, six = to_determine.cast.inspector, to_determine.six()

    def said(**changes: object) -> dict[str, list[str]]:
        return to_determine.refused("determination", who, **(six | changes))

    assert said(ended_at=to_determine.moment(days=-30))["ended_at"] == ["结束时间不能早于开始时间"]
    to_determine.clock.advance(hours=5)
    late = said(ended_at=to_determine.moment(hours=-1))
    assert late["ended_at"] == ["问题发生的时间不能晚于报告时间"]
    assert said(parties=[to_determine.party(60)])["parties"] == ["责任比例合计应当为 100%"]
    twice = [to_determine.party(50), to_determine.party(50)]
    assert said(parties=twice)["parties"] == ["同一责任主体只填一行"]
    five = [row for row in six["evidence"] if row["answer"] != "cause"]
    assert said(evidence=five)["evidence"] == ["六项回答各须有至少一条证据"]


def test_a_party_off_the_trace_needs_a_reason(traced: ProblemStory) -> None:
    traced.verify()
    traced.answer_gaps()
    traced.confirm()
    outside = traced.shop("鱼峰区外来米粉行")
    rows = [traced.party(40), traced.party(60, party=outside, basis="实际供货者")]
    said = traced.refused("determination", traced.cast.inspector, **(traced.six() | {"parties": rows}))
    assert said == {"parties": ["不在追溯链上的责任主体须说明理由，至少 10 个字"]}
    rows[1]["override_reason"] = "供货未开票，经询问笔录证实"
    traced.determine(parties=rows)
    traced.approve_determination()
    assert {party.is_on_path for party in traced.all(ResponsibleParty)} == {True, False}


def test_the_lead_may_send_a_determination_back(to_determine: ProblemStory) -> None:
    to_determine.determine()
    to_determine.do(
        "review_determination", to_determine.cast.lead, decision="return", opinion="责任依据不足，请补充询问笔录"
    )
    assert to_determine.waits_for() == ["determination"]
    to_determine.determine()
    to_determine.approve_determination()
    assert len(to_determine.all(ResponsibleParty)) == 1


# -- outcomes ---------------------------------------------------------------------------------------------------------


def test_the_whole_way_with_rectification(story: ProblemStory) -> None:
    story.until_measures()
    assert "problem_determination" in story.documents()
    story.choose("rectify")
    assert story.waits_for() == ["submit_rectification"]
    story.submit()
    story.recheck("yes")  # a key finding is rechecked on site
    story.close()
    assert story.instance().end_element == "problem_closed"
    assert story.problem().status == "closed"
    assert ("problem", -15) in story.credit()


def test_each_responsible_party_here_is_ordered_to_put_right_what_is_its_own(story: ProblemStory) -> None:
    plant, shop = story.cast.business.establishment_id, story.shop()
    story.register()
    story.assign_pair()
    story.verify()
    story.confirm()
    story.determine(parties=[story.party(70), story.party(30, party=shop)])
    story.approve_determination()
    story.choose("rectify")
    assert story.waits_for() == ["submit_rectification", "submit_rectification"]
    assert {one.establishment_id for one in story.all(Rectification)} == {plant, shop}
    found = {one.establishment_id: one.id for one in story.all(Finding)}
    assert set(found) == {plant, shop}
    with story.database.reading() as session:
        tasks = select(UserTask).where(UserTask.process_instance_id == story.case, UserTask.state == UserTaskState.OPEN)
        assert {task.establishment_id for task in session.scalars(tasks)} == {plant, shop}


def test_a_suspected_crime_goes_to_the_police(story: ProblemStory) -> None:
    story.register()
    story.assign_pair()
    story.verify()
    story.confirm()
    story.determine(suspected_crime="yes")
    story.approve_determination()
    assert story.data()["problem_outcome"] == ["rectify", "transfer"]
    nothing = {"measures": ["rectify"], "reason": "情节轻微不移送", "rectify_days": 5, "requirement": "停止添加"}
    said = story.refused("choose_measures", story.cast.lead, **nothing)
    assert said["measures"] == ["涉嫌犯罪的应当移送公安机关（食品安全法第121条）"]
    story.choose("transfer")
    task = story.open_task("police_reply")
    assert (task.candidate_group, local(task.due_at)) == ("POL", "2026-11-29 00:00")  # R-PRB-TRANSFER
    story.do("police_reply", story.cast.police, decision="accept", reply_no="鱼公立字〔2026〕9号")
    assert (story.one(Transfer).status, story.one(Transfer).reply) == ("accepted", "鱼公立字〔2026〕9号")
    assert "transfer_letter" in story.documents()
    story.close()
    assert story.instance().end_element == "problem_closed"


def test_the_police_may_answer_by_message(story: ProblemStory) -> None:
    story.until_measures()
    story.choose("transfer")
    reply = Message(
        "transfer_reply", story.instance().business_key, {"decision": "decline", "reason": "数额不够立案标准"}
    )
    with story.database.unit_of_work() as session:
        story.engine.correlate(session, reply, story.cast.admin)
    assert (story.one(Transfer).status, story.one(Transfer).reply) == ("declined", "数额不够立案标准")
    assert story.waits_for() == ["verify_closure"]


def test_another_departments_silence_is_entered_only_when_the_time_is_over(story: ProblemStory) -> None:
    story.until_measures()
    story.choose("transfer", transfer_to="department", recipient="柳州市农业农村局")
    silent = {"decision": "silent", "reason": "多次催办无果"}
    assert set(story.refused("await_reply", story.cast.lead, **silent)) == {"decision"}
    story.clock.advance(days=11)
    story.do("await_reply", story.cast.lead, **silent)
    assert story.one(Transfer).status == "silent"


def test_a_warning_is_asked_of_the_announcements(story: ProblemStory) -> None:
    story.until_measures()
    story.choose("warning")
    [asked] = story.thrown("announcement_requested")
    assert (asked["kind"], asked["is_public"]) == ("consumer_warning", True)
    assert "甘举实" not in str(asked)
    story.close()


def test_the_consumers_own_doing_leaves_the_credit_file_alone(story: ProblemStory) -> None:
    story.register()
    story.assign_pair()
    story.verify()
    story.confirm()
    story.determine(cause_code="consumer", cause="消费者自行存放不当导致变质")
    story.approve_determination()
    assert story.data()["problem_outcome"] == []
    story.do("choose_measures", story.cast.lead, measures=[])
    story.close()
    assert story.credit() == []


def test_sampling_and_rectification_run_within_the_case(story: ProblemStory) -> None:
    story.register()
    story.assign_pair()
    story.verify(sampling="yes", samples=[{"product_name": "干米粉", "reason": "硼砂"}])
    assert story.waits_for() == ["confirm_scope", "take_sample"]


def test_lots_that_are_held_must_be_spoken_for_at_the_end(controlled: ProblemStory) -> None:
    story = controlled
    story.do("approve_control", story.cast.lead, decision="approve")
    story.answer_gaps()
    story.confirm()
    story.do("determination", story.cast.inspector, action="trace")  # holding the lot is news of it
    story.determine()
    story.approve_determination()
    story.choose("transfer")
    story.do("police_reply", story.cast.police, decision="accept")
    assert story.waits_for() == ["review_control"]  # closing waits for the control measure
    story.do("review_control", story.cast.lead, decision="convert", reason="转由公安机关扣押")
    answers = {"children_ended": True, "lots_reconciled": True, "closing": "全部措施落实，同意办结该问题"}
    assert set(story.refused("verify_closure", story.cast.lead, **answers)) == {"lots_note"}
    story.close(lots_note="由公安机关扣押保管")
    assert story.instance().end_element == "problem_closed"


def test_traced_lots_that_are_on_the_market_are_recalled(traced: ProblemStory) -> None:
    traced.verify()
    traced.answer_gaps()
    traced.confirm()
    traced.determine()
    traced.approve_determination()
    assert "recall" in traced.data()["problem_outcome"]
    traced.choose("recall")
    recall = traced.one(Recall)
    assert (recall.trace_run_id, recall.recall_class) == (traced.problem().trace_run_id, "II")
    assert traced.waits_for() != []


def test_without_lots_there_is_nothing_to_recall(story: ProblemStory) -> None:
    story.until_measures()
    nothing = {"measures": ["recall"], "reason": "先行召回该产品", "recall_reason": "有危害的产品", "recall_class": "1"}
    said = story.refused("choose_measures", story.cast.lead, **nothing)
    assert said == {"measures": ["批次不明的不能启动召回，请先查明批次"]}


def test_r_tst_06_after_ninety_days_the_manager_is_told(story: ProblemStory) -> None:
    story.register()
    story.clock.move_to(datetime(2027, 2, 16, 23, 59, tzinfo=ZONE))
    story.fire_due()
    assert "problem.overdue" not in story.told(story.cast.manager)
    story.clock.move_to(datetime(2027, 2, 17, 0, 0, tzinfo=ZONE))
    story.fire_due()
    assert "problem.overdue" in story.told(story.cast.manager)


def test_a_risk_alert_reaches_everyone_who_supervises_here(story: ProblemStory) -> None:
    story.until_measures()
    story.choose()
    story.do(
        "verify_closure", story.cast.lead, children_ended=True, lots_reconciled=True, closing="全部措施落实，同意办结"
    )
    story.do(
        "lessons", story.cast.inspector, lessons="应当增加对添加物仓库的突击检查", risk_alert="yes",
        alert="近期米粉类产品添加硼砂风险上升，请加强检查",
    )  # fmt: skip
    assert "problem.risk" in story.told(story.cast.colleague)
