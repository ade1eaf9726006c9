"""The tables of tracing: lots, what happened to them, who holds how much, which came from which, and traces run."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, synonym, validates

from records.base import Base, CaseMixin, Fact, Json, choice, refers_to
from records.names import name_initials, name_key
from records.trace_words import BusinessStep, Disposition, ErrorReason, EventAction, EventType, TrackingEvent

#: integers as keys: ten million links by ULID would be four times as large (docs/adr/0011-lots-held.md)
Number = BigInteger().with_variant(Integer, "sqlite")
Quantity = Numeric(14, 3)
LIVE = text("deleted_at IS NULL")
POSTGRESQL_ONLY = {"dialect": "postgresql"}
#: what a trace reads of a lot, of a holding and of a link: PostgreSQL finds it beside the key, so that fifteen thousand
#: places of ten million are not fetched one by one; SQLite keeps rows under their keys anyway
LOT_READ = ("tlc", "product_name", "unit", "state", "produced_on", "expires_on")
HOLDING_READ = (
    "lot_id", "holder_key", "quantity_in", "quantity_out", "quantity_counted", "expected_at_count", "is_made",
    "has_origin", "has_mixed_units", "is_in_transit",
)  # fmt: skip
LINK_READ = ("quantity", "sent", "received")


class LotState(StrEnum):
    """What may be done with a lot."""

    ACTIVE = "active"
    HELD = "held"
    RECALLED = "recalled"
    DESTROYED = "destroyed"
    CONSUMED = "consumed"


class Lot(CaseMixin, Fact):
    """A lot as its source names it: ``establishment_id`` is the source, ``tlc`` its trace code (R-TRC-04, -06).

    ``quantity`` > 0 in ``unit`` is what the source made or first received; ``produced_on`` ≤ ``expires_on``.
    """

    tlc: Mapped[str] = mapped_column(String(80), index=True)
    product_id: Mapped[str | None] = mapped_column(refers_to("product.id"), index=True)
    product_name: Mapped[str] = mapped_column(String(120))
    name_key: Mapped[str] = mapped_column(String(200))
    name_initials: Mapped[str] = mapped_column(String(120))
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    unit: Mapped[str] = mapped_column(String(12))
    produced_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    origin_region: Mapped[str | None] = mapped_column(String(12))  # code of the region where it grew or was made
    producer_id: Mapped[str | None] = mapped_column(String(26))
    producer_name: Mapped[str | None] = mapped_column(String(120))
    tlc_source: Mapped[str | None] = mapped_column(String(200))  # who gave the code, where it is not the source itself
    state: Mapped[LotState] = mapped_column(choice(LotState), default=LotState.ACTIVE, index=True)
    state_reason: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = synonym("state")

    __table_args__ = (
        Index("uq_lot_tlc", "establishment_id", "tlc", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
        Index("ix_lot_read", "id", postgresql_include=LOT_READ, info=POSTGRESQL_ONLY).ddl_if(dialect="postgresql"),
    )

    @validates("product_name")
    def _name_follows(self, _attribute: str, name: str) -> str:
        self.name_key, self.name_initials = name_key(name), name_initials(name)
        return name


class TraceEvent(CaseMixin, Fact):
    """What happened to lots, in the words of EPCIS 2.0 (R-TRC-08); ``establishment_id`` is where, or who recorded it.

    ``inputs`` and ``outputs``: ``{"lot_id", "tlc", "quantity", "unit"}``, the quantity as decimal text or None.
    An event is never deleted: it is declared to be in error, and others take its place.
    """

    event_type: Mapped[EventType] = mapped_column(choice(EventType))
    action: Mapped[EventAction] = mapped_column(choice(EventAction))
    business_step: Mapped[BusinessStep] = mapped_column(choice(BusinessStep), index=True)
    disposition: Mapped[Disposition | None] = mapped_column(choice(Disposition))
    tracking_event: Mapped[TrackingEvent | None] = mapped_column(choice(TrackingEvent))
    occurred_at: Mapped[datetime] = mapped_column(index=True)
    time_zone: Mapped[str] = mapped_column(String(6), default="+08:00")
    read_point: Mapped[str | None] = mapped_column(String(120))
    from_id: Mapped[str | None] = mapped_column(String(26), index=True)
    from_name: Mapped[str | None] = mapped_column(String(120))  # a party that is not registered
    to_id: Mapped[str | None] = mapped_column(String(26), index=True)
    to_name: Mapped[str | None] = mapped_column(String(120))
    inputs: Mapped[list[Any]] = mapped_column(Json)
    outputs: Mapped[list[Any]] = mapped_column(Json)
    documents: Mapped[list[Any] | None] = mapped_column(Json)  # {"kind", "no"} of each
    voucher_id: Mapped[str | None] = mapped_column(String(26), index=True)
    external_id: Mapped[str | None] = mapped_column(String(160), index=True)  # the sender's event id
    error_reason: Mapped[ErrorReason | None] = mapped_column(choice(ErrorReason))
    error_note: Mapped[str | None] = mapped_column(Text)
    error_declared_at: Mapped[datetime | None]
    corrective_ids: Mapped[list[str] | None] = mapped_column(Json)

    @property
    def lot_ids(self) -> list[str]:
        """The lots it speaks of, each once."""
        return list(dict.fromkeys(item["lot_id"] for item in (*self.inputs, *self.outputs)))


class TraceEventLot(Base):
    """Which events speak of a lot, and in which version (derived). The sum of the versions only ever grows."""

    lot_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    event_version: Mapped[int]

    __table_args__ = ({"sqlite_with_rowid": False},)


class LotHolding(Base):
    """A lot at one holder, with what came in and went out there, in the lot's unit (derived; ADR 11).

    ``holder_key``: the establishment's id, ``=`` and the name of a party that is not registered, or ``?``.
    """

    id: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=True)
    lot_id: Mapped[str] = mapped_column(String(26))
    holder_key: Mapped[str] = mapped_column(String(122))
    establishment_id: Mapped[str | None] = mapped_column(String(26), index=True)
    quantity_in: Mapped[Decimal] = mapped_column(Quantity, default=Decimal(0))
    quantity_out: Mapped[Decimal] = mapped_column(Quantity, default=Decimal(0))
    quantity_counted: Mapped[Decimal | None] = mapped_column(Quantity)  # what the last stock-taking found
    expected_at_count: Mapped[Decimal | None] = mapped_column(Quantity)  # what should have been there then
    is_made: Mapped[bool] = mapped_column(default=False)  # it began here
    has_origin: Mapped[bool] = mapped_column(default=False)  # a paper held here says where it comes from
    has_mixed_units: Mapped[bool] = mapped_column(default=False)
    is_in_transit: Mapped[bool] = mapped_column(default=False)
    first_at: Mapped[datetime | None]
    last_at: Mapped[datetime | None]

    __table_args__ = (
        PrimaryKeyConstraint("id", postgresql_include=HOLDING_READ),
        UniqueConstraint("lot_id", "holder_key"),
    )


class LotLink(Base):
    """From one holding to the next: a lot that changed hands, or a lot that became another (derived; R-TRC-05).

    ``quantity`` left the parent, in the unit of its lot: as sent, else as received. A conversion with several products
    carries its whole input on each link. ``event_id`` is the first event that says so.
    """

    parent_id: Mapped[int] = mapped_column(Number, primary_key=True)
    child_id: Mapped[int] = mapped_column(Number, primary_key=True)
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    sent: Mapped[Decimal | None] = mapped_column(Quantity)
    received: Mapped[Decimal | None] = mapped_column(Quantity)
    event_id: Mapped[str] = mapped_column(String(26))

    __table_args__ = (
        PrimaryKeyConstraint("parent_id", "child_id", postgresql_include=LINK_READ),
        Index("ix_lot_link_back", "child_id", "parent_id", postgresql_include=LINK_READ),
        {"sqlite_with_rowid": False},
    )


class TraceRun(CaseMixin, Fact):
    """A trace as it was run: a frozen snapshot, its SHA-256 and its figures (R-TRC-07).

    The snapshot is no part of the versions: ``sha256`` is, and says whether the snapshot still is what was frozen.
    """

    unjournaled: ClassVar[frozenset[str]] = frozenset({"snapshot"})

    lot_ids: Mapped[list[str]] = mapped_column(Json)
    requested_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    revision: Mapped[int]  # sum of the versions of the events of all its lots: another sum, and it is stale
    figures: Mapped[dict[str, Any]] = mapped_column(Json)
    sha256: Mapped[str] = mapped_column(String(64))
    snapshot: Mapped[dict[str, Any]] = mapped_column(Json)
