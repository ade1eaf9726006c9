"""What can be said of a decision table without evaluating it: types that never meet, rules never reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from feel import nodes
from feel.dmn_table import HitPolicy, Input, Output, Rule, TableBox
from feel.expression import Expression, UnaryTests
from feel.static_kinds import Surroundings, kind_of_node

_RANKED = frozenset({HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER})
_ALSO_FITS = frozenset({("date", "date and time")})


@dataclass(frozen=True, slots=True)
class Misfit:
    """Something in a table that contradicts what the table says of itself."""

    slug: str
    element_id: str | None
    line: int | None
    chinese: str
    english: str


def misfits(table: TableBox, around: Surroundings, line: int | None) -> Iterator[Misfit]:
    """Find what can never work: contradicting types, a ranking without ranks, a sum of several columns."""
    yield from _policy(table, line)
    for number, column in enumerate(table.inputs):
        yield from _column(table, number, column, around, line)
    for number, output in enumerate(table.outputs):
        yield from _answers(table, number, output, around)


def _policy(table: TableBox, line: int | None) -> Iterator[Misfit]:
    place = table.id or table.decision_id
    if table.hit_policy in _RANKED and not any(output.order for output in table.outputs):
        english = f"{table.hit_policy.value} needs output values in order of priority"
        yield Misfit("priority", place, line, f"{table.hit_policy.value} 须按优先顺序列出输出值", english)
    if table.aggregation is not None and len(table.outputs) != 1:
        yield Misfit("aggregation", place, line, "汇总只能用于一个输出列", "an aggregation needs exactly one output")
    if table.aggregation == "SUM" and table.outputs and table.outputs[0].kind.name in ("string", "boolean"):
        yield Misfit("aggregation", place, line, "文字不能求和", f"a {table.outputs[0].kind.name} cannot be summed")


def _column(table: TableBox, number: int, column: Input, around: Surroundings, line: int | None) -> Iterator[Misfit]:
    declared = around.basic(column.kind)
    found = None if column.expression is None else kind_of_node(column.expression.node, around)
    if _apart(found, declared):
        yield _wrong(column.id or table.id, line, column.expression, found, declared)
    kind = declared or found
    for rule in table.rules if kind is not None else ():
        test = rule.tests[number] if number < len(rule.tests) else None
        for other in () if test is None else _tested(test, around):
            if _apart(other, kind):
                yield _wrong(rule.id, rule.line, test, other, kind)


def _answers(table: TableBox, number: int, output: Output, around: Surroundings) -> Iterator[Misfit]:
    declared = around.basic(output.kind)
    given: list[tuple[str | None, int | None, Expression | None]] = [(output.id or table.id, None, output.default)]
    given += [(rule.id, rule.line, _answer(rule, number)) for rule in table.rules]
    for place, line, answer in given:
        found = None if answer is None else kind_of_node(answer.node, around)
        if _apart(found, declared):
            yield _wrong(place, line, answer, found, declared)


def _answer(rule: Rule, number: int) -> Expression | None:
    return rule.answers[number] if number < len(rule.answers) else None


def _tested(tests: UnaryTests, around: Surroundings) -> Iterator[str]:
    """Give the types that the tests compare with; a test that is true or false by itself compares with none."""
    for test in tests.node.tests:
        ends: tuple[nodes.Node, ...] = (test,)
        if isinstance(test, nodes.TestNode):
            ends = (test.operand,)
        elif isinstance(test, nodes.RangeNode):
            ends = (test.low, test.high)
        for end in ends:
            found = kind_of_node(end, around)
            if found is not None and (found != "boolean" or isinstance(end, nodes.Literal)):
                yield found


def _apart(found: str | None, wanted: str | None) -> bool:
    return found is not None and wanted is not None and found != wanted and (found, wanted) not in _ALSO_FITS


def _wrong(
    place: str | None, line: int | None, text: Expression | UnaryTests | None, found: str | None, wanted: str | None
) -> Misfit:
    shown = "" if text is None else text.text.strip()[:80]
    chinese, english = f"“{shown}”是 {found}，不是 {wanted}", f"{shown!r} is a {found}, not a {wanted}"
    return Misfit("type", place, line, chinese, english)
