"""Repeated groups and tables."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from forms.context import FormContext
from forms.printing import printed
from forms.rows import _repeats
from forms.view import view
from tests.forms.conftest import form, question, refusals

LOTS: dict[str, Any] = question(
    "dynamiclist",
    "lots",
    "抽查批次",
    components=[
        question("textfield", "code", "批号", validate={"required": True}),
        question("number", "quantity", "数量", properties={"above": 0, "requiredIf": "=counted = true"}),
        question("textfield", "why", "原因", conditional={"hide": "=quantity > 10"}),
    ],
    properties={"max": 2},
)
MEASURES = question(
    "dynamiclist",
    "measures",
    "整改情况",
    components=[
        question("textfield", "code", "项目", properties={"readonly": True}),
        question("textarea", "cause", "原因", validate={"required": True}),
    ],
    properties={"default": "=for f in issue_order.findings return {code: f.code}", "min": 1},
)


def test_rows_are_answered_like_forms_of_their_own(context: FormContext) -> None:
    asked = form(question("checkbox", "counted"), LOTS)
    good = {"counted": "true", "lots": [{"code": "A", "quantity": "12", "why": "x"}, {"code": "", "quantity": ""}]}
    assert asked.load(good, context)["lots"] == [{"code": "A", "quantity": Decimal(12)}]
    bad = {"counted": "true", "lots": [{"code": "A", "quantity": "0"}, {"price": 3}]}
    assert refusals(asked, bad, context) == {
        "lots.0.quantity": ["数量必须大于 0"],
        "lots.1.code": ["请填写批号"],
        "lots.1.quantity": ["请填写数量"],
        "lots.1.price": ["表单中没有该问题"],
    }


def test_an_error_keeps_the_place_of_its_row_on_the_page(context: FormContext) -> None:
    assert refusals(form(LOTS), {"lots": [{}, {"quantity": "1"}]}, context) == {"lots.1.code": ["请填写批号"]}


def test_there_are_as_many_rows_as_wanted(context: FormContext) -> None:
    assert refusals(form(LOTS), {"lots": [{"code": c} for c in "abc"]}, context) == {"lots": ["抽查批次不能超过 2 行"]}
    needed = {**LOTS, "properties": {"min": 2}}
    assert refusals(form(needed), {"lots": [{"code": "a"}]}, context) == {"lots": ["请至少填写 2 行：抽查批次"]}
    assert refusals(form(needed), {"lots": [{}]}, context) == {"lots": ["请至少填写一行：抽查批次"]}
    assert refusals(form(LOTS), {"lots": "A"}, context) == {"lots": ["提交的内容格式不正确"]}


def test_rows_that_the_case_gives_cannot_be_changed(with_data: Callable[..., FormContext]) -> None:
    context = with_data(issue_order={"findings": [{"code": "2-1"}, {"code": "3-4"}]})
    asked = form(MEASURES)
    swapped = [{"code": "3-4", "cause": "乙"}, {"code": "2-1", "cause": "甲"}]
    kept = [{"code": "2-1", "cause": "甲"}, {"code": "3-4", "cause": "乙"}]
    assert asked.load({"measures": swapped}, context) == {"measures": kept}
    assert asked.load({"measures": [{"cause": "甲"}, {"cause": "乙"}]}, context) == {"measures": kept}
    forged = [*kept, {"code": "9-9", "cause": "丙"}]
    assert refusals(asked, {"measures": forged}, context) == {"measures": ["不能增减行，请刷新后重新填写"]}
    assert refusals(asked, {"measures": [kept[1]]}, context) == {"measures.0.cause": ["请填写原因"]}
    assert set(refusals(asked, {}, context)) == {"measures.0.cause", "measures.1.cause"}


def test_rows_that_the_case_gives_are_shown_with_what_was_typed(with_data: Callable[..., FormContext]) -> None:
    context = with_data(issue_order={"findings": [{"code": "2-1"}, {"code": "3-4"}]})
    typed = {"measures": [{"code": "3-4", "cause": "乙"}]}
    (measures,) = view(form(MEASURES), context, typed, {"measures.0.cause": ["请填写原因"]}).fields
    assert measures.is_fixed and measures.blank is None
    values = [{field.key: field.value for field in row.fields} for row in measures.rows]
    assert values == [{"code": "2-1", "cause": ""}, {"code": "3-4", "cause": "乙"}]
    assert measures.rows[0].fields[1].errors == ("请填写原因",)


def test_the_view_has_rows_and_a_blank_one_to_copy(context: FormContext) -> None:
    (lots,) = view(form({**LOTS, "validate": {"required": True}}), context).fields
    assert [row.name for row in lots.rows] == ["lots.0"]
    assert lots.blank is not None
    assert [field.name for field in lots.blank.fields] == ["lots.__i__.code", "lots.__i__.quantity", "lots.__i__.why"]
    assert lots.blank.fields[2].shown_if == "not(quantity > 10)"


def test_a_row_is_known_by_its_words_whatever_line_ends_a_page_sends(with_data: Callable[..., FormContext]) -> None:
    context = with_data(issue_order={"findings": [{"code": "一\n二"}, {"code": "三"}]})
    rows = [{"code": "三", "cause": "丙"}, {"code": "一\r\n二 ", "cause": "甲"}]
    assert [row["cause"] for row in form(MEASURES).load({"measures": rows}, context)["measures"]] == ["甲", "丙"]


def test_a_row_is_known_by_what_it_repeats_however_a_page_writes_it() -> None:
    told = {"max": 5.0, "name": "备案率", "said": "一\n二"}
    assert _repeats({"max": "5", "name": "备案率", "said": "一\r\n二"}, told)
    assert _repeats({"max": 5.0}, told) and _repeats({"max": Decimal(5)}, told)
    assert not _repeats({"max": "6"}, told)
    assert _repeats({"files": "01"}, {"files": ["01"]})  # a page sends one of several as one


def test_a_row_that_only_says_what_the_case_says_begins_with_its_defaults(
    with_data: Callable[..., FormContext],
) -> None:
    reviews = question(
        "dynamiclist",
        "reviews",
        "审查",
        components=[
            question("textfield", "code", "项目", properties={"readonly": True}),
            question("textfield", "decision", "决定", properties={"default": '="public"'}),
        ],
        properties={"fixed": True, "default": "=for f in issue_order.findings return {code: f.code}"},
    )
    context = with_data(issue_order={"findings": [{"code": "一"}]})
    (row,) = view(form(reviews), context).fields[0].rows
    assert [each.value for each in row.fields] == ["一", "public"]


def test_an_internal_code_stays_with_the_answers_and_out_of_sight(with_data: Callable[..., FormContext]) -> None:
    context = with_data(issue_order={"findings": [{"code": "2-1"}]})
    code = question("textfield", "code", "项目代码", properties={"readonly": True, "internal": True})
    asked = form({**MEASURES, "components": [code, question("textarea", "cause", "原因")]})
    row = view(asked, context, {}).fields[0].rows[0]
    assert [(each.key, each.is_internal, each.is_told) for each in row.fields] == [
        ("code", True, False),
        ("cause", False, False),
    ]
    kept = asked.load({"measures": [{"code": "2-1", "cause": "员工疏忽"}]}, context)
    assert kept["measures"] == [{"code": "2-1", "cause": "员工疏忽"}]
    assert [name for _title, lines in printed(asked, kept, context) for name, _text in lines] == ["原因"]
