"""Facts of administrative penalties (APL; SAMR Order 45): one penalty of one party, dated step by step."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Numeric, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from records.base import CaseMixin, Fact, refers_to

WARNING = "warning"
#: kinds that a heavy penalty has (APL art. 63: hearing; art. 57: collective discussion; art. 58: legal review)
HEAVY = frozenset({"suspend", "revoke", "restrict"})
#: kinds whose publication ends early (SAMR Order 45 art. 13)
SMALL = frozenset({"warning", "criticism"})


class Penalty(CaseMixin, Fact):
    """One penalty, from filing to execution and publication.

    status: opened | filed | not_filed | investigated | reviewed | notified | heard | deliberated | decided | dropped |
    served | executed | published | revoked. Amounts in yuan.
    """

    problem_case_id: Mapped[str | None] = mapped_column(refers_to("problem_case.id"), index=True)
    party_id: Mapped[str] = mapped_column(String(26), index=True)
    matter: Mapped[str] = mapped_column(Text)  # what it is about (案由)
    violated: Mapped[str | None] = mapped_column(Text)  # law and article violated
    facts: Mapped[str | None] = mapped_column(Text)  # what the investigation found
    kinds: Mapped[list[str] | None]  # warning criticism fine confiscate suspend revoke restrict
    fine: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    confiscated: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    punished_under: Mapped[str | None] = mapped_column(Text)  # law and article of the penalty
    discretion: Mapped[str | None] = mapped_column(Text)  # why this much
    is_heavy: Mapped[bool] = mapped_column(default=False)
    is_cross_province: Mapped[bool] = mapped_column(default=False)
    filed_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]  # R-PEN-01, extensions counted in
    extended_days: Mapped[int | None]
    investigated_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
    review_opinion: Mapped[str | None] = mapped_column(Text)
    notified_at: Mapped[datetime | None]
    hearing_asked_at: Mapped[datetime | None]
    statement: Mapped[str | None] = mapped_column(Text)  # what the party said
    heard_at: Mapped[datetime | None]
    hearing_record: Mapped[str | None] = mapped_column(Text)
    deliberated_at: Mapped[datetime | None]
    deliberation: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None]
    decision_no: Mapped[str | None] = mapped_column(String(80))
    served_at: Mapped[datetime | None]
    service_method: Mapped[str | None] = mapped_column(String(20))
    executed_at: Mapped[datetime | None]
    execution: Mapped[str | None] = mapped_column(Text)
    publish_by: Mapped[datetime | None]
    publication_ends_on: Mapped[date | None]
    ended_publication_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revocation: Mapped[str | None] = mapped_column(Text)


def is_published(penalty: Penalty) -> bool:
    """Whether a decision is disclosed at all: not when it is a warning only (SAMR Order 45 art. 5; R-PUB-05)."""
    return bool(penalty.kinds) and set(penalty.kinds or ()) != {WARNING}
