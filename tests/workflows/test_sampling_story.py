"""Sampling, one story per path. Rules are named by their codes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from engine.invariants import check_invariants
from engine.model import UserTask, UserTaskState
from records.clock import ZONE
from records.documents import Document
from records.lots import Lot, add_lot
from records.pauses import ClockPause
from records.registry import Establishment
from records.retest_draw import first_difference
from records.sample_verdicts import ItemCategory, Verdict
from records.sampling import FoodKind
from records.store import Store
from tests.factories import establishment, place, product, user
from tests.workflows.sampling_story import SamplingStory
from tests.workflows.story import local

RAPID = {
    "product": "豆角",
    "kind": FoodKind.FARM,
    "rapid": {
        "item": "克百威",
        "category": ItemCategory.PESTICIDE,
        "product_name": "豆角",
        "value": Decimal("0.9"),
        "limit": Decimal("0.02"),
        "unit": "mg/kg",
        "result": Verdict.UNQUALIFIED,
    },
}


def ended(told: SamplingStory) -> str:
    """The status of the one sample, once its case has ended in order."""
    assert told.instance().ended_at is not None
    with told.database.reading() as session:
        assert list(check_invariants(session)) == []
    [sample] = told.samples()
    assert sample.final_at is not None
    return sample.status


def test_a_sample_that_passes_ends_and_its_spare_is_kept_beside(picked: SamplingStory) -> None:
    picked.begin()
    assert picked.waits_for() == ["take_sample"]
    picked.take()
    assert picked.documents() == ["sampling_form", "sampling_notice"]
    picked.ship()
    picked.receive()
    picked.report("0.2")
    assert ended(picked) == "passed"
    assert picked.documents() == ["sampling_form", "sampling_notice", "test_result"]
    assert picked.portions() == [("封001A", "opened"), ("封001B", "sealed")]
    [report] = picked.reports()
    assert (report.conclusion, report.is_retest, report.accreditation_no) == ("pass", False, "CMA23200000")
    assert picked.told(picked.cast.business) == ["sample.taken", "sample.passed"]
    assert "sample.sent" in picked.told(picked.cast.laboratory)
    assert picked.credit() == []


def test_r_tst_01_the_spare_of_a_good_sample_is_kept_three_months_and_then_disposed_of(picked: SamplingStory) -> None:
    picked.begin()
    picked.take()
    picked.ship()
    picked.receive()
    picked.report()
    assert local(picked.samples()[0].spare_until) == "2027-02-19 00:00"
    picked.deliver_messages()
    [keeping] = picked.cases("spare_sample")
    assert keeping.establishment_id == picked.cast.business.establishment_id
    case, picked.case = picked.case, keeping.id
    assert picked.waits_for() == []
    picked.clock.advance(days=93)
    picked.fire_due()
    answers = {"disposal": "destroyed", "disposed_at": picked.moment(), "witness": "秦化",
               "photos": [picked.photo(picked.cast.laboratory)]}  # fmt: skip
    picked.do("dispose_spare", picked.cast.laboratory, **answers)
    assert picked.instance().end_element == "spare_disposed"
    picked.case = case
    assert picked.portions() == [("封001A", "opened"), ("封001B", "disposed")]


def test_r_tst_01_a_short_shelf_life_ends_the_keeping_earlier(picked: SamplingStory) -> None:
    picked.begin()
    picked.take(shelf_life_days=30)
    picked.ship()
    picked.receive()
    picked.report()
    assert local(picked.samples()[0].spare_until) == "2026-12-03 00:00"


def test_nothing_to_take_ends_the_sampling(picked: SamplingStory) -> None:
    picked.begin()
    said = {"possible": "no", "impossible_reason": "该批产品已售完", "taken_at": picked.moment(),
            "sampler_signature": picked.photo(picked.cast.inspector)}  # fmt: skip
    picked.do("take_sample", picked.cast.inspector, **said)
    assert ended(picked) == "not_taken"
    assert picked.documents() == []


def test_r_tst_01_what_may_not_be_sampled(picked: SamplingStory) -> None:
    picked.begin()
    who = picked.cast.inspector
    one = picked.taking()
    test, spare = one["portions"]
    said: list[tuple[dict[str, Any], dict[str, list[str]]]] = [
        ({"portions": [test, {**spare, "kind": "test"}]}, {"portions": ["检验样品和备用样品各至少一份"]}),
        ({"portions": [test, {**spare, "seal_no": "封001A"}]}, {"portions": ["封签号不能重复"]}),
        ({"portions": [test, {**spare, "quantity": "1"}]}, {"portions": ["各份数量之和应当等于抽样数量"]}),
        ({"base_quantity": "5"}, {"quantity": ["抽样数量不能大于抽样基数"]}),
        ({"photos": one["photos"][:2]}, {"photos": ["至少需要 3 张照片"]}),
        ({"shelf_life_days": 10}, {"shelf_life_days": ["样品已过保质期，请按过期食品处理，不作抽检样品"]}),
        ({"produced_on": "2026-11-19"}, {"produced_on": ["生产日期不能晚于今天"]}),
        ({"price": None}, {"price": ["请填写样品费用"]}),
        ({"storage": "frozen"}, {"storage_temperature": ["请填写现场保存温度"]}),
    ]
    for changes, refusal in said:
        assert picked.refused("take_sample", who, **(one | changes)) == refusal


def test_a_seal_is_used_once(picked: SamplingStory) -> None:
    picked.begin({"product": "干米粉"}, {"product": "湿米粉"})
    with picked.database.reading() as session:
        first, second = session.scalars(select(UserTask.id).where(UserTask.state == UserTaskState.OPEN))
    for task, answers in ((first, picked.taking(1)), (second, picked.taking(2))):
        with picked.database.unit_of_work() as session:
            picked.engine.complete(session, task, answers, picked.cast.inspector)
    assert picked.portions() == [("封001A", "sealed"), ("封001B", "sealed"), ("封002A", "sealed"), ("封002B", "sealed")]
    picked.begin()
    refusal = picked.refused("take_sample", picked.cast.inspector, **picked.taking(2))
    assert refusal == {"portions.0.seal_no": ["封签号“封002A”已被使用，请检查"],
                       "portions.1.seal_no": ["封签号“封002B”已被使用，请检查"]}  # fmt: skip


def test_a_rejected_sample_is_taken_again_with_new_seals(picked: SamplingStory) -> None:
    picked.begin()
    picked.take()
    picked.ship()
    picked.reject()
    assert picked.waits_for() == ["take_sample"]
    assert "sample.rejected" in picked.told(picked.cast.inspector)
    picked.take(2)
    picked.ship()
    assert picked.portions() == [
        ("封001A", "rejected"),
        ("封001B", "rejected"),
        ("封002A", "sent"),
        ("封002B", "sealed"),
    ]
    picked.reject()
    assert ended(picked) == "rejected"


def test_what_a_laboratory_may_not_take_in(picked: SamplingStory) -> None:
    picked.begin()
    picked.take(storage="frozen", storage_temperature="-18")
    picked.ship(temperature="-17")
    who, photo = picked.cast.laboratory, [picked.photo(picked.cast.laboratory)]
    known = {"received_at": picked.moment(), "decision": "accept", "temperature": "-16", "photos": photo}
    assert picked.refused("receive_sample", who, **known) == {
        "seals_intact": ["接收的样品应当封签完好；封签有破损的请拒收"]
    }
    warm = picked.refused("receive_sample", who, **(known | {"seals_intact": True, "temperature": "-4"}))
    assert warm == {"temperature": ["冷冻样品温度高于 -12 ℃，应当拒收"]}
    early = picked.refused("receive_sample", who, **(known | {"seals_intact": True, "received_at": "2026-11-18T08:00"}))
    assert early == {"received_at": ["收样时间不能早于送出时间"]}


def test_a_report_must_agree_with_its_values(picked: SamplingStory) -> None:
    picked.begin()
    picked.take()
    picked.ship()
    picked.receive()
    who, good = picked.cast.laboratory, picked.reporting("0.35")
    lying = {**good["items"][0], "verdict": "pass"}
    assert picked.refused("report_test", who, **(good | {"items": [lying], "conclusion": "pass"})) == {
        "items": ["单项结论与检测值、限量矛盾"]
    }
    assert picked.refused("report_test", who, **(good | {"conclusion": "pass"})) == {
        "conclusion": ["检验结论与单项结论矛盾：一项不合格即为不合格"]
    }
    early = picked.refused("report_test", who, **(good | {"reported_on": "2026-11-17"}))
    assert early == {"reported_on": ["报告日期不能早于收样日期"]}
    method = {**good["items"][0], "method": "自编"}
    said = picked.refused("report_test", who, **(good | {"items": [method]}))
    assert said == {"items.0.method": ["请填写标准号，如 GB 5009.12—2023"]}


def test_an_accreditation_that_has_ended_is_no_basis_of_a_report(picked: SamplingStory) -> None:
    picked.correct_laboratory(0, valid_to=datetime(2026, 11, 18, tzinfo=ZONE).date())
    picked.begin()
    picked.take()
    picked.ship()
    picked.receive()
    picked.clock.advance(days=1)
    said = picked.refused("report_test", picked.cast.laboratory, **picked.reporting("0.1"))
    assert said == {"reported_on": ["检验机构资质在报告日期无效"]}


def test_a_report_number_is_used_once(picked: SamplingStory) -> None:
    for number in (1, 2):
        picked.begin()
        picked.take(number)
        picked.ship()
        picked.receive()
        if number == 1:
            picked.report()
    said = picked.refused("report_test", picked.cast.laboratory, **picked.reporting("0.1"))
    assert said == {"report_no": ["报告编号“JC-2026-001”已被使用，请检查"]}


def test_a_failed_sample_reports_the_problem_while_the_business_may_object(picked: SamplingStory) -> None:
    picked.until_failed()
    assert picked.waits_for() == ["request_retest"]
    said = picked.last_thrown()["problem_reported"]
    assert (said["source"], said["product_name"], said["ill"]) == ("sampling", "干米粉", 0)
    assert said["hazard"] == "chemical"  # lead is a contaminant
    assert said["source_record_id"] == picked.samples()[0].id
    assert "铅 0.35 mg/kg（标准 ≤ 0.2 mg/kg）" in said["summary"]
    assert picked.told(picked.cast.business)[-1] == "sample.failed"
    assert picked.documents() == ["sampling_form", "sampling_notice", "test_failure"]


def test_no_objection_confirms_the_failure(picked: SamplingStory) -> None:
    picked.until_failed()
    picked.object(decision="accept", reason=None, given=None, fee=None, fee_proof=[], applicant=None)
    assert ended(picked) == "confirmed"
    assert picked.credit() == [("sample_failed", -8)]
    assert local(picked.samples()[0].spare_until) == "2027-05-19 00:00"  # R-TST-01-SPARE-FAIL: six months
    assert "spare_kept" in picked.last_thrown()


def test_r_tst_02_the_window_closes_after_seven_working_days(picked: SamplingStory) -> None:
    picked.clock.move_to(datetime(2026, 9, 28, 11, tzinfo=ZONE))
    picked.until_failed(produced_on="2026-09-01")
    # 29, 30 September, then the holiday; 8, 9 and 10 (a Saturday made up for) October, 12, 13
    assert local(picked.open_task("request_retest").due_at) == "2026-10-14 00:00"
    picked.clock.move_to(datetime(2026, 10, 13, 23, 59, tzinfo=ZONE))
    picked.fire_due()
    assert picked.waits_for() == ["request_retest"]
    picked.clock.move_to(datetime(2026, 10, 14, 0, 1, tzinfo=ZONE))
    picked.fire_due()
    assert ended(picked) == "confirmed"


def test_r_tst_04_farm_produce_may_be_objected_to_for_five_working_days(picked: SamplingStory) -> None:
    picked.clock.move_to(datetime(2026, 9, 28, 11, tzinfo=ZONE))
    picked.until_failed(produced_on="2026-09-01", kind="farm")
    task = picked.open_task("request_retest")
    assert (task.due_rule, local(task.due_at)) == ("R-TST-04-OBJECT", "2026-10-11 00:00")


def test_r_tst_03_a_rapid_test_may_be_objected_to_for_four_hours(picked: SamplingStory) -> None:
    picked.begin(RAPID)
    assert picked.waits_for() == ["request_retest"]
    assert local(picked.open_task("request_retest").due_at) == "2026-11-18 15:00"
    assert "克百威 0.9 mg/kg（限量 0.02 mg/kg）" in picked.last_thrown()["problem_reported"]["summary"]
    picked.clock.advance(hours=4, seconds=1)
    picked.fire_due()
    assert ended(picked) == "confirmed"
    assert "spare_kept" not in picked.last_thrown()


def test_r_tst_03_a_rapid_test_is_not_repeated_by_a_rapid_test(picked: SamplingStory) -> None:
    picked.begin(RAPID)
    picked.object()
    picked.send_spare(seal_no="封900", quantity="2")
    name = picked.draw().ranking[0]["name"]
    who = picked.cast.laboratory if name.endswith("（一所）") else picked.cast.second_laboratory
    answers = picked.reporting("0.1", "FJ-1") | {"received_at": picked.moment(), "seals_intact": True}
    said = picked.refused("report_retest", who, **(answers | {"approach": "rapid"}))
    assert said == {"approach": ["复检不得采用快速检测方法（食品安全法第八十八条）"]}
    assert local(picked.open_task("report_retest").due_at) == "2026-11-28 00:00"  # R-TST-04-RETEST: seven working days
    picked.do("report_retest", who, **(answers | {"approach": "laboratory"}))
    assert ended(picked) == "overturned"


def test_r_tst_02_the_re_test_laboratory_is_drawn_and_never_the_first(picked: SamplingStory) -> None:
    picked.until_failed()
    before = picked.draw()
    assert (before.status, before.seed, [one["reason"] for one in before.excluded]) == ("committed", None, ["初检机构"])
    picked.object()
    draw = picked.draw()
    assert (draw.status, draw.chosen_id) == ("drawn", picked.laboratories()[1].id)
    assert draw.commitment == before.commitment
    assert first_difference(draw) is None
    assert "retest_draw" in picked.documents()
    assert picked.open_task("send_spare").assignee_id == picked.cast.inspector.id


def test_r_tst_02_a_re_test_that_fails_is_final(picked: SamplingStory) -> None:
    picked.until_failed()
    picked.object()
    picked.send_spare()
    assert picked.open_task("report_retest").assignee_id == picked.cast.second_laboratory.id
    picked.retest("0.31")
    assert ended(picked) == "confirmed"
    assert [(one.is_retest, one.conclusion) for one in picked.reports()] == [(False, "fail"), (True, "fail")]
    assert picked.credit() == [("sample_failed", -8)]
    assert "spare_kept" not in picked.last_thrown()  # it was used up


def test_r_tst_05_the_authority_bears_the_cost_of_a_re_test_that_passes(picked: SamplingStory) -> None:
    picked.until_failed()
    picked.object()
    picked.send_spare()
    picked.retest("0.11")
    assert ended(picked) == "overturned"
    assert picked.credit() == []
    with picked.database.reading() as session:
        paper = session.scalars(select(Document).where(Document.kind == "retest_result")).one()
    assert (paper.facts["fee"], paper.facts["bearer_word"]) == (1200, "监管部门承担")


def test_r_tst_06_the_time_of_a_re_test_does_not_count(picked: SamplingStory) -> None:
    picked.until_failed()
    picked.object()
    with picked.database.reading() as session:
        [pause] = session.scalars(select(ClockPause))
        assert (pause.rule_code, pause.ends_at) == ("R-TST-06", None)
    picked.clock.advance(days=3)
    picked.send_spare()
    picked.retest("0.31")
    with picked.database.reading() as session:
        [pause] = session.scalars(select(ClockPause))
        assert pause.ends_at is not None and (pause.ends_at - pause.begins_at).days == 3


def test_r_tst_02_where_the_list_is_empty_a_laboratory_is_agreed_on(picked: SamplingStory) -> None:
    picked.correct_laboratory(1, may_retest=False)
    picked.until_failed()
    assert {one["reason"] for one in picked.draw().excluded} == {"初检机构", "不在复检机构名录"}
    picked.object()
    assert picked.waits_for() == ["name_laboratory"]
    agreed = picked.laboratories()[1].id
    first = picked.laboratories()[0].id
    said = {"reason": "名录内没有其他机构，申请人书面同意", "consent": [picked.photo(picked.cast.lead)]}
    assert "laboratory" in picked.refused("name_laboratory", picked.cast.lead, laboratory=first, **said)
    picked.do("name_laboratory", picked.cast.lead, laboratory=agreed, **said)
    picked.send_spare()
    picked.retest("0.31")
    assert ended(picked) == "confirmed"


def test_what_an_objection_must_say(picked: SamplingStory) -> None:
    picked.until_failed()
    who = picked.cast.business
    known = {"decision": "retest", "reason": "同批产品自检合格，对检测值有异议", "given": "20261118", "fee": "1200",
             "fee_proof": [picked.photo(who)], "applicant": "陈桂英", "is_true": True}  # fmt: skip
    assert picked.refused("request_retest", who, **(known | {"given": "1234"})) == {
        "given": ["请填写八位以上的数字或字母"]
    }
    assert picked.refused("request_retest", who, **(known | {"fee": None})) == {"fee": ["请填写预交复检费用"]}
    assert picked.refused("request_retest", who, **(known | {"is_true": False})) == {"is_true": ["请确认所填内容真实"]}


def test_r_tst_01_deadlines_over_the_golden_week(picked: SamplingStory) -> None:
    picked.clock.move_to(datetime(2026, 9, 28, 11, tzinfo=ZONE))
    picked.begin()
    picked.take(produced_on="2026-09-01")
    assert local(picked.open_task("ship_sample").due_at) == "2026-10-11 00:00"  # R-TST-01-DELIVER: five working days
    picked.ship()
    assert local(picked.open_task("receive_sample").due_at) == "2026-09-30 00:00"  # R-TST-RECEIVE
    picked.receive()
    assert local(picked.open_task("report_test").due_at) == "2026-10-31 00:00"  # R-TST-01-REPORT: twenty working days


def test_the_lot_of_a_failed_sample_is_held_until_a_re_test_clears_it(picked: SamplingStory) -> None:
    with picked.database.unit_of_work() as session:
        store = Store(session, picked.clock, picked.cast.admin)
        plant = session.get_one(Establishment, picked.cast.business.establishment_id)
        noodles = Lot(tlc="20261102", product_id=product(store, plant).id, product_name="干米粉", quantity=Decimal(200),
                      unit="袋", establishment_id=plant.id, **place(session))  # fmt: skip
        lot = add_lot(store, noodles).id

    def state() -> str:
        with picked.database.reading() as session:
            return session.get_one(Lot, lot).state

    picked.until_failed()
    assert (state(), picked.last_thrown()["problem_reported"]["lot_ids"]) == ("held", [lot])
    picked.object()
    picked.send_spare()
    picked.retest("0.11")
    assert state() == "active"


def test_the_producer_named_on_the_label_is_told_too(picked: SamplingStory) -> None:
    with picked.database.unit_of_work() as session:
        store = Store(session, picked.clock, picked.cast.admin)
        maker = establishment(store, name="柳州市柳北区外地米粉厂")
        person = user(store, username="maker", name="厂长", role="BIZ")
        store.correct(person, {"establishment_id": maker.id})
    picked.until_failed(producer_name="柳州市柳北区外地米粉厂")
    assert picked.told(replace(picked.cast.business, id=person.id)) == ["sample.failed"]
