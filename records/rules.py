"""Rule parameters: every statutory number, versioned, with its legal basis (never in a model)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String, Text, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.base import Fact
from records.errors import NotFoundError
from records.people import codes_above
from records.seed_files import read_seed
from records.store import Store


class RuleParam(Fact):
    """One value of one rule for a period and region: ``R-INS-13`` = 20 ``wd``, SAMR Order 49 art. 39."""

    code: Mapped[str] = mapped_column(String(40), index=True)
    title: Mapped[str] = mapped_column(String(120))
    value: Mapped[str] = mapped_column(String(60))
    unit: Mapped[str] = mapped_column(String(12))  # min | h | d | wd | mon | % | m | n | yuan
    legal_basis: Mapped[str] = mapped_column(Text)
    is_verified: Mapped[bool] = mapped_column(default=True)  # False: assumed, stays a configurable default
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    region_code: Mapped[str | None] = mapped_column(String(12))


class RuleNotFoundError(NotFoundError):
    """No value of the rule is in force on that day in that region."""

    slug = "rule-not-found"
    sentence = "规则 %(code)s 在该日期没有生效的取值"


def find_rule(session: Session, code: str, on: date, region_code: str | None = None) -> RuleParam:
    """The value in force on a day: the region's own first, then its parents', then the country's."""
    codes = codes_above(session, region_code)
    rules = session.scalars(
        select(RuleParam).where(
            RuleParam.code == code,
            RuleParam.deleted_at.is_(None),
            RuleParam.valid_from <= on,
            or_(RuleParam.valid_to.is_(None), RuleParam.valid_to >= on),
            or_(RuleParam.region_code.is_(None), RuleParam.region_code.in_(codes)),
        )
    ).all()
    if not rules:
        raise RuleNotFoundError(code=code)
    return min(rules, key=lambda rule: (_distance(rule, codes), -rule.valid_from.toordinal()))


def _distance(rule: RuleParam, codes: list[str]) -> int:
    return codes.index(rule.region_code) if rule.region_code else len(codes)


def whole_number(rule: RuleParam) -> int:
    """The rule's value as a number."""
    return int(rule.value)


def numbers(rule: RuleParam) -> list[int]:
    """The values of a rule that lists several, such as the reminder shares ``50,80,100``."""
    return [int(part) for part in rule.value.split(",")]


def seed_rules(store: Store) -> int:
    """Enter the rules of ``seeds/rules.csv`` that the store does not have yet; returns how many were entered."""
    known = set(store.session.scalars(select(RuleParam.code)))
    new = [row for row in read_seed("rules") if row["code"] not in known]
    for row in new:
        store.add(
            RuleParam(
                code=row["code"],
                title=row["title"],
                value=row["value"],
                unit=row["unit"],
                legal_basis=row["legal_basis"],
                is_verified=row["verified"] == "V",
                valid_from=date.fromisoformat(row["valid_from"]),
            )
        )
    return len(new)
