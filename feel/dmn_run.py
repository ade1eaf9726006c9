"""One evaluation of a decision model, and the boxed expressions it evaluates."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

from feel.access import filtered
from feel.errors import FeelFaultError
from feel.expression import Expression
from feel.functions import DefinedFunction, Function, HostFunction
from feel.iteration import Loop, rounds
from feel.kinds import ANY, Kind, coerce
from feel.scope import HostFunctions, Run, Scope

_BOX_COST = 4


class DecisionRun(Run):
    """An evaluation that also remembers which rules matched."""

    __slots__ = ("matched", "strict")

    def __init__(self, functions: HostFunctions | None, kinds: Mapping[str, Kind], *, strict: bool) -> None:
        """Start; when strict, a table without a match and without a default is an error."""
        super().__init__(functions, kinds)
        self.strict = strict
        self.matched: dict[str, list[str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Box(ABC):
    """A boxed expression: something in a model that has a value."""

    id: str = ""
    kind: Kind = ANY

    @abstractmethod
    def compute(self, scope: Scope) -> object:
        """Compute the value."""

    def expressions(self) -> tuple[Expression, ...]:
        """Return the expressions it is made of, for checks."""
        return ()

    def evaluate(self, scope: Scope) -> object:
        """Compute the value and fit it to the declared type."""
        scope.run.spend(_BOX_COST)
        value = self.compute(scope)
        if self.kind is ANY:
            return value
        fitted = coerce(value, self.kind, scope.run.kinds)
        if fitted is None and value is not None:
            scope.run.warn(f"{self.id or 'a value'} is not a {self.kind.name}")
        return fitted


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyBox(Box):
    """Nothing, or something that could not be read."""

    def compute(self, scope: Scope) -> object:
        """Be null."""
        scope.run.warn(f"{self.id or 'an expression'} is empty")
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiteralBox(Box):
    """A literal expression."""

    expression: Expression

    def compute(self, scope: Scope) -> object:
        """Evaluate the text."""
        return self.expression.evaluate_in(scope)

    def expressions(self) -> tuple[Expression, ...]:
        """Return the one expression."""
        return (self.expression,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextBox(Box):
    """A boxed context; an entry without a name is its result."""

    entries: tuple[tuple[str | None, Box], ...]

    def compute(self, scope: Scope) -> object:
        """Evaluate the entries in order, each seeing those before it."""
        values: dict[str, object] = {}
        inner = scope.inner(values)
        for name, box in self.entries:
            if name is None:
                return box.evaluate(inner)
            values[name] = box.evaluate(inner)
        return scope.run.keep(values)

    def expressions(self) -> tuple[Expression, ...]:
        """Return those of the entries."""
        return tuple(expression for _, box in self.entries for expression in box.expressions())


@dataclass(frozen=True, slots=True, kw_only=True)
class ListBox(Box):
    """A boxed list."""

    items: tuple[Box, ...]

    def compute(self, scope: Scope) -> object:
        """Evaluate the items."""
        return scope.run.keep([item.evaluate(scope) for item in self.items])

    def expressions(self) -> tuple[Expression, ...]:
        """Return those of the items."""
        return tuple(expression for box in self.items for expression in box.expressions())


@dataclass(frozen=True, slots=True, kw_only=True)
class InvocationBox(Box):
    """A boxed invocation."""

    callee: Expression
    bindings: tuple[tuple[str, Box], ...]

    def compute(self, scope: Scope) -> object:
        """Call what the callee names with the bindings as named arguments."""
        target = self.callee.evaluate_in(scope)
        arguments = [box.evaluate(scope) for _, box in self.bindings]
        if not isinstance(target, Function):
            if not callable(target):
                scope.run.warn(f"{self.callee.text!r} cannot be called")
                return None
            target = HostFunction(self.callee.text, target)
        try:
            return target.invoke(arguments, tuple(name for name, _ in self.bindings), scope.run)
        except FeelFaultError as fault:
            scope.run.warn(fault.message)
            return None

    def expressions(self) -> tuple[Expression, ...]:
        """Return those of the bindings."""
        return tuple(expression for _, box in self.bindings for expression in box.expressions())


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionBox(Box):
    """A boxed function definition."""

    parameters: tuple[tuple[str, Kind], ...]
    body: Box
    feel: bool = True

    def compute(self, scope: Scope) -> object:
        """Close over the scope."""
        if not self.feel:
            scope.run.warn("external functions are not supported")
            return None
        function = DefinedFunction(self.parameters, self.body.evaluate, scope, cost=_BOX_COST)
        function.result_kind = self.body.kind
        return function


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionalBox(Box):
    """A boxed `if`."""

    condition: Box
    yes: Box
    no: Box

    def compute(self, scope: Scope) -> object:
        """Choose a branch."""
        return self.yes.evaluate(scope) if self.condition.evaluate(scope) is True else self.no.evaluate(scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterBox(Box):
    """A boxed filter."""

    source: Box
    match: Box

    def compute(self, scope: Scope) -> object:
        """Keep the items that match."""
        return filtered(self.source.evaluate(scope), self.match.evaluate, _BOX_COST, scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class IterationBox(Box):
    """A boxed `for`, `some` or `every`."""

    quantifier: str
    variable: str
    source: Box
    body: Box = field(default_factory=EmptyBox)

    def compute(self, scope: Scope) -> object:
        """Walk over the source."""
        results: list[object] = []
        loop = Loop(self.variable, self.source.evaluate, None)
        try:
            for inner in rounds((loop,), scope, {"partial": results}, _BOX_COST):
                results.append(self.body.evaluate(inner))
        except FeelFaultError as fault:
            scope.run.warn(fault.message)
            return None
        if self.quantifier == "for":
            return scope.run.keep(results)
        decisive = self.quantifier == "some"
        if any(result is decisive for result in results):
            return decisive
        return not decisive if all(isinstance(result, bool) for result in results) else None
