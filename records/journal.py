"""The journal: one append-only hash chain per case or record. Anyone with read access can verify it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, UniqueConstraint, bindparam, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from records import rows
from records.base import WITHOUT_ROWID, Base, Json
from records.hashing import content_hash
from records.prepared import fetch

GENESIS = "0" * 64
#: key in ``Session.info``: the heads of chains that this transaction has locked
LOCKED = "locked_chains"


class JournalChain(Base):
    """The head of one chain; locked while an entry is appended, so a cut-off tail shows."""

    chain: Mapped[str] = mapped_column(String(80), primary_key=True)
    seq: Mapped[int] = mapped_column(default=0)
    hash: Mapped[str] = mapped_column(String(64), default=GENESIS)

    __table_args__ = WITHOUT_ROWID


class JournalEntry(Base):
    """One audit line: who, on whose behalf, when, where from, did what to which thing, why, before and after."""

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    chain: Mapped[str] = mapped_column(String(80))
    seq: Mapped[int]
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    actor_id: Mapped[str] = mapped_column(String(64))
    actor_name: Mapped[str] = mapped_column(String(80))
    on_behalf_of: Mapped[str | None] = mapped_column(String(64))
    remote_address: Mapped[str | None] = mapped_column(String(64))
    verb: Mapped[str] = mapped_column(String(60))
    subject_type: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[str] = mapped_column(String(80))
    process_instance_id: Mapped[str | None] = mapped_column(String(26))
    user_task_id: Mapped[str | None] = mapped_column(String(26))
    form_version: Mapped[str | None] = mapped_column(String(120))
    submission_id: Mapped[str | None] = mapped_column(String(26), index=True)
    submission_hash: Mapped[str | None] = mapped_column(String(64))  # of the answers that led to the change
    reason: Mapped[str | None] = mapped_column(Text)
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)
    after: Mapped[dict[str, Any] | None] = mapped_column(Json)

    __table_args__ = (UniqueConstraint("chain", "seq"),)

    def computed_hash(self) -> str:
        """SHA-256 over the entry's content and the previous entry's hash."""
        return hash_of({name: getattr(self, name) for name in (*HASHED, "at")})


HASHED = (
    "id", "chain", "seq", "prev_hash", "actor_id", "actor_name", "on_behalf_of", "remote_address", "verb",
    "subject_type", "subject_id", "process_instance_id", "user_task_id", "form_version", "submission_id",
    "submission_hash", "reason", "before", "after",
)  # fmt: skip


def hash_of(entry: Mapping[str, Any]) -> str:
    """SHA-256 over an entry's content and the previous entry's hash."""
    fields = {name: entry[name] for name in HASHED}
    fields["at"] = entry["at"].isoformat()
    return content_hash(fields)


def chain_of_case(instance_id: str) -> str:
    """The chain of everything that happens in a case."""
    return f"case:{instance_id}"


def append(session: Session, entry: dict[str, Any]) -> int:
    """Put an entry at the end of its chain (sets seq, prev_hash, hash); gives its number there.

    The chain's head stays locked until commit.
    """
    chain = entry["chain"]
    seq, before = _locked_head(session, chain)
    entry["seq"], entry["prev_hash"] = seq + 1, before
    entry["hash"] = hash_of(entry)
    session.info[LOCKED][chain] = (entry["seq"], entry["hash"])
    rows.run(session, _KEEP_HEAD, {"chain": chain, "seq": entry["seq"], "hash": entry["hash"]}, key=chain)
    rows.insert_values(session, JournalEntry, entry)
    return seq + 1


_HEAD = select(JournalChain.seq, JournalChain.hash).where(JournalChain.chain == bindparam("wanted")).with_for_update()
_KEEP_HEAD = text(
    "INSERT INTO journal_chain (chain, seq, hash) VALUES (:chain, :seq, :hash)"
    " ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq, hash = excluded.hash"
)


def _locked_head(session: Session, chain: str) -> tuple[int, str]:
    """The chain's head, locked once per transaction and then known."""
    known: dict[str, tuple[int, str]] = session.info.setdefault(LOCKED, {})
    if chain not in known:
        found = fetch(session.connection(), _HEAD, {"wanted": chain})
        known[chain] = (found[0][0], found[0][1]) if found else (0, GENESIS)
    return known[chain]


def know_head(session: Session, chain: str, seq: int, digest: str) -> None:
    """A chain's head as it was read, locked, together with something else."""
    session.info.setdefault(LOCKED, {})[chain] = (seq, digest)


@dataclass(frozen=True)
class BadEntry:
    """The first place where the journal does not verify."""

    entry_id: str | None
    chain: str
    seq: int
    what: str
