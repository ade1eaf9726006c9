"""What a template gets: everything, decided."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from forms.context import FormContext
from forms.particulars import fact_text
from forms.view import printed, view
from forms.views import FieldView
from tests.forms.conftest import form, question

ACCESS = question(
    "radio", "access", "能否进入", values=[{"value": "yes", "label": "是"}, {"value": "no", "label": "否"}],
    properties={"default": '="yes"', "style": "buttons"},
)  # fmt: skip


def by_key(fields: tuple[FieldView, ...]) -> dict[str, FieldView]:
    return {each.key: each for each in fields}


def test_defaults_are_filled_in_until_something_was_typed(context: FormContext) -> None:
    asked = form(
        ACCESS,
        question("datetime", "at", subtype="datetime", properties={"default": "=now", "notFuture": True}),
        question("datetime", "on", properties={"default": "=today", "notFuture": True}),
        question("checkbox", "ok", properties={"default": True}),
    )
    fresh = by_key(view(asked, context).fields)
    assert [fresh[key].value for key in ("access", "at", "on", "ok")] == [
        "yes",
        "2026-11-18T09:00",
        "2026-11-18",
        "true",
    ]
    assert (fresh["at"].max, fresh["at"].input_type, fresh["on"].max) == (
        "2026-11-18T09:00",
        "datetime-local",
        "2026-11-18",
    )
    assert fresh["access"].style == "buttons"
    assert [option.is_selected for option in fresh["access"].options] == [True, False]
    typed = by_key(view(asked, context, {"access": "no"}).fields)
    assert (typed["access"].value, typed["access"].display, typed["at"].value) == ("no", "否", "")


def test_a_refused_page_shows_what_was_typed_with_its_errors(context: FormContext) -> None:
    asked = form(
        question("number", "quantity", "数量", validate={"min": 1, "max": 9}, decimalDigits=2,
                 properties={"unit": "公斤"}),
        question("textfield", "who", "姓名", validate={"maxLength": 8, "minLength": 2, "pattern": "^.+$"}),
        basis="第 27 条", submit="提交", layout="onsite",
    )  # fmt: skip
    page = view(asked, context, {"quantity": "十", "who": "陈"}, {"quantity": ["请填写数字"], "": ["再查一次"]})
    fields = by_key(page.fields)
    assert (page.title, page.basis, page.submit, page.layout) == ("现场检查", "第 27 条", "提交", "onsite")
    assert (fields["quantity"].value, fields["quantity"].errors) == ("十", ("请填写数字",))
    number, line = fields["quantity"], fields["who"]
    assert (number.unit, number.min, number.max, number.step, number.inputmode) == ("公斤", "1", "9", "0.01", "decimal")
    assert (line.min_length, line.max_length, line.pattern) == (2, 8, "^.+$")
    assert [(each.id, each.label, each.sentence) for each in page.errors] == [
        ("", "", "再查一次"), ("f-quantity", "数量", "请填写数字"),
    ]  # fmt: skip


def test_conditions_go_to_the_browser_with_the_facts_they_need_and_no_others(
    with_data: Callable[..., FormContext],
) -> None:
    context = with_data(risk={"grade": "D", "secret": "举报人"}, plan={"kind": "flight"})
    asked = form(
        ACCESS,
        question("textfield", "who", conditional={"hide": '=access = "no" or risk.grade = "A"'}),
        question("textfield", "why", properties={"requiredIf": '=access = "no"'}),
        question("textfield", "plan_note", conditional={"hide": '=plan.kind = "flight"'}),
        question("textfield", "far", conditional={"hide": "=distance_m(access, risk.site) = null"}),
        question("textfield", "late", conditional={"hide": "=working_days_between(access, now) = null"}),
    )
    page = view(asked, context)
    fields = by_key(page.fields)
    assert (fields["who"].shown_if, fields["who"].is_hidden) == ('not(access = "no" or risk.grade = "A")', False)
    assert fields["why"].required_if == 'access = "no"'
    assert (fields["plan_note"].shown_if, fields["plan_note"].is_hidden) == (None, True)
    assert (fields["far"].shown_if, fields["far"].is_hidden) == ("not(distance_m(access, risk.site) = null)", True)
    assert (fields["late"].shown_if, fields["late"].is_hidden) == (None, True)
    assert page.facts == {"risk": {"grade": "D", "site": None}}


def test_groups_facts_and_texts_are_drawn(with_data: Callable[..., FormContext]) -> None:
    context = with_data(order={"no": "整-1", "at": "2026-11-18T01:00:00+00:00", "open": True},
                        found=[{"code": "2-1", "n": 3}, {"code": "3-4", "n": None}])  # fmt: skip
    group: dict[str, Any] = {"type": "group", "label": "到达", "components": [ACCESS, {"type": "text", "text": "说明"}]}
    rows = [{"label": "编号", "value": "=order.no"}, {"label": "时间", "value": "=order.at"},
            {"label": "未办结", "value": "=order.open", "labels": {"True": "未结"}}]  # fmt: skip
    columns = [{"label": "项目", "value": "=code"}, {"label": "数", "value": "=n"}]
    asked = form(
        group,
        question("facts", "order_facts", properties={"rows": rows}),
        question("facts", "list", properties={"list": "=found", "columns": columns}),
    )
    shown_group, facts, table = view(asked, context).fields
    assert [child.kind for child in shown_group.children] == ["radio", "text"]
    assert facts.facts == (("编号", "整-1"), ("时间", "2026-11-18 09:00"), ("未办结", "未结"))
    assert (table.columns, table.table) == (("项目", "数"), (("2-1", "3"), ("3-4", "")))


def test_values_of_the_case_read_as_people_write_them(context: FormContext) -> None:
    values = [None, True, False, 2.50, "米粉", ["a", 1], {"甲": True}, context.clock.now(), "2026-11-18"]
    assert list(map(fact_text, values)) == [
        "", "是", "否", "2.5", "米粉", "a、1", "甲：是", "2026-11-18 09:00", "2026-11-18",
    ]  # fmt: skip


def test_answers_print_section_by_section_without_what_was_hidden(context: FormContext) -> None:
    asked = form(
        question("textfield", "who", "姓名"),
        {"type": "group", "label": "离开", "components": [
            question("datetime", "left_at", "离开时间", subtype="datetime"),
            question("checkbox", "ok", "已签字"),
            question("textfield", "secret", conditional={"hide": "=ok = false"}),
            question("position", "place", "位置"),
        ]},
        question("dynamiclist", "lots", "批次",
                 components=[question("number", "n", "数量", properties={"unit": "袋"})]),
        question("number", "double", "合计", properties={"readonly": True, "default": "=1"}),
        question("facts", "f", properties={"rows": [{"label": "编号", "value": "=case.no"}]}),
    )  # fmt: skip
    answers = {"who": "陈", "left_at": "2026-11-18T01:00:00+00:00", "ok": False, "lots": [{"n": 3}], "double": 7,
               "place": {"latitude": 24.3, "longitude": 109.4, "accuracy": 8.2}}  # fmt: skip
    assert printed(asked, answers, context) == [
        ("现场检查", [("姓名", "陈")]),
        ("离开", [("离开时间", "2026-11-18 09:00"), ("已签字", "否"), ("位置", "24.300000, 109.400000（精度 8 米）")]),
        ("批次（1）", [("数量", "3 袋")]),
        ("现场检查", [("合计", "7"), ("编号", "检-450203-20261118-001")]),
    ]
