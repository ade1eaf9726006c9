"""From nodes to closures: arithmetic, comparison, logic and unary tests."""

from __future__ import annotations

import operator as operators
from collections.abc import Callable
from decimal import Decimal

from feel import nodes
from feel.access import Code
from feel.arithmetic import NUMBER_OPERATIONS, calculate, negate
from feel.errors import FeelFaultError
from feel.scope import Scope
from feel.values import Range, at_least, equal, kind_of

Compile = Callable[[nodes.Node], Code]


def _arithmetic(node: nodes.Arithmetic, compile_node: Compile) -> Code:
    left, right, operator = compile_node(node.left), compile_node(node.right), node.operator
    fast = NUMBER_OPERATIONS[operator]

    def run(scope: Scope) -> object:
        a, b = left(scope), right(scope)
        try:
            if a.__class__ is Decimal and b.__class__ is Decimal:
                return fast(a, b)
            return scope.run.keep(calculate(operator, a, b))
        except (FeelFaultError, ArithmeticError) as fault:
            scope.run.warn(str(fault) if isinstance(fault, FeelFaultError) else f"{a} {operator} {b} has no value")
            return None

    return run


def _negation(node: nodes.Negation, compile_node: Compile) -> Code:
    operand = compile_node(node.operand)

    def run(scope: Scope) -> object:
        try:
            return negate(operand(scope))
        except FeelFaultError as fault:
            scope.run.warn(fault.message)
            return None

    return run


def _unequal(left: object, right: object) -> bool | None:
    same = equal(left, right)
    return None if same is None else not same


_COMPARISONS: dict[str, Callable[[object, object], bool | None]] = {
    "=": equal,
    "!=": _unequal,
    "<": lambda left, right: at_least(right, left, included=False),
    "<=": lambda left, right: at_least(right, left, included=True),
    ">": lambda left, right: at_least(left, right, included=False),
    ">=": lambda left, right: at_least(left, right, included=True),
}
_NUMBER_COMPARISONS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "=": operators.eq,
    "!=": operators.ne,
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}


def compare(operator: str, left: object, right: object) -> bool | None:
    """Apply a comparison; None when the two cannot be compared."""
    return _COMPARISONS[operator](left, right)


def _comparison(node: nodes.Comparison, compile_node: Compile) -> Code:
    left, right, operator = compile_node(node.left), compile_node(node.right), node.operator
    fast, general = _NUMBER_COMPARISONS[operator], _COMPARISONS[operator]

    def run(scope: Scope) -> object:
        a, b = left(scope), right(scope)
        if a.__class__ is Decimal and b.__class__ is Decimal:
            return fast(a, b)
        scope.run.charge(a)
        answer = general(a, b)
        if answer is None:
            scope.run.warn(f"{kind_of(a)} {operator} {kind_of(b)} cannot be compared")
        return answer

    return run


def _logic(node: nodes.Logic, compile_node: Compile) -> Code:
    operands = tuple(map(compile_node, node.operands))
    decisive = node.operator == "or"

    def run(scope: Scope) -> object:
        answer: bool | None = not decisive
        for operand in operands:
            value = operand(scope)
            if value is decisive:
                return decisive
            if not isinstance(value, bool):
                answer = None
        return answer

    return run


def _between(node: nodes.Between, compile_node: Compile) -> Code:
    value, low, high = compile_node(node.value), compile_node(node.low), compile_node(node.high)

    def run(scope: Scope) -> object:
        given = value(scope)
        above = at_least(given, low(scope), included=True)
        below = at_least(high(scope), given, included=True)
        if above is None or below is None:
            scope.run.warn(f"a {kind_of(given)} cannot be between these")
            return None
        return above and below

    return run


def holds(value: object, answer: object, scope: Scope) -> bool | None:
    """Tell whether a value passes a test that is itself a value: equal to it, in it, or a range that contains it."""
    if isinstance(answer, Range):
        return answer.contains(value)
    if isinstance(answer, list | tuple):
        scope.run.charge(answer)
        return _in_list(value, answer, scope)
    return equal(value, answer)


def _in_list(value: object, items: list[object] | tuple[object, ...], scope: Scope) -> bool | None:
    if isinstance(value, list | tuple) and equal(value, items) is True:
        return True
    if any(_equal_or_inside(value, item) for item in items):
        return True
    return None if value is None and None not in items and items else False


def _equal_or_inside(value: object, item: object) -> bool:
    inside = isinstance(item, Range) and not isinstance(value, Range) and item.contains(value) is True
    return inside or equal(value, item) is True


Test = Callable[[object, Scope], bool | None]


def compile_test(node: nodes.Node, compile_node: Compile) -> Test:
    """Turn one unary test into a closure over the value it is put to."""
    if isinstance(node, nodes.TestNode):
        general, operand = _COMPARISONS[node.operator], compile_node(node.operand)
        return lambda value, scope: general(value, operand(scope))
    code = compile_node(node)
    if reads_input(node):
        return lambda value, scope: _truth(code(scope))

    def test(value: object, scope: Scope) -> bool | None:
        answer = code(scope)
        if isinstance(answer, bool) and not isinstance(value, bool) and value is not None:
            return answer
        return holds(value, answer, scope)

    return test


def _truth(answer: object) -> bool | None:
    return answer if isinstance(answer, bool) else None


def reads_input(node: nodes.Node) -> bool:
    """Tell whether the test mentions `?`, the value it is put to."""
    return any(isinstance(part, nodes.Name) and part.name == "?" for part in nodes.walk(node))


def any_of(tests: tuple[Test, ...], value: object, scope: Scope) -> bool | None:
    """Tell whether one of the tests holds; None when none does and one of them could not tell."""
    answer: bool | None = False
    for test in tests:
        outcome = test(value, scope)
        if outcome is True:
            return True
        if outcome is None:
            answer = None
    return answer


def _in(node: nodes.In, compile_node: Compile) -> Code:
    subject = compile_node(node.value)
    tests = tuple(compile_in_test(test, compile_node) for test in node.tests)

    def run(scope: Scope) -> object:
        value = subject(scope)
        answer = any_of(tests, value, scope)
        if answer is None:
            scope.run.warn(f"a {kind_of(value)} cannot be in these")
        return answer

    return run


def compile_in_test(node: nodes.Node, compile_node: Compile) -> Test:
    """Turn one test of `in` into a closure; unlike a cell's, a boolean stands for itself."""
    if isinstance(node, nodes.TestNode):
        return compile_test(node, compile_node)
    code, spans = compile_node(node), isinstance(node, nodes.RangeNode)

    def test(value: object, scope: Scope) -> bool | None:
        answer = code(scope)
        return None if spans and answer is None else holds(value, answer, scope)

    return test


OPERATORS: dict[type, Callable[..., Code]] = {
    nodes.Arithmetic: _arithmetic,
    nodes.Negation: _negation,
    nodes.Comparison: _comparison,
    nodes.Logic: _logic,
    nodes.Between: _between,
    nodes.In: _in,
}
