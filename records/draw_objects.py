"""The pool of businesses of a draw: who may be drawn in which stratum, and who may not, for which reason."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from records.clock import ZONE
from records.draw_rules import COVERAGE, REPEAT, DrawRules
from records.draws import Draw, DrawMember, DrawStatus
from records.inspections import Inspection, InspectionMode, Overall
from records.people import User
from records.plans import InspectionPlan, PlanStratum, in_scope
from records.registry import Establishment

MANDATORY = "mandatory"  # the stratum of those whom R-INS-05 is in arrears with


class ObjectReason(StrEnum):
    """Why a business of the region is not in the pool."""

    CLOSED = "closed"  # closed or suspended
    OUT_OF_SCOPE = "out_of_scope"  # no stratum of the plan
    REPEAT = "repeat"  # R-INS-14
    DUE_ELSEWHERE = "due_elsewhere"  # an inspection or another draw has it already
    VISITED = "visited"  # drawn as often as the plan wants it


@dataclass(frozen=True)
class Question:
    """For whom the pool is made: the plan, its strata, the day, the region."""

    plan: InspectionPlan
    strata: tuple[PlanStratum, ...]
    grades: Mapping[str, str]  # establishment id -> stratum when the plan was frozen
    as_of: date
    region_path: str
    draw_id: str | None  # the draw itself, which is not "elsewhere"

    def stratum_of(self, one: Row[Any]) -> str:
        """As the plan was frozen; who has come since, by kind and grade, or with the riskiest of the kind."""
        kind, own = one.kind.value, f"{one.kind.value}/{one.risk_grade}"
        codes = sorted((each.code for each in self.strata if each.kind == kind and each.quota), reverse=True)
        return self.grades.get(one.id) or (own if own in codes or not codes else codes[0])


@dataclass
class ObjectPool:
    """Rows of the document, by id."""

    objects: list[dict[str, Any]] = field(default_factory=list)
    excluded: list[dict[str, Any]] = field(default_factory=list)


def build_objects(session: Session, question: Question, rules: DrawRules) -> ObjectPool:
    """Every business of the plan's regions, in the pool or excluded with the reason."""
    past = _Past.read(session, question, rules)
    pool = ObjectPool()
    for one in session.execute(_establishments(session, question)):
        said = {"id": one.id, "name": one.name, "credit_code": one.credit_code, "region_code": one.region_code}
        stratum = question.stratum_of(one)
        reason = past.against(one, stratum)
        if reason is not None:
            pool.excluded.append({**said, "reason": reason.value})
        else:
            owed = {"stratum": MANDATORY, "of": stratum} if past.is_arrear(one) else {"stratum": stratum}
            pool.objects.append({**said, **owed})
    return pool


def arrears_of(session: Session, question: Question, rules: DrawRules) -> list[str]:
    """The ids of the businesses in the plan's regions that nobody checked in full for longer than R-INS-05 allows."""
    past = _Past.read(session, question, rules)
    return [
        one.id for one in session.execute(_establishments(session, question)) if _is_open(one) and past.is_arrear(one)
    ]


def _establishments(session: Session, question: Question) -> Any:
    columns = ("id", "name", "credit_code", "region_code", "kind", "risk_grade", "status", "filed_on")
    found = select(*(getattr(Establishment, name) for name in columns)).where(Establishment.deleted_at.is_(None))
    return found.where(in_scope(session, question.plan)).order_by(Establishment.id)


def _is_open(one: Row[Any]) -> bool:
    return bool(one.status == "active")


@dataclass(frozen=True)
class _Past:
    """What has been and is being done, by establishment."""

    limits: Mapping[str, int]  # stratum -> visits in the plan's period
    since: date  # of being in arrears
    checked_in_full: set[str]
    repeated: set[str]
    elsewhere: set[str]
    drawn: Counter[str]

    @classmethod
    def read(cls, session: Session, question: Question, rules: DrawRules) -> _Past:
        since, lately = (rules.before(question.as_of, code) for code in (COVERAGE, REPEAT))
        last = _last_results(session, question, since)
        return cls(
            limits={stratum.code: stratum.visits for stratum in question.strata if stratum.quota},
            since=since,
            checked_in_full={
                one for one, rows in last.items() if any(r.mode is not InspectionMode.FLIGHT for r in rows)
            },
            repeated={one for one, rows in last.items() if _is_repeat(rows, lately, question.region_path)},
            elsewhere=_elsewhere(session, question),
            drawn=_drawn(session, question),
        )

    def against(self, one: Row[Any], stratum: str) -> ObjectReason | None:
        """Why it is not in the pool; None: it is. Whoever is in arrears is in the scope of every stratum."""
        arrear = self.is_arrear(one)
        reasons = {
            ObjectReason.CLOSED: not _is_open(one),
            ObjectReason.OUT_OF_SCOPE: stratum not in self.limits and not arrear,
            ObjectReason.DUE_ELSEWHERE: one.id in self.elsewhere,
            ObjectReason.REPEAT: one.id in self.repeated,
            ObjectReason.VISITED: self.drawn[one.id] >= self.limits.get(stratum, 1),
        }
        return next((reason for reason, holds in reasons.items() if holds), None)

    def is_arrear(self, one: Row[Any]) -> bool:
        """True when nobody has checked it in full since, though it has been there."""
        return bool(one.filed_on <= self.since and one.id not in self.checked_in_full)


def _last_results(session: Session, question: Question, since: date) -> dict[str, list[Row[Any]]]:
    """The inspections with a result since a day, by establishment, latest first."""
    columns = (
        Inspection.establishment_id, Inspection.mode, Inspection.overall, Inspection.result_at,
        User.region_path.label("inspectors"),
    )  # fmt: skip
    found = (
        select(*columns)
        .outerjoin(User, User.id == Inspection.lead_inspector_id)
        .join(Establishment, Establishment.id == Inspection.establishment_id)
        .where(
            in_scope(session, question.plan),
            Inspection.overall.is_not(None),
            Inspection.deleted_at.is_(None),
            Inspection.is_drill.is_(False),
            Inspection.result_at >= _begin(since),
            Inspection.result_at < _begin(question.as_of),
        )
        .order_by(Inspection.result_at.desc())
    )
    rows: dict[str, list[Row[Any]]] = defaultdict(list)
    row: Any
    for row in session.execute(found):
        rows[row.establishment_id].append(row)
    return rows


def _is_full(rows: list[Row[Any]]) -> bool:
    """All items of the checklist were checked at least once (a flight inspection need not, R-INS-09)."""
    return any(row.mode is not InspectionMode.FLIGHT for row in rows)


def _is_repeat(rows: list[Row[Any]], lately: date, region_path: str) -> bool:
    """Checked lately by this authority or one above it, and nothing found that calls for coming again (art. 42)."""
    latest = rows[0]
    if latest.result_at < _begin(lately) or latest.overall is Overall.NOT:
        return False
    return any(
        row.inspectors and region_path.startswith(row.inspectors) for row in rows if row.result_at >= _begin(lately)
    )


def _elsewhere(session: Session, question: Question) -> set[str]:
    """Those with an inspection under way, or drawn by another draw that is not dispatched yet."""
    under_way = select(Inspection.establishment_id).where(
        Inspection.overall.is_(None),
        Inspection.result_at.is_(None),
        Inspection.deleted_at.is_(None),
        Inspection.is_drill.is_(False),
        Inspection.status.in_(("assigned", "active", "inspected")),
    )
    waiting = select(DrawMember.establishment_id).where(
        DrawMember.status.in_((DrawStatus.DRAWN, DrawStatus.APPROVED)),
        DrawMember.deleted_at.is_(None),
        DrawMember.draw_id != (question.draw_id or ""),
    )
    return {one for found in (under_way, waiting) for one in session.scalars(found) if one}


def _drawn(session: Session, question: Question) -> Counter[str]:
    """How often each was drawn under this plan."""
    found = (
        select(DrawMember.establishment_id)
        .join(Draw, Draw.id == DrawMember.draw_id)
        .where(
            Draw.plan_id == question.plan.id,
            Draw.id != (question.draw_id or ""),
            DrawMember.status == "sent",
            DrawMember.deleted_at.is_(None),
        )
    )
    return Counter(one for one in session.scalars(found) if one)


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)
