"""The journal: one append-only hash chain per case or record. Anyone with read access can verify it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, Text, bindparam, case, column, func, literal, select, table, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, Session, column_property, mapped_column

from records import rows
from records.base import CASE, WITHOUT_ROWID, Base, ChainName, Digest, Json
from records.hashing import content_hash
from records.prepared import connection_of, fetch

GENESIS = "0" * 64
#: stands for the user task of an entry that is about that very user task
SUBJECT = ""
#: key in ``Session.info``: the heads of chains that this transaction has locked
LOCKED = "locked_chains"


class JournalChain(Base):
    """The head of one chain; locked while an entry is appended, so a cut-off tail shows."""

    chain: Mapped[str] = mapped_column(ChainName, primary_key=True)
    seq: Mapped[int] = mapped_column(default=0)
    hash: Mapped[str] = mapped_column(Digest, default=GENESIS)

    __table_args__ = WITHOUT_ROWID


_BEFORE = table("journal_entry", column("chain", ChainName()), column("seq"), column("hash", Digest())).alias("before")


class JournalEntry(Base):
    """One audit line: who, on whose behalf, when, where from, did what to which thing, why, before and after.

    An entry is known by its chain and its number there. Those of the first release have an ``id`` beside it, which is
    part of what they hash. What says the same twice is not kept: the hash before an entry is that of the entry before,
    a case's chain names the case, and what happened to a user task happened in it.
    """

    chain: Mapped[str] = mapped_column(ChainName, primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str | None] = mapped_column(String(26))
    hash: Mapped[str] = mapped_column(Digest)
    at: Mapped[datetime]
    actor_id: Mapped[str] = mapped_column(String(64))
    actor_name: Mapped[str] = mapped_column(String(80))
    on_behalf_of: Mapped[str | None] = mapped_column(String(64))
    remote_address: Mapped[str | None] = mapped_column(String(64))
    verb: Mapped[str] = mapped_column(String(60))
    subject_type: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[str] = mapped_column(String(80))
    named_task_id: Mapped[str | None] = mapped_column("user_task_id", String(26))  # SUBJECT where it is the subject
    form_version: Mapped[str | None] = mapped_column(String(120))
    submission_id: Mapped[str | None] = mapped_column(String(26))
    submission_hash: Mapped[str | None] = mapped_column(Digest)  # of the answers that led to the change
    reason: Mapped[str | None] = mapped_column(Text)
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)
    after: Mapped[dict[str, Any] | None] = mapped_column(Json)
    prev_hash: Mapped[str] = column_property(
        func.coalesce(
            select(_BEFORE.c.hash).where(_BEFORE.c.chain == chain, _BEFORE.c.seq == seq - 1).scalar_subquery(),
            literal(GENESIS, Digest()),
        ),
        deferred=True,
    )

    __table_args__ = WITHOUT_ROWID

    @hybrid_property
    def user_task_id(self) -> str | None:
        """The user task in which it happened."""
        return self.subject_id if self.named_task_id == SUBJECT else self.named_task_id

    @user_task_id.inplace.setter
    def _set_user_task_id(self, value: str | None) -> None:
        self.named_task_id = value

    @user_task_id.inplace.expression
    @classmethod
    def _user_task_id_expression(cls) -> ColumnElement[str | None]:
        return case((cls.named_task_id == SUBJECT, cls.subject_id), else_=cls.named_task_id)

    @property
    def reference(self) -> str:
        """What the entry is known by, as one text."""
        return self.id or f"{self.chain}#{self.seq}"

    @property
    def process_instance_id(self) -> str | None:
        """The case in which it happened."""
        return case_of_chain(self.chain)

    def computed_hash(self, prev_hash: str) -> str:
        """SHA-256 over the entry's content and the previous entry's hash."""
        return content_hash(hashed({name: getattr(self, name) for name in (*HASHED, "id", "at")}, prev_hash))


HASHED = (
    "chain", "seq", "actor_id", "actor_name", "on_behalf_of", "remote_address", "verb", "subject_type", "subject_id",
    "user_task_id", "form_version", "submission_id", "submission_hash", "reason", "before", "after",
)  # fmt: skip


def hashed(entry: Mapping[str, Any], prev_hash: str) -> dict[str, Any]:
    """What an entry's hash is made of: its content and the previous entry's hash.

    An entry of the first release, known by its ``id``, hashes that and the id of its case, too.
    """
    content = {name: entry[name] for name in HASHED}
    content["prev_hash"], content["at"] = prev_hash, entry["at"].isoformat()
    if entry["id"] is not None:
        content["id"], content["process_instance_id"] = entry["id"], case_of_chain(entry["chain"])
    return content


def chain_of_case(instance_id: str) -> str:
    """The chain of everything that happens in a case."""
    return f"{CASE}{instance_id}"


def case_of_chain(chain: str) -> str | None:
    """The case whose chain it is; None for that of a record."""
    return chain.removeprefix(CASE) if chain.startswith(CASE) else None


def append(session: Session, entry: dict[str, Any]) -> int:
    """Put an entry at the end of its chain (sets id, seq, hash); gives its number there.

    The chain's head stays locked until commit.
    """
    chain = entry["chain"]
    seq, before = _locked_head(session, chain)
    entry["id"], entry["seq"] = None, seq + 1
    entry["hash"] = content_hash(hashed(entry, before))
    session.info[LOCKED][chain] = (entry["seq"], entry["hash"])
    rows.run(session, _KEEP_HEAD, {"chain": chain, "seq": entry["seq"], "hash": entry["hash"]}, key=chain)
    is_subject = entry["user_task_id"] is not None and entry["user_task_id"] == entry["subject_id"]
    rows.insert_values(session, JournalEntry, {**entry, "user_task_id": SUBJECT} if is_subject else entry)
    return seq + 1


_HEAD = select(JournalChain.seq, JournalChain.hash).where(JournalChain.chain == bindparam("wanted")).with_for_update()
_KEEP_HEAD = text(
    "INSERT INTO journal_chain (chain, seq, hash) VALUES (:chain, :seq, :hash)"
    " ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq, hash = excluded.hash"
).bindparams(bindparam("chain", type_=ChainName()), bindparam("hash", type_=Digest()))


def _locked_head(session: Session, chain: str) -> tuple[int, str]:
    """The chain's head, locked once per transaction and then known."""
    known: dict[str, tuple[int, str]] = session.info.setdefault(LOCKED, {})
    if chain not in known:
        found = fetch(connection_of(session), _HEAD, {"wanted": chain})
        known[chain] = (found[0][0], found[0][1]) if found else (0, GENESIS)
    return known[chain]


def know_head(session: Session, chain: str, seq: int, digest: str) -> None:
    """A chain's head as it was read, locked, together with something else."""
    session.info.setdefault(LOCKED, {})[chain] = (seq, digest)


@dataclass(frozen=True)
class BadEntry:
    """The first place where the journal does not verify."""

    chain: str
    seq: int
    what: str
