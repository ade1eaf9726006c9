"""Rule parameters: every statutory number, versioned, with its legal basis (never in a model)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from records.base import Fact


class RuleParam(Fact):
    """One value of one rule for a period and region: ``R-INS-13`` = 20 ``wd``, SAMR Order 49 art. 39."""

    code: Mapped[str] = mapped_column(String(40), index=True)
    title: Mapped[str] = mapped_column(String(120))
    value: Mapped[str] = mapped_column(String(60))
    unit: Mapped[str] = mapped_column(String(12))  # h | d | wd | % | m | n | text
    legal_basis: Mapped[str] = mapped_column(Text)
    is_verified: Mapped[bool] = mapped_column(default=True)  # False: assumed, stays a configurable default
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    region_code: Mapped[str | None] = mapped_column(String(12))
