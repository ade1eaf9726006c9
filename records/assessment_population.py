"""Who is assessed: the nodes and district authorities that were there long enough in a period, with their days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from records.assessment_periods import Period
from records.assessments import SubjectKind
from records.clock import ZONE
from records.indicators import AssessmentScheme
from records.people import Organisation
from records.registry import Establishment
from records.scope import within
from records.store import RecordVersion

#: the organisation that answers for a district, and at which level
AUTHORITY_KIND, AUTHORITY_LEVEL = "market_regulation", "district"


@dataclass(frozen=True)
class Member:
    """One of the assessed: its key, where it lies, whom it is compared with, on how many days it was there."""

    key: str
    kind: SubjectKind
    peer_group: str
    name: str
    region_code: str
    region_path: str
    days: int

    def share(self, period: Period) -> Decimal:
        """The part of the period's days on which it was there, for judging it pro rata."""
        return (Decimal(self.days) / period.days).quantize(Decimal("0.0001"))


def population(
    session: Session, scheme: AssessmentScheme, period: Period, region_path: str, least_days: int
) -> list[Member]:
    """Everyone who was there on at least ``least_days`` days of the period (R-ASM-ACTIVE), by kind and name."""
    members = _nodes(session, scheme, period, region_path)
    if scheme.has_authorities:
        members += _authorities(session, period, region_path)
    return [each for each in members if each.days >= min(least_days, period.days)]


def _nodes(session: Session, scheme: AssessmentScheme, period: Period, region_path: str) -> list[Member]:
    wanted = select(Establishment).where(
        Establishment.kind.in_(scheme.node_kinds),
        Establishment.deleted_at.is_(None),
        Establishment.filed_on <= period.ends_on,
        or_(Establishment.status == "active", Establishment.updated_at > period.begun_at),
        within(Establishment.region_path, region_path),
    )
    found = session.scalars(wanted.order_by(Establishment.kind, Establishment.name_key, Establishment.id)).all()
    closed = _closing_days(session, [each.id for each in found if each.status != "active"])
    return [
        Member(
            each.id, SubjectKind.NODE, each.kind.value, each.name, each.region_code, each.region_path,
            _days_within(period, each.filed_on, closed.get(each.id)),
        )
        for each in found
    ]  # fmt: skip


def _authorities(session: Session, period: Period, region_path: str) -> list[Member]:
    wanted = select(Organisation).where(
        Organisation.kind == AUTHORITY_KIND,
        Organisation.level == AUTHORITY_LEVEL,
        Organisation.is_managing,
        Organisation.deleted_at.is_(None),
        within(Organisation.region_path, region_path),
    )
    return [
        Member(
            each.id, SubjectKind.AUTHORITY, each.level, each.name, each.region_code, each.region_path, period.days
        )
        for each in session.scalars(wanted.order_by(Organisation.name, Organisation.id))
    ]  # fmt: skip


def _closing_days(session: Session, establishment_ids: Sequence[str]) -> dict[str, date]:
    """The day on which each of these went out of business: that of the first version since which it is not active."""
    if not establishment_ids:
        return {}
    versions = session.execute(
        select(RecordVersion.record_id, RecordVersion.at, RecordVersion.content)
        .where(RecordVersion.record_type == "establishment", RecordVersion.record_id.in_(establishment_ids))
        .order_by(RecordVersion.record_id, RecordVersion.version)
    )
    since: dict[str, datetime | None] = {}
    for establishment_id, at, content in versions:
        is_active = content.get("status") == "active"
        since[establishment_id] = None if is_active else since.get(establishment_id) or at
    return {key: at.astimezone(ZONE).date() for key, at in since.items() if at is not None}


def _days_within(period: Period, filed_on: date, closed_on: date | None) -> int:
    """On how many days of the period it was there; the day of closing does not count."""
    first = max(period.starts_on, filed_on)
    last = (
        period.ends_on.toordinal() if closed_on is None else min(period.ends_on.toordinal(), closed_on.toordinal() - 1)
    )
    return max(0, last - first.toordinal() + 1)
