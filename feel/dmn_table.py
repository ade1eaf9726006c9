"""Decision tables and their hit policies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from feel.dmn_run import Box, DecisionRun
from feel.errors import DecisionConflictError, DecisionNoMatchError, FeelFaultError
from feel.expression import Expression, UnaryTests
from feel.functions import BUILTINS
from feel.kinds import ANY, Kind, coerce
from feel.scope import Scope
from feel.values import equal


class HitPolicy(StrEnum):
    """What a table answers when several rules match."""

    UNIQUE = "UNIQUE"
    ANY = "ANY"
    PRIORITY = "PRIORITY"
    FIRST = "FIRST"
    RULE_ORDER = "RULE ORDER"
    OUTPUT_ORDER = "OUTPUT ORDER"
    COLLECT = "COLLECT"


AGGREGATIONS = {"SUM": "sum", "MIN": "min", "MAX": "max", "COUNT": "count"}


@dataclass(frozen=True, slots=True)
class Input:
    """A column of conditions."""

    id: str
    label: str
    expression: Expression | None
    kind: Kind
    allowed: UnaryTests | None


@dataclass(frozen=True, slots=True)
class Output:
    """A column of answers."""

    id: str
    name: str
    kind: Kind
    order: tuple[UnaryTests, ...]
    default: Expression | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A row."""

    id: str
    line: int | None
    tests: tuple[UnaryTests | None, ...]
    answers: tuple[Expression | None, ...]

    def matches(self, columns: list[tuple[object, Scope]]) -> bool:
        """Tell whether every condition holds; each column comes with the scope that knows its value as `?`."""
        for test, (value, scope) in zip(self.tests, columns, strict=False):
            if test is None or test.passes(value, scope) is not True:
                return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class TableBox(Box):
    """A decision table."""

    decision_id: str
    hit_policy: HitPolicy
    aggregation: str | None
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]

    def expressions(self) -> tuple[Expression, ...]:
        """Return the input expressions and the answers."""
        inputs = [column.expression for column in self.inputs if column.expression is not None]
        return (*inputs, *(answer for rule in self.rules for answer in rule.answers if answer is not None))

    def compute(self, scope: Scope) -> object:
        """Find the rules that match and answer as the hit policy says."""
        values = [column.expression.evaluate_in(scope) if column.expression else None for column in self.inputs]
        matching = self._matching(values, scope)
        if isinstance(scope.run, DecisionRun):
            scope.run.matched[self.decision_id] = [rule.id for rule in matching]
        if not matching:
            return self._without_match(values, scope)
        answers = [self._answer(rule, scope) for rule in matching]
        if self._contradict(answers):
            rules = tuple(rule.id for rule in matching)
            raise DecisionConflictError(self.decision_id, self.hit_policy.value, rules, self._asked(values))
        return _POLICIES[self.hit_policy](self, answers, scope)

    def _asked(self, values: list[object]) -> dict[str, object]:
        return {column.label or column.id: value for column, value in zip(self.inputs, values, strict=True)}

    def _contradict(self, answers: list[list[object]]) -> bool:
        if self.hit_policy is HitPolicy.UNIQUE:
            return len(answers) > 1
        return self.hit_policy is HitPolicy.ANY and any(equal(answer, answers[0]) is not True for answer in answers)

    def _matching(self, values: list[object], scope: Scope) -> list[Rule]:
        matching: list[Rule] = []
        columns = [(value, scope.inner({"?": value})) for value in values]
        for rule in self.rules:
            scope.run.spend(1 + len(self.inputs))
            if rule.matches(columns):
                matching.append(rule)
                if self.hit_policy is HitPolicy.FIRST:
                    break
        return matching

    def _without_match(self, values: list[object], scope: Scope) -> object:
        if any(output.default is not None for output in self.outputs):
            return self._shaped([self._default(output, scope) for output in self.outputs])
        if self.aggregation == "COUNT":
            return BUILTINS["count"].invoke([[]], None, scope.run)
        if self.aggregation is None and self.hit_policy in _LISTS:
            return []
        if isinstance(scope.run, DecisionRun) and scope.run.strict and self.aggregation is None:
            raise DecisionNoMatchError(self.decision_id, self._asked(values))
        scope.run.warn(f"no rule of {self.decision_id!r} matches")
        return None

    @staticmethod
    def _default(output: Output, scope: Scope) -> object:
        return None if output.default is None else output.default.evaluate_in(scope)

    def _answer(self, rule: Rule, scope: Scope) -> list[object]:
        answers = [None if answer is None else answer.evaluate_in(scope) for answer in rule.answers]
        return [
            value if output.kind is ANY else coerce(value, output.kind, scope.run.kinds)
            for output, value in zip(self.outputs, answers, strict=False)
        ]

    def _shaped(self, answer: list[object]) -> object:
        if len(self.outputs) == 1:
            return answer[0] if answer else None
        return {output.name: value for output, value in zip(self.outputs, answer, strict=False)}

    def ranked(self, answers: list[list[object]], scope: Scope) -> list[list[object]]:
        """Order answers by the order of the output values."""
        return sorted(answers, key=lambda answer: [self._rank(*pair, scope) for pair in zip(self.outputs, answer)])  # noqa: B905

    @staticmethod
    def _rank(output: Output, value: object, scope: Scope) -> int:
        for position, tests in enumerate(output.order):
            if tests.matches_in(value, scope) is True:
                return position
        return len(output.order)


_Answers = list[list[object]]


def _first(table: TableBox, answers: _Answers, scope: Scope) -> object:
    return table._shaped(answers[0])


def _priority(table: TableBox, answers: _Answers, scope: Scope) -> object:
    return table._shaped(table.ranked(answers, scope)[0])


def _rule_order(table: TableBox, answers: _Answers, scope: Scope) -> object:
    return scope.run.keep([table._shaped(answer) for answer in answers])


def _output_order(table: TableBox, answers: _Answers, scope: Scope) -> object:
    return scope.run.keep([table._shaped(answer) for answer in table.ranked(answers, scope)])


def _collect(table: TableBox, answers: _Answers, scope: Scope) -> object:
    collected = [table._shaped(answer) for answer in answers]
    if table.aggregation is None:
        return scope.run.keep(collected)
    try:
        return BUILTINS[AGGREGATIONS[table.aggregation]].invoke([collected], None, scope.run)
    except FeelFaultError as fault:
        scope.run.warn(fault.message)
        return None


_LISTS = frozenset({HitPolicy.COLLECT, HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER})
_POLICIES: dict[HitPolicy, Callable[[TableBox, _Answers, Scope], object]] = {
    HitPolicy.UNIQUE: _first,
    HitPolicy.ANY: _first,
    HitPolicy.FIRST: _first,
    HitPolicy.PRIORITY: _priority,
    HitPolicy.RULE_ORDER: _rule_order,
    HitPolicy.OUTPUT_ORDER: _output_order,
    HitPolicy.COLLECT: _collect,
}
