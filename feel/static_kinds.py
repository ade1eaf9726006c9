"""The type of an expression before it is evaluated, as far as it can be known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from feel import nodes
from feel.kinds import BASIC, Kind, Kinds, named, resolve
from feel.values import kind_of

_TRUTH = (nodes.Comparison, nodes.Logic, nodes.Between, nodes.In, nodes.Quantified, nodes.InstanceOf)
#: what the standard's functions give where that is one type whatever they are given
_RESULTS = {
    "date": "date", "time": "time", "date and time": "date and time", "number": "number", "string": "string",
    "substring": "string", "upper case": "string", "lower case": "string", "substring before": "string",
    "substring after": "string", "replace": "string", "string join": "string", "string length": "number",
    "count": "number", "floor": "number", "ceiling": "number", "decimal": "number", "modulo": "number",
    "contains": "boolean", "starts with": "boolean", "ends with": "boolean", "matches": "boolean", "not": "boolean",
    "list contains": "boolean", "all": "boolean", "any": "boolean", "day of week": "string", "today": "date",
    "now": "date and time", "years and months duration": "years and months duration",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known around an expression: the types of names, and the types a model declares."""

    names: Mapping[str, Kind]
    kinds: Kinds

    def basic(self, kind: Kind | None) -> str | None:
        """Return the basic type behind a type; None when it is none, or any."""
        found = None if kind is None else resolve(kind, self.kinds)
        return None if found is None or found.name not in BASIC or found.name == "Any" else found.name


def kind_of_node(node: nodes.Node, around: Surroundings) -> str | None:
    """Return the basic type that the value has if it has one at all; None when that cannot be told."""
    if isinstance(node, _TRUTH):
        return "boolean"
    infer = _INFERENCES.get(type(node))
    return None if infer is None else infer(node, around)


def _literal(node: nodes.Literal, around: Surroundings) -> str | None:
    return None if node.value is None else around.basic(named(kind_of(node.value)))


def _named_kind(node: nodes.Node, around: Surroundings) -> Kind | None:
    if isinstance(node, nodes.Name):
        return around.names.get(node.name)
    if isinstance(node, nodes.Path):
        source = _named_kind(node.source, around)
        known = None if source is None else resolve(source, around.kinds)
        return None if known is None or known.name != "context" else known.fields.get(node.name)
    return None


def _name(node: nodes.Node, around: Surroundings) -> str | None:
    return around.basic(_named_kind(node, around))


def _arithmetic(node: nodes.Arithmetic, around: Surroundings) -> str | None:
    left, right = kind_of_node(node.left, around), kind_of_node(node.right, around)
    if left == right == "number" or (left == right == "string" and node.operator == "+"):
        return left
    return None


def _negation(node: nodes.Negation, around: Surroundings) -> str | None:
    return kind_of_node(node.operand, around)


def _if(node: nodes.If, around: Surroundings) -> str | None:
    yes, no = kind_of_node(node.yes, around), kind_of_node(node.no, around)
    return yes if yes == no else None


def _call(node: nodes.Call, around: Surroundings) -> str | None:
    callee = node.callee
    if not isinstance(callee, nodes.Name) or callee.name in around.names:
        return None
    return _RESULTS.get(callee.name)


_INFERENCES: dict[type, Callable[..., str | None]] = {
    nodes.Literal: _literal,
    nodes.Name: _name,
    nodes.Path: _name,
    nodes.Arithmetic: _arithmetic,
    nodes.Negation: _negation,
    nodes.If: _if,
    nodes.Call: _call,
}
