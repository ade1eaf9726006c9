"""FEEL: how much of the conformance kit passes, and what a gateway condition costs."""

from __future__ import annotations

import timeit
from pathlib import Path

from bench.result import Result
from bench.tck import KIT, rate, run_level
from feel import compile_expression
from feel.dmn import parse_decisions

_CONDITION = 'x.y > 3 and z = "a"'
_CONTEXT = {"x": {"y": 4}, "z": "a"}
_LEVELS = ((2, 0.99, 4 / 126), (3, 0.95, None))
_TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"><decision id="d" name="d">
<decisionTable hitPolicy="UNIQUE"><input><inputExpression><text>score</text></inputExpression></input><output name="o"/>
{}</decisionTable></decision></definitions>"""
_ROW = "<rule><inputEntry><text>[{}..{})</text></inputEntry><outputEntry><text>{}</text></outputEntry></rule>"


def _row(name: str, value: float, unit: str, bar: str, holds: bool, reference: float | None = None) -> Result:
    return Result(
        name=name,
        db="-",
        value=value,
        unit=unit,
        reference=reference,
        ratio=None if not reference else value / reference,
        bar=bar,
        holds=holds,
    )


def _kit() -> list[Result]:
    folder = Path(__file__).parents[1] / KIT
    if not folder.is_dir():
        return []
    rows: list[Result] = []
    for level, floor, reference in _LEVELS:
        value = rate(run_level(folder, level))
        bar = f">= {floor:.0%}"
        rows.append(
            _row(
                f"DMN TCK level {level}", round(100 * value, 2), "%", bar, value >= floor, reference and 100 * reference
            )
        )
    return rows


def run(db: str, quick: bool) -> list[Result]:
    """Run the kit where it is at hand, and time a condition and a table of twenty rules."""
    times = 2_000 if quick else 20_000
    expression = compile_expression(_CONDITION)
    condition = min(timeit.repeat(lambda: expression.evaluate(_CONTEXT), number=times, repeat=5)) / times * 1e6
    model = parse_decisions(_TABLE.format("".join(_ROW.format(n * 5, n * 5 + 5, n) for n in range(20))).encode())
    table = min(timeit.repeat(lambda: model.evaluate("d", {"score": 52}), number=times // 20, repeat=5)) / times * 2e7
    return [
        *_kit(),
        _row("compiled gateway condition", round(condition, 2), "µs", "<= 20", condition <= 20),
        _row("decision table, 20 rules", round(table, 1), "µs", "<= 500", table <= 500),
    ]
