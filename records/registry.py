"""The registry: establishments (主体, filed with their credit code) and their products."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column, validates

from records.base import Fact, Json, RegionalMixin, choice, refers_to
from records.credit_codes import credit_code_for, credit_code_is_valid
from records.names import name_initials, name_key

__all__ = [
    "CreditEvent",
    "Establishment",
    "EstablishmentKind",
    "Product",
    "Segment",
    "credit_code_for",
    "credit_code_is_valid",
    "name_key",
]


class EstablishmentKind(StrEnum):
    """Where in the chain an establishment stands."""

    FARM = "farm"
    PRODUCER = "producer"
    WHOLESALER = "wholesaler"
    MARKET = "market"
    STALL = "stall"
    SUPERMARKET = "supermarket"
    CATERING = "catering"
    CANTEEN = "canteen"
    WAREHOUSE = "warehouse"


class Segment(StrEnum):
    """The segment that chooses the checklist (SAMR Order 49 art. 13)."""

    PRODUCTION = "production"
    SALES = "sales"
    CATERING = "catering"
    FARM = "farm"


class Establishment(RegionalMixin, Fact):
    """A food business: identity, licence, place, risk grade (A < B < C < D, SAMR Order 49 art. 21)."""

    credit_code: Mapped[str] = mapped_column(String(18), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    name_key: Mapped[str] = mapped_column(String(200), index=True)  # pinyin, for sorting and search; follows the name
    name_initials: Mapped[str] = mapped_column(String(120))
    kind: Mapped[EstablishmentKind] = mapped_column(choice(EstablishmentKind), index=True)
    segment: Mapped[Segment] = mapped_column(choice(Segment))
    market_id: Mapped[str | None] = mapped_column(refers_to("establishment.id"), index=True)
    stall_no: Mapped[str | None] = mapped_column(String(20))
    licence_no: Mapped[str | None] = mapped_column(String(40))
    licence_expires_on: Mapped[date | None]
    address: Mapped[str] = mapped_column(String(200))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    legal_person: Mapped[str] = mapped_column(String(60))
    contact: Mapped[str | None] = mapped_column(String(60))
    phone: Mapped[str | None] = mapped_column(String(40))
    risk_grade: Mapped[str] = mapped_column(String(1), default="B", index=True)
    credit_score: Mapped[int] = mapped_column(default=100)
    status: Mapped[str] = mapped_column(String(20), default="active")  # active | suspended | closed
    filed_on: Mapped[date]

    __table_args__ = (Index("ix_establishment_region_name", "region_path", "name_key"),)

    @validates("name")
    def _name_follows(self, _attribute: str, name: str) -> str:
        self.name_key, self.name_initials = name_key(name), name_initials(name)
        return name


class CreditEvent(RegionalMixin, Fact):
    """An entry of the credit file: inspection results, talks, rectifications (SAMR Order 49 art. 41, R-INS-16)."""

    establishment_id: Mapped[str] = mapped_column(refers_to("establishment.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))  # inspection | rectification_closed | rectification_failed | talk
    summary: Mapped[str] = mapped_column(String(300))
    points: Mapped[int] = mapped_column(default=0)
    process_instance_id: Mapped[str | None] = mapped_column(String(26), index=True)


class Product(RegionalMixin, Fact):
    """A product of an establishment."""

    establishment_id: Mapped[str] = mapped_column(refers_to("establishment.id"), index=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)  # GTIN or own code
    name: Mapped[str] = mapped_column(String(120))
    name_key: Mapped[str] = mapped_column(String(200), index=True)
    name_initials: Mapped[str] = mapped_column(String(120))
    category: Mapped[str] = mapped_column(String(80))  # path: 粮食加工品/米粉制品
    is_key_monitored: Mapped[bool] = mapped_column(default=False)
    unit: Mapped[str] = mapped_column(String(12))
    shelf_life_days: Mapped[int | None]
    storage: Mapped[str | None] = mapped_column(String(60))
    net_content: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    attributes: Mapped[dict[str, Any] | None] = mapped_column(Json)

    @validates("name")
    def _name_follows(self, _attribute: str, name: str) -> str:
        self.name_key, self.name_initials = name_key(name), name_initials(name)
        return name
