"""What is shown, required, computed and checked: by FEEL, on the server, whatever was posted."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from forms.context import FormContext
from forms.sentences import Sentence
from records.errors import InvalidAnswersError
from tests.forms.conftest import form, question, refusals

ACCESS = question(
    "radio", "access", "能否进入", values=[{"value": "yes", "label": "是"}, {"value": "no", "label": "否"}]
)
HIDDEN = {"conditional": {"hide": '=access != "yes"'}}


def test_a_hidden_question_is_dropped_even_when_posted_and_never_required(context: FormContext) -> None:
    asked = form(ACCESS, question("textfield", "who", validate={"required": True}, **HIDDEN))
    assert asked.load({"access": "no", "who": "陈"}, context) == {"access": "no"}
    assert refusals(asked, {"access": "yes"}, context) == {"who": ["请填写数量"]}


def test_a_hidden_group_hides_what_stands_in_it(context: FormContext) -> None:
    group = {"type": "group", "label": "检查", **HIDDEN, "components": [question("textfield", "who")]}
    assert form(ACCESS, group).load({"access": "no", "who": "陈"}, context) == {"access": "no"}


def test_what_was_hidden_shows_nothing_further(context: FormContext) -> None:
    asked = form(
        ACCESS,
        question("textfield", "who", **HIDDEN),
        question("textfield", "role", conditional={"hide": "=who = null"}),
    )
    assert asked.load({"access": "no", "who": "陈", "role": "店长"}, context) == {"access": "no"}


def test_required_if_asks_only_then(context: FormContext) -> None:
    asked = form(ACCESS, question("textfield", "why", "原因", properties={"requiredIf": '=access = "no"'}))
    assert asked.load({"access": "yes"}, context) == {"access": "yes", "why": None}
    assert refusals(asked, {"access": "no"}, context) == {"why": ["请填写原因"]}


def test_a_check_speaks_at_its_field_and_null_counts_as_true(context: FormContext) -> None:
    asked = form(
        question("datetime", "arrived_at", subtype="datetime"),
        question("datetime", "left_at", subtype="datetime"),
        checks=[
            {"that": "left_at >= arrived_at", "field": "left_at", "message": "离开时间不能早于到达时间"},
            {"that": "arrived_at < now", "message": "还没到"},
        ],
    )
    early = {"arrived_at": "2026-11-18T08:30", "left_at": "2026-11-18T08:00"}
    assert refusals(asked, early, context) == {"left_at": ["离开时间不能早于到达时间"]}
    assert refusals(asked, {"arrived_at": "2026-11-18T10:00"}, context) == {"": ["还没到"]}
    asked.load({"left_at": "2026-11-18T08:00"}, context)
    assert refusals(asked, {**early, "left_at": "x"}, context)["left_at"] == [
        "请填写有效的日期和时间，如 2026-11-18 09:30"
    ]


def test_far_from_the_registered_site_needs_a_reason(context: FormContext) -> None:
    far = "not(distance_m(position, prepare_inspection.site) > 500) or reason != null"
    asked = form(
        question("position", "position", "当前位置", validate={"required": True}),
        question("textarea", "reason"),
        checks=[{"that": far, "field": "reason", "message": "当前位置离登记地址超过 500 米，请说明原因"}],
    )
    near = {"latitude": "24.3151", "longitude": 109.428, "accuracy": "12", "is_mock": "false"}
    assert asked.load({"position": near}, context)["position"]["accuracy"] == 12
    assert "reason" in refusals(asked, {"position": {"latitude": 24.33, "longitude": 109.428}}, context)
    assert refusals(asked, {"position": {"latitude": ""}}, context) == {"position": ["请获取当前位置"]}
    for wrong in ({"latitude": 95, "longitude": 1}, {"latitude": 1, "longitude": 1, "altitude": 3}, "柳州", [1]):
        assert refusals(asked, {"position": wrong}, context) == {"position": ["位置无效，请重新获取"]}


def test_a_computed_answer_takes_what_the_case_says_not_what_was_posted(context: FormContext) -> None:
    asked = form(
        question("number", "quantity"),
        question("number", "double", properties={"readonly": True, "default": "=quantity * 2"}),
        question("number", "quadruple", properties={"readonly": True, "default": "=double * 2"}),
    )
    answers = asked.load({"quantity": "4", "double": "99"}, context)
    assert answers == {"quantity": Decimal(4), "double": Decimal(8), "quadruple": Decimal(16)}


def test_unknown_keys_are_refused_and_static_ones_ignored(context: FormContext) -> None:
    asked = form(question("facts", "team"), question("textfield", "who"))
    assert refusals(asked, {"approved": "true", "who": "陈", "team": "x"}, context) == {
        "approved": ["表单中没有该问题"]
    }
    assert refusals(asked, [1], context) == {"": ["提交的内容格式不正确"]}


def test_working_days_are_counted_by_the_calendar(with_data: Callable[..., FormContext]) -> None:
    context = with_data(order={"at": "2026-11-16T09:00:00+08:00", "due": "2026-11-20T09:00:00", "odd": "x"})
    asked = form(
        question(
            "number", "days", properties={"readonly": True, "default": "=working_days_between(order.at, order.due)"}
        ),
        question(
            "number", "none", properties={"readonly": True, "default": "=working_days_between(order.at, order.odd)"}
        ),
        question("number", "nowhere", properties={"readonly": True, "default": "=distance_m(order, null)"}),
    )
    assert asked.load({}, context) == {"days": 4, "none": None, "nowhere": None}


def test_a_sentence_keeps_its_message_id_for_the_english_catalogue(context: FormContext) -> None:
    try:
        form(question("number", "q", validate={"min": 5})).load({"q": 4}, context)
    except InvalidAnswersError as refused:
        (sentence,) = refused.errors["q"]
    assert isinstance(sentence, Sentence)
    assert (sentence.message_id, sentence.params["limit"]) == ("%(label)s不能小于 %(limit)s", "5")


def test_missing_and_unknown_answers_are_refused_in_chinese(context: FormContext) -> None:
    with pytest.raises(InvalidAnswersError) as refused:
        form(question("textfield", "who", "姓名", validate={"required": True})).load({"other": 1}, context)
    assert refused.value.errors == {"who": ["请填写姓名"], "other": ["表单中没有该问题"]}


def test_one_form_read_in_two_places_is_judged_by_each(context: FormContext) -> None:
    asked = form(
        question("textfield", "kind", validate={"required": True}),
        question("textfield", "why", properties={"requiredIf": '=kind = "other"'}),
        question("textfield", "which", conditional={"hide": '=kind = "other"'}),
    )
    assert asked.load({"kind": "a", "which": "b"}, context) == {"kind": "a", "why": None, "which": "b"}
    with pytest.raises(InvalidAnswersError) as refused:
        asked.load({"kind": "other", "which": "b"}, context)
    assert list(refused.value.errors) == ["why"]
    assert asked.load({"kind": "a", "which": "b"}, context) == {"kind": "a", "why": None, "which": "b"}
