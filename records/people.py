"""People and where they belong: regions, organisations, users, roles, qualifications (standard 4.1, 4.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Column, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from records.base import Base, Fact, Json, choice, refers_to


class RoleCode(StrEnum):
    """The roles of the standard; also the candidate groups (lane names) of the models."""

    INSPECTOR = "INS"
    LEAD = "LEAD"
    MANAGER = "MGR"
    DISCLOSURE = "DISC"
    COORDINATOR = "COORD"
    POLICE = "POL"
    DISEASE_CONTROL = "CDC"
    HEALTH = "HLT"
    MARKET_OPERATOR = "MKT"
    BUSINESS = "BIZ"
    LABORATORY = "LAB"
    ASSESSOR = "ASR"
    ASSESSED = "ORG"
    TRAINING = "TRN"
    OPERATIONS = "OPS"
    ADMINISTRATOR = "ADM"
    AUDITOR = "AUD"


@dataclass(frozen=True)
class Actor:
    """Who acts: handed into every verb.

    ``region_path`` is the root of the jurisdiction; businesses see one establishment.
    """

    id: str
    name: str
    roles: frozenset[str] = field(default_factory=frozenset)
    region_path: str = "/"
    organisation_id: str | None = None
    establishment_id: str | None = None
    on_behalf_of: str | None = None
    remote_address: str | None = None

    @property
    def is_business(self) -> bool:
        """True for a food business or market: sees only what concerns its own establishment."""
        return self.establishment_id is not None

    @property
    def is_system(self) -> bool:
        """True for the platform itself (timers, service tasks)."""
        return self.id == SYSTEM.id


SYSTEM = Actor(id="system", name="系统", roles=frozenset(r.value for r in RoleCode))


class Region(Fact):
    """An administrative division, GB/T 2260. ``path`` has separators, so 4502 is never a prefix of 45020."""

    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    parent_code: Mapped[str | None] = mapped_column(String(12))
    level: Mapped[str] = mapped_column(String(20))  # province | city | district
    path: Mapped[str] = mapped_column(String(80), unique=True)


class Organisation(Fact):
    """An authority, market operator, laboratory or agency; one managing department per level (standard 4.1)."""

    name: Mapped[str] = mapped_column(String(120))
    level: Mapped[str] = mapped_column(String(20))  # city | district | station | market | partner
    kind: Mapped[str] = mapped_column(String(30))  # market_regulation | police | cdc | health | laboratory | market
    parent_id: Mapped[str | None] = mapped_column(refers_to("organisation.id"))
    region_code: Mapped[str] = mapped_column(String(12))
    region_path: Mapped[str] = mapped_column(String(80), index=True)
    is_managing: Mapped[bool] = mapped_column(default=False)


user_role = Table(
    "user_role",
    Base.metadata,
    Column("user_id", refers_to("user.id"), primary_key=True),
    Column("role_id", refers_to("role.id"), primary_key=True),
)


class Role(Base):
    """A role; ``name`` is a RoleCode value."""

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    name: Mapped[str] = mapped_column(String(20), unique=True)
    description: Mapped[str] = mapped_column(String(120))


class User(Fact):
    """A person who signs in. Belongs to one organisation and region, or to one establishment (businesses)."""

    unjournaled: ClassVar[frozenset[str]] = frozenset(
        {"password", "fs_uniquifier", "tf_primary_method", "tf_totp_secret", "mf_recovery_codes", "language"}
    )

    username: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(160), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str | None] = mapped_column(String(40))
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    mf_recovery_codes: Mapped[list[Any] | None] = mapped_column(Json)
    language: Mapped[str] = mapped_column(String(10), default="zh_CN")
    organisation_id: Mapped[str | None] = mapped_column(refers_to("organisation.id"))
    establishment_id: Mapped[str | None] = mapped_column(String(26), index=True)
    region_code: Mapped[str] = mapped_column(String(12))
    region_path: Mapped[str] = mapped_column(String(80), index=True)
    certificate_no: Mapped[str | None] = mapped_column(String(40))  # enforcement certificate shown on site
    roles: Mapped[list[Role]] = relationship(secondary=user_role, lazy="selectin")


class QualificationKind(StrEnum):
    """What a user task may demand of the person who claims it (standard 4.2)."""

    INSPECTION = "inspection"
    SAMPLING = "sampling"
    EMERGENCY = "emergency"
    DISCLOSURE = "disclosure"
    ASSESSMENT = "assessment"


class Qualification(Fact):
    """A certificate of training and examination: tasks of its kind go only to holders of a valid one (standard 4.2)."""

    user_id: Mapped[str] = mapped_column(refers_to("user.id"), index=True)
    kind: Mapped[QualificationKind] = mapped_column(choice(QualificationKind))
    certificate_no: Mapped[str] = mapped_column(String(60), unique=True)
    exam_score: Mapped[int]
    issued_on: Mapped[date]
    expires_on: Mapped[date]
    suspended_at: Mapped[datetime | None]
