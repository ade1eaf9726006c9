"""Paths and filters: reading into contexts, lists and temporal values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from feel.errors import FeelFaultError
from feel.scope import Scope
from feel.temporal import property_of
from feel.values import kind_of, lift, list_of

Code = Callable[[Scope], object]


def step_into(value: object, name: str, scope: Scope) -> object:
    """Read `value.name`; over a list, of each of its items."""
    if isinstance(value, Mapping):
        if name not in value:
            scope.run.warn(f"there is no entry {name!r}")
        return lift(value.get(name))
    if isinstance(value, list | tuple):
        scope.run.spend(len(value))
        return scope.run.keep([step_into(lift(item), name, scope) for item in value])
    if value is None:
        return None
    try:
        return property_of(value, name)
    except FeelFaultError as fault:
        scope.run.warn(fault.message)
        return None


def item_scope(item: object, scope: Scope) -> Scope:
    """Open the scope of a filter: the item by name, and the entries of an item that is a context."""
    inner = scope.inner({"item": item})
    if isinstance(item, Mapping):
        return inner.inner(item)
    return inner


def pick(items: list[object], index: Decimal, scope: Scope) -> object:
    """Take an item by its position, counted from 1, or from -1 backwards."""
    position = int(index) if abs(index) <= len(items) else 0
    if position == 0 or position != index:
        scope.run.warn(f"there is no item {index}")
        return None
    return lift(items[position - 1 if position > 0 else position])


def filtered(value: object, condition: Code, cost: int, scope: Scope) -> object:
    """Take the items for which the condition holds, or the one at the position it gives."""
    items = [] if value is None else list_of(value)
    kept: list[object] = []
    for number, item in enumerate(items):
        scope.run.spend(cost)
        item = lift(item)
        answer = condition(item_scope(item, scope))
        if number == 0 and isinstance(answer, Decimal):
            return pick(items, answer, scope)
        if number == 0 and not isinstance(answer, bool) and answer is not None:
            scope.run.warn(f"a filter cannot be a {kind_of(answer)}")
            return None
        if answer is True:
            kept.append(item)
    if not items and isinstance(condition(scope.inner({"item": None})), Decimal):
        return None
    return scope.run.keep(kept)
