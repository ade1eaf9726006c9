"""What is odd, where it is looked for, and how it is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_
from sqlalchemy.orm import Session

from records.clock import ZONE
from records.patrols import AnomalyKind
from records.registry import Establishment
from records.rules import find_rule, whole_number
from records.scope import within

MOST_SHOWN = 5


@dataclass(frozen=True)
class Signal:
    """Something odd about one establishment: how much of it, in which unit, and the records that show it."""

    kind: AnomalyKind
    establishment_id: str
    measure: Decimal
    unit: str
    is_key: bool = False
    names: tuple[str, ...] = ()  # what it is about: numbers of papers, names of goods
    evidence: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True)
class Patrolled:
    """Where and when is looked: a region with everything below it, as of a moment."""

    session: Session
    region_path: str
    region_code: str
    now: datetime

    @property
    def today(self) -> date:
        """The day of the patrol."""
        return self.now.astimezone(ZONE).date()

    def number(self, rule: str) -> int:
        """The value of a rule here today."""
        return whole_number(find_rule(self.session, rule, self.today, self.region_code))

    def ago(self, rule: str) -> datetime:
        """The moment so many days ago as a rule says."""
        return self.now - timedelta(days=self.number(rule))

    def rows(self, found: Select[*tuple[Any, ...]]) -> Sequence[Any]:
        """What a statement finds."""
        return self.session.execute(found).all()

    def here(self) -> ColumnElement[bool]:
        """The establishments that are looked at."""
        return and_(
            within(Establishment.region_path, self.region_path),
            Establishment.status == "active",
            Establishment.deleted_at.is_(None),
        )


def real(kind: Any) -> tuple[ColumnElement[bool], ...]:
    """The rows of a kind of fact that count: live, and of no drill."""
    return kind.is_drill.is_(False), kind.deleted_at.is_(None)


def for_days(kind: AnomalyKind, establishment_id: str, today: date, since: date) -> Signal:
    """Something that has lasted since a day."""
    return Signal(kind, establishment_id, Decimal((today - since).days), "天", names=(f"{since:%Y-%m-%d}",))


def of_rows(kind: AnomalyKind, table: str, unit: str, rows: Sequence[Sequence[Any]]) -> Iterator[Signal]:
    """One signal per business, of so many rows; ``rows``: establishment id, row id, what it is called."""
    by_place: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for place, row_id, name in rows:
        by_place[place].append((row_id, name or ""))
    for place, found in by_place.items():
        shown = tuple({"type": table, "id": row_id, "label": name} for row_id, name in found[:MOST_SHOWN])
        names = tuple(name for _id, name in found[:MOST_SHOWN])
        yield Signal(kind, place, Decimal(len(found)), unit, names=names, evidence=shown)
