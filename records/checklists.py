"""Checklist templates: versioned lists of general and key items per segment (SAMR Order 49 art. 13, 27)."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from records.base import Fact, choice, refers_to
from records.registry import Segment


class ItemAnswer(StrEnum):
    """What kind of answer an item takes."""

    CONFORMITY = "conformity"  # conform | nonconform | not_applicable
    MEASUREMENT = "measurement"  # a number with unit and limits; the verdict is computed


class ChecklistTemplate(Fact):
    """One released edition of a checklist. A released edition never changes; a new edition is a new row."""

    code: Mapped[str] = mapped_column(String(40), index=True)  # rice_noodle_producer
    edition: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    segment: Mapped[Segment] = mapped_column(choice(Segment))
    legal_basis: Mapped[str] = mapped_column(String(300))
    status: Mapped[str] = mapped_column(String(20), default="released")  # draft | released | retired
    items: Mapped[list[ChecklistItem]] = relationship(order_by="ChecklistItem.position", lazy="selectin")

    __table_args__ = (UniqueConstraint("code", "edition"),)


class ChecklistItem(Fact):
    """One item: what is checked, on what ground, whether it is a key item (★)."""

    template_id: Mapped[str] = mapped_column(refers_to("checklist_template.id"), index=True)
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(20))  # "2-1", no dots
    section: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
    basis: Mapped[str] = mapped_column(String(300))
    is_key: Mapped[bool] = mapped_column(default=False)
    answer: Mapped[ItemAnswer] = mapped_column(choice(ItemAnswer), default=ItemAnswer.CONFORMITY)
    unit: Mapped[str | None] = mapped_column(String(12))
    minimum: Mapped[float | None]
    maximum: Mapped[float | None]
