"""The audience of an announcement: regions × kinds of recipient × kinds of enterprise, plus and minus named ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session

from records.people import Region, Role, User
from records.registry import Establishment, EstablishmentKind
from records.scope import within


@dataclass(frozen=True)
class Named:
    """People and businesses that are named one by one."""

    users: frozenset[str] = frozenset()
    establishments: frozenset[str] = frozenset()

    @classmethod
    def of(cls, rows: object) -> Named:
        """From rows of a form: {user, establishment}."""
        listed = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, Sequence) else []
        return cls(
            frozenset(str(row["user"]) for row in listed if row.get("user")),
            frozenset(str(row["establishment"]) for row in listed if row.get("establishment")),
        )

    @property
    def condition(self) -> ColumnElement[bool]:
        """Those people, and who acts for those businesses."""
        return or_(User.id.in_(self.users), User.establishment_id.in_(self.establishments))

    def __bool__(self) -> bool:
        return bool(self.users or self.establishments)


@dataclass(frozen=True)
class Audience:
    """Who is meant: ``regions`` by code, ``kinds`` by role code, ``types`` of establishment (none: all of them)."""

    regions: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    include: Named = field(default_factory=Named)
    exclude: Named = field(default_factory=Named)

    @classmethod
    def of(cls, given: Mapping[str, Any] | None) -> Audience:
        """From answers or from what an announcement keeps."""
        said = given or {}
        regions, kinds, types = (_texts(said.get(name)) for name in ("regions", "kinds", "types"))
        return cls(regions, kinds, types, Named.of(said.get("include")), Named.of(said.get("exclude")))

    @property
    def is_empty(self) -> bool:
        """Nobody is meant."""
        return not ((self.regions and self.kinds) or self.include)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list | tuple) else ()


def member_ids(session: Session, audience: Audience, region_path: str) -> list[str]:
    """The ids of everyone meant who belongs to the jurisdiction, in order."""
    return list(session.scalars(select(User.id).where(_meant(session, audience, region_path)).order_by(User.id)))


def member_count(session: Session, audience: Audience, region_path: str) -> int:
    """How many they are."""
    return session.scalar(select(func.count(User.id)).where(_meant(session, audience, region_path))) or 0


def outside(session: Session, audience: Audience, region_path: str) -> list[str]:
    """The names of regions, people and businesses of the audience that lie beyond the jurisdiction."""
    beyond = ~within(Region.path, region_path)
    names = list(session.scalars(select(Region.name).where(Region.code.in_(audience.regions), beyond)))
    known = set(session.scalars(select(Region.code).where(Region.code.in_(audience.regions))))
    names += [code for code in audience.regions if code not in known]
    named = audience.include
    names += session.scalars(select(User.name).where(User.id.in_(named.users), ~within(User.region_path, region_path)))
    far = ~within(Establishment.region_path, region_path)
    return names + list(
        session.scalars(select(Establishment.name).where(Establishment.id.in_(named.establishments), far))
    )


def regions_within(session: Session, region_path: str) -> list[tuple[str, str]]:
    """The regions of a jurisdiction, as (code, name), the widest first."""
    found = select(Region.code, Region.name).where(within(Region.path, region_path), Region.deleted_at.is_(None))
    return [(code, name) for code, name in session.execute(found.order_by(Region.path))]


def _meant(session: Session, audience: Audience, region_path: str) -> ColumnElement[bool]:
    """The condition on User; nobody outside the jurisdiction is ever meant."""
    if audience.is_empty:
        return false()
    described = _described(session, audience)
    meant = or_(described, audience.include.condition) if audience.include else described
    conditions = [meant, User.active, User.deleted_at.is_(None), within(User.region_path, region_path)]
    if audience.exclude:
        spared = audience.exclude
        conditions.append(User.id.not_in(spared.users))
        of_business = User.establishment_id.in_(spared.establishments)
        conditions.append(or_(User.establishment_id.is_(None), ~of_business))
    return and_(*conditions)


def _described(session: Session, audience: Audience) -> ColumnElement[bool]:
    paths = list(session.scalars(select(Region.path).where(Region.code.in_(audience.regions))))
    if not paths or not audience.kinds:
        return false()
    conditions = [
        or_(*(within(User.region_path, path) for path in paths)),
        User.roles.any(Role.name.in_(audience.kinds)),
    ]
    types = [EstablishmentKind(each) for each in audience.types if each in {kind.value for kind in EstablishmentKind}]
    if types:
        of_type = select(Establishment.id).where(Establishment.kind.in_(types), Establishment.deleted_at.is_(None))
        conditions.append(or_(User.establishment_id.is_(None), User.establishment_id.in_(of_type)))
    return and_(*conditions)
