"""Case numbers, counted per kind, region and day."""

from __future__ import annotations

from sqlalchemy import String, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.base import Base
from records.clock import Clock, today
from records.prepared import connection_of, fetch


class CaseNumber(Base):
    """The last case number given per kind, region and day."""

    prefix: Mapped[str] = mapped_column(String(40), primary_key=True)
    last: Mapped[int] = mapped_column(default=0)


def next_number(session: Session, clock: Clock, prefix: str, region_code: str) -> str:
    """The next case number of this kind, region and day: ``检-450203-20261118-021``."""
    stem = f"{prefix}-{region_code}-{today(clock):%Y%m%d}"
    ((last,),) = fetch(connection_of(session), _COUNT, {"prefix": stem})
    return f"{stem}-{last:03d}"


_COUNT = text(
    "INSERT INTO case_number (prefix, last) VALUES (:prefix, 1)"
    " ON CONFLICT (prefix) DO UPDATE SET last = case_number.last + 1 RETURNING last"
)
