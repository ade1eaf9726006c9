"""From the rows of a file to lots, vouchers and trace events: every wrong cell named, nothing half entered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from records.clock import ZONE, today
from records.errors import DomainError
from records.import_cells import Cells, Known, RowProblem, cell_of
from records.import_columns import (
    COLUMNS,
    GROUPED_BY,
    HEADING_SENTENCES,
    ROLE_SENTENCES,
    STEP_SENTENCES,
    VOUCHER_KIND_SENTENCES,
    YES_SENTENCES,
    ImportKind,
)  # fmt: skip
from records.import_files import TableRow
from records.lots import add_lot
from records.registry import Establishment
from records.store import Store
from records.trace_events import LotItem, derive_from, keep_event, lot_event
from records.trace_model import Lot, TraceEvent
from records.trace_words import EFFECTS, BusinessStep, Effect, EventAction, EventType
from records.vouchers import Line, Voucher, VoucherKind, is_known, keep_voucher

Group = list[TableRow]


def groups_of(kind: ImportKind, rows: Sequence[TableRow]) -> list[Group]:
    """Rows that belong together, in the order of their first row."""
    keys = GROUPED_BY[kind]
    if not keys:
        return [[row] for row in rows]
    found: dict[tuple[str, ...], Group] = {}
    for row in rows:
        found.setdefault(tuple(cell_of(row, key) for key in keys), []).append(row)
    return list(found.values())


def missing_columns(kind: ImportKind, row: TableRow) -> list[str]:
    """Keys of required columns that the file does not have."""
    has = {key for key in HEADING_SENTENCES if HEADING_SENTENCES[key] in row.cells or key in row.cells}
    return [column.key for column in COLUMNS[kind] if column.is_required and column.key not in has]


class RowEntry:
    """Enters groups of rows for one actor: those without a problem, each whole."""

    def __init__(self, store: Store, kind: ImportKind, images: Sequence[Mapping[str, str]] = ()) -> None:
        self.store, self.kind, self.images = store, kind, list(images)
        self.events: list[TraceEvent] = []
        self.known = Known(store)

    def enter(self, groups: Sequence[Group]) -> list[RowProblem]:
        """Enter what can be; gives what is wrong with the rest. What follows from the events is derived at the end."""
        problems = [problem for group in groups for problem in self._enter(group)]
        derive_from(self.store, self.events)
        self.events = []
        return problems

    def _enter(self, group: Group) -> list[RowProblem]:
        problems: list[RowProblem] = []
        parsed = [Cells(self.known, row, problems) for row in group]
        enter = {ImportKind.LOTS: self._lot, ImportKind.VOUCHERS: self._voucher, ImportKind.EVENTS: self._event}
        for cells in parsed:
            cells.check_texts(self.kind)
        if problems:
            return problems
        try:
            enter[self.kind](parsed, problems)
        except DomainError as error:
            problems.append(RowProblem(group[0].number, None, error.sentence, error.params))
        return problems

    def _lot(self, parsed: list[Cells], problems: list[RowProblem]) -> None:
        [cells] = parsed
        source, product = cells.writable("source_code"), cells.product()
        lot = Lot(
            tlc=cells.text("tlc"), establishment_id=source.id if source else None,
            product_id=product.id if product else None,
            product_name=cells.text("product_name") or (product.name if product else ""),
            quantity=cells.number("quantity"), unit=cells.unit(), produced_on=cells.day("produced_on"),
            expires_on=cells.day("expires_on"), origin_region=cells.text("origin_region") or None,
            producer_name=cells.text("producer_name") or None,
        )  # fmt: skip
        made_here = cells.choice("is_made_here", YES_SENTENCES)
        if problems:
            return
        add_lot(self.store, lot)
        if made_here:
            noon = datetime.combine(lot.produced_on or today(self.store.clock), time(12), ZONE)
            at = min(noon, self.store.clock.now())
            event = lot_event(lot, BusinessStep.COMMISSIONING, at, action=EventAction.ADD)
            self.events.append(keep_event(self.store, event))

    def _voucher(self, parsed: list[Cells], problems: list[RowProblem]) -> None:
        first = parsed[0]
        holder, partner = first.writable("holder_code"), first.establishment("partner_code")
        kind = first.choice("kind", VOUCHER_KIND_SENTENCES)
        lines = [
            Line(lot, quantity, cells.unit(), cells.number("price", decimals=2))
            for cells, lot, quantity in _items(parsed)
        ]
        for cells in parsed[1:]:
            cells.same_as(first, ("dated_on", "partner_code", "partner_name"))
        voucher = Voucher(
            kind=kind, no=first.text("no"), establishment_id=holder.id if holder else None,
            images=self.images or None, dated_on=first.day("dated_on"), collected_at=first.moment("collected_at"),
            **_ends(kind, holder, partner, first),
        )  # fmt: skip
        if holder and kind and is_known(self.store.session, voucher):
            first.wrong("no", "known_voucher")
        if not problems:
            self.events.append(keep_event(self.store, keep_voucher(self.store, voucher, lines)))

    def _event(self, parsed: list[Cells], problems: list[RowProblem]) -> None:
        first = parsed[0]
        holder, partner = first.writable("holder_code"), first.establishment("partner_code")
        step = first.choice("step", STEP_SENTENCES)
        at = first.moment("occurred_at")
        told: dict[str, list[Any]] = {"inputs": [], "outputs": []}
        for cells, lot, quantity in _items(parsed):
            role = cells.choice("role", ROLE_SENTENCES) or "outputs"
            told[role].append(LotItem(lot, quantity, cells.unit()).content() if not problems else {})
        key = f"{first.text('holder_code')}:{first.text('event_no')}"
        if self._is_event_known(key):
            first.wrong("event_no", "known_event")
        if problems or holder is None or step is None or at is None:
            return
        event = TraceEvent(
            event_type=EventType.TRANSFORMATION if all(told.values()) else EventType.OBJECT,
            action=EventAction.ADD if EFFECTS.get(step) is Effect.MADE else EventAction.OBSERVE,
            business_step=step, occurred_at=at, establishment_id=holder.id, region_code=holder.region_code,
            region_path=holder.region_path, external_id=key, **told, **_sides(step, holder, partner, first),
        )  # fmt: skip
        self.events.append(keep_event(self.store, event))

    def _is_event_known(self, key: str) -> bool:
        known = select(TraceEvent.id).where(TraceEvent.external_id == key, TraceEvent.error_reason.is_(None))
        return self.store.session.scalar(known.limit(1)) is not None


def _items(parsed: Sequence[Cells]) -> Iterator[tuple[Cells, Lot, Decimal]]:
    """Each row's lot and quantity, those that are wrong noted and left out."""
    for cells in parsed:
        lot, quantity = cells.lot(), cells.number("quantity")
        if lot is not None and quantity is not None:
            yield cells, lot, quantity


def _ends(
    kind: VoucherKind | None, holder: Establishment | None, partner: Establishment | None, cells: Cells
) -> dict[str, Any]:
    """Who gave and who took: the one whose books it is in bought, or sold; other papers come from the partner."""
    own, other = ("from", "to") if kind is VoucherKind.SALE else ("to", "from")
    ends: dict[str, Any] = {
        f"{own}_id": holder.id if holder else None,
        f"{other}_id": partner.id if partner else None,
        f"{other}_name": None if partner else cells.text("partner_name") or None,
    }
    return ends | ({"from_contact": cells.text("partner_contact") or None} if other == "from" else {})


def _sides(
    step: BusinessStep, holder: Establishment, partner: Establishment | None, cells: Cells
) -> dict[str, str | None]:
    effect = EFFECTS.get(step, Effect.NONE)
    if effect not in (Effect.SENT, Effect.UNSENT, Effect.RECEIVED):
        return {}
    own, other = ("to", "from") if effect is Effect.RECEIVED else ("from", "to")
    name = None if partner else cells.text("partner_name") or None
    return {f"{own}_id": holder.id, f"{other}_id": partner.id if partner else None, f"{other}_name": name}
