"""The working-day calendar: statutory holidays and make-up days, editable, with its own version number."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from records.base import Fact


class CalendarDay(Fact):
    """A day that differs from its weekday: a holiday that falls on a weekday or a make-up working day (调休)."""

    day: Mapped[date]
    is_working: Mapped[bool]
    name: Mapped[str] = mapped_column(String(60))
    region_code: Mapped[str | None] = mapped_column(String(12))

    __table_args__ = (UniqueConstraint("day", "region_code"),)
