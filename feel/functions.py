"""Functions as values: built in, defined in an expression, or lent by the caller."""

from __future__ import annotations

import datetime as dt
import inspect
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from feel.errors import FeelFaultError, FeelLimitError
from feel.kinds import ANY, Kind, conforms
from feel.scope import CALL_LIMIT, Run, Scope
from feel.values import Range, YearsMonthsDuration, kind_of, lift

Arguments = Sequence[object]
ArgumentNames = tuple[str, ...] | None


class Function(ABC):
    """Anything FEEL can call."""

    parameter_kinds: tuple[Kind, ...] | None = None
    result_kind: Kind = ANY

    @abstractmethod
    def invoke(self, arguments: Arguments, names: ArgumentNames, run: Run) -> object:
        """Call it with positional or named arguments; raises FeelFaultError when they do not fit."""

    def __call__(self, *arguments: object) -> object:
        """Call it from Python."""
        return self.invoke(arguments, None, Run())


def bind(parameters: Sequence[str], arguments: Arguments, names: ArgumentNames) -> list[object]:
    """Bring arguments into the order of the parameters; all of them must be given."""
    if names is None:
        if len(arguments) != len(parameters):
            raise FeelFaultError(f"expected {len(parameters)} arguments, not {len(arguments)}")
        return list(arguments)
    given = dict(zip(names, arguments, strict=True))
    if len(given) != len(names) or set(given) != set(parameters):
        raise FeelFaultError(f"expected arguments named {', '.join(parameters)}")
    return [given[name] for name in parameters]


class DefinedFunction(Function):
    """A function written in FEEL (or in a decision model), closed over the scope it was written in."""

    def __init__(
        self,
        parameters: Sequence[tuple[str, Kind]],
        body: Callable[[Scope], object],
        scope: Scope,
        *,
        cost: int,
    ) -> None:
        """Keep what a call needs."""
        self.names = [name for name, _ in parameters]
        self.parameter_kinds = tuple(kind for _, kind in parameters)
        self.body = body
        self.scope = scope
        self.cost = cost

    def invoke(self, arguments: Arguments, names: ArgumentNames, run: Run) -> object:
        """Check the arguments and evaluate the body in the scope of the definition."""
        values = bind(self.names, arguments, names)
        local = {
            name: fit(value, kind, run)
            for name, kind, value in zip(self.names, self.parameter_kinds or (), values, strict=True)
        }
        run.spend(self.cost)
        run.calls += 1
        if run.calls > CALL_LIMIT:
            raise FeelLimitError("nested calls", CALL_LIMIT)
        try:
            return self.body(Scope(local, self.scope, run))
        finally:
            run.calls -= 1


def fit(value: object, kind: Kind, run: Run) -> object:
    """Fit an argument to the type of its parameter; a fault when it does not."""
    if kind.name == "Any" or conforms(value, kind, run.kinds):
        return value
    if isinstance(value, list) and len(value) == 1 and conforms(value[0], kind, run.kinds):
        return value[0]
    if not isinstance(value, list) and conforms([value], kind, run.kinds):
        return [value]
    raise FeelFaultError(f"expected {kind.name}, not a {kind_of(value)}")


class HostFunction(Function):
    """A Python function lent by the caller."""

    def __init__(self, name: str, target: Callable[..., object]) -> None:
        """Keep the Python function and the name it goes by."""
        self.name = name
        self.target = target

    def invoke(self, arguments: Arguments, names: ArgumentNames, run: Run) -> object:
        """Call it; arguments it does not take are a fault, whatever it raises itself is not caught."""
        by_name = dict(zip(names, arguments, strict=True)) if names is not None else {}
        positional = () if names is not None else arguments
        try:
            inspect.signature(self.target).bind(*positional, **by_name)
        except TypeError as error:
            raise FeelFaultError(f"{self.name} does not take these arguments: {error}") from error
        except ValueError:
            pass
        return lift(self.target(*positional, **by_name))


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a built-in function."""

    name: str
    kind: str
    optional: bool
    nullable: bool


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the ways to call a built-in function."""

    parameters: tuple[Parameter, ...]
    variadic: bool
    target: Callable[..., object]
    takes_run: bool

    def bind(self, arguments: Arguments, names: ArgumentNames) -> list[object]:
        """Bring arguments into order and check their types."""
        if self.variadic and names is None:
            arguments = _gather(arguments, len(self.parameters) - 1)
        ordered = self._by_name(arguments, names) if names is not None else list(arguments)
        least = sum(not parameter.optional for parameter in self.parameters)
        if not least <= len(ordered) <= len(self.parameters):
            raise FeelFaultError(f"does not take {len(arguments)} arguments")
        return [_check(p, value) for p, value in zip(self.parameters, ordered, strict=False)]

    def _by_name(self, arguments: Arguments, names: tuple[str, ...]) -> list[object]:
        given = dict(zip(names, arguments, strict=True))
        known = [parameter.name for parameter in self.parameters]
        unknown = given.keys() - set(known)
        missing = [p.name for p in self.parameters if not p.optional and p.name not in given]
        if unknown or missing or len(given) != len(names):
            raise FeelFaultError(f"takes arguments named {', '.join(known)}")
        last = max((known.index(name) for name in given), default=-1)
        return [given.get(name) for name in known[: last + 1]]


def _gather(arguments: Arguments, fixed: int) -> Arguments:
    rest = arguments[fixed:]
    if len(rest) == 1 and (rest[0] is None or isinstance(rest[0], list)) and not fixed:
        return arguments
    return [*arguments[:fixed], list(rest)] if rest else arguments


_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "number": (Decimal,),
    "string": (str,),
    "boolean": (bool,),
    "list": (list,),
    "context": (Mapping,),
    "date": (dt.date,),
    "datetime": (dt.datetime,),
    "time": (dt.time,),
    "clock": (dt.time, dt.datetime),
    "temporal": (dt.date, dt.time),
    "range": (Range,),
    "span": (dt.timedelta, YearsMonthsDuration),
}


def _check(parameter: Parameter, value: object) -> object:
    if parameter.kind == "any":
        return value
    value = lift(value)
    if value is None:
        if parameter.nullable:
            return None
        raise FeelFaultError(f"{parameter.name!r} is null")
    if parameter.kind == "function":
        return _function(parameter, value)
    types = _PYTHON_TYPES[parameter.kind]
    if isinstance(value, types):
        return value
    if parameter.kind == "list":
        return [value]
    if isinstance(value, list) and len(value) == 1:
        return _check(parameter, value[0])
    raise FeelFaultError(f"{parameter.name!r} is a {kind_of(value)}, not a {parameter.kind}")


def _function(parameter: Parameter, value: object) -> Function:
    if isinstance(value, Function):
        return value
    if callable(value):
        return HostFunction(parameter.name, value)
    raise FeelFaultError(f"{parameter.name!r} is not a function")


@dataclass(slots=True)
class Builtin(Function):
    """A function of the standard's library."""

    name: str
    variants: list[Variant] = field(default_factory=list)

    def invoke(self, arguments: Arguments, names: ArgumentNames, run: Run) -> object:
        """Call the first variant that takes these arguments."""
        for argument in arguments:
            run.charge(argument)
        fault = FeelFaultError("has no such form")
        for variant in self.variants:
            try:
                values = variant.bind(arguments, names)
            except FeelFaultError as error:
                fault = error
                continue
            return run.keep(self._called(variant, values, run))
        raise FeelFaultError(f"{self.name}: {fault.message}")

    def _called(self, variant: Variant, values: list[object], run: Run) -> object:
        try:
            return variant.target(run, *values) if variant.takes_run else variant.target(*values)
        except ArithmeticError as error:
            raise FeelFaultError(f"{self.name}: the result is out of range") from error


BUILTINS: dict[str, Builtin] = {}
_SIGNATURE = re.compile(r"([a-z ]+)\((.*)\)")
Target = Callable[..., object]
F = TypeVar("F", bound=Target)


def _variant(signature: str, target: Target, *, takes_run: bool) -> None:
    match = _SIGNATURE.fullmatch(signature)
    if match is None:
        raise ValueError(signature)
    parameters: list[Parameter] = []
    for part in filter(None, match[2].split(", ")):
        name, kind = part.split(": ")
        parameters.append(Parameter(name.strip("*?"), kind.rstrip("?"), name.endswith("?"), kind.endswith("?")))
    variant = Variant(tuple(parameters), "*" in match[2], target, takes_run)
    BUILTINS.setdefault(match[1], Builtin(match[1])).variants.append(variant)


def builtin(*signatures: str) -> Callable[[F], F]:
    """Register a function, as in `name(a: number, b?: string, *rest: list)`; `string?` also takes null."""

    def register(target: F) -> F:
        for signature in signatures:
            _variant(signature, target, takes_run=False)
        return target

    return register


def running_builtin(*signatures: str) -> Callable[[F], F]:
    """Register a function whose first argument is the evaluation it runs in."""

    def register(target: F) -> F:
        for signature in signatures:
            _variant(signature, target, takes_run=True)
        return target

    return register
