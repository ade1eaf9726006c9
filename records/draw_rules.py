"""The rules of a draw, as they are in force on its day: read once, written into its document."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from records.rules import RuleParam, find_rule

#: SAMR Order 49 art. 22: months within which everybody is checked in full; art. 42: months without a repeated check
COVERAGE, REPEAT = "R-INS-05", "R-INS-14"
TEAM = "R-INS-06"
WORKLOAD = "R-INS-WORKLOAD"  # open inspections that one inspector has at most
EXAM = "R-INS-EXAM"  # points that the examination must have had
ROTATION = "R-INS-ROTATION"  # a business's last inspections whose lead does not lead there again
CODES = (COVERAGE, REPEAT, TEAM, WORKLOAD, EXAM, ROTATION)


@dataclass(frozen=True)
class DrawRules:
    """The rules of one day and region."""

    found: Mapping[str, RuleParam]

    @classmethod
    def in_force(cls, session: Session, on: date, region_code: str) -> DrawRules:
        """The rules in force. Raises RuleNotFoundError."""
        return cls({code: find_rule(session, code, on, region_code) for code in CODES})

    def number(self, code: str) -> int:
        """The value of a rule."""
        return int(self.found[code].value)

    def before(self, day: date, code: str) -> date:
        """The day that lies a rule's months before another."""
        return months_before(day, self.number(code))

    def as_rows(self) -> list[dict[str, Any]]:
        """Which value of which version of each rule was used."""
        return [
            {"code": code, "value": rule.value, "unit": rule.unit, "id": rule.id, "version": rule.version}
            for code, rule in sorted(self.found.items())
        ]


def months_before(day: date, months: int) -> date:
    """The same day of the month so many months earlier; the month's last day where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
