"""Checklist templates: versioned lists of general and key items per segment (SAMR Order 49 art. 13, 27)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from records.base import Fact, choice, refers_to
from records.errors import NotFoundError
from records.registry import Segment
from records.seed_files import read_seed_document
from records.store import Store


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
    #: those that were not taken out while the edition was a draft
    items: Mapped[list[ChecklistItem]] = relationship(
        primaryjoin="and_(ChecklistItem.template_id == ChecklistTemplate.id, ChecklistItem.deleted_at.is_(None))",
        order_by="ChecklistItem.position",
        lazy="selectin",
        viewonly=True,
    )

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


def released_template(session: Session, code: str) -> ChecklistTemplate:
    """The newest released edition of a checklist. Raises NotFoundError."""
    template = session.scalar(
        select(ChecklistTemplate)
        .where(
            ChecklistTemplate.code == code,
            ChecklistTemplate.status == "released",
            ChecklistTemplate.deleted_at.is_(None),
        )
        .order_by(ChecklistTemplate.edition.desc())
        .limit(1)
    )
    if template is None:
        raise NotFoundError
    return template


def seed_checklists(store: Store) -> None:
    """The checklists of ``seeds/checklists.json`` that the store does not have yet, as their first edition."""
    known = set(store.session.scalars(select(ChecklistTemplate.code)))
    for document in read_seed_document("checklists"):
        if document["code"] not in known:
            _add_template(store, document)


def _add_template(store: Store, document: dict[str, Any]) -> None:
    template = store.add(
        ChecklistTemplate(
            code=document["code"],
            edition=1,
            name=document["name"],
            segment=Segment(document["segment"]),
            legal_basis=document["legal_basis"],
        )
    )
    position = 0
    for section_number, section in enumerate(document["sections"], start=1):
        for number, item in enumerate(section["items"], start=1):
            position += 1
            heading = f"{section_number}-{number}"
            store.add(_item(template.id, position, heading, section["name"], item))


def _item(template_id: str, position: int, code: str, section: str, item: dict[str, Any]) -> ChecklistItem:
    return ChecklistItem(
        template_id=template_id,
        position=position,
        code=code,
        section=section,
        text=item["text"],
        basis=item["basis"],
        is_key=item.get("key", False),
        answer=ItemAnswer.MEASUREMENT if "unit" in item else ItemAnswer.CONFORMITY,
        unit=item.get("unit"),
        minimum=item.get("minimum"),
        maximum=item.get("maximum"),
    )
