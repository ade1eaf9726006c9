"""The pool of inspectors of a draw: who may be sent, how often yet, whom not to; and who may not be sent at all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from records.absences import Absence, in_force
from records.draw_rules import EXAM, ROTATION, WORKLOAD, DrawRules
from records.draws import ConflictInterest
from records.inspections import Inspection
from records.people import Qualification, QualificationKind, Role, RoleCode, User
from records.scope import within


class InspectorReason(StrEnum):
    """Why an inspector of the region is not in the pool."""

    ELSEWHERE = "elsewhere"  # acts for an authority below the one that draws, and sees nothing of its cases
    NO_CERTIFICATE = "no_certificate"
    EXPIRED = "expired"  # by the day of the draw, or before the inspections are to be done
    SUSPENDED = "suspended"
    NOT_PASSED = "not_passed"
    ABSENT = "absent"
    BUSY = "busy"


@dataclass(frozen=True)
class Span:
    """The day of the draw, the day by which is inspected, the region, and how many more each may be given."""

    as_of: date
    inspect_by: date
    region_path: str
    more_each: int


@dataclass
class InspectorPool:
    """Rows of the document, by id."""

    inspectors: list[dict[str, Any]] = field(default_factory=list)
    excluded: list[dict[str, Any]] = field(default_factory=list)


def build_inspectors(session: Session, span: Span, object_ids: Iterable[str], rules: DrawRules) -> InspectorPool:
    """Every inspector of the region, in the pool or excluded with the reason."""
    people = _people(session, span)
    wanted = set(object_ids)
    known = _Known(
        certificates=_certificates(session, [person.id for person in people]),
        absent=_absent(session, span),
        load=_load(session),
        cap=rules.number(WORKLOAD) + span.more_each,
        points=rules.number(EXAM),
    )
    barred, led = _interests(session, span.as_of, wanted), _led(session, wanted, rules.number(ROTATION))
    pool = InspectorPool()
    for person in people:
        said = {"id": person.id, "name": person.name, "certificate_no": person.certificate_no}
        held = known.best(person.id)
        reason = InspectorReason.ELSEWHERE if person.region_path != span.region_path else known.against(person.id, span)
        if reason is not None or held is None:
            pool.excluded.append({**said, "reason": (reason or InspectorReason.NO_CERTIFICATE).value})
            continue
        room = known.cap - known.load[person.id]
        own = {"barred": sorted(barred[person.id]), "led": sorted(led[person.id])}
        may_lead = person.certificate_no is not None  # shows an enforcement certificate on site (R-INS-08)
        valid = {"valid_until": held.expires_on.isoformat(), "can_lead": may_lead, "room": room}
        pool.inspectors.append({**said, **valid, **own})
    return pool


@dataclass(frozen=True)
class _Known:
    """What speaks against people, by user."""

    certificates: Mapping[str, list[Qualification]]
    absent: set[str]
    load: Counter[str]
    cap: int
    points: int

    def best(self, user_id: str) -> Qualification | None:
        """The certificate that lasts longest."""
        return max(self.certificates.get(user_id, []), key=lambda one: one.expires_on, default=None)

    def against(self, user_id: str, span: Span) -> InspectorReason | None:
        """Why a person is not in the pool; None: in it."""
        held = self.best(user_id)
        if held is None:
            return InspectorReason.NO_CERTIFICATE
        reasons = {
            InspectorReason.SUSPENDED: held.suspended_at is not None,
            InspectorReason.EXPIRED: not held.issued_on <= span.as_of or held.expires_on < span.inspect_by,
            InspectorReason.NOT_PASSED: held.exam_score < self.points,
            InspectorReason.ABSENT: user_id in self.absent,
            InspectorReason.BUSY: self.load[user_id] >= self.cap,
        }
        return next((reason for reason, holds in reasons.items() if holds), None)


def _people(session: Session, span: Span) -> list[User]:
    found = select(User).where(
        User.roles.any(Role.name == RoleCode.INSPECTOR),
        User.active,
        User.deleted_at.is_(None),
        User.establishment_id.is_(None),
        within(User.region_path, span.region_path),
    )
    return list(session.scalars(found.order_by(User.id)))


def _certificates(session: Session, user_ids: list[str]) -> dict[str, list[Qualification]]:
    held: dict[str, list[Qualification]] = defaultdict(list)
    found = select(Qualification).where(
        Qualification.user_id.in_(user_ids),
        Qualification.kind == QualificationKind.INSPECTION,
        Qualification.deleted_at.is_(None),
    )
    for one in session.scalars(found.order_by(Qualification.id)):
        held[one.user_id].append(one)
    return held


def _absent(session: Session, span: Span) -> set[str]:
    """Who is away on the day of the draw, or on the day by which is inspected."""
    away = or_(in_force(span.as_of), in_force(span.inspect_by))
    return set(session.scalars(select(Absence.user_id).where(away)))


def _load(session: Session) -> Counter[str]:
    """How many inspections each has that have no result yet."""
    found = select(Inspection.lead_inspector_id, Inspection.second_inspector_id).where(
        Inspection.overall.is_(None),
        Inspection.result_at.is_(None),
        Inspection.deleted_at.is_(None),
        Inspection.is_drill.is_(False),
        Inspection.status.in_(("assigned", "active", "inspected")),
    )
    return Counter(one for pair in session.execute(found) for one in pair if one)


def _interests(session: Session, on: date, wanted: set[str]) -> dict[str, set[str]]:
    """The businesses of the pool that each has an interest in."""
    found = select(ConflictInterest.user_id, ConflictInterest.establishment_id).where(
        ConflictInterest.since <= on,
        or_(ConflictInterest.ended_on.is_(None), ConflictInterest.ended_on > on),
        ConflictInterest.deleted_at.is_(None),
    )
    return _by_user((user, business) for user, business in session.execute(found) if business in wanted)


def _led(session: Session, wanted: set[str], last: int) -> dict[str, set[str]]:
    """The businesses of the pool whose last inspections each has led."""
    found = select(Inspection.establishment_id, Inspection.lead_inspector_id).where(
        Inspection.overall.is_not(None), Inspection.deleted_at.is_(None), Inspection.is_drill.is_(False)
    )
    seen: Counter[str] = Counter()
    pairs = []
    for business, lead in session.execute(found.order_by(Inspection.result_at.desc(), Inspection.id.desc())):
        if business in wanted and seen[business] < last:
            seen[business] += 1
            pairs.append((lead, business))
    return _by_user((lead, business) for lead, business in pairs if lead)


def _by_user(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for user, business in pairs:
        found[user].add(business)
    return found
