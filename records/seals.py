"""Seals of the journal: once a minute the heads of all chains that grew are put under one signed Merkle root.

A head's hash stands for every entry before it, so a leaf is a head: chain, number, hash. Sealing reads what is
committed and writes tables of its own; a step writes no row, takes no lock and waits for nothing because of it.

No entry can escape. A chain's entries are numbered without gaps and its head row, locked until commit, moves with
them, so what is not sealed is exactly the chains whose head is beyond their last sealed head, in whatever order
transactions commit and whatever their clocks say.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import NamedTuple

import orjson
from sqlalchemy import String, exists, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from records import merkle
from records.base import Base, ChainName, Digest
from records.clock import Clock
from records.db import Database
from records.journal import GENESIS, JournalChain
from records.signing import SigningKey

LEAVES_A_SEAL = 20_000


class JournalSeal(Base):
    """One seal: the root over its leaves, the seal before it, and the signature over both. Never updated."""

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed_at: Mapped[datetime]
    size: Mapped[int]  # leaves
    root: Mapped[str] = mapped_column(String(64))
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))  # of the statement
    public_key: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str] = mapped_column(String(128))

    def statement(self) -> bytes:
        """What is signed, as canonical JSON."""
        said = {
            "algorithm": "Ed25519",
            "number": self.number,
            "prev_hash": self.prev_hash,
            "public_key": self.public_key,
            "root": self.root,
            "sealed_at": self.sealed_at.astimezone(UTC).isoformat(),
            "size": self.size,
        }
        return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)


class SealedHead(Base):
    """One leaf of a seal: how far a chain had come, and with which hash. Never updated."""

    chain: Mapped[str] = mapped_column(ChainName, primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[str] = mapped_column(Digest)
    seal: Mapped[int] = mapped_column(index=True)


class Leaf(NamedTuple):
    """A leaf before it is hashed; a seal's leaves stand in this order."""

    chain: str
    seq: int
    hash: str

    def hashed(self) -> bytes:
        """The leaf's hash in the tree."""
        return merkle.leaf_hash(f"{self.chain}\n{self.seq}\n{self.hash}".encode())


def seal_journal(database: Database, key: SigningKey, clock: Clock) -> int:
    """Seal everything that is new; gives the number of chains that had grown.

    Two sealers at once do no harm: the second one's seal is refused by its number, and it stops.
    """
    grown = 0
    while count := _seal_some(database, key, clock):
        grown += count
        if count < LEAVES_A_SEAL:
            break
    return grown


def _seal_some(database: Database, key: SigningKey, clock: Clock) -> int:
    with database.reading() as session:
        last, leaves = last_seal(session), sorted(_unsealed(session))
    if not leaves:
        return 0
    seal = _signed(last, leaves, key, clock.now())
    rows = [{**leaf._asdict(), "seal": seal.number} for leaf in leaves]
    try:
        with database.unit_of_work() as session:
            session.add(seal)
            session.flush()
            session.execute(insert(SealedHead), rows)
    except IntegrityError:  # another sealer was faster
        return 0
    return len(leaves)


def _signed(last: JournalSeal | None, leaves: list[Leaf], key: SigningKey, now: datetime) -> JournalSeal:
    seal = JournalSeal(
        number=1 if last is None else last.number + 1,
        sealed_at=now,
        size=len(leaves),
        root=merkle.root_of([leaf.hashed() for leaf in leaves]).hex(),
        prev_hash=GENESIS if last is None else last.hash,
        public_key=key.public,
    )
    statement = seal.statement()
    seal.hash, seal.signature = hashlib.sha256(statement).hexdigest(), key.sign(statement)
    return seal


def last_seal(session: Session) -> JournalSeal | None:
    """The newest seal."""
    return session.scalar(select(JournalSeal).order_by(JournalSeal.number.desc()).limit(1))


def leaves_of(session: Session, number: int) -> list[Leaf]:
    """The leaves of a seal, in their order."""
    query = select(SealedHead.chain, SealedHead.seq, SealedHead.hash).where(SealedHead.seal == number)
    return sorted(Leaf(*row) for row in session.execute(query))


def _unsealed(session: Session) -> list[Leaf]:
    """The heads that no seal covers yet, at most as many as a seal takes."""
    covered = exists().where(SealedHead.chain == JournalChain.chain, SealedHead.seq >= JournalChain.seq)
    heads = select(JournalChain.chain, JournalChain.seq, JournalChain.hash).where(~covered)
    return [Leaf(*row) for row in session.execute(heads.limit(LEAVES_A_SEAL))]
