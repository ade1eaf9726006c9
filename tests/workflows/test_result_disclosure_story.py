"""The disclosure of inspection results, one story per path. Rules are named by their codes."""

from __future__ import annotations

from datetime import datetime
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.messages import Message
from feel.dmn import parse_decisions
from records.clock import ZONE
from records.result_disclosures import ResultDisclosure
from tests.workflows.sampling_story import SamplingStory
from tests.workflows.story import local

MODELS = Path(__file__).parents[2] / "bpmn"
DECISIONS = parse_decisions((MODELS / "result_disclosure.dmn").read_bytes())
SERIOUS = {"severity": "serious", "fixed_on_spot": False}


def until_formed(told: SamplingStory, overall: str = "conform", **assigned: str) -> None:
    """An inspection whose result is formed; the case is now its disclosure."""
    told.until_result(**assigned)
    told.tell_result(overall)
    told.approve()
    told.deliver_messages()
    told.case = told.cases("result_disclosure")[-1].id


def disclosed(told: SamplingStory) -> ResultDisclosure:
    with told.database.reading() as session:
        of_case = select(ResultDisclosure).where(ResultDisclosure.process_instance_id == told.case)
        return session.scalars(of_case).one()


def answer(told: SamplingStory, name: str, **content: str) -> None:
    with told.database.unit_of_work() as session:
        number = told.instance().business_key
        told.engine.correlate(session, Message(name, number, {"source_case_no": number, **content}), told.cast.admin)


def test_a_result_is_published_in_time(picked: SamplingStory) -> None:
    until_formed(picked)
    said = picked.last_thrown()["announcement_requested"]
    assert (said["kind"], said["is_public"], said["source_case_no"]) == (
        "result_disclosure",
        True,
        picked.instance().business_key,
    )
    assert local(datetime.fromisoformat(said["due_at"])) == "2026-12-17 00:00"
    values = {row["label"]: row["value"] for row in said["fields"]}
    assert (values["单位名称"], values["检查结论"], values["不符合项"]) == (
        "柳州市鱼峰区老陈米粉厂",
        "符合",
        "未发现不符合项",
    )
    assert "陈桂英" not in str(said) and "韦检" not in str(said)
    answer(picked, "announcement_published", announcement_no="公-1", published_at="2026-11-25T09:00:00+08:00")
    assert picked.instance().end_element == "result_published"
    record = disclosed(picked)
    assert (record.status, record.announcement_no, record.is_late) == ("published", "公-1", False)
    assert [row["name"] for row in record.withheld or []] == ["legal_person", "inspectors"]


def test_a_result_published_after_its_time_is_late(picked: SamplingStory) -> None:
    until_formed(picked)
    answer(picked, "announcement_published", announcement_no="公-2", published_at="2026-12-20T09:00:00+08:00")
    assert disclosed(picked).is_late is True


def test_a_result_that_is_not_published_needs_its_ground(picked: SamplingStory) -> None:
    until_formed(picked)
    answer(picked, "announcement_closed_unpublished", reason="涉及正在侦办的案件")
    assert picked.waits_for() == ["explain_unpublished"]
    who = picked.cast.disclosure
    assert set(picked.refused("explain_unpublished", who, reason="太短了")) == {"ground", "reason"}
    picked.do("explain_unpublished", who, ground="enforcement_file", reason="侦办期间公开可能影响调查，依据第十六条")
    assert picked.instance().end_element == "result_withheld"
    assert (disclosed(picked).status, disclosed(picked).ground) == ("withheld", "enforcement_file")


def test_r_ins_13_reminders_over_the_golden_week(picked: SamplingStory) -> None:
    picked.clock.move_to(datetime(2026, 9, 28, 11, tzinfo=ZONE))
    until_formed(picked)
    # twenty working days: 29, 30 September; 8, 9, 10 October (a Saturday made up for); 12-16, 19-23, 26-30 October
    assert local(disclosed(picked).due_at) == "2026-10-31 00:00"
    told = picked.cast.disclosure
    picked.fire_due()
    assert picked.told(told) == []
    for day, kinds in (
        (datetime(2026, 10, 15, tzinfo=ZONE), ["disclosure.reminder"]),
        (datetime(2026, 10, 25, tzinfo=ZONE), ["disclosure.reminder"] * 2),
        (datetime(2026, 10, 30, tzinfo=ZONE), ["disclosure.reminder"] * 3),
        (datetime(2026, 10, 31, 0, 1, tzinfo=ZONE), ["disclosure.reminder"] * 3 + ["disclosure.overdue"]),
    ):
        picked.clock.move_to(day)
        picked.fire_due()
        assert picked.told(told) == kinds
    assert "disclosure.overdue" in picked.told(picked.cast.manager)
    assert picked.instance().ended_at is None
    answer(picked, "announcement_published", announcement_no="公-3", published_at="2026-11-02T09:00:00+08:00")
    assert disclosed(picked).is_late is True


def test_a_joint_inspection_is_published_once_with_all_departments(picked: SamplingStory) -> None:
    joint = {"joint_no": "联-2026-1", "departments": "农业农村局"}
    until_formed(picked, **joint)
    first = picked.instance().business_key
    assert "农业农村局" in str(picked.last_thrown()["announcement_requested"]["fields"])
    picked.clock.advance(minutes=5)
    until_formed(picked, **joint)
    assert picked.instance().end_element == "published_with_joint"
    assert disclosed(picked).status == "joint"
    assert picked.instance().business_key != first
    assert "announcement_requested" not in picked.last_thrown()


def test_a_joint_inspection_names_its_departments(picked: SamplingStory) -> None:
    with pytest.raises(Exception, match="1 处需要修改"):
        picked.assign(joint_no="联-2026-1")


@pytest.mark.parametrize(
    ("is_referred", "mode"), list(product((True, False), ("routine", "random", "targeted", "complaint", "flight")))
)
def test_the_table_decides_every_part_once(is_referred: bool, mode: str) -> None:
    value = DECISIONS.evaluate("redaction", {"gather_result": {"is_referred": is_referred, "mode": mode}}).value
    treatments = {row["name"]: (row["treatment"], row["ground"]) for row in value}
    assert len(treatments) == len(value) == 12
    assert treatments["findings"] == (("withhold", "enforcement_file") if is_referred else ("public", None))
    assert treatments["reason"] == (("withhold", "privacy") if mode == "complaint" else ("public", None))
    assert treatments["legal_person"] == ("withhold", "privacy")
    assert treatments["overall"] == ("public", None)


@pytest.mark.parametrize("segment", ["production", "sales", "catering", "farm"])
def test_every_segment_has_rapid_tests_with_limits(segment: str) -> None:
    rows = parse_decisions((MODELS / "inspection.dmn").read_bytes()).evaluate(
        "rapid_test_limit", {"gather_facts": {"segment": segment}}
    )
    names = [row["name"] for row in rows.value]
    assert len(names) == len(set(names)) >= 3
    assert all(row["limit"] >= 0 and row["unit"] for row in rows.value)
