"""The public face of expressions: compile once, evaluate often."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from feel import nodes
from feel.compiler import compile_node
from feel.compiler_operators import Test, any_of, compile_test
from feel.cursor import DEPTH_LIMIT
from feel.errors import FeelFaultError, FeelLimitError
from feel.names import free_names
from feel.parser import Parser
from feel.scope import HostFunctions, Run, Scope
from feel.tokens import names_of
from feel.values import lift

_NO_NAMES: frozenset[str] = frozenset()
_CONSTANT_CALLS = frozenset({"date", "time", "date and time", "duration"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an evaluation gave, and why parts of it became null."""

    value: object
    warnings: tuple[str, ...]


def guarded(code: Callable[[Scope], object], scope: Scope) -> object:
    """Evaluate, and turn what cannot be evaluated into null or a limit error."""
    try:
        return code(scope)
    except FeelFaultError as fault:
        scope.run.warn(fault.message)
        return None
    except (RecursionError, MemoryError) as error:
        raise FeelLimitError("nested evaluation", DEPTH_LIMIT) from error


class Expression:
    """A compiled expression."""

    __slots__ = ("_code", "calls", "names", "node", "text")

    def __init__(self, text: str, node: nodes.Node) -> None:
        """Compile the node; `names` and `calls` say what it reads and what it calls from outside."""
        self.text = text
        self.node = node
        self.names, self.calls = free_names(node)
        self._code = compile_node(node)

    def evaluate(self, context: Mapping[str, object], functions: HostFunctions | None = None) -> object:
        """Evaluate in a context; what has no value is null."""
        return guarded(self._code, Scope(context, None, Run(functions)))

    def explain(self, context: Mapping[str, object], functions: HostFunctions | None = None) -> Outcome:
        """Evaluate, and also say why parts of it became null."""
        run = Run(functions)
        return Outcome(self.evaluate_in(Scope(context, None, run)), tuple(run.warnings))

    def evaluate_in(self, scope: Scope) -> object:
        """Evaluate inside a running evaluation."""
        return guarded(self._code, scope)


class UnaryTests:
    """The compiled tests of a table cell, or of a list of allowed values."""

    __slots__ = ("_negated", "_tests", "node", "text")

    def __init__(self, text: str, node: nodes.Tests) -> None:
        """Compile each test."""
        self.text = text
        self.node = node
        self._negated = node.negated
        self._tests: tuple[Test, ...] = tuple(compile_test(test, compile_node) for test in node.tests)

    def matches(
        self, value: object, context: Mapping[str, object], functions: HostFunctions | None = None
    ) -> bool | None:
        """Tell whether the value passes; None when that cannot be told."""
        return self.matches_in(value, Scope(context, None, Run(functions)))

    def parts(self) -> tuple[nodes.Tests, ...]:
        """Return each test by itself, in the order written."""
        return tuple(nodes.Tests((test,), negated=False) for test in self.node.tests)

    def matches_in(self, value: object, scope: Scope) -> bool | None:
        """Put the tests to a value inside a running evaluation."""
        value = lift(value)
        return self.passes(value, scope.inner({"?": value}))

    def passes(self, value: object, scope: Scope) -> bool | None:
        """Put the tests to a value that the scope already knows as `?`."""
        if not self._tests:
            return True
        answer = guarded(lambda inner: any_of(self._tests, value, inner), scope)
        return answer is not self._negated if isinstance(answer, bool) else None


@lru_cache(maxsize=4096)
def expression_of(text: str, names: frozenset[str] = _NO_NAMES) -> Expression:
    """Compile an expression that may use these names, which the lexer could not read whole by itself."""
    try:
        return Expression(text, Parser(text, names_of(names)).parse_expression())
    except RecursionError as error:
        raise FeelLimitError("nested expressions", DEPTH_LIMIT) from error


@lru_cache(maxsize=4096)
def unary_tests_of(text: str, names: frozenset[str] = _NO_NAMES) -> UnaryTests:
    """Compile unary tests that may use these names."""
    if not text.strip():
        return UnaryTests(text, nodes.Tests((), negated=False))
    try:
        return UnaryTests(text, Parser(text, names_of(names)).parse_tests())
    except RecursionError as error:
        raise FeelLimitError("nested expressions", DEPTH_LIMIT) from error


def constant_of(node: nodes.Node) -> object:
    """Return the value of a literal, also of `-5` and `date("…")`; None for anything else."""
    if isinstance(node, nodes.Literal):
        return node.value
    if isinstance(node, nodes.Negation):
        return compile_node(node)(Scope({}, None, Run())) if isinstance(node.operand, nodes.Literal) else None
    if isinstance(node, nodes.Call) and isinstance(node.callee, nodes.Name) and len(node.arguments) == 1:
        argument = node.arguments[0]
        if node.callee.name in _CONSTANT_CALLS and isinstance(argument, nodes.Literal):
            return expression_of(f'{node.callee.name}("{argument.value}")').evaluate({})
    return None


def compile_expression(text: str) -> Expression:
    """Compile an expression; raises FeelSyntaxError with line and column."""
    return expression_of(text)


def compile_unary_tests(text: str) -> UnaryTests:
    """Compile unary tests; an empty text and `-` accept everything."""
    return unary_tests_of(text)


def evaluate(text: str, context: Mapping[str, object], functions: HostFunctions | None = None) -> object:
    """Compile (once) and evaluate."""
    return expression_of(text).evaluate(context, functions)
