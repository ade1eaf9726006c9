"""From nodes to closures: names, literals, control flow and functions."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from feel import nodes
from feel.access import Code, filtered, pick, step_into
from feel.compiler_operators import OPERATORS
from feel.errors import FeelFaultError
from feel.functions import BUILTINS, DefinedFunction, Function, HostFunction
from feel.iteration import Loop, rounds
from feel.kinds import is_instance
from feel.scope import Scope
from feel.values import Range, TestRange, kind_of, lift, list_of

Compile = Callable[[nodes.Node], Code]


def compile_node(node: nodes.Node) -> Code:
    """Turn a node into a closure over a scope."""
    special = _COMPILERS.get(node.__class__)
    if special is not None:
        return special(node)
    return OPERATORS[node.__class__](node, compile_node)


def size_of(node: nodes.Node) -> int:
    """Count the nodes of an expression, which is what one round of a loop costs."""
    return sum(1 for _ in nodes.walk(node))


def cost_of(node: nodes.Node) -> int:
    """Turn a size into steps."""
    return 2 + size_of(node) // 4


def _literal(node: nodes.Literal) -> Code:
    value = node.value
    return lambda scope: value


def _name(node: nodes.Name) -> Code:
    name = node.name
    apart = _as_path(name)

    def read(scope: Scope) -> object:
        place: Scope | None = scope
        while place is not None:
            if name in place.variables:
                return lift(place.variables[name])
            place = place.parent
        return _function_named(name, scope) if apart is None else apart(scope)

    return read


def _as_path(name: str) -> Code | None:
    """Read a name with dots, which a model may declare, as a path where nothing has that name."""
    first, *steps = name.split(".")
    if not steps:
        return None
    node: nodes.Node = nodes.Name(first)
    for step in steps:
        node = nodes.Path(node, step)
    return compile_node(node)


def _function_named(name: str, scope: Scope) -> object:
    target = scope.run.functions.get(name)
    if target is not None:
        return HostFunction(name, target)
    found = BUILTINS.get(name)
    if found is None:
        scope.run.warn(f"there is no {name!r}")
    return found


def _path(node: nodes.Path) -> Code:
    source, name = compile_node(node.source), node.name

    def read(scope: Scope) -> object:
        value = source(scope)
        if value.__class__ is dict and name in value:
            return lift(value[name])
        return step_into(value, name, scope)

    return read


def _filter(node: nodes.Filter) -> Code:
    source, condition, cost = compile_node(node.source), compile_node(node.condition), cost_of(node.condition)
    if isinstance(node.condition, nodes.Literal) and isinstance(node.condition.value, Decimal):
        index = node.condition.value

        def take(scope: Scope) -> object:
            value = source(scope)
            return None if value is None else pick(list_of(value), index, scope)

        return take
    return lambda scope: filtered(source(scope), condition, cost, scope)


def _if(node: nodes.If) -> Code:
    condition, yes, no = compile_node(node.condition), compile_node(node.yes), compile_node(node.no)
    return lambda scope: yes(scope) if condition(scope) is True else no(scope)


def _loops(iterators: tuple[nodes.Iterator, ...]) -> tuple[Loop, ...]:
    return tuple(Loop(i.name, compile_node(i.source), compile_node(i.end) if i.end else None) for i in iterators)


def _for(node: nodes.For) -> Code:
    loops, body, cost = _loops(node.iterators), compile_node(node.body), cost_of(node.body)

    def run(scope: Scope) -> object:
        results: list[object] = []
        try:
            for inner in rounds(loops, scope, {"partial": results}, cost):
                results.append(body(inner))
        except FeelFaultError as fault:
            scope.run.warn(fault.message)
            return None
        return scope.run.keep(results)

    return run


def _quantified(node: nodes.Quantified) -> Code:
    loops, condition, cost = _loops(node.iterators), compile_node(node.condition), cost_of(node.condition)
    decisive = node.quantifier == "some"

    def run(scope: Scope) -> object:
        answer: bool | None = not decisive
        try:
            for inner in rounds(loops, scope, {}, cost):
                holds = condition(inner)
                if holds is decisive:
                    return decisive
                if not isinstance(holds, bool):
                    answer = None
        except FeelFaultError as fault:
            scope.run.warn(fault.message)
            return None
        return answer

    return run


def _list(node: nodes.ListNode) -> Code:
    items = tuple(map(compile_node, node.items))
    return lambda scope: scope.run.keep([item(scope) for item in items])


def _context(node: nodes.ContextNode) -> Code:
    entries = tuple((name, compile_node(value)) for name, value in node.entries)
    repeated = len({name for name, _ in entries}) != len(entries)

    def build(scope: Scope) -> object:
        if repeated:
            scope.run.warn("a context has the same key twice")
            return None
        values: dict[str, object] = {}
        inner = scope.inner(values)
        for name, code in entries:
            values[name] = code(inner)
        return scope.run.keep(values)

    return build


def _range(node: nodes.RangeNode) -> Code:
    low, high = compile_node(node.low), compile_node(node.high)
    low_included, high_included = node.low_included, node.high_included
    fixed = _fixed_range(node)
    if fixed is not None:
        return lambda scope: fixed

    def build(scope: Scope) -> object:
        first, last = low(scope), high(scope)
        if first is None or kind_of(first) != kind_of(last):
            scope.run.warn("the ends of a range do not go together")
            return None
        return Range(first, low_included, last, high_included)

    return build


def _fixed_range(node: nodes.RangeNode) -> Range | None:
    """Build a range between two literals once and for all."""
    if not isinstance(node.low, nodes.Literal) or not isinstance(node.high, nodes.Literal):
        return None
    low, high = node.low.value, node.high.value
    if low is None or kind_of(low) != kind_of(high):
        return None
    return Range(low, node.low_included, high, node.high_included)


def _test_range(node: nodes.TestNode) -> Code:
    operand, operator = compile_node(node.operand), node.operator

    def build(scope: Scope) -> object:
        value = operand(scope)
        if operator in ("=", "!="):
            return TestRange(value, True, value, True, operator)
        above = operator in (">", ">=")
        low, high = (value, None) if above else (None, value)
        return TestRange(low, operator == ">=", high, operator == "<=", operator)

    return build


def _function(node: nodes.FunctionNode) -> Code:
    if node.external:
        return _external
    body, cost = compile_node(node.body), cost_of(node.body)
    return lambda scope: DefinedFunction(node.parameters, body, scope, cost=cost)


def _external(scope: Scope) -> object:
    scope.run.warn("external functions are not supported")
    return None


def _callee(node: nodes.Node) -> Code:
    """Read what is called; a value that cannot be called does not hide the function of the same name."""
    read = compile_node(node)
    if not isinstance(node, nodes.Name):
        return read
    name = node.name

    def find(scope: Scope) -> object:
        target = read(scope)
        return target if isinstance(target, Function) or callable(target) else _function_named(name, scope) or target

    return find


def _call(node: nodes.Call) -> Code:
    callee, arguments, names = _callee(node.callee), tuple(map(compile_node, node.arguments)), node.names

    def call(scope: Scope) -> object:
        target = callee(scope)
        values = [argument(scope) for argument in arguments]
        if not isinstance(target, Function):
            if not callable(target):
                scope.run.warn(f"a {kind_of(target)} cannot be called")
                return None
            target = HostFunction("function", target)
        try:
            return target.invoke(values, names, scope.run)
        except FeelFaultError as fault:
            scope.run.warn(fault.message)
            return None

    return call


def _instance_of(node: nodes.InstanceOf) -> Code:
    value, kind = compile_node(node.value), node.kind

    def check(scope: Scope) -> object:
        answer = is_instance(value(scope), kind, scope.run.kinds)
        if answer is None:
            scope.run.warn(f"there is no type {kind.name!r}")
        return answer

    return check


_COMPILERS: dict[type, Callable[..., Code]] = {
    nodes.Literal: _literal,
    nodes.Name: _name,
    nodes.Path: _path,
    nodes.Filter: _filter,
    nodes.If: _if,
    nodes.For: _for,
    nodes.Quantified: _quantified,
    nodes.ListNode: _list,
    nodes.ContextNode: _context,
    nodes.RangeNode: _range,
    nodes.TestNode: _test_range,
    nodes.FunctionNode: _function,
    nodes.Call: _call,
    nodes.InstanceOf: _instance_of,
}
