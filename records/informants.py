"""Informants: who reported a problem, sealed, read only with a reason, every reading in the journal (FSL art. 115)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.base import CaseMixin, Fact, refers_to
from records.errors import DomainError, NotFoundError
from records.sealing import is_sealed, sealer_of
from records.store import Store

READ = "informant.read"
SHORTEST_REASON = 5


class ReadingReasonError(DomainError):
    """Who reads an informant's identity says why."""

    slug = "reading-needs-reason"
    sentence = "查看举报人身份须写明理由，至少 %(count)s 个字"


class Informant(CaseMixin, Fact):
    """Who reported a problem. Name and contact are ciphertext and no part of what is versioned or journaled."""

    unjournaled: ClassVar[frozenset[str]] = frozenset({"sealed_name", "sealed_phone", "sealed_note"})

    problem_case_id: Mapped[str] = mapped_column(refers_to("problem_case.id"), index=True)
    sealed_name: Mapped[str | None] = mapped_column(String(1000))
    sealed_phone: Mapped[str | None] = mapped_column(String(1000))
    sealed_note: Mapped[str | None] = mapped_column(String(4000))
    is_named: Mapped[bool] = mapped_column(default=False)
    replied_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Identity:
    """An informant in clear, for the eyes of whoever asked."""

    name: str | None
    phone: str | None
    note: str | None


def informant_of(session: Session, process_instance_id: str) -> Informant | None:
    """The informant of a case; None when there is none."""
    found = select(Informant).where(
        Informant.process_instance_id == process_instance_id, Informant.deleted_at.is_(None)
    )
    return session.scalars(found.order_by(Informant.id.desc()).limit(1)).first()


def read_informant(store: Store, informant: Informant, reason: str) -> Identity:
    """Who it is. The reading is entered in the case's journal, with its reason. Raises ReadingReasonError."""
    reason = " ".join(reason.split())
    if len(reason) < SHORTEST_REASON:
        raise ReadingReasonError(count=SHORTEST_REASON)
    if informant.process_instance_id is None:
        raise NotFoundError
    store.enter(READ, "informant", informant.id, reason=reason[:500])
    sealer = sealer_of(store.session)
    opened = [
        sealer.open(each) if is_sealed(each) and each else None
        for each in (informant.sealed_name, informant.sealed_phone, informant.sealed_note)
    ]
    return Identity(*opened)
