"""Facts of on-site inspection and rectification: what was checked, found, ordered and put right."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Numeric, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from records.base import CaseMixin, Fact, Json, choice, refers_to
from records.geo import distance_metres as distance_metres


class InspectionMode(StrEnum):
    """How the inspection came about. A flight inspection is never announced (SAMR Order 49 art. 46, R-INS-15)."""

    ROUTINE = "routine"
    RANDOM = "random"
    TARGETED = "targeted"
    COMPLAINT = "complaint"
    FLIGHT = "flight"


class Overall(StrEnum):
    """The result of an inspection (SAMR Order 49 art. 31)."""

    CONFORM = "conform"
    BASICALLY = "basically"
    NOT = "not"


class ItemResult(StrEnum):
    """The result of one checklist item."""

    CONFORM = "conform"
    NONCONFORM = "nonconform"
    NOT_APPLICABLE = "not_applicable"


class Inspection(CaseMixin, Fact):
    """One inspection of one establishment by at least two inspectors (R-INS-06)."""

    mode: Mapped[InspectionMode] = mapped_column(choice(InspectionMode))
    checklist_template_id: Mapped[str | None] = mapped_column(refers_to("checklist_template.id"))
    lead_inspector_id: Mapped[str | None] = mapped_column(String(26))
    second_inspector_id: Mapped[str | None] = mapped_column(String(26))
    planned_on: Mapped[date | None]
    arrived_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    position_accuracy: Mapped[float | None]  # metres
    distance: Mapped[float | None]  # metres to the registered site
    distance_reason: Mapped[str | None] = mapped_column(Text)
    credentials_shown: Mapped[bool | None]
    persons_present: Mapped[str | None] = mapped_column(String(300))
    business_statement: Mapped[str | None] = mapped_column(Text)
    overall: Mapped[Overall | None] = mapped_column(choice(Overall))
    disposition: Mapped[str | None] = mapped_column(String(40))
    rectify_days: Mapped[int | None]  # working days
    signature: Mapped[str | None] = mapped_column(String(20))  # signed | refused_witness | refused_recording
    signature_detail: Mapped[dict[str, Any] | None] = mapped_column(Json)
    result_at: Mapped[datetime | None]
    flags: Mapped[list[str] | None]  # photo_reused, time_drift, position_far …


class InspectionItem(CaseMixin, Fact):
    """The answer to one checklist item."""

    inspection_id: Mapped[str] = mapped_column(refers_to("inspection.id"), index=True)
    checklist_item_id: Mapped[str | None] = mapped_column(String(26))
    code: Mapped[str] = mapped_column(String(20))
    section: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
    is_key: Mapped[bool]
    result: Mapped[ItemResult] = mapped_column(choice(ItemResult))
    note: Mapped[str | None] = mapped_column(Text)
    measured: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    unit: Mapped[str | None] = mapped_column(String(12))
    severity: Mapped[str | None] = mapped_column(String(20))  # minor | serious
    affects_safety: Mapped[bool] = mapped_column(default=False)
    fixed_on_spot: Mapped[bool] = mapped_column(default=False)
    lots: Mapped[list[str] | None]


class LotObservation(CaseMixin, Fact):
    """A lot looked at on site (an ``inspecting`` observation of the trace vocabulary)."""

    inspection_id: Mapped[str] = mapped_column(refers_to("inspection.id"), index=True)
    lot_code: Mapped[str] = mapped_column(String(80), index=True)
    product_name: Mapped[str] = mapped_column(String(120))
    quantity: Mapped[Decimal] = mapped_column(Numeric(14, 3))
    unit: Mapped[str] = mapped_column(String(12))
    produced_on: Mapped[date | None]
    shelf_life_days: Mapped[int | None]
    has_voucher: Mapped[bool | None]


class Finding(CaseMixin, Fact):
    """A nonconformity: from a failed item of an inspection, or from another case, until its rectification closes.

    status: open | corrected_on_spot | rectifying | closed.
    """

    inspection_id: Mapped[str | None] = mapped_column(refers_to("inspection.id"), index=True)
    inspection_item_id: Mapped[str | None] = mapped_column(String(26))
    code: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    is_key: Mapped[bool]
    severity: Mapped[str] = mapped_column(String(20))  # minor | serious
    affects_safety: Mapped[bool] = mapped_column(default=False)
    disposition: Mapped[str | None] = mapped_column(String(40))  # on_spot | dated | investigate
    repeat_of: Mapped[str | None] = mapped_column(String(26))


class Rectification(CaseMixin, Fact):
    """An order to correct and its answer. status: ordered | submitted | accepted | rejected | failed |
    withdrawn (the case that ordered it was not established).
    """

    inspection_id: Mapped[str | None] = mapped_column(refers_to("inspection.id"), index=True)
    ordered_at: Mapped[datetime | None]
    days: Mapped[int | None]  # working days allowed
    due_at: Mapped[datetime | None]
    round: Mapped[int] = mapped_column(default=1)
    extended_days: Mapped[int | None]
    extension_reason: Mapped[str | None] = mapped_column(Text)
    submitted_at: Mapped[datetime | None]
    recheck_mode: Mapped[str | None] = mapped_column(String(20))  # remote | on_site
    reviewed_at: Mapped[datetime | None]
    review_opinion: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None]


class RectificationMeasure(CaseMixin, Fact):
    """What a business did about one finding, in one round."""

    rectification_id: Mapped[str] = mapped_column(refers_to("rectification.id"), index=True)
    finding_id: Mapped[str | None] = mapped_column(String(26))
    code: Mapped[str] = mapped_column(String(20))
    round: Mapped[int] = mapped_column(default=1)
    cause: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    done_on: Mapped[date]
    cost: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    is_accepted: Mapped[bool | None]
    review_comment: Mapped[str | None] = mapped_column(Text)


class Talk(CaseMixin, Fact):
    """A responsibility talk (责任约谈) with the head of a business (SAMR Order 49 art. 41)."""

    held_at: Mapped[datetime | None]
    place: Mapped[str | None] = mapped_column(String(200))
    attendee: Mapped[str | None] = mapped_column(String(120))
    matters: Mapped[str | None] = mapped_column(Text)
    commitment: Mapped[str | None] = mapped_column(Text)
