"""An on-site inspection, one story per path. Rules are named by their codes."""

from __future__ import annotations

import pytest

from engine.errors import FourEyesError
from records.controls import ControlMeasure
from records.registry import Segment
from records.store import Store
from tests.factories import establishment
from tests.workflows.story import FAR_AWAY, Story, local

MINOR = {"severity": "minor", "fixed_on_spot": True}
SERIOUS = {"severity": "serious", "fixed_on_spot": False}


def test_a_conforming_business_is_inspected_and_the_case_closes(story: Story) -> None:
    story.assign()
    assert story.waits_for() == ["accept_assignment"]
    story.accept()
    story.inspect()
    story.confirm()
    story.tell_result("conform")
    assert story.documents() == ["checklist", "result_sheet", "task_letter"]
    story.approve()

    assert story.instance().end_element == "inspection_closed"
    assert story.inspection().overall == "conform"
    assert story.inspection().status == "closed"
    assert story.findings() == []
    assert story.credit() == [("inspection", 2)]


def test_r_ins_10_a_minor_finding_corrected_on_the_spot_needs_no_rectification(story: Story) -> None:
    story.until_result({story.item(is_key=False): MINOR})
    story.tell_result("basically")
    story.approve()

    [finding] = story.findings()
    assert (finding.disposition, finding.status) == ("on_spot", "corrected_on_spot")
    assert story.instance().end_element == "inspection_closed"
    assert "rectify" not in story.passed()


def test_r_ins_10_a_serious_finding_leads_to_rectification(story: Story) -> None:
    story.until_order({story.item(is_key=False): SERIOUS}, "basically")

    assert story.waits_for() == ["submit_rectification"]
    [finding] = story.findings()
    assert (finding.disposition, finding.status) == ("dated", "rectifying")
    assert story.documents() == ["checklist", "order_to_correct", "result_sheet", "task_letter"]


def test_r_ins_10_a_minor_finding_that_repeats_within_a_year_is_rectified(story: Story) -> None:
    code = story.item(is_key=False)
    story.until_result({code: MINOR})
    story.tell_result("basically")
    story.approve()
    story.clock.advance(days=90)
    story.until_order({code: MINOR}, "basically")

    [again] = story.findings()
    assert again.repeat_of is not None
    assert again.disposition == "dated"


def test_a_failed_key_item_is_investigated_beside_its_rectification(story: Story) -> None:
    story.until_order({story.item(is_key=True): SERIOUS}, "not")
    assert story.waits_for() == ["investigation_referral", "submit_rectification"]

    story.do(
        "investigation_referral",
        story.cast.lead,
        suspected="食品安全法第三十四条",
        transfer_to="enforcement",
        handler="综合执法大队",
        materials=["result_sheet", "photos"],
    )
    assert story.instance().ended_at is None
    story.submit()
    story.recheck("yes")
    assert story.instance().end_element == "inspection_closed"
    assert story.credit() == [("inspection", -10), ("rectification_closed", 3)]


def test_a_general_item_that_affects_safety_is_investigated_too(story: Story) -> None:
    story.until_order({story.item(is_key=False): {**SERIOUS, "affects_safety": True}}, "basically")
    assert story.findings()[0].disposition == "investigate"


def test_r_ins_control_approval_an_acute_hazard_is_controlled_with_the_leads_approval(story: Story) -> None:
    story.until_result({story.item(is_key=True): SERIOUS})
    story.tell_result("not", rectify_days=10, hazard="yes")
    order = {
        "kind": "seal",
        "objects": "干米粉 200 袋，批号 20261102，成品库",
        "reason": "使用非食用物质，继续销售有严重危害",
        "photos": [story.photo(story.cast.inspector)],
    }
    story.do("control_order", story.cast.inspector, **order)
    approval = story.open_task("control_approval")
    assert local(approval.due_at) == "2026-11-18 13:00"  # R-INS-CONTROL-APPROVAL: two hours
    assert approval.priority == 100
    story.do("control_approval", story.cast.lead, decision="approve")

    with story.database.reading() as session:
        [measure] = session.query(ControlMeasure).all()
    assert measure.status == "in_force"
    assert local(measure.expires_at) == "2026-11-26 00:00"  # R-INS-PRESERVE: seven days, APL art. 56
    assert story.waits_for() == ["lead_review"]


def test_a_refused_control_measure_is_lifted(story: Story) -> None:
    story.until_result({story.item(is_key=True): SERIOUS})
    story.tell_result("not", rectify_days=10, hazard="yes")
    order = {
        "kind": "stop_sale",
        "objects": "米粉生产线一条",
        "reason": "现场卫生不符合要求，先停产",
        "photos": [story.photo(story.cast.inspector)],
    }
    story.do("control_order", story.cast.inspector, **order)
    story.do("control_approval", story.cast.lead, decision="reject", opinion="证据不足，立即解除")

    with story.database.reading() as session:
        [measure] = session.query(ControlMeasure).all()
    assert (measure.status, measure.expires_at) == ("lifted", None)


def test_r_ins_16_refused_entry_ends_the_inspection_and_goes_to_the_credit_file(story: Story) -> None:
    story.assign()
    story.accept()
    door = [story.photo(story.cast.inspector)]
    story.do(
        "onsite_inspection",
        story.cast.inspector,
        access="refused",
        arrived_at=story.moment(minutes=-30),
        left_at=story.moment(),
        door_photos=door,
    )
    signature = story.photo(story.cast.inspector)
    story.do(
        "obstruction_record",
        story.cast.inspector,
        kind="refused",
        happened_at=story.moment(minutes=-20),
        person="自称主管的男子",
        described="检查人员出示证件后，对方锁闭大门拒绝进入。",
        evidence=[story.photo(story.cast.inspector)],
        police_called="no",
        lead_signature=signature,
        second_signature=signature,
    )
    assert story.instance().end_element == "inspection_obstructed"
    assert story.inspection().status == "obstructed"
    assert story.credit() == [("inspection", -20)]


def test_nobody_found_on_two_days_ends_the_inspection(story: Story) -> None:
    story.assign()
    story.accept()
    story.do(
        "onsite_inspection",
        story.cast.inspector,
        access="not_found",
        arrived_at=story.moment(minutes=-30),
        left_at=story.moment(),
    )

    def visit(days: int) -> dict[str, object]:
        photos = [story.photo(story.cast.inspector)]
        return {"visited_at": story.moment(days=-days, minutes=-5), "result": "卷帘门紧闭", "photos": photos}

    record = {
        "inquiries": "询问邻铺和网格员，均称上月已搬离。",
        "suggestion": "abnormal",
        "lead_signature": story.photo(story.cast.inspector),
    }
    who = story.cast.inspector
    same_day = story.refused("not_found_record", who, visits=[visit(0), visit(0)], **record)
    assert same_day == {"visits": ["两次查找应当在不同日期进行"]}
    story.do("not_found_record", who, visits=[visit(1), visit(0)], **record)
    assert story.instance().end_element == "premises_not_found"
    assert story.inspection().status == "not_found"


def test_the_business_is_told_of_a_routine_inspection(story: Story) -> None:
    story.assign()
    assert story.told(story.cast.business) == ["inspection.announced"]


def test_r_ins_15_a_flight_inspection_is_not_announced(story: Story) -> None:
    story.assign(mode="flight")
    assert story.told(story.cast.business) == []
    assert "notify_business" not in story.passed()
    assert not story.instance().is_visible_to_business


def test_r_ins_09_a_flight_inspection_may_check_some_items_only(story: Story) -> None:
    story.assign(mode="flight")
    story.accept()
    code = story.item(is_key=True)
    story.inspect(checklist={code: {"result": "conform"}})
    assert story.waits_for() == ["cosign"]


def test_r_ins_12_the_business_sees_the_case_once_it_has_the_result(story: Story) -> None:
    story.until_result()
    assert not story.instance().is_visible_to_business
    story.tell_result("conform")
    assert story.instance().is_visible_to_business
    assert story.told(story.cast.business) == ["inspection.announced", "inspection.result"]


def test_r_ins_06_the_second_inspector_may_return_the_record(story: Story) -> None:
    story.assign()
    story.accept()
    story.inspect()
    reason = "2-3 项现场看到的是另一台冷柜，请补充"
    story.do("cosign", story.cast.colleague, no_interest=True, decision="return", return_reason=reason)
    assert story.waits_for() == ["onsite_inspection"]
    story.inspect({story.item(is_key=False): SERIOUS})
    story.confirm()
    assert [finding.code for finding in story.findings()] == [story.item(is_key=False)]


def test_r_ins_06_the_record_is_confirmed_by_other_eyes(story: Story) -> None:
    story.assign()
    story.accept()
    story.inspect()
    with story.database.unit_of_work() as session, pytest.raises(FourEyesError):
        story.engine.assign(session, story.task("cosign", session).id, story.cast.inspector.id, story.cast.lead)


def test_the_lead_returns_the_result_and_a_new_sheet_replaces_the_old(story: Story) -> None:
    story.until_result({story.item(is_key=False): SERIOUS})
    story.tell_result("basically", rectify_days=10)
    story.do(
        "lead_review",
        story.cast.lead,
        decision="return",
        return_to="result",
        opinion="整改期限过短，请与企业协商后更正",
    )
    assert story.waits_for() == ["result_and_signature"]
    story.tell_result("basically", rectify_days=20)
    assert story.documents() == ["checklist", "result_sheet", "task_letter"]
    story.approve()
    assert story.rectification().days == 20


def test_the_lead_returns_the_record_and_withdrawn_findings_disappear(story: Story) -> None:
    story.until_result({story.item(is_key=False): SERIOUS})
    story.tell_result("basically", rectify_days=10)
    story.do(
        "lead_review",
        story.cast.lead,
        decision="return",
        return_to="onsite",
        opinion="1-2 项证据不足，请重新核对现场记录",
    )
    story.inspect()
    story.confirm()
    story.tell_result("conform")
    story.approve()
    assert story.findings() == []
    assert story.instance().end_element == "inspection_closed"


@pytest.mark.parametrize(
    ("variant", "answers"),
    [
        (
            "refused_witness",
            {"refusal_reason": "对结果有异议", "witness_name": "韦管理（东市场）", "witness_signature": "photo"},
        ),
        ("refused_recording", {"refusal_reason": "未说明理由", "recording": "video"}),
    ],
)
def test_r_ins_11_a_refused_signature_is_witnessed_or_recorded(
    story: Story, variant: str, answers: dict[str, object]
) -> None:
    story.until_result()
    who = story.cast.inspector
    told = dict(answers)
    if variant == "refused_witness":
        told["witness_signature"] = story.photo(who)
    else:
        told["recording"] = [story.video(who)]
    signed = story.result_answers("conform")
    refused = {name: value for name, value in signed.items() if name not in ("signer_name", "business_signature")}
    story.do("result_and_signature", who, **(refused | {"signature": variant} | told))

    assert story.inspection().signature == variant
    assert story.inspection().signature_detail["refusal_reason"] == answers["refusal_reason"]
    assert story.waits_for() == ["lead_review"]


def test_r_ins_distance_far_from_the_registered_place_is_flagged_and_explained(story: Story) -> None:
    story.assign()
    story.accept()
    story.inspect(position=FAR_AWAY, distance_reason="企业上月搬到新厂房，尚未变更登记")
    story.confirm()
    inspection = story.inspection()
    assert inspection.flags == ["position_far"]
    assert inspection.distance == pytest.approx(2224, abs=5)


@pytest.mark.parametrize(
    ("segment", "kind", "template"),
    [
        (Segment.PRODUCTION, "producer", "rice_noodle_producer"),
        (Segment.SALES, "stall", "market_stall"),
        (Segment.CATERING, "catering", "catering"),
        (Segment.SALES, "canteen", "catering"),
        (Segment.FARM, "farm", "market_stall"),
    ],
)
def test_the_segment_chooses_the_checklist(story: Story, segment: Segment, kind: str, template: str) -> None:
    with story.database.unit_of_work() as session:
        store = Store(session, story.clock, story.cast.admin)
        place = establishment(store, name="柳州市鱼峰区另一家", segment=segment, kind=kind)
    story.assign(establishment=place.id)
    assert story.checklist_code() == template


def test_r_ins_accept_the_two_inspectors_are_due_by_the_rules(story: Story) -> None:
    story.assign()
    task = story.open_task("accept_assignment")
    assert (task.due_rule, local(task.due_at)) == ("R-INS-ACCEPT", "2026-11-21 00:00")  # two working days, 24:00
    assert task.assignee_id == story.cast.inspector.id
