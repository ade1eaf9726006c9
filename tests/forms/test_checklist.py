"""The inspection checklist: complete, reasoned, evidenced, measured."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from forms.context import FormContext
from forms.view import printed, view
from records.checklists import ChecklistItem, ChecklistTemplate, ItemAnswer
from tests.forms.conftest import form, question, refusals

CHECKLIST = question(
    "inspection_checklist",
    "checklist",
    "检查要点",
    validate={"required": True},
    properties={"template": "=prepare_inspection.template_id", "partial": '=inspection_assigned.mode = "flight"'},
)
Upload = Callable[..., str]


@pytest.fixture
def conforming(template: ChecklistTemplate) -> dict[str, Any]:
    """Every item of the template in order."""
    return {item.code: _good(item) for item in template.items}


def _good(item: ChecklistItem) -> dict[str, Any]:
    if item.answer is ItemAnswer.MEASUREMENT:
        return {"measured": str(item.minimum if item.minimum is not None else item.maximum)}
    return {"result": "conform"}


def _first(template: ChecklistTemplate, kind: ItemAnswer) -> ChecklistItem:
    return next(item for item in template.items if item.answer is kind)


def test_a_complete_checklist_is_taken_with_its_verdicts(context: FormContext, conforming: dict[str, Any]) -> None:
    kept = form(CHECKLIST).load({"checklist": conforming}, context)["checklist"]
    assert set(kept) == set(conforming)
    assert {answer["result"] for answer in kept.values()} == {"conform"}


def test_every_item_must_be_answered(
    context: FormContext, conforming: dict[str, Any], template: ChecklistTemplate
) -> None:
    missing, measured = _first(template, ItemAnswer.CONFORMITY).code, _first(template, ItemAnswer.MEASUREMENT).code
    conforming[missing] = {"severity": "minor", "affects_safety": "false"}
    del conforming[measured]
    assert refusals(form(CHECKLIST), {"checklist": conforming}, context) == {
        f"checklist.{missing}.result": [f"第 {missing} 项须选择检查结果"],
        f"checklist.{measured}.result": [f"第 {measured} 项须填写测量值"],
    }
    assert len(refusals(form(CHECKLIST), {}, context)) == len(template.items)


def test_a_flight_inspection_may_check_some_items_but_not_none(
    with_data: Callable[..., FormContext], template: ChecklistTemplate
) -> None:
    context = with_data(inspection_assigned={"mode": "flight"})
    code = _first(template, ItemAnswer.CONFORMITY).code
    assert form(CHECKLIST).load({"checklist": {code: {"result": "conform"}}}, context)["checklist"].keys() == {code}
    assert refusals(form(CHECKLIST), {}, context) == {"checklist": ["请至少检查一项"]}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"result": "not_applicable"}, {"note": ["不适用须说明理由"]}),
        ({"result": "not_applicable", "note": "无"}, {"note": ["不适用须说明理由"]}),
        ({"result": "nonconform"}, {"note": ["不符合须写明情况"], "photos": ["不符合须至少拍摄 1 张照片"]}),
        ({"result": "fine"}, {"result": ["请从选项中选择"]}),
        ({"note": "忘了选"}, {"result": ["第 {code} 项须选择检查结果"]}),
        ({"result": "conform", "note": "长" * 2001}, {"note": ["不能超过 2000 个字"]}),
        ({"result": "conform", "approved": True}, {"approved": ["表单中没有该问题"]}),
        ({"result": "conform", "photos": ["01NOWHERE"]}, {"photos": ["文件不存在或不属于本案件，请重新上传"]}),
        ({"result": "conform", "photos": [f"{n}" for n in range(21)]}, {"photos": ["照片不能超过 20 张"]}),
        ("conform", {"result": ["第 {code} 项须选择检查结果"]}),
    ],
)
def test_an_items_refusal_stands_at_its_part(
    context: FormContext,
    conforming: dict[str, Any],
    template: ChecklistTemplate,
    answer: Any,
    said: dict[str, list[str]],
) -> None:
    code = _first(template, ItemAnswer.CONFORMITY).code
    conforming[code] = answer
    expected = {f"checklist.{code}.{part}": [each.format(code=code) for each in words] for part, words in said.items()}
    assert refusals(form(CHECKLIST), {"checklist": conforming}, context) == expected


def test_a_nonconformity_is_minor_unless_said_otherwise(
    context: FormContext, conforming: dict[str, Any], template: ChecklistTemplate, photo: Upload
) -> None:
    code = _first(template, ItemAnswer.CONFORMITY).code
    failed = {"result": "nonconform", "note": " 灭蝇灯损坏\u0000", "photos": (shot := photo()), "lots": ["A1", ""]}
    conforming[code] = failed
    kept = form(CHECKLIST).load({"checklist": conforming}, context)["checklist"][code]
    assert kept == {
        "result": "nonconform", "note": "灭蝇灯损坏", "measured": None, "photos": [shot], "lots": ["A1"],
        "severity": "minor", "affects_safety": False, "fixed_on_spot": False,
    }  # fmt: skip
    conforming[code] = {**failed, "severity": "deadly", "affects_safety": "true"}
    said = refusals(form(CHECKLIST), {"checklist": conforming}, context)
    assert said == {f"checklist.{code}.severity": ["请从选项中选择"]}


def test_a_measurement_decides_the_verdict(
    context: FormContext, conforming: dict[str, Any], template: ChecklistTemplate, photo: Upload
) -> None:
    item = _first(template, ItemAnswer.MEASUREMENT)
    assert item.maximum is not None
    out = str(item.maximum + 1)
    asked, at = form(CHECKLIST), f"checklist.{item.code}"
    conforming[item.code] = {"result": "conform", "measured": out, "note": "高了", "photos": [photo()]}
    (sentence,) = refusals(asked, {"checklist": conforming}, context)[f"{at}.result"]
    assert sentence.startswith("测量值超出限值（") and sentence.endswith("），结果不能为“符合”")
    del conforming[item.code]["result"]
    kept = asked.load({"checklist": conforming}, context)["checklist"][item.code]
    assert (kept["result"], kept["measured"]) == ("nonconform", Decimal(out))
    for missing, said in (
        ({"result": "conform"}, f"第 {item.code} 项须填写测量值"),
        ({"measured": "热"}, "请填写数字"),
        ({"measured": str(Decimal(str(item.maximum)) - Decimal("0.0001"))}, "测量值最多 3 位小数"),
    ):
        conforming[item.code] = missing
        assert refusals(asked, {"checklist": conforming}, context) == {f"{at}.measured": [said]}
    conforming[item.code] = {"result": "not_applicable", "note": "今日停产"}
    assert asked.load({"checklist": conforming}, context)["checklist"][item.code]["measured"] is None


def test_unknown_items_and_shapes_are_refused(context: FormContext, conforming: dict[str, Any]) -> None:
    asked = form(CHECKLIST)
    unknown = {**conforming, "9-9": {"result": "conform"}}
    assert refusals(asked, {"checklist": unknown}, context) == {"checklist.9-9": ["检查表中没有该项"]}
    assert refusals(asked, {"checklist": ["x"]}, context) == {"checklist": ["请填写检查表"]}


def test_without_a_pinned_template_nothing_can_be_checked(with_data: Callable[..., FormContext]) -> None:
    context = with_data(prepare_inspection={})
    assert refusals(form(CHECKLIST), {}, context) == {"checklist": ["未找到本案件的检查表，请联系管理员"]}
    assert view(form(CHECKLIST), context).fields[0].sections == ()


def test_the_view_has_sections_with_counts_and_items_with_their_basis(
    context: FormContext, template: ChecklistTemplate, photo: Upload
) -> None:
    plain, measured = _first(template, ItemAnswer.CONFORMITY), _first(template, ItemAnswer.MEASUREMENT)
    answers = {"checklist": {
        plain.code: {"result": "nonconform", "note": "坏了", "photos": [photo()], "fixed_on_spot": "true"},
        measured.code: {"measured": "900"},
    }}  # fmt: skip
    errors = {
        f"checklist.{plain.code}.note": ["不符合须写明情况"],
        "checklist": ["x"],
        f"checklist.{plain.code}": ["y"],
    }
    page = view(form(CHECKLIST), context, answers, errors)
    shown = page.checklist
    assert shown is not None
    assert (shown.total, shown.answered, shown.failed) == (len(template.items), 2, 2)
    assert [section.title for section in shown.sections] == list(dict.fromkeys(item.section for item in template.items))
    assert shown.sections[0].has_errors and shown.sections[0].total
    items = {item.code: item for section in shown.sections for item in section.items}
    item = items[plain.code]
    assert (item.name, item.basis, item.is_failed, item.note) == (f"checklist.{plain.code}", plain.basis, True, "坏了")
    assert item.errors == {"result": ["y"], "note": ["不符合须写明情况"]}
    assert [option.label for option in item.options if option.is_selected] == ["不符合"]
    assert (item.fixed_on_spot, item.affects_safety, len(item.photos), item.severity) == (True, False, 1, "minor")
    gauge = items[measured.code]
    assert (gauge.is_measurement, gauge.measured, gauge.result, gauge.unit) == (
        True,
        "900",
        "nonconform",
        measured.unit,
    )
    assert (measured.unit or "?") in gauge.limits


def test_the_checklist_prints_item_by_item(
    context: FormContext, conforming: dict[str, Any], template: ChecklistTemplate, photo: Upload
) -> None:
    item = template.items[0]
    conforming[item.code] = {"result": "nonconform", "note": "坏了", "photos": [photo()]}
    answers = form(CHECKLIST).load({"checklist": conforming}, context)
    sections = dict(printed(form(CHECKLIST), answers, context))
    label, text = sections[item.section][0]
    assert label.startswith(item.code) and ("★" in label) is item.is_key
    assert text == "不符合 · 坏了 · 照片 1 张"
    assert sum(len(lines) for lines in sections.values()) == len(template.items)
    (shown,) = view(form(CHECKLIST), context, answers).fields
    assert shown.display == f"已检查 {len(template.items)} 项，其中 1 项不符合"
