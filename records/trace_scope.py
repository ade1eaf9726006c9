"""The scope of a trace, as it is read, frozen and read back: lots at their holders, and their links."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from records.base import json_safe
from records.trace_model import LotState
from records.trace_words import Direction, Stage


class ScopeRow(NamedTuple):
    """A lot at one holder. Quantities are in ``unit``, the lot's; ``quantity_left`` < 0: more went than came.

    ``holder_id`` is None for a party that is not registered, ``holder_name`` empty where nobody knows the holder.
    ``is_last``: the trail ends here, so this is the last known holder.
    """

    lot_id: str
    tlc: str
    product_name: str
    holder_id: str | None
    holder_name: str
    holder_region: str | None
    stage: Stage
    direction: Direction
    quantity_in: Decimal
    quantity_out: Decimal
    quantity_left: Decimal
    unit: str
    state: LotState
    produced_on: date | None
    expires_on: date | None
    is_last: bool
    is_made: bool
    has_origin: bool
    has_mixed_units: bool
    is_in_transit: bool
    quantity_counted: Decimal | None
    expected_at_count: Decimal | None

    def content(self) -> dict[str, Any]:
        """As a snapshot keeps it."""
        return {name: json_safe(value) for name, value in self._asdict().items()}

    @classmethod
    def from_snapshot(cls, row: Mapping[str, Any]) -> ScopeRow:
        """As it was frozen."""
        return cls(**{name: _READ.get(name, _as_is)(value) for name, value in row.items()})


class ScopeLink(NamedTuple):
    """From one row to another, by their places in the scope's rows; the quantities are those of ``LotLink``."""

    parent: int
    child: int
    quantity: Decimal
    sent: Decimal | None
    received: Decimal | None

    def content(self) -> list[Any]:
        """As a snapshot keeps it."""
        return [json_safe(value) for value in self]

    @classmethod
    def from_snapshot(cls, link: Sequence[Any]) -> ScopeLink:
        """As it was frozen."""
        parent, child, quantity, sent, received = link
        return cls(parent, child, Decimal(quantity), _decimal(sent), _decimal(received))


@dataclass(frozen=True)
class Scope:
    """Everything that hangs together with the lots asked for: rows in a fixed order, and what links them."""

    rows: list[ScopeRow]
    links: list[ScopeLink]


def _as_is(value: Any) -> Any:
    return value


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


_READ: dict[str, Callable[[Any], Any]] = {
    "stage": Stage, "direction": Direction, "state": LotState, "produced_on": _day, "expires_on": _day,
    "quantity_in": Decimal, "quantity_out": Decimal,
    "quantity_left": Decimal, "quantity_counted": _decimal, "expected_at_count": _decimal,
}  # fmt: skip
