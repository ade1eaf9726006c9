"""Absences: who is away, from which day to which, and who stands in for what meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, Index, String, Text, and_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.base import Fact, RegionalMixin, choice, refers_to
from records.people import Role, User, user_role


class AbsenceScope(StrEnum):
    """What the substitute stands in for."""

    ALL = "all"
    PROCESS = "process"
    ROLE = "role"


class Absence(RegionalMixin, Fact):
    """A person is away from ``starts_on`` to ``ends_on``, both included; the region is the person's own.

    ``scope_value`` is a process key or a role code, as the scope says; None for all.
    """

    user_id: Mapped[str] = mapped_column(refers_to("user.id"))
    substitute_id: Mapped[str] = mapped_column(refers_to("user.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    scope: Mapped[AbsenceScope] = mapped_column(choice(AbsenceScope))
    scope_value: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index("ix_absence_user", "user_id", "ends_on"),
        Index("ix_absence_substitute", "substitute_id", "ends_on"),
    )


@dataclass(frozen=True)
class Cover:
    """A substitution in force: for whom, and what of theirs. ``roles`` are the absent person's inside the scope."""

    user_id: str
    region_path: str
    establishment_id: str | None
    roles: frozenset[str]
    process_key: str | None
    role: str | None


def covers_of(session: Session, substitute_id: str, day: date) -> list[Cover]:
    """Whom a person stands in for on a day: one level, whoever stands in for the substitute is not asked."""
    lasting = (
        select(Absence, User.region_path, User.establishment_id, Role.name)
        .join(User, User.id == Absence.user_id)
        .outerjoin(user_role, user_role.c.user_id == User.id)
        .outerjoin(Role, Role.id == user_role.c.role_id)
        .where(
            Absence.substitute_id == substitute_id,
            in_force(day),
            User.deleted_at.is_(None),
        )
        .order_by(Absence.id)
    )
    found: dict[str, tuple[Absence, str, str | None, set[str]]] = {}
    for absence, region_path, establishment_id, role in session.execute(lasting):
        found.setdefault(absence.id, (absence, region_path, establishment_id, set()))[3].add(role)
    return [_cover(*parts) for parts in found.values()]


def _cover(absence: Absence, region_path: str, establishment_id: str | None, roles: set[str]) -> Cover:
    role = absence.scope_value if absence.scope is AbsenceScope.ROLE else None
    return Cover(
        user_id=absence.user_id,
        region_path=region_path,
        establishment_id=establishment_id,
        roles=frozenset(name for name in roles if name and role in (None, name)),
        process_key=absence.scope_value if absence.scope is AbsenceScope.PROCESS else None,
        role=role,
    )


def in_force(day: date) -> ColumnElement[bool]:
    """The absences that last on a day and were not taken back."""
    return and_(Absence.starts_on <= day, Absence.ends_on >= day, Absence.deleted_at.is_(None))
