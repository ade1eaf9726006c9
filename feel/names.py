"""Which names an expression reads from outside itself."""

from __future__ import annotations

from collections.abc import Callable

from feel import nodes
from feel.functions import BUILTINS

_Bound = frozenset[str]


class _Finder:
    """Walks an expression and collects what is free in it."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.calls: set[str] = set()

    def visit(self, node: object, bound: _Bound) -> None:
        """Collect the free names below a node."""
        if isinstance(node, tuple):
            for part in node:
                self.visit(part, bound)
        elif isinstance(node, nodes.Node):
            special = _SPECIAL.get(node.__class__)
            if special is not None:
                special(self, node, bound)
            else:
                for name in node.__dataclass_fields__:
                    self.visit(getattr(node, name), bound)

    def name(self, node: nodes.Name, bound: _Bound) -> None:
        """Note a name that nothing around it binds."""
        if node.name not in bound and node.name != "?":
            self.names.add(node.name)

    def call(self, node: nodes.Call, bound: _Bound) -> None:
        """Note a called name apart from names that are read."""
        if not isinstance(node.callee, nodes.Name):
            self.visit(node.callee, bound)
        elif node.callee.name not in bound and node.callee.name not in BUILTINS:
            self.calls.add(node.callee.name)
        for argument in node.arguments:
            if not (isinstance(argument, nodes.Name) and argument.name in BUILTINS):
                self.visit(argument, bound)

    def filter(self, node: nodes.Filter, bound: _Bound) -> None:
        """Look only at the source: inside a filter a name may as well be an entry of the item."""
        self.visit(node.source, bound)

    def iterators(self, iterators: tuple[nodes.Iterator, ...], bound: _Bound) -> _Bound:
        """Bind the variables of a loop one after the other."""
        for iterator in iterators:
            self.visit((iterator.source, iterator.end), bound)
            bound = bound | {iterator.name}
        return bound

    def loop(self, node: nodes.For, bound: _Bound) -> None:
        """Bind the variables of `for`, and `partial`."""
        self.visit(node.body, self.iterators(node.iterators, bound) | {"partial"})

    def quantified(self, node: nodes.Quantified, bound: _Bound) -> None:
        """Bind the variables of `some` and `every`."""
        self.visit(node.condition, self.iterators(node.iterators, bound))

    def context(self, node: nodes.ContextNode, bound: _Bound) -> None:
        """Bind each key for the entries after it."""
        for name, value in node.entries:
            self.visit(value, bound)
            bound = bound | {name}

    def function(self, node: nodes.FunctionNode, bound: _Bound) -> None:
        """Bind the parameters of a function."""
        self.visit(node.body, bound | {name for name, _ in node.parameters})


_SPECIAL: dict[type, Callable[..., None]] = {
    nodes.Name: _Finder.name,
    nodes.Call: _Finder.call,
    nodes.Filter: _Finder.filter,
    nodes.For: _Finder.loop,
    nodes.Quantified: _Finder.quantified,
    nodes.ContextNode: _Finder.context,
    nodes.FunctionNode: _Finder.function,
}


def free_names(node: nodes.Node) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names an expression reads and the functions it calls that are not built in."""
    finder = _Finder()
    finder.visit(node, frozenset())
    return frozenset(finder.names), frozenset(finder.calls)
