"""The reckoning of a recall: its lots and holders from a trace, and how much of them came back (R-REC-10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.lots import Lot
from records.recalls import (
    Disposal,
    DisposalLine,
    Recall,
    RecallResponse,
    RecallResponseLine,
    RecallScopeLot,
    responses_of,
    scope_of,
)
from records.registry import Establishment
from records.store import Store
from records.trace import Scope, ScopeRow, TraceRun, scope_lots
from records.trace import scope_of as frozen_scope
from records.trace_words import Direction
from records.units import converted

#: how a lot must hang together with what was asked for to be recalled: it is it, or was made of it
RECALLED = (Direction.SEED, Direction.DOWN, Direction.BOTH)
ZERO, HUNDRED = Decimal(0), Decimal(100)
NOTHING = (ZERO, ZERO)
KEPT = Decimal("0.001")


@dataclass(frozen=True)
class LotReckoning:
    """One lot: everything is in ``unit``. ``unaccounted`` = produced less all that anybody could show; ≥ 0."""

    code: str
    unit: str
    produced: Decimal
    on_hand: Decimal
    quarantined: Decimal
    returned: Decimal
    sold: Decimal
    used: Decimal  # became other lots of the scope
    destroyed: Decimal

    @property
    def recovered(self) -> Decimal:
        """Out of harm's way: sealed or returned."""
        return self.quarantined + self.returned

    @property
    def unaccounted(self) -> Decimal:
        """What nobody could show."""
        return max(ZERO, self.produced - self.on_hand - self.recovered - self.sold - self.used)


@dataclass(frozen=True)
class Reckoning:
    """All lots of a recall. Sums are in ``unit``; ``apart`` are lots whose unit cannot be turned into it.

    ``recovery`` and ``unreached`` in per cent: of what was not yet eaten, and of the holders who were asked.
    """

    unit: str
    lots: list[LotReckoning]
    apart: list[str]
    asked: int
    answered: int
    unreached_count: int

    def total(self, name: str) -> Decimal:
        """The sum of a quantity over the lots, in the recall's unit."""
        found = (converted(getattr(each, name), each.unit, self.unit) for each in self.lots)
        return sum((each for each in found if each is not None), ZERO).quantize(KEPT)

    @property
    def recovery(self) -> Decimal:
        """Sealed and returned, of what was made less what was sold to consumers and used up; 100 where that is none."""
        base = self.total("produced") - self.total("sold") - self.total("used")
        return HUNDRED if base <= 0 else min(HUNDRED, self.total("recovered") * HUNDRED / base).quantize(Decimal("0.1"))

    @property
    def unreached(self) -> Decimal:
        """Holders who neither answered nor were found, of all who were asked."""
        return ZERO if not self.asked else (HUNDRED * self.unreached_count / self.asked).quantize(Decimal("0.1"))


def take_scope(store: Store, recall: Recall, run: TraceRun) -> list[RecallScopeLot]:
    """The lots that a trace says are to be recalled, those already in the recall's scope once."""
    known = {each.lot_id: each for each in scope_of(store.session, recall.id)}
    lots = {row.lot_id: row for row in scope_lots(run) if row.direction in RECALLED}
    doubled = {tlc for tlc, count in Counter(row.tlc for row in lots.values()).items() if count > 1}
    for lot_id, row in lots.items():
        lot = store.session.get(Lot, lot_id)
        if lot_id in known or lot is None:
            continue
        source = store.session.get(Establishment, lot.establishment_id) if row.tlc in doubled else None
        store.add(
            RecallScopeLot(
                recall_id=recall.id,
                lot_id=lot_id,
                code=row.tlc if source is None else f"{row.tlc}（{source.name}）"[:120],
                product_name=row.product_name,
                unit=row.unit,
                quantity_produced=lot.quantity,
                round=max(1, recall.round),
                **_place(recall),
            )
        )
    store.session.flush()
    return scope_of(store.session, recall.id)


def ask_holders(store: Store, recall: Recall, run: TraceRun) -> list[RecallResponse]:
    """A response to be given by each known holder of the recalled lots that has none yet."""
    scope = {each.lot_id: each for each in scope_of(store.session, recall.id)}
    known = {(each.establishment_id, each.holder_name): each for each in responses_of(store.session, recall.id)}
    made = []
    gone = _gone(frozen_scope(run))
    for holder, places in _by_holder(scope_lots(run), scope).items():
        earlier = known.get(holder)
        lots = [_asked_lot(scope[row.lot_id], row, *gone.get(place, NOTHING)) for place, row in places]
        if earlier is not None and earlier.lots == lots:
            continue
        if earlier is not None:  # more lots at a known holder: asked again, for all of them
            again = {"lots": lots, "status": "asked", "round": recall.round}
            made.append(store.correct(earlier, again, reason="召回范围有变化"))
            continue
        establishment_id, name = holder
        made.append(
            store.add(
                RecallResponse(
                    recall_id=recall.id,
                    holder_name=name[:120],
                    stage=places[0][1].stage.value,
                    round=recall.round,
                    lots=lots,
                    status="asked",
                    **{**_place(recall), "establishment_id": establishment_id},
                )
            )
        )
    store.session.flush()
    return made


def reckon(session: Session, recall: Recall) -> Reckoning:
    """What came back of a recall, as far as its holders have answered."""
    responses, scope = responses_of(session, recall.id), scope_of(session, recall.id)
    lines = _lines(session, [each.id for each in responses])
    destroyed = _destroyed(session, recall.id)
    lots = [_lot(each, responses, [line for line in lines if line.code == each.code], destroyed) for each in scope]
    unit = Counter(each.unit for each in scope).most_common(1)[0][0] if scope else ""
    return Reckoning(
        unit=unit,
        lots=lots,
        apart=[each.code for each in lots if converted(each.produced, each.unit, unit) is None],
        asked=len(responses),
        answered=sum(each.status in ("answered", "visited") for each in responses),
        unreached_count=sum(each.status == "unreached" for each in responses),
    )


def _place(recall: Recall) -> dict[str, Any]:
    names = ("no", "process_instance_id", "establishment_id", "region_code", "region_path", "is_drill")
    return {name: getattr(recall, name) for name in names}


def _by_holder(
    rows: Iterable[ScopeRow], scope: dict[str, RecallScopeLot]
) -> dict[tuple[str | None, str], list[tuple[int, ScopeRow]]]:
    """The rows of recalled lots, with their places, by holder; what nobody is known to hold stays unaccounted for."""
    found: dict[tuple[str | None, str], list[tuple[int, ScopeRow]]] = {}
    for place, row in enumerate(rows):
        if row.lot_id in scope and row.direction in RECALLED and row.holder_name:
            found.setdefault((row.holder_id, row.holder_name), []).append((place, row))
    return found


def _gone(scope: Scope) -> dict[int, tuple[Decimal, Decimal]]:
    """What left each row for a known place: passed on in all, and of it what became another lot."""
    gone: dict[int, tuple[Decimal, Decimal]] = {}
    for link in scope.links:
        passed_on, used = gone.get(link.parent, NOTHING)
        became = scope.rows[link.parent].lot_id != scope.rows[link.child].lot_id
        gone[link.parent] = (passed_on + link.quantity, used + (link.quantity if became else ZERO))
    return gone


def _asked_lot(lot: RecallScopeLot, row: ScopeRow, passed_on: Decimal, used: Decimal) -> dict[str, Any]:
    return {
        "lot_id": lot.lot_id,
        "code": lot.code,
        "product_name": lot.product_name,
        "unit": row.unit,
        "received": format(row.quantity_in.normalize(), "f"),
        "passed_on": format(passed_on.normalize(), "f"),
        "used": format(used.normalize(), "f"),
    }


def _lines(session: Session, response_ids: Sequence[str]) -> list[RecallResponseLine]:
    found = select(RecallResponseLine).where(
        RecallResponseLine.recall_response_id.in_(response_ids), RecallResponseLine.deleted_at.is_(None)
    )
    return list(session.scalars(found))


def _destroyed(session: Session, recall_id: str) -> dict[str, Decimal]:
    weighed = (
        select(DisposalLine.code, DisposalLine.weighed)
        .join(Disposal, Disposal.id == DisposalLine.disposal_id)
        .where(Disposal.recall_id == recall_id, Disposal.status == "done", DisposalLine.deleted_at.is_(None))
    )
    sums: dict[str, Decimal] = {}
    for code, quantity in session.execute(weighed):
        sums[code] = sums.get(code, ZERO) + (quantity or ZERO)
    return sums


def _lot(
    lot: RecallScopeLot, responses: Sequence[RecallResponse], lines: Sequence[RecallResponseLine],
    destroyed: dict[str, Decimal],
) -> LotReckoning:  # fmt: skip
    def told(name: str) -> Decimal:
        return sum((getattr(line, name) for line in lines), ZERO)

    used = (each["used"] for response in responses for each in response.lots if each["lot_id"] == lot.lot_id)
    return LotReckoning(
        code=lot.code,
        unit=lot.unit,
        produced=lot.quantity_produced,
        on_hand=told("on_hand"),
        quarantined=told("quarantined"),
        returned=told("returned"),
        sold=told("sold"),
        used=sum(map(Decimal, used), ZERO),
        destroyed=destroyed.get(lot.code, ZERO),
    )
