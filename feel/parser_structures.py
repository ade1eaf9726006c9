"""FEEL's larger structures: contexts, conditionals, loops and function definitions."""

from __future__ import annotations

from abc import abstractmethod

from feel import nodes
from feel.cursor import Cursor
from feel.kinds import ANY, Kind
from feel.parser_kinds import parse_kind
from feel.tokens import Token

LOWEST = 1


class Structures(Cursor):
    """Reads structures whose parts are expressions."""

    @abstractmethod
    def expression(self, level: int = LOWEST) -> nodes.Node:
        """Read an expression."""

    def read_context(self, token: Token) -> nodes.Node:
        """Read a context after its brace."""
        entries: list[tuple[str, nodes.Node]] = []
        while not self.accept("}"):
            if entries:
                self.expect(",")
            name = self.entry_name()
            entries.append((name, self.expression()))
        return nodes.ContextNode(tuple(entries))

    def read_if(self, token: Token) -> nodes.Node:
        """Read `if` after its keyword."""
        condition = self.expression()
        self.expect("then")
        yes = self.expression()
        self.expect("else")
        return nodes.If(condition, yes, self.expression())

    def read_for(self, token: Token) -> nodes.Node:
        """Read `for` after its keyword."""
        iterators = self.iterators()
        self.expect("return")
        return nodes.For(iterators, self.expression())

    def read_quantified(self, token: Token) -> nodes.Node:
        """Read `some` or `every` after its keyword."""
        iterators = self.iterators()
        self.expect("satisfies")
        return nodes.Quantified(token.text, iterators, self.expression())

    def iterators(self) -> tuple[nodes.Iterator, ...]:
        """Read `a in x, b in y`."""
        found: list[nodes.Iterator] = []
        while not found or self.accept(","):
            name = self.expect_name()
            self.expect("in")
            source = self.expression()
            found.append(nodes.Iterator(name, source, self.expression() if self.accept("..") else None))
        return tuple(found)

    def read_function(self, token: Token) -> nodes.Node:
        """Read a function definition after its keyword."""
        self.expect("(")
        parameters: list[tuple[str, Kind]] = []
        while not self.accept(")"):
            if parameters:
                self.expect(",")
            name = self.expect_name()
            parameters.append((name, parse_kind(self) if self.accept(":") else ANY))
        external = self.token.kind == "name" and self.token.text == "external"
        if external:
            self.advance()
        return nodes.FunctionNode(tuple(parameters), self.expression(), external)
