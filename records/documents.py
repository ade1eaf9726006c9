"""Documents issued by the platform: rendered once, kept by hash, verifiable by anyone who holds the paper."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from records.base import CaseMixin, Fact, Json


class Document(CaseMixin, Fact):
    """One issued document. ``facts`` is what it says (frozen); the PDF is rendered from it after the transaction.

    status: pending (to be rendered) | issued | superseded. The QR leads to ``/verify/<token>``.
    """

    kind: Mapped[str] = mapped_column(
        String(40)
    )  # task_letter | result_sheet | checklist | order_to_correct | recheck_record
    title: Mapped[str] = mapped_column(String(160))
    token: Mapped[str] = mapped_column(String(40), unique=True)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    facts_hash: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)  # of the PDF's bytes
    size: Mapped[int | None]
    issued_at: Mapped[datetime | None]
