"""Facts of a recall: what is recalled from whom, what each holder answered, what was destroyed (SAMR Order 12).

A recall is opened once, over the trace that shows where the goods are; its process fills in the rest. In a drill the
real lots stay as they are: what they would have become stands in the recall's own scope (``RecallScopeLot.state``).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import Numeric, String, Text, false, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.base import CaseMixin, Fact, Json, choice, refers_to
from records.store import Store

Quantity = Numeric(14, 3)
Percent = Numeric(6, 2)


class RecallClass(StrEnum):
    """How grave it is: serious harm or death, general harm, a false label (R-REC-01 to R-REC-03)."""

    FIRST = "I"
    SECOND = "II"
    THIRD = "III"


class DisposalMethod(StrEnum):
    """What is done with recalled food (FSL art. 63, R-REC-06); ``relabel`` only where merely the label is wrong."""

    INCINERATE = "incinerate"
    LANDFILL = "landfill"
    FEED = "feed"
    HARMLESS = "harmless"
    RELABEL = "relabel"


class Case(Protocol):
    """What a recall needs to know of the case that opens it."""

    id: str
    business_key: str
    region_code: str
    region_path: str


class Recall(CaseMixin, Fact):
    """One recall. ``establishment_id`` recalls; quantities are of all lots that share ``unit``.

    status: opened | planning | ordered | refused | reviewing | announced | reconciling | disposing | summarised |
    closed.
    """

    trace_run_id: Mapped[str | None] = mapped_column(String(26))
    recall_class: Mapped[RecallClass | None] = mapped_column(choice(RecallClass))
    reason: Mapped[str] = mapped_column(Text)
    hazard: Mapped[str | None] = mapped_column(String(40))
    product_name: Mapped[str | None] = mapped_column(String(120))
    opened_at: Mapped[datetime]
    plan_due_at: Mapped[datetime | None]  # 24, 48 or 72 hours after it was opened
    is_ordered: Mapped[bool] = mapped_column(default=False)  # the authority ordered it (FSL art. 63)
    order_text: Mapped[str | None] = mapped_column(Text)
    is_by_authority: Mapped[bool] = mapped_column(default=False, server_default=false())  # the business refused
    # what a plan must say (R-REC-08)
    responsible: Mapped[str | None] = mapped_column(String(60))
    contact: Mapped[str | None] = mapped_column(String(60))
    contact_phone: Mapped[str | None] = mapped_column(String(40))
    scope_text: Mapped[str | None] = mapped_column(Text)
    hazard_text: Mapped[str | None] = mapped_column(Text)
    procedure: Mapped[str | None] = mapped_column(Text)
    finish_by: Mapped[date | None]
    media_text: Mapped[str | None] = mapped_column(Text)
    disposal_plan: Mapped[str | None] = mapped_column(Text)
    loss_forecast: Mapped[str | None] = mapped_column(Text)
    is_label_only: Mapped[bool] = mapped_column(default=False)
    plan_submitted_at: Mapped[datetime | None]
    plan_approved_at: Mapped[datetime | None]
    announced_at: Mapped[datetime | None]
    finish_due_at: Mapped[datetime | None]  # 10, 20 or 30 working days after its publication
    round: Mapped[int] = mapped_column(default=0)
    # the reckoning (R-REC-10)
    unit: Mapped[str | None] = mapped_column(String(12))
    quantity_produced: Mapped[Decimal | None] = mapped_column(Quantity)
    quantity_on_hand: Mapped[Decimal | None] = mapped_column(Quantity)
    quantity_quarantined: Mapped[Decimal | None] = mapped_column(Quantity)
    quantity_returned: Mapped[Decimal | None] = mapped_column(Quantity)
    quantity_sold: Mapped[Decimal | None] = mapped_column(Quantity)
    quantity_destroyed: Mapped[Decimal | None] = mapped_column(Quantity)
    quantity_unaccounted: Mapped[Decimal | None] = mapped_column(Quantity)
    recovery: Mapped[Decimal | None] = mapped_column(Percent)  # % of what was not yet sold to consumers
    unreached: Mapped[Decimal | None] = mapped_column(Percent)  # % of the consignees
    reached_80_at: Mapped[datetime | None]  # 80 % of the consignees had answered
    summary: Mapped[str | None] = mapped_column(Text)
    summarised_at: Mapped[datetime | None]
    evaluation: Mapped[str | None] = mapped_column(String(20))  # effective | basically | ineffective
    evaluation_text: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None]


class RecallScopeLot(CaseMixin, Fact):
    """A lot that is recalled. ``state``: what it is in this recall - active, recalled or destroyed."""

    recall_id: Mapped[str] = mapped_column(refers_to("recall.id"), index=True)
    lot_id: Mapped[str] = mapped_column(String(26), index=True)
    code: Mapped[str] = mapped_column(String(120))  # its TLC, with the source where two lots share one
    product_name: Mapped[str] = mapped_column(String(120))
    unit: Mapped[str] = mapped_column(String(12))
    quantity_produced: Mapped[Decimal] = mapped_column(Quantity)
    state: Mapped[str] = mapped_column(String(20), default="active")
    round: Mapped[int] = mapped_column(default=1)


class RecallResponse(CaseMixin, Fact):
    """One holder of recalled goods: what it is asked for, and whether it answered.

    ``lots``: ``{"lot_id", "code", "product_name", "unit", "received", "passed_on", "used"}`` of each, by the trace.
    status: asked | answered | visited | unreached.
    """

    recall_id: Mapped[str] = mapped_column(refers_to("recall.id"), index=True)
    holder_name: Mapped[str] = mapped_column(String(120))
    stage: Mapped[str | None] = mapped_column(String(20))
    round: Mapped[int] = mapped_column(default=1)
    lots: Mapped[list[Any]] = mapped_column(Json)
    asked_at: Mapped[datetime | None]
    notified_at: Mapped[datetime | None]  # when the holder says it learnt of the recall
    answered_at: Mapped[datetime | None]
    reminders: Mapped[int] = mapped_column(default=0)
    answered_by: Mapped[str | None] = mapped_column(String(60))
    note: Mapped[str | None] = mapped_column(Text)


class RecallResponseLine(CaseMixin, Fact):
    """What a holder said about one lot. Quantities ≥ 0 in ``unit``; more than was received needs a reason."""

    recall_response_id: Mapped[str] = mapped_column(refers_to("recall_response.id"), index=True)
    code: Mapped[str] = mapped_column(String(120))
    unit: Mapped[str | None] = mapped_column(String(12))
    on_hand: Mapped[Decimal] = mapped_column(Quantity)
    quarantined: Mapped[Decimal] = mapped_column(Quantity)
    sold: Mapped[Decimal] = mapped_column(Quantity)
    returned: Mapped[Decimal] = mapped_column(Quantity)
    difference_reason: Mapped[str | None] = mapped_column(Text)


class Disposal(CaseMixin, Fact):
    """A disposal of recalled goods: reported beforehand, witnessed, weighed (FSL art. 63, R-REC-06).

    status: reported | done.
    """

    recall_id: Mapped[str] = mapped_column(refers_to("recall.id"), index=True)
    planned_at: Mapped[datetime | None]
    place: Mapped[str | None] = mapped_column(String(200))
    method: Mapped[DisposalMethod | None] = mapped_column(choice(DisposalMethod))
    organiser: Mapped[str | None] = mapped_column(String(120))
    reported_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    actual_place: Mapped[str | None] = mapped_column(String(200))
    witnesses: Mapped[list[Any] | None] = mapped_column(Json)  # {"name", "office"} of each, two at least
    difference_reason: Mapped[str | None] = mapped_column(Text)


class DisposalLine(CaseMixin, Fact):
    """How much of one lot was to be disposed of, and how much the scales said."""

    disposal_id: Mapped[str] = mapped_column(refers_to("disposal.id"), index=True)
    code: Mapped[str] = mapped_column(String(120))
    unit: Mapped[str | None] = mapped_column(String(12))
    planned: Mapped[Decimal | None] = mapped_column(Quantity)
    weighed: Mapped[Decimal | None] = mapped_column(Quantity)


def open_recall(
    store: Store,
    *,
    instance: Case,
    establishment_id: str | None,
    trace_run_id: str,
    reason: str,
    recall_class: RecallClass | str | None = None,
) -> Recall:
    """The recall that this case makes over this trace; asked again, the same one.

    Its class (R-REC-01 to R-REC-03) is proposed by the recall's own decision table when none is given.
    """
    earlier = store.session.scalar(
        select(Recall).where(
            Recall.process_instance_id == instance.id,
            Recall.trace_run_id == trace_run_id,
            Recall.closed_at.is_(None),
            Recall.deleted_at.is_(None),
        )
    )
    if earlier is not None:
        return earlier
    return store.add(
        Recall(
            no=instance.business_key,
            process_instance_id=instance.id,
            establishment_id=establishment_id,
            region_code=instance.region_code,
            region_path=instance.region_path,
            trace_run_id=trace_run_id,
            recall_class=None if recall_class is None else RecallClass(recall_class),
            reason=reason,
            opened_at=store.clock.now(),
            status="opened",
        )
    )


def scope_of(session: Session, recall_id: str) -> list[RecallScopeLot]:
    """The lots that a recall recalls, by code."""
    own = select(RecallScopeLot).where(RecallScopeLot.recall_id == recall_id, RecallScopeLot.deleted_at.is_(None))
    return list(session.scalars(own.order_by(RecallScopeLot.code, RecallScopeLot.id)))


def responses_of(session: Session, recall_id: str) -> list[RecallResponse]:
    """Who was asked in a recall, in the order of asking."""
    own = select(RecallResponse).where(RecallResponse.recall_id == recall_id, RecallResponse.deleted_at.is_(None))
    return list(session.scalars(own.order_by(RecallResponse.id)))
