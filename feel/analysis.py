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
from feel.errors import DecisionModelError

_WORK_LIMIT = 300_000
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
    return Finding(problem.element_id, problem.line, problem.slug, chinese, problem.message, Severity.ERROR)


def check(xml: bytes) -> list[Finding]:
    """Report what is wrong with a model, without raising."""
    try:
        model, problems = read_model(xml)
    except DecisionModelError as error:
        return [_of_problem(Problem("xml", error.element_id, error.line, error.message))]
    findings = [_of_problem(problem) for problem in problems]
    boxes = [(decision.box, decision.line) for decision in model.decisions.values()]
    boxes += [(function.body, None) for function in model.functions.values()]
    for box, line in boxes:
        for table in _tables(box):
            findings.extend(_table_findings(table, line))
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
    rows = _rows(table) if complete and table.inputs and table.rules else None
    if rows is None:
        return
    if table.hit_policy in (HitPolicy.UNIQUE, HitPolicy.ANY):
        yield from _overlaps(table, rows)
    if not any(output.default is not None for output in table.outputs):
        yield from _gaps(table, rows, line)


def _overlaps(table: TableBox, rows: list[_Row]) -> Iterator[Finding]:
    for index, first in enumerate(rows):
        for second in rows[index + 1 :]:
            shared = [a.common(b) for a, b in zip(first.cells, second.cells, strict=True)]
            if not all(shared) or (table.hit_policy is HitPolicy.ANY and _same_answers(first.rule, second.rule)):
                continue
            where = _described(table, [cell.example() for cell in shared])
            yield Finding(
                second.rule.id,
                second.rule.line,
                "overlap",
                f"第 {first.number} 条与第 {second.number} 条规则重叠：{where}",
                f"rules {first.number} and {second.number} overlap: {where}",
                Severity.ERROR,
            )


def _same_answers(first: Rule, second: Rule) -> bool:
    return [a and a.text.strip() for a in first.answers] == [a and a.text.strip() for a in second.answers]


def _gaps(table: TableBox, rows: list[_Row], line: int | None) -> Iterator[Finding]:
    search = _GapSearch()
    gaps = search.find([row.cells for row in rows], rows[0].cells)
    for gap in islice(gaps, _EXAMPLES):
        where = _described(table, gap)
        chinese, english = f"没有规则适用于：{where}", f"no rule applies to: {where}"
        yield Finding(table.id or table.decision_id, line, "gap", chinese, english, Severity.WARNING)


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
