"""Control measures: what is stopped, sealed, preserved or recalled from sale until a decision is made."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from records.base import CaseMixin, Fact


class ControlMeasure(CaseMixin, Fact):
    """A stop-sale or sealing order (FSL art. 110) or a registered preservation (APL art. 56: decided within 7 days).

    status: active (ordered) | in_force | lifted | expired. ``lots``: ids of the lots that it holds.
    """

    kind: Mapped[str] = mapped_column(String(20))  # stop_sale | seal | preserve
    objects: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    place: Mapped[str | None] = mapped_column(String(200))
    lots: Mapped[list[str] | None]
    imposed_at: Mapped[datetime | None]
    approved_by: Mapped[str | None] = mapped_column(String(26))
    expires_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(Text)
