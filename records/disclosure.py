"""Disclosure: what of a text may be public, on which ground not, who was asked, and by when it must be out (OGI)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from records.base import CaseMixin, Fact, choice, refers_to


class DisclosureDecision(StrEnum):
    """What becomes of one field."""

    PUBLIC = "public"
    REDACT = "redact"
    WITHHOLD = "withhold"


class Ground(StrEnum):
    """Why a field is not public (OGI art. 14-16, R-PUB-02)."""

    STATE_SECRET = "state_secret"  # noqa: S105 - a ground, no password
    LAW_FORBIDS = "law_forbids"
    SECURITY = "security"
    COMMERCIAL = "commercial"
    PRIVACY = "privacy"
    INTERNAL = "internal"
    ENFORCEMENT_FILE = "enforcement_file"


#: the grounds on which the third party is asked (OGI art. 15, 32; R-PUB-03)
THIRD_PARTY_GROUNDS = frozenset({Ground.COMMERCIAL, Ground.PRIVACY})


class Opinion(StrEnum):
    """What a third party says of disclosing what concerns it."""

    AGREE = "agree"
    OBJECT = "object"
    SILENT = "silent"  # no answer in time: the authority decides (OGI art. 32)


class DisclosureClock(CaseMixin, Fact):
    """By when an announcement must be out. status: running | kept | late | dropped.

    ``rule_code`` counted from ``started_at``; ``due_at`` only where whoever asked for it said the end.
    """

    announcement_id: Mapped[str] = mapped_column(refers_to("announcement.id"), index=True)
    rule_code: Mapped[str] = mapped_column(String(40))
    started_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    reminded: Mapped[int] = mapped_column(default=0)  # per cent of the time, at the last reminder
    ended_at: Mapped[datetime | None]
    late_reason: Mapped[str | None] = mapped_column(Text)


class DisclosureItem(CaseMixin, Fact):
    """One field of an announcement and whether the public sees it."""

    announcement_id: Mapped[str | None] = mapped_column(refers_to("announcement.id"), index=True)
    code: Mapped[str] = mapped_column(String(20))
    label: Mapped[str] = mapped_column(String(80))
    value: Mapped[str | None] = mapped_column(Text)
    decision: Mapped[DisclosureDecision | None] = mapped_column(choice(DisclosureDecision))
    ground: Mapped[Ground | None] = mapped_column(choice(Ground))
    reason: Mapped[str | None] = mapped_column(Text)
    secret_until: Mapped[date | None]
    public_value: Mapped[str | None] = mapped_column(Text)  # what stands instead of a redacted value
    third_party_id: Mapped[str | None] = mapped_column(String(26))
    review_at: Mapped[datetime | None]  # the next yearly look (OGI art. 17-18, R-PUB-04)

    def shown(self) -> str | None:
        """What the public sees of it; None: nothing."""
        if self.decision is DisclosureDecision.PUBLIC:
            return self.value
        return self.public_value if self.decision is DisclosureDecision.REDACT else None


class Redaction(CaseMixin, Fact):
    """What was taken out of a field: the original by its hash only, and what stands there instead."""

    disclosure_item_id: Mapped[str] = mapped_column(refers_to("disclosure_item.id"), index=True)
    original_hash: Mapped[str] = mapped_column(String(64))
    public_value: Mapped[str] = mapped_column(Text)
    ground: Mapped[Ground] = mapped_column(choice(Ground))


class ThirdPartyOpinion(CaseMixin, Fact):
    """A third party was asked about fields that concern it. status: asked | answered | silent."""

    announcement_id: Mapped[str] = mapped_column(refers_to("announcement.id"), index=True)
    third_party_id: Mapped[str] = mapped_column(refers_to("establishment.id"), index=True)
    codes: Mapped[list[str]]  # of the disclosure items it was asked about
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    opinion: Mapped[Opinion | None] = mapped_column(choice(Opinion))
    reason: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None] = mapped_column(String(64))
