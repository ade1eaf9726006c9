"""Clock pauses: times that no deadline counts, such as a suspension or a laboratory's re-test."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Index, String, Text, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.base import Fact, refers_to
from records.clock import ZONE


class ClockPause(Fact):
    """A time in which the clock of a case, of one of its user tasks or of one rule stood still.

    Open while ``ends_at`` is null. With a rule (``R-PUB-01``) only the deadlines of that rule leave the time out.
    """

    process_instance_id: Mapped[str] = mapped_column(refers_to("process_instance.id"))
    user_task_id: Mapped[str | None] = mapped_column(String(26))  # null: the whole case
    rule_code: Mapped[str | None] = mapped_column(String(40))  # null: every deadline
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text)
    legal_basis: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("ix_clock_pause_instance", "process_instance_id", "begins_at"),)


@dataclass(frozen=True)
class Pauses:
    """Times that do not count, in order and apart from each other. An open one reaches to the present."""

    spans: tuple[tuple[datetime, datetime], ...] = ()

    @classmethod
    def of(cls, rows: list[ClockPause], now: datetime) -> Pauses:
        """From pauses that may overlap."""
        spans: list[tuple[datetime, datetime]] = []
        for begins, ends in sorted((row.begins_at, row.ends_at or now) for row in rows):
            if spans and begins <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(ends, spans[-1][1]))
            else:
                spans.append((begins, ends))
        return cls(tuple(spans))

    def after(self, start: datetime, length: timedelta) -> datetime:
        """The moment when ``length`` of counted time has passed since ``start``."""
        moment = start + length
        for begins, ends in self.spans:
            if begins >= moment:
                break
            moment += max(ends - max(begins, start), timedelta(0))
        return moment

    def counted(self, start: datetime, end: datetime) -> timedelta:
        """How much of the time between two moments counts."""
        stopped = [max(min(ends, end) - max(begins, start), timedelta(0)) for begins, ends in self.spans]
        return end - start - sum(stopped, timedelta(0))

    def until(self, moment: datetime) -> Pauses:
        """What of them lies before a moment."""
        return Pauses(tuple((begins, min(ends, moment)) for begins, ends in self.spans if begins < moment))

    def stops(self, day: date) -> bool:
        """True for a day that does not count: the clock stood at its end.

        Counting goes on with the day on which the cause of the pause is gone, so a deadline never lapses in a pause.
        """
        return any(_day(begins) <= day < _day(ends) for begins, ends in self.spans)


NO_PAUSES = Pauses()


def _day(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def pauses_of(
    session: Session, instance_id: str, user_task_id: str | None = None, rule_code: str | None = None
) -> list[ClockPause]:
    """The pauses of a case, and those of one of its user tasks and of one rule when they are named."""
    scope: ColumnElement[bool] = ClockPause.user_task_id.is_(None)
    if user_task_id is not None:
        scope = or_(scope, ClockPause.user_task_id == user_task_id)
    return list(
        session.scalars(
            select(ClockPause).where(
                ClockPause.process_instance_id == instance_id,
                ClockPause.deleted_at.is_(None),
                scope,
                or_(ClockPause.rule_code.is_(None), ClockPause.rule_code == rule_code),
            )
        )
    )
