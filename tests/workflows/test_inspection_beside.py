"""What goes on beside an inspection: samples and rapid tests, its disclosure, problems, interruptions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.invariants import check_invariants
from engine.messages import Message
from engine.model import MessageState
from records.clock import today
from records.sampling import RapidTest, SampleRoute
from tests.workflows.sampling_story import SamplingStory

BACK = {"decision": "return", "return_to": "onsite", "opinion": "请补查冷库并补抽一份样品"}
SERIOUS = {"severity": "serious", "fixed_on_spot": False}
ASKED = [
    {"product_name": "干米粉", "lot_code": "20261102", "reason": "抽检计划", "asked_items": "铅"},
    {"product_name": "湿米粉", "reason": "感官异常"},
]


def rapid(told: SamplingStory, **changes: Any) -> dict[str, Any]:
    """A rapid test of dry rice noodles for sulphur dioxide, limit 0.1 g/kg."""
    valid = today(told.clock) + timedelta(days=90)
    known = {"item": "二氧化硫残留", "sample": "干米粉", "kit_lot": "K1", "kit_expires_on": valid.isoformat(),
             "value": "0.05", "result": "pass"}  # fmt: skip
    return known | changes


def until_confirmed(told: SamplingStory, **onsite: Any) -> None:
    told.assign()
    told.accept()
    told.inspect(**onsite)
    told.confirm()


def test_samples_go_beside_the_result_and_the_case_ends_with_the_last(picked: SamplingStory) -> None:
    until_confirmed(picked, samples=ASKED)
    assert picked.waits_for() == ["result_and_signature", "take_sample", "take_sample"]
    picked.tell_result("conform")
    picked.approve()
    assert picked.instance().ended_at is None
    assert picked.waits_for() == ["take_sample", "take_sample"]
    first, second = picked.samples()
    assert (first.product_name, first.asked_items, second.lot_code) == ("干米粉", "铅", None)
    said = {"possible": "no", "impossible_reason": "该批产品已售完", "taken_at": picked.moment(),
            "sampler_signature": picked.photo(picked.cast.inspector)}  # fmt: skip
    from_task = picked.tasks("take_sample")
    for task in from_task:
        with picked.database.unit_of_work() as session:
            picked.engine.complete(session, task, said, picked.cast.inspector)
    assert picked.instance().ended_at is not None
    assert picked.inspection().status == "closed"
    with picked.database.reading() as session:
        assert list(check_invariants(session)) == []


def test_no_samples_asked_for_are_none_opened(picked: SamplingStory) -> None:
    until_confirmed(picked)
    assert "open_sampling" not in picked.passed()
    assert picked.samples() == []


def test_samples_asked_for_once_are_not_asked_for_again_when_the_lead_sends_the_case_back(
    picked: SamplingStory,
) -> None:
    until_confirmed(picked, samples=ASKED[:1])
    picked.tell_result("conform")
    picked.do(
        "lead_review", picked.cast.lead, decision="return", return_to="onsite", opinion="请补查冷库并补抽一份样品"
    )
    picked.inspect(samples=ASKED)
    picked.confirm()
    assert [sample.product_name for sample in picked.samples()] == ["干米粉", "湿米粉"]
    assert picked.waits_for() == ["result_and_signature", "take_sample", "take_sample"]


def test_r_ins_22_a_failed_rapid_test_is_objected_to_or_stands(picked: SamplingStory) -> None:
    until_confirmed(picked, rapid_tests=[rapid(picked), rapid(picked, sample="湿米粉", value="0.3", result="fail")])
    with picked.database.reading() as session:
        tests = session.scalars(select(RapidTest).order_by(RapidTest.value)).all()
        assert [(one.product_name, one.result, str(one.limit), one.unit) for one in tests] == [
            ("干米粉", "pass", "0.1000", "g/kg"),
            ("湿米粉", "fail", "0.1000", "g/kg"),
        ]
    [sample] = picked.samples()
    assert (sample.route, sample.rapid_test_id, sample.product_name) == (SampleRoute.RAPID, tests[1].id, "湿米粉")
    assert picked.waits_for() == ["request_retest", "result_and_signature"]
    assert picked.last_thrown()["problem_reported"]["source"] == "sampling"


def test_r_ins_22_a_rapid_result_follows_from_the_tables_limit(picked: SamplingStory) -> None:
    picked.assign()
    picked.accept()
    lying = [rapid(picked, value="0.3", result="pass")]
    answers = picked.onsite_answers() | {"rapid_tests": lying}
    said = picked.refused("onsite_inspection", picked.cast.inspector, **answers)
    assert said == {"rapid_tests": ["快检结果与检测值、限量值不一致"]}
    unknown = picked.onsite_answers() | {"rapid_tests": [rapid(picked, item="ATP荧光")]}
    assert picked.refused("onsite_inspection", picked.cast.inspector, **unknown) == {
        "rapid_tests.0.item": ["请从选项中选择"]
    }


def test_r_ins_13_a_result_that_is_formed_begins_its_disclosure(picked: SamplingStory) -> None:
    until_confirmed(picked)
    picked.tell_result("conform")
    picked.approve()
    assert picked.instance().end_element == "inspection_closed"
    said = picked.last_thrown()["result_formed"]
    assert (said["inspection_no"], said["is_referred"]) == (picked.instance().business_key, False)
    picked.deliver_messages()
    [disclosure] = picked.cases("result_disclosure")
    assert disclosure.establishment_id == picked.cast.business.establishment_id


def test_an_investigation_reports_the_problem_too(picked: SamplingStory) -> None:
    picked.until_order({picked.item(is_key=True): SERIOUS}, "not")
    referral = {"suspected": "食品安全法第三十四条", "transfer_to": "enforcement", "handler": "综合执法大队",
                "materials": ["result_sheet"], "hazard": "chemical"}  # fmt: skip
    picked.do("investigation_referral", picked.cast.lead, **referral)
    said = picked.last_thrown()["problem_reported"]
    assert (said["source"], said["hazard"], said["source_case_no"]) == (
        "inspection",
        "chemical",
        picked.instance().business_key,
    )
    assert said["establishment_id"] == picked.cast.business.establishment_id
    assert picked.last_thrown()["result_formed"]["is_referred"] is True


@pytest.mark.parametrize("samples", [[], ASKED[:1]])
def test_a_subject_that_closed_ends_the_inspection(picked: SamplingStory, samples: list[dict[str, Any]]) -> None:
    until_confirmed(picked, samples=samples)
    with picked.database.unit_of_work() as session:
        message = Message("subject_closed", picked.instance().business_key, {"closed_on": "2026-11-17"}, "closed-1")
        assert picked.engine.correlate(session, message, picked.cast.admin).state is MessageState.TAKEN
    assert picked.waits_for() == ["closure_record"]

    def visit(days: int) -> dict[str, object]:
        photos = [picked.photo(picked.cast.inspector)]
        return {"visited_at": picked.moment(days=-days, minutes=-5), "result": "已停业，设备搬空", "photos": photos}

    told = {"situation": "营业执照已于上周注销，存货已退回供货者"}
    who = picked.cast.inspector
    assert picked.refused("closure_record", who, visits=[visit(0), visit(0)], **told) == {
        "visits": ["两次核实应当在不同日期进行"]
    }
    picked.do("closure_record", who, visits=[visit(1), visit(0)], **told)
    assert picked.instance().ended_at is not None
    assert picked.passed()[-2:] == ["inspection_dropped", "closed_beside"]
    assert picked.inspection().status == "subject_closed"
    assert picked.instance().end_element == "inspection_dropped"


def test_a_raised_emergency_level_is_told_and_stops_nothing(picked: SamplingStory) -> None:
    until_confirmed(picked)
    with picked.database.unit_of_work() as session:
        signal = Message("emergency_level_raised", payload={"level": "Ⅲ"}, id="raised-1")
        picked.engine.broadcast(session, signal, picked.cast.admin)
    picked.deliver_messages()
    assert "emergency.raised" in picked.told(picked.cast.inspector)
    assert "emergency.raised" in picked.told(picked.cast.lead)
    assert picked.waits_for() == ["result_and_signature"]
