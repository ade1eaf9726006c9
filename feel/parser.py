"""FEEL's grammar: a parser by operator precedence."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from feel import nodes
from feel.errors import FeelFaultError, FeelSyntaxError
from feel.parser_kinds import parse_kind
from feel.parser_structures import LOWEST, Structures
from feel.temporal import parse_at_literal
from feel.tokens import Token
from feel.values import NUMBERS

_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_OR, _AND, _COMPARE, _ADD, _MULTIPLY, _POWER, _UNARY, _POSTFIX = range(LOWEST, LOWEST + 8)
_LEVELS = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys(_COMPARISONS, _COMPARE),
    "between": _COMPARE,
    "in": _COMPARE,
    "+": _ADD,
    "-": _ADD,
    "*": _MULTIPLY,
    "/": _MULTIPLY,
    "**": _POWER,
    "instance of": _POSTFIX,
    ".": _POSTFIX,
    "[": _POSTFIX,
    "(": _POSTFIX,
}
_LITERALS: dict[str, object] = {"true": True, "false": False, "null": None}


class Parser(Structures):
    """Reads one expression, or the unary tests of a cell."""

    def parse_expression(self) -> nodes.Node:
        """Read an expression to the end of the text."""
        node = self.expression()
        self.expect_end()
        return node

    def parse_tests(self) -> nodes.Tests:
        """Read unary tests to the end of the text."""
        if self.at("-") and self.peek().kind == "end":
            return nodes.Tests((), negated=False)
        if self.at_negated_tests():
            self.advance()
            self.advance()
            tests = nodes.Tests(self.tests(), negated=True)
            self.expect(")")
        else:
            tests = nodes.Tests(self.tests(), negated=False)
        self.expect_end()
        return tests

    def tests(self) -> tuple[nodes.Node, ...]:
        """Read tests between commas."""
        found = [self.test()]
        while self.accept(","):
            found.append(self.test())
        return tuple(found)

    def test(self) -> nodes.Node:
        """Read one test: a comparison without its left side, or an expression."""
        if self.token.kind == "operator" and self.token.text in _COMPARISONS:
            operator = self.advance().text
            return nodes.TestNode(operator, self.expression(_ADD))
        return self.expression()

    def expression(self, level: int = _OR) -> nodes.Node:
        """Read an expression whose operators bind at least as tightly as `level`."""
        self.enter()
        node = self.prefix()
        chain = 0
        while (binding := self.binding()) >= level:
            longer = self.infix(node, binding)
            if longer is None:
                break
            node = longer
            chain += 1
            self.check_chain(chain)
        self.leave()
        return node

    def binding(self) -> int:
        """Say how tightly the operator at hand binds; 0 when there is none."""
        if self.token.kind not in ("operator", "keyword"):
            return 0
        return _LEVELS.get(self.token.text, 0)

    def infix(self, left: nodes.Node, level: int) -> nodes.Node | None:
        """Extend `left` by the operator at hand; None where a `[` closes an open range instead."""
        text = self.token.text
        if level == _POSTFIX:
            return _POSTFIXES[text](self, left)
        if level in (_OR, _AND):
            return self.logic(left, text, level)
        self.advance()
        if text == "between":
            low = self.expression(_ADD)
            self.expect("and")
            return nodes.Between(left, low, self.expression(_ADD))
        if text == "in":
            return nodes.In(left, self.in_tests())
        right = self.expression(level + 1)
        return nodes.Comparison(text, left, right) if level == _COMPARE else nodes.Arithmetic(text, left, right)

    def logic(self, left: nodes.Node, operator: str, level: int) -> nodes.Node:
        """Read a whole chain of `and` or `or`."""
        operands = [left]
        while self.accept(operator):
            operands.append(self.expression(level + 1))
        return nodes.Logic(operator, tuple(operands))

    def in_tests(self) -> tuple[nodes.Node, ...]:
        """Read what follows `in`: tests in parentheses, or a single test."""
        if not self.at("(") or self.token.start in self.grouping:
            return (self.single_test(),)
        mark = self.mark()
        self.advance()
        tests = self.tests()
        if self.accept(")") and self.binding() <= _COMPARE:
            return tests
        self.grouping.add(mark.token.start)
        self.reset(mark)
        return (self.single_test(),)

    def single_test(self) -> nodes.Node:
        """Read a test that ends before the next comparison or `and`."""
        if self.token.kind == "operator" and self.token.text in _COMPARISONS:
            return self.test()
        return self.expression(_ADD)

    def prefix(self) -> nodes.Node:
        """Read what an expression may begin with."""
        token = self.token
        read = _BY_KIND.get(token.kind) or _PREFIXES.get(token.text)
        if read is None:
            raise self.error(f"unexpected {token.text!r}" if token.text else "the expression ends too early")
        return read(self, self.advance())

    def _number(self, token: Token) -> nodes.Node:
        try:
            return nodes.Literal(NUMBERS.create_decimal(token.text))
        except ArithmeticError as error:
            raise self.error_at("the number is too large", token) from error

    def _at(self, token: Token) -> nodes.Node:
        if self.token.kind != "string":
            raise self.error("expected a string after '@'")
        try:
            return nodes.Literal(parse_at_literal(self.advance().text))
        except FeelFaultError:
            return nodes.Literal(None)

    def _negation(self, token: Token) -> nodes.Node:
        operand = self.expression(_UNARY)
        if isinstance(operand, nodes.Literal) and isinstance(operand.value, Decimal):
            return nodes.Literal(-operand.value)
        return nodes.Negation(operand)

    def _parenthesis(self, token: Token) -> nodes.Node:
        if self.token.kind == "operator" and self.token.text in _COMPARISONS:
            test = self.test()
            self.expect(")")
            return test
        inner = self.expression()
        if self.accept(".."):
            return self.range_end(inner, included=False)
        self.expect(")")
        return inner

    def _bracket(self, token: Token) -> nodes.Node:
        if self.accept("]"):
            return nodes.ListNode(())
        items = [self.test()]
        if self.accept(".."):
            return self.range_end(items[0], included=True)
        while self.accept(","):
            items.append(self.test())
        self.expect("]")
        return nodes.ListNode(tuple(items))

    def _open_bracket(self, token: Token) -> nodes.Node:
        low = self.expression()
        self.expect("..")
        return self.range_end(low, included=False)

    def range_end(self, low: nodes.Node, *, included: bool) -> nodes.Node:
        """Read the upper end of a range and its bracket."""
        high = self.expression()
        if not (self.at("]") or self.at(")") or self.at("[")):
            raise self.error("expected the end of the range")
        return nodes.RangeNode(low, included, high, self.advance().text == "]")

    def call(self, callee: nodes.Node) -> nodes.Node:
        """Read the arguments of a call."""
        self.advance()
        arguments: list[nodes.Node] = []
        names: list[str] = []
        while not self.accept(")"):
            if arguments:
                self.expect(",")
            if self.token.kind in ("name", "keyword") and self.peek().text == ":":
                names.append(self.advance().text)
                self.advance()
            arguments.append(self.test())
        if names and len(names) != len(arguments):
            raise self.error("arguments are either all named or all positional")
        return nodes.Call(callee, tuple(arguments), tuple(names) if names else None)

    def filter(self, source: nodes.Node) -> nodes.Node | None:
        """Read a filter; where none can be read the bracket closes an open range."""
        if self.token.start in self.closing:
            return None
        mark = self.mark()
        try:
            self.advance()
            condition = self.test()
            self.expect("]")
        except FeelSyntaxError:
            if not self.in_range(mark):
                raise
            self.closing.add(mark.token.start)
            self.reset(mark)
            return None
        return nodes.Filter(source, condition)

    def path(self, source: nodes.Node) -> nodes.Node:
        """Read a step of a path."""
        self.advance()
        return nodes.Path(source, self.expect_word())

    def instance_of(self, value: nodes.Node) -> nodes.Node:
        """Read `instance of` and its type."""
        self.advance()
        return nodes.InstanceOf(value, parse_kind(self))


_BY_KIND: dict[str, Callable[[Parser, Token], nodes.Node]] = {
    "number": Parser._number,
    "string": lambda _, token: nodes.Literal(token.text),
    "name": lambda _, token: nodes.Name(token.text),
}
_PREFIXES: dict[str, Callable[[Parser, Token], nodes.Node]] = {
    "-": Parser._negation,
    "(": Parser._parenthesis,
    "[": Parser._bracket,
    "]": Parser._open_bracket,
    "{": Parser.read_context,
    "@": Parser._at,
    "?": lambda _, token: nodes.Name("?"),
    "if": Parser.read_if,
    "for": Parser.read_for,
    "some": Parser.read_quantified,
    "every": Parser.read_quantified,
    "function": Parser.read_function,
    **{text: (lambda _, token: nodes.Literal(_LITERALS[token.text])) for text in _LITERALS},
}
_POSTFIXES: dict[str, Callable[[Parser, nodes.Node], nodes.Node | None]] = {
    "(": Parser.call,
    "[": Parser.filter,
    ".": Parser.path,
    "instance of": Parser.instance_of,
}
