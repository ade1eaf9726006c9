"""What strata a plan has: the businesses in its scope by what their risk follows from, and by kind and grade."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from records.people import Role, RoleCode, User
from records.plans import InspectionPlan, in_scope
from records.registry import Establishment
from records.rules import RuleParam, whole_number
from records.scope import within

BAND = 5  # points of the credit score that make one profile
FULL_SCORE, DYNAMIC_SHARE = 100, 60  # the dynamic factors weigh 60 of 100 (2016 grading rule, art. 12)


@dataclass(frozen=True)
class Profile:
    """Active businesses of one kind and one band of the credit score."""

    kind: str
    credit: int  # the band's lowest score
    establishment_ids: tuple[str, ...]

    @property
    def id(self) -> str:
        """What it is told from others by."""
        return f"{self.kind}/{self.credit}"

    def as_row(self) -> dict[str, Any]:
        """As the decision table sees it; ``dynamic``: points of risk from what happened, 0 to 60."""
        dynamic = (FULL_SCORE - self.credit) * DYNAMIC_SHARE // FULL_SCORE
        count = len(self.establishment_ids)
        return {"id": self.id, "kind": self.kind, "credit": self.credit, "dynamic": dynamic, "count": count}


def profiles_of(session: Session, plan: InspectionPlan) -> list[Profile]:
    """The profiles of the active businesses in a plan's regions."""
    found = select(Establishment.id, Establishment.kind, Establishment.credit_score).where(
        in_scope(session, plan),
        Establishment.status == "active",
        Establishment.deleted_at.is_(None),
    )
    members: dict[tuple[str, int], list[str]] = defaultdict(list)
    for one, kind, score in session.execute(found.order_by(Establishment.id)):
        members[(kind.value, score // BAND * BAND)].append(one)
    return [Profile(kind, credit, tuple(ids)) for (kind, credit), ids in sorted(members.items())]


def strata_by_grade(graded: Iterable[tuple[Profile, str]]) -> list[dict[str, Any]]:
    """``{code, kind, risk_grade, population}`` by kind and grade."""
    counts: Counter[tuple[str, str]] = Counter()
    for profile, grade in graded:
        counts[(profile.kind, grade)] += len(profile.establishment_ids)
    return [
        {"code": f"{kind}/{grade}", "kind": kind, "risk_grade": grade, "population": count}
        for (kind, grade), count in sorted(counts.items())
    ]


def capacity_of(session: Session, region_path: str, each_year: RuleParam) -> tuple[int, int]:
    """How many inspectors a region has, and how many inspections they can take part in together in a year."""
    found = select(func.count(User.id)).where(
        User.roles.any(Role.name == RoleCode.INSPECTOR), User.active, User.deleted_at.is_(None),
        User.establishment_id.is_(None), within(User.region_path, region_path),
    )  # fmt: skip
    count = session.scalar(found) or 0
    return count, count * whole_number(each_year)
