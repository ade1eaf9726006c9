"""People and where they belong: regions, organisations, users, roles, qualifications (standard 4.1, 4.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Column, String, Table, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from records.base import Base, Fact, Json, choice, refers_to
from records.errors import NotFoundError


class RoleCode(StrEnum):
    """The roles of the standard; also the candidate groups (lane names) of the models."""

    INSPECTOR = "INS"
    LEAD = "LEAD"
    MANAGER = "MGR"
    DISCLOSURE = "DISC"
    LEGAL = "LGL"
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


#: those who hold no other role are no authority, whatever their account lacks
OUTSIDE_ROLES = frozenset({RoleCode.BUSINESS.value, RoleCode.MARKET_OPERATOR.value})


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
        """True for a food business or market: sees only what concerns its own establishment, without one nothing."""
        return self.establishment_id is not None or (bool(self.roles) and self.roles <= OUTSIDE_ROLES)

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

    listed: ClassVar[Mapping[str, str]] = {"roles": "name"}

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


def actor_of(user: User, *, remote_address: str | None = None) -> Actor:
    """The user as one who acts."""
    return Actor(
        id=user.id,
        name=user.name,
        roles=frozenset(role.name for role in user.roles),
        region_path=user.region_path,
        organisation_id=user.organisation_id,
        establishment_id=user.establishment_id,
        remote_address=remote_address,
    )


def load_actor(session: Session, user_id: str) -> Actor:
    """The active user of that id as one who acts. Raises NotFoundError."""
    user = session.get(User, user_id)
    if user is None or not user.active or user.deleted_at is not None:
        raise NotFoundError
    return actor_of(user)


def codes_above(session: Session, region_code: str | None) -> list[str]:
    """A region's own code and those of the regions it lies in, nearest first."""
    if region_code is None:
        return []
    path = session.scalar(select(Region.path).where(Region.code == region_code))
    return path.strip("/").split("/")[::-1] if path else [region_code]


def superior_region_path(region_path: str) -> str | None:
    """The path of the region above, or None at the top."""
    parts = region_path.strip("/").split("/")
    return f"/{'/'.join(parts[:-1])}/" if len(parts) > 1 else None


def users_with_role(session: Session, role: str, region_path: str) -> list[User]:
    """The active users of a role who answer for a region: the region's own, else those of the nearest region above."""
    path: str | None = region_path
    while path is not None:
        users = session.scalars(
            select(User)
            .join(User.roles)
            .where(Role.name == role, User.active, User.deleted_at.is_(None), User.region_path == path)
            .order_by(User.id)
        ).all()
        if users:
            return list(users)
        path = superior_region_path(path)
    return []


def users_of_establishment(session: Session, establishment_id: str) -> list[User]:
    """The active users who act for a business."""
    active = select(User).where(User.establishment_id == establishment_id, User.active, User.deleted_at.is_(None))
    return list(session.scalars(active.order_by(User.id)))


def escape_like(text: str) -> str:
    """The text with LIKE's special characters taken literally; the escape character is the backslash."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def has_valid_qualification(session: Session, user_id: str, kind: str, on: date) -> bool:
    """True when the user holds a certificate of that kind which is in force on that day (standard 4.2)."""
    held = select(Qualification.id).where(
        Qualification.user_id == user_id,
        Qualification.kind == kind,
        Qualification.deleted_at.is_(None),
        Qualification.suspended_at.is_(None),
        Qualification.issued_on <= on,
        Qualification.expires_on >= on,
    )
    return session.scalar(held.limit(1)) is not None
