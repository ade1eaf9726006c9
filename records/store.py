"""The one writer. Every fact enters, changes and ends here, together with its version and its journal entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, String, and_
from sqlalchemy.orm import Mapped, Session, mapped_column

from records import rows
from records.base import Base, CaseMixin, ChainName, Fact, Json, Source, json_safe
from records.clock import Clock
from records.db import ENTERED
from records.errors import ConflictError
from records.hashing import content_hash as content_hash
from records.journal import JournalEntry, append, chain_of_case
from records.people import Actor
from records.submissions import Submission

FactT = TypeVar("FactT", bound=Fact)


class RecordVersion(Base):
    """One version of a fact, exactly as it stood. Never updated, never deleted."""

    record_type: Mapped[str] = mapped_column(String(60), primary_key=True)
    record_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    content_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    chain: Mapped[str] = mapped_column(ChainName)  # of the journal entry that it was entered with
    seq: Mapped[int]


def entered() -> ColumnElement[bool]:
    """A version and the journal entry that it was entered with."""
    about = and_(
        JournalEntry.subject_type == RecordVersion.record_type, JournalEntry.subject_id == RecordVersion.record_id
    )
    return and_(about, JournalEntry.chain == RecordVersion.chain, JournalEntry.seq == RecordVersion.seq)


@dataclass(frozen=True)
class Origin:
    """Where a change came from: the page, task and form that fed it. Copied onto records and journal entries."""

    source: Source = Source.SYSTEM
    process_instance_id: str | None = None
    user_task_id: str | None = None
    submission_id: str | None = None
    form_version: str | None = None
    is_drill: bool = False


class Store:
    """Writes facts for one actor, inside the caller's unit of work."""

    def __init__(
        self, session: Session, clock: Clock, actor: Actor, origin: Origin | None = None, *,
        answers_hash: str | None = None,
    ) -> None:  # fmt: skip
        self.session, self.clock, self.actor, self.origin = session, clock, actor, origin or Origin()
        self._answers_hash = answers_hash

    def add(self, fact: FactT, *, reason: str | None = None) -> FactT:
        """A new fact: gets its id, provenance and version 1."""
        now = self.clock.now()
        fact.id = fact.id or self.clock.new_id()
        fact.created_at, fact.created_by = now, self.actor.id
        if isinstance(fact, CaseMixin):
            self._stamp(fact, now)
        self._entered().add(fact)
        self.session.add(fact)
        with self.session.no_autoflush:
            _fill_defaults(fact)
            fact.settle()
        self._write_version(fact, "added", now, before=None, reason=reason)
        return fact

    def correct(self, fact: FactT, changes: Mapping[str, Any], *, reason: str | None = None) -> FactT:
        """A new version of a fact with ``changes`` applied; the old version stays readable. No change, no version.

        Raises ConflictError when the fact has ended.
        """
        if fact.deleted_at is not None:
            raise ConflictError
        before = fact.content()
        self._entered().add(fact)
        for name, value in changes.items():
            if name not in before:
                raise KeyError(f"{type(fact).__name__} has no field {name}")
            setattr(fact, name, value)
        fact.settle()
        after = fact.content()
        changed = {name for name in after if after[name] != before[name]}
        if changed:
            replaced = {name: before[name] for name in sorted(changed)}
            self._write_version(fact, "corrected", self.clock.now(), before=replaced, reason=reason)
        return fact

    def restate(self, fact: Fact, *, reason: str) -> None:
        """The same fact as a new version, because more belongs to it than its last version says."""
        self._entered().add(fact)
        self._write_version(fact, "corrected", self.clock.now(), before={}, reason=reason)

    def tombstone(self, fact: Fact, *, reason: str) -> None:
        """End a fact: it stays in the history, marked, and leaves every list."""
        if fact.deleted_at is not None:
            raise ConflictError
        before = fact.content()
        self._entered().add(fact)
        fact.deleted_at = now = self.clock.now()
        self._write_version(fact, "tombstoned", now, before=before, reason=reason)

    def enter(
        self, verb: str, subject_type: str, subject_id: str, *,
        before: Mapping[str, Any] | None = None, after: Mapping[str, Any] | None = None, reason: str | None = None,
        at: datetime | None = None,
    ) -> tuple[str, int]:  # fmt: skip
        """A journal entry for something that is not itself a fact (a claim, a reading, a sign-in).

        Gives its chain and its number there.
        """
        case, answers_hash = self.origin.process_instance_id, self._hash_of_answers()
        entry = {
            "chain": chain_of_case(case) if case else f"{subject_type}:{subject_id}",
            "at": at or self.clock.now(),
            "actor_id": self.actor.id,
            "actor_name": self.actor.name,
            "on_behalf_of": self.actor.on_behalf_of,
            "remote_address": self.actor.remote_address,
            "verb": verb,
            "subject_type": subject_type,
            "subject_id": subject_id,
            "user_task_id": self.origin.user_task_id,
            "form_version": self.origin.form_version,
            "submission_id": self.origin.submission_id if answers_hash else None,
            "submission_hash": answers_hash,
            "reason": reason,
            "before": _safe(before),
            "after": _safe(after),
        }
        return str(entry["chain"]), append(self.session, entry)

    def _write_version(
        self, fact: Fact, verb: str, now: datetime, *, before: dict[str, Any] | None, reason: str | None
    ) -> None:
        fact.version = (fact.version or 0) + 1
        fact.updated_at = now
        content = fact.content()
        digest = content_hash(content)
        kind = fact.__tablename__
        chain, seq = self.enter(
            f"{kind}.{verb}",
            kind,
            fact.id,
            before=before,
            after={"version": fact.version, "content_hash": digest},
            reason=reason,
            at=now,
        )
        version = {
            "record_type": kind, "record_id": fact.id, "version": fact.version, "content": content,
            "content_hash": digest, "at": now, "chain": chain, "seq": seq,
        }  # fmt: skip
        rows.insert_values(self.session, RecordVersion, version)

    def _stamp(self, fact: CaseMixin, now: datetime) -> None:
        fact.source = fact.source or self.origin.source
        fact.process_instance_id = fact.process_instance_id or self.origin.process_instance_id
        fact.user_task_id = fact.user_task_id or self.origin.user_task_id
        fact.submission_id = fact.submission_id or self.origin.submission_id
        fact.form_version = fact.form_version or self.origin.form_version
        fact.is_drill = bool(fact.is_drill or self.origin.is_drill)
        fact.effective_at = fact.effective_at or now

    def _hash_of_answers(self) -> str | None:
        if self._answers_hash is None and self.origin.submission_id is not None:
            with self.session.no_autoflush:
                submission = self.session.get(Submission, self.origin.submission_id)
            self._answers_hash = submission.answers_hash() if submission else None
        return self._answers_hash

    def _entered(self) -> set[Fact]:
        entered: set[Fact] = self.session.info.setdefault(ENTERED, set())
        return entered


def _safe(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if values is None else {name: json_safe(value) for name, value in values.items()}


def _fill_defaults(fact: Fact) -> None:
    """Scalar column defaults now rather than at flush, so that version 1 shows them."""
    for column in fact.__table__.columns:
        if (
            column.key != "version"
            and column.default is not None
            and column.default.is_scalar
            and getattr(fact, column.key) is None
        ):
            setattr(fact, column.key, column.default.arg)
