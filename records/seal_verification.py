"""Whether the journal is what was sealed: who rewrites a chain and its head cannot rewrite what was signed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from records import merkle
from records.journal import GENESIS, BadEntry, JournalChain, JournalEntry
from records.seals import JournalSeal, Leaf, SealedHead
from records.signing import is_signed

_AT_ONCE = 5_000


def verify_seals(session: Session, trusted: frozenset[str]) -> Iterator[BadEntry]:
    """Every place where the seals, their leaves and the entries disagree, in order of seals.

    ``trusted`` are the public keys that this installation has used; where it is empty (a copy restored elsewhere), the
    keys that the seals name are taken as they are.
    """
    roots: dict[int, tuple[int, str]] = {}
    with session.execute(_LEAVES) as rows:
        for number, group in groupby(rows, key=lambda row: int(row.seal)):
            leaves: list[Leaf] = []
            for row in group:
                leaves.append(Leaf(row.chain, row.seq, row.hash))
                if row.entry_hash != row.hash:
                    yield _rewritten(session, row)
            roots[number] = len(leaves), merkle.root_of([leaf.hashed() for leaf in sorted(leaves)]).hex()
    yield from _seals(session, roots, trusted)


def _seals(session: Session, roots: dict[int, tuple[int, str]], trusted: frozenset[str]) -> Iterator[BadEntry]:
    number, before = 0, GENESIS
    for seal in session.scalars(select(JournalSeal).order_by(JournalSeal.number)):
        if seal.number != number + 1:
            yield _bad(number + 1, "seal missing")
        elif seal.prev_hash != before:
            yield _bad(seal.number, "does not follow the seal before it")
        yield from _signature(seal, trusted)
        if roots.pop(seal.number, None) != (seal.size, seal.root):
            yield _bad(seal.number, "sealed heads do not lead to the signed root")
        number, before = seal.number, seal.hash
    for number in roots:
        yield _bad(number, "seal missing")


def _signature(seal: JournalSeal, trusted: frozenset[str]) -> Iterator[BadEntry]:
    statement = seal.statement()
    if hashlib.sha256(statement).hexdigest() != seal.hash:
        yield _bad(seal.number, "seal does not match its hash")
    elif trusted and seal.public_key not in trusted:
        yield _bad(seal.number, "sealed with a key that is not this installation's")
    elif not is_signed(seal.public_key, seal.signature, statement):
        yield _bad(seal.number, "signature is not valid")


def _rewritten(session: Session, row: Any) -> BadEntry:
    """Name the first entry that is not under an earlier, still agreeing seal of its chain."""
    earlier = (
        select(func.max(SealedHead.seq))
        .join(JournalEntry, _IS_ITS_ENTRY)
        .where(SealedHead.chain == row.chain, SealedHead.seq < row.seq, SealedHead.hash == JournalEntry.hash)
    )
    first = (session.scalar(earlier) or 0) + 1
    return BadEntry(row.chain, first, f"rewritten or lost between {first} and {row.seq} after seal {row.seal}")


def _bad(number: int, what: str) -> BadEntry:
    return BadEntry("seal", number, what)


_IS_ITS_ENTRY = and_(JournalEntry.chain == SealedHead.chain, JournalEntry.seq == SealedHead.seq)
_LEAVES = (
    select(SealedHead.seal, SealedHead.chain, SealedHead.seq, SealedHead.hash, JournalEntry.hash.label("entry_hash"))
    .outerjoin(JournalEntry, _IS_ITS_ENTRY)
    .order_by(SealedHead.seal)
    .execution_options(yield_per=_AT_ONCE)
)


def verify_published(session: Session, copies: list[dict[str, str]]) -> Iterator[BadEntry]:
    """Every seal that is not the one of which somebody kept a copy, as ``/verify/seals.json`` gave it."""
    for copy in copies:
        number = json.loads(copy["statement"])["number"]
        seal = session.get(JournalSeal, number)
        if seal is None or (seal.hash, seal.statement().decode()) != (copy["hash"], copy["statement"]):
            yield _bad(number, "seal is not the one that was published")


def unsealed_entries(session: Session) -> int:
    """How many entries no seal covers yet: those of the last minute, where seals are made."""
    sealed = select(SealedHead.chain, func.max(SealedHead.seq).label("seq")).group_by(SealedHead.chain).subquery()
    beyond = func.sum(JournalChain.seq - func.coalesce(sealed.c.seq, 0))
    return int(session.scalar(select(beyond).outerjoin(sealed, sealed.c.chain == JournalChain.chain)) or 0)
