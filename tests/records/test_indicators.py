"""Indicator tables: what keeps one from being released, that a released one stays, and what formulas give."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.assessment_points import figures_json, formula_value, half_points, marks_of, share_of, total
from records.clock import FixedClock
from records.db import Database
from records.indicators import (
    AssessmentIndicator,
    Direction,
    IndicatorSource,
    ReleasedSchemeError,
    SchemeFaultsError,
    SchemeState,
    indicators_of,
    new_edition,
    release,
    released_scheme,
    scheme_faults,
)
from records.people import SYSTEM
from records.statistics import FIGURES, Ratio
from records.store import Store


def row(code: str, weight: str = "50", **values: Any) -> AssessmentIndicator:
    known: dict[str, Any] = {
        "code": code, "name": code, "position": 1, "weight": Decimal(weight), "max_points": Decimal(weight),
        "source": IndicatorSource.FORMULA, "formula": "filing_rate", "direction": Direction.HIGHER, "parent_code": None,
    }  # fmt: skip
    return AssessmentIndicator(**(known | values))


GROUP = {"source": IndicatorSource.GROUP, "formula": None}


def test_r_asm_01_the_default_table_is_released_and_without_fault(database: Database) -> None:
    with database.reading() as session:
        scheme = released_scheme(session)
        table = indicators_of(session, scheme.id)
    assert scheme_faults(table) == []
    assert sum(each.weight for each in table if each.is_scored) == 100
    assert sum(each.is_scored for each in table) == 16
    formulas = {each.formula for each in table if each.source is IndicatorSource.FORMULA}
    assert formulas == set(FIGURES)  # each figure counts once
    assert {each.code for each in table if each.source is IndicatorSource.VETO} == {
        "veto_concealment", "veto_fabrication",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ([row("a"), row("b", "40")], "权重合计为90，应为100"),
        ([row("a"), row("b", parent_code="gone")], "b：上级指标不存在"),
        ([row("a"), row("b", parent_code="a")], "b：上级指标不是分组"),
        ([row("a"), row("b"), row("g", "0", **GROUP)], "g：分组下没有指标"),
        ([row("a", parent_code="g"), row("b"), row("g", "60", **GROUP)], "g：分组权重不等于下级之和"),
        ([row("a"), row("b"), row("g", "0", parent_code="h", **GROUP), row("h", "0", parent_code="g", **GROUP)],
         "g：指标层级成环"),
        ([row("a"), row("b", max_points=Decimal(0))], "b：满分必须大于0"),
        ([row("a"), row("b"), row("v", "5", source=IndicatorSource.VETO, formula=None)], "v：一票否决项不计权重"),
        ([row("a"), row("b", formula="1 +")], "b：公式不是有效的表达式"),
        ([row("a"), row("b", formula="filing_rate * nonsense")], "b：公式引用了未知的统计指标：nonsense"),
        ([row("a"), row("b", formula='deadline("R-INS-13")')], "b：公式使用了不允许的函数：deadline"),
        ([row("a"), row("b", thresholds=[{"from": 0.9, "share": 0.5}, {"from": 0.8, "share": 1}])],
         "b：阈值必须递增，得分比例在0到1之间"),
        ([row("a"), row("b", thresholds=[{"from": 0.9, "share": 1.5}])], "b：阈值必须递增，得分比例在0到1之间"),
    ],
)  # fmt: skip
def test_a_table_with_a_fault_is_not_released(table: list[AssessmentIndicator], fault: str) -> None:
    assert fault in scheme_faults(table)


def test_a_released_edition_stays_and_a_new_one_begins_as_a_copy(database: Database, clock: FixedClock) -> None:
    with database.unit_of_work() as session:
        store = Store(session, clock, SYSTEM)
        first = released_scheme(session)
        with pytest.raises(ReleasedSchemeError):
            release(store, first, "再发布一次")
        draft = new_edition(store, first, "年度调整")
        session.flush()
        assert (draft.edition, draft.status) == (2, SchemeState.DRAFT)
        copies = {each.code: each for each in indicators_of(session, draft.id)}
        assert copies.keys() == {each.code for each in indicators_of(session, first.id)}
        store.correct(copies["filing"], {"weight": Decimal(4)})
        with pytest.raises(SchemeFaultsError) as refused:
            release(store, draft, "发布")
        assert "权重合计为99" in str(refused.value.params["faults"])
        store.correct(copies["maintenance"], {"weight": Decimal(3)})
        for code in ("registration", "support"):
            store.correct(copies[code], {"weight": copies[code].weight + (-1 if code == "registration" else 1)})
        release(store, draft, "发布")
    with database.reading() as session:
        assert released_scheme(session).edition == 2
        assert session.get_one(type(first), first.id).status is SchemeState.SUPERSEDED


FORMULAS = [
    ("filing_rate", {"filing_rate": (3, 4)}, "0.75"),
    ("filing_rate", {"filing_rate": (0, 0)}, None),
    ("filing_rate", {}, None),
    ("(filing_rate + coverage) / 2", {"filing_rate": (1, 1), "coverage": (1, 2)}, "0.75"),
    ("1 - filing_rate", {"filing_rate": (1, 4)}, "0.75"),
    ("filing_rate / coverage", {"filing_rate": (1, 1), "coverage": (0, 3)}, None),
    ("if coverage = null then filing_rate else coverage", {"filing_rate": (1, 2), "coverage": (0, 0)}, "0.5"),
    ("min([filing_rate, coverage])", {"filing_rate": (1, 2), "coverage": (1, 4)}, "0.25"),
    ("filing_rate > 0.5", {"filing_rate": (3, 4)}, None),  # not a number
]


@pytest.mark.parametrize(("formula", "figures", "value"), FORMULAS)
def test_formulas_over_figures(formula: str, figures: dict[str, tuple[int, int]], value: str | None) -> None:
    ratios = {name: Ratio(Decimal(done), Decimal(wanted)) for name, (done, wanted) in figures.items()}
    assert formula_value(formula, ratios) == (None if value is None else Decimal(value))


def test_points_follow_thresholds_and_direction() -> None:
    steps = [{"from": 0, "share": 0}, {"from": 0.9, "share": 0.5}, {"from": 0.98, "share": 1}]
    stepped = row("a", "8", thresholds=steps)
    assert [share_of(stepped, Decimal(r)) for r in ("0.5", "0.9", "0.97", "0.98", "1")] == [
        Decimal(0), Decimal("0.5"), Decimal("0.5"), Decimal(1), Decimal(1),
    ]  # fmt: skip
    assert share_of(row("a", direction=Direction.LOWER), Decimal("0.2")) == Decimal("0.8")
    seven = {"filing_rate": Ratio(Decimal(7), Decimal(8))}
    assert marks_of(row("a", "5"), seven).points == Decimal("4.38")  # 5 × 7/8, half up
    beyond = {"filing_rate": Ratio(Decimal(9), Decimal(8))}
    assert marks_of(row("a", "5"), beyond).points == 5
    assert marks_of(row("a", source=IndicatorSource.MANUAL, formula=None), {}).points is None


def test_what_does_not_apply_gives_its_weight_to_the_others() -> None:
    table = [row("a", "60"), row("b", "30"), row("c", "10")]
    assert total({"a": Decimal(60), "b": Decimal(15), "c": Decimal(10)}, table) == Decimal("85.00")
    assert total({"a": Decimal(60), "b": None, "c": Decimal(5)}, table) == Decimal("92.86")  # 65 of 70
    assert total({"a": None, "b": None, "c": None}, table) is None
    assert total({}, []) is None


@given(st.lists(st.tuples(st.integers(1, 40), st.one_of(st.none(), st.integers(0, 100))), min_size=1, max_size=12))
def test_a_score_lies_between_nought_and_a_hundred_whatever_does_not_apply(rows: list[tuple[int, int | None]]) -> None:
    table = [row(str(n), str(weight)) for n, (weight, _percent) in enumerate(rows)]
    points = {
        str(n): None if percent is None else Decimal(weight) * percent / 100 for n, (weight, percent) in enumerate(rows)
    }
    score = total(points, table)
    known = [(weight, percent) for weight, percent in rows if percent is not None]
    if not known:
        assert score is None
    else:
        by_hand = sum(weight * percent for weight, percent in known) / sum(weight for weight, _percent in known)
        assert score is not None and abs(float(score) - by_hand) < 0.01 and 0 <= score <= 100


def test_figures_are_kept_with_what_they_were_made_of() -> None:
    indicator = row("a", "5")
    marks = marks_of(indicator, {"filing_rate": Ratio(Decimal(7), Decimal(8))})
    assert figures_json([marks], {"a": indicator}) == {
        "a": {"ratio": 0.875, "points": 4.38, "numerator": 7.0, "denominator": 8.0, "max": 5.0, "weight": 5.0,
              "applicable": True}
    }  # fmt: skip
    assert half_points(Decimal("4.38")) == 4 and half_points(Decimal("4.5")) == Decimal("4.5")
