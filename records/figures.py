"""What a figure of statistics is made of: ratios, the question that is asked, the parts that answer it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, literal, select
from sqlalchemy.orm import Session

from records.assessment_periods import Period
from records.registry import Establishment
from records.rules import find_rule, whole_number
from records.scope import within

#: the columns that every part of a figure gives
COLUMNS = ("establishment_id", "region_path", "numerator", "denominator")


@dataclass(frozen=True)
class Ratio:
    """So many of so many; ``value`` is None where there was nothing to be done."""

    numerator: Decimal = Decimal(0)
    denominator: Decimal = Decimal(0)

    def __add__(self, other: Ratio) -> Ratio:
        """Of both together."""
        return Ratio(self.numerator + other.numerator, self.denominator + other.denominator)

    @property
    def value(self) -> Decimal | None:
        """The ratio, None when not applicable."""
        return None if self.denominator == 0 else self.numerator / self.denominator


NOTHING = Ratio()


@dataclass(frozen=True)
class Question:
    """Which period of which region is asked for, with the rules that are in force at its end."""

    session: Session
    period: Period
    region_code: str
    region_path: str

    def rule(self, code: str) -> int:
        """The value of a rule on the last day of the period."""
        return whole_number(find_rule(self.session, code, self.period.ends_on, self.region_code))

    def inside(self, column: Any) -> ColumnElement[bool]:
        """A moment that lies in the period."""
        inside: ColumnElement[bool] = and_(column > self.period.begun_at, column <= self.period.ended_at)
        return inside

    def on_days(self, column: Any) -> ColumnElement[bool]:
        """A day that lies in the period."""
        on: ColumnElement[bool] = column.between(self.period.starts_on, self.period.ends_on)
        return on

    def of_case(self, model: Any) -> ColumnElement[bool]:
        """Real facts of the region that were not ended."""
        real = (model.is_drill.is_(False), model.deleted_at.is_(None))
        return and_(*real, within(model.region_path, self.region_path))


Part = Select[Any]
Measure = Callable[[Question], Sequence[Part]]


@dataclass(frozen=True)
class Figure:
    """A named figure: its title and the statements of its parts (none while there are no such records)."""

    name: str
    title: str
    parts: Measure


def part(model: Any, numerator: Any, denominator: Any, owner: Any = None) -> Part:
    """Rows of a fact: what they count for the establishment they concern (``owner``) and the region they lie in."""
    if owner is None:
        owner = model.id if model is Establishment else model.establishment_id
    return select(
        owner.label(COLUMNS[0]), model.region_path, numerator.label(COLUMNS[2]), denominator.label(COLUMNS[3])
    )


def counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """1 where the condition holds, else 0."""
    return case((condition, 1), else_=0)


ONE = literal(1)
