"""Texts, numbers, moments, ticks and choices: what is taken, what is refused and with which words."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from forms.context import FormContext
from forms.storage import to_storage
from tests.forms.conftest import form, question, refusals

NAUGHTY = Path(__file__).parents[3] / "shared" / "conformance" / "blns.json"
REQUIRED = {"validate": {"required": True}}
MOMENT = question("datetime", "q", subtype="datetime")
ARRIVAL = question("datetime", "q", "到达时间", subtype="datetime", properties={"notFuture": True})
UNITS = {"values": [{"value": "kg", "label": "千克"}, {"value": "bag", "label": "袋"}]}


@pytest.mark.parametrize(
    ("asked", "answer", "kept"),
    [
        (question("textfield", "q"), "  阿婆\u0000米粉\r\n厂\u202e ", "阿婆米粉 厂"),
        (question("textarea", "q"), "一\r\n二\x07\t三", "一\n二\t三"),
        (question("number", "q"), " 12.50 ", Decimal("12.50")),
        (question("number", "q"), 3, Decimal(3)),
        (question("number", "q"), 0.1, Decimal("0.1")),
        (question("datetime", "q"), "2026-11-18", date(2026, 11, 18)),
        (question("datetime", "q", subtype="datetime"), "2026-11-18T08:30", datetime(2026, 11, 18, 0, 30, tzinfo=UTC)),
        (MOMENT, "2026-11-18T00:30:00+00:00", datetime(2026, 11, 18, 0, 30, tzinfo=UTC)),
        (question("datetime", "q", subtype="time"), "09:30", time(9, 30)),
        (question("checkbox", "q"), "true", True),
        (question("checkbox", "q"), False, False),
        (question("select", "q", **UNITS), "kg", "kg"),
        (question("radio", "q", values=[{"value": "true", "label": "是"}]), True, "true"),
        (question("checklist", "q", **UNITS), "bag", ["bag"]),
        (question("taglist", "q", **UNITS), ["bag", "kg", "bag"], ["bag", "kg"]),
        (question("select", "q", valuesExpression='=["a", {value: "b", label: "乙"}]'), "b", "b"),
    ],
)  # fmt: skip
def test_an_answer_is_taken_from_a_page_and_from_json_alike(
    context: FormContext, asked: dict[str, Any], answer: object, kept: object
) -> None:
    assert form(asked).load({"q": answer}, context) == {"q": kept}


@pytest.mark.parametrize(
    ("asked", "answer", "sentence"),
    [
        (question("textfield", "q", "到达地点", **REQUIRED), "  ", "请填写到达地点"),
        (question("textfield", "q", "是否齐全？", **REQUIRED), None, "请填写是否齐全"),
        (question("textfield", "q", validate={"maxLength": 3}), "一二三四", "不能超过 3 个字"),
        (question("textfield", "q", validate={"minLength": 3}), "一", "至少填写 3 个字"),
        (question("textfield", "q", validate={"pattern": "^[0-9]+$"}), "a", "格式不正确，请检查"),
        (question("textfield", "q"), ["一", "二"], "请填写文字"),
        (question("textfield", "q"), {"a": 1}, "请填写文字"),
        (question("number", "q", **REQUIRED), "", "请填写数量"),
        (question("number", "q"), "十二", "请填写数字"),
        (question("number", "q"), "1e5", "请填写数字"),
        (question("number", "q"), "NaN", "请填写数字"),
        (question("number", "q"), float("inf"), "请填写数字"),
        (question("number", "q"), True, "请填写数字"),
        (question("number", "q"), 10**30, "请填写数字"),
        (question("number", "q", properties={"above": 0}), "0", "数量必须大于 0"),
        (question("number", "q", validate={"min": 1}, decimalDigits=0), "-1", "数量必须大于 0"),
        (question("number", "q", validate={"min": 5}), "4", "数量不能小于 5"),
        (question("number", "q", validate={"max": 30}), "31", "数量不能大于 30"),
        (question("number", "q", decimalDigits=0), "1.5", "数量须为整数"),
        (question("number", "q", decimalDigits=2), "1.555", "数量最多 2 位小数"),
        (question("datetime", "q", "生产日期", properties={"notFuture": True}), "2026-11-19", "生产日期不能晚于今天"),
        (ARRIVAL, "2026-11-18T09:30", "到达时间不能晚于现在"),
        (question("datetime", "q", "到达时间", subtype="datetime", **REQUIRED), "", "请填写到达时间"),
        (question("datetime", "q"), "2026-02-30", "请填写有效的日期，如 2026-11-18"),
        (question("datetime", "q"), "0001-01-01", "请填写有效的日期，如 2026-11-18"),
        (question("datetime", "q", subtype="time"), "25:00", "请填写有效的时间，如 09:30"),
        (question("datetime", "q", subtype="datetime"), "明天", "请填写有效的日期和时间，如 2026-11-18 09:30"),
        (question("checkbox", "q", "已出示执法证", **REQUIRED), "false", "请勾选“已出示执法证”"),
        (question("checkbox", "q"), "maybe", "请勾选或取消勾选"),
        (question("select", "q", "单位", **UNITS, **REQUIRED), "", "请选择单位"),
        (question("select", "q", **UNITS), "吨", "请从选项中选择"),
        (question("select", "q", valuesExpression="=nothing"), "a", "请从选项中选择"),
        (question("checklist", "q", **UNITS), ["kg", "吨"], "请从选项中选择"),
        (question("checklist", "q", **UNITS, properties={"min": 2}), ["kg"], "请至少选择 2 项"),
        (question("checklist", "q", **UNITS, properties={"max": 1}), ["kg", "bag"], "最多选择 1 项"),
        (question("checklist", "q", "材料", **UNITS, **REQUIRED), [], "请选择材料"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_to_do(context: FormContext, asked: dict[str, Any], answer: object, sentence: str) -> None:
    assert refusals(form(asked), {"q": answer}, context) == {"q": [sentence]}


def test_unanswered_questions_get_their_empty_value(context: FormContext) -> None:
    kinds = ("textfield", "number", "datetime", "checkbox", "filepicker", "position", "signature")
    asked = [question(kind, kind) for kind in kinds] + [question("taglist", "taglist", **UNITS)]
    assert form(*asked).load({}, context) == {
        "textfield": None, "number": None, "datetime": None, "checkbox": False,
        "filepicker": [], "position": None, "signature": None, "taglist": [],
    }  # fmt: skip


def test_what_the_column_cannot_hold_is_refused_before_the_database_does(context: FormContext) -> None:
    fed = form(
        question("textfield", "who", properties={"mapsTo": "persons_present"}),
        question("number", "days", "整改期限", properties={"mapsTo": "rectify_days"}),
        feeds="inspection",
    )
    assert refusals(fed, {"days": "1.5"}, context) == {"days": ["整改期限须为整数"]}
    said = refusals(fed, {"who": "长" * 301, "days": 10**10}, context)
    assert said == {"who": ["不能超过 300 个字"], "days": ["整改期限过大，请检查"]}


@pytest.mark.skipif(not NAUGHTY.exists(), reason="the Big List of Naughty Strings lies outside the repository")
def test_naughty_strings_go_through_text_questions_without_a_crash(context: FormContext) -> None:
    asked = form(question("textfield", "line"), question("textarea", "text"))
    for naughty in json.loads(NAUGHTY.read_text("utf-8")):
        given = {"line": naughty, "text": naughty}
        kept = asked.load(given, context)
        assert json.loads(json.dumps(to_storage(kept))) == kept
        assert asked.load(to_storage({k: v for k, v in kept.items() if v is not None}), context) == kept
        assert asked.load_draft(given) == {key: value or "" for key, value in kept.items()}
        for other in ("number", "datetime", "checkbox", "select", "filepicker", "signature", "position"):
            single = form(question(other, "q"))
            single.load_draft({"q": naughty})


def test_lone_surrogates_and_noncharacters_do_not_reach_the_database(context: FormContext) -> None:
    kept = form(question("textfield", "q")).load({"q": "甲\ud800乙\uffff"}, context)
    assert kept == {"q": "甲乙"}
