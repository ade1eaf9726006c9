"""What a trace could not follow and what does not add up: gaps, loops and the mass balance (R-TRC-07)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from records.base import json_safe
from records.trace_loops import loops_of
from records.trace_scope import Scope, ScopeLink, ScopeRow
from records.trace_words import Direction

NOTHING = Decimal(0)


class GapKind(StrEnum):
    """What is missing or does not fit."""

    NO_ORIGIN = "no_origin"  # nobody says where the lot comes from
    NO_COUNTERPART = "no_counterpart"  # one side of a movement has no voucher of it
    QUANTITY_DIFFERS = "quantity_differs"  # sent and received are not the same
    OUT_EXCEEDS_IN = "out_exceeds_in"  # more went than came
    HOLDER_UNKNOWN = "holder_unknown"
    HOLDER_UNREGISTERED = "holder_unregistered"
    UNITS_DIFFER = "units_differ"  # quantities that cannot be compared
    STOCK_DIFFERS = "stock_differs"  # the stock-taking found something else than should be there
    LOOP = "loop"  # a lot led back into itself


@dataclass(frozen=True)
class Gap:
    """One gap: at which rows of the scope, and who could fill it (``holder_id``: whose voucher is missing)."""

    kind: GapKind
    rows: tuple[int, ...]
    lot_id: str
    tlc: str
    holder_id: str | None
    holder_name: str
    quantity: Decimal | None = None
    expected: Decimal | None = None

    def content(self) -> dict[str, Any]:
        """As a snapshot keeps it."""
        content = {name: json_safe(getattr(self, name)) for name in self.__dataclass_fields__}
        return content | {"rows": list(self.rows)}

    @classmethod
    def from_snapshot(cls, gap: Mapping[str, Any]) -> Gap:
        """As it was frozen."""
        decimals = {name: None if gap[name] is None else Decimal(gap[name]) for name in ("quantity", "expected")}
        return cls(**{**gap, **decimals, "kind": GapKind(gap["kind"]), "rows": tuple(gap["rows"])})


@dataclass(frozen=True)
class Balance:
    """What became of a lot, in its unit: ``entered`` − ``ended`` − ``left`` = ``unexplained``; ``percent`` of entered.

    ``ended`` was used, sold to consumers, sampled or destroyed; ``left`` lies with holders.
    """

    lot_id: str
    tlc: str
    product_name: str
    unit: str
    entered: Decimal
    ended: Decimal
    left: Decimal
    unexplained: Decimal
    percent: Decimal
    is_within_tolerance: bool

    def content(self) -> dict[str, Any]:
        """As a snapshot keeps it."""
        return {name: json_safe(getattr(self, name)) for name in self.__dataclass_fields__}

    @classmethod
    def from_snapshot(cls, balance: Mapping[str, Any]) -> Balance:
        """As it was frozen."""
        numbers = ("entered", "ended", "left", "unexplained", "percent")
        return cls(**{**balance, **{name: Decimal(balance[name]) for name in numbers}})


def gaps_of(scope: Scope, tolerance: Decimal) -> list[Gap]:
    """All gaps of a scope, by kind and place. ``tolerance``: percent (R-TRC-07-TOLERANCE)."""
    found = [*_of_rows(scope, tolerance), *_of_links(scope, tolerance), *_of_lots(scope)]
    found += [_gap(GapKind.LOOP, scope.rows, loop[0], between=loop) for loop in loops_of(len(scope.rows), _ends(scope))]
    kinds = list(GapKind)
    return sorted(found, key=lambda gap: (kinds.index(gap.kind), gap.rows))


def balances_of(scope: Scope, tolerance: Decimal) -> list[Balance]:
    """The balance of each lot that was asked for or lies downstream, in the order of the scope."""
    links: dict[str, list[ScopeLink]] = {}
    for link in scope.links:
        if scope.rows[link.parent].lot_id == scope.rows[link.child].lot_id:
            links.setdefault(scope.rows[link.parent].lot_id, []).append(link)
    rows: dict[str, list[ScopeRow]] = {}
    for row in scope.rows:
        if row.direction is not Direction.UP:
            rows.setdefault(row.lot_id, []).append(row)
    return [_balance(of_lot, links.get(lot_id, []), tolerance) for lot_id, of_lot in rows.items()]


def _balance(rows: Sequence[ScopeRow], links: Sequence[ScopeLink], tolerance: Decimal) -> Balance:
    """Movements between holders are inside the lot: what left the one and did not come to the other is unexplained."""
    sent = sum((_sent(link) for link in links), NOTHING)
    received = sum((_received(link) for link in links), NOTHING)
    outside = {id(row) for row in rows if row.holder_id is None and row.quantity_left < 0}  # its stock is not known
    began = sum((-row.quantity_left for row in rows if id(row) in outside), NOTHING)
    entered = sum((row.quantity_in for row in rows), NOTHING) - received + began
    ended = sum((row.quantity_out for row in rows), NOTHING) - sent
    left = sum((max(row.quantity_left, NOTHING) for row in rows), NOTHING)
    unexplained = entered - ended - left
    percent = _percent(unexplained, entered)
    first = rows[0]
    return Balance(
        first.lot_id, first.tlc, first.product_name, first.unit, entered, ended, left, unexplained, percent,
        abs(percent) <= tolerance,
    )  # fmt: skip


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    if not whole:
        return NOTHING if not part else Decimal(100)
    return (100 * part / whole).quantize(Decimal("0.01"))


def _sent(link: ScopeLink) -> Decimal:
    return link.sent if link.sent is not None else link.received or NOTHING


def _received(link: ScopeLink) -> Decimal:
    return link.received if link.received is not None else link.sent or NOTHING


def _ends(scope: Scope) -> list[tuple[int, int]]:
    return [(link.parent, link.child) for link in scope.links]


def _gap(
    kind: GapKind, rows: Sequence[ScopeRow], at: int, *, whose: int | None = None, between: Sequence[int] = (),
    quantity: Decimal | None = None, expected: Decimal | None = None,
) -> Gap:  # fmt: skip
    row, holder = rows[at], rows[at if whose is None else whose]
    places = tuple(between) or (at,)
    return Gap(kind, places, row.lot_id, row.tlc, holder.holder_id, holder.holder_name, quantity, expected)


def _exceeds(part: Decimal, whole: Decimal, tolerance: Decimal) -> bool:
    return part > whole + abs(whole) * tolerance / 100


def _differ(one: Decimal, other: Decimal, tolerance: Decimal) -> bool:
    return abs(one - other) * 100 > abs(other) * tolerance


def _of_rows(scope: Scope, tolerance: Decimal) -> Iterator[Gap]:
    for at, row in enumerate(scope.rows):
        for kind, test in _ROW_TESTS.items():
            if test(row, tolerance):
                yield _gap(kind, scope.rows, at, quantity=row.quantity_out, expected=row.quantity_in)
        counted, expected = row.quantity_counted, row.expected_at_count
        if counted is not None and expected is not None and _differ(counted, expected, tolerance):
            yield _gap(GapKind.STOCK_DIFFERS, scope.rows, at, quantity=counted, expected=expected)


_ROW_TESTS: dict[GapKind, Callable[[ScopeRow, Decimal], bool]] = {
    GapKind.OUT_EXCEEDS_IN: lambda row, tolerance: (
        row.holder_id is not None and row.quantity_in > 0 and _exceeds(row.quantity_out, row.quantity_in, tolerance)
    ),
    GapKind.HOLDER_UNKNOWN: lambda row, _tolerance: row.holder_id is None and not row.holder_name,
    GapKind.HOLDER_UNREGISTERED: lambda row, _tolerance: row.holder_id is None and bool(row.holder_name),
    GapKind.UNITS_DIFFER: lambda row, _tolerance: row.has_mixed_units,
}


def _of_links(scope: Scope, tolerance: Decimal) -> Iterator[Gap]:
    rows = scope.rows
    for link in scope.links:
        if link.sent is not None and link.received is not None:
            if _differ(link.received, link.sent, tolerance):
                yield _gap(
                    GapKind.QUANTITY_DIFFERS, rows, link.child, between=(link.parent, link.child),
                    quantity=link.received, expected=link.sent,
                )  # fmt: skip
        elif link.sent is not None or link.received is not None:
            silent = link.child if link.received is None else link.parent
            if rows[silent].holder_id is not None and not rows[silent].is_in_transit:
                yield _gap(
                    GapKind.NO_COUNTERPART, rows, link.parent, whose=silent, between=(link.parent, link.child),
                    expected=link.quantity,
                )  # fmt: skip


def _of_lots(scope: Scope) -> Iterator[Gap]:
    """Lots that nobody made, that came out of nothing traced, and that no paper vouches for."""
    converted = {
        scope.rows[link.child].lot_id
        for link in scope.links
        if scope.rows[link.parent].lot_id != scope.rows[link.child].lot_id
    }
    vouched = converted | {row.lot_id for row in scope.rows if row.is_made or row.has_origin}
    entered = {link.child for link in scope.links}
    bare: dict[str, int] = {}  # where the lot's trail begins; a lot that only goes round in a loop begins nowhere
    for at in sorted(range(len(scope.rows)), key=lambda at: (at in entered, at)):
        bare.setdefault(scope.rows[at].lot_id, at)
    for lot_id, at in bare.items():
        if lot_id not in vouched:
            yield _gap(GapKind.NO_ORIGIN, scope.rows, at, quantity=scope.rows[at].quantity_out)
