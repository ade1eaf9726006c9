"""Looking over a decision model before it is deployed: what cannot be read, what overlaps, what is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from feel.cells import Cell, cell_of, column_of
from feel.dmn_model import read_model
from feel.dmn_parse import Problem
from feel.dmn_run import Box, ContextBox, ListBox
from feel.dmn_table import HitPolicy, Rule, TableBox
from feel.errors import DecisionModelError, FeelError
from feel.static_kinds import Surroundings
from feel.table_checks import misfits

_WORK_LIMIT = 300_000
_PAIRS_LIMIT = 1_000_000
_OVERLAPS_SHOWN = 20
_EXAMPLES = 3


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know about a model."""

    element_id: str | None
    line: int | None
    slug: str
    message_zh: str
    message_en: str
    severity: Severity


_E = Severity.ERROR
_W = Severity.WARNING
_LISTS = frozenset({HitPolicy.COLLECT, HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER})
_PROBLEMS_ZH = {
    "xml": "模型文件无法读取",
    "syntax": "表达式有语法错误",
    "hit-policy": "命中策略无效",
    "aggregation": "汇总方式无效",
    "rule-shape": "规则的单元格数与列数不一致",
    "requirement": "所依赖的决策不存在",
    "requirement-cycle": "决策之间循环依赖",
    "import": "不支持引用其他模型",
}


def _of_problem(problem: Problem) -> Finding:
    chinese = f"{_PROBLEMS_ZH[problem.slug]}：{problem.message}"
    return Finding(problem.element_id, problem.line, problem.slug, chinese, problem.message, _E)


def check(xml: bytes) -> list[Finding]:
    """Report what is wrong with a model, without raising.

    Errors: what cannot be read, types that never meet, and rules that contradict each other (overlap under UNIQUE, or
    under ANY with different answers). Warnings: combinations without an answer (unless a default, a list or a count
    answers anyway), rules never reached, tests that cannot be foreseen. A gap is only a warning because a model cannot
    know which values its questions allow; at run time it becomes an incident, never a wrong answer.
    """
    try:
        model, problems = read_model(xml)
    except DecisionModelError as error:
        return [_of_problem(Problem("xml", error.element_id, error.line, error.message))]
    except FeelError as error:
        return [_of_problem(Problem("xml", None, None, error.message))]
    findings = [_of_problem(problem) for problem in problems]
    around = Surroundings(model.inputs, model.kinds)
    boxes = [(decision.box, decision.line, around) for decision in model.decisions.values()]
    boxes += [
        (function.body, None, Surroundings(dict(function.parameters), model.kinds))
        for function in model.functions.values()
    ]
    for box, line, known in boxes:
        for table in _tables(box):
            wrong = [
                Finding(m.element_id, m.line, m.slug, m.chinese, m.english, _E) for m in misfits(table, known, line)
            ]
            findings.extend(wrong or _table_findings(table, line))
    return findings


def _tables(box: Box) -> Iterator[TableBox]:
    if isinstance(box, TableBox):
        yield box
    elif isinstance(box, ContextBox):
        for _, entry in box.entries:
            yield from _tables(entry)
    elif isinstance(box, ListBox):
        for item in box.items:
            yield from _tables(item)


@dataclass(frozen=True, slots=True)
class _Row:
    """A rule as one cell of values per column."""

    rule: Rule
    number: int
    cells: tuple[Cell, ...]


def _rows(table: TableBox) -> list[_Row] | None:
    """Turn rules into cells; None when a test cannot be foreseen."""
    rows: list[_Row] = []
    columns = [column_of(i.allowed, [rule.tests[n] for rule in table.rules]) for n, i in enumerate(table.inputs)]
    for number, rule in enumerate(table.rules, 1):
        cells: list[Cell] = []
        for column, test in zip(columns, rule.tests, strict=False):
            cell = None if column is None or test is None else cell_of(test, column)
            if cell is None:
                return None
            cells.append(cell)
        rows.append(_Row(rule, number, tuple(cells)))
    return rows


def _table_findings(table: TableBox, line: int | None) -> Iterator[Finding]:
    complete = all(len(rule.tests) == len(table.inputs) for rule in table.rules)
    if not complete or not table.inputs or not table.rules:
        return
    if len(table.rules) ** 2 * len(table.inputs) > _PAIRS_LIMIT:
        yield _unforeseen(table, line, "规则太多", "there are too many rules")
        return
    rows = _rows(table)
    if rows is None:
        yield _unforeseen(table, line, "条件含有算式", "its tests are computed")
        return
    yield from _never(table, rows)
    if table.hit_policy in (HitPolicy.UNIQUE, HitPolicy.ANY):
        yield from islice(_overlaps(table, rows), _OVERLAPS_SHOWN)
    if not _answers_anyway(table):
        yield from _gaps(table, rows, line)


def _answers_anyway(table: TableBox) -> bool:
    """Tell whether the table answers without a match, too: a default, an empty list, a count of nothing."""
    if any(output.default is not None for output in table.outputs):
        return True
    return table.hit_policy in _LISTS and table.aggregation in (None, "COUNT")


def _unforeseen(table: TableBox, line: int | None, zh: str, en: str) -> Finding:
    chinese, english = f"{zh}，无法预先判断重叠与遗漏", f"{en}: overlaps and gaps are not known"
    return Finding(table.id or table.decision_id, line, "not-analysed", chinese, english, _W)


def _never(table: TableBox, rows: list[_Row]) -> Iterator[Finding]:
    """Find rules that no allowed value reaches, or that an earlier one always hides."""
    for index, row in enumerate(rows):
        hidden = table.hit_policy is HitPolicy.FIRST and any(_covers(other, row) for other in rows[:index])
        if hidden or not all(row.cells):
            chinese, english = f"第 {row.number} 条规则永远不会用到", f"rule {row.number} is never reached"
            yield Finding(row.rule.id, row.rule.line, "never", chinese, english, _W)


def _covers(wide: _Row, narrow: _Row) -> bool:
    return all(b.members <= a.members for a, b in zip(wide.cells, narrow.cells, strict=True))


def _overlaps(table: TableBox, rows: list[_Row]) -> Iterator[Finding]:
    for index, first in enumerate(rows):
        for second in rows[index + 1 :]:
            if any(a.members.isdisjoint(b.members) for a, b in zip(first.cells, second.cells, strict=True)):
                continue
            if table.hit_policy is HitPolicy.ANY and _same_answers(first.rule, second.rule):
                continue
            shared = [a.common(b) for a, b in zip(first.cells, second.cells, strict=True)]
            where = _described(table, [cell.example() for cell in shared])
            yield Finding(
                second.rule.id,
                second.rule.line,
                "overlap",
                f"第 {first.number} 条与第 {second.number} 条规则重叠：{where}",
                f"rules {first.number} and {second.number} overlap: {where}",
                _E,
            )


def _same_answers(first: Rule, second: Rule) -> bool:
    return [a and a.text.strip() for a in first.answers] == [a and a.text.strip() for a in second.answers]


def _gaps(table: TableBox, rows: list[_Row], line: int | None) -> Iterator[Finding]:
    search = _GapSearch()
    gaps = search.find([row.cells for row in rows], rows[0].cells)
    for gap in islice(gaps, _EXAMPLES):
        where = _described(table, gap)
        chinese, english = f"没有规则适用于：{where}", f"no rule applies to: {where}"
        yield Finding(table.id or table.decision_id, line, "gap", chinese, english, _W)


def _described(table: TableBox, values: list[str]) -> str:
    pairs = zip(table.inputs, values, strict=True)
    return "; ".join(f"{column.label or column.id} = {value}" for column, value in pairs)


class _GapSearch:
    """Looks for combinations that no row covers, one column after the other."""

    def __init__(self) -> None:
        self.work = _WORK_LIMIT

    def find(self, rows: list[tuple[Cell, ...]], shape: tuple[Cell, ...]) -> Iterator[list[str]]:
        """Give an example of each gap; stops quietly when there is too much to look at."""
        if not shape:
            if not rows:
                yield []
            return
        everything = shape[0].everything()
        self.work -= len(everything.members) * (1 + len(rows))
        pieces = everything.pieces([row[0] for row in rows])
        for piece in pieces:
            if self.work < 0:
                return
            covering = [row[1:] for row in rows if row[0].common(piece)]
            for rest in self.find(covering, shape[1:]):
                yield [piece.example(), *rest]
